/** What can go wrong with a script besides the stack: the script itself. */
import { WoshouError } from '../base/errors.ts';

/** The script asks for something that is wrong or not supported here. The message says what. */
export class DrillError extends WoshouError {
  constructor(message: string) {
    super('ERR_DRILL_SCRIPT', message);
  }
}
