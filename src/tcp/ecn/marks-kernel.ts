/**
 * What an acknowledgment says about marks as Linux reads it (observed; `test/drill/accecn`): the least increment of ACE unless so much
 * was acknowledged that the counter may have gone round; then the option decides between that and the largest, or what it said last.
 */

import { Ecn } from '../../wire/ip-packet.ts';
import { TcpOptionKind, type TcpSegment } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { aceOf, E0B_START, E1B_START, leastIncrement, safeIncrement, signedGrowth } from './ace.ts';
import { packetsIn } from './arrived-counts.ts';
import { AccEcnFail, AccEcnOptionSeen, type EcnState } from './ecn-state.ts';
import { fieldCount, hasOption, judgeFirst, readField, rejectOption } from './option-reading.ts';

/** Most that three bits can say. */
const ACE_MAX = 7;
/** Marks that were not told yet after which the next acknowledgment goes at once. */
const UNTOLD_MAX = 6;
/** An option that comes only after so many octets could have gone round unseen. */
const TOO_LATE_OCTETS = 2 ** 23 - 1;
/** Which field each counter is of, by the order of the option: kind 172, kind 174. */
const ORDER0 = [Ecn.ect0, Ecn.ce, Ecn.ect1] as const;
const ORDER1 = [Ecn.ect1, Ecn.ce, Ecn.ect0] as const;

/**
 * Marks newly told by this acknowledgment, packets.
 * @param packets newly delivered @param octets newly delivered
 */
export function countMarksOnLinux(
  tcb: Tcb,
  ecn: EcnState,
  segment: TcpSegment,
  packets: number,
  octets: number,
): number {
  const ceBefore = ecn.deliveredCeBytes;
  const isTold = readOptionOnLinux(tcb, ecn, segment, octets);
  const least = leastIncrement(aceOf(segment.flags), ecn.deliveredCe);
  // Header prediction lets the others pass.
  if (least !== 0 || hasOption(segment)) noteUntold(ecn, segment);
  if (packets <= ACE_MAX) return least;
  const safe = safeIncrement(least, packets);
  return isTold ? choose(tcb, least, safe, ecn.deliveredCeBytes - ceBefore, packets, octets) : safe;
}

/** Octets with CE are known: how often the counter has gone round. */
function choose(tcb: Tcb, least: number, safe: number, ceOctets: number, packets: number, octets: number): number {
  if (ceOctets === 0) return least;
  if (ceOctets < 0) return safe;
  const isOrderly = tcb.caState === CaState.open || tcb.caState === CaState.cwr;
  if (packets >= 2 * (ACE_MAX + 1) && (tcb.has(Agreed.sack) || isOrderly)) {
    if (octets <= ceOctets) return safe;
    const likely = Math.ceil((ceOctets * packets) / octets);
    return Math.min(safe, least + (likely & ~ACE_MAX));
  }
  if (ceOctets > least * tcb.sendMss) return safe;
  return ceOctets < (safe * tcb.sendMss) >> 1 ? least : safe;
}

function noteUntold(ecn: EcnState, segment: TcpSegment): void {
  const isCe = (segment.packet.trafficClass & 3) === Ecn.ce;
  const untold = ecn.untoldCe + (isCe ? packetsIn(segment, segment.payloadLength) : 0);
  if (untold >= UNTOLD_MAX) ecn.isAnswerDue = true;
}

/** Moves the counters of octets on; true when it is known how far. */
function readOptionOnLinux(tcb: Tcb, ecn: EcnState, segment: TcpSegment, octets: number): boolean {
  if (ecn.failMode & AccEcnFail.optionReceive) return false;
  if (!hasOption(segment)) return guess(tcb, ecn, octets);
  judgeFirst(ecn, segment);
  const order = segment.accEcnKind === TcpOptionKind.accEcn1 ? ORDER1 : ORDER0;
  const estimated = ecn.estimatedField;
  let isKnown = estimated !== 0;
  let isAmbiguous = false;
  let changed = 0;
  const count = fieldCount(segment);
  for (let index = 0; index < count; index++) {
    const field = order[index] ?? Ecn.ce;
    const growth = moveOn(ecn, field, readField(segment, index));
    const isOther = growth !== 0 && field !== estimated;
    if (isOther && changed++ === 0) ecn.estimatedField = field;
    if (growth < 0 || (isOther && changed > 1)) isAmbiguous = true;
  }
  if (isAmbiguous) {
    ecn.estimatedField = 0;
    isKnown = false;
  }
  return isKnown;
}

/** Without an option all that was delivered is of the field that grew last. */
function guess(tcb: Tcb, ecn: EcnState, octets: number): boolean {
  if (ecn.optionSeen === AccEcnOptionSeen.none) {
    if (tcb.bytesSent >= TOO_LATE_OCTETS) rejectOption(ecn);
    return false;
  }
  if (ecn.estimatedField === 0) return false;
  grow(ecn, ecn.estimatedField, octets);
  return true;
}

/** The counter of `field` stands at `value` on the wire; returns by how much it has grown. */
function moveOn(ecn: EcnState, field: number, value: number): number {
  const known =
    field === Ecn.ce
      ? ecn.deliveredCeBytes
      : field === Ecn.ect0
        ? E0B_START + ecn.deliveredE0Bytes
        : E1B_START + ecn.deliveredE1Bytes;
  const growth = signedGrowth(value, known);
  grow(ecn, field, growth);
  return growth;
}

function grow(ecn: EcnState, field: number, octets: number): void {
  if (field === Ecn.ce) ecn.deliveredCeBytes += octets;
  else if (field === Ecn.ect0) ecn.deliveredE0Bytes += octets;
  else ecn.deliveredE1Bytes += octets;
}
