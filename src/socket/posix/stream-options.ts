/** setsockopt(2) and getsockopt(2) of TCP sockets: socket(7), ip(7), ipv6(7), tcp(7). */
import { WINDOW_CLAMP_MIN } from '../../tcp/receive-account.ts';
import { checkCongestionControl } from '../option-ranges.ts';
import { POSIX } from './constants.ts';
import { ERRNO, type Errno } from './errno.ts';
import type { Linger, OptionValue } from './posix-call.ts';
import { keyOf, type NumberKey, type SocketOptions } from './socket-options.ts';
import type { StreamFile } from './stream-file.ts';

/** How a number is taken. */
interface NumberOption {
  readonly key: NumberKey;
  readonly min: number;
  readonly max: number;
  /** `flag`: anything but 0 is 1. `clamp`: moved into the range. `unsigned`: below zero is above 2^31. Otherwise what is out of range is EINVAL. */
  readonly how?: 'flag' | 'clamp' | 'unsigned';
  /** Means the default, beside the range. */
  readonly reset?: number;
  /** What is less than this, but for 0, is raised to it. */
  readonly floor?: number;
}

const INT_MAX = 2 ** 31 - 1;
const flag = (key: NumberKey): NumberOption => ({ key, min: 0, max: 1, how: 'flag' });

/** SYN-ACKs that may be waited for, and seconds between two of them at most. */
const DEFERRED_MAX = 255;
const RETRY_SECONDS_MAX = 120;
/** Longest name or list of keys, characters. */
const TEXT_MAX = 80;
/** Least and most bytes of a buffer, as the stack takes them. */
const BUFFER_MIN = 2304;
/** net.core.wmem_max and rmem_max as Linux 6.18 begins; who may force the size is bound by the type alone. */
const BUFFER_MAX = 2 ** 22;
const BUFFER_FORCED_MAX = 2 ** 30 - 1;

