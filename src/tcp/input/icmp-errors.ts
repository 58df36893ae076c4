/**
 * ICMP errors that quote a segment of ours (RFC 9293 section 3.9.2.2, RFC 5927): matched to the connection, believed only if
 * the quoted sequence number is in flight, hard or soft by kind.
 */

import { endConnection } from '../closing/connection-end.ts';
import { type TcpEnvironment, TcpEvent } from '../environment.ts';
import { endHalfOpen } from '../opening/half-open-life.ts';
import type { HalfOpen } from '../opening/listener.ts';
import { believesLikeLinux, isLargerProven, proofShrunk } from '../opening/path-proof.ts';
import { computeSendMss } from '../output/mss.ts';
import { searchLimited } from '../output/mtu-probing.ts';
import { resendLargerThan } from '../recovery/recovery.ts';
import { seqGe, seqLt } from '../seq.ts';
import { TcpState } from '../state.ts';
import type { TcpErrorCode } from '../tcb/error-code.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { disarmTimer, TcpTimer } from '../timers.ts';
import type { QuotedError } from './quoted-error.ts';

/** RFC 9293 §3.9.2.2 SHLD-26: those that can end a connection. */
const HARD_KINDS: ReadonlySet<string> = new Set(['protocol-unreachable', 'port-unreachable']);

// RFC 5927 §4.1 R5927-1, R5927-8: ports and addresses have been compared.
/** An error about something that is not in flight is forged or stale. */
export function isQuoteInFlight({ settings }: TcpEnvironment, tcb: Tcb, quotedSeq: number): boolean {
  if (seqLt(quotedSeq, tcb.sndUna)) return false;
  // Linux takes SND.NXT for in flight.
  if (believesLikeLinux(settings)) return seqGe(tcb.sndNxt, quotedSeq);
  return seqLt(quotedSeq, tcb.sndNxt) || quotedSeq === tcb.sndUna;
}

// RFC 9293 §3.9.2.2 MUST-54: the error is acted on by the connection that caused it.
/**
 * Takes an error other than packet-too-big whose quote was found in flight.
 * @param errno what the user is told; null: nothing
 */
export function icmpErrorArrived(env: TcpEnvironment, tcb: Tcb, error: QuotedError, errno: TcpErrorCode | null): void {
  // RFC 5927 §6.2 R5927-3: and so must nobody slow us down.
  // RFC 9293 §3.9.2.2 MUST-55: Source Quench is dropped without a word.
  if (error.kind === 'source-quench' || errno === null) return;
  // RFC 7413 §4.1.3.1: perhaps it was the data in the SYN that somebody minded.
  if (tcb.state === TcpState.synSent && tcb.fastOpen !== null) env.fastOpen.cache.refused(env, tcb);
  if (HARD_KINDS.has(error.kind)) hardError(env, tcb, errno);
  else softError(env, tcb, errno);
}

// RFC 5927 §5.2 R5927-2: soft once synchronized, by setting.
// RFC 9293 §3.9.2.2 SHLD-26: protocol and port unreachable abort; RFC 5927 §5.2 makes them soft once synchronized.
function hardError(env: TcpEnvironment, tcb: Tcb, code: TcpErrorCode): void {
  // A connection that was accepted early is one like any other to its user.
  const isAccepted = tcb.isFastOpened && tcb.hasUser;
  const isOpening = tcb.state === TcpState.synSent || (tcb.state === TcpState.synReceived && !isAccepted);
  if (isOpening || env.settings.hard_icmp_aborts) {
    endConnection(env, tcb, code, 'icmp-error');
    return;
  }
  softError(env, tcb, code);
}

// RFC 5927 §4.1 R5927-1: the SYN-ACK is all that is in flight.
/**
 * The same for a connection being set up, which nobody could be told of; that its packets are too big cannot be true.
 * @param endsOnLinux whether Linux gives it up for such an error
 */
export function icmpAboutHalfOpen(
  env: TcpEnvironment,
  entry: HalfOpen,
  error: QuotedError,
  quotedSeq: number,
  endsOnLinux: boolean,
): void {
  const isEnd = env.settings.profile === 'linux' ? endsOnLinux : HARD_KINDS.has(error.kind);
  if (quotedSeq !== entry.iss) env.extCounters.OutOfWindowIcmps++;
  else if (isEnd) endHalfOpen(env, entry, 'icmp-error');
}

