/** Probing for the path's MTU (RFC 4821), call by call: when a probe may go, how large it is, and what comes of it. IPv4, 40 octets of headers. */
import { describe, expect, it } from 'vitest';
import { type BareSender, type BareSenderOptions, bareSender } from '../../../test/support/bare-sender.ts';
import { TICKS_PER_SECOND } from '../../base/clock.ts';
import { CaState } from '../congestion/ca-state.ts';
import { TcpState } from '../state.ts';
import { BufferPool } from '../tcb/byte-ring.ts';
import { MtuProbe } from '../tcb/mtu-probe.ts';
import { Reassembly } from '../tcb/reassembly.ts';
import { SendBuffer } from '../tcb/send-buffer.ts';
import type { Tcb } from '../tcb/tcb.ts';
import {
  blackHoleSuspected,
  chargeProbe,
  chooseMtuProbe,
  isMtuProbe,
  mtuProbeAcknowledged,
  mtuProbeLost,
  NO_PROBE,
  noteSegmentSizes,
  PROBE_WAITS,
  searchLimited,
  startMtuProbing,
} from './mtu-probing.ts';

/** 1024 octets of text and headers, up to 1500: the middle is a packet of 1282 with 1242 octets. */
const [LOW, HIGH] = [1_064, 1_500];
const MSS = 1_024;
const PROBE = 1_242;

/** A search under way, twenty segments of window on both sides, plenty to send; the n-th of `flying` lies at n * MSS. */
function searching(
  options: BareSenderOptions & { unsent?: number } = {},
  changes: Partial<Tcb> = {},
): BareSender & { state: MtuProbe } {
  const { flying = 0, unsent = 60_000, ...rest } = options;
  const made = bareSender({ profile: 'rfc', atUs: 5_000_000, ...rest });
  const { tcb, board } = made;
  for (let n = 0; n < flying; n++) board.append(n * MSS, (n + 1) * MSS, MSS);
  tcb.sendBuffer = new SendBuffer();
  const length = flying * MSS + unsent;
  tcb.sendBuffer.append(new BufferPool(), new Uint8Array(length), 0, length, length);
  const state = new MtuProbe(LOW, HIGH, made.env.clock.tick);
  Object.assign(tcb, {
    state: TcpState.established,
    sendMss: MSS,
    sndNxt: flying * MSS,
    cwnd: 20 * MSS,
    sndWnd: 20 * MSS,
    pathMtu: 1_500,
    peerMss: 1_460,
    mtuProbe: state,
    ...changes,
  });
  return { ...made, state };
}

