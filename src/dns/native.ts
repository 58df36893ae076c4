/**
 * Node's own `dns`, kept as it was when this module loaded. It checks arguments and keeps lists of servers for us; it is never
 * asked about a name.
 */
import nodeDns from 'node:dns';

type Callable = (...args: unknown[]) => unknown;

const { promises, ...others } = nodeDns;

/** Functions with callbacks, and constants. */
export const nativeDns: Readonly<Record<string, unknown>> = { ...others };
/** Functions with promises. */
export const nativePromises: Readonly<Record<string, unknown>> = { ...promises };
export const NativeResolver = nodeDns.Resolver;

/** Calls a function of Node's with arguments it refuses: what it throws, or the promise it rejects, is the result. */
export function refusedBy(module: Readonly<Record<string, unknown>>, name: string, args: readonly unknown[]): unknown {
  return (module[name] as Callable)(...args);
}

/** Checks what `lookup` was called with; the address in the name's place needs no answer. @throws Node's errors */
export function checkLookup(module: Readonly<Record<string, unknown>>, options: unknown, callback?: unknown): unknown {
  const rest = module === nativePromises ? [] : [typeof callback === 'function' ? () => {} : callback];
  return (module.lookup as Callable)('127.0.0.1', options, ...rest);
}