// RFC 9293 §3.9.2.2 MUST-56, SHLD-25: kept for the user, and the reason given if the connection dies; it does not die of it.
function softError(env: TcpEnvironment, tcb: Tcb, code: TcpErrorCode): void {
  // Linux does not wait for R2 when the very first segment cannot be delivered.
  if (tcb.state === TcpState.synSent && env.settings.profile === 'linux') {
    endConnection(env, tcb, code, 'icmp-error');
    return;
  }
  tcb.softError = code;
  // RFC 9293 §3.9.1.8 MUST-47, SHLD-20: reported, unless the user has switched that off.
  if (tcb.hasUser && tcb.softErrorReports) env.notify(tcb, TcpEvent.softError);
}

/**
 * The IP layer knows another MTU for this connection's path than the connection goes by: takes it over, unless the connection
 * knows better: what a message about somebody else's packet says does not undo what has got through here.
 */
export function pathMtuChanged(env: TcpEnvironment, tcb: Tcb): void {
  const { pathMtu, linkMtu } = tcb.path;
  if (isCutOnTheWay(tcb) && !tcb.hasUnsent && (tcb.pending & (Pending.retransmit | Pending.lossProbe)) === 0) return;
  const isDoubted = pathMtu < tcb.pathMtu && tcb.pathMtu <= linkMtu && isLargerProven(tcb, pathMtu);
  if (isDoubted && env.settings.pmtu_confirm_timeouts > 0) return;
  usePathMtu(env, tcb, pathMtu);
}

/** Nothing gets through any more: messages that were held back may be right. Before the time-out has its usual effect. */
export function confirmPathMtu(env: TcpEnvironment, tcb: Tcb): void {
  const proof = tcb.pathProof;
  if (proof === null || tcb.timeouts < env.settings.pmtu_confirm_timeouts) return;
  // RFC 5927 §7.2: the segment was sent again and again brought no progress.
  if (proof.heldMtu !== 0) env.lowerPathMtu(tcb, proof.heldMtu);
  if (tcb.path.pathMtu < tcb.pathMtu) usePathMtu(env, tcb, tcb.path.pathMtu);
}

// RFC 1191 §6.4 R1191-5, R1191-8: what was too large goes again at once, cut anew, within the window as it is.
// RFC 8201 §5.4 R8201-3, R8201-8: for IPv6 too; no congestion is seen in it.
/** Goes by another path MTU from now on; what was sent goes again, unless routers may cut it. */
function usePathMtu(env: TcpEnvironment, tcb: Tcb, pathMtu: number): void {
  const before = tcb.sendMss;
  const isSmaller = pathMtu < tcb.pathMtu;
  tcb.pathMtu = pathMtu;
  if (isSmaller) proofShrunk(tcb);
  if (isSmaller && tcb.state === TcpState.synSent && tcb.fastOpen !== null && tcb.fastOpen.dataLength > 0) {
    // RFC 7413 §4.2.2: the SYN was too large because of its data: it goes again at once, without.
    tcb.pending |= Pending.syn;
    disarmTimer(tcb, TcpTimer.retransmission);
    env.scheduleOutput(tcb);
  }
  // The octets of a probe that cannot have passed go again at once as well.
  const isProbeOver = isSmaller && searchLimited(env, tcb);
  if (isCutOnTheWay(tcb)) {
    takeSendMss(env, tcb);
    return;
  }
  sendMssChanged(env, tcb, before);
  if (isProbeOver) resendLargerThan(env, tcb, tcb.sendMss);
}

/** The send MSS may be another one; `before` is what it was. */
export function sendMssChanged(env: TcpEnvironment, tcb: Tcb, before: number): void {
  takeSendMss(env, tcb);
  if (tcb.sendMss >= before || tcb.state < TcpState.established || tcb.sndUna === tcb.sndNxt) return;
  resendLargerThan(env, tcb, tcb.sendMss);
}

function takeSendMss(env: TcpEnvironment, tcb: Tcb): void {
  computeSendMss(env, tcb);
  // The window holds one full segment at least, or a larger MSS would never be sent.
  if (tcb.cwnd < tcb.sendMss && tcb.cwnd > 0) tcb.cwnd = tcb.sendMss;
}

/** Segments without DF were not lost for being too big: another MTU counts from the next one on (IP_MTU_DISCOVER). */
export function isCutOnTheWay({ rare, key }: Tcb): boolean {
  return rare?.mayBeCut === true && key.remoteAddress.family === 4;
}

/** Linux: a path that takes less than IP believes of any will not be got through with DF, which is the reason given if the connection dies. */
export function noteTooNarrow({ settings }: TcpEnvironment, tcb: Tcb, mtu: number): void {
  if (settings.profile === 'rfc' || tcb.rare?.isNeverCut !== true || tcb.key.remoteAddress.family === 6) return;
  if (mtu < tcb.path.pathMtu) tcb.softError = 'EMSGSIZE';
}
