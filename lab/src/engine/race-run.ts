/** The race that is being run: started by a question, driven on by others, always told whole. */
import { Race } from '../../../src/sim/race.ts';
import type { RaceResult } from '../../../src/sim/race-result.ts';
import { type RaceSetup, raceOptions } from './race-link.ts';

/** What is known of a race so far. */
export interface RaceNews {
  readonly result: RaceResult;
  readonly isOver: boolean;
}

export class RaceRun {
  private readonly race: Race;

  constructor(setup: RaceSetup) {
    this.race = new Race(raceOptions(setup));
  }

  /** Runs so many intervals of a tenth of a second, or to the end. */
  advance(intervals: number): RaceNews {
    for (let done = 0; done < intervals && this.race.advance(); done++);
    return { result: this.race.result(), isOver: this.race.isOver };
  }
}
