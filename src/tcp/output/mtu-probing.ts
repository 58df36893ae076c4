/**
 * Packetization layer path MTU discovery for TCP (RFC 4821), as Linux's tcp_mtu_probing does it: the next data goes now and then in
 * one segment larger than the others. Is it acknowledged, segments may be that large; is it the only one lost, they may not, and
 * congestion has nothing to do with it. Where nothing gets through any more and nobody says why (a black hole), segments shrink.
 * Sizes are those of IP packets, in bytes. Invariants: searchLow is believed to work, above searchHigh nothing is tried; one
 * probe is in flight at most.
 */
import { TICKS_PER_SECOND } from '../../base/clock.ts';
import { TcpOptionSize } from '../../wire/tcp-option-writers.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { notePacketSent, proofLimited } from '../opening/path-proof.ts';
import { currentThreshold, inFlight } from '../recovery/reduction.ts';
import { seqGe, seqGt, seqLt } from '../seq.ts';
import { TcpState } from '../state.ts';
import { MtuProbe } from '../tcb/mtu-probe.ts';
import { Agreed, INFINITE_SSTHRESH, type Tcb } from '../tcb/tcb.ts';
import { computeSendMss, headersLength, largestPacket } from './mss.ts';

/** Values of the setting mtu_probing. */
export const MtuProbing = { off: 0, onBlackHole: 1, always: 2 } as const;

/** Answers of `chooseMtuProbe` that are no length. */
export const NO_PROBE = 0;
/** A probe is due and waits for the flight to drain: no other new data goes before it. */
export const PROBE_WAITS = -1;

/** Segments that must fit the window beside the probe, so that its loss shows by duplicate ACKs (RFC 4821 §7.4). */
const FOLLOWERS = 4;
/** RFC 8200 §5. */
const IPV6_MTU_MIN = 1280;
/** Linux probes with a window of so many segments or more. */
const CWND_SEGMENTS_MIN = 11;

/**
 * The sizes of the handshake are known: a connection that always probes starts small. Before the send MSS is computed. On Linux a connection
 * that was accepted keeps the MSS of its handshake until something is found out.
 */
export function startMtuProbing(env: TcpEnvironment, tcb: Tcb): void {
  if (env.settings.mtu_probing < MtuProbing.always) return;
  const search = newSearch(env, tcb);
  tcb.mtuProbe = search;
  if (env.settings.profile === 'rfc') return;
  if (tcb.isPassive) search.bound = Number.POSITIVE_INFINITY;
  // The least packet was reckoned before the peer's SYN-ACK said that there will be no timestamps.
  else if (env.settings.timestamps && !tcb.has(Agreed.timestamps)) search.bound += TcpOptionSize.timestamps;
}

// RFC 4821 §7.2 R4821-4, R4821-5: 1024 octets are expected to work everywhere, unless the setting says otherwise.
function newSearch(env: TcpEnvironment, tcb: Tcb): MtuProbe {
  const high = largestPacket(tcb);
  const low = Math.min(high, Math.max(leastMss(env, tcb), env.settings.base_mss) + headersLength(tcb));
  return new MtuProbe(low, high, env.clock.tick);
}

/** Segments never become smaller: by the settings, and for IPv6 because every path carries 1280, of which Linux makes no use. */
function leastMss(env: TcpEnvironment, tcb: Tcb): number {
  const { mtu_probe_floor, min_snd_mss, profile } = env.settings;
  const least = Math.max(mtu_probe_floor, min_snd_mss);
  const isSure = profile === 'rfc' && tcb.key.remoteAddress.family === 6;
  return isSure ? Math.max(least, IPV6_MTU_MIN - headersLength(tcb)) : least;
}

/**
 * Whether the next new data goes as a probe.
 * @returns octets of the probe, or NO_PROBE, or PROBE_WAITS
 */
