/** The web's event loop: turns, timers, and what virtual time waits for. */
import { describe, expect, it } from 'vitest';
import { Network, pumpOf } from '../sim/index.ts';
import { createConnect, createDirectSockets, WebEventLoop } from './index.ts';

describe('WebEventLoop', () => {
  it('calls back after what is ready has had its say, in order', async () => {
    const loop = new WebEventLoop();
    const said: string[] = [];
    await new Promise<void>((resolve) => {
      loop.afterTurn(() => said.push('turn 1'));
      loop.afterTurn(() => {
        said.push('turn 2');
        loop.afterTurn(() => resolve());
      });
      Promise.resolve().then(() => said.push('promise'));
      said.push('now');
    });
    expect(said).toEqual(['now', 'promise', 'turn 1', 'turn 2']);
  });

  it('clears timers', async () => {
    const loop = new WebEventLoop();
    const said: string[] = [];
    loop.clearTimer(loop.setTimer(() => said.push('cleared'), 1));
    await new Promise<void>((resolve) => loop.setTimer(resolve, 20));
    expect(said).toEqual([]);
  });

  it('virtual time waits for work outside, and goes on when that fails', async () => {
    const network = new Network({ seed: 1 });
    const a = network.host('a');
    const b = network.host('b');
    network.link(a, b, { delayMs: 50 });
    const loop = new WebEventLoop();
    const pump = pumpOf(network, loop);
    await new (createDirectSockets(pump.attach(b)).TCPServerSocket)('::', { localPort: 1 }).opened;
    let fail = (_: Error) => {};
    const work = new Promise<void>((_, reject) => {
      fail = reject;
    });
    loop.waitFor(work, 'download').catch(() => {});
    expect(loop.pendingResource()).toBe('download');
    const socket = createConnect(pump.attach(a))('b:1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(network.nowMs).toBe(0);
    fail(new Error('no such file'));
    await socket.opened;
    expect(network.nowMs).toBeGreaterThanOrEqual(100);
    pump.stop();
  });

  it('real time takes as long as it says', async () => {
    const network = new Network({ seed: 1 });
    const a = network.host('a');
    const b = network.host('b');
    network.link(a, b, { delayMs: 30 });
    const pump = pumpOf(network, new WebEventLoop(), { time: 'real' });
    await new (createDirectSockets(b).TCPServerSocket)('::', { localPort: 1 }).opened;
    const startMs = performance.now();
    await createConnect(a)('b:1').opened;
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(59);
    pump.stop();
  });
});
