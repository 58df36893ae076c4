/** setsockopt(2) and getsockopt(2) of TCP sockets: socket(7), ip(7), ipv6(7), tcp(7). */
import { checkCongestionControl } from '../option-ranges.ts';
import { POSIX } from './constants.ts';
import { ERRNO, type Errno } from './errno.ts';
import { setMd5Key } from './md5-keys.ts';
import { INERT_OPTIONS, type InertOption, NUMBER_OPTIONS, type NumberOption, takeNumber } from './number-options.ts';
import type { Linger, OptionValue } from './posix-call.ts';
import { keyOf, type SocketOptions } from './socket-options.ts';
import type { StreamFile } from './stream-file.ts';

/** SYN-ACKs that may be waited for, and seconds between two of them at most. */
const DEFERRED_MAX = 255;
const RETRY_SECONDS_MAX = 120;
/** What TCP_DELACK_MAX_US begins with. */
const DELAYED_ACK_MAX_US = 200_000;
/** Largest number in a segment's window field. */
const WINDOW_MAX = 0xffff;
/** Longest name or list of keys, characters. */
const TEXT_MAX = 80;
const P = POSIX;
const IP_TOS = NUMBER_OPTIONS.get(keyOf(P.SOL_IP, P.IP_TOS));
/** Best effort, bulk, interactive, interactive bulk. */
const RANKS = [0, 2, 6, 4];
const LEVELS: ReadonlySet<number> = new Set([P.SOL_SOCKET, P.SOL_IP, P.SOL_IPV6, P.SOL_TCP]);
/** What they do is told by SO_SNDBUF and SO_RCVBUF. */
const WRITE_ONLY: ReadonlySet<number> = new Set([
  keyOf(P.SOL_SOCKET, P.SO_SNDBUFFORCE),
  keyOf(P.SOL_SOCKET, P.SO_RCVBUFFORCE),
]);

/** IP options belong to the socket's family; IPv6 sockets have the IPv4 ones as well, for mapped addresses. */
export function isOfFamily(file: { readonly domain: number }, level: number): boolean {
  return level !== P.SOL_IPV6 || file.domain === P.AF_INET6;
}

/** setsockopt(2). Returns what went wrong, or null. */
export function setStreamOption(file: StreamFile, level: number, name: number, value: OptionValue): Errno | null {
  const key = keyOf(level, name);
  const option = NUMBER_OPTIONS.get(key);
  if (option !== undefined) return setNumber(file, option, value);
  if (level === P.SOL_SOCKET && name === P.SO_LINGER) return setLinger(file.options, value);
  if (level === P.SOL_TCP && name === P.TCP_CONGESTION) return setCongestion(file, value);
  if (level === P.SOL_TCP && name === P.TCP_FASTOPEN_KEY) return setFastOpenKey(file, value);
  if (level === P.SOL_TCP && (name === P.TCP_MD5SIG || name === P.TCP_MD5SIG_EXT)) return setMd5Key(file, name, value);
  if (level === P.SOL_TCP && name === P.TCP_DEFER_ACCEPT) return setDeferAccept(file, value);
  const inert = INERT_OPTIONS.get(key);
  return inert === undefined ? 'ENOPROTOOPT' : setInert(file.options, key, inert, value);
}

function setInert(options: SocketOptions, key: number, inert: InertOption, value: OptionValue): Errno | null {
  const number = typeof value === 'number' ? takeNumber(inert, value === inert.one ? 1 : value) : null;
  if (number === null) return 'EINVAL';
  if (inert.isForgotten) return null;
  options.inert = new Map([...(options.inert ?? []), [key, number]]);
  return null;
}

function setNumber(file: StreamFile, option: NumberOption, value: OptionValue): Errno | null {
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'EINVAL';
  const { key } = option;
  let number = takeNumber(option, value);
  if (number === null) return 'EINVAL';
  if (key === 'receiveLowat') number = lowatFor(file, value);
  const refused = file.refuses(key, number);
  if (refused !== null) return refused;
  // ECN's two bits are the stack's (ip(7)).
  if (key === 'trafficClass') number = Math.max(0, number) & ~3;
  if (option === IP_TOS && number !== file.options.trafficClass) setPriority(file.options, number);
  if (key === 'fastOpenQueue') number = Math.min(number, file.stack.tcp.settings.somaxconn);
  file.options[key] = number;
  file.optionChanged(key);
  return null;
}

