/**
 * The Fast Open option of a SYN or SYN-ACK to be sent (RFC 7413 section 4.1.1): written once, behind all others and padded with
 * no-operations as Linux does; left out when the header has no room for it.
 */
import type { PacketMemory } from '../../base/packet-memory.ts';
import { TCP_OPTIONS_MAX } from '../../wire/tcp.ts';
import { writeFastOpen, writeNoOperation } from '../../wire/tcp-option-writers.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { AcceptingListener, Tcb } from '../tcb/tcb.ts';
import { synOptionOf } from './client.ts';
import { COOKIE_LENGTH } from './cookie-keys.ts';
import { OWED_EXPERIMENTAL } from './server.ts';

const COOKIE = new Uint8Array(COOKIE_LENGTH);
const KIND_AND_LENGTH = 2;
const MAGIC = 2;

/** Who owes a cookie; a Tcb or a half-open connection. */
export interface CookieDebtor {
  readonly key: ConnectionKey;
  readonly listener: AcceptingListener | null;
  cookieOwed: number;
}

/** Writes the option of a SYN at `at` if there is one to send. @param start of the options @returns the offset behind it */
export function writeFastOpenOption(tcb: Tcb, memory: PacketMemory, start: number, at: number): number {
  const attempt = synOptionOf(tcb);
  if (attempt === null) return at;
  return writePadded(memory, start, at, attempt.cookie, attempt.isExperimental);
}

// RFC 7413 §4.2.2 R7413-18: a SYN-ACK that goes again has no option: what is owed is paid with the first.
/** Writes the option of a SYN-ACK at `at` if a cookie is owed. @param start of the options @returns the offset behind it */
export function writeOwedCookie(
  env: TcpEnvironment,
  debtor: CookieDebtor,
  memory: PacketMemory,
  start: number,
  at: number,
): number {
  if (debtor.cookieOwed === 0) return at;
  const isExperimental = debtor.cookieOwed === OWED_EXPERIMENTAL;
  debtor.cookieOwed = 0;
  const keys = debtor.listener?.fastOpenKeys ?? env.fastOpen.keys;
  keys.write(env, debtor.key, COOKIE);
  return writePadded(memory, start, at, COOKIE, isExperimental);
}

/** Octets that the option takes on a SYN-ACK. */
export function owedCookieSize({ cookieOwed }: CookieDebtor): number {
  return cookieOwed === 0 ? 0 : paddedSize(COOKIE_LENGTH, cookieOwed === OWED_EXPERIMENTAL);
}

function paddedSize(length: number, isExperimental: boolean): number {
  return (KIND_AND_LENGTH + (isExperimental ? MAGIC : 0) + length + 3) & ~3;
}

function writePadded(
  memory: PacketMemory,
  start: number,
  at: number,
  cookie: Uint8Array,
  isExperimental: boolean,
): number {
  const size = paddedSize(cookie.length, isExperimental);
  if (at + size - start > TCP_OPTIONS_MAX) return at;
  let end = writeFastOpen(memory, at, cookie, cookie.length, isExperimental);
  while (end < at + size) end = writeNoOperation(memory, end);
  return end;
}
