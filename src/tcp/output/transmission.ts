/** One segment to be sent, or one super-segment. */

/** What leaves in the middle of something: of a write one burst, or all that may; of a segment's arrival what goes again. */
export const PushMode = { none: 0, burst: 1, all: 2, again: 3 } as const;

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
  /** Of new data: a timer overrules what kept it back, and the windows were not asked. */
  isOverride = false;
  /** A `PushMode`: neither Nagle nor a cork keeps it back, nor a burst an acknowledgment that is due. */
  push: number = PushMode.none;
  /** Why, for observers: syn, syn-ack, data, fin, ack, retransmission, … */
  reason = '';
}