/** The type of service ranks a socket's packets (ip(7)): bulk, interactive, both; by its four bits of old, pairs of two. */
function setPriority(options: SocketOptions, trafficClass: number): void {
  const rank = RANKS[(trafficClass >> 3) & 3] ?? 0;
  options.inert = new Map([...(options.inert ?? []), [keyOf(P.SOL_SOCKET, P.SO_PRIORITY), rank]]);
}

/** SO_RCVLOWAT: less than nothing means as much as can be, which is half of what the buffer may hold. */
function lowatFor(file: StreamFile, value: number): number {
  const { options, stack } = file;
  const most = options.receiveBuffer === 0 ? stack.tcp.settings.rmem_max >> 1 : options.receiveBuffer;
  return Math.max(1, value < 0 ? most : Math.min(value, most));
}

/** Seconds, kept as the number of SYN-ACKs that take so long: one, two, four seconds apart, and so on (tcp(7)). */
function setDeferAccept(file: StreamFile, value: OptionValue): Errno | null {
  if (typeof value !== 'number') return 'EINVAL';
  let retries = value > 0 ? 1 : 0;
  while (retries > 0 && retries < DEFERRED_MAX && value > deferredSeconds(retries)) retries++;
  file.options.deferredRetries = retries;
  file.optionChanged('deferredRetries');
  return null;
}

function deferredSeconds(retries: number): number {
  let seconds = 0;
  for (let index = 0; index < retries; index++) seconds += Math.min(2 ** index, RETRY_SECONDS_MAX);
  return seconds;
}

function setLinger(options: SocketOptions, value: OptionValue): Errno | null {
  if (typeof value !== 'object' || !('onoff' in value)) return 'EINVAL';
  const { onoff, linger }: Linger = value;
  options.isLingering = onoff !== 0;
  if (options.isLingering) options.lingerSeconds = Math.max(0, linger);
  return null;
}

function setCongestion(file: StreamFile, value: OptionValue): Errno | null {
  const name = textOf(value);
  if (name === null) return 'EINVAL';
  try {
    file.options.congestion = checkCongestionControl(name);
  } catch {
    return 'ENOENT';
  }
  file.optionChanged('congestion');
  return null;
}

/** A name, given as text or as the octets of one, up to a zero. */
function textOf(value: OptionValue): string | null {
  if (typeof value === 'string') return value;
  if (!(value instanceof Uint8Array)) return null;
  const zero = value.indexOf(0);
  return String.fromCharCode(...value.subarray(0, Math.min(zero < 0 ? value.length : zero, TEXT_MAX)));
}

/** Sixteen or thirty-two octets, or hexadecimal keys as the setting has them, comma between. */
function setFastOpenKey(file: StreamFile, value: OptionValue): Errno | null {
  if (file.connection !== null || file.listening !== null) return 'EINVAL';
  const octets = typeof value === 'string' ? Uint8Array.from(value, (octet) => octet.charCodeAt(0) & 0xff) : value;
  const raw = octets instanceof Uint8Array ? hexKeys(octets) : null;
  const keys = raw ?? textOf(value)?.split(',') ?? null;
  if (keys === null) return 'EINVAL';
  if (!keys.every((key) => /^[0-9a-f]{8}(?:-[0-9a-f]{8}){3}$/i.test(key)) || keys.length > 2) return 'EINVAL';
  file.options.fastOpenKeys = keys;
  return null;
}

/** A key is four 32-bit words, the setting's notation has them in big-endian digits. */
function hexKeys(bytes: Uint8Array): string[] | null {
  if (bytes.length !== 16 && bytes.length !== 32) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const keys: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const words = [0, 4, 8, 12].map((word) =>
      view
        .getUint32(at + word, true)
        .toString(16)
        .padStart(8, '0'),
    );
    keys.push(words.join('-'));
  }
  return keys;
}

/** getsockopt(2). An errno as `errno`, else the value. */
export function getStreamOption(
  file: StreamFile,
  level: number,
  name: number,
): OptionValue | { readonly errno: Errno } {
  const live = level === P.SOL_SOCKET ? socketLevel(file, name) : liveOption(file, level, name);
  if (live !== null) return live;
  if (!isOfFamily(file, level) || !LEVELS.has(level))
    return { errno: file.domain === P.AF_INET ? 'EOPNOTSUPP' : 'ENOPROTOOPT' };
  const key = keyOf(level, name);
  const option = NUMBER_OPTIONS.get(key);
  if (option !== undefined && !WRITE_ONLY.has(key)) return file.options[option.key];
  const inert = INERT_OPTIONS.get(key);
  return inert === undefined ? { errno: 'ENOPROTOOPT' } : (file.options.inert?.get(key) ?? inert.first);
}

