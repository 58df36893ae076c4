/**
 * SACK compression, Linux's `tcp_comp_sack_*`: the first duplicate ACKs for a hole go at once, for they start the sender's fast
 * retransmit; later ones wait a moment for company, since each says all that those before it said.
 */
import { usToTicks } from '../../base/clock.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { Reassembly } from '../tcb/reassembly.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, disarmTimer, isTimerArmed, TcpTimer } from '../timers.ts';

/** What a sender without anything better counts (RFC 5681 section 3.2). */
const DUPLICATES_AT_ONCE = 3;
/** Blocks that any acknowledgment has room for. */
const BLOCKS_SEEN = 2;
/** The share of a round trip that is waited at most. */
const ROUND_TRIP_SHARE = 20;
const US_PER_NS = 1e-3;

/** Something is missing, and text has come: true when that is to be acknowledged now, false when it waits for more. */
export function answersAtOnce(env: TcpEnvironment, tcb: Tcb, early: Reassembly): boolean {
  if (!tcb.has(Agreed.sack) || early.heldAcks >= env.settings.comp_sack_nr) return true;
  if (early.answeredNext !== tcb.rcvNxt) {
    early.answeredNext = tcb.rcvNxt;
    early.answers = 0;
  }
  if (early.answers < DUPLICATES_AT_ONCE) {
    early.answers++;
    return true;
  }
  early.heldAcks++;
  tcb.isAckDelayed = true;
  // RCV.NXT has been acknowledged as it is: the timer has no other use now.
  if (!isTimerArmed(tcb, TcpTimer.delayedAck)) armTimer(env, tcb, TcpTimer.delayedAck, delayTicks(env, tcb));
  return false;
}

/** Until the kernel's timer runs out at the latest. */
function delayTicks({ settings }: TcpEnvironment, tcb: Tcb): number {
  let rttUs = tcb.receiveRttUs;
  if (tcb.srttUs > 0 && tcb.srttUs < rttUs) rttUs = tcb.srttUs;
  const delayUs = Math.min(settings.comp_sack_delay_ns * US_PER_NS, rttUs / ROUND_TRIP_SHARE);
  return usToTicks(delayUs + settings.comp_sack_slack_ns * US_PER_NS);
}

/**
 * [left, right) comes early, and would move blocks that nobody was told of from the places where they will be seen: what waits is told
 * first, as it is. True when it is: on Linux that is all the answer the segment gets.
 */
export function tellsHeldBlocks(
  env: TcpEnvironment,
  tcb: Tcb,
  early: Reassembly,
  left: number,
  right: number,
): boolean {
  if (early.heldAcks === 0 || early.blocks.find(left, right) < BLOCKS_SEEN) return false;
  early.heldAcks--;
  forgetHeldAcks(env, tcb, early);
  early.heldBlocks = early.blocks.copy();
  tcb.pending |= Pending.ack;
  env.scheduleOutput(tcb);
  return true;
}

/** An acknowledgment tells what those that were held back would have told. */
export function forgetHeldAcks(env: TcpEnvironment, tcb: Tcb, early: Reassembly): void {
  env.extCounters.TCPAckCompressed += early.heldAcks;
  early.heldAcks = 0;
  tcb.isAckDelayed = false;
  disarmTimer(tcb, TcpTimer.delayedAck);
}
