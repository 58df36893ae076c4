/** Scenarios of the end: FIN in every order, resets, TIME-WAIT. */
import { MSS, type Play, type Scenario } from './play.ts';

/** The side closes first, the peer follows: TIME-WAIT. */
async function enterTimeWait(play: Play): Promise<void> {
  await play.openPassively();
  await play.quietly(async () => {
    await play.listen();
    await play.call('close');
    await play.give('A');
    await play.give('FA');
  });
}

export const CLOSING: readonly Scenario[] = [
  {
    name: 'the side closes first',
    play: async (play) => {
      await play.openPassively();
      await play.call('close');
      await play.give('A');
      await play.give('FA');
      await play.give('FA', { seq: 1 });
    },
  },
  {
    name: 'FIN answers FIN in one segment',
    play: async (play) => {
      await play.openPassively();
      await play.call('close');
      await play.give('FA');
      await play.give('A');
    },
  },
  {
    name: 'the peer closes first',
    play: async (play) => {
      await play.openPassively();
      await play.give('FA');
      await play.call('state');
      await play.call('read', { length: 10 });
      await play.call('send', { length: 10 });
      await play.give('A');
      await play.call('close');
      await play.give('A');
      await play.give('A');
    },
  },
  {
    name: 'close with unread data',
    play: async (play) => {
      await play.openPassively();
      await play.give('PA', { data: 10 });
      await play.call('close');
      await play.give('A');
    },
  },
  {
    name: 'close with unread data and FIN',
    play: async (play) => {
      await play.openPassively();
      await play.give('FPA', { data: 10 });
      await play.call('close');
      await play.give('A');
    },
  },
  {
    name: 'linger 0',
    play: async (play) => {
      await play.openPassively();
      await play.call('set', { name: 'lingerMs', value: 0 });
      await play.call('send', { length: 10 });
      await play.call('close');
      await play.give('A');
    },
  },
  {
    name: 'linger 0 in CLOSE-WAIT',
    play: async (play) => {
      await play.openPassively();
      await play.give('FA');
      await play.call('set', { name: 'lingerMs', value: 0 });
      await play.call('close');
      await play.give('A');
    },
  },
  {
    name: 'linger 0 after everything is closed',
    play: async (play) => {
      await play.openPassively();
      await play.call('set', { name: 'lingerMs', value: 0 });
      await play.call('shutdown');
      await play.give('FA', { ack: 1 });
      await play.call('state');
      await play.call('close');
    },
  },
  {
    name: 'shutdown, the peer goes on',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 10 });
      await play.call('shutdown');
      await play.give('A');
      await play.call('state');
      await play.give('PA', { data: 100 });
      await play.give('PA', { data: 100 });
      await play.call('read', { length: 1000 });
      await play.call('send', { length: 10 });
      await play.give('FPA', { data: 10 });
      await play.call('read', { length: 1000 });
      await play.call('read', { length: 1000 });
    },
  },
  {
    name: 'FIN rides on held data',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 10 });
      await play.call('send', { length: 10 });
      await play.call('shutdown');
      await play.give('A');
    },
  },
  {
    name: 'FIN beyond the window',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 1000 });
      await play.give('A', { window: 500 });
      await play.call('send', { length: 500 });
      await play.call('shutdown');
      await play.give('A', { ack: 1501, window: 0 });
      await play.give('A', { window: 1000 });
    },
  },
  {
    name: 'simultaneous close',
    play: async (play) => {
      await play.openPassively();
      await play.call('shutdown');
      await play.give('FA', { ack: 1 });
      await play.call('state');
      await play.give('A');
      await play.give('FA', { seq: 1 });
    },
  },
  {
    name: 'data after close',
    play: async (play) => {
      await play.openPassively();
      await play.call('close');
      await play.give('A');
      await play.give('PA', { data: 10 });
      await play.give('FA');
    },
  },
  {
    name: 'data after close, FIN unacknowledged',
    play: async (play) => {
      await play.openPassively();
      await play.call('close');
      await play.give('PA', { ack: 1, data: 10 });
      await play.give('A');
    },
  },
  {
    name: 'out-of-order data after close',
    play: async (play) => {
      await play.openPassively();
      await play.call('close');
      await play.give('A');
      await play.give('PA', { seq: 100, data: 10 });
      await play.give('A', { seq: 1 });
    },
  },
  {
    name: 'TIME-WAIT: FIN, data, RST and ACK again',
    play: async (play) => {
      await enterTimeWait(play);
      await play.give('FA', { seq: 1 });
      await play.give('A');
      await play.give('PA', { data: 10 });
      await play.give('A', { ack: 3000 });
      await play.pause(520);
      await play.give('PA', { seq: 5000, data: 10 });
      await play.give('R', { seq: 1000 });
      await play.give('FA', { seq: 1 });
    },
  },
  {
    name: 'TIME-WAIT: RST ends it',
    play: async (play) => {
      await enterTimeWait(play);
      await play.give('R');
      await play.give('FA', { seq: 1 });
    },
  },
  {
    name: 'TIME-WAIT: SYN with a higher number',
    play: async (play) => {
      await enterTimeWait(play);
      await play.give('S', { seq: 100_000, options: MSS });
      play.seq = 100_001;
      await play.give('A');
      await play.call('accept');
      await play.call('state');
    },
  },
  {
    name: 'TIME-WAIT: SYN with an older number',
    play: async (play) => {
      await enterTimeWait(play);
      await play.give('S', { seq: -100_000, options: MSS });
      await play.give('S', { seq: 1, options: MSS });
      await play.give('SA', { seq: 100_000, options: MSS });
    },
  },
  {
    name: 'TIME-WAIT: SYN with an older number and newer timestamps',
    play: async (play) => {
      play.useTimestamps = true;
      await enterTimeWait(play);
      await play.give('S', { seq: -100_000, options: MSS, timestamp: 500 });
      await play.give('FA', { seq: 1, timestamp: 500 });
      await play.give('S', { seq: -100_000, options: MSS, timestamp: 5000 });
    },
  },
  {
    name: 'ACK of the data but not of the FIN',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 100 });
      await play.call('shutdown');
      await play.give('A', { ack: 101 });
      await play.call('state');
      await play.give('FA', { ack: 101 });
      await play.call('state');
      await play.give('A');
    },
  },
  {
    name: 'FIN out of order in FIN-WAIT-2',
    play: async (play) => {
      await play.openPassively();
      await play.call('shutdown');
      await play.give('A');
      await play.give('FA', { seq: 11, data: 10 });
      await play.call('state');
      await play.give('A', { seq: 1, data: 10 });
      await play.call('read', { length: 100 });
      await play.give('FA', { seq: 21 });
    },
  },
  {
    name: 'LAST-ACK: FIN and RST again',
    play: async (play) => {
      await play.openPassively();
      await play.give('FA');
      await play.call('close');
      await play.give('FA', { seq: 1, ack: 1 });
      await play.give('PA', { ack: 1, data: 10 });
      await play.give('R', { seq: 2 });
      await play.give('A');
    },
  },
  {
    name: 'CLOSING: FIN again, RST',
    play: async (play) => {
      await play.openPassively();
      await play.call('shutdown');
      await play.give('FA', { ack: 1 });
      await play.give('FA', { seq: 1, ack: 1 });
      await play.give('R', { seq: 2 });
      await play.call('state');
      await play.call('error');
    },
  },
  {
    name: 'FIN-WAIT-2 ends by itself',
    play: async (play) => {
      await play.openPassively();
      await play.call('close');
      await play.give('A');
      await play.pause(2500);
      await play.give('FA');
    },
  },
  {
    name: 'connect again in TIME-WAIT',
    play: async (play) => {
      play.useTimestamps = true;
      await play.openActively();
      await play.call('close');
      await play.give('FA');
      await play.pause(1100);
      await play.connect();
    },
  },
  {
    name: 'FIN again',
    play: async (play) => {
      await play.openPassively();
      await play.call('close');
      await play.pause(1200);
      await play.give('A');
    },
  },
  {
    name: 'data and FIN again',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 100 });
      await play.call('shutdown');
      await play.pause(500);
      await play.give('A');
    },
  },
  {
    name: 'close in SYN-SENT',
    play: async (play) => {
      await play.connect();
      await play.call('close');
      await play.give('SA', { options: MSS });
    },
  },
  {
    name: 'RST in FIN-WAIT-2 and CLOSE-WAIT',
    play: async (play) => {
      await play.openPassively();
      await play.give('FA');
      await play.give('R');
      await play.call('state');
      await play.call('error');
    },
  },
  {
    name: 'write after RST',
    play: async (play) => {
      await play.openPassively();
      await play.give('R');
      await play.call('send', { length: 10 });
      await play.call('state');
    },
  },
];