const P = POSIX;
const NUMBERS: ReadonlyMap<number, NumberOption> = new Map([
  [keyOf(P.SOL_SOCKET, P.SO_REUSEADDR), flag('reuseAddress')],
  [keyOf(P.SOL_SOCKET, P.SO_REUSEPORT), flag('reusePort')],
  [keyOf(P.SOL_SOCKET, P.SO_BROADCAST), flag('broadcast')],
  [keyOf(P.SOL_SOCKET, P.SO_SNDBUF), { key: 'sendBuffer', min: BUFFER_MIN, max: BUFFER_MAX, how: 'clamp' }],
  [keyOf(P.SOL_SOCKET, P.SO_RCVBUF), { key: 'receiveBuffer', min: BUFFER_MIN / 2, max: BUFFER_MAX, how: 'clamp' }],
  [keyOf(P.SOL_SOCKET, P.SO_SNDBUFFORCE), { key: 'sendBuffer', min: BUFFER_MIN, max: BUFFER_FORCED_MAX, how: 'clamp' }],
  [
    keyOf(P.SOL_SOCKET, P.SO_RCVBUFFORCE),
    { key: 'receiveBuffer', min: BUFFER_MIN / 2, max: BUFFER_FORCED_MAX, how: 'clamp' },
  ],
  [keyOf(P.SOL_SOCKET, P.SO_KEEPALIVE), flag('keepAlive')],
  [keyOf(P.SOL_SOCKET, P.SO_OOBINLINE), flag('oobInline')],
  [keyOf(P.SOL_SOCKET, P.SO_RCVLOWAT), { key: 'receiveLowat', min: 1, max: INT_MAX, how: 'clamp' }],
  [keyOf(P.SOL_SOCKET, P.SO_MAX_PACING_RATE), { key: 'maxPacingRate', min: 0, max: 0xffff_ffff, how: 'unsigned' }],
  [keyOf(P.SOL_SOCKET, P.SO_RCVTIMEO), { key: 'receiveTimeoutUs', min: 0, max: Number.MAX_SAFE_INTEGER }],
  [keyOf(P.SOL_SOCKET, P.SO_SNDTIMEO), { key: 'sendTimeoutUs', min: 0, max: Number.MAX_SAFE_INTEGER }],
  [keyOf(P.SOL_IP, P.IP_TOS), { key: 'trafficClass', min: 0, max: 255 }],
  [keyOf(P.SOL_IP, P.IP_TTL), { key: 'hopLimit', min: 1, max: 255, reset: -1 }],
  [keyOf(P.SOL_IP, P.IP_MTU_DISCOVER), { key: 'mtuDiscover', min: P.IP_PMTUDISC_DONT, max: P.IP_PMTUDISC_OMIT }],
  [keyOf(P.SOL_IPV6, P.IPV6_MTU_DISCOVER), { key: 'mtuDiscover', min: P.IP_PMTUDISC_DONT, max: P.IP_PMTUDISC_OMIT }],
  [keyOf(P.SOL_IPV6, P.IPV6_TCLASS), { key: 'trafficClass', min: 0, max: 255 }],
  [keyOf(P.SOL_IPV6, P.IPV6_UNICAST_HOPS), { key: 'hopLimit', min: 1, max: 255, reset: -1 }],
  [keyOf(P.SOL_IPV6, P.IPV6_V6ONLY), flag('v6Only')],
  [keyOf(P.SOL_TCP, P.TCP_NODELAY), flag('noDelay')],
  [keyOf(P.SOL_TCP, P.TCP_CORK), flag('cork')],
  [keyOf(P.SOL_TCP, P.TCP_MAXSEG), { key: 'maxSegment', min: 88, max: 32_767, reset: 0 }],
  [keyOf(P.SOL_TCP, P.TCP_KEEPIDLE), { key: 'keepIdleSeconds', min: 1, max: 32_767 }],
  [keyOf(P.SOL_TCP, P.TCP_KEEPINTVL), { key: 'keepIntervalSeconds', min: 1, max: 32_767 }],
  [keyOf(P.SOL_TCP, P.TCP_KEEPCNT), { key: 'keepCount', min: 1, max: 127 }],
  [keyOf(P.SOL_TCP, P.TCP_SYNCNT), { key: 'synCount', min: 1, max: 127 }],
  [keyOf(P.SOL_TCP, P.TCP_LINGER2), { key: 'linger2Seconds', min: -1, max: 120, how: 'clamp' }],
  [keyOf(P.SOL_TCP, P.TCP_WINDOW_CLAMP), { key: 'windowClamp', min: 0, max: INT_MAX, floor: WINDOW_CLAMP_MIN }],
  [keyOf(P.SOL_TCP, P.TCP_QUICKACK), flag('quickAck')],
  [keyOf(P.SOL_TCP, P.TCP_USER_TIMEOUT), { key: 'userTimeoutMs', min: 0, max: 2 ** 27 }],
  [keyOf(P.SOL_TCP, P.TCP_NOTSENT_LOWAT), { key: 'notsentLowat', min: 0, max: 0xffff_ffff, how: 'unsigned' }],
  [keyOf(P.SOL_TCP, P.TCP_INQ), { key: 'wantsInq', min: 0, max: 1 }],
  [keyOf(P.SOL_TCP, P.TCP_FASTOPEN), { key: 'fastOpenQueue', min: 0, max: INT_MAX }],
  [keyOf(P.SOL_TCP, P.TCP_FASTOPEN_CONNECT), { key: 'fastOpenConnect', min: 0, max: 1 }],
  [keyOf(P.SOL_TCP, P.TCP_FASTOPEN_NO_COOKIE), { key: 'fastOpenNoCookie', min: 0, max: 1 }],
]);

/** Told back as they were set: queues, marks and routes of a kernel that no stack without them depends on. */
const INERT: ReadonlySet<number> = new Set([
  ...[P.SO_DEBUG, P.SO_DONTROUTE, P.SO_PRIORITY, P.SO_MARK, P.SO_BUSY_POLL, P.SO_INCOMING_CPU, P.SO_TXREHASH].map(
    (name) => keyOf(P.SOL_SOCKET, name),
  ),
  ...[P.IP_RECVTTL, P.IP_RECVTOS, P.IP_FREEBIND, P.IP_TRANSPARENT, P.IP_BIND_ADDRESS_NO_PORT].map((name) =>
    keyOf(P.SOL_IP, name),
  ),
  ...[P.IPV6_RECVTCLASS, P.IPV6_AUTOFLOWLABEL, P.IPV6_FREEBIND].map((name) => keyOf(P.SOL_IPV6, name)),
  ...[P.TCP_THIN_LINEAR_TIMEOUTS, P.TCP_THIN_DUPACK].map((name) => keyOf(P.SOL_TCP, name)),
]);

