/** Each scan against each answer: what TCP of RFC 9293 section 3.10.7 says, and what nmap calls it. */
import { describe, expect, it } from 'vitest';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { NO_VERDICT, portStateName, reasonName, reasonOf, stateOf } from './port-state.ts';
import { judgeIcmp, judgeSegment, TECHNIQUES, type TechniqueName } from './technique.ts';

const { syn, ack, rst, fin } = TcpFlag;
const words = (given: number): string =>
  given === NO_VERDICT ? '-' : `${portStateName(stateOf(given))} ${reasonName(reasonOf(given))}`;

// Columns: RST,ACK with window 0; RST with window 1024; SYN,ACK; SYN; ACK; FIN,ACK; silence.
const SEGMENTS: readonly (readonly [TechniqueName, ...string[]])[] = [
  ['syn', 'closed reset', 'closed reset', 'open syn-ack', 'open split-handshake-syn', '-', '-', 'filtered'],
  [
    'connect',
    'closed conn-refused',
    'closed conn-refused',
    'open syn-ack',
    'open split-handshake-syn',
    '-',
    '-',
    'filtered',
  ],
  ['fin', 'closed reset', 'closed reset', '-', '-', '-', '-', 'open|filtered'],
  ['null', 'closed reset', 'closed reset', '-', '-', '-', '-', 'open|filtered'],
  ['xmas', 'closed reset', 'closed reset', '-', '-', '-', '-', 'open|filtered'],
  ['maimon', 'closed reset', 'closed reset', '-', '-', '-', '-', 'open|filtered'],
  ['ack', 'unfiltered reset', 'unfiltered reset', '-', '-', '-', '-', 'filtered'],
  ['window', 'closed reset', 'open reset', '-', '-', '-', '-', 'filtered'],
];

describe('segments', () => {
  it.each(SEGMENTS)('%s', (...row) => {
    const [name, ...expected] = row;
    const technique = TECHNIQUES[name as TechniqueName];
    const answers: [number, number][] = [
      [rst | ack, 0],
      [rst, 1024],
      [syn | ack, 1024],
      [syn, 1024],
      [ack, 1024],
      [fin | ack, 1024],
    ];
    const found = answers.map(([flags, window]) => words(judgeSegment(technique, flags, window)));
    expect([...found, portStateName(technique.silence)]).toEqual(expected);
  });
});

describe('ICMP errors', () => {
  it.each([
    [4, 3, 0, 'net-unreach'],
    [4, 3, 1, 'host-unreach'],
    [4, 3, 2, 'proto-unreach'],
    [4, 3, 9, 'net-prohibited'],
    [4, 3, 10, 'host-prohibited'],
    [4, 3, 13, 'admin-prohibited'],
    [4, 11, 0, 'time-exceeded'],
    [6, 1, 0, 'no-route'],
    [6, 1, 1, 'admin-prohibited'],
    [6, 1, 2, 'beyond-scope'],
    [6, 1, 3, 'host-unreach'],
    [6, 1, 6, 'reject-route'],
    [6, 3, 0, 'time-exceeded'],
  ] as const)('IPv%d type %d code %d filters whatever is scanned', (family, type, code, reason) => {
    for (const technique of Object.values(TECHNIQUES)) {
      for (const isTarget of [true, false]) {
        expect(words(judgeIcmp(technique, family, type, code, isTarget))).toBe(`filtered ${reason}`);
      }
    }
  });

  it.each([
    [4, 3, 3],
    [6, 1, 4],
  ] as const)('IPv%d port unreachable closes a UDP port, when the host itself says it', (family, type, code) => {
    expect(words(judgeIcmp(TECHNIQUES.udp, family, type, code, true))).toBe('closed port-unreach');
    expect(words(judgeIcmp(TECHNIQUES.udp, family, type, code, false))).toBe('filtered port-unreach');
    expect(words(judgeIcmp(TECHNIQUES.syn, family, type, code, true))).toBe('filtered port-unreach');
  });

  it.each([
    [4, 3, 4],
    [4, 4, 0],
    [4, 5, 1],
    [6, 2, 0],
    [6, 4, 1],
  ] as const)('IPv%d type %d code %d says nothing of a port', (family, type, code) => {
    expect(judgeIcmp(TECHNIQUES.syn, family, type, code, true)).toBe(NO_VERDICT);
  });
});
