/** Scenarios up to ESTABLISHED: handshakes, closed ports, what meets a half-open connection. */
import { MSS, type Play, SACK_OK, type Scenario, WINDOW_SCALE } from './play.ts';

/** The options of the peer's SYN and whether its segments carry timestamps. */
const COMBINATIONS: readonly (readonly [string, readonly number[], boolean])[] = [
  ['no option', [], false],
  ['MSS', MSS, false],
  ['a small MSS', [2, 4, 2, 24], false],
  ['MSS and SACK', [...MSS, ...SACK_OK], false],
  ['MSS and window scale', [...MSS, ...WINDOW_SCALE], false],
  ['MSS and timestamps', MSS, true],
  ['timestamps and SACK', [...MSS, 4, 2, 1, 1], true],
  ['everything', [...MSS, ...SACK_OK, ...WINDOW_SCALE], true],
  ['a window scale of 15', [...MSS, 1, 3, 3, 15], false],
  ['an unknown option', [...MSS, 253, 4, 1, 2], false],
  ['MSS 0', [2, 4, 0, 0], false],
];

const passive = COMBINATIONS.map(
  ([what, options, useTimestamps]): Scenario => ({
    name: `SYN with ${what}`,
    play: async (play) => {
      play.useTimestamps = useTimestamps;
      await play.listen();
      await play.give('S', { options });
      await play.give('A');
      await play.call('accept');
      await play.call('send', { length: 10 });
      await play.give('A');
      await play.give('PA', { data: 10 });
      await play.call('state');
    },
  }),
);

const active = COMBINATIONS.slice(0, 8).map(
  ([what, options, useTimestamps]): Scenario => ({
    name: `SYN,ACK with ${what}`,
    play: async (play) => {
      await play.connect();
      play.useTimestamps = useTimestamps;
      await play.give('SA', { options });
      await play.call('send', { length: 10 });
      await play.give('A');
      await play.give('PA', { data: 10 });
    },
  }),
);

/** Options a SYN should not have; the comparison shows what each side makes of them. */
const MALFORMED: readonly (readonly [string, readonly number[]])[] = [
  ['an MSS of length 3', [2, 3, 5, ...SACK_OK, 0]],
  ['an option of length 0', [...MSS, 3, 0, 1, 1]],
  ['an option of length 1', [...MSS, 253, 1, ...SACK_OK]],
  ['an option beyond the header', [...MSS, 8, 10, 1, 1]],
  ['a window scale of length 2', [3, 2, 1, 1, ...MSS]],
  ['two MSS', [...MSS, 2, 4, 2, 24]],
  ['an end of list before SACK', [...MSS, 0, 1, ...SACK_OK]],
  ['a SACK block', [...MSS, 1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 9]],
];

const malformed = MALFORMED.map(
  ([what, options]): Scenario => ({
    name: `SYN with ${what}`,
    play: async (play) => {
      await play.listen();
      await play.give('S', { options });
      await play.give('A');
      await play.call('accept');
      await play.call('send', { length: 2000 });
    },
  }),
);

/** ICMP errors about a SYN: type and code. */
const ERRORS: readonly (readonly [number, number])[] = [
  [3, 0],
  [3, 1],
  [3, 2],
  [3, 4],
  [3, 5],
  [3, 6],
  [3, 7],
  [3, 8],
  [3, 9],
  [3, 10],
  [3, 11],
  [3, 12],
  [3, 13],
  [3, 14],
  [3, 15],
  [3, 16],
  [4, 0],
  [11, 0],
  [12, 0],
];

const errors = ERRORS.map(
  ([type, code]): Scenario => ({
    name: `ICMP ${type}/${code} in SYN-SENT`,
    play: async (play) => {
      await play.connect();
      await play.giveIcmp(type, code, 0, 1000);
      await play.call('state');
      await play.give('SA', { options: MSS });
      await play.call('state');
      await play.call('error');
    },
  }),
);

/** Segments as a port scanner sends them, each alone. */
const PROBES = ['S', 'SF', 'SR', '', 'F', 'FPU', 'A', 'SA', 'R', 'RA', 'FA', 'PA'];

const probes = ['closed', 'open'].map(
  (which): Scenario => ({
    name: `probes of ${which} port`,
    play: async (play) => {
      if (which === 'open') await play.listen();
      for (const [index, flags] of PROBES.entries()) {
        // Every probe comes from a number of its own, so that none meets the traces of another.
        await play.give(flags, { seq: index * 100_000, ack: 500 + index, data: flags.includes('P') ? 5 : 0 });
        await play.give('R', { seq: index * 100_000 + 1, waitMs: 5 });
      }
      await play.give('S', { seq: 5_000_000, data: 7 });
    },
  }),
);

async function halfOpen(play: Play): Promise<void> {
  await play.listen();
  await play.give('S', { options: MSS });
}

