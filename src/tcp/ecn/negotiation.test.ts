/** Agreeing on ECN by the letter, call by call (RFC 3168 section 6.1.1, RFC 9768 section 3.1): what repeated SYNs, answers and the first ACK change. */
import { describe, expect, it } from 'vitest';
import { bareSender } from '../../../test/support/bare-sender.ts';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { Ecn, IpPacket } from '../../wire/ip-packet.ts';
import { TcpFlag, TcpSegment } from '../../wire/tcp-segment.ts';
import type { Listener } from '../opening/listener.ts';
import type { TcpSettings } from '../settings.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { ACE_FLAGS, Ace, aceFlags } from './ace.ts';
import { AccEcnFail, EcnMode, EcnState } from './ecn-state.ts';
import { synAckEcnFlags, synEcnFlags, takeHandshakeAck, takeRepeatedSyn, takeRepeatedSynAck } from './negotiation.ts';

const IRS = 5_000;
/** RFC 9768 §3.1.1: the codes that tell of a field. */
const TOLD = { notEct: 0b010, ect0: 0b100, ce: 0b110 };

function segmentWith(code: number, field: number = Ecn.notEct, seq = IRS): TcpSegment {
  const packet = new IpPacket(new PlainPacketMemory(64));
  packet.trafficClass = field;
  const segment = new TcpSegment(packet);
  segment.flags = aceFlags(code);
  segment.seq = seq;
  return segment;
}

function stateOf(mode: number, changes: Partial<EcnState> = {}): EcnState {
  return Object.assign(new EcnState(mode), { mode, ...changes });
}

describe('a SYN-ACK that comes again', () => {
  function repeated(field: number, changes: Partial<Tcb> = {}, ecn: Partial<EcnState> = {}): EcnState {
    const { env, tcb } = bareSender({ profile: 'rfc' });
    const state = stateOf(EcnMode.accurate, { synField: Ecn.ect1, ...ecn });
    Object.assign(tcb, { ecn: state, irs: IRS, rcvNxt: IRS + 1, ...changes });
    takeRepeatedSynAck(env, tcb, segmentWith(Ace.none, field));
    return state;
  }

  it.each<[name: string, field: number, changes: Partial<Tcb>, ecn: Partial<EcnState>, isTold: boolean]>([
    ['before anything else came', Ecn.ect0, {}, {}, true],
    ['after text', Ecn.ect0, { rcvNxt: IRS + 2 }, {}, false],
    ['with another number', Ecn.ect0, { irs: IRS - 1, rcvNxt: IRS }, {}, false],
    ['to the one that answers', Ecn.ect0, { listener: {} as Listener }, {}, false],
    ['where RFC 3168 was agreed on', Ecn.ect0, {}, { mode: EcnMode.classic }, false],
  ])('has its field told, or not: %s', (_, field, changes, ecn, isTold) => {
    const after = repeated(field, changes, ecn);
    expect([after.synField, after.owesHandshakeField]).toEqual([isTold ? field : Ecn.ect1, isTold]);
    expect(after.receivedCe).toBe(0);
  });

  it.each([
    ['counts once when it is marked', 0, 1],
    ['not when something was counted before', 4, 4],
  ])('%s', (_, before, after) => {
    expect(repeated(Ecn.ce, {}, { receivedCe: before }).receivedCe).toBe(after);
  });

  it('is nothing where no ECN was agreed on', () => {
    const { env, tcb } = bareSender({ profile: 'rfc' });
    expect(() => takeRepeatedSynAck(env, tcb, segmentWith(Ace.none))).not.toThrow();
  });
});

// RFC 9768 §3.1.5 R9768-20, R9768-23, R9768-27: a SYN that comes again.
describe('a SYN that comes again', () => {
  interface Again {
    readonly code: number;
    readonly mode?: number;
    readonly synCode?: number;
    readonly settings?: Partial<TcpSettings>;
  }
  function again({
    code,
    mode = EcnMode.accurate,
    synCode = Ace.request,
    settings = { ecn: 3 },
  }: Again): [boolean, EcnState] {
    const { env } = bareSender({ profile: 'rfc', settings });
    const ecn = stateOf(mode, { synCode, sendsEct: true, synsReceived: 1 });
    return [takeRepeatedSyn(env, ecn, segmentWith(code, Ecn.ect0)), ecn];
  }

  it.each<[name: string, given: Again, isTaken: boolean, after: Partial<EcnState>]>([
    ['as before', { code: Ace.request }, true, { synsReceived: 2, synField: Ecn.ect0, sendsEct: true }],
    ['without the flags', { code: Ace.none }, true, { synsReceived: 1, synField: 0, sendsEct: false }],
    ['asking for the older kind', { code: Ace.classicRequest }, false, {}],
    ['asking for the newer kind', { code: Ace.request, mode: EcnMode.classic, synCode: Ace.classicRequest }, false, {}],
    [
      'asking for the older kind as before',
      { code: Ace.classicRequest, mode: EcnMode.classic, synCode: Ace.classicRequest },
      true,
      { synsReceived: 1 },
    ],
    [
      'asking for the newer kind of who knows the older alone',
      { code: Ace.request, mode: EcnMode.classic, synCode: Ace.classicRequest, settings: { ecn: 1 } },
      true,
      { synsReceived: 1 },
    ],
    [
      'without the flags where the older kind was agreed on',
      { code: Ace.none, mode: EcnMode.classic, synCode: Ace.classicRequest },
      true,
      { sendsEct: true },
    ],
  ])('%s', (_, given, isTaken, after) => {
    const [taken, ecn] = again(given);
    expect(taken).toBe(isTaken);
    expect(ecn).toMatchObject(after);
  });

  it('is answered without ECN where there is none', () => {
    const { env } = bareSender({ profile: 'rfc', settings: { ecn: 3 } });
    expect(takeRepeatedSyn(env, null, segmentWith(Ace.classicRequest))).toBe(true);
  });
});

