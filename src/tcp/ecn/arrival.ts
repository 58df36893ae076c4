/**
 * The receiver's half of ECN: what an acceptable segment's ECN field means for the feedback we owe. RFC 3168 section 6.1.3
 * (ECE until CWR), RFC 8257 section 3.2 (each ACK tells of one kind of segments only), RFC 9768 section 3.2 (counters, and
 * when a counter has to be told at once).
 */
import { Ecn } from '../../wire/ip-packet.ts';
import { TcpFlag, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { acknowledgeNow, acknowledgeQuickly, noteRhythm } from '../input/delayed-acks.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { aceFlags, CEP_START } from './ace.ts';
import { acknowledgeAtOnce } from './ack-at-once.ts';
import { countArrivalOnLinux, countClassicOnLinux } from './arrival-kernel.ts';
import { countOctets, packetsIn } from './arrived-counts.ts';
import { EcnMode, type EcnState } from './ecn-state.ts';

/** Segments acknowledged at once after a sign of congestion, as Linux does. */
const QUICK_ACKS = 2;
/** RFC 9768 §3.2.2.5.1 R9768-50: CE packets after which an ACK goes out, with and without text to acknowledge. */
const MARKS_WITH_TEXT = 2;
const MARKS_WITHOUT_TEXT = 3;
/** One more and the counter of three bits might have come round unseen. */
const UNTOLD_MAX = 6;
/** ACKs with the option after a change: the one that tells of it, and the next, which shows which counter goes on. */
const CHANGE_OPTIONS = 2;

// RFC 3168 §6.1.1.1 R3168-9: the field of what arrives agrees to nothing.
// RFC 9768 §3.1.5 R9768-30: nor here; `mode` comes from the handshake alone.
/** @param octets of text as they came, before anything was cut off */
export function noteEcnArrival(
  env: TcpEnvironment,
  tcb: Tcb,
  ecn: EcnState,
  segment: TcpSegment,
  octets: number,
): void {
  const field = segment.packet.trafficClass & 3;
  if (field !== Ecn.notEct) ecn.isEctSeen = true;
  if (ecn.mode === EcnMode.accurate) {
    if (env.settings.profile === 'linux') countArrivalOnLinux(env, tcb, ecn, segment, octets);
    else countArrival(env, tcb, ecn, segment, field, octets);
  }
  if (ecn.mode === EcnMode.classic && env.settings.profile === 'linux') countClassicOnLinux(tcb, ecn, segment, octets);
  if (ecn.mode === EcnMode.classic && octets > 0) {
    if (tcb.congestion.isDctcp) followMarks(env, tcb, ecn, field);
    else echoMarks(env, tcb, ecn, segment, field);
  }
}

// RFC 3168 §6.1.3 R3168-3, R3168-14, R3168-15: one mark is enough for every ACK until the sender says that it has slowed down; a
// mark that comes with that word starts anew.
function echoMarks(env: TcpEnvironment, tcb: Tcb, ecn: EcnState, segment: TcpSegment, field: number): void {
  const isLinux = env.settings.profile === 'linux';
  if (segment.flags & TcpFlag.cwr) {
    ecn.isEchoing = false;
    // The sender's window may be a single segment now: it should not have to wait for the delayed ACK.
    if (isLinux) acknowledgeNow(env, tcb);
  }
  // Linux: text without ECT from a capable sender is probably sent again.
  const isRepeat = field === Ecn.notEct && ecn.isEctSeen;
  if (isLinux && (isRepeat || (field === Ecn.ce && !ecn.isEchoing))) {
    // The first text in order begins the rhythm, marked or not.
    if (tcb.ackDelayMs === 0 && segment.seq === tcb.rcvNxt) noteRhythm(env, tcb);
    acknowledgeQuickly(env.settings, tcb, QUICK_ACKS);
  }
  if (field === Ecn.ce) ecn.isEchoing = true;
}

// RFC 8257 §3.2 R8257-1, R8257-2: an ACK never covers both marked and unmarked text; CWR plays no part.
function followMarks(env: TcpEnvironment, tcb: Tcb, ecn: EcnState, field: number): void {
  const isCe = field === Ecn.ce;
  if (isCe === ecn.isEchoing) return;
  if (tcb.rcvNxt !== tcb.lastAckSent) acknowledgeAtOnce(env, tcb, ecn.isEchoing ? TcpFlag.ece : 0);
  ecn.isEchoing = isCe;
  acknowledgeNow(env, tcb);
}

function countArrival(
  env: TcpEnvironment,
  tcb: Tcb,
  ecn: EcnState,
  segment: TcpSegment,
  field: number,
  octets: number,
): void {
  const isCe = field === Ecn.ce;
  const wasCe = ecn.lastField === Ecn.ce;
  if (octets > 0) countOctets(ecn, field, octets);
  if (isCe) {
    // RFC 9768 §3.3.4 R9768-70: told before the three bits have gone round, also within one batch.
    const packets = packetsIn(segment, octets);
    if (ecn.untoldCe + packets > UNTOLD_MAX && ecn.untoldCe > 0) {
      acknowledgeAtOnce(env, tcb, aceFlags(CEP_START + ecn.receivedCe));
      ecn.untoldCe = 0;
    }
    // RFC 9768 §3.2 R9768-32: packets, whatever they carry.
    ecn.receivedCe += packets;
    ecn.untoldCe += packets;
    ecn.optionDemand = Math.max(ecn.optionDemand, 1);
    const isDue = ecn.untoldCe >= (octets > 0 ? MARKS_WITH_TEXT : MARKS_WITHOUT_TEXT);
    // RFC 9768 §3.2.2.5.1 R9768-49: and at once when the marks begin.
    if (isDue || (octets > 0 && !wasCe)) acknowledgeMarks(env, tcb, ecn, octets);
  }
  if (octets > 0 && isCe !== wasCe) ecn.optionDemand = Math.max(ecn.optionDemand, CHANGE_OPTIONS);
  ecn.lastField = field;
}

function acknowledgeMarks(env: TcpEnvironment, tcb: Tcb, ecn: EcnState, octets: number): void {
  const isOwed = tcb.isAckDelayed || (tcb.pending & Pending.ack) !== 0;
  // RFC 9768 §3.2.2.5.1 R9768-51: an answer to ACKs alone must not look like a duplicate ACK.
  if (octets === 0 && !isOwed && tcb.rcvNxt === tcb.lastAckSent) ecn.isAckOfAcks = true;
  acknowledgeNow(env, tcb);
}
