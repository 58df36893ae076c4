/**
 * The AccECN option of the peer (RFC 9768 section 3.2.3): up to three 24-bit counters of payload octets, in one of two
 * orders. What it says is checked against what is possible; an option that lies is not read any more.
 */
import { TcpOptionBit, TcpOptionKind, type TcpSegment } from '../../wire/tcp-segment.ts';
import { counterGrowth, E0B_START, E1B_START } from './ace.ts';
import { AccEcnFail, AccEcnOptionSeen, type EcnState } from './ecn-state.ts';

const FIELD_LENGTH = 3;

/** Growth of the three counters by the option in hand; reused. */
export class OptionGrowth {
  e0 = 0;
  ce = 0;
  e1 = 0;
  /** The option has the CE counter. */
  hasCe = false;
}

/** The counter at this place of the option, 24 bits. */
export function readField(segment: TcpSegment, index: number): number {
  const { u8 } = segment.packet.memory;
  const at = segment.accEcnOffset + index * FIELD_LENGTH;
  return ((u8[at] ?? 0) << 16) | ((u8[at + 1] ?? 0) << 8) | (u8[at + 2] ?? 0);
}

/** RFC 9768 §3.2.3 R9768-55: whole fields that are there; octets behind them are nobody's. */
export function fieldCount(segment: TcpSegment): number {
  return Math.min(3, Math.floor(segment.accEcnLength / FIELD_LENGTH));
}

export function hasOption(segment: TcpSegment): boolean {
  return (segment.optionsPresent & TcpOptionBit.accEcn) !== 0;
}

/** The option on the SYN-ACK, or on the segment that acknowledges it. */
export function noteHandshakeOption(ecn: EcnState, segment: TcpSegment): void {
  if (hasOption(segment)) judgeFirst(ecn, segment);
}

// RFC 9768 §3.2.3.2.4 R9768-63: both capable counters start at 1; a zero in the first option was written by somebody else.
/** Notes what the first option with counters was like. */
export function judgeFirst(ecn: EcnState, segment: TcpSegment): void {
  if (ecn.optionSeen >= AccEcnOptionSeen.counters) return;
  const count = fieldCount(segment);
  ecn.optionSeen = count === 0 ? AccEcnOptionSeen.empty : AccEcnOptionSeen.counters;
  for (let index = 0; index < count; index += 2) {
    if (readField(segment, index) === 0) rejectOption(ecn);
  }
}

/** The peer's option is ignored from here on, and ACE read with care. */
export function rejectOption(ecn: EcnState): void {
  ecn.optionSeen = AccEcnOptionSeen.invalid;
  ecn.failMode |= AccEcnFail.optionReceive;
}

// RFC 9768 §3.2.3 R9768-54, R9768-56: either order.
/** Reads the option into `growth` and moves the counters on; false without one that can be believed. */
export function readOption(ecn: EcnState, segment: TcpSegment, growth: OptionGrowth): boolean {
  growth.e0 = growth.ce = growth.e1 = 0;
  growth.hasCe = false;
  if (!hasOption(segment)) return false;
  judgeFirst(ecn, segment);
  if (ecn.failMode & AccEcnFail.optionReceive) return false;
  const isOrder1 = segment.accEcnKind === TcpOptionKind.accEcn1;
  const count = fieldCount(segment);
  for (let index = 0; index < count; index++) {
    const field = readField(segment, index);
    if (index === 1) {
      growth.ce = counterGrowth(field, ecn.deliveredCeBytes);
      growth.hasCe = growth.ce >= 0;
    } else if ((index === 0) === isOrder1) growth.e1 = counterGrowth(field, E1B_START + ecn.deliveredE1Bytes);
    else growth.e0 = counterGrowth(field, E0B_START + ecn.deliveredE0Bytes);
  }
  // A counter that went back is of a segment that was overtaken, or a lie: it moves nothing.
  growth.e0 = Math.max(0, growth.e0);
  growth.ce = Math.max(0, growth.ce);
  growth.e1 = Math.max(0, growth.e1);
  ecn.deliveredE0Bytes += growth.e0;
  ecn.deliveredCeBytes += growth.ce;
  ecn.deliveredE1Bytes += growth.e1;
  return growth.hasCe;
}
