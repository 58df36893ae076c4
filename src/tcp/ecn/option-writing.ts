/**
 * When our segments carry the AccECN option, with how many counters, and writing it (RFC 9768 section 3.2.3.3). SACK blocks
 * come first; a counter that has changed is never cut off. Settings `ecn_option` and `ecn_option_beacon` are Linux's.
 */
import type { PacketMemory } from '../../base/packet-memory.ts';
import { TCP_OPTIONS_MAX } from '../../wire/tcp.ts';
import { accEcnAndSackSize, accEcnOptionSize, writeAccEcn } from '../../wire/tcp-option-writers.ts';
import { TcpOptionKind } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { fixedOptionsLength } from '../output/mss.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { E0B_START, E1B_START } from './ace.ts';
import { AccEcnFail, AccEcnOptionMode, AccEcnOptionSeen, type AccEcnTold, type EcnState } from './ecn-state.ts';

const ALL_FIELDS = 3;
/** RFC 9768 §3.2.3.3 R9768-69: a counter of 24 bits is told before it has moved by a quarter of its range. */
const TELL_EVERY_BYTES = 2 ** 22;
/** Time-outs after which segments with the option are taken not to get through. */
const OPTION_TRIES = 2;

/** What a segment has of the two options whose length changes. */
export class OptionPlan {
  sackBlocks = 0;
  /** AccECN counters; -1: no such option. */
  counters = -1;

  /** Octets of both. */
  get length(): number {
    return accEcnAndSackSize(this.counters, this.sackBlocks);
  }
}

// RFC 9768 §3.2.3.3 R9768-66, R9768-68: two SACK blocks come first; the option is whole or absent.
/** Puts the option of the next segment into the plan, in `room` octets that SACK blocks share with it. */
export function planAccEcn(env: TcpEnvironment, tcb: Tcb, plan: OptionPlan, room: number, hasText: boolean): void {
  plan.counters = -1;
  const { ecn } = tcb;
  if (ecn === null) return;
  if (env.settings.profile === 'linux') {
    if (owesOptionOnLinux(env, tcb, ecn)) fitBeside(plan, ecn.optionFloor, room);
    return;
  }
  // RFC 9768 §3.2.2.5.1 R9768-51: ACKs of ACKs carry no SACK blocks.
  if (ecn.isAckOfAcks && !hasText) plan.sackBlocks = 0;
  const fields = accEcnFields(env, tcb, ecn, hasText);
  if (fields < 0 || accEcnAndSackSize(fields, Math.min(2, plan.sackBlocks)) > room) return;
  plan.counters = fields;
  while (plan.length > room) plan.sackBlocks--;
}

/** Linux: all three counters, or as many as fit, but those that have changed; of more than two SACK blocks one makes room for them. */
function fitBeside(plan: OptionPlan, least: number, room: number): void {
  for (let blocks = plan.sackBlocks; ; blocks--) {
    for (let counters = ALL_FIELDS; counters >= least; counters--) {
      if (accEcnAndSackSize(counters, blocks) > room) continue;
      plan.counters = counters;
      plan.sackBlocks = blocks;
      return;
    }
    if (blocks <= 2 || least === 0) return;
  }
}

/** Linux: only to a peer that has shown the option itself. */
function owesOptionOnLinux(env: TcpEnvironment, tcb: Tcb, ecn: EcnState): boolean {
  const { optionMode } = ecn;
  if (!ecn.isAccurate || optionMode === AccEcnOptionMode.off || ecn.optionSeen === AccEcnOptionSeen.none) return false;
  if (optionMode === AccEcnOptionMode.persistent) return true;
  if (ecn.failMode & AccEcnFail.optionSend) return false;
  return optionMode === AccEcnOptionMode.full || ecn.optionDemand > 0 || isBeaconDue(env, tcb, ecn);
}

function isBeaconDue(env: TcpEnvironment, tcb: Tcb, ecn: EcnState): boolean {
  const { ecn_option_beacon: beacons } = env.settings;
  return beacons > 0 && (env.clock.nowUs - ecn.optionSentUs) * beacons >= tcb.srttUs;
}

/** Only ECT(1) has come, or it is Linux's order: its counter stands first. */
function isOrder1(env: TcpEnvironment, ecn: EcnState): boolean {
  return env.settings.profile === 'linux' || isEct1First(ecn);
}

function isEct1First(ecn: EcnState): boolean {
  return ecn.receivedE1Bytes > 0 && ecn.receivedE0Bytes === 0;
}

// RFC 9768 §3.2.3.3 R9768-67: a field for each counter that has ever changed.
function fieldsNeeded(ecn: EcnState): number {
  const last = isEct1First(ecn) ? ecn.receivedE0Bytes : ecn.receivedE1Bytes;
  if (last > 0) return ALL_FIELDS;
  if (ecn.receivedCeBytes > 0) return 2;
  return ecn.receivedE0Bytes + ecn.receivedE1Bytes > 0 ? 1 : 0;
}

/** Counters in the option of the next segment; -1: none. @param hasText it is not a pure ACK */
function accEcnFields(env: TcpEnvironment, tcb: Tcb, ecn: EcnState, hasText: boolean): number {
  if (!ecn.isAccurate || ecn.optionMode === AccEcnOptionMode.off) return -1;
  const isGivenUp = (ecn.failMode & AccEcnFail.optionSend) !== 0;
  if (isGivenUp && ecn.optionMode !== AccEcnOptionMode.persistent) return -1;
  if (hasText) return fieldsBesideText(tcb, ecn);
  return isOptionOwed(env, tcb, ecn) ? fieldsToTell(ecn) : -1;
}

