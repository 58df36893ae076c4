/** The options of TCP sockets that are one number, as socket(7), ip(7), ipv6(7), tcp(7) and the kernel have them: what is taken, and what is told. */
import { WINDOW_CLAMP_MIN } from '../../tcp/input/receive-account.ts';
import { POSIX } from './constants.ts';
import { keyOf, type NumberKey } from './socket-options.ts';

/** How a number is taken. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /**
   * `flag`: anything but 0 is 1. `clamp`: moved into the range. `unsigned`: below zero is above 2^31; `amount`: the same, moved into the
   * range. `octet`: the lowest eight bits. Otherwise what is out of range is EINVAL.
   */
  readonly how?: 'flag' | 'clamp' | 'unsigned' | 'amount' | 'octet';
  /** Means the default, beside the range. */
  readonly reset?: number;
  /** What is less than this, but for 0, is raised to it. */
  readonly floor?: number;
}

/** One that changes something here. */
export interface NumberOption extends NumberRange {
  readonly key: NumberKey;
}

/** One that is only told back. */
export interface InertOption extends NumberRange {
  /** Before it is set. */
  readonly first: number;
  /** Means 1. */
  readonly one?: number;
  /** Taken, and forgotten. */
  readonly isForgotten?: boolean;
}

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);
/** Least and most bytes of a buffer, as the stack takes them. */
const BUFFER_MIN = 2304;
/** net.core.wmem_max and rmem_max as Linux 6.18 begins; who may force the size is bound by the type alone. */
const BUFFER_MAX = 2 ** 22;
const BUFFER_FORCED_MAX = 2 ** 30 - 1;

const FLAG: NumberRange = { min: 0, max: 1, how: 'flag' };
const BIT: NumberRange = { min: 0, max: 1 };
const ANY: NumberRange = { min: INT_MIN, max: INT_MAX };
const DISCOVER: NumberRange = { min: POSIX.IP_PMTUDISC_DONT, max: POSIX.IP_PMTUDISC_OMIT };

const P = POSIX;
const LEVELS: readonly (readonly [
  level: number,
  options: readonly (readonly [name: number, option: NumberOption])[],
])[] = [
  [
    P.SOL_SOCKET,
    [
      [P.SO_REUSEADDR, { key: 'reuseAddress', ...FLAG }],
      [P.SO_REUSEPORT, { key: 'reusePort', ...FLAG }],
      [P.SO_BROADCAST, { key: 'broadcast', ...FLAG }],
      [P.SO_SNDBUF, { key: 'sendBuffer', min: BUFFER_MIN, max: BUFFER_MAX, how: 'amount' }],
      [P.SO_RCVBUF, { key: 'receiveBuffer', min: BUFFER_MIN / 2, max: BUFFER_MAX, how: 'amount' }],
      [P.SO_SNDBUFFORCE, { key: 'sendBuffer', min: BUFFER_MIN, max: BUFFER_FORCED_MAX, how: 'clamp' }],
      [P.SO_RCVBUFFORCE, { key: 'receiveBuffer', min: BUFFER_MIN / 2, max: BUFFER_FORCED_MAX, how: 'clamp' }],
      [P.SO_KEEPALIVE, { key: 'keepAlive', ...FLAG }],
      [P.SO_OOBINLINE, { key: 'oobInline', ...FLAG }],
      [P.SO_RCVLOWAT, { key: 'receiveLowat', min: 1, max: INT_MAX, how: 'clamp' }],
      [P.SO_PEEK_OFF, { key: 'peekOffset', ...ANY }],
      [P.SO_MAX_PACING_RATE, { key: 'maxPacingRate', min: 0, max: 0xffff_ffff, how: 'unsigned' }],
      [P.SO_RCVTIMEO, { key: 'receiveTimeoutUs', min: -1, max: Number.MAX_SAFE_INTEGER }],
      [P.SO_SNDTIMEO, { key: 'sendTimeoutUs', min: -1, max: Number.MAX_SAFE_INTEGER }],
    ],
  ],
  [
    P.SOL_IP,
    [
      [P.IP_TOS, { key: 'trafficClass', min: 0, max: 255, how: 'octet' }],
      [P.IP_TTL, { key: 'hopLimit', min: 1, max: 255, reset: -1 }],
      [P.IP_MINTTL, { key: 'minHopLimit', min: 0, max: 255 }],
      [P.IP_MTU_DISCOVER, { key: 'mtuDiscover', ...DISCOVER }],
    ],
  ],
  [
    P.SOL_IPV6,
    [
      [P.IPV6_MTU_DISCOVER, { key: 'mtuDiscover', ...DISCOVER }],
      [P.IPV6_TCLASS, { key: 'trafficClass', min: 0, max: 255, reset: -1 }],
      [P.IPV6_UNICAST_HOPS, { key: 'hopLimit', min: 0, max: 255, reset: -1 }],
      [P.IPV6_MINHOPCOUNT, { key: 'minHopLimit', min: 0, max: 255 }],
      [P.IPV6_V6ONLY, { key: 'v6Only', ...FLAG }],
    ],
  ],
  [
    P.SOL_TCP,
    [
      [P.TCP_NODELAY, { key: 'noDelay', ...FLAG }],
      [P.TCP_CORK, { key: 'cork', ...FLAG }],
      [P.TCP_MAXSEG, { key: 'maxSegment', min: 88, max: 32_767, reset: 0 }],
      [P.TCP_KEEPIDLE, { key: 'keepIdleSeconds', min: 1, max: 32_767 }],
      [P.TCP_KEEPINTVL, { key: 'keepIntervalSeconds', min: 1, max: 32_767 }],
      [P.TCP_KEEPCNT, { key: 'keepCount', min: 1, max: 127 }],
      [P.TCP_SYNCNT, { key: 'synCount', min: 1, max: 127 }],
      [P.TCP_LINGER2, { key: 'linger2Seconds', min: -1, max: 120, how: 'clamp' }],
      [P.TCP_WINDOW_CLAMP, { key: 'windowClamp', ...ANY, floor: WINDOW_CLAMP_MIN }],
      [P.TCP_QUICKACK, { key: 'quickAck', ...ANY }],
      [P.TCP_USER_TIMEOUT, { key: 'userTimeoutMs', min: 0, max: INT_MAX }],
      [P.TCP_NOTSENT_LOWAT, { key: 'notsentLowat', min: 0, max: 0xffff_ffff, how: 'unsigned' }],
      [P.TCP_INQ, { key: 'wantsInq', ...BIT }],
      [P.TCP_SAVE_SYN, { key: 'saveSyn', min: 0, max: 2 }],
      [P.TCP_FASTOPEN, { key: 'fastOpenQueue', min: 0, max: INT_MAX }],
      [P.TCP_FASTOPEN_CONNECT, { key: 'fastOpenConnect', ...BIT }],
      [P.TCP_FASTOPEN_NO_COOKIE, { key: 'fastOpenNoCookie', ...BIT }],
      [P.TCP_THIN_LINEAR_TIMEOUTS, { key: 'thinLinear', ...BIT }],
      [P.TCP_RTO_MAX_MS, { key: 'rtoMaxMs', min: 1000, max: 120_000 }],
      [P.TCP_RTO_MIN_US, { key: 'rtoMinUs', min: 4000, max: 200_000 }],
      [P.TCP_DELACK_MAX_US, { key: 'delayedAckMaxUs', min: 4000, max: 200_000 }],
    ],
  ],
];

