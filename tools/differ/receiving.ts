/** Scripts in which the peer sends. */
import { type Family, OPTIONS_OF_SYN, PAUSES, ROUND_TRIPS_US, weigh } from './family.ts';

export const RECEIVING: Family = {
  name: 'receiving',
  settings: {
    ...OPTIONS_OF_SYN,
    tcp_dsack: ['0'],
    tcp_moderate_rcvbuf: ['0'],
    tcp_rmem: ['4096 10000 100000', '4096 131072 6291456'],
    tcp_shrink_window: ['1'],
    tcp_comp_sack_nr: ['0', '3'],
    tcp_adv_win_scale: ['1', '2'],
  },
  always: [],
  before: [
    'setsockopt(FD, SOL_SOCKET, SO_RCVBUF, [5000], 4)',
    'setsockopt(FD, SOL_SOCKET, SO_RCVBUF, [20000], 4)',
    'setsockopt(FD, SOL_TCP, TCP_WINDOW_CLAMP, [5000], 4)',
  ],
  steps: [6, 25],
  manners: (dice) => ({
    roundTripUs: dice.of(ROUND_TRIPS_US),
    lossPercent: 0,
    peerLossPercent: dice.of([0, 10, 25]),
    acknowledges: dice.of(['each', 'last', 'later']),
    probePercent: 40,
    pausesMs: PAUSES,
  }),
  actions: weigh({
    ...{
      read: 5,
      readAll: 4,
      peek: 1,
      poll: 2,
      inQueue: 1,
      write: 3,
      quickack: 1,
      receiveBuffer: 1,
      receiveLowMark: 1,
    },
    ...{ text: 10, texts: 8, manyTexts: 3, again: 10, anyAgain: 3, overlapping: 4, fin: 1, beyondWindow: 1, probe: 1 },
    ...{ oldStamp: 1, withoutStamp: 1, sameAck: 1, shutdownRead: 1, close: 1 },
  }),
};

/** Buffers of every size, filled and emptied in one way and another. */
export const BUFFERS: Family = {
  ...RECEIVING,
  name: 'buffers',
  settings: {
    ...OPTIONS_OF_SYN,
    tcp_moderate_rcvbuf: ['0'],
    tcp_rmem: [
      '4096 4096 100000',
      '4096 10000 100000',
      '4096 30000 60000',
      '4096 131072 6291456',
      '4096 15000 15000000',
    ],
    tcp_wmem: ['4096 4096 10000', '4096 20000 4194304'],
    tcp_shrink_window: ['1', '1'],
    tcp_app_win: ['0', '1'],
    tcp_dsack: ['0'],
    tcp_workaround_signed_windows: ['1'],
  },
  before: [
    ...[1, 3000, 5000, 10_000, 20_000, 50_000, 1_000_000].map(
      (size) => `setsockopt(FD, SOL_SOCKET, SO_RCVBUF, [${size}], 4)`,
    ),
    ...[1, 5000, 30_000].map((size) => `setsockopt(FD, SOL_SOCKET, SO_SNDBUF, [${size}], 4)`),
    'setsockopt(FD, SOL_TCP, TCP_WINDOW_CLAMP, [5000], 4)',
    'setsockopt(FD, SOL_SOCKET, SO_RCVLOWAT, [20000], 4)',
  ],
  steps: [4, 16],
  actions: weigh({
    ...{
      read: 6,
      readAll: 4,
      poll: 3,
      inQueue: 1,
      outQueue: 1,
      receiveBuffer: 2,
      sendBuffer: 1,
      receiveLowMark: 1,
      clamp: 1,
    },
    ...{ writeMuch: 2, write: 1, notSentLowMark: 1 },
    ...{
      text: 4,
      texts: 6,
      manyTexts: 6,
      fill: 8,
      again: 5,
      overlapping: 1,
      fin: 2,
      beyondWindow: 2,
      probe: 2,
      sameAck: 2,
      window: 3,
    },
  }),
};
