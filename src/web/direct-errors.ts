/** Errors and argument checks of Direct Sockets, in the words of the specification. */
import { WoshouError } from '../base/errors.ts';
import type { SocketError as Failure } from '../socket/socket-event.ts';

/** Which record of a name is wanted. */
export type SocketDnsQueryType = 'ipv4' | 'ipv6';

/** A NetworkError DOMException that says what failed and its errno name. */
export function networkError(what: string, failure: Failure): DOMException {
  return new DOMException(`${what}: ${failure.message} (${failure.code})`, 'NetworkError');
}

/** What the stack threw, as the NetworkError the specification wants. */
export function networkErrorOf(what: string, error: unknown): unknown {
  if (!(error instanceof WoshouError)) return error;
  return new DOMException(`${what}: ${error.message}`, 'NetworkError');
}

export function invalidState(message: string): DOMException {
  return new DOMException(message, 'InvalidStateError');
}

/** Web IDL's [EnforceRange]: a whole number from `min` to `max`. @throws TypeError naming it */
export function enforceRange(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${name} must be a whole number from ${min} to ${max}, got ${String(value)}`);
  }
}

/** @throws TypeError when a buffer size is 0 or no unsigned long */
export function checkBuffers(options: { readonly sendBufferSize?: number; readonly receiveBufferSize?: number }): void {
  enforceRange('sendBufferSize', options.sendBufferSize, 1, 0xffffffff);
  enforceRange('receiveBufferSize', options.receiveBufferSize, 1, 0xffffffff);
}

/** The family of a query type. @throws TypeError for another word */
export function familyOf(type: SocketDnsQueryType | undefined): 4 | 6 | undefined {
  if (type === undefined) return undefined;
  if (type !== 'ipv4' && type !== 'ipv6')
    throw new TypeError(`dnsQueryType must be 'ipv4' or 'ipv6', got '${String(type)}'`);
  return type === 'ipv4' ? 4 : 6;
}

/** The stack's least and largest buffer; sizes asked for beyond are brought into range, as operating systems do. */
export function bufferSize(bytes: number): number {
  return Math.min(Math.max(bytes, 256), 2 ** 30 - 1);
}
