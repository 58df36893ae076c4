/** The forms `connect` and `listen` may be called in, brought to one: `[options, callback]`. */
import * as nodeNet from 'node:net';
import { toPortNumber } from './validate.ts';

export type Callback = (...args: unknown[]) => void;
export type Normalized = [options: Record<string, unknown>, callback: Callback | null];

/** Node marks arguments that are in this form already; callers inside Node look for the mark. */
const MARK: symbol = markOfNode() ?? Symbol('normalizedArgs');

export function normalizeArgs(args: readonly unknown[]): Normalized {
  const normalized: Normalized = [{}, null];
  Object.defineProperty(normalized, MARK, { value: true, enumerable: true, writable: true, configurable: true });
  const [first, second] = args;
  if (args.length === 0) return normalized;
  if (typeof first === 'object' && first !== null) normalized[0] = first as Record<string, unknown>;
  else if (isPath(first)) normalized[0].path = first;
  else {
    normalized[0].port = first;
    if (args.length > 1 && typeof second === 'string') normalized[0].host = second;
  }
  const last = args[args.length - 1];
  if (typeof last === 'function') normalized[1] = last as Callback;
  return normalized;
}

/** Arguments as given, or as an inner caller has normalized them. */
export function normalizedOf(args: readonly unknown[]): Normalized {
  const [first] = args;
  if (Array.isArray(first) && MARK in first) return first as unknown as Normalized;
  return normalizeArgs(args);
}

/** A string that is no port names a pipe. */
export function isPath(value: unknown): value is string {
  return typeof value === 'string' && toPortNumber(value) === false;
}

function markOfNode(): symbol | undefined {
  const normalize = (nodeNet as { _normalizeArgs?: (args: unknown[]) => object })._normalizeArgs;
  return normalize === undefined ? undefined : Object.getOwnPropertySymbols(normalize([]))[0];
}
