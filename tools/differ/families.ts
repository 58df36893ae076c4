/** Kinds of scripts: which settings are drawn, and how often what is done. Add a family here; `npm run differ -- --family NAME` plays it. */
import { CALL_ACTIONS, URGENT_ACTIONS } from './call-actions.ts';
import { OPENING_ACTIONS, openForCalls, whenOpen } from './call-openings.ts';
import type { Dice } from './dice.ts';
import { type Family, OPTIONS_OF_SYN, PAUSES, ROUND_TRIPS_US, weigh } from './family.ts';
import type { OpeningStyle } from './opening.ts';
import { connectOddly } from './opening-active.ts';
import { openFast } from './opening-fast.ts';
import { openOddly } from './opening-passive.ts';
import { crowd } from './opening-queue.ts';
import type { Action } from './program-actions.ts';
import { BUFFERS, RECEIVING } from './receiving.ts';
import type { Lateness } from './world.ts';

const CALLS: Readonly<Record<string, Action>> = { ...CALL_ACTIONS, ...OPENING_ACTIONS, ...URGENT_ACTIONS };

const LIFECYCLE: Family = {
  name: 'lifecycle',
  settings: { ...OPTIONS_OF_SYN, tcp_fin_timeout: ['1', '5'], tcp_rfc1337: ['1'], tcp_abort_on_overflow: ['1'] },
  always: [],
  before: ['setsockopt(FD, SOL_TCP, TCP_NODELAY, [1], 4)', 'setsockopt(FD, SOL_TCP, TCP_LINGER2, [1], 4)'],
  steps: [4, 16],
  manners: (dice) => ({
    roundTripUs: dice.of(ROUND_TRIPS_US),
    lossPercent: dice.of([0, 0, 10]),
    peerLossPercent: dice.of([0, 0, 10]),
    acknowledges: dice.of(['each', 'pairs', 'last', 'later']),
    probePercent: 40,
    pausesMs: PAUSES,
  }),
  actions: weigh({
    ...{ write: 8, read: 5, readAll: 5, poll: 4, error: 2, inQueue: 1, outQueue: 1, sendMore: 1 },
    ...{ shutdownWrite: 3, shutdownRead: 1, shutdownBoth: 1, close: 4, linger: 1 },
    ...{ text: 8, texts: 2, again: 3, anyAgain: 1, overlapping: 1, fin: 5, reset: 2, oldAck: 1, futureAck: 1 },
    ...{ sameAck: 2, window: 1, probe: 1, syn: 1, withoutStamp: 1, oldStamp: 1, beyondWindow: 1 },
  }),
};

const SENDING: Family = {
  name: 'sending',
  settings: {
    ...OPTIONS_OF_SYN,
    tcp_recovery: ['0', '1'],
    tcp_early_retrans: ['0'],
    tcp_frto: ['0'],
    tcp_slow_start_after_idle: ['0', '1'],
    tcp_reordering: ['5'],
    tcp_thin_linear_timeouts: ['1'],
    tcp_limit_output_bytes: ['1048576'],
    tcp_min_tso_segs: ['1', '4'],
  },
  always: [],
  before: ['setsockopt(FD, SOL_TCP, TCP_NODELAY, [1], 4)', 'setsockopt(FD, SOL_SOCKET, SO_SNDBUF, [20000], 4)'],
  steps: [4, 14],
  manners: (dice) => ({
    roundTripUs: dice.of([20_000, 50_000, 100_000]),
    lossPercent: dice.of([0, 5, 15, 40]),
    peerLossPercent: 0,
    acknowledges: dice.weighted([
      [5, 'each'],
      [3, 'pairs'],
      [2, 'last'],
      [1, 'later'],
      [1, 'never'],
    ]),
    probePercent: 60,
    pausesMs: [...PAUSES, [3, 150], [2, 400]],
  }),
  actions: weigh({
    ...{ write: 10, writeMuch: 6, sendMore: 2, sendRecord: 2, outQueue: 1, nodelay: 1, cork: 1, poll: 1 },
    ...{ sameAck: 3, window: 3, oldAck: 1, text: 1, shutdownWrite: 1, close: 1, notSentLowMark: 1, fin: 1 },
  }),
};

/** The same under the simpler control. */
const RENO: Family = {
  ...SENDING,
  name: 'reno',
  always: ['net.ipv4.tcp_congestion_control=reno'],
};

