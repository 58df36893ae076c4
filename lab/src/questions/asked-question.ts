/** A question of a run as data for the page. */
import type { Text } from '../../../src/scenes/text.ts';

export interface AskedChoice {
  readonly is: string;
  /** Null: what it is called says it. */
  readonly say: Text | null;
  readonly why: Text;
}

export interface AskedQuestion {
  /** It is asked when the tape has this many entries. */
  readonly entry: number;
  readonly ask: Text;
  readonly choices: readonly AskedChoice[];
  readonly answer: string;
}
