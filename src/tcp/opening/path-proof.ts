/**
 * What a connection knows of its path's MTU from its own segments, and how far it therefore believes an ICMP message that
 * packets were too big (RFC 5927 sections 4.1 and 7.2, RFC 8201 section 4). Sizes are those of IP packets, in bytes.
 * Invariants: a size is proven only by an ACK of a segment of that size; a message against a proven size waits for a time-out;
 * between two ACKs of new data a message shrinks segments four times at most.
 */
import type { TcpEnvironment } from '../environment.ts';
import { headersLength } from '../output/mss.ts';
import { seqGe, seqGt, seqLt } from '../seq.ts';
import type { TcpSettings } from '../settings.ts';
import { PathProof } from '../tcb/path-proof.ts';
import type { Tcb } from '../tcb/tcb.ts';

/** RFC 8200 §5. */
const IPV6_MTU_MIN = 1280;
/** IP and TCP headers at their longest: how much of a quoted length is payload at least. */
const HEADERS_MAX_V4 = 120;
const HEADERS_MAX_V6 = 100;
/** Options that a full segment may carry beside those counted in the MSS: SACK blocks. */
const VARIABLE_OPTIONS_MAX = 40;
/** Narrower hops one behind the other that a path may turn out to have before anything gets through. */
const REDUCTIONS_MAX = 4;

/** What to do about a message that packets were too big. */
export const MtuVerdict = {
  /** It is believed. */
  accept: 0,
  /** It contradicts what has got through already: kept until a time-out agrees with it. */
  hold: 1,
  /** It says nothing new. */
  stale: 2,
  /** No honest router says it about a segment of ours. */
  implausible: 3,
} as const;

/** A segment with `payload` octets from `seq` left in one packet; for a super-segment, the payload of its pieces. */
export function notePacketSent(tcb: Tcb, seq: number, end: number, payload: number): void {
  tcb.pathProof ??= new PathProof();
  const proof = tcb.pathProof;
  const size = payload + headersLength(tcb);
  if (size > proof.sentSize) proof.sentSize = size;
  if (proof.trialSize !== 0) {
    // The same octets in smaller pieces: an ACK would not tell which of the two got through.
    if (size < proof.trialSize && seqLt(seq, proof.trialEnd) && seqGt(end, proof.trialStart)) proof.trialSize = 0;
    return;
  }
  if (size <= tcb.provenSize) return;
  proof.trialSize = size;
  proof.trialStart = seq;
  proof.trialEnd = end;
}

/** SND.UNA has moved. */
export function packetsAcknowledged(env: TcpEnvironment, tcb: Tcb): void {
  const proof = tcb.pathProof;
  if (proof === null) return;
  proof.reductions = 0;
  if (proof.trialSize !== 0 && seqGe(tcb.sndUna, proof.trialEnd)) {
    if (proof.trialSize > tcb.provenSize) tcb.provenSize = proof.trialSize;
    proof.trialSize = 0;
  }
  // RFC 5927 §7.2: the segment that a router is said to have refused has arrived.
  if (proof.heldMtu !== 0 && seqGt(tcb.sndUna, proof.heldSeq)) {
    proof.heldMtu = 0;
    env.extCounters.PmtuClaimsRefuted++;
  }
}

// RFC 5927 §7.2 R5927-4, R5927-5, R5927-6: against what was sent, and against what was acknowledged.
// RFC 8201 §4 R8201-2, R8201-9: what was not sent so is not believed, and nothing grows.
/**
 * Judges a message about a segment of this connection whose sequence number was found in flight.
 * @param mtu next-hop MTU as reported, 0 from a router older than RFC 1191
 * @param candidate what the IP layer would make of it, 0: nothing new
 * @param quotedLength total length of the quoted packet by its own header
 * @returns an MtuVerdict; held messages are kept here
 */
export function judgeTooBig(
  env: TcpEnvironment,
  tcb: Tcb,
  mtu: number,
  candidate: number,
  quotedSeq: number,
  quotedLength: number,
): number {
  if (!(believesLikeLinux(env.settings) ? isBelievedOnLinux(tcb, mtu) : isPlausible(tcb, mtu, quotedSeq, quotedLength)))
    return MtuVerdict.implausible;
  if (candidate === 0 || candidate >= tcb.pathMtu) return MtuVerdict.stale;
  const proof = tcb.pathProof;
  if (proof === null || env.settings.pmtu_confirm_timeouts === 0) return MtuVerdict.accept;
  // RFC 5927 §7.2: what has got through before is not given up for a message alone.
  if (candidate >= tcb.provenSize && proof.reductions < REDUCTIONS_MAX) return MtuVerdict.accept;
  if (proof.heldMtu === 0) env.extCounters.PmtuClaimsHeld++;
  if (proof.heldMtu === 0 || candidate < proof.heldMtu) {
    proof.heldMtu = candidate;
    proof.heldSeq = quotedSeq;
  }
  return MtuVerdict.hold;
}

/** The setting asks for what Linux does, which trusts messages more. */
export function believesLikeLinux({ profile, pmtu_confirm_timeouts }: TcpSettings): boolean {
  return profile === 'linux' && pmtu_confirm_timeouts === 0;
}

/** Linux does not look at how long the quoted packet was. Of IPv6 it only hears what makes segments smaller. */
function isBelievedOnLinux(tcb: Tcb, mtu: number): boolean {
  return tcb.key.remoteAddress.family === 4 || (mtu >= IPV6_MTU_MIN && mtu - headersLength(tcb) < tcb.sendMss);
}

function isPlausible(tcb: Tcb, mtu: number, quotedSeq: number, quotedLength: number): boolean {
  const isV4 = tcb.key.remoteAddress.family === 4;
  // RFC 8201 §4 R8201-1: no IPv6 link carries less.
  if (!isV4 && mtu < IPV6_MTU_MIN) return false;
  // Routers older than RFC 1191 are known to quote the length in host order or with the header counted twice.
  if (mtu === 0) return true;
  // A packet that fits is not refused.
  if (quotedLength <= mtu) return false;
  const sent = tcb.pathProof?.sentSize ?? 0;
  if (sent !== 0 && quotedLength > sent + VARIABLE_OPTIONS_MAX) return false;
  // RFC 5927 §4.1, read for the segment's end too: its octets have all been sent.
  const payload = quotedLength - (isV4 ? HEADERS_MAX_V4 : HEADERS_MAX_V6);
  return payload <= 0 || seqGe(tcb.sndNxt, (quotedSeq + payload) | 0);
}

/** The path MTU has fallen for this connection. */
export function proofShrunk(tcb: Tcb): void {
  const proof = tcb.pathProof;
  if (proof !== null) {
    proof.reductions++;
    proof.heldMtu = 0;
    proof.sentSize = Math.min(proof.sentSize, tcb.pathMtu);
  }
  proofLimited(tcb, tcb.pathMtu);
}

/** Packets larger than `size` bytes are not proven any more. */
export function proofLimited(tcb: Tcb, size: number): void {
  if (tcb.pathProof !== null) tcb.pathProof.trialSize = 0;
  tcb.provenSize = Math.min(tcb.provenSize, size);
}

/** Whether packets larger than `mtu` have got through. */
export function isLargerProven(tcb: Tcb, mtu: number): boolean {
  return tcb.provenSize > mtu;
}
