/** What the ECN field of a segment that arrives means, segment by segment (RFC 3168 section 6.1.3, RFC 8257, RFC 9768 section 3.2). */
import { describe, expect, it } from 'vitest';
import { type BareSender, type BareSenderOptions, bareSender } from '../../../test/support/bare-sender.ts';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { Ecn, IpPacket } from '../../wire/ip-packet.ts';
import { TcpFlag, TcpSegment } from '../../wire/tcp-segment.ts';
import type { ControlSegment } from '../environment.ts';
import { TcpState } from '../state.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { aceFlags, CEP_START } from './ace.ts';
import { noteEcnArrival } from './arrival.ts';
import { EcnMode, EcnState } from './ecn-state.ts';

const { notEct, ect0, ect1, ce } = Ecn;

interface Arrival {
  readonly field: number;
  readonly octets?: number;
  readonly flags?: number;
  /** Octets of a segment, where the carrier has merged several. */
  readonly merged?: number;
}

interface Listening extends BareSender {
  readonly ecn: EcnState;
  readonly sent: ControlSegment[];
  /** Whether an acknowledgment is owed afterwards. */
  take(arrival: Arrival): boolean;
}

function listening(
  mode: number,
  ecnChanges: Partial<EcnState> = {},
  options: BareSenderOptions = {},
  changes: Partial<Tcb> = {},
): Listening {
  const made = bareSender({ profile: 'rfc', ...options });
  const sent: ControlSegment[] = [];
  Object.assign(made.env, { sendControl: (segment: ControlSegment) => void sent.push({ ...segment }) });
  const ecn = Object.assign(new EcnState(mode), { mode, ...ecnChanges });
  const { tcb } = made;
  Object.assign(tcb, {
    state: TcpState.established,
    ecn,
    rcvNxt: 5_000,
    lastAckSent: 5_000,
    rcvAdv: 9_000,
    quickAcks: 0,
    ...changes,
  });
  const take = ({ field, octets = 1_000, flags = 0, merged = 0 }: Arrival): boolean => {
    const packet = new IpPacket(new PlainPacketMemory(64));
    packet.trafficClass = field;
    packet.gsoSize = merged;
    const segment = new TcpSegment(packet);
    segment.flags = TcpFlag.ack | flags;
    segment.payloadLength = octets;
    noteEcnArrival(made.env, tcb, ecn, segment, octets);
    return (tcb.pending & Pending.ack) !== 0;
  };
  return { ...made, ecn, sent, take };
}

// RFC 3168 §6.1.3 R3168-3, R3168-14, R3168-15: ECE.
describe('ECE', () => {
  const echo = (
    arrival: Arrival,
    isEchoing: boolean,
    options: BareSenderOptions = {},
  ): Listening & { isOwed: boolean } => {
    const made = listening(EcnMode.classic, { isEchoing, isEctSeen: true }, options);
    return { ...made, isOwed: made.take(arrival) };
  };

  it.each<[name: string, arrival: Arrival, before: boolean, after: boolean]>([
    ['begins with a mark', { field: ce }, false, true],
    ['goes on without', { field: ect0 }, true, true],
    ['ends with CWR', { field: ect0, flags: TcpFlag.cwr }, true, false],
    ['begins anew with a mark on CWR', { field: ce, flags: TcpFlag.cwr }, true, true],
    ['says nothing of a segment without text', { field: ce, octets: 0 }, false, false],
  ])('%s', (_, arrival, before, after) => {
    expect(echo(arrival, before).ecn.isEchoing).toBe(after);
  });

  it.each<[name: string, arrival: Arrival, isEchoing: boolean, isOwed: boolean, quick: number]>([
    ['a mark', { field: ce }, false, false, 2],
    ['another one', { field: ce }, true, false, 0],
    ['CWR', { field: ect0, flags: TcpFlag.cwr }, true, true, 0],
    ['text that is not capable', { field: notEct }, false, false, 2],
    ['text that is', { field: ect0 }, false, false, 0],
  ])('and acknowledgments on Linux: %s', (_, arrival, isEchoing, isOwed, quick) => {
    const made = echo(arrival, isEchoing, { profile: 'linux' });
    expect([made.isOwed, made.tcb.quickAcks]).toEqual([isOwed, quick]);
    const letter = echo(arrival, isEchoing);
    expect([letter.isOwed, letter.tcb.quickAcks]).toEqual([false, 0]);
  });

  it('notes that something capable has come', () => {
    for (const field of [notEct, ect0, ect1, ce]) {
      const made = listening(EcnMode.classic);
      made.take({ field, octets: 0 });
      expect(made.ecn.isEctSeen).toBe(field !== notEct);
    }
  });
});

// RFC 8257 §3.2 R8257-1, R8257-2: with DCTCP.
describe('with DCTCP', () => {
  function follow(field: number, isEchoing: boolean, rcvNxt = 6_000): Listening & { isOwed: boolean } {
    const made = listening(EcnMode.classic, { isEchoing }, {}, { rcvNxt });
    Object.assign(made.tcb, { congestion: { isDctcp: true } });
    return { ...made, isOwed: made.take({ field }) };
  }

  it.each([
    ['a mark begins', ce, false, [TcpFlag.ack], true],
    ['marks end', ect0, true, [TcpFlag.ack | TcpFlag.ece], false],
    ['marks go on', ce, true, null, true],
    ['none goes on', ect0, false, null, false],
  ] as const)('each acknowledgment covers one kind: %s', (_, field, before, flags, after) => {
    const { sent, ecn, isOwed } = follow(field, before);
    expect(sent.map((segment) => segment.flags)).toEqual(flags ?? []);
    expect([ecn.isEchoing, isOwed]).toEqual([after, flags !== null]);
  });

  it('what is acknowledged already is not again', () => {
    const { sent, isOwed } = follow(ce, false, 5_000);
    expect([sent, isOwed]).toEqual([[], true]);
  });
});

