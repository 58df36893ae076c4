/** Checks of arguments that throw what Node throws. */
import { badPort, invalidArgType, outOfRange } from './node-errors.ts';

const TIMEOUT_MAX_MS = 2 ** 31 - 1;

export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') throw invalidArgType(name, 'function', value);
}

export function checkBoolean(value: unknown, name: string): void {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'boolean', value);
}

export function checkNumber(value: unknown, name: string): void {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
}

export function checkInt32(value: unknown, name: string, min: number): void {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > TIMEOUT_MAX_MS) throw outOfRange(name, `>= ${min} && <= ${TIMEOUT_MAX_MS}`, value);
}

export function checkObject(value: unknown, name: string): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalidArgType(name, 'Object', value);
}

export function checkAbortSignal(value: unknown, name: string): asserts value is AbortSignal {
  if (value === null || typeof value !== 'object' || !('aborted' in value)) {
    throw invalidArgType(name, 'AbortSignal', value);
  }
}

/** A port as number; strings count when they are one. */
export function checkPort(value: unknown, name = 'Port'): number {
  const isText = typeof value === 'string';
  if ((typeof value !== 'number' && !isText) || (isText && value.trim() === '')) throw badPort(name, value);
  const port = Number(value);
  if (port !== port >>> 0 || port > 0xffff) throw badPort(name, value);
  return port;
}

/** Milliseconds of a timer, 0 to 2^31 - 1; more is cut off with a warning. */
export function checkTimeout(value: unknown, name: string): number {
  checkNumber(value, name);
  const ms = value as number;
  if (ms < 0 || !Number.isFinite(ms)) throw outOfRange(name, 'a non-negative finite number', value);
  if (ms <= TIMEOUT_MAX_MS) return ms;
  process.emitWarning(
    `${ms} does not fit into a 32-bit signed integer.\nTimer duration was truncated to ${TIMEOUT_MAX_MS}.`,
    'TimeoutOverflowWarning',
  );
  return TIMEOUT_MAX_MS;
}

/** `10`, `"10"`; anything else that JavaScript would take for a number is none here. */
export function toPortNumber(value: unknown): number | false {
  const number = Number(value);
  return number >= 0 && (typeof value === 'number' || typeof value === 'string') ? number : false;
}
