/** Scenarios of the sender: how writes become segments, windows, retransmissions, timers. */
import { MSS, type Play, SACK_OK, type Scenario } from './play.ts';

const SACK = { options: [...MSS, ...SACK_OK] } as const;

/** Brings ten acknowledged segments behind the connection, so that the window has grown. */
async function warmUp(play: Play): Promise<void> {
  await play.quietly(async () => {
    await play.call('send', { length: 14_600 });
    await play.give('A');
  });
}

export const SENDING: readonly Scenario[] = [
  {
    name: 'Nagle holds small writes',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 10 });
      await play.call('send', { length: 10 });
      await play.call('send', { length: 10 });
      await play.give('A');
      await play.give('A');
    },
  },
  {
    name: 'Nagle after full segments',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 2000 });
      await play.call('send', { length: 100 });
      await play.give('A');
      await play.call('send', { length: 1460 });
      await play.call('send', { length: 100 });
    },
  },
  {
    name: 'TCP_NODELAY',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 10 });
      await play.call('send', { length: 10 });
      await play.call('set', { name: 'noDelay', value: 1 });
      await play.call('send', { length: 10 });
      await play.call('send', { length: 10 });
    },
  },
  {
    name: 'TCP_CORK',
    play: async (play) => {
      await play.openPassively();
      await play.call('set', { name: 'cork', value: 1 });
      await play.call('send', { length: 10 });
      await play.call('send', { length: 2000 });
      await play.pause(300);
      await play.give('A');
      await play.call('send', { length: 10 });
      await play.call('set', { name: 'cork', value: 0 });
    },
  },
  {
    name: 'PSH on large writes',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 5000 });
      await play.give('A');
      await play.call('send', { length: 1460 * 4 });
      await play.give('A');
      await play.call('send', { length: 1460 });
    },
  },
  {
    name: 'PSH in the middle of a small window',
    play: async (play) => {
      await play.openPassively({ window: 8000 });
      play.window = 8000;
      await play.call('send', { length: 20_000 });
      await play.give('A');
      await play.give('A');
    },
  },
  {
    name: 'half of the largest window',
    play: async (play) => {
      await play.openPassively({ window: 1000 });
      play.window = 1000;
      await play.call('send', { length: 3000 });
      await play.give('A');
    },
  },
  {
    name: 'initial window',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 40_000 });
      await play.give('A', { ack: 1461 });
      await play.give('A', { ack: 4381 });
    },
  },
  {
    name: 'zero window and its probes',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 1000 });
      play.window = 0;
      await play.give('A');
      await play.call('send', { length: 2000 });
      await play.pause(350);
      await play.give('A');
      await play.pause(600);
      await play.give('A', { window: 500 });
      await play.give('A', { window: 5000 });
    },
  },
  {
    name: 'window less than a segment',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 5000 });
      await play.give('A', { window: 100 });
      await play.call('send', { length: 1000 });
      await play.pause(400);
    },
  },
  {
    name: 'probes unanswered',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 1000 });
      play.window = 0;
      await play.give('A');
      await play.call('send', { length: 2000 });
      await play.pause(1900);
    },
  },
  {
    name: 'window shrinks below what is sent',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 10_000 });
      await play.give('A', { ack: 1461, window: 0 });
      await play.pause(300);
      await play.give('A', { window: 5000 });
    },
  },
  {
    name: 'retransmission and back-off',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 100 });
      await play.pause(2000);
      await play.give('A');
      await play.call('send', { length: 100 });
      await play.pause(600);
    },
  },
  {
    name: 'data is given up',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 100 });
      await play.pause(3500);
      await play.call('state');
      await play.call('error');
      await play.give('A');
    },
  },
  {
    name: 'retransmission of several segments',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 7300 });
      await play.pause(350);
      await play.give('A', { ack: 1461 });
      await play.give('A', { ack: 4381 });
      await play.give('A');
    },
  },
  {
    name: 'small segments are put together when sent again',
    play: async (play) => {
      await play.openPassively();
      await play.call('set', { name: 'noDelay', value: 1 });
      for (let count = 0; count < 4; count++) await play.call('send', { length: 100 });
      await play.pause(350);
    },
  },
  {
    name: 'three duplicate ACKs, without SACK',
    play: async (play) => {
      await play.openPassively();
      await warmUp(play);
      await play.call('send', { length: 14_600 });
      const lost = play.ack - 14_600;
      for (let count = 0; count < 5; count++) await play.give('A', { ack: lost, waitMs: 5 });
      await play.give('A', { ack: lost + 2920, waitMs: 5 });
      await play.give('A');
    },
  },
  {
    name: 'three duplicate ACKs, with SACK',
    play: async (play) => {
      await play.openPassively(SACK);
      await warmUp(play);
      await play.call('send', { length: 14_600 });
      const lost = play.ack - 14_600;
      for (let count = 1; count < 6; count++) {
        await play.give('A', {
          ack: lost,
          options: play.sackOption(lost + 1460, lost + 1460 * (1 + count)),
          waitMs: 5,
        });
      }
      await play.give('A');
    },
  },
  {
    name: 'PSH after half of the largest window',
    play: async (play) => {
      await play.openPassively();
      play.window = 20_000;
      await warmUp(play);
      await warmUp(play);
      await play.call('send', { length: 50_000 });
      await play.give('A');
      await play.give('A');
    },
  },
  {
    name: 'restart after idleness',
    play: async (play) => {
      await play.openPassively();
      for (let count = 0; count < 3; count++) await warmUp(play);
      await play.quietly(async () => {
        await play.call('send', { length: 40_000 });
        await play.give('A');
        await play.give('A');
      });
      await play.pause(700);
      await play.call('send', { length: 40_000 });
    },
  },
  {
    name: 'growth while the window is not used',
    play: async (play) => {
      await play.openPassively();
      await play.quietly(async () => {
        for (let count = 0; count < 12; count++) {
          await play.call('send', { length: 1460 });
          await play.give('A');
        }
      });
      await play.call('send', { length: 40_000 });
    },
  },
  {
    name: 'congestion window after a time-out',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 14_600 });
      await play.pause(300);
      await play.quietly(async () => {
        await play.give('A');
      });
      await play.call('send', { length: 40_000 });
      await play.give('A');
    },
  },
  {
    name: 'limited transmit',
    play: async (play) => {
      await play.openPassively();
      await play.call('send', { length: 40_000 });
      for (let count = 0; count < 3; count++) await play.give('A', { ack: 1, waitMs: 5 });
      await play.give('A');
    },
  },
  {
    name: 'urgent octet out',
    play: async (play) => {
      await play.openPassively();
      await play.call('sendUrgent', { length: 1 });
      await play.give('A');
      await play.call('sendUrgent', { length: 10 });
      await play.give('A');
      await play.call('send', { length: 10 });
      await play.call('sendUrgent', { length: 3 });
      await play.give('A');
    },
  },
  {
    name: 'urgent octet in',
    play: async (play) => {
      await play.openPassively();
      await play.give('UPA', { data: 10, urgent: 5 });
      await play.give('UPA', { data: 0, urgent: 50 });
      await play.give('PA', { data: 100 });
    },
  },
  {
    name: 'keep-alive probes',
    play: async (play) => {
      await play.openPassively();
      await play.call('set', { name: 'keepAliveMs', value: 1000 });
      await play.pause(1300);
      await play.give('A');
      await play.pause(1300);
    },
  },
  {
    name: 'keep-alive gives up',
    play: async (play) => {
      await play.openPassively();
      await play.call('set', { name: 'keepAliveMs', value: 1000 });
      await play.pause(3500);
      await play.call('state');
      await play.call('error');
    },
  },
  {
    name: 'user timeout',
    play: async (play) => {
      await play.openPassively();
      await play.call('set', { name: 'userTimeoutMs', value: 1000 });
      await play.call('send', { length: 100 });
      await play.pause(2500);
      await play.call('state');
      await play.call('error');
    },
  },
  {
    name: 'user timeout of a connect',
    play: async (play) => {
      await play.connect({ userTimeoutMs: 1500 });
      await play.pause(1700);
      await play.call('state');
      await play.pause(600);
      await play.call('state');
      await play.call('error');
    },
  },
];
