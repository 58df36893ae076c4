/** Many connections in TIME-WAIT at once (RFC 9293 section 3.6.1): each ends in its own hour, whatever becomes of the others. */
import { describe, expect, it } from 'vitest';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import type { ProfileName } from '../../src/stack/profile.ts';
import { setTcpSetting } from '../../src/stack/profile.ts';
import type { Stack } from '../../src/stack/stack.ts';
import { TimeWait } from '../../src/tcp/index.ts';
import { StackPair } from '../support/stack-pair.ts';

const WAITS: readonly [ProfileName, number][] = [
  ['rfc', 240_000],
  ['linux', 60_000],
];
const PORT = 80;
const HOUR_US = 3_600e6;

/** Connections of `a` that it closes first, each a second after the one before; returns when they entered TIME-WAIT. */
function closeEachSecond(pair: StackPair, count: number): number[] {
  const listener = new ListenSocket(pair.b, { port: PORT });
  return Array.from({ length: count }, () => {
    const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: PORT });
    pair.flush();
    const server = listener.accept();
    client.close();
    pair.flush();
    server?.close();
    pair.flush();
    const enteredUs = pair.nowUs;
    pair.run(pair.nowUs + 1e6);
    return enteredUs;
  });
}

function waiting(stack: Stack): TimeWait[] {
  return [...stack.tcp.connections]
    .filter((entry) => entry instanceof TimeWait)
    .sort((one, other) => one.id - other.id);
}

/** When each of so many ends, by looking just before and just after. */
function expectEnds(pair: StackPair, endsUs: readonly number[]): void {
  endsUs.forEach((endUs, index) => {
    const left = endsUs.length - index;
    pair.run(endUs - 1_000);
    expect(pair.a.tcp.timeWaitCount, `before ${endUs}`).toBe(left);
    expect(waiting(pair.a).length).toBe(left);
    pair.run(endUs + 1_000);
    expect(pair.a.tcp.timeWaitCount, `after ${endUs}`).toBe(left - 1);
  });
}

describe.each(WAITS)('%s', (profile, waitMs) => {
  const waitUs = waitMs * 1000;

  it('each ends 2 MSL after it began', () => {
    const pair = new StackPair({ profile });
    const entered = closeEachSecond(pair, 5);
    expectEnds(
      pair,
      entered.map((enteredUs) => enteredUs + waitUs),
    );
  });

  it('when the oldest goes before its time, the next is woken in its own hour and nobody before it', () => {
    const pair = new StackPair({ profile });
    const [, second = 0] = closeEachSecond(pair, 3);
    const [oldest] = waiting(pair.a);
    if (oldest === undefined) throw new Error('nobody waits');
    pair.a.tcp.releaseTimeWait(oldest.key);
    expect(pair.a.tcp.timeWaitCount).toBe(2);
    pair.run(second + waitUs - 2_000);
    expect(pair.a.nextTimeoutUs()).toBe(second + waitUs);
  });

  it('when all go before their time, nothing is left to be woken for', () => {
    const pair = new StackPair({ profile });
    closeEachSecond(pair, 3);
    for (const { key } of waiting(pair.a)) pair.a.tcp.releaseTimeWait(key);
    pair.a.handleTimeout(pair.nowUs);
    expect(pair.a.tcp.timeWaitCount).toBe(0);
    // What is left are the neighbors and routes of IP, which last longer.
    expect(pair.a.nextTimeoutUs()).toBeGreaterThan(pair.nowUs + waitUs);
  });

  it('another setting is for those that come; the others keep their hour', () => {
    const pair = new StackPair({ profile });
    const former = closeEachSecond(pair, 2);
    setTcpSetting(pair.a.tcp.settings, 'time_wait_ms', 5_000);
    const port81 = new ListenSocket(pair.b, { port: 81 });
    const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 81 });
    pair.flush();
    const server = port81.accept();
    client.close();
    pair.flush();
    server?.close();
    pair.flush();
    expectEnds(pair, [pair.nowUs + 5_000_000, ...former.map((enteredUs) => enteredUs + waitUs)]);
  });

  it('all are over when the clock jumps by seventy hours', () => {
    const pair = new StackPair({ profile });
    closeEachSecond(pair, 3);
    pair.nowUs += 70 * HOUR_US;
    pair.a.handleTimeout(pair.nowUs);
    expect(pair.a.tcp.timeWaitCount).toBe(0);
    expect(waiting(pair.a)).toEqual([]);
  });

  it('a snapshot has a queue of its own', () => {
    const pair = new StackPair({ profile });
    const entered = closeEachSecond(pair, 3);
    const copy = pair.a.snapshot();
    for (const { key } of waiting(pair.a)) pair.a.tcp.releaseTimeWait(key);
    expect(copy.tcp.timeWaitCount).toBe(3);
    entered.forEach((enteredUs, index) => {
      copy.handleTimeout(enteredUs + waitUs - 100);
      expect(copy.tcp.timeWaitCount).toBe(3 - index);
      copy.handleTimeout(enteredUs + waitUs);
      expect(copy.tcp.timeWaitCount).toBe(2 - index);
    });
  });
});
