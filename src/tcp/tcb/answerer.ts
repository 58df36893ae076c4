/** Who answers what is out of place, at a bounded rate: a Tcb, or a half-open connection. Plain data. */

export interface Answerer {
  hasAnswered: boolean;
  /** When it did last. */
  lastAnswerTick: number;
}
