/**
 * Errors in the shape Node gives its own: a stable `code`, and messages of the same form, so that programs and tests that
 * look at them find what they expect. Behaviour: https://nodejs.org/docs/latest-v20.x/api/errors.html
 */
import { inspect } from 'node:util';

type ErrorBase = new (message: string) => Error;

/** An error as Node makes it: `code` is enumerable, the stack's head names it. */
export function codedError(Base: ErrorBase, code: string, message: string): NodeJS.ErrnoException {
  const error = new Base(message);
  Error.captureStackTrace(error, codedError);
  return withCode(error, code);
}

export function withCode(error: Error, code: string): NodeJS.ErrnoException {
  const { name, message } = error;
  // The stack's first line is written when it is first read: it shall say `TypeError [ERR_…]: …`.
  error.name = `${name} [${code}]`;
  void error.stack;
  Reflect.deleteProperty(error, 'name');
  const describe = (): string => `${name} [${code}]: ${message}`;
  Object.defineProperty(error, 'toString', { value: describe, writable: true, configurable: true });
  return Object.assign(error, { code });
}

export function invalidArgType(name: string, expected: string | readonly string[], actual: unknown): Error {
  const list = (typeof expected === 'string' ? [expected] : expected).map((item) =>
    item === 'Object' ? 'object' : item,
  );
  const message = `The ${subject(name)} must be ${expectation(list)}. Received ${received(actual)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

export function invalidArgValue(name: string, value: unknown, reason = 'is invalid'): Error {
  const text = inspect(value);
  const shown = text.length > 128 ? `${text.slice(0, 128)}...` : text;
  const kind = name.includes('.') ? 'property' : 'argument';
  return codedError(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${kind} '${name}' ${reason}. Received ${shown}`);
}

export function outOfRange(name: string, range: string, value: unknown): Error {
  const isLarge = Number.isInteger(value) && Math.abs(value as number) > 2 ** 32;
  const text = isLarge ? String(value).replace(/\B(?=(?:\d{3})+$)/g, '_') : inspect(value);
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${text}`;
  return codedError(RangeError, 'ERR_OUT_OF_RANGE', message);
}

export function badPort(name: string, port: unknown): Error {
  const message = `${name} should be >= 0 and < 65536. Received ${received(port)}.`;
  return codedError(RangeError, 'ERR_SOCKET_BAD_PORT', message);
}

export function missingArgs(...names: string[]): Error {
  const list = names.map((name) => `"${name}"`).join(' or ');
  return codedError(TypeError, 'ERR_MISSING_ARGS', `The ${list} argument must be specified`);
}

export function invalidIpAddress(address: unknown): Error {
  return codedError(TypeError, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${String(address)}`);
}

export function invalidAddressFamily(family: unknown, host: unknown, port: unknown): Error {
  const message = `Invalid address family: ${String(family)} ${String(host)}:${String(port)}`;
  return Object.assign(codedError(RangeError, 'ERR_INVALID_ADDRESS_FAMILY', message), { host, port });
}

export function socketClosed(): Error {
  return codedError(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed');
}

export function closedBeforeConnection(): Error {
  const message = 'Socket closed before the connection was established';
  return codedError(Error, 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION', message);
}

export function serverAlreadyListens(): Error {
  const message = 'Listen method has been called more than once without closing.';
  return codedError(Error, 'ERR_SERVER_ALREADY_LISTEN', message);
}

export function serverNotRunning(): Error {
  return codedError(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.');
}

export function invalidFdType(type: string): Error {
  return codedError(TypeError, 'ERR_INVALID_FD_TYPE', `Unsupported fd type: ${type}`);
}

const PRIMITIVES = new Set(['string', 'function', 'number', 'object', 'boolean', 'bigint', 'symbol']);

function subject(name: string): string {
  if (name.endsWith(' argument')) return name;
  return `"${name}" ${name.includes('.') ? 'property' : 'argument'}`;
}

function expectation(list: readonly string[]): string {
  const types = list.filter((item) => PRIMITIVES.has(item));
  const instances = list.filter((item) => !PRIMITIVES.has(item));
  const parts: string[] = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${alternatives(types)}`);
  if (instances.length > 0) parts.push(`an instance of ${alternatives(instances)}`);
  return parts.join(' or ');
}

function alternatives(list: readonly string[]): string {
  if (list.length < 3) return list.join(' or ');
  return `${list.slice(0, -1).join(', ')}, or ${list[list.length - 1]}`;
}

/** What a value is, in the words Node ends such messages with. */
function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') {
    const name = (value.constructor as { readonly name?: string } | undefined)?.name;
    return name ? `an instance of ${name}` : inspect(value, { depth: -1 });
  }
  const text = inspect(value, { colors: false });
  return `type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
}