const OPTIONS: Family = {
  ...LIFECYCLE,
  name: 'options',
  settings: { ...OPTIONS_OF_SYN, tcp_keepalive_time: ['1'], tcp_retries2: ['3'], tcp_autocorking: ['0'] },
  before: [
    ...['setsockopt(FD, SOL_TCP, TCP_MAXSEG, [700], 4)', 'setsockopt(FD, SOL_TCP, TCP_DEFER_ACCEPT, [1], 4)'],
    ...['setsockopt(FD, SOL_TCP, TCP_QUICKACK, [0], 4)', 'setsockopt(FD, SOL_SOCKET, SO_KEEPALIVE, [1], 4)'],
    ...['setsockopt(FD, SOL_TCP, TCP_USER_TIMEOUT, [1000], 4)', 'setsockopt(FD, SOL_TCP, TCP_CORK, [1], 4)'],
  ],
  steps: [4, 20],
  actions: weigh({
    ...{ write: 8, sendMore: 3, sendRecord: 3, readAll: 4, poll: 2, outQueue: 1, nodelay: 3, cork: 3, quickack: 2 },
    ...{
      linger: 1,
      keepAlive: 2,
      userTimeout: 2,
      receiveBuffer: 1,
      sendBuffer: 1,
      receiveLowMark: 1,
      notSentLowMark: 1,
    },
    ...{ text: 6, again: 2, sameAck: 2, window: 2, probe: 1, shutdownWrite: 1, close: 1, fin: 1 },
  }),
};

const ACCURATE_ECN: Family = {
  ...SENDING,
  name: 'accurate-ecn',
  ecn: 'accurate',
  settings: { ...OPTIONS_OF_SYN, tcp_ecn_option: ['0', '1'], tcp_ecn_option_beacon: ['0', '1'] },
  always: ['net.ipv4.tcp_ecn=1'],
  before: ['setsockopt(FD, SOL_TCP, TCP_NODELAY, [1], 4)'],
  actions: weigh({
    ...{ write: 8, writeMuch: 4, read: 3, readAll: 3, shutdownWrite: 1, close: 1 },
    ...{ text: 8, texts: 6, again: 4, anyAgain: 1, overlapping: 2, sameAck: 3, oldAck: 1, fin: 1, reset: 1 },
  }),
};

const SETTINGS_OF_OPENING = {
  ...OPTIONS_OF_SYN,
  tcp_ecn: ['0', '1', '2'],
  tcp_ecn_fallback: ['0'],
  tcp_syncookies: ['0', '1', '2'],
  tcp_synack_retries: ['0', '1', '2'],
  tcp_syn_retries: ['1', '2'],
  tcp_syn_linear_timeouts: ['0', '1', '4'],
  tcp_abort_on_overflow: ['1'],
  tcp_max_syn_backlog: ['1', '3'],
  tcp_min_snd_mss: ['300'],
};

/** Handshakes that do not go as they should. */
const OPENING: Family = {
  ...LIFECYCLE,
  name: 'opening',
  settings: SETTINGS_OF_OPENING,
  before: [
    ...['setsockopt(FD, SOL_TCP, TCP_DEFER_ACCEPT, [1], 4)', 'setsockopt(FD, SOL_TCP, TCP_SYNCNT, [1], 4)'],
    ...['setsockopt(FD, SOL_TCP, TCP_USER_TIMEOUT, [1500], 4)', 'setsockopt(FD, SOL_TCP, TCP_MAXSEG, [700], 4)'],
    ...['setsockopt(FD, SOL_SOCKET, SO_RCVBUF, [5000], 4)', 'setsockopt(FD, SOL_TCP, TCP_WINDOW_CLAMP, [5000], 4)'],
    ...['setsockopt(FD, SOL_TCP, TCP_QUICKACK, [0], 4)', 'setsockopt(FD, SOL_TCP, TCP_NODELAY, [1], 4)'],
  ],
  open: (world, style) => (style.isActive ? connectOddly : openOddly)(world, style),
  activePercent: 50,
  options: ['--tolerance_usecs=48000'],
  steps: [0, 6],
};

const CROWD: Family = {
  ...OPENING,
  name: 'crowd',
  before: ['setsockopt(FD, SOL_TCP, TCP_DEFER_ACCEPT, [1], 4)'],
  open: crowd,
  steps: [0, 0],
};

const FAST_OPEN: Family = {
  ...OPENING,
  name: 'fast-open',
  settings: {
    ...OPTIONS_OF_SYN,
    tcp_fastopen: ['0', '1', '2', '3', '7', '0x203', '0x403', '0x207', '0x603'],
    tcp_fastopen_blackhole_timeout_sec: ['0', '3600'],
    tcp_syncookies: ['2'],
    tcp_synack_retries: ['1'],
    tcp_syn_retries: ['1'],
  },
  always: ['net.ipv4.tcp_fastopen=0x3', 'net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4'],
  before: [
    'setsockopt(FD, SOL_TCP, TCP_FASTOPEN_NO_COOKIE, [1], 4)',
    'setsockopt(FD, SOL_TCP, TCP_DEFER_ACCEPT, [1], 4)',
    'setsockopt(FD, SOL_TCP, TCP_NODELAY, [1], 4)',
    'setsockopt(FD, SOL_TCP, TCP_MAXSEG, [700], 4)',
  ],
  open: openFast,
};

