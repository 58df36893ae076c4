/** The seed of a test's network: given, from the environment, or 1. */
import { randomInt } from 'node:crypto';
import { ArgumentError } from '../base/errors.ts';

/** Name of the environment variable: an integer, or `random` for another one in every network. */
export const SEED_VARIABLE = 'WOSHOU_SEED';

/**
 * The seed to use: `given`, else what WOSHOU_SEED says, else 1.
 * @throws ArgumentError when WOSHOU_SEED is neither an integer nor `random`
 */
export function chooseSeed(given: number | undefined, environment: NodeJS.ProcessEnv = process.env): number {
  if (given !== undefined) return given;
  const text = environment[SEED_VARIABLE];
  if (text === undefined || text === '') return 1;
  if (text === 'random') return randomInt(1, 2 ** 31);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new ArgumentError(SEED_VARIABLE, `must be an integer or 'random', got '${text}'`);
}
