/** Values that calls of the kernel take and give: buffers in parts, socket options, struct pollfd. */
import { POSIX } from '../../socket/posix/constants.ts';
import type { PollEntry } from '../../socket/posix/poll-call.ts';
import type { Linger, Md5Signature, OptionValue, Timeval } from '../../socket/posix/posix-call.ts';
import { int32 } from '../native.ts';
import { encodeName, viewOf } from './structures.ts';

export function pollEntries(entries: readonly PollEntry[]): Uint8Array {
  const bytes = new Uint8Array(Math.max(1, entries.length) * 8);
  const view = viewOf(bytes);
  entries.forEach(({ fd, events }, index) => {
    view.setInt32(index * 8, fd, true);
    view.setInt16(index * 8 + 4, events, true);
  });
  return bytes;
}

/** Room for what is still to come. */
export function joinedRest(parts: readonly Uint8Array[], moved: number): Uint8Array {
  return new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0) - moved);
}

/** Octets that came later into the places of the parts behind `from`. */
export function spread(source: Uint8Array, parts: readonly Uint8Array[], from: number, count: number): void {
  let skip = from;
  let at = 0;
  for (const part of parts) {
    const room = Math.max(0, part.length - skip);
    const taken = Math.min(room, count - at);
    part.set(source.subarray(at, at + taken), part.length - room);
    at += taken;
    skip = Math.max(0, skip - part.length);
  }
}

export function timeval(timeUs: number): Uint8Array {
  return timevalOctets({ seconds: Math.floor(timeUs / 1e6), micros: Math.round(timeUs % 1e6) });
}

function timevalOctets({ seconds, micros }: Timeval): Uint8Array {
  const bytes = new Uint8Array(16);
  viewOf(bytes).setBigInt64(0, BigInt(seconds), true);
  viewOf(bytes).setBigInt64(8, BigInt(micros), true);
  return bytes;
}

/** struct tcp_md5sig: address, flags, prefix length, length, interface, key. */
function md5Signature({ address, flags, prefixLength, keyLength, key }: Md5Signature): Uint8Array {
  const bytes = new Uint8Array(216);
  bytes.set(encodeName({ address, port: 0 }), 0);
  const view = viewOf(bytes);
  view.setUint8(128, flags);
  view.setUint8(129, prefixLength);
  view.setUint16(130, keyLength, true);
  bytes.set(key.subarray(0, 80), 136);
  return bytes;
}

export function encodeOption(value: OptionValue): Uint8Array {
  if (typeof value === 'number') return int32(value | 0);
  if (typeof value === 'string') return Uint8Array.from(value, (character) => character.charCodeAt(0));
  if (value instanceof Uint8Array) return value;
  if ('keyLength' in value) return md5Signature(value);
  if ('seconds' in value) return timevalOctets(value);
  if ('onoff' in value) return int32((value as Linger).onoff, (value as Linger).linger);
  return new Uint8Array(0);
}

export function decodeOption(level: number, name: number, bytes: Uint8Array): OptionValue {
  const view = viewOf(bytes);
  if (level === POSIX.SOL_SOCKET && name === POSIX.SO_LINGER && bytes.length === 8)
    return { onoff: view.getInt32(0, true), linger: view.getInt32(4, true) };
  if (level === POSIX.SOL_SOCKET && (name === POSIX.SO_RCVTIMEO || name === POSIX.SO_SNDTIMEO) && bytes.length === 16)
    return Number(view.getBigInt64(0, true)) * 1e6 + Number(view.getBigInt64(8, true));
  if (level === POSIX.SOL_TCP && name === POSIX.TCP_CONGESTION)
    return String.fromCharCode(...bytes).split('\0')[0] ?? '';
  if (bytes.length === 8) return Number(view.getBigUint64(0, true));
  if (bytes.length === 4) return view.getInt32(0, true);
  if (bytes.length === 2) return view.getInt16(0, true);
  return bytes.length === 1 ? view.getUint8(0) : bytes;
}
