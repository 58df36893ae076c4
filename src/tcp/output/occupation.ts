/** What a sender is busy with and what it has to repeat, noted for tcp_info; what is noted lies in `tcb/send-history.ts`. */
import type { TcpEnvironment } from '../environment.ts';
import { Occupation, SendHistory } from '../tcb/send-history.ts';
import type { Tcb } from '../tcb/tcb.ts';

/** The record, made when first needed. */
export function sendHistoryOf(tcb: Tcb): SendHistory {
  tcb.sendHistory ??= new SendHistory();
  return tcb.sendHistory;
}

/** Segments delivered so far, each counted by the size it had. */
export function segmentsDelivered(tcb: Tcb, mss: number): number {
  const history = tcb.sendHistory;
  if (history === null) return Math.ceil(tcb.delivered / mss);
  return history.segmentsDeliveredBefore + Math.ceil((tcb.delivered - history.deliveredBefore) / mss);
}

/** Segments have another size than `mss` from now on. */
export function settleDelivered(tcb: Tcb, mss: number): void {
  if (tcb.delivered === 0) return;
  const segments = segmentsDelivered(tcb, mss);
  const history = sendHistoryOf(tcb);
  history.segmentsDeliveredBefore = segments;
  history.deliveredBefore = tcb.delivered;
}

/** Ticks spent on `occupation`, which is not `none`, until `nowTick`. */
export function ticksSpent(tcb: Tcb, occupation: number, nowTick: number): number {
  const present = tcb.occupation === occupation ? Math.max(0, (nowTick - tcb.occupiedSinceTick) | 0) : 0;
  return ticksBefore(tcb, occupation) + present;
}

function ticksBefore(tcb: Tcb, occupation: number): number {
  if (occupation === Occupation.busy) return tcb.busyTicks;
  const history = tcb.sendHistory;
  if (history === null) return 0;
  return occupation === Occupation.receiveWindow ? history.receiveWindowTicks : history.sendBufferTicks;
}

function occupy(env: TcpEnvironment, tcb: Tcb, occupation: number): void {
  const before = tcb.occupation;
  if (before === occupation) return;
  const nowTick = env.clock.tick;
  const spent = Math.max(0, (nowTick - tcb.occupiedSinceTick) | 0);
  if (before === Occupation.busy) tcb.busyTicks += spent;
  else if (before === Occupation.receiveWindow) sendHistoryOf(tcb).receiveWindowTicks += spent;
  else if (before === Occupation.sendBuffer) sendHistoryOf(tcb).sendBufferTicks += spent;
  tcb.occupation = occupation;
  tcb.occupiedSinceTick = nowTick;
}

/** A reason holds from now on. */
export function startOccupation(env: TcpEnvironment, tcb: Tcb, occupation: number): void {
  if (occupation > tcb.occupation) occupy(env, tcb, occupation);
}

/** It no longer does: merely busy, or not even that. */
export function stopOccupation(env: TcpEnvironment, tcb: Tcb, occupation: number): void {
  if (tcb.occupation === Occupation.none) return;
  const hasWork = (tcb.sendBuffer?.length ?? 0) > 0 || tcb.scoreboard !== null;
  if (!hasWork) occupy(env, tcb, Occupation.none);
  else if (tcb.occupation === occupation) occupy(env, tcb, Occupation.busy);
}

/** A retransmission timeout. @param isFirst nothing was repeated by the timer before it */
export function countTimeout(env: TcpEnvironment, tcb: Tcb, isFirst: boolean): void {
  const history = sendHistoryOf(tcb);
  history.timeouts++;
  if (!isFirst) return;
  history.timeoutRuns++;
  if (history.runStartUs < 0) history.runStartUs = env.clock.nowUs;
}

/** Recovery from timeouts is over. */
export function endTimeoutRun(env: TcpEnvironment, tcb: Tcb): void {
  const history = tcb.sendHistory;
  if (history === null || history.runStartUs < 0) return;
  history.timeoutUs = history.timeoutTimeUs(env.clock.nowUs);
  history.runStartUs = -1;
}
