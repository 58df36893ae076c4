/**
 * The sender's half of ECN: what an acknowledgment says about marks (RFC 3168 section 6.1.2, RFC 8257 section 3.3, RFC 9768
 * section 3.2.2). Runs when the acknowledgment's deliveries are known and before recovery looks at it. However the peer
 * lies: a window is reduced once per round trip at most, and no more octets count as marked than were delivered.
 */
import { TcpFlag, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { AckSample } from '../recovery/ack-sample.ts';
import { computeRto } from '../recovery/rtt.ts';
import { seqGe, seqGt } from '../seq.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { aceOf, leastIncrement, safeIncrement } from './ace.ts';
import { AccEcnFail, EcnMode, type EcnState } from './ecn-state.ts';
import { countMarksOnLinux } from './marks-kernel.ts';
import { OptionGrowth, readOption, rejectOption } from './option-reading.ts';

/** Where ACKs cover more segments than this on average, the largest possible number of marks would be wrong too often. */
const THINNED_ACKS = 4;
const AVERAGE_WEIGHT = 1 / 8;
/** RFC 9768 §3.2.2.3 R9768-46: round trips full of marks, each of at least so many segments, before they are disbelieved. */
const ALL_MARKED_ROUNDS = 4;
const ROUND_PACKETS_MIN = 4;

const growth = new OptionGrowth();

/** Sets `isMarked` and `deliveredCe` of the sample. @param advance octets by which SND.UNA has moved */
export function takeMarks(
  env: TcpEnvironment,
  tcb: Tcb,
  ecn: EcnState,
  segment: TcpSegment,
  ack: AckSample,
  advance: number,
): void {
  if (ecn.mode === EcnMode.accurate) takeCounters(env, tcb, ecn, segment, ack, advance);
  else if (ecn.mode === EcnMode.classic && segment.flags & TcpFlag.ece) takeEcho(env, tcb, ack);
}

// RFC 3168 §6.1.2 R3168-13, R3168-16: no second time within a window, and nothing without ECE.
// RFC 3168 §6.1.2 R3168-2: recovery answers it like a loss, once per window.
// RFC 8257 §3.3 R8257-3: what an ACK with ECE acknowledges was marked.
function takeEcho(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void {
  ack.isMarked = true;
  handOver(env, tcb, ack, ack.delivered, packetsOf(tcb, ack.delivered));
  // RFC 8511 §3 R8511-6: with ABE as well.
  // RFC 9438 §5.5 R9438-19: and with CUBIC.
  // RFC 3168 §6.1.2 R3168-5: a window of one segment cannot get smaller, so time passes instead: an RTO, but not one that losses have
  // doubled, since what goes again answers no ECE (section 6.1.5) and would wait as long for every segment.
  if (env.settings.profile !== 'rfc' || tcb.cwnd > tcb.sendMss) return;
  tcb.departUs = env.clock.nowUs + computeRto(tcb, env.settings);
}

function packetsOf(tcb: Tcb, octets: number): number {
  return Math.ceil(octets / tcb.sendMss);
}

function handOver(env: TcpEnvironment, tcb: Tcb, ack: AckSample, octets: number, packets: number): void {
  ack.deliveredCe = octets;
  tcb.deliveredCe += octets;
  env.extCounters.TCPDeliveredCE += packets;
}

function takeCounters(
  env: TcpEnvironment,
  tcb: Tcb,
  ecn: EcnState,
  segment: TcpSegment,
  ack: AckSample,
  advance: number,
): void {
  const isNewer = env.settings.profile === 'linux' ? ecn.isTimeNewer : isNewerInTime(tcb, ecn, segment);
  if (ecn.isAceRead) {
    ecn.isAceRead = false;
    return;
  }
  // RFC 9768 §3.2.2.2 R9768-44: an ACK that was overtaken has an old counter.
  if (!isNewer && !ack.isAdvance && !ack.isSacked) return;
  if (env.settings.profile === 'linux') {
    takeCountersOnLinux(env, tcb, ecn, segment, ack, advance);
    return;
  }
  const ace = aceOf(segment.flags);
  if (ecn.isFirstFeedback && isBroken(tcb, ecn, ace)) return;
  const packets = packetsOf(tcb, ack.delivered);
  if (packets > 0) averagePackets(ecn, packets);
  const hasOption = readOption(ecn, segment, growth);
  const least = leastIncrement(ace, ecn.deliveredCe);
  const isLeast = hasOption && isLeastEnough(tcb, ecn, least, packets);
  const marks = isLeast ? least : likelyMarks(ecn, least, packets, hasOption);
  ecn.deliveredCe += marks;
  if (hasOption && contradicts(ecn)) return;
  const marked = markedOctets(tcb, ecn, marks, hasOption);
  if (ecn.answersMarks) countRound(tcb, ecn, packets, marks);
  if (!ecn.answersMarks) return;
  // RFC 9768 §3.1.5 R9768-31: whether we send ECT or not.
  ack.isMarked = marks > 0;
  // A lie about octets is worth no more than what has really arrived.
  ecn.marksLeftBytes += marked;
  const octets = Math.min(ecn.marksLeftBytes, ack.delivered);
  ecn.marksLeftBytes = Math.min(ecn.marksLeftBytes - octets, tcb.cwnd);
  handOver(env, tcb, ack, octets, marks);
}

/** Every mark that is told counts and is answered, whatever was sent. */
function takeCountersOnLinux(
  env: TcpEnvironment,
  tcb: Tcb,
  ecn: EcnState,
  segment: TcpSegment,
  ack: AckSample,
  advance: number,
): void {
  const octets = ack.isSacked ? ack.delivered - ack.sackPadding : Math.min(ack.delivered, advance);
  const marks = countMarksOnLinux(tcb, ecn, segment, packetsOf(tcb, ack.delivered), octets);
  if (marks === 0) return;
  ecn.deliveredCe += marks;
  ack.isMarked = true;
  handOver(env, tcb, ack, Math.min(marks * tcb.sendMss, ack.delivered), marks);
}

function isNewerInTime(tcb: Tcb, ecn: EcnState, segment: TcpSegment): boolean {
  if (!tcb.has(Agreed.timestamps) || (segment.optionsPresent & TcpOptionBit.timestamps) === 0) return false;
  const isNewer = !ecn.hasTimestamp || seqGt(segment.timestampValue, ecn.newestTimestamp);
  if (isNewer) {
    ecn.hasTimestamp = true;
    ecn.newestTimestamp = segment.timestampValue;
  }
  return isNewer;
}

// RFC 9768 §3.2.2.4 R9768-47, R9768-48: a zero where the count begins at five was written by somebody else; any other value may be.
function isBroken(tcb: Tcb, ecn: EcnState, ace: number): boolean {
  ecn.isFirstFeedback = false;
  ecn.roundEndSeq = tcb.sndNxt;
  if (ace !== 0) return false;
  ecn.sendsEct = false;
  ecn.answersMarks = false;
  ecn.failMode |= AccEcnFail.aceReceive;
  return true;
}

function averagePackets(ecn: EcnState, packets: number): void {
  if (ecn.packetsPerAck === 0) ecn.packetsPerAck = packets;
  else ecn.packetsPerAck += (packets - ecn.packetsPerAck) * AVERAGE_WEIGHT;
}

/** RFC 9768 appendix A.2: the octets that are told fit the smaller number, and are too few for the larger. */
function isLeastEnough(tcb: Tcb, ecn: EcnState, least: number, packets: number): boolean {
  const safe = safeIncrement(least, packets);
  if (safe <= least) return true;
  // Marks that ACKs without the option have told since the last one are among the octets.
  const told = ecn.deliveredCe - ecn.deliveredCeAtOption;
  return growth.ce <= tcb.sendMss * (least + told) && growth.ce / (safe + told) < tcb.sendMss / 2;
}

/** Octets newly known to be marked: as the option says, less what was guessed before it came; else full segments. */
function markedOctets(tcb: Tcb, ecn: EcnState, marks: number, hasOption: boolean): number {
  if (!hasOption) {
    ecn.guessedBytes += marks * tcb.sendMss;
    return marks * tcb.sendMss;
  }
  const octets = Math.max(0, growth.ce - ecn.guessedBytes);
  ecn.guessedBytes = 0;
  ecn.deliveredCeAtOption = ecn.deliveredCe;
  return octets;
}

// RFC 9768 §3.2.2.5.2 R9768-52, R9768-53: no more than what was acknowledged on our own count, and what the field says in any case.
// RFC 9768 §3.2.3.2.3 R9768-62: so it stays for a peer whose option never comes.
function likelyMarks(ecn: EcnState, least: number, packets: number, hasOption: boolean): number {
  if (!hasOption && ecn.packetsPerAck > THINNED_ACKS) return least;
  return safeIncrement(least, packets);
}

// RFC 9768 §3.2.3.2.5 R9768-64, R9768-65: octets were marked in no packet: one of the two is a lie.
function contradicts(ecn: EcnState): boolean {
  if (growth.ce === 0 || ecn.deliveredCe > ecn.deliveredCeAtOption) return false;
  ecn.sendsEct = false;
  rejectOption(ecn);
  return true;
}

function countRound(tcb: Tcb, ecn: EcnState, packets: number, marks: number): void {
  ecn.roundPackets += packets;
  ecn.roundMarks += marks;
  if (!seqGe(tcb.sndUna, ecn.roundEndSeq) || ecn.roundPackets < ROUND_PACKETS_MIN) return;
  ecn.markedRounds = ecn.roundMarks >= ecn.roundPackets ? ecn.markedRounds + 1 : 0;
  ecn.roundPackets = 0;
  ecn.roundMarks = 0;
  ecn.roundEndSeq = tcb.sndNxt;
  if (ecn.markedRounds < ALL_MARKED_ROUNDS) return;
  ecn.sendsEct = false;
  ecn.answersMarks = false;
  ecn.failMode |= AccEcnFail.aceSend;
}
