/**
 * The last octets of a window. Linux cuts text into large pieces of as many segments as the connection sends in a millisecond, two at
 * least, and a piece that the window cuts short is sent up to the window's edge, a partial segment at its end; what would be a sliver of
 * its own waits (RFC 9293 section 3.8.6.2.1).
 */
import type { TcpEnvironment } from './environment.ts';
import { seqGt } from './seq.ts';
import type { Tcb } from './tcb.ts';

/** Segments of a piece at least (tcp_min_tso_segs), octets at most. */
const PIECE_SEGMENTS_MIN = 2;
const PIECE_OCTETS_MAX = 65_535;
/** Pieces per second that a connection is thought to send. */
const PIECES_PER_SECOND = 1024;
const MICROSECONDS = 1_000_000;

/** Full segments of one piece. */
function pieceSegments(env: TcpEnvironment, tcb: Tcb, full: number): number {
  const { pacing_ss_ratio: start, pacing_ca_ratio: later } = env.settings;
  const percent = tcb.cwnd < tcb.ssthresh / 2 ? start : later;
  const perSecond = (tcb.cwnd * percent * MICROSECONDS) / (100 * Math.max(1, tcb.srttUs));
  const octets = Math.min(PIECE_OCTETS_MAX, perSecond / PIECES_PER_SECOND);
  return Math.max(PIECE_SEGMENTS_MIN, Math.floor(octets / full));
}

/** Linux: whether what is left of the peer's window, less than a segment, goes out as the end of a piece. */
export function fillsWindow(env: TcpEnvironment, tcb: Tcb, full: number): boolean {
  if (env.settings.profile !== 'linux' || tcb.cork) return false;
  if (!tcb.noDelay && seqGt(tcb.smallSeq, tcb.sndUna)) return false;
  const sent = (tcb.sndNxt - tcb.burstSeq) | 0;
  return sent > 0 && Math.floor(sent / full) % pieceSegments(env, tcb, full) !== 0;
}
