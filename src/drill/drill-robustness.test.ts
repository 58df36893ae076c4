/** Whatever the text: a script or a DrillSyntaxError that points into it, in time linear in its length. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CodeValue } from './code/code-values.ts';
import { CodeError } from './code/code-values.ts';
import { runCode } from './code/run-code.ts';
import { DrillSyntaxError } from './drill-syntax-error.ts';
import { parseDrillScript } from './parse-script.ts';

const FRAGMENTS = [
  ...['0', '+.1', '*', '+0...1', '1~2', '<', '>', 'S', 'P.5', '.', '-', '1:1(0)', '1:9(8)', 'ack', 'win', 'urg', '7'],
  ...[
    '<...>',
    '<nop,nop,',
    'sackOK>',
    'sack 1:2',
    'TS val 1 ecr 2',
    'FO',
    'ab',
    'ECN',
    'e0b 1',
    'mss 4>',
    ',',
    '[ect0]',
  ],
  ...[
    'udp (5)',
    'icmp',
    'unreachable',
    'frag_needed',
    'mtu 9',
    '[1:2(1)]',
    'read(',
    'write(4, ',
    '...',
    ')',
    '= -1',
    '= 0',
  ],
  ...[
    'EAGAIN',
    '(note)',
    '{',
    '}',
    'a=',
    'f(',
    '"x"',
    '"',
    '`ls`',
    '`',
    '%{',
    '}%',
    'assert',
    'print',
    'x',
    '==',
    '%',
    '\\',
  ],
  ...['/*', '*/', '//', '#', '\n', '\r\n', '--mss=1', '-D A=`', '-D W=7', 'W', '|', '0x', '\u{1f600}', '\ud800', '\0'],
];

const VALID = `--mss=1000
-D N=4
\`sysctl -q net.ipv4.tcp_ecn=0\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.0.2.1")}, ...) = 0
+.1 < [ect0] SEWA 0:0(0) win 9000 <mss 1200,nop,nop,sackOK,FO 0011,nop,nop,nop,nop>
+.1~+.2 > S. 0:0(0) ack 1 <...>
* > P.5 1:1001(1000) ack 1 <nop,nop,TS val 1 ecr 2,ECN e1b 1 ceb 2 e0b 3,nop>
+0 < icmp unreachable frag_needed mtu 1200 [1:1001(1000)]
+0...0.3 recvmsg(N, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0}, 0) = -1 EAGAIN (later)
+0 %{ assert 0 < tcpi_snd_cwnd == 10, "%d" % tcpi_snd_cwnd # enough
x = (1 + 2) * 3; print(x) }%
\`true\`
`;

/** Parses; any error but the right one gets out. */
function outcome(text: string): number {
  try {
    return parseDrillScript(text, { defines: new Map([['D', text.slice(0, 20)]]) }).events.length;
  } catch (error) {
    if (!(error instanceof DrillSyntaxError)) throw error;
    const lines = text.split('\n');
    const line = lines[error.line - 1];
    expect(line).toBeDefined();
    expect(error.column).toBeGreaterThan(0);
    expect(error.column).toBeLessThanOrEqual((line ?? '').length + 1);
    expect(error.message.split('\n').length).toBeGreaterThanOrEqual(3);
    expect(error.message.length).toBeLessThan(1500);
    return -1;
  }
}