/** Calls of every kind on sockets in every state. */
const CALL_FAMILY: Family = {
  ...LIFECYCLE,
  name: 'calls',
  settings: {},
  before: [
    ...['setsockopt(FD, SOL_SOCKET, SO_OOBINLINE, [1], 4)', 'setsockopt(FD, SOL_TCP, TCP_INQ, [1], 4)'],
    ...['setsockopt(FD, SOL_SOCKET, SO_SNDBUF, [20000], 4)', 'setsockopt(FD, SOL_SOCKET, SO_RCVLOWAT, [500], 4)'],
    ...['setsockopt(FD, SOL_TCP, TCP_NOTSENT_LOWAT, [2000], 4)', 'setsockopt(FD, SOL_TCP, TCP_SAVE_SYN, [1], 4)'],
  ],
  open: openForCalls,
  steps: [6, 30],
  manners: (dice) => ({
    roundTripUs: dice.of(ROUND_TRIPS_US),
    lossPercent: 0,
    peerLossPercent: 0,
    acknowledges: dice.of(['each', 'last']),
    probePercent: 10,
    pausesMs: PAUSES,
  }),
  actions: [
    ...Object.entries({
      ...{ pollAny: 8, pollTwo: 1, epollAdd: 6, epollModify: 4, epollDelete: 1, epollWait: 14, epollPoll: 1 },
      ...{ recvAny: 4, recvNow: 3, peekNow: 1, takeUrgent: 2, recvMessage: 3, readParts: 1, readAny: 3 },
      ...{ sendAny: 3, sendUrgent: 2, sendTo: 1, sendMessage: 1, writeParts: 1, writeAny: 2, fill: 2 },
      ...{ queues: 5, nonblocking: 1, getOption: 6, setOption: 6, lingerAny: 1, timeouts: 1, getLinger: 1 },
      ...{ bindAny: 1, listenAny: 1, acceptAny: 3, acceptWrong: 1, connectAny: 1, shutdownAny: 2, closeAny: 1 },
      ...{ names: 1, peerOpens: 8, peerAnswers: 8, urgent: 3 },
    }).map(([name, weight]) => [weight, CALLS[name] as Action] as const),
    ...weigh({ text: 8, texts: 2, fin: 3, reset: 1, sameAck: 2, window: 2 }).map(
      ([weight, action]) => [weight, whenOpen(action)] as const,
    ),
  ],
};

const ICMP: Family = {
  ...SENDING,
  name: 'icmp',
  v6Percent: 40,
  settings: { ...OPTIONS_OF_SYN, tcp_mtu_probing: ['1', '2'], tcp_base_mss: ['600'], tcp_retries1: ['1'] },
  before: [
    'setsockopt(FD, SOL_TCP, TCP_NODELAY, [1], 4)',
    'setsockopt(FD, SOL_TCP, TCP_MAXSEG, [700], 4)',
    'setsockopt(FD, SOL_TCP, TCP_USER_TIMEOUT, [1000], 4)',
  ],
  actions: weigh({
    ...{ unreachable: 6, tooBig: 8, otherMessage: 2, error: 5, pathMtu: 2, mtuDiscover: 1, poll: 2 },
    ...{ write: 8, writeMuch: 3, readAll: 1, outQueue: 1, shutdownWrite: 1, close: 1 },
    ...{ text: 2, sameAck: 2, oldAck: 1, fin: 1, window: 1 },
  }),
};

