/** What is wrong with a shell line, and where in it. */
import { DrillError } from '../drill-error.ts';

export class ShellError extends DrillError {
  /** From the beginning of the line. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`shell: ${message}`);
    this.offset = offset;
  }
}
