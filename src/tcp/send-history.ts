/**
 * What a sender remembers only to tell: how long it was busy and what held it back (the chronographs behind tcp_info's
 * busy_time, rwnd_limited and sndbuf_limited), its timeouts, what it sent twice. At any time one clock runs: of the reasons
 * that hold, the one with the highest number. A connection has this record from its first data or timeout on.
 */
import type { TcpEnvironment } from './environment.ts';
import type { Tcb } from './tcb.ts';

/** What the time goes to; a higher number hides a lower one. */
export const Occupation = {
  /** Nothing is waiting and nothing unacknowledged. */
  none: 0,
  busy: 1,
  /** The peer's window is too small for the next segment. */
  receiveWindow: 2,
  /** Everything was sent, the path could take more, and the user waits for room in the send buffer. */
  sendBuffer: 3,
} as const;

export class SendHistory {
  occupation: number = Occupation.none;
  /** When the present occupation began, driver's microseconds. */
  sinceUs = 0;
  /** Microseconds spent, the present occupation not included. */
  private busyUs = 0;
  private receiveWindowUs = 0;
  private sendBufferUs = 0;
  /** Retransmission timeouts, and the runs of them (a run ends when recovery by timeout is over). */
  timeouts = 0;
  timeoutRuns = 0;
  /** Time in such runs, without the present one, which began at `runStartUs`; -1: there is none. */
  timeoutUs = 0;
  runStartUs = -1;
  octetsRetransmitted = 0;
  dataSegmentsOut = 0;
  dsacksReceived = 0;

  /** Spent on `occupation` until `nowUs`. */
  spent(occupation: number, nowUs: number): number {
    const present = this.occupation === occupation ? Math.max(0, nowUs - this.sinceUs) : 0;
    return this.past(occupation) + present;
  }

  /** Another occupation begins. */
  occupy(occupation: number, nowUs: number): void {
    const spentUs = this.spent(this.occupation, nowUs);
    if (this.occupation === Occupation.busy) this.busyUs = spentUs;
    else if (this.occupation === Occupation.receiveWindow) this.receiveWindowUs = spentUs;
    else if (this.occupation === Occupation.sendBuffer) this.sendBufferUs = spentUs;
    this.occupation = occupation;
    this.sinceUs = nowUs;
  }

  private past(occupation: number): number {
    if (occupation === Occupation.busy) return this.busyUs;
    if (occupation === Occupation.receiveWindow) return this.receiveWindowUs;
    return occupation === Occupation.sendBuffer ? this.sendBufferUs : 0;
  }

  /** In recovery from timeouts until `nowUs`. */
  timeoutTimeUs(nowUs: number): number {
    return this.timeoutUs + (this.runStartUs < 0 ? 0 : Math.max(0, nowUs - this.runStartUs));
  }
}

/** The record, made when first needed. */
export function sendHistoryOf(tcb: Tcb): SendHistory {
  tcb.sendHistory ??= new SendHistory();
  return tcb.sendHistory;
}

function occupy(env: TcpEnvironment, history: SendHistory, occupation: number): void {
  if (history.occupation === occupation) return;
  history.occupy(occupation, env.clock.nowUs);
}

/** A reason holds from now on. */
export function startOccupation(env: TcpEnvironment, tcb: Tcb, occupation: number): void {
  const history = sendHistoryOf(tcb);
  if (occupation > history.occupation) occupy(env, history, occupation);
}

/** It no longer does: merely busy, or not even that. */
export function stopOccupation(env: TcpEnvironment, tcb: Tcb, occupation: number): void {
  const history = tcb.sendHistory;
  if (history === null || history.occupation === Occupation.none) return;
  const hasWork = (tcb.sendBuffer?.length ?? 0) > 0 || tcb.scoreboard !== null;
  if (!hasWork) occupy(env, history, Occupation.none);
  else if (history.occupation === occupation) occupy(env, history, Occupation.busy);
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