const rest: readonly Scenario[] = [
  {
    name: 'bad ACK in SYN-RECEIVED',
    play: async (play) => {
      await halfOpen(play);
      await play.give('A', { ack: 100 });
      await play.give('A', { ack: 0 });
      await play.give('A');
      await play.call('accept');
    },
  },
  {
    name: 'bad ACK outside the window in SYN-RECEIVED',
    play: async (play) => {
      await halfOpen(play);
      await play.give('A', { seq: 100_000, ack: 100 });
      await play.give('SA', { seq: 100, ack: 100 });
      await play.give('A');
      await play.call('accept');
    },
  },
  {
    name: 'RST in SYN-RECEIVED',
    play: async (play) => {
      await halfOpen(play);
      await play.give('R', { seq: 5000 });
      await play.give('R');
      await play.give('A');
      await play.call('accept');
    },
  },
  {
    name: 'SYN again in SYN-RECEIVED',
    play: async (play) => {
      await halfOpen(play);
      await play.give('S', { seq: 0, options: MSS });
      await play.give('S', { seq: 3000, options: MSS });
      await play.give('A');
      await play.call('accept');
    },
  },
  {
    name: 'SYN again in SYN-RECEIVED, later',
    play: async (play) => {
      await halfOpen(play);
      await play.pause(600);
      await play.give('S', { seq: 0, options: MSS });
      await play.give('S', { seq: 300, options: MSS });
      await play.give('A');
      await play.call('accept');
    },
  },
  {
    name: 'third ACK with data',
    play: async (play) => {
      await halfOpen(play);
      await play.give('PA', { data: 100 });
      await play.call('accept');
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'third ACK with data and FIN',
    play: async (play) => {
      await halfOpen(play);
      await play.give('FPA', { data: 100, waitMs: 90 });
      await play.call('accept');
      await play.call('state');
      await play.call('read', { length: 1000 });
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'third ACK lost, data comes',
    play: async (play) => {
      await halfOpen(play);
      await play.give('PA', { seq: 101, data: 100 });
      await play.give('PA', { seq: 1, data: 100 });
      await play.call('accept');
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'data in SYN',
    play: async (play) => {
      await play.listen();
      await play.give('S', { seq: 0, options: MSS, data: 20 });
      play.seq = 1;
      await play.give('PA', { data: 20 });
      await play.call('accept');
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'SYN,ACK again after 1 s',
    play: async (play) => {
      await halfOpen(play);
      await play.pause(1300);
      await play.pause(2200);
      await play.give('A');
      await play.call('accept');
      await play.call('send', { length: 10 });
    },
  },
  {
    name: 'SYN again after 1 s',
    play: async (play) => {
      await play.connect();
      await play.pause(1500);
      await play.pause(1200);
      await play.give('SA', { options: MSS });
    },
  },
  {
    name: 'RST in SYN-SENT',
    play: async (play) => {
      await play.connect();
      await play.give('R');
      await play.give('RA', { ack: 77 });
      await play.call('state');
      await play.give('RA');
      await play.call('state');
      await play.call('error');
    },
  },
  {
    name: 'bad ACK in SYN-SENT',
    play: async (play) => {
      await play.connect();
      await play.give('A', { ack: 77 });
      await play.give('SA', { seq: 0, ack: 77 });
      await play.give('A');
      await play.give('SA', { seq: 0, ack: 0, options: MSS });
      await play.give('SA', { seq: 0, options: MSS });
      await play.call('state');
    },
  },
  {
    name: 'FIN and data in SYN-SENT',
    play: async (play) => {
      await play.connect();
      await play.give('FA');
      await play.give('SA', { seq: 0, options: MSS, data: 20 });
      await play.call('read', { length: 100 });
      await play.call('state');
    },
  },
  {
    name: 'simultaneous open',
    play: async (play) => {
      await play.connect();
      await play.give('S', { options: MSS });
      await play.call('state');
      await play.give('SA', { seq: 0, options: MSS });
      await play.call('state');
      await play.give('A');
      await play.call('send', { length: 10 });
    },
  },
  {
    name: 'simultaneous open, plain ACK',
    play: async (play) => {
      await play.connect();
      await play.give('S', { options: [...MSS, ...SACK_OK, ...WINDOW_SCALE] });
      await play.give('A');
      await play.call('state');
      await play.give('PA', { data: 10 });
    },
  },
  {
    name: 'ICMP in SYN-SENT',
    play: async (play) => {
      await play.connect();
      await play.giveIcmp(3, 1, 500);
      await play.call('state');
      await play.giveIcmp(3, 3, 0);
      await play.call('state');
      await play.call('error');
    },
  },
  {
    name: 'SYN that offers ECN',
    play: async (play) => {
      await play.listen();
      await play.give('SEC', { options: MSS });
      await play.give('A');
      await play.call('accept');
      await play.call('send', { length: 10 });
    },
  },
  {
    name: 'listener closes before it accepts',
    play: async (play) => {
      await halfOpen(play);
      await play.give('A');
      await play.call('closeListener');
      await play.give('A');
    },
  },
  {
    name: 'listener closes before the third ACK',
    play: async (play) => {
      await halfOpen(play);
      await play.call('closeListener');
      await play.give('A');
      await play.give('S', { seq: 0, options: MSS });
    },
  },
  {
    name: 'data before it is accepted',
    play: async (play) => {
      await halfOpen(play);
      await play.give('A');
      await play.give('PA', { data: 100 });
      await play.give('FPA', { data: 100, waitMs: 90 });
      await play.call('closeListener');
    },
  },
  {
    name: 'backlog full',
    play: async (play) => {
      await play.listen({ backlog: 1 });
      for (const base of [0, 100_000, 200_000]) {
        // One and the same port: each connection is reset by its client before the next one, and waits to be accepted.
        await play.give('S', { seq: base, options: MSS });
        play.seq = base + 1;
        await play.give('A');
        await play.give('R');
      }
      await play.call('accept');
      await play.call('state');
    },
  },
];

export const OPENING: readonly Scenario[] = [...passive, ...malformed, ...active, ...errors, ...probes, ...rest];
