/** Runs of one seed after the other, and what is said about them. */
import { drawRecipe } from './recipe.ts';
import { counts, type Outcome, play } from './run.ts';

export interface SeriesOptions {
  readonly firstSeed: number;
  /** Stops after so many runs, */
  readonly runs: number;
  /** or when so many milliseconds are over, */
  readonly forMs: number;
  /** or after so many failures. */
  readonly failuresMax: number;
}

export interface Series {
  readonly firstSeed: number;
  readonly runs: number;
  /** Runs with enough segments, a fault and a connection that was completed. */
  readonly counted: number;
  readonly segments: number;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly tookMs: number;
  readonly failures: readonly { readonly seed: number; readonly failure: string }[];
}

/** Plays seeds in a row. */
export function playSeries(options: SeriesOptions): Series {
  const startedMs = performance.now();
  const failures: { seed: number; failure: string }[] = [];
  let runs = 0;
  let counted = 0;
  let segments = 0;
  let events = 0;
  let virtualSeconds = 0;
  while (runs < options.runs && failures.length < options.failuresMax) {
    if (performance.now() - startedMs >= options.forMs) break;
    const seed = options.firstSeed + runs++;
    const outcome: Outcome = play(drawRecipe(seed));
    if (outcome.failure !== null) failures.push({ seed, failure: outcome.failure });
    else if (counts(outcome)) counted++;
    segments += outcome.segments;
    events += outcome.events;
    virtualSeconds += outcome.seconds;
  }
  const tookMs = performance.now() - startedMs;
  return { firstSeed: options.firstSeed, runs, counted, segments, events, virtualSeconds, tookMs, failures };
}
