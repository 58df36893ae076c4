/**
 * What the two SYNs settle (RFC 9293 section 3.7.1, RFC 7323, RFC 2018): segment sizes, window scale, timestamps, SACK.
 */
import { TcpOptionSize } from '../wire/tcp-option-writers.ts';
import { TcpOptionBit, type TcpSegment } from '../wire/tcp-segment.ts';
import type { ConnectionAuth } from './auth/connection-auth.ts';
import { INFINITE_SSTHRESH } from './congestion/growth.ts';
import type { TcpEnvironment, TcpPath } from './environment.ts';
import { startMtuProbing } from './mtu-probing.ts';
import type { RareOptions } from './rare-options.ts';
import { Agreed, type Tcb } from './tcb.ts';
import { takeUserTimeout } from './user-timeout.ts';
import { WINDOW_SCALE_MAX } from './window.ts';

/** RFC 9293 §3.7.1 MUST-15: what to assume of a peer that sends no MSS option. */
export const DEFAULT_MSS_V4 = 536;
export const DEFAULT_MSS_V6 = 1220;
/** Header of IP and TCP without options. */
const HEADERS_V4 = 40;
const HEADERS_V6 = 60;

/** IP and TCP header octets of this connection's family. */
export function fixedHeaders(tcb: Tcb): number {
  return fixedHeadersOf(tcb.key.remoteAddress.family);
}

function fixedHeadersOf(family: number): number {
  return family === 4 ? HEADERS_V4 : HEADERS_V6;
}

/** Octets of options in every segment of the connection: timestamps and signature. */
export function fixedOptionsLength(tcb: Tcb): number {
  return (tcb.has(Agreed.timestamps) ? TcpOptionSize.timestamps : 0) + (tcb.auth === null ? 0 : tcb.auth.optionLength);
}

/** IP and TCP header octets of a data segment, with the options that every one carries. */
export function headersLength(tcb: Tcb): number {
  return fixedHeaders(tcb) + (tcb.ipOptions?.length ?? 0) + fixedOptionsLength(tcb);
}

// RFC 9293 §3.7.3 SHLD-6: the interface's MTU is the least that can be received over it.
// RFC 9293 §3.7.1 MUST-67: no more than what can be received: the interface's MTU without fixed headers.
/** The MSS to announce on `path` (RFC 6691: options are not subtracted). */
export function mssToAnnounce(path: TcpPath, family: number, rare: RareOptions | null): number {
  const chosen = rare?.maxSegment || 0xffff;
  return Math.max(1, Math.min(chosen, path.interface.mtu - fixedHeadersOf(family)));
}

// RFC 9293 §3.7.1 MUST-16: the smaller of what the peer takes and what the path takes, less the options in each segment.
/** Effective send MSS; run again whenever the path MTU changes. */
export function computeSendMss(env: TcpEnvironment, tcb: Tcb): void {
  const told = tcb.peerMss === 0 ? defaultMss(tcb) : Math.max(tcb.peerMss, env.settings.min_snd_mss);
  const peer = Math.min(told, tcb.rare?.maxSegment || told);
  const ipOptions = tcb.ipOptions?.length ?? 0;
  const mtu = Math.min(tcb.pathMtu, tcb.mtuProbe?.bound ?? tcb.pathMtu);
  const byPath = mtu - fixedHeaders(tcb) - ipOptions;
  const options = fixedOptionsLength(tcb);
  const before = tcb.sendMss;
  tcb.sendMss = Math.max(1, Math.min(peer, Math.max(byPath, env.settings.min_snd_mss)) - options);
  if (env.settings.profile === 'linux' && tcb.sendMss !== before) recount(tcb, before);
}

/** Linux counts in segments: what is in flight weighs another number of octets, and smaller segments make the window smaller. */
function recount(tcb: Tcb, before: number): void {
  tcb.scoreboard?.changeUnit(tcb.sendMss);
  tcb.maxInFlight = Math.floor(tcb.maxInFlight / before) * tcb.sendMss;
  if (tcb.sendMss > before) return;
  tcb.cwnd = Math.floor(tcb.cwnd / before) * tcb.sendMss;
  if (tcb.ssthresh < INFINITE_SSTHRESH) tcb.ssthresh = Math.floor(tcb.ssthresh / before) * tcb.sendMss;
}

