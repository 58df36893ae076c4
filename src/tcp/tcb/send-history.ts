/**
 * What a sender remembers only to tell: how long it was busy and what held it back (the chronographs behind tcp_info's
 * busy_time, rwnd_limited and sndbuf_limited), its timeouts, what it sent twice. At any time one clock runs: of the reasons
 * that hold, the one with the highest number. What every sender has stands in the Tcb; the record is made when something goes wrong.
 */

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
  /** Ticks spent held back, the present occupation not included. */
  receiveWindowTicks = 0;
  sendBufferTicks = 0;
  /** Retransmission timeouts, and the runs of them (a run ends when recovery by timeout is over). */
  timeouts = 0;
  timeoutRuns = 0;
  /** Time in such runs, without the present one, which began at `runStartUs`; -1: there is none. */
  timeoutUs = 0;
  runStartUs = -1;
  octetsRetransmitted = 0;
  dsacksReceived = 0;
  /** Delivered while segments had other sizes: how many, and their weight in `Tcb.delivered`. */
  segmentsDeliveredBefore = 0;
  deliveredBefore = 0;

  /** In recovery from timeouts until `nowUs`. */
  timeoutTimeUs(nowUs: number): number {
    return this.timeoutUs + (this.runStartUs < 0 ? 0 : Math.max(0, nowUs - this.runStartUs));
  }
}