describe('a probe', () => {
  it.each(['rfc', 'linux'] as const)('is the middle of what is possible, %s', (profile) => {
    const { env, tcb } = searching({ profile });
    expect(chooseMtuProbe(env, tcb)).toBe(PROBE);
  });

  it.each<[name: string, changes: Partial<Tcb>, goes: boolean]>([
    ['in CLOSE-WAIT', { state: TcpState.closeWait }, true],
    ['not in FIN-WAIT-1', { state: TcpState.finWait1 }, false],
    ['not in Disorder', { caState: CaState.disorder }, false],
    ['not while time-outs come', { timeouts: 1 }, false],
    ['not while something is missing', { reassembly: Object.assign(new Reassembly(true), { edges: [5, 9] }) }, false],
    ['while nothing is', { reassembly: new Reassembly(true) }, true],
    ['not in a window of less than eleven segments', { cwnd: 11 * MSS - 1 }, false],
    ['in one of eleven', { cwnd: 11 * MSS }, true],
    ['not without a search', { mtuProbe: null }, false],
  ])('goes, or not: %s', (_, changes, goes) => {
    const { env, tcb } = searching({}, changes);
    expect(chooseMtuProbe(env, tcb)).toBe(goes ? PROBE : NO_PROBE);
  });

  it('goes alone', () => {
    const { env, tcb, state } = searching();
    state.size = 1_282;
    expect(chooseMtuProbe(env, tcb)).toBe(NO_PROBE);
  });

  // RFC 4821 §7.4: four segments behind it; Linux has as many as show a loss, and one.
  it.each<[profile: 'rfc' | 'linux', needed: number]>([
    ['rfc', PROBE + 4 * MSS],
    ['linux', PROBE + 4 * MSS],
  ])('needs text and window for those behind it, %s', (profile, needed) => {
    for (const [less, answer] of [
      [1, NO_PROBE],
      [0, PROBE],
    ] as const) {
      const text = searching({ profile, unsent: needed - less });
      expect(chooseMtuProbe(text.env, text.tcb)).toBe(answer);
      const window = searching({ profile }, { sndWnd: needed - less });
      expect(chooseMtuProbe(window.env, window.tcb)).toBe(answer);
    }
  });

  it('has as many behind it on Linux as the path reorders', () => {
    const made = searching({ profile: 'linux', unsent: PROBE + 5 * MSS });
    made.recovery.reordering = 5;
    expect(chooseMtuProbe(made.env, made.tcb)).toBe(NO_PROBE);
    made.recovery.reordering = 4;
    expect(chooseMtuProbe(made.env, made.tcb)).toBe(PROBE);
    made.tcb.recovery = null;
    expect(chooseMtuProbe(made.env, made.tcb)).toBe(PROBE);
  });

  it.each<[name: string, flying: number, sndWnd: number, answer: number]>([
    ['while the peer’s window is taken up', 15, 20 * MSS, PROBE_WAITS],
    ['until it is not', 14, 14 * MSS + PROBE + 4 * MSS, PROBE],
    ['by an octet', 14, 14 * MSS + PROBE + 4 * MSS - 1, PROBE_WAITS],
  ])('waits for the flight to drain: %s', (_, flying, sndWnd, answer) => {
    const { env, tcb } = searching({ flying }, { sndWnd, cwnd: 40 * MSS });
    expect(chooseMtuProbe(env, tcb)).toBe(answer);
  });

  it.each<[profile: 'rfc' | 'linux', room: number]>([
    ['rfc', PROBE + MSS],
    ['linux', 2 * MSS],
  ])('waits for room in the congestion window, %s', (profile, room) => {
    for (const [less, answer] of [
      [1, PROBE_WAITS],
      [0, PROBE],
    ] as const) {
      const { env, tcb } = searching({ profile, flying: 20 }, { cwnd: 20 * MSS + room - less, sndWnd: 60 * MSS });
      expect(chooseMtuProbe(env, tcb)).toBe(answer);
    }
  });

  it('that does not fit an idle window is none, and waits for nothing', () => {
    const { env, tcb } = searching({}, { sendMss: 100, cwnd: PROBE, sndWnd: 60 * MSS });
    expect(chooseMtuProbe(env, tcb)).toBe(NO_PROBE);
  });

  it.each([
    ['rfc', NO_PROBE],
    ['linux', 960],
  ] as const)('no larger than other segments goes on Linux alone: %s', (profile, answer) => {
    const made = searching({ profile }, { sendMss: 960 });
    Object.assign(made.state, { searchLow: 900, searchHigh: 1_100 });
    expect(chooseMtuProbe(made.env, made.tcb)).toBe(answer);
  });
});

describe('a search', () => {
  it.each<[name: string, range: number, threshold: number, goes: boolean]>([
    ['as wide as the threshold', 8, 8, true],
    ['narrower', 7, 8, false],
    ['of nothing', 0, 0, false],
    ['of an octet', 1, 0, true],
  ])('goes on, or not: %s', (_, range, probe_threshold, goes) => {
    const made = searching({ settings: { probe_threshold } });
    Object.assign(made.state, { searchLow: 1_400, searchHigh: 1_400 + range });
    expect(chooseMtuProbe(made.env, made.tcb) > 0).toBe(goes);
  });

  // RFC 4821 §7.3 R4821-7: the search begins anew.
  it.each([
    [-1, 1_064],
    [0, 1_500],
    // Further off than half of what ticks can tell apart.
    [70 * 3_600 * TICKS_PER_SECOND, 1_500],
  ])('begins anew ten minutes after it began, and %i ticks', (more, high) => {
    const made = searching();
    Object.assign(made.state, {
      searchHigh: LOW,
      startedTick: (made.env.clock.tick - 600 * TICKS_PER_SECOND - more) | 0,
    });
    expect(chooseMtuProbe(made.env, made.tcb)).toBe(NO_PROBE);
    expect(made.state.searchHigh).toBe(high);
    if (high === HIGH) expect(made.state.startedTick).toBe(made.env.clock.tick);
  });

  it.each<[name: string, options: BareSenderOptions, changes: Partial<Tcb>, low: number | null, bound: number]>([
    ['where it is always wanted', { settings: { mtu_probing: 2 } }, {}, 1_064, 1_064],
    ['not where it is for black holes', { settings: { mtu_probing: 1 } }, {}, null, 0],
    ['with a larger least segment', { settings: { mtu_probing: 2, mtu_probe_floor: 1_200 } }, {}, 1_240, 1_240],
    ['no larger than the path', { settings: { mtu_probing: 2, base_mss: 9_000 } }, {}, 1_500, 1_500],
    [
      'under linux, timestamps were not agreed on',
      { profile: 'linux', settings: { mtu_probing: 2, timestamps: true } },
      {},
      1_064,
      1_076,
    ],
    [
      'under linux, none were offered',
      { profile: 'linux', settings: { mtu_probing: 2, timestamps: false } },
      {},
      1_064,
      1_064,
    ],
    [
      'under linux, of who was accepted',
      { profile: 'linux', settings: { mtu_probing: 2 } },
      { listener: {} as Tcb['listener'] },
      1_064,
      Number.POSITIVE_INFINITY,
    ],
  ])('begins with the connection: %s', (_, options, changes, low, bound) => {
    const { env, tcb } = searching(options, { mtuProbe: null, ...changes });
    startMtuProbing(env, tcb);
    expect(tcb.mtuProbe?.searchLow ?? null).toBe(low);
    if (low !== null) expect([tcb.mtuProbe?.searchHigh, tcb.mtuProbe?.bound]).toEqual([1_500, bound]);
  });

  // RFC 4821 §6.1 R4821-18: sizes change during the search.
  it.each([
    ['above everything', 1_500, 0, [1_064, 1_500, 1_064], false],
    ['within the range', 1_200, 0, [1_064, 1_200, 1_064], false],
    ['below it', 1_000, 0, [1_000, 1_000, 1_000], false],
    ['below the probe', 1_281, 1_282, [1_064, 1_281, 1_064], true],
    ['as large as the probe', 1_282, 1_282, [1_064, 1_282, 1_064], false],
  ] as const)('is bounded by what a router says: %s', (_, pathMtu, size, range, isLost) => {
    const { env, tcb, state } = searching({}, { pathMtu });
    state.size = size;
    expect(searchLimited(env, tcb)).toBe(isLost);
    expect([state.searchLow, state.searchHigh, state.bound]).toEqual(range);
    expect([state.size, env.extCounters.TCPMTUPFail]).toEqual(isLost ? [0, 1] : [size, 0]);
  });

  it('is bounded by nothing where there is none', () => {
    const { env, tcb } = searching({}, { mtuProbe: null });
    expect(searchLimited(env, tcb)).toBe(false);
  });
});