/** Whether our SYN, or SYN-ACK to a peer that sent `present`, has room for timestamps. */
export function offersTimestamps(
  { settings }: TcpEnvironment,
  auth: ConnectionAuth | null,
  isPassive: boolean,
  present: number,
): boolean {
  if (auth === null || !settings.timestamps) return settings.timestamps;
  const hasSack = settings.sack && (present & TcpOptionBit.sackPermitted) !== 0;
  return auth.timestampsFit(isPassive, hasSack);
}

function defaultMss(tcb: Tcb): number {
  return defaultMssOf(tcb.key.remoteAddress.family);
}

/** What to assume of a peer that says nothing. */
export function defaultMssOf(family: number): number {
  return family === 4 ? DEFAULT_MSS_V4 : DEFAULT_MSS_V6;
}

/** The largest IP packet that both the peer and what is known of the path allow, bytes. */
export function largestPacket(tcb: Tcb): number {
  return Math.min(tcb.pathMtu, (tcb.peerMss === 0 ? defaultMss(tcb) : tcb.peerMss) + fixedHeaders(tcb));
}

/** What the peer's SYN has settled; of a Tcb or a half-open connection. */
export interface SynTerms {
  /** Bits of Agreed. */
  agreed: number;
  /** 0: the peer has not said. */
  peerMss: number;
  sndScale: number;
  tsRecent: number;
  tsRecentS: number;
}

/** Reads the options of the peer's SYN; ours were sent or will be sent accordingly. */
export function readSynOptions(
  env: TcpEnvironment,
  terms: SynTerms,
  auth: ConnectionAuth | null,
  isPassive: boolean,
  segment: TcpSegment,
): void {
  const { settings } = env;
  const present = segment.optionsPresent;
  // RFC 9293 §3.7.1 MUST-14: the MSS option is understood.
  terms.peerMss = (present & TcpOptionBit.mss) !== 0 && segment.mss > 0 ? segment.mss : 0;
  terms.agreed = 0;
  terms.sndScale = 0;
  if (settings.window_scaling && present & TcpOptionBit.windowScale) {
    // RFC 7323 §2.2 R7323-1: both ends have sent it.
    // RFC 7323 §2.3 R7323-10: a shift above 14 is taken as 14.
    terms.agreed |= Agreed.windowScale;
    terms.sndScale = Math.min(WINDOW_SCALE_MAX, segment.windowScale);
  }
  if (offersTimestamps(env, auth, isPassive, present) && present & TcpOptionBit.timestamps) {
    terms.agreed |= Agreed.timestamps;
    terms.tsRecent = segment.timestampValue;
    terms.tsRecentS = env.clock.seconds;
  }
  // RFC 2018 §2 R2018-1: both SYNs must have said so.
  if (settings.sack && present & TcpOptionBit.sackPermitted) terms.agreed |= Agreed.sack;
}

/** Takes the options of a SYN that has come for a connection of our own making. */
export function takeSynOptions(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  readSynOptions(env, tcb, tcb.auth, tcb.isPassive, segment);
  takeUserTimeout(env, tcb, segment);
  applySynTerms(env, tcb);
}

/** What the terms mean for windows and segment sizes. */
export function applySynTerms(env: TcpEnvironment, tcb: Tcb): void {
  tcb.rcvScale = tcb.has(Agreed.windowScale) ? tcb.offeredScale : 0;
  // A buffer of less than two units of the window could not be announced in steps.
  if (tcb.rcvScale > 0) tcb.receiveLimit = Math.max(tcb.receiveLimit, 2 << tcb.rcvScale);
  startMtuProbing(env, tcb);
  computeSendMss(env, tcb);
  startCongestionWindow(env, tcb);
  // What will come is not known yet; the announced MSS bounds it.
  tcb.receiveMss = Math.min(DEFAULT_MSS_V4, tcb.advertisedMss || DEFAULT_MSS_V4);
}

// RFC 6928 §1 R6928-5: or as the settings say.
// RFC 6928 §2 R6928-1: ten segments.
// RFC 5681 §3.1 R5681-1: the rule that RFC 6928 widened.
/** RFC 6928 section 2: ten segments, bounded in bytes. */
export function initialWindow(env: TcpEnvironment, tcb: Tcb): number {
  const { settings } = env;
  const segments = settings.initial_window_segments * tcb.sendMss;
  return Math.min(segments, Math.max(2 * tcb.sendMss, settings.initial_window_bytes));
}

function startCongestionWindow(env: TcpEnvironment, tcb: Tcb): void {
  tcb.cwnd = initialWindow(env, tcb);
}