export const NUMBER_OPTIONS: ReadonlyMap<number, NumberOption> = new Map(
  LEVELS.flatMap(([level, options]) => options.map(([name, option]) => [keyOf(level, name), option] as const)),
);

const flags = (level: number, ...names: readonly number[]): [number, InertOption][] =>
  names.map((name) => [keyOf(level, name), { first: 0, ...FLAG }]);

/** Told back as they were set: queues, marks and routes of a kernel that no stack without them depends on. */
export const INERT_OPTIONS: ReadonlyMap<number, InertOption> = new Map([
  ...flags(P.SOL_SOCKET, P.SO_DEBUG, P.SO_DONTROUTE),
  [keyOf(P.SOL_SOCKET, P.SO_PRIORITY), { first: 0, ...ANY }],
  [keyOf(P.SOL_SOCKET, P.SO_MARK), { first: 0, ...ANY }],
  [keyOf(P.SOL_SOCKET, P.SO_BUSY_POLL), { first: 0, min: 0, max: INT_MAX }],
  [keyOf(P.SOL_SOCKET, P.SO_INCOMING_CPU), { first: -1, ...ANY }],
  // Octets are copied all the same, as MSG_ZEROCOPY is not there.
  [keyOf(P.SOL_SOCKET, P.SO_ZEROCOPY), { first: 0, ...BIT }],
  [keyOf(P.SOL_SOCKET, P.SO_TXREHASH), { first: 1, one: -1, ...BIT }],
  ...flags(
    P.SOL_IP,
    P.IP_RECVTTL,
    P.IP_RECVTOS,
    P.IP_FREEBIND,
    P.IP_TRANSPARENT,
    P.IP_BIND_ADDRESS_NO_PORT,
    P.IP_PKTINFO,
  ),
  ...flags(P.SOL_IPV6, P.IPV6_RECVTCLASS, P.IPV6_RECVHOPLIMIT, P.IPV6_RECVPKTINFO, P.IPV6_FREEBIND, P.IPV6_DONTFRAG),
  [keyOf(P.SOL_IPV6, P.IPV6_AUTOFLOWLABEL), { first: 1, ...FLAG }],
  // Nothing has come of it for years.
  [keyOf(P.SOL_TCP, P.TCP_THIN_DUPACK), { first: 0, isForgotten: true, ...BIT }],
] as [number, InertOption][]);

/** The number as it is kept; null: EINVAL. */
export function takeNumber(range: NumberRange, value: number): number | null {
  const { min, max, how, reset, floor } = range;
  let number = value;
  if (how === 'flag') number = value === 0 ? 0 : 1;
  else if (how === 'octet') number = value & 0xff;
  else if (how === 'unsigned') number = value >>> 0;
  else if (how === 'amount') number = Math.max(min, Math.min(max, value >>> 0));
  else if (how === 'clamp') number = Math.max(min, Math.min(max, value));
  else if (value !== reset && (value < min || value > max)) return null;
  return floor !== undefined && number !== 0 ? Math.max(number, floor) : number;
}
