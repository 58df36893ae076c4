/** What can go wrong with a script besides the stack: the script itself. */
import { WoshouError } from '../base/errors.ts';
import type { Place } from './place.ts';

/** The script asks for something that is wrong or not supported here. The message says what. */
export class DrillError extends WoshouError {
  /** Of the word it is about; undefined: of the event at work. */
  readonly place: Place | undefined;

  constructor(message: string, place?: Place) {
    super('ERR_DRILL_SCRIPT', message);
    this.place = place;
  }
}