export function chooseMtuProbe(env: TcpEnvironment, tcb: Tcb): number {
  const state = tcb.mtuProbe;
  if (state === null || state.size !== 0 || !mayProbe(tcb)) return NO_PROBE;
  // RFC 4821 §7.3 R4821-6: where more probes would gain too little.
  if (state.searchHigh - state.searchLow < Math.max(1, env.settings.probe_threshold)) {
    restartSearch(env, tcb, state);
    return NO_PROBE;
  }
  // RFC 4821 §7.5 R4821-9: a packet of just the size in the middle of the range.
  const length = ((state.searchLow + state.searchHigh) >> 1) - headersLength(tcb);
  const isLinux = env.settings.profile === 'linux';
  const followers = isLinux ? (tcb.recovery?.reordering ?? env.settings.reordering) + 1 : FOLLOWERS;
  const needed = length + followers * tcb.sendMss;
  // A connection that keeps a larger MSS than the search begins with is searched on Linux, too.
  if (length <= tcb.sendMss && !isLinux) return NO_PROBE;
  if (tcb.unsentLength < needed || tcb.sndWnd < needed) return NO_PROBE;
  const isIdle = tcb.sndUna === tcb.sndNxt;
  if (tcb.usableWindow < needed) return isIdle ? NO_PROBE : PROBE_WAITS;
  // Linux counts in segments, of which the probe is one.
  const room = isLinux ? 2 * tcb.sendMss : length + tcb.sendMss;
  if (tcb.cwnd - inFlight(tcb) < room) return isIdle ? NO_PROBE : PROBE_WAITS;
  return length;
}

// RFC 4821 §7.4 R4821-8: one at a time, outside recovery, with data, window and cwnd enough behind it.
/** All is well, nothing is being repaired, and the header has its usual length. */
function mayProbe(tcb: Tcb): boolean {
  if (tcb.state !== TcpState.established && tcb.state !== TcpState.closeWait) return false;
  if (tcb.caState !== CaState.open || tcb.timeouts > 0) return false;
  if (tcb.urgent?.isSending || (tcb.reassembly !== null && !tcb.reassembly.isEmpty)) return false;
  return tcb.cwnd >= CWND_SEGMENTS_MIN * tcb.sendMss;
}

// RFC 4821 §7.3 R4821-7, R4821-19: after ten minutes larger sizes are tried again.
/** The path may have become wider. */
function restartSearch(env: TcpEnvironment, tcb: Tcb, state: MtuProbe): void {
  const { probe_interval } = env.settings;
  if ((env.clock.tick - state.startedTick) >>> 0 < probe_interval * TICKS_PER_SECOND) return;
  state.startedTick = env.clock.tick;
  state.searchHigh = largestPacket(tcb);
}

/**
 * Octets [seq, end) have left, the first time or again.
 * @param size octets in each packet; for a probe, all of them
 */
export function noteSegmentSizes(tcb: Tcb, seq: number, end: number, size: number, isProbe: boolean): void {
  if (tcb.mtuProbe !== null) noteProbeSizes(tcb, tcb.mtuProbe, seq, end, size, isProbe);
  notePacketSent(tcb, seq, end, size);
}

function noteProbeSizes(tcb: Tcb, state: MtuProbe, seq: number, end: number, size: number, isProbe: boolean): void {
  // RFC 4821 §7.6 R4821-13: after a time-out its octets go again in other segments, and the probe proves nothing.
  if (isProbe || (state.size !== 0 && seqLt(seq, state.end) && seqGt(end, state.start))) state.size = 0;
  if (isProbe) {
    // From now on, whatever was reckoned with before; who keeps the MSS of its handshake keeps it.
    if (state.bound !== Number.POSITIVE_INFINITY) state.bound = Math.min(state.bound, state.searchLow);
    state.size = size + headersLength(tcb);
    state.start = seq;
    state.end = end;
  }
}

/** A probe has left. Linux reckons it as two segments: its window is one less until the probe has failed. */
export function chargeProbe(env: TcpEnvironment, tcb: Tcb): void {
  computeSendMss(env, tcb);
  if (env.settings.profile === 'linux') tcb.cwnd -= tcb.sendMss;
}

/** Whether a probe starts at `seq`: the congestion control is not told of its loss. */
export function isMtuProbe(tcb: Tcb, seq: number): boolean {
  const state = tcb.mtuProbe;
  return state !== null && state.size !== 0 && state.start === seq;
}

// RFC 4821 §7.6 R4821-10, R4821-14: delivered: segments of its size may go; the window in octets stays.
/** SND.UNA has moved. */
export function mtuProbeAcknowledged(env: TcpEnvironment, tcb: Tcb): void {
  const state = tcb.mtuProbe;
  if (state !== null && state.size !== 0 && seqGe(tcb.sndUna, state.end)) confirmProbe(env, tcb, state);
}

