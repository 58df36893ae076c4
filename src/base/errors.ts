/**
 * Typed errors for wrong use of the API. The receive path never throws; only calls made by a person do.
 * Every message says what was wrong, where, and what to do. Node-style errors are made in `node/`.
 */

/** Root of every error woshou throws. `code` is stable, `argument` names the offending argument where there is one. */
export class WoshouError extends Error {
  /** A stable name for programs: `ERR_…`, or an errno name such as `EADDRINUSE`. */
  readonly code: string;
  /** The argument that was wrong, where it is about one. */
  readonly argument: string | undefined;

  constructor(code: string, message: string, argument?: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.argument = argument;
  }
}

/** An argument has the wrong type, range or form. */
export class ArgumentError extends WoshouError {
  declare readonly code: 'ERR_INVALID_ARGUMENT';

  constructor(argument: string, message: string) {
    super('ERR_INVALID_ARGUMENT', `${argument}: ${message}`, argument);
  }
}

/** The call is not possible in the object's present state. */
export class StateError extends WoshouError {
  declare readonly code: 'ERR_INVALID_STATE';

  constructor(message: string) {
    super('ERR_INVALID_STATE', message);
  }
}

/** Our own invariant is broken: a bug in woshou, never the fault of a packet or a caller. */
export class AssertionError extends WoshouError {
  declare readonly code: 'ERR_ASSERTION';

  constructor(message: string) {
    super('ERR_ASSERTION', `internal invariant broken: ${message}`);
  }
}

/** Throws AssertionError unless `condition` holds. Only for our own bugs. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Checks that `value` is an integer in [min, max]; throws ArgumentError naming the argument. */
export function checkInteger(argument: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ArgumentError(argument, `must be an integer from ${min} to ${max}, got ${String(value)}`);
  }
  return value;
}
