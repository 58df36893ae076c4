/** Scenarios in ESTABLISHED: what arrives, in order and out of it, honest and forged. */
import { MSS, SACK_OK, type Scenario } from './play.ts';

const SACK = { options: [...MSS, ...SACK_OK] } as const;

export const ARRIVING: readonly Scenario[] = [
  {
    name: 'RST exactly at RCV.NXT',
    play: async (play) => {
      await play.openPassively();
      await play.give('R');
      await play.call('state');
      await play.call('read', { length: 10 });
      await play.give('A');
    },
  },
  {
    name: 'RST in and out of the window',
    play: async (play) => {
      await play.openPassively();
      await play.give('R', { seq: 101 });
      await play.give('R', { seq: 0 });
      await play.give('R', { seq: 2_000_000 });
      await play.give('RA', { seq: 3000, ack: 5 });
      await play.call('state');
    },
  },
  {
    name: 'SYN in ESTABLISHED',
    play: async (play) => {
      await play.openPassively();
      await play.give('S', { seq: 100, options: MSS });
      await play.give('SA', { seq: 0, options: MSS });
      await play.give('S', { seq: 0, options: MSS });
      await play.pause(520);
      await play.give('S', { seq: 2_000_000 });
      await play.call('state');
    },
  },
  {
    name: 'challenge ACKs every half second',
    play: async (play) => {
      await play.openPassively();
      for (let count = 0; count < 4; count++) await play.give('S', { seq: 100 + count, waitMs: 5 });
      await play.pause(550);
      for (let count = 0; count < 2; count++) await play.give('S', { seq: 100 + count, waitMs: 5 });
    },
  },
  {
    name: 'ACK of unsent data',
    play: async (play) => {
      await play.openPassively();
      await play.give('A', { ack: 5000 });
      await play.give('PA', { seq: 1, ack: 5000, data: 10 });
      await play.pause(520);
      await play.give('A', { ack: 5000 });
      await play.call('read', { length: 100 });
    },
  },
  {
    name: 'old ACK',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 100 });
      await play.give('A');
      await play.give('A', { ack: 50 });
      await play.give('PA', { ack: 50, data: 10 });
      await play.give('A', { ack: -200_000 });
      await play.pause(520);
      await play.give('A', { ack: -200_000 });
      await play.call('read', { length: 100 });
    },
  },
  {
    name: 'text with an ACK too old',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 100 });
      await play.give('A');
      await play.give('PA', { data: 10 });
      await play.give('A', { ack: -200_000 });
      await play.pause(520);
      await play.give('PA', { ack: -200_000, data: 10 });
      await play.call('read', { length: 100 });
    },
  },
  {
    name: 'no ACK bit',
    play: async (play) => {
      await play.openPassively();
      await play.give('P', { seq: 1, data: 10 });
      await play.give('', { seq: 1 });
      await play.give('F', { seq: 1 });
      await play.call('read', { length: 100 });
      await play.call('state');
    },
  },
  {
    name: 'out of order, without SACK',
    play: async (play) => {
      await play.openPassively();
      await play.give('A', { seq: 101, data: 100 });
      await play.give('A', { seq: 301, data: 100 });
      await play.give('A', { seq: 1, data: 100 });
      await play.give('A', { seq: 201, data: 100 });
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'out of order, with SACK',
    play: async (play) => {
      await play.openPassively(SACK);
      for (const seq of [101, 301, 501]) await play.give('A', { seq, data: 100 });
      await play.give('A', { seq: 201, data: 100 });
      await play.give('A', { seq: 1, data: 100 });
      await play.give('A', { seq: 401, data: 300 });
      await play.call('read', { length: 2000 });
    },
  },
  {
    name: 'more ranges than SACK blocks',
    play: async (play) => {
      await play.openPassively(SACK);
      for (const seq of [101, 301, 501, 701, 901]) await play.give('A', { seq, data: 100 });
      await play.give('A', { seq: 201, data: 100 });
      await play.give('A', { seq: 1, data: 100 });
    },
  },
  {
    name: 'out of order, with SACK and timestamps',
    play: async (play) => {
      play.useTimestamps = true;
      await play.openPassively(SACK);
      for (const seq of [101, 301, 501, 701, 901]) await play.give('A', { seq, data: 100 });
      await play.give('A', { seq: 1, data: 100 });
    },
  },
  {
    name: 'duplicate data',
    play: async (play) => {
      await play.openPassively();
      await play.give('PA', { data: 100 });
      await play.give('PA', { seq: 1, data: 100 });
      await play.give('PA', { seq: 51, data: 50 });
      await play.give('PA', { seq: -200, data: 100 });
      await play.pause(520);
      await play.give('A', { seq: 0 });
      await play.give('A', { seq: 0 });
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'overlapping data',
    play: async (play) => {
      await play.openPassively(SACK);
      await play.give('A', { seq: 1, data: 100 });
      await play.give('A', { seq: 51, data: 100 });
      await play.give('A', { seq: 201, data: 100 });
      await play.give('A', { seq: 251, data: 100 });
      await play.give('A', { seq: 181, data: 40 });
      await play.give('A', { seq: 131, data: 300 });
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'data beyond the window',
    play: async (play) => {
      await play.openPassively();
      await play.give('PA', { seq: 3_000_000, data: 100 });
      await play.give('PA', { seq: 3_000_000, data: 100 });
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'FIN out of order',
    play: async (play) => {
      await play.openPassively(SACK);
      await play.give('FA', { seq: 101, data: 100 });
      await play.call('state');
      await play.give('A', { seq: 1, data: 100 });
      await play.call('state');
      await play.call('read', { length: 1000 });
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'data after FIN',
    play: async (play) => {
      await play.openPassively();
      await play.give('FA', { data: 10, waitMs: 90 });
      await play.give('PA', { data: 10 });
      await play.give('PA', { seq: 12, data: 10 });
      await play.give('FA', { seq: 11 });
      await play.call('read', { length: 1000 });
      await play.call('read', { length: 1000 });
      await play.call('state');
    },
  },
  {
    name: 'quick ACKs at the start',
    play: async (play) => {
      await play.openPassively();
      // Three of them before 40 ms are over, on a machine that is half as late again, too.
      for (let count = 0; count < 30; count++) await play.give('PA', { data: 100, waitMs: 14 });
    },
  },
  {
    name: 'delayed ACK after an answer',
    play: async (play) => {
      await play.openPassively();
      await play.give('PA', { data: 100 });
      await play.call('read', { length: 1000 });
      await play.call('send', { length: 100 });
      await play.give('A');
      await play.give('PA', { data: 100, waitMs: 120 });
      await play.call('read', { length: 1000 });
      await play.call('send', { length: 100 });
      await play.give('PA', { data: 100, waitMs: 120 });
    },
  },
  {
    name: 'ACK rides on the answer',
    play: async (play) => {
      await play.openPassively();
      for (let count = 0; count < 3; count++) {
        await play.give('PA', { data: 100 });
        await play.call('read', { length: 1000 });
        await play.call('send', { length: 50 });
      }
      await play.give('A');
    },
  },
  {
    name: 'every second full segment',
    play: async (play) => {
      await play.openPassively();
      for (let count = 0; count < 34; count++) await play.give('A', { data: 1460, waitMs: 5 });
      await play.pause(100);
    },
  },
  {
    name: 'full segments and a reader',
    play: async (play) => {
      await play.openPassively();
      for (let count = 0; count < 34; count++) {
        await play.give('A', { data: 1460, waitMs: 2 });
        if (count % 4 === 3) await play.call('read', { length: 100_000 }, 3);
      }
      await play.pause(100);
    },
  },
  {
    name: 'small segments and a reader',
    play: async (play) => {
      await play.openPassively();
      for (let count = 0; count < 34; count++) {
        await play.give('A', { data: 100, waitMs: 2 });
        await play.call('read', { length: 100_000 }, 3);
      }
      await play.pause(100);
    },
  },
  {
    name: 'small segments with PSH and a reader',
    play: async (play) => {
      await play.openPassively();
      for (let count = 0; count < 24; count++) {
        await play.give('PA', { data: 100, waitMs: 2 });
        await play.call('read', { length: 100_000 }, 3);
      }
      await play.pause(100);
    },
  },
  {
    name: 'timestamp echoed by a delayed ACK',
    play: async (play) => {
      play.useTimestamps = true;
      await play.openPassively();
      await play.give('PA', { data: 100 });
      await play.call('read', { length: 1000 });
      await play.call('send', { length: 100 });
      await play.give('PA', { data: 10, waitMs: 5 });
      await play.give('PA', { data: 10, waitMs: 100 });
    },
  },
  {
    name: 'window update with an old number',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 2000 });
      await play.give('PA', { data: 10, window: 0 });
      await play.call('send', { length: 2000 });
      await play.give('A', { seq: 1, window: 20_000 });
      await play.give('A', { window: 20_000 });
    },
  },
  {
    name: 'out of order and delayed ACKs',
    play: async (play) => {
      await play.openPassively(SACK);
      await play.give('PA', { data: 100 });
      await play.call('send', { length: 100 });
      await play.give('PA', { data: 10, waitMs: 5 });
      await play.give('PA', { seq: 300, data: 10, waitMs: 5 });
      await play.give('PA', { seq: 111, data: 189, waitMs: 100 });
    },
  },
  {
    name: 'PAWS',
    play: async (play) => {
      play.useTimestamps = true;
      await play.openPassively();
      await play.give('PA', { seq: 1, data: 10, timestamp: 900 });
      await play.give('PA', { seq: 1, data: 10, timestamp: 900 });
      await play.pause(520);
      await play.give('R', { seq: 1, timestamp: 900 });
      await play.call('state');
    },
  },
  {
    name: 'segment without the agreed timestamps',
    play: async (play) => {
      play.useTimestamps = true;
      await play.openPassively();
      play.useTimestamps = false;
      await play.give('PA', { data: 10 });
      await play.call('read', { length: 100 });
    },
  },
  {
    name: 'ICMP in ESTABLISHED',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 10 });
      for (const code of [0, 1, 2, 3, 5]) await play.giveIcmp(3, code, 1);
      await play.call('state');
      await play.giveIcmp(3, 3, 900_000);
      await play.call('state');
    },
  },
  {
    name: 'fragmentation needed',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 2920 });
      await play.giveIcmp(3, 4, 1, 1000);
      await play.give('A');
      await play.call('send', { length: 2920 });
    },
  },
  {
    name: 'window update after read',
    play: async (play) => {
      await play.openPassively({ receiveBuffer: 8192 });
      await play.quietly(async () => {
        // Until the window is shut: how much that takes is the kernel's own account of memory.
        for (let count = 0, window = 1; count < 40 && window > 0; count++) {
          const [last] = (await play.give('A', { data: 500, waitMs: 60 })).slice(-1);
          if (last !== undefined && last.flags === 'A') window = last.window;
          if (last !== undefined) play.seq = play.ackOf(last);
        }
      });
      play.anchor();
      await play.give('A', { seq: 0 });
      await play.drain();
    },
  },
];
