/** Frames with an hour of departure: kept until then, in order, bounded; at a device and at a link. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EchoStack, SlowLink, TestDevice, type TestSocket } from '../../test/support/driver-parts.ts';
import { Driver } from './driver.ts';

describe('pacing', () => {
  const time = { epochUs: 0, us: 1000, nowUs: () => time.us };
  let stack: EchoStack;
  let device: TestDevice;
  let driver: Driver<TestSocket>;

  beforeEach(async () => {
    vi.useFakeTimers();
    time.us = 1000;
    stack = new EchoStack();
    device = new TestDevice();
    driver = new Driver({ stack, time, handler: { onEvent: () => {} } });
    driver.attachDevice(device, 3);
    await Promise.resolve();
  });

  afterEach(() => {
    driver.close();
    vi.useRealTimers();
  });

  /** Lets `ms` pass on both clocks. */
  async function pass(ms: number): Promise<void> {
    for (let step = 0; step < ms; step++) {
      time.us += 1000;
      await vi.advanceTimersByTimeAsync(1);
    }
  }

  it('keeps a paced frame until its departure, in order of departure, and goes on with others', async () => {
    for (const [value, us] of [
      [1, 9_000],
      [2, 4_500],
      [3, 9_000],
      [4, 1_000],
    ] as const) {
      stack.departures.set(value, us);
    }
    stack.outgoing.push(1, 2, 3, 4, 5);
    driver.kick();
    await Promise.resolve();
    expect(device.batches).toEqual([[4, 5]]);
    expect(vi.getTimerCount()).toBe(1);
    await pass(3);
    expect(device.batches).toHaveLength(1);
    await pass(1);
    expect(device.batches.slice(1)).toEqual([[2]]);
    // What comes meanwhile does not send the others early.
    device.arrive(6);
    expect(device.batches.slice(2)).toEqual([[6]]);
    await pass(4);
    expect(device.batches.slice(3)).toEqual([[1, 3]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('asks the stack for no more frames than can wait, and sleeps while a full device blocks those that are due', async () => {
    stack.departures.set(7, 50_000);
    for (let n = 0; n < 6000; n++) stack.outgoing.push(7);
    driver.kick();
    await pass(40);
    expect(device.batches).toEqual([]);
    expect(stack.outgoing).toHaveLength(6000 - 4096);
    device.isBlocked = true;
    await pass(20);
    expect(vi.getTimerCount()).toBe(0);
    device.isBlocked = false;
    device.flush();
    device.receiver?.transmitReady();
    await pass(10);
    expect(device.batches.flat()).toHaveLength(6000);
  });

  it('paces frames into a link as well', async () => {
    const wired = new Driver<TestSocket>({ stack, time, handler: { onEvent: () => {} } });
    const far = new TestDevice();
    stack.departures.set(1, 3_000);
    stack.departures.set(2, 2_000);
    stack.outgoing.push(1, 2);
    wired.attachLink(new SlowLink(), [{ interfaceId: 5 }, { device: far }]);
    await pass(5);
    expect(far.batches).toEqual([]);
    await pass(1);
    expect(far.batches).toEqual([[2]]);
    await pass(1);
    expect(far.batches).toEqual([[2], [1]]);
    wired.close();
  });
});