function setInert(options: SocketOptions, key: number, value: OptionValue): Errno | null {
  if (typeof value !== 'number') return 'EINVAL';
  options.inert = new Map([...(options.inert ?? []), [key, value]]);
  return null;
}

/** IP options belong to the socket's family; IPv6 sockets have the IPv4 ones as well, for mapped addresses. */
function isOfFamily(file: StreamFile, level: number): boolean {
  return level !== P.SOL_IPV6 || file.domain === P.AF_INET6;
}

/** setsockopt(2). Returns what went wrong, or null. */
export function setStreamOption(file: StreamFile, level: number, name: number, value: OptionValue): Errno | null {
  const option = NUMBERS.get(keyOf(level, name));
  if (option !== undefined && isOfFamily(file, level)) return setNumber(file, option, value);
  if (level === P.SOL_SOCKET && name === P.SO_LINGER) return setLinger(file.options, value);
  if (level === P.SOL_TCP && name === P.TCP_CONGESTION) return setCongestion(file, value);
  if (level === P.SOL_TCP && name === P.TCP_FASTOPEN_KEY) return setFastOpenKey(file, value);
  if (level === P.SOL_TCP && name === P.TCP_DEFER_ACCEPT) return setDeferAccept(file, value);
  if (INERT.has(keyOf(level, name)) && isOfFamily(file, level))
    return setInert(file.options, keyOf(level, name), value);
  return 'ENOPROTOOPT';
}

function setNumber(file: StreamFile, option: NumberOption, value: OptionValue): Errno | null {
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'EINVAL';
  const { key, min, max, how, reset } = option;
  let number = value;
  if (how === 'flag') number = value === 0 ? 0 : 1;
  else if (how === 'clamp') number = Math.max(min, Math.min(max, value));
  else if (how === 'unsigned') number = value >>> 0;
  else if (value !== reset && (value < min || value > max)) return 'EINVAL';
  if (option.floor !== undefined && number !== 0) number = Math.max(number, option.floor);
  if (key === 'receiveLowat') number = lowatFor(file, value);
  const refused = file.refuses(key, number);
  if (refused !== null) return refused;
  // ECN's two bits are the stack's (ip(7)).
  if (key === 'trafficClass') number &= ~3;
  file.options[key] = number;
  file.optionChanged(key);
  return null;
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
  options.lingerSeconds = Math.max(0, linger);
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
  if (!isOfFamily(file, level)) return { errno: 'ENOPROTOOPT' };
  const option = NUMBERS.get(keyOf(level, name));
  if (option !== undefined) return file.options[option.key];
  return INERT.has(keyOf(level, name)) ? (file.options.inert?.get(keyOf(level, name)) ?? 0) : { errno: 'ENOPROTOOPT' };
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
      return connection?.tcb?.pathMtu ?? { errno: 'ENOTCONN' };
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
      return connection?.tcb == null ? options.quickAck : connection.tcb.isInteractive ? 0 : 1;
    case keyOf(P.SOL_TCP, P.TCP_WINDOW_CLAMP):
      return connection?.tcb?.receiveAccount?.clamp ?? options.windowClamp;
    case keyOf(P.SOL_TCP, P.TCP_USER_TIMEOUT):
      return connection?.userTimeoutMs ?? options.userTimeoutMs;
    case keyOf(P.SOL_TCP, P.TCP_CONGESTION):
      return connection?.congestionControl || options.congestion || settings.congestion_control;
    case keyOf(P.SOL_TCP, P.TCP_INFO):
      return file.tcpInfo();
    case keyOf(P.SOL_TCP, P.TCP_DEFER_ACCEPT):
      return deferredSeconds(options.deferredRetries);
    case keyOf(P.SOL_TCP, P.TCP_FASTOPEN_KEY):
      return options.fastOpenKeys.join(',');
    default:
      return null;
  }
}