const SILENCE: Family = {
  ...LIFECYCLE,
  name: 'silence',
  // Long timers of the kernel are late by an eighth, and one delay is added to the other.
  options: ['--tolerance_usecs=200000'],
  settings: {
    tcp_timestamps: ['0'],
    ...{ tcp_retries1: ['1'], tcp_retries2: ['1', '2', '3'], tcp_orphan_retries: ['1', '2', '3'] },
    ...{ tcp_fin_timeout: ['1', '2'], tcp_rfc1337: ['1'], tcp_thin_linear_timeouts: ['1'] },
    ...{ tcp_keepalive_time: ['1'], tcp_keepalive_intvl: ['1'], tcp_keepalive_probes: ['1', '2'] },
  },
  before: [
    'setsockopt(FD, SOL_TCP, TCP_USER_TIMEOUT, [1000], 4)',
    'setsockopt(FD, SOL_SOCKET, SO_KEEPALIVE, [1], 4)',
    'setsockopt(FD, SOL_TCP, TCP_LINGER2, [1], 4)',
  ],
  steps: [4, 10],
  manners: (dice) => ({
    roundTripUs: dice.of(ROUND_TRIPS_US),
    lossPercent: dice.of([0, 50, 100]),
    peerLossPercent: 0,
    acknowledges: dice.of(['last', 'last', 'never']),
    probePercent: 40,
    pausesMs: [
      [2, 0],
      [2, 20],
      [3, 100],
      [2, 400],
      [2, 900],
      [1, 1700],
    ],
  }),
  actions: weigh({
    ...{ write: 8, poll: 2, error: 3, shutdownWrite: 3, shutdownRead: 1, shutdownBoth: 1, close: 4, keepAlive: 3 },
    ...{ userTimeout: 2, urgent: 1, window: 6, sameAck: 3, text: 3, fin: 4, again: 2, reset: 1, oldAck: 1, syn: 1 },
  }),
};

/** ECN of RFC 3168. */
const ECN: Family = {
  ...SENDING,
  name: 'ecn',
  ecn: 'classic',
  settings: { ...OPTIONS_OF_SYN, tcp_congestion_control: ['reno'], tcp_ecn_fallback: ['0'] },
  always: ['net.ipv4.tcp_ecn=1'],
  before: ['setsockopt(FD, SOL_TCP, TCP_NODELAY, [1], 4)'],
  actions: weigh({
    ...{ write: 8, writeMuch: 6, read: 3, readAll: 3, shutdownWrite: 1, close: 1 },
    ...{ text: 8, texts: 4, again: 2, overlapping: 1, sameAck: 2, oldAck: 1, fin: 1 },
  }),
};

/** Connections that go on for long: much text, pauses, rounds of losses of several kinds, other settings in the middle. */
const LONG: Family = {
  ...SENDING,
  name: 'long',
  settings: {
    ...OPTIONS_OF_SYN,
    tcp_congestion_control: ['reno'],
    tcp_slow_start_after_idle: ['0'],
    tcp_frto: ['0'],
    tcp_reordering: ['6'],
    tcp_early_retrans: ['0'],
  },
  before: [],
  steps: [16, 40],
  manners: (dice) => ({
    roundTripUs: dice.of([20_000, 50_000, 100_000, 200_000]),
    lossPercent: dice.of([0, 2, 5, 15]),
    peerLossPercent: 0,
    lateness: dice.weighted<Lateness>([
      [4, 'none'],
      [2, 'swaps'],
      [2, 'rising'],
    ]),
    acknowledges: dice.weighted([
      [5, 'each'],
      [4, 'pairs'],
      [2, 'last'],
    ]),
    probePercent: 50,
    pausesMs: [...PAUSES, [2, 400], [1, 1500]],
  }),
  actions: weigh({
    ...{ write: 6, writeMuch: 12, nodelay: 1, notSentLowMark: 1, control: 1, sameAck: 1, oldAck: 1, window: 1 },
    ...{ splitAck: 1, reneges: 1, doubled: 2, text: 1, pacing: 1, clamp: 1 },
  }),
};

export const FAMILIES: readonly Family[] = [
  ...[LIFECYCLE, RECEIVING, BUFFERS, SENDING, RENO, OPTIONS, ACCURATE_ECN],
  ...[OPENING, CROWD, FAST_OPEN],
  CALL_FAMILY,
  ...[ICMP, SILENCE],
  ...[ECN, LONG],
];

/** What stands before the first event: settings, and the calls before the connection. */
export function drawSettings(dice: Dice, family: Family): { command: string; options: string[]; style: OpeningStyle } {
  const changes = Object.entries(family.settings)
    .filter(() => dice.percent(15))
    .map(([name, values]) => `net.ipv4.${name}=${dice.of(values)}`);
  const isUsual = dice.percent(65);
  const settings = [...family.always, ...changes].map((line) =>
    line.includes(' ') ? line.replace(/=(.*)/, '="$1"') : line,
  );
  const lines = [...(isUsual ? ['./defaults.sh'] : []), ...settings.map((line) => `sysctl -q ${line}`)];
  return {
    command: lines.join('\n '),
    options: [...(dice.percent(family.v6Percent ?? 8) ? ['--ip_version=ipv6'] : []), ...(family.options ?? [])],
    style: {
      isActive: dice.percent(family.activePercent ?? 30) || family.ecn === 'accurate',
      ecn: family.ecn ?? 'none',
      before: family.before.filter(() => dice.percent(12)),
      acceptAfterMs: dice.of([0, 0, 0, 10, 100]),
    },
  };
}