/** RFC 9768 §3.2.3.2.1 R9768-59: the first option has all counters: the peer looks whether it arrives as it was sent. */
function fieldsToTell(ecn: EcnState): number {
  return ecn.optionSentUs === 0 ? ALL_FIELDS : fieldsNeeded(ecn);
}

/** Text has it where it stands for an ACK that is owed, and the first text of all; never what goes again after a timeout. */
function fieldsBesideText(tcb: Tcb, ecn: EcnState): number {
  if (tcb.timeouts > 0) return -1;
  if (ecn.isFirstDataOption) return ALL_FIELDS;
  const isAckOwed = tcb.isAckDelayed || (tcb.pending & Pending.ack) !== 0;
  const hasNews = ecn.optionDemand > 0 || (ecn.isOptionDue && ecn.optionMode !== AccEcnOptionMode.sparing);
  return isAckOwed && hasNews ? fieldsNeeded(ecn) : -1;
}

function isOptionOwed(env: TcpEnvironment, tcb: Tcb, ecn: EcnState): boolean {
  if (ecn.optionDemand > 0) return true;
  if (ecn.optionMode !== AccEcnOptionMode.sparing) return ecn.isOptionDue;
  if (receivedBytes(ecn) - ecn.optionToldBytes >= TELL_EVERY_BYTES >> 1) return true;
  return isBeaconDue(env, tcb, ecn);
}

function receivedBytes(ecn: EcnState): number {
  return ecn.receivedE0Bytes + ecn.receivedE1Bytes + ecn.receivedCeBytes;
}

// RFC 9768 §3.2.3.2.1 R9768-58: a SYN has none.
/**
 * Counters on a SYN-ACK, in `room` octets; -1: none.
 * @param timeouts times the SYN-ACK was not answered
 */
export function accEcnFieldsOnSynAck(ecn: EcnState | null, timeouts: number, room: number): number {
  if (ecn === null || !ecn.isAccurate || ecn.optionMode === AccEcnOptionMode.off) return -1;
  // RFC 9768 §3.2.3.2.2 R9768-60: it may have been the option that did not get through.
  if (timeouts > 0 || ecn.synsReceived > 1) return -1;
  for (let fields = ALL_FIELDS; fields > 0; fields--) if (accEcnOptionSize(fields) <= room) return fields;
  return -1;
}

// RFC 9768 §3.2.3 R9768-54, R9768-56, R9768-57: kinds 172 and 174 with the low 24 bits of each counter.
/** Writes the option with so many counters, as it is; returns the offset behind it. */
export function writeAccEcnOption(
  env: TcpEnvironment,
  ecn: EcnState,
  memory: PacketMemory,
  offset: number,
  fields: number,
): number {
  if (fields < 0) return offset;
  const e0 = E0B_START + ecn.receivedE0Bytes;
  const e1 = E1B_START + ecn.receivedE1Bytes;
  const order1 = isOrder1(env, ecn);
  const kind = order1 ? TcpOptionKind.accEcn1 : TcpOptionKind.accEcn0;
  ecn.optionSentUs = Math.max(1, env.clock.nowUs);
  ecn.optionToldBytes = receivedBytes(ecn);
  ecn.isOptionDue = false;
  ecn.optionFloor = 0;
  if (ecn.optionDemand > 0) ecn.optionDemand--;
  return writeAccEcn(memory, offset, kind, fields, order1 ? e1 : e0, ecn.receivedCeBytes, order1 ? e0 : e1);
}

/** Linux: the option of a connection's last segment, which has no other options but those that each has; null: none. */
export function lastOptionOf(env: TcpEnvironment, tcb: Tcb): AccEcnTold | null {
  const { ecn } = tcb;
  if (ecn === null || env.settings.profile !== 'linux') return null;
  const plan = new OptionPlan();
  planAccEcn(env, tcb, plan, TCP_OPTIONS_MAX - fixedOptionsLength(tcb), false);
  return plan.counters < 0 ? null : { ecn, counters: plan.counters };
}

/** Linux: a segment leaves with so many counters, and perhaps a duplicate to report. */
export function noteDuplicateTold(tcb: Tcb, ecn: EcnState, counters: number): void {
  const { duplicates } = tcb;
  ecn.isOptionWithDuplicate = counters >= 0 && duplicates !== null && duplicates.count > 0;
}

/** Linux: text that was reported as a duplicate comes again: the ACK that said so was lost, perhaps for the option in it. */
export function noteDuplicateAgain(ecn: EcnState, seq: number): void {
  if (ecn.isAccurate && ecn.isOptionWithDuplicate && ecn.duplicateSeq === seq) ecn.failMode |= AccEcnFail.optionSend;
  ecn.duplicateSeq = seq;
}

/** Our first text does not get through: it may be the option. */
export function noteTextLost(tcb: Tcb, ecn: EcnState): void {
  // RFC 9768 §3.2.3.2.2 R9768-61: nothing of what we sent has ever been acknowledged.
  if (tcb.timeouts >= OPTION_TRIES && tcb.sndUna === ((tcb.iss + 1) | 0)) ecn.failMode |= AccEcnFail.optionSend;
}