function confirmProbe(env: TcpEnvironment, tcb: Tcb, state: MtuProbe): void {
  const { sendMss, cwnd, ssthresh } = tcb;
  const ratio = (sendMss + headersLength(tcb)) / state.size;
  state.searchLow = state.bound = state.size;
  state.size = 0;
  env.extCounters.TCPMTUPSuccess++;
  computeSendMss(env, tcb);
  if (env.settings.profile === 'linux') {
    const { ackSample } = env;
    const inSegments = (octets: number): number => Math.floor(octets / sendMss) * tcb.sendMss;
    // Linux counts in segments: the window keeps its octets, as so many packets of the old size, the threshold its segments.
    tcb.cwnd = Math.max(1, Math.floor(Math.floor(cwnd / sendMss) * ratio)) * tcb.sendMss;
    tcb.ssthresh = ssthresh < INFINITE_SSTHRESH ? inSegments(ssthresh) : ssthresh;
    tcb.ssthresh = currentThreshold(tcb);
    tcb.ackedInRound = 0;
    ackSample.acked = inSegments(ackSample.acked);
    ackSample.delivered = inSegments(ackSample.delivered);
  }
  // Unless a time-out has left less than one of the new segments: nothing would ever be sent again.
  if (tcb.cwnd < tcb.sendMss) tcb.cwnd = tcb.sendMss;
}

// RFC 4821 §7.6 R4821-11, R4821-12: when only the probe is missing it was too large, and that is no congestion.
// RFC 4821 §7.6 R4821-13: with other losses beside it the probe proves nothing.
/**
 * Losses were found and recovery is about to begin.
 * @returns whether it is the probe alone: what is larger than other segments goes again, and the window is left alone
 */
export function mtuProbeLost(env: TcpEnvironment, tcb: Tcb): boolean {
  const { mtuProbe: state, scoreboard: board } = tcb;
  if (state === null || state.size === 0 || board === null || board.isEmpty) return false;
  if (tcb.sndUna !== state.start || tcb.caState >= CaState.cwr) return false;
  const first = board.slotAt(0);
  if (board.end(first) !== state.end || board.lostWeight !== board.weight(first)) {
    state.size = 0;
    return false;
  }
  failed(env, state, state.size - 1);
  // It was no congestion.
  if (env.settings.profile === 'linux') tcb.cwnd += tcb.sendMss;
  return true;
}

// RFC 4821 §6.1 R4821-18: messages of routers that are believed bound the search.
/** The path's MTU has fallen: what was known to be possible is no more. @returns whether a probe was above it: it is lost */
export function searchLimited(env: TcpEnvironment, tcb: Tcb): boolean {
  const state = tcb.mtuProbe;
  if (state === null) return false;
  const isLost = state.size > tcb.pathMtu;
  if (isLost) failed(env, state, tcb.pathMtu);
  state.searchHigh = Math.min(state.searchHigh, tcb.pathMtu);
  state.searchLow = Math.min(state.searchLow, tcb.pathMtu);
  state.bound = Math.min(state.bound, state.searchLow);
  return isLost;
}

function failed(env: TcpEnvironment, state: MtuProbe, searchHigh: number): void {
  state.searchHigh = searchHigh;
  state.size = 0;
  env.extCounters.TCPMTUPFail++;
}

// RFC 4821 §7.7 R4821-1, R4821-2: a full stop may be a black hole: back to the initial size, then half of it each time.
// RFC 4821 §7.8 R4821-15: which also takes back a size that was found and fails later.
/** One more time-out in a row: when R1 is reached, it may be their size that keeps segments from getting through. */
export function blackHoleSuspected(env: TcpEnvironment, tcb: Tcb): void {
  const { settings } = env;
  if (settings.mtu_probing === MtuProbing.off || tcb.timeouts < settings.retries1) return;
  // What is in flight is no larger than what would be tried: its size is not the trouble.
  const first = Math.min(tcb.flightSize, tcb.sendMss);
  const headers = headersLength(tcb);
  const half = tcb.mtuProbe === null ? settings.base_mss : (tcb.mtuProbe.searchLow - headers) >> 1;
  const mss = Math.max(Math.min(settings.base_mss, half), leastMss(env, tcb));
  if (first <= mss) return;
  tcb.mtuProbe ??= newSearch(env, tcb);
  const state = tcb.mtuProbe;
  state.size = 0;
  state.searchLow = state.bound = Math.min(state.searchLow, mss + headers);
  state.startedTick = env.clock.tick;
  proofLimited(tcb, state.searchLow);
  computeSendMss(env, tcb);
}
