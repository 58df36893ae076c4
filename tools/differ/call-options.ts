/** Socket options by name, and values to set them to: usual ones, the ends of their ranges, and what is beyond. */

type Level = 'SOL_SOCKET' | 'SOL_IP' | 'SOL_TCP' | 'SOL_IPV6';

const FLAG = [0, 1, 1, 2, -1];
const SMALL = [-1, 0, 1, 2, 10, 255, 256, 32_767, 32_768];
const SIZES = [-1, 0, 1, 1000, 5000, 20_000, 100_000, 2_000_000_000];

/** What is set, and to what. */
export const CHANGES: readonly (readonly [level: Level, name: string, values: readonly number[]])[] = [
  ['SOL_SOCKET', 'SO_REUSEADDR', FLAG],
  ['SOL_SOCKET', 'SO_REUSEPORT', FLAG],
  ['SOL_SOCKET', 'SO_KEEPALIVE', FLAG],
  ['SOL_SOCKET', 'SO_OOBINLINE', FLAG],
  ['SOL_SOCKET', 'SO_OOBINLINE', FLAG],
  ['SOL_SOCKET', 'SO_SNDBUF', SIZES],
  ['SOL_SOCKET', 'SO_RCVBUF', SIZES],
  ['SOL_SOCKET', 'SO_RCVLOWAT', [-1, 0, 1, 100, 1000]],
  ['SOL_SOCKET', 'SO_PRIORITY', [-1, 0, 6, 7, 100]],
  ['SOL_SOCKET', 'SO_MARK', [0, 5]],
  ['SOL_SOCKET', 'SO_PEEK_OFF', [-1, 0, 10]],
  ['SOL_SOCKET', 'SO_BROADCAST', FLAG],
  ['SOL_SOCKET', 'SO_DONTROUTE', FLAG],
  ['SOL_SOCKET', 'SO_TYPE', [1]],
  ['SOL_SOCKET', 'SO_ERROR', [0]],
  ['SOL_SOCKET', 'SO_ACCEPTCONN', [1]],
  ['SOL_SOCKET', 'SO_SNDLOWAT', [1]],
  ['SOL_IP', 'IP_TOS', [-1, 0, 1, 0x10, 0xff, 0x100]],
  ['SOL_IP', 'IP_TTL', [-1, 0, 1, 64, 255, 256]],
  ['SOL_IP', 'IP_MTU_DISCOVER', [-1, 0, 1, 2, 3, 4, 5, 6]],
  ['SOL_IP', 'IP_MTU', [1500]],
  ['SOL_IP', 'IP_MINTTL', [-1, 0, 5, 256]],
  ['SOL_IP', 'IP_RECVTTL', FLAG],
  ['SOL_IP', 'IP_RECVTOS', FLAG],
  ['SOL_IP', 'IP_FREEBIND', FLAG],
  ['SOL_IPV6', 'IPV6_V6ONLY', FLAG],
  ['SOL_TCP', 'TCP_NODELAY', FLAG],
  ['SOL_TCP', 'TCP_CORK', FLAG],
  ['SOL_TCP', 'TCP_MAXSEG', [-1, 0, 87, 88, 700, 1460, 32_767, 32_768]],
  ['SOL_TCP', 'TCP_KEEPIDLE', SMALL],
  ['SOL_TCP', 'TCP_KEEPINTVL', SMALL],
  ['SOL_TCP', 'TCP_KEEPCNT', [-1, 0, 1, 127, 128]],
  ['SOL_TCP', 'TCP_SYNCNT', [-1, 0, 1, 127, 128]],
  ['SOL_TCP', 'TCP_LINGER2', [-2, -1, 0, 1, 60, 120, 121]],
  ['SOL_TCP', 'TCP_DEFER_ACCEPT', [-1, 0, 1, 2, 3, 10, 1000]],
  ['SOL_TCP', 'TCP_WINDOW_CLAMP', [-1, 0, 1, 1000, 5000, 100_000]],
  ['SOL_TCP', 'TCP_INFO', [1]],
  ['SOL_TCP', 'TCP_QUICKACK', [-1, 0, 1, 2]],
  ['SOL_TCP', 'TCP_USER_TIMEOUT', [-1, 0, 500, 30_000]],
  ['SOL_TCP', 'TCP_NOTSENT_LOWAT', [-1, 0, 1, 2000]],
  ['SOL_TCP', 'TCP_INQ', FLAG],
  ['SOL_TCP', 'TCP_INQ', [1]],
  ['SOL_TCP', 'TCP_SAVE_SYN', [-1, 0, 1, 2, 3]],
  ['SOL_TCP', 'TCP_SAVED_SYN', [1]],
  ['SOL_TCP', 'TCP_FASTOPEN', [-1, 0, 5]],
  ['SOL_TCP', 'TCP_FASTOPEN_CONNECT', FLAG],
  ['SOL_TCP', 'TCP_FASTOPEN_NO_COOKIE', FLAG],
  ['SOL_TCP', 'TCP_THIN_LINEAR_TIMEOUTS', FLAG],
  ['SOL_TCP', 'TCP_THIN_DUPACK', FLAG],
  ['SOL_TCP', 'TCP_RTO_MAX_MS', [0, 1000, 120_001]],
];

const ONLY_READ: readonly (readonly [level: Level, name: string])[] = [
  ['SOL_SOCKET', 'SO_DOMAIN'],
  ['SOL_SOCKET', 'SO_PROTOCOL'],
  ['SOL_SOCKET', 'SO_ERROR'],
  ['SOL_SOCKET', 'SO_ERROR'],
  ['SOL_TCP', 'TCP_CONGESTION'],
];

/** What is asked for; their values are numbers. */
export const CALL_OPTIONS: readonly (readonly [level: Level, name: string])[] = [
  ...new Map(
    [...CHANGES.map(([level, name]) => [level, name] as const), ...ONLY_READ]
      .filter(([, name]) => !['TCP_INFO', 'TCP_CONGESTION'].includes(name))
      .map((option) => [option.join(), option] as const),
  ).values(),
];