// RFC 9768 §3.2 R9768-32, R9768-33: Accurate ECN by the letter.
// RFC 9768 §3.2.2.5.1 R9768-49, R9768-50, R9768-51: Accurate ECN by the letter.
// RFC 9768 §3.3.4 R9768-70: Accurate ECN by the letter.
describe('Accurate ECN by the letter', () => {
  it.each<[name: string, arrival: Arrival, counts: Partial<EcnState>]>([
    ['ECT(0)', { field: ect0 }, { receivedE0Bytes: 1_000, receivedCe: 0, isOptionDue: true }],
    ['ECT(1)', { field: ect1 }, { receivedE1Bytes: 1_000, receivedCe: 0, isOptionDue: true }],
    ['CE', { field: ce }, { receivedCeBytes: 1_000, receivedCe: 1, untoldCe: 1, isOptionDue: true }],
    ['not capable', { field: notEct }, { receivedE0Bytes: 0, receivedCe: 0, isOptionDue: false }],
    ['CE without text', { field: ce, octets: 0 }, { receivedCeBytes: 0, receivedCe: 1, isOptionDue: false }],
    ['CE, merged from three', { field: ce, octets: 2_500, merged: 1_000 }, { receivedCeBytes: 2_500, receivedCe: 3 }],
    ['CE, not merged', { field: ce, octets: 1_000, merged: 1_000 }, { receivedCe: 1 }],
  ])('counts packets and octets: %s', (_, arrival, counts) => {
    const made = listening(EcnMode.accurate);
    made.take(arrival);
    expect(made.ecn).toMatchObject(counts);
  });

  it.each<[name: string, arrival: Arrival, before: Partial<EcnState>, isOwed: boolean]>([
    ['when marks begin', { field: ce }, { lastField: ect0 }, true],
    ['not when they go on', { field: ce }, { lastField: ce }, false],
    ['at the second with text', { field: ce }, { lastField: ce, untoldCe: 1 }, true],
    ['not at the second without', { field: ce, octets: 0 }, { lastField: ect0, untoldCe: 1 }, false],
    ['at the third without text', { field: ce, octets: 0 }, { lastField: ect0, untoldCe: 2 }, true],
    ['not when marks end', { field: ect0 }, { lastField: ce, untoldCe: 5 }, false],
  ])('acknowledges at once, or not: %s', (_, arrival, before, isOwed) => {
    expect(listening(EcnMode.accurate, before).take(arrival)).toBe(isOwed);
  });

  it.each<[name: string, arrival: Arrival, before: Partial<EcnState>, demand: number]>([
    ['two for a change', { field: ce }, { lastField: ect0 }, 2],
    ['two for the other one', { field: ect0 }, { lastField: ce }, 2],
    ['one for a mark that is none', { field: ce }, { lastField: ce }, 1],
    ['one for a mark without text', { field: ce, octets: 0 }, { lastField: ect0 }, 1],
    ['none for the rest', { field: ect0 }, { lastField: ect1 }, 0],
    ['none for a change without text', { field: ect0, octets: 0 }, { lastField: ce }, 0],
    ['as many as there were', { field: ce }, { lastField: ce, optionDemand: 2 }, 2],
  ])('asks for options: %s', (_, arrival, before, demand) => {
    const made = listening(EcnMode.accurate, before);
    made.take(arrival);
    expect([made.ecn.optionDemand, made.ecn.lastField]).toEqual([demand, arrival.field]);
  });

  it.each<[name: string, untoldCe: number, merged: number, told: number | null]>([
    ['six are as many as can be', 5, 1, null],
    ['before the seventh', 6, 1, 6],
    ['before several', 4, 3, 4],
    ['not when none waits, however many come', 0, 9, null],
  ])('tells of marks before the three bits have gone round: %s', (_, untoldCe, packets, told) => {
    const made = listening(EcnMode.accurate, { lastField: ce, untoldCe, receivedCe: 20 });
    made.take({ field: ce, octets: packets * 100, merged: 100 });
    expect(made.sent.map(({ flags }) => flags)).toEqual(told === null ? [] : [TcpFlag.ack | aceFlags(CEP_START + 20)]);
    expect(made.ecn.untoldCe).toBe(told === null ? untoldCe + packets : packets);
  });

  it.each<[name: string, octets: number, changes: Partial<Tcb>, isAckOfAcks: boolean]>([
    ['to ACKs alone', 0, {}, true],
    ['to text', 1_000, {}, false],
    ['while one waits', 0, { isAckDelayed: true }, false],
    ['while one is owed', 0, { pending: Pending.ack }, false],
    ['while text is not acknowledged', 0, { rcvNxt: 6_000 }, false],
  ])('knows an answer %s', (_, octets, changes, isAckOfAcks) => {
    const made = listening(EcnMode.accurate, { lastField: ce, untoldCe: 2 }, {}, changes);
    made.take({ field: ce, octets });
    expect(made.ecn.isAckOfAcks).toBe(isAckOfAcks);
  });
});
