/** One segment to be sent, or one super-segment. */

/** What to send, filled in by `output.ts`; one per stack, reused. */
export class Transmission {
  seq = 0;
  /** Payload octets. */
  length = 0;
  flags = 0;
  /** Octets of one of its segments, where it is more than one. */
  mss = 0;
  /** Of a retransmission: its record in the scoreboard. */
  slot = 0;
  /** Of new data: bits of a `SegmentFlag` that stay with it. */
  marks = 0;
  /** Why, for observers: syn, syn-ack, data, fin, ack, retransmission, … */
  reason = '';
}