describe('the parser', () => {
  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        outcome(text);
        outcome(`0 ${text}`);
      }),
      { numRuns: 500 },
    );
  });

  it('takes any order of the words it knows', () => {
    const words = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 });
    fc.assert(
      fc.property(words, fc.constantFrom('', ' '), (parts, between) => {
        outcome(parts.join(between));
        outcome(`0 ${parts.join(between)}`);
        outcome(`0 > . 1:1(0) ${parts.join(between)}`);
        outcome(`0 write(${parts.join(between)}`);
        outcome(`0 %{${parts.join(between)}}%`);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a good script with a piece lost, doubled or replaced', () => {
    expect(outcome(VALID)).toBe(8);
    const position = fc.nat(VALID.length);
    const piece = fc.oneof(fc.constant(''), fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(position, fc.nat(12), piece, (from, length, middle) => {
        outcome(VALID.slice(0, from) + middle + VALID.slice(from + length));
        outcome(VALID.slice(0, from));
        outcome(VALID.slice(0, from + length) + VALID.slice(from));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads back what a packet was written from', () => {
    const uint32 = fc.nat(0xffff_ffff);
    const packet = fc.record({
      start: uint32,
      length: fc.nat(100_000),
      ack: uint32,
      win: fc.nat(0xffff),
      ace: fc.nat(7),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 20 }), fc.nat(1e9), (packets, timeUs) => {
        const time = `${Math.floor(timeUs / 1e6)}.${String(timeUs % 1e6).padStart(6, '0')}`;
        const lines = packets.map(({ start, length, ack, win, ace }) => {
          return `+${time} < P.${ace} ${start}:${(start + length) % 2 ** 32}(${length}) ack ${ack} win ${win}`;
        });
        const { events } = parseDrillScript(lines.join('\n'));
        const read = events.map(({ time: at, action }) => {
          if (action.kind !== 'tcp') throw new Error(action.kind);
          const { sequence, ack, window, flags } = action;
          return { at, start: sequence.start, length: sequence.length, ack, win: window, ace: flags.ace };
        });
        expect(read).toEqual(packets.map((one) => ({ at: { kind: 'relative', timeUs }, ...one })));
      }),
      { numRuns: 100 },
    );
  });

  // At this length a step that looks at all the text again would take minutes.
  it.each(FRAGMENTS)(
    'needs linear time for %j without end',
    (fragment) => {
      const long = fragment.repeat(Math.ceil(100_000 / fragment.length));
      for (const start of ['', '0 ', '0 > . 1:1(0) <', '0 write(', '0 close(3) = 0 (', '0 %{']) outcome(start + long);
      outcome(`0 %{${long}}%`);
    },
    20_000,
  );

  it.each([
    '0 < icmp unreachable 1 ',
    '0 %{#}%',
    '0 %{x=1}%',
    '0 `x`',
    '0 > . 1:1(0) <...> ',
    '0 close(3) = 0 (x) ',
    '0 write("a") = 1/**/ ',
  ])(
    'needs linear time for events %j on one line',
    (event) => {
      const count = Math.ceil(150_000 / event.length);
      expect(outcome(event.repeat(count))).toBe(count);
    },
    20_000,
  );
});

describe('the code of scripts', () => {
  it('throws nothing but CodeError, whatever it computes', () => {
    const operators = [
      '+',
      '-',
      '*',
      '/',
      '//',
      '%',
      '&',
      '|',
      '^',
      '<<',
      '>>',
      '==',
      '<',
      'and',
      'or',
      ',',
      '% (',
      ') +',
    ];
    const values = [
      '1',
      '0',
      '2.5',
      'x',
      '"a%s"',
      '"%d"',
      '(1, 2)',
      'None',
      'True',
      '-3',
      'max(x, 2)',
      '1e300',
      'not x',
      '~x',
    ];
    const term = fc.tuple(fc.constantFrom(...values), fc.constantFrom(...operators, '; x =', '; x +=', '\nassert '));
    let ran = 0;
    fc.assert(
      fc.property(fc.array(term, { maxLength: 12 }), fc.constantFrom(...values), (terms, last) => {
        const text = `0 %{ x = ${terms.map((pair) => pair.join(' ')).join(' ')} ${last} }%`;
        if (outcome(text) < 0) return;
        const state = { variables: new Map<string, CodeValue>([['x', 5]]) };
        try {
          for (const { action } of parseDrillScript(text).events)
            if (action.kind === 'code') runCode(action.statements, new Map(), state, () => {});
          ran++;
        } catch (error) {
          if (!(error instanceof CodeError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
    expect(ran).toBeGreaterThan(50);
  });
});
