/**
 * The receiver's half of Accurate ECN as Linux has it (observed; `test/drill/accecn`): packets count while the connection is open, and
 * no longer. A change of the ECN field has an acknowledgment at once, of the next segment that wants one, and is told by two options;
 * marks that go on wait for the ordinary acknowledgment.
 */
import { Ecn } from '../../wire/ip-packet.ts';
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { acknowledgeNow, acknowledgeQuickly } from '../input/delayed-acks.ts';
import { TcpState } from '../state.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { aceFlags, CEP_START } from './ace.ts';
import { acknowledgeAtOnce } from './ack-at-once.ts';
import { countOctets, packetsIn } from './arrived-counts.ts';
import type { EcnState } from './ecn-state.ts';

/** The count of what was not told yet stops here; it is looked at from six on. */
const UNTOLD_LIMIT = 15;
/** One more and the counter of three bits might have come round unseen. */
const UNTOLD_MAX = 6;
/** The acknowledgment that tells of a change, and the next, which shows which counter goes on. */
const CHANGE_OPTIONS = 2;
const QUICK_ACKS = 2;
/** A counter is told whenever it has passed another 2^22. */
const TELL_EVERY_BITS = 22;
/** Counters that an option has at least so that the one of this field is among them: ECT(1), CE, ECT(0). */
const COUNTERS_FOR_FIELD = [0, 1, 3, 2] as const;

export function countArrivalOnLinux(
  env: TcpEnvironment,
  tcb: Tcb,
  ecn: EcnState,
  segment: TcpSegment,
  octets: number,
): void {
  const field = segment.packet.trafficClass & 3;
  if (tcb.state === TcpState.established) {
    if (field !== Ecn.notEct) countCapable(env, tcb, ecn, field, segment, octets);
    noteChange(ecn, field);
  }
  // Text that is not capable, from a sender who is, was probably sent again.
  if (octets > 0 && field === Ecn.notEct && ecn.isEctSeen) acknowledgeQuickly(env.settings, tcb, QUICK_ACKS);
}

/** RFC 3168: nobody asks for the counters, but tcp_info tells them. */
export function countClassicOnLinux(tcb: Tcb, ecn: EcnState, segment: TcpSegment, octets: number): void {
  const isHandshake = tcb.isPassive && !ecn.isOpen;
  ecn.isOpen = true;
  const field = segment.packet.trafficClass & 3;
  if (tcb.state !== TcpState.established || isHandshake || field === Ecn.notEct) return;
  if (field === Ecn.ce) ecn.receivedCe += packetsIn(segment, octets);
  if (octets > 0) countOctets(ecn, field, octets);
}

/** The segment in hand was taken: if it wants an acknowledgment and the field has changed, it does not wait. */
export function answerChange(env: TcpEnvironment, tcb: Tcb, ecn: EcnState, segment: TcpSegment): void {
  if (ecn.isAnswerDue && segment.length > 0) acknowledgeNow(env, tcb);
}

function countCapable(
  env: TcpEnvironment,
  tcb: Tcb,
  ecn: EcnState,
  field: number,
  segment: TcpSegment,
  octets: number,
): void {
  if (field === Ecn.ce) {
    const packets = packetsIn(segment, octets);
    // Where Linux acknowledges each segment as it comes, we do at the end of a batch: never so late that the three bits have gone round.
    if (ecn.untoldCe + packets > UNTOLD_MAX && tcb.pending & Pending.ack) {
      acknowledgeAtOnce(env, tcb, aceFlags(CEP_START + ecn.receivedCe));
      ecn.untoldCe = 0;
    }
    ecn.receivedCe += packets;
    ecn.untoldCe = Math.min(ecn.untoldCe + packets, UNTOLD_LIMIT);
  }
  if (octets === 0) return;
  const before = octetsOf(ecn, field);
  countOctets(ecn, field, octets);
  ecn.optionFloor = Math.max(ecn.optionFloor, COUNTERS_FOR_FIELD[field] ?? 0);
  const hasPassed =
    Math.floor(before / 2 ** TELL_EVERY_BITS) !== Math.floor(octetsOf(ecn, field) / 2 ** TELL_EVERY_BITS);
  if (hasPassed) ecn.optionDemand = Math.max(ecn.optionDemand, 1);
}

function octetsOf(ecn: EcnState, field: number): number {
  if (field === Ecn.ce) return ecn.receivedCeBytes;
  return field === Ecn.ect0 ? ecn.receivedE0Bytes : ecn.receivedE1Bytes;
}

function noteChange(ecn: EcnState, field: number): void {
  const isChange = field !== ecn.lastField;
  if (!isChange && field !== Ecn.ce) return;
  ecn.lastField = field;
  ecn.optionDemand = CHANGE_OPTIONS;
  if (isChange) ecn.isAnswerDue = true;
}
