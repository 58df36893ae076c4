/** How large a segment may be (RFC 9293 section 3.7.1): the MSS to announce, the one to use, and what headers take of a packet. */
import { TcpOptionSize } from '../../wire/tcp-option-writers.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { TcpPath } from '../path.ts';
import type { TcpSettings } from '../settings.ts';
import type { RareOptions } from '../tcb/rare-options.ts';
import { Agreed, INFINITE_SSTHRESH, type Tcb } from '../tcb/tcb.ts';
import { settleDelivered } from './occupation.ts';

/** RFC 9293 §3.7.1 MUST-15: what to assume of a peer that sends no MSS option. */
export const DEFAULT_MSS_V4 = 536;
export const DEFAULT_MSS_V6 = 1220;
/** Linux announces no less. */
const ADVMSS_MIN = 256;
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
/** The MSS to announce on `path` (RFC 6691: options are not subtracted). Linux takes the path's MTU, 256 octets at least. */
export function mssToAnnounce(
  { profile }: TcpSettings,
  path: TcpPath,
  family: number,
  rare: RareOptions | null,
): number {
  const chosen = Math.min(rare?.maxSegment || 0xffff, path.metrics?.advmss || 0xffff);
  const headers = fixedHeadersOf(family);
  const possible = profile === 'linux' ? Math.max(path.pathMtu - headers, ADVMSS_MIN) : path.interface.mtu - headers;
  return Math.max(1, Math.min(chosen, possible));
}

/** Octets of text in a full segment of a peer that goes by the MSS we announced, timestamps taken off. */
export function announcedText(tcb: Tcb): number {
  return tcb.advertisedMss - (tcb.has(Agreed.timestamps) ? TcpOptionSize.timestamps : 0);
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
  settleDelivered(tcb, before);
  tcb.scoreboard?.changeUnit(tcb.sendMss);
  tcb.maxInFlight = Math.floor(tcb.maxInFlight / before) * tcb.sendMss;
  if (tcb.sendMss > before) return;
  tcb.cwnd = Math.floor(tcb.cwnd / before) * tcb.sendMss;
  if (tcb.ssthresh < INFINITE_SSTHRESH) tcb.ssthresh = Math.floor(tcb.ssthresh / before) * tcb.sendMss;
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
