/**
 * ECN where more than one segment is at stake at once: super-segments that a carrier cuts or has merged, and DCTCP's receiver (RFC
 * 8257 section 3.2), whose ACKs never cover both marked and unmarked segments.
 */
import { describe, expect, it } from 'vitest';
import { ListenSocket, type StreamSocket } from '../../src/socket/index.ts';
import { EcnMode, type EcnState } from '../../src/tcp/index.ts';
import { MSS_1460, type Profile, text } from '../requirements/bench.ts';
import type { Segment } from '../requirements/wire.ts';
import {
  accepted,
  bits,
  bitsOf,
  CE,
  ECT0,
  type EcnConnection,
  ecnOf,
  MSS,
  NOT_ECT,
  SACK_1000,
  START,
} from '../support/ecn-peer.ts';
import { SuperSegments } from '../support/super-segments.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const FULL = 1_460;

interface Carried {
  readonly carrier: SuperSegments;
  readonly socket: StreamSocket;
  readonly ecn: EcnState;
  /** Our first octet. */
  readonly first: number;
}

/** The peer has connected with this code; its next number is 1001. @param tsoAccEcn what the carrier can do */
function carried(profile: Profile, code: number, tsoAccEcn = false): Carried {
  const carrier = new SuperSegments(profile, { ecn: 3 }, tsoAccEcn);
  const listener = new ListenSocket(carrier.stack, { port: 80 });
  carrier.give({ flags: `S${bits(code)}`, seq: 1_000, options: [...MSS_1460, 4, 2] });
  const first = ((carrier.take()[0]?.segment.seq ?? 0) + 1) >>> 0;
  carrier.give({ flags: `A${bits(0b010)}`, seq: 1_001, ack: first });
  const socket = listener.accept();
  const ecn = socket?.tcb?.ecn;
  if (socket === null || ecn === null || ecn === undefined) throw new Error('no ECN');
  return { carrier, socket, ecn, first };
}

function dataOf(carrier: SuperSegments): Segment[] {
  return carrier
    .take()
    .map(({ segment }) => segment)
    .filter(({ payload }) => payload.length > 0);
}

describe.each(PROFILES)('%s: a carrier that cuts', (profile) => {
  it('CWR is on the first piece only, ECT on all', () => {
    const { carrier, socket, ecn, first } = carried(profile, 0b011);
    expect(ecn.mode).toBe(EcnMode.classic);
    socket.write(text(60 * FULL));
    const sent = dataOf(carrier);
    carrier.give({ flags: 'AE', seq: 1_001, ack: (first + 9 * FULL) >>> 0 });
    const later = [...dataOf(carrier)];
    carrier.give({ flags: 'A', seq: 1_001, ack: (first + 10 * FULL) >>> 0 });
    later.push(...dataOf(carrier));
    expect(carrier.count).toBeGreaterThan(0);
    expect(later.length).toBeGreaterThan(1);
    expect(later.filter(({ flags }) => flags.includes('C'))).toHaveLength(1);
    expect(later[0]?.flags).toContain('C');
    expect(new Set([...sent, ...later].map(ecnOf))).toEqual(new Set([ECT0]));
  });

  it('every piece has the same count, FIN and PSH are on the last', () => {
    // RFC 9768 §3.3.4 R9768-70: also where one of its bits is the one that carriers clear.
    const cases = [0, 1, 2].flatMap((marks) => [false, true].map((tsoAccEcn) => ({ marks, tsoAccEcn })));
    for (const { marks, tsoAccEcn } of cases) {
      const { carrier, socket, first } = carried(profile, 0b111, tsoAccEcn);
      for (let index = 0; index < marks; index++) {
        const payload = text(100);
        carrier.give({ flags: `A${bits(START)}`, seq: 1_001 + 100 * index, ack: first, payload, tos: CE });
        carrier.take();
      }
      const before = carrier.count;
      socket.write(text(6 * FULL + 500));
      socket.shutdownWrite();
      const sent = dataOf(carrier);
      expect(sent.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(6 * FULL + 500);
      expect(new Set(sent.map(bitsOf))).toEqual(new Set([(START + marks) & 7]));
      expect(sent.map(({ flags }) => flags.includes('F')).indexOf(true)).toBe(sent.length - 1);
      const isCut = carrier.count > before;
      expect(isCut).toBe(tsoAccEcn || marks === 0);
    }
  });
});

describe.each(PROFILES)('%s: a carrier that merges', (profile) => {
  it('CE on a merged segment is CE on all that is in it', () => {
    const { carrier, ecn, first } = carried(profile, 0b111);
    carrier.give({ flags: `A${bits(START)}`, seq: 1_001, ack: first, payload: text(3 * FULL + 10), tos: CE }, FULL);
    const [answer] = carrier.take();
    expect(ecn.receivedCe).toBe(4);
    expect(ecn.receivedCeBytes).toBe(3 * FULL + 10);
    expect(answer === undefined ? -1 : bitsOf(answer.segment)).toBe((START + 4) & 7);
    const classic = carried(profile, 0b011);
    classic.carrier.give({ flags: 'A', seq: 1_001, ack: classic.first, payload: text(3 * FULL), tos: CE }, FULL);
    expect(classic.carrier.take().map(({ segment }) => bitsOf(segment))).toEqual([0b001]);
  });
});

describe.each(PROFILES)('%s: the receiver of DCTCP', (profile) => {
  function dctcp(ecn = 0): EcnConnection {
    const settings = { tcp: { ecn, congestion_control: 'dctcp' } };
    return accepted({ profile, code: 0b011, synTos: ECT0, synOptions: SACK_1000, settings });
  }

  function giveAll(connection: EcnConnection, fields: readonly number[], flags = 'A'): string[] {
    const { bench, peer } = connection;
    bench.giveAll(fields.map((tos) => peer.build(flags, { tos, payload: text(100) })));
    bench.run(300);
    return bench.take().map(({ flags: sent, ack }) => `${sent} ${(peer.seq - ack) | 0}`);
  }

  it('lives on marks: asks for ECN and agrees to it whatever the setting, all its packets capable', () => {
    // RFC 8257 §3.5 R8257-9: SYN-ACK and ACKs too.
    const connection = dctcp();
    expect(connection.ecn?.mode).toBe(EcnMode.classic);
    expect(ecnOf(connection.first)).toBe(ECT0);
    connection.peer.send('A', { tos: ECT0, payload: text(2 * MSS) });
    connection.bench.run(300);
    const acks = connection.bench.take();
    expect(acks.length).toBeGreaterThan(0);
    expect(new Set(acks.map(ecnOf))).toEqual(new Set([ECT0]));
    expect(ecnOf(accepted({ profile, code: 0b011, synOptions: SACK_1000 }).first)).toBe(NOT_ECT);
  });

  it('acknowledges what came before a change at once, with the old word', () => {
    // RFC 8257 §3.2 R8257-1: 100 octets each, counted from the end of what has come.
    const connection = dctcp();
    expect(giveAll(connection, [ECT0, ECT0, CE, CE])).toEqual(['A 200', 'AE 0']);
    expect(giveAll(connection, [CE, ECT0])).toEqual(['AE 100', 'A 0']);
  });

  it('says ECE exactly while marks come; CWR does not matter', () => {
    // RFC 8257 §3.2 R8257-2: the word is about what has just come.
    const connection = dctcp();
    giveAll(connection, [CE]);
    expect(giveAll(connection, [CE], 'AC').at(-1)).toBe('AE 0');
    expect(giveAll(connection, [ECT0]).at(-1)).toBe('A 0');
  });
});