// RFC 9768 §3.2.2.1 R9768-39, R9768-40: the ACK that completes the handshake.
// RFC 9768 §3.2.2.2 R9768-41, R9768-43: the ACK that completes the handshake.
// RFC 9768 §3.2.2.3 R9768-45: the ACK that completes the handshake.
describe('the ACK that completes the handshake', () => {
  it.each<[name: string, code: number, after: Partial<EcnState>]>([
    [
      'tells that nothing was changed',
      TOLD.notEct,
      { sendsEct: true, failMode: 0, deliveredCe: 0, isOpeningMarked: false },
    ],
    [
      'tells of a mark',
      TOLD.ce,
      { sendsEct: false, failMode: AccEcnFail.aceSend, deliveredCe: 1, isOpeningMarked: true },
    ],
    [
      'tells of a change',
      TOLD.ect0,
      { sendsEct: false, failMode: AccEcnFail.aceSend, deliveredCe: 0, isOpeningMarked: false },
    ],
    [
      'has no bits: somebody clears them',
      Ace.none,
      { sendsEct: false, answersMarks: false, failMode: AccEcnFail.aceReceive },
    ],
  ])('%s', (_, code, after) => {
    const { env, tcb } = bareSender({ profile: 'rfc' });
    tcb.ecn = stateOf(EcnMode.accurate, { sendsEct: true });
    takeHandshakeAck(env, tcb, segmentWith(code));
    expect(tcb.ecn).toMatchObject({ isAceRead: true, ...after });
  });

  it('tells nothing where the older kind, or none, was agreed on', () => {
    const { env, tcb } = bareSender({ profile: 'rfc' });
    takeHandshakeAck(env, tcb, segmentWith(TOLD.ce));
    tcb.ecn = stateOf(EcnMode.classic, { sendsEct: true });
    takeHandshakeAck(env, tcb, segmentWith(TOLD.ce));
    expect(tcb.ecn).toMatchObject({ isAceRead: false, sendsEct: true, failMode: 0 });
  });
});

// RFC 3168 §6.1.1 R3168-1: the flags of a SYN.
// RFC 3168 §6.1.1.1 R3168-6: the flags of a SYN.
// RFC 9768 §3.1.1 R9768-3: the flags of a SYN.
// RFC 9768 §3.1.4.1 R9768-14: the flags of a SYN.
describe('the flags of a SYN', () => {
  const CLASSIC = TcpFlag.ece | TcpFlag.cwr;
  it.each<[name: string, asked: number, timeouts: number, fallback: boolean, flags: number]>([
    ['ask for the older kind', EcnMode.classic, 0, true, CLASSIC],
    ['once', EcnMode.classic, 1, true, 0],
    ['ask for the newer kind', EcnMode.accurate, 1, true, ACE_FLAGS],
    ['twice', EcnMode.accurate, 2, true, 0],
    ['always, where nothing else is wanted', EcnMode.accurate, 9, false, ACE_FLAGS],
    ['always, where nothing else is wanted', EcnMode.classic, 9, false, CLASSIC],
  ])('%s', (_, asked, timeouts, ecn_fallback, flags) => {
    const { env, tcb } = bareSender({ profile: 'rfc', settings: { ecn_fallback } });
    tcb.timeouts = timeouts;
    const ecn = new EcnState(asked);
    ecn.codepoint = Ecn.ce;
    expect(synEcnFlags(env, tcb, ecn, TcpFlag.syn)).toBe(flags);
    expect(ecn.codepoint).toBe(Ecn.notEct);
  });

  it.each<[name: string, mode: number, timeouts: number, flags: number, sendsEct: boolean]>([
    ['of an answer: ECE', EcnMode.classic, 0, TcpFlag.ece, true],
    ['of an answer: the field of the SYN', EcnMode.accurate, 1, aceFlags(TOLD.ect0), true],
    ['of an answer: none after two that were lost', EcnMode.accurate, 2, 0, false],
    ['of an answer: none where nothing is agreed on', EcnMode.asking, 0, 0, true],
  ])('%s', (_, mode, timeouts, flags, sendsEct) => {
    const { env, tcb } = bareSender({ profile: 'rfc' });
    tcb.timeouts = timeouts;
    const ecn = stateOf(mode, { sendsEct: true, synField: Ecn.ect0 });
    expect(synEcnFlags(env, tcb, ecn, TcpFlag.syn | TcpFlag.ack)).toBe(flags);
    expect([ecn.sendsEct, ecn.codepoint]).toEqual([sendsEct, Ecn.notEct]);
    expect(synAckEcnFlags(env, ecn, true, timeouts)).toBe(flags);
    // RFC 8257 §3.5 R8257-9: networks that are known.
    expect(ecn.codepoint).toBe(Ecn.ect0);
  });
});
