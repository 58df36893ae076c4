/** TCP_MD5SIG and TCP_MD5SIG_EXT (tcp(7)): keys of RFC 2385, on sockets before and after they connect or listen. */
import { Address, Prefix } from '../../base/address.ts';
import type { Stack } from '../../stack/stack.ts';
import { Md5Key, type TcpAuthOptions } from '../../tcp/auth/keys.ts';
import { Md5Connection } from '../../tcp/auth/md5-connection.ts';
import type { ListenSocket } from '../listen-socket.ts';
import type { StreamSocket } from '../stream-socket.ts';
import { POSIX } from './constants.ts';
import type { Errno } from './errno.ts';
import type { OptionValue } from './posix-call.ts';
import type { Md5KeyOfPeer, SocketOptions } from './socket-options.ts';

const KEY_LENGTH_MAX = 80;
const V4_BITS = 32;
const V6_BITS = 128;
/** Octets of ::ffff:0:0/96 before an IPv4 address. */
const MAPPED_BITS = 96;

/** The socket that keys are for. */
export interface KeyedFile {
  readonly stack: Stack;
  readonly domain: number;
  readonly options: SocketOptions;
  readonly listening: ListenSocket | null;
  readonly connection: StreamSocket | null;
}

/** setsockopt(2). Returns what went wrong, or null. */
export function setMd5Key(file: KeyedFile, name: number, value: OptionValue): Errno | null {
  if (file.stack.tcp.authAlgorithms === null) return 'ENOPROTOOPT';
  if (typeof value !== 'object' || !('keyLength' in value)) return 'EINVAL';
  const { address, flags, prefixLength, keyLength, key } = value;
  const isPrefix = name === POSIX.TCP_MD5SIG_EXT && (flags & POSIX.TCP_MD5SIG_FLAG_PREFIX) !== 0;
  const peer = peerOf(file.domain, address, isPrefix ? prefixLength : null);
  if (peer === null || keyLength > KEY_LENGTH_MAX) return 'EINVAL';
  const { options } = file;
  const others = options.md5Keys.filter((known) => known.peer !== peer);
  if (keyLength === 0 && others.length === options.md5Keys.length) return 'ENOENT';
  const added = keyLength === 0 ? null : { peer, key: key.slice(0, keyLength) };
  options.md5Keys = added === null ? others : [...others, added];
  tellListener(file, peer, added);
  tellConnection(file);
  return null;
}

/** Address and prefix in the stack's form, null when they cannot be of this family. */
function peerOf(domain: number, text: string, prefixLength: number | null): string | null {
  const address = Address.tryParse(text);
  if (address === null || (address.family === 6) !== (domain === POSIX.AF_INET6)) return null;
  const bits = domain === POSIX.AF_INET6 ? V6_BITS : V4_BITS;
  const length = prefixLength ?? bits;
  if (length > bits) return null;
  const v4 = mappedIn(text);
  if (v4 === null) return Prefix.parse(`${text}/${length}`).toString();
  return length < MAPPED_BITS ? null : Prefix.parse(`${v4}/${length - MAPPED_BITS}`).toString();
}

/** The IPv4 address in a mapped one. */
function mappedIn(text: string): string | null {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1] ?? null;
}

/** What connect(2) signs with: the keys that are for this peer. */
export function keysFor(keys: readonly Md5KeyOfPeer[], remote: string): TcpAuthOptions | null {
  const address = Address.parse(remote);
  const md5 = keys.filter(({ peer }) => Prefix.parse(peer).contains(address));
  return md5.length === 0 ? null : { md5 };
}

function tellListener({ listening }: KeyedFile, peer: string, added: Md5KeyOfPeer | null): void {
  if (listening === null) return;
  listening.keys.removeMd5({ peer });
  if (added !== null) listening.keys.addMd5(added);
}

/** A connection signs with its key of now. */
function tellConnection({ connection, options }: KeyedFile): void {
  const tcb = connection?.tcb ?? null;
  if (tcb === null || (tcb.auth !== null && !(tcb.auth instanceof Md5Connection))) return;
  const [best] = (keysFor(options.md5Keys, tcb.key.remoteAddress.toString())?.md5 ?? [])
    .map((key) => new Md5Key(key))
    .sort((a, b) => b.scope.prefixLength - a.scope.prefixLength);
  tcb.auth = best === undefined ? null : new Md5Connection(best);
}