describe('a probe in flight', () => {
  function probed(options: BareSenderOptions = {}, changes: Partial<Tcb> = {}): ReturnType<typeof searching> {
    const made = searching(options, changes);
    noteSegmentSizes(made.tcb, 0, PROBE, PROBE, true);
    made.board.append(0, PROBE, PROBE);
    made.board.append(PROBE, PROBE + MSS, MSS);
    made.tcb.sndNxt = PROBE + MSS;
    return made;
  }

  it('is known by where it starts', () => {
    const { tcb, state } = probed();
    expect(state).toMatchObject({ size: 1_282, start: 0, end: PROBE, bound: LOW });
    expect([isMtuProbe(tcb, 0), isMtuProbe(tcb, 1), isMtuProbe(searching().tcb, 0)]).toEqual([true, false, false]);
  });

  it.each([
    ['before it', -MSS, 0, true],
    ['into it', -MSS, 1, false],
    ['its end', PROBE - 1, PROBE + MSS, false],
    ['behind it', PROBE, PROBE + MSS, true],
  ])('proves nothing when its octets go again: %s', (_, seq, end, isKept) => {
    const { tcb, state } = probed();
    noteSegmentSizes(tcb, seq, end, MSS, false);
    expect(state.size).toBe(isKept ? 1_282 : 0);
  });

  it('binds other segments from then on, but not who keeps the MSS of its handshake', () => {
    const { tcb, state } = searching();
    state.bound = 1_400;
    noteSegmentSizes(tcb, 0, PROBE, PROBE, true);
    expect(state.bound).toBe(LOW);
    const kept = searching();
    kept.state.bound = Number.POSITIVE_INFINITY;
    noteSegmentSizes(kept.tcb, 0, PROBE, PROBE, true);
    expect(kept.state.bound).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ['rfc', 20 * MSS],
    ['linux', 19 * MSS],
  ] as const)('is two segments to Linux: %s', (profile, cwnd) => {
    const { env, tcb } = probed({ profile });
    chargeProbe(env, tcb);
    expect([tcb.sendMss, tcb.cwnd]).toEqual([MSS, cwnd]);
  });

  // RFC 4821 §7.6 R4821-10, R4821-14: a probe that arrives.
  it.each<[profile: 'rfc' | 'linux', cwnd: number, ssthresh: number, acked: number]>([
    ['rfc', 20 * MSS, 30 * MSS, 3 * MSS],
    ['linux', 16 * PROBE, 30 * PROBE, 3 * PROBE],
  ])('that arrives makes segments as large, %s', (profile, cwnd, ssthresh, acked) => {
    const { env, tcb, state, ack } = probed({ profile }, { ssthresh: 30 * MSS, ackedInRound: 9 });
    ack.acked = ack.delivered = 3 * MSS;
    tcb.sndUna = PROBE - 1;
    mtuProbeAcknowledged(env, tcb);
    expect(state.size).toBe(1_282);
    tcb.sndUna = PROBE;
    mtuProbeAcknowledged(env, tcb);
    expect([state.searchLow, state.bound, state.size, tcb.sendMss]).toEqual([1_282, 1_282, 0, PROBE]);
    expect([tcb.cwnd, tcb.ssthresh, ack.acked, ack.delivered]).toEqual([cwnd, ssthresh, acked, acked]);
    expect(env.extCounters.TCPMTUPSuccess).toBe(1);
    mtuProbeAcknowledged(env, tcb);
    expect(env.extCounters.TCPMTUPSuccess).toBe(1);
  });

  it('that arrives leaves a window of one of the new segments at least', () => {
    const { env, tcb } = probed({}, { cwnd: MSS });
    tcb.sndUna = PROBE;
    mtuProbeAcknowledged(env, tcb);
    expect(tcb.cwnd).toBe(PROBE);
  });

  // RFC 4821 §7.6 R4821-11, R4821-12, R4821-13: a probe that is lost.
  it.each<[name: string, change: (made: ReturnType<typeof searching>) => void, isLost: boolean, size: number]>([
    ['alone', ({ board }) => board.markLost(board.slotAt(0)), true, 0],
    ['with another one', ({ board }) => [0, 1].forEach((n) => void board.markLost(board.slotAt(n))), false, 0],
    ['not, but another one', ({ board }) => board.markLost(board.slotAt(1)), false, 0],
    [
      'and SND.UNA is not there',
      ({ tcb, board }) => Object.assign(tcb, { sndUna: -5 }) && board.markLost(board.slotAt(0)),
      false,
      1_282,
    ],
    [
      'in CWR',
      ({ tcb, board }) => Object.assign(tcb, { caState: CaState.cwr }) && board.markLost(board.slotAt(0)),
      false,
      1_282,
    ],
    ['and nothing is on record', ({ tcb }) => Object.assign(tcb, { scoreboard: null }), false, 1_282],
  ])('was too large when it is lost, or says nothing: %s', (_, change, isLost, size) => {
    const made = probed({ profile: 'linux' });
    change(made);
    expect(mtuProbeLost(made.env, made.tcb)).toBe(isLost);
    expect([made.state.size, made.state.searchHigh]).toEqual([size, isLost ? 1_281 : HIGH]);
    expect([made.tcb.cwnd, made.env.extCounters.TCPMTUPFail]).toEqual(isLost ? [21 * MSS, 1] : [20 * MSS, 0]);
  });

  it('leaves the window as it is under rfc', () => {
    const made = probed();
    made.board.markLost(made.board.slotAt(0));
    expect([mtuProbeLost(made.env, made.tcb), made.tcb.cwnd]).toEqual([true, 20 * MSS]);
    expect(mtuProbeLost(made.env, made.tcb)).toBe(false);
  });
});