function socketLevel(file: StreamFile, name: number): OptionValue | null {
  const { options } = file;
  switch (name) {
    case P.SO_ERROR: {
      const errno = file.takeAnyError();
      return errno === null ? 0 : ERRNO[errno];
    }
    case P.SO_TYPE:
      return P.SOCK_STREAM;
    case P.SO_PROTOCOL:
      return P.IPPROTO_TCP;
    case P.SO_DOMAIN:
      return file.domain;
    case P.SO_ACCEPTCONN:
      return file.listening === null ? 0 : 1;
    case P.SO_SNDLOWAT:
      return 1;
    case P.SO_RCVTIMEO:
      return Math.max(0, options.receiveTimeoutUs);
    case P.SO_SNDTIMEO:
      return Math.max(0, options.sendTimeoutUs);
    case P.SO_LINGER:
      return { onoff: options.isLingering ? 1 : 0, linger: options.lingerSeconds };
    case P.SO_SNDBUF:
      return file.sendBufferSize;
    case P.SO_RCVBUF:
      return file.receiveBufferSize;
    default:
      return null;
  }
}

function liveOption(file: StreamFile, level: number, name: number): OptionValue | { readonly errno: Errno } | null {
  const { options, stack, connection } = file;
  const { settings } = stack.tcp;
  switch (keyOf(level, name)) {
    case keyOf(P.SOL_IP, P.IP_MTU):
    case keyOf(P.SOL_IPV6, P.IPV6_MTU):
      return connection?.tcb?.path.pathMtu ?? { errno: 'ENOTCONN' };
    case keyOf(P.SOL_IP, P.IP_TTL):
    case keyOf(P.SOL_IPV6, P.IPV6_UNICAST_HOPS):
      return options.hopLimit === -1 ? settings.default_hop_limit : options.hopLimit;
    case keyOf(P.SOL_TCP, P.TCP_MAXSEG):
      return file.maxSegmentSize;
    case keyOf(P.SOL_TCP, P.TCP_KEEPIDLE):
      return options.keepIdleSeconds || settings.keepalive_time;
    case keyOf(P.SOL_TCP, P.TCP_KEEPINTVL):
      return options.keepIntervalSeconds || settings.keepalive_intvl;
    case keyOf(P.SOL_TCP, P.TCP_KEEPCNT):
      return options.keepCount || settings.keepalive_probes;
    case keyOf(P.SOL_TCP, P.TCP_SYNCNT):
      return options.synCount || settings.syn_retries;
    case keyOf(P.SOL_TCP, P.TCP_LINGER2):
      return options.linger2Seconds || settings.fin_timeout;
    case keyOf(P.SOL_TCP, P.TCP_QUICKACK):
      return (connection?.tcb == null ? options.quickAck === 0 : connection.tcb.isInteractive) ? 0 : 1;
    case keyOf(P.SOL_TCP, P.TCP_WINDOW_CLAMP):
      return windowClampOf(file);
    case keyOf(P.SOL_TCP, P.TCP_USER_TIMEOUT):
      return options.userTimeoutMs || (connection?.userTimeoutMs ?? 0);
    case keyOf(P.SOL_TCP, P.TCP_CONGESTION):
      return connection?.congestionControl || options.congestion || settings.congestion_control;
    case keyOf(P.SOL_TCP, P.TCP_INFO):
      return file.tcpInfo();
    case keyOf(P.SOL_TCP, P.TCP_DEFER_ACCEPT):
      return deferredSeconds(options.deferredRetries);
    case keyOf(P.SOL_TCP, P.TCP_RTO_MIN_US):
      return options.rtoMinUs || settings.rto_min_us;
    case keyOf(P.SOL_TCP, P.TCP_RTO_MAX_MS):
      return options.rtoMaxMs || settings.rto_max_us / 1000;
    case keyOf(P.SOL_TCP, P.TCP_DELACK_MAX_US):
      return options.delayedAckMaxUs || DELAYED_ACK_MAX_US;
    case keyOf(P.SOL_TCP, P.TCP_FASTOPEN_KEY):
      return options.fastOpenKeys.join(',');
    default:
      return null;
  }
}

/** As it was set; before the handshake is over, where it was not, all that the offered scale can say. */
function windowClampOf({ connection, options, isOpening }: StreamFile): number {
  const tcb = connection?.tcb ?? null;
  if (isOpening && tcb !== null && options.windowClamp === 0) return WINDOW_MAX * 2 ** Math.max(0, tcb.offeredScale);
  return tcb?.receiveAccount?.clamp ?? options.windowClamp;
}
