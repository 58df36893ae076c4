/** Fake timers of three makers beside one network: the same program, the same order, the same hours. */
import { mock } from 'node:test';
import timersPromises from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import '../../test/support/failure-folder.ts';
import { echo, PromiseServer, PromiseSocket } from '../../test/support/promise-sockets.ts';
import { Network } from './network.ts';
import { fakeClockOf, type SinonClock, type TimerSource } from './timer-source.ts';
import './vitest.ts';

function sinonClock(): SinonClock {
  vi.useFakeTimers();
  return (globalThis.setTimeout as unknown as { clock: SinonClock }).clock;
}

const MAKERS: readonly (readonly [name: string, install: () => TimerSource, remove: () => void])[] = [
  [
    'vi',
    () => {
      vi.useFakeTimers();
      return vi;
    },
    () => vi.useRealTimers(),
  ],
  ['a clock of sinon', sinonClock, () => vi.useRealTimers()],
  [
    'mock.timers',
    () => {
      mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 0 });
      return mock.timers;
    },
    () => mock.timers.reset(),
  ],
];

describe.each(MAKERS)('%s', (_name, install, remove) => {
  let network: Network;
  let source: TimerSource;

  beforeEach(() => {
    source = install();
    network = new Network();
    network.link(network.host('client'), network.host('server'), { delayMs: 10 });
    network.useTimers(source);
  });
  afterEach(remove);

  it('passes the same time as the network, in the order of what is due', async () => {
    const startMs = Date.now();
    const order: string[] = [];
    const note = (what: string): void => {
      order.push(`${what} ${Date.now() - startMs} ${Math.floor(network.nowMs)}`);
    };
    const server = new PromiseServer(network.socketHost('server'), 80, echo);
    setTimeout(() => note('early'), 5);
    setTimeout(() => {
      note('late');
      setTimeout(() => note('from late'), 5);
    }, 70);
    const socket = await PromiseSocket.connect(network.socketHost('client'), 'server', 80);
    note('connected');
    socket.write('x');
    await socket.read();
    note('answered');
    socket.close();
    await new Promise((resolve) => setTimeout(resolve, 30_000));
    note('slept');
    server.close();
    expect(order).toEqual([
      'early 5 5',
      'connected 40 40',
      'answered 60 60',
      'late 70 70',
      'from late 75 75',
      'slept 30060 30060',
    ]);
  });

  it('keeps promises between two timers of one moment', async () => {
    const order: string[] = [];
    for (const name of ['first', 'second']) {
      setTimeout(() => {
        order.push(name);
        void Promise.resolve().then(() => order.push(`${name} promised`));
      }, 10);
    }
    await network.advance(10);
    expect([...order].sort()).toEqual(['first', 'first promised', 'second', 'second promised']);
  });

  it('knows intervals, and timers taken back', async () => {
    const order: number[] = [];
    const interval = setInterval(() => {
      order.push(network.nowMs);
      if (order.length === 3) clearInterval(interval);
    }, 1000);
    clearTimeout(setTimeout(() => order.push(-1), 1500));
    await network.advance(10_000);
    expect(order).toEqual([1000, 2000, 3000]);
    expect(network.nowMs).toBe(10_000);
  });

  it('has nothing left to wait for once timers are taken back', async () => {
    const never = network.settle(
      () =>
        new Promise((resolve) => {
          clearTimeout(setTimeout(resolve, 5000));
        }),
      { stallMs: 100 },
    );
    await expect(never).rejects.toThrow(/waits for ever/);
    // Hosts tell their multicast groups in the first second; the timer would have been due behind it.
    expect(network.nowMs).toBeLessThan(1000);
  });

  it('is stopped by a limit when an interval goes on for ever', async () => {
    const interval = setInterval(() => {}, 60_000);
    const endless = network.settle(() => new Promise(() => {}), { limitMs: 3_600_000 });
    await expect(endless).rejects.toThrow(/not ended within 3600000 ms of virtual time/);
    clearInterval(interval);
    expect(network.nowMs).toBe(3_600_000);
  });
});

describe('a clock of sinon', () => {
  it.each(['new Map([[1, { callAt: 7 }], [2, { callAt: 5 }]])', '({ 1: { callAt: 7 }, 2: { callAt: 5 } })'])(
    'may keep its timers in %s of another realm',
    (code) => {
      const timers: object = runInNewContext(code);
      const clock: SinonClock = { now: 0, timers, countTimers: () => 2, tick: () => {} };
      expect(fakeClockOf(clock).nextDueMs).toBe(5);
    },
  );
});

describe('real timers', () => {
  it('given back before the network is gone part the two clocks, and nothing fails', async () => {
    vi.useFakeTimers();
    using network = new Network();
    network.useTimers(vi);
    setTimeout(() => {}, 1000);
    vi.useRealTimers();
    await network.advance(2000);
    expect(network.nowMs).toBe(2000);
  });
});

describe('mock.timers', () => {
  afterEach(() => mock.timers.reset());

  it('that are not enabled are said to be missing', () => {
    using network = new Network();
    expect(() => network.useTimers(mock.timers)).toThrow(/mock.timers.enable\(\) first/);
  });

  it('are not confused by a timer from before a reset, cleared too late', async () => {
    using network = new Network();
    const inUse = (): void => {
      mock.timers.enable({ apis: ['setTimeout'] });
      network.useTimers(mock.timers);
    };
    inUse();
    const old = setTimeout(() => {}, 1000);
    mock.timers.reset();
    inUse();
    let fired = 0;
    setTimeout(() => fired++, 1000);
    clearTimeout(old);
    await network.advance(1000);
    expect(fired).toBe(1);
  });

  it('that leave timers alone are of no use', () => {
    mock.timers.enable({ apis: ['Date'] });
    using network = new Network();
    expect(() => network.useTimers(mock.timers)).toThrow(/leave setTimeout and setInterval alone/);
  });

  it('give promises their time', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    using network = new Network();
    network.useTimers(mock.timers);
    expect(await timersPromises.setTimeout(5000, 'waited')).toBe('waited');
    expect(network.nowMs).toBe(5000);
  });
});