// RFC 4821 §7.7 R4821-1, R4821-2: a black hole.
// RFC 4821 §7.8 R4821-15: a black hole.
describe('a black hole', () => {
  function suspected(options: BareSenderOptions, changes: Partial<Tcb>): ReturnType<typeof searching> {
    const settings = {
      mtu_probing: 1,
      retries1: 3,
      base_mss: 1_024,
      mtu_probe_floor: 48,
      min_snd_mss: 48,
      ...options.settings,
    };
    const made = searching(
      { flying: 2, ...options, settings },
      { timeouts: 3, sendMss: 1_460, provenSize: 1_500, ...changes },
    );
    blackHoleSuspected(made.env, made.tcb);
    return made;
  }

  it.each<[name: string, options: BareSenderOptions, changes: Partial<Tcb>, mss: number]>([
    ['is believed in from R1 on: back to where searches begin', {}, { mtuProbe: null }, 1_024],
    ['not before', {}, { mtuProbe: null, timeouts: 2 }, 1_460],
    ['not where it is switched off', { settings: { mtu_probing: 0 } }, { mtuProbe: null }, 1_460],
    ['and again: half of what was tried', {}, {}, 512],
    ['never below the least', { settings: { mtu_probe_floor: 700 } }, {}, 700],
    ['not when what is in flight is no larger', {}, { mtuProbe: null, sndNxt: 1_024 }, 1_460],
    ['when it is larger by an octet', {}, { mtuProbe: null, sndNxt: 1_025 }, 1_024],
  ])('%s', (_, options, changes, mss) => {
    const { env, tcb } = suspected(options, changes);
    expect(tcb.sendMss).toBe(mss);
    const isBelieved = mss !== 1_460;
    expect(tcb.provenSize).toBe(isBelieved ? mss + 40 : 1_500);
    if (isBelieved)
      expect(tcb.mtuProbe).toMatchObject({
        size: 0,
        searchLow: mss + 40,
        bound: mss + 40,
        startedTick: env.clock.tick,
      });
  });
});
