/** The measurements behind dynamic right-sizing of the receive window (`input/receive-tuning.ts`). */

/** What a receiver knows of its user; a connection has it while text arrives, and for good once its user turned out to be fast. */
export class ReceiveTuning {
  /** Octets the user took in the best round trip so far. */
  space: number;
  /** What was read when the present measurement began, and when, int32 microseconds. */
  readSeq: number;
  readSinceUs: number;
  /** When text last came, int32 microseconds. */
  arrivedUs: number;
  /** A window's worth takes a round trip: its end, and when the one before it had arrived. */
  windowEnd: number;
  windowSinceUs: number;
  /** The timestamp whose echo was the last sample. */
  lastEcho = 0;

  /** @param us the present, int32 microseconds */
  constructor(space: number, readSeq: number, windowEnd: number, us: number) {
    this.space = space;
    this.readSeq = readSeq;
    this.readSinceUs = us;
    this.arrivedUs = us;
    this.windowEnd = windowEnd;
    this.windowSinceUs = us;
  }
}
