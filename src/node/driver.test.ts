/** The driver with a stack, a device and a link that do little: order, coalescing, the one timer, fairness, errors. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EchoStack, SlowLink, TestDevice, type TestSocket } from '../../test/support/driver-parts.ts';
import { Driver } from './driver.ts';

describe('driver', () => {
  const time = { epochUs: 0, us: 1000, nowUs: () => time.us };
  let stack: EchoStack;
  let device: TestDevice;
  let events: string[];
  let driver: Driver<TestSocket>;

  beforeEach(async () => {
    vi.useFakeTimers();
    time.us = 1000;
    stack = new EchoStack();
    device = new TestDevice();
    events = [];
    driver = new Driver({ stack, time, handler: { onEvent: (_socket, bits) => events.push(`event ${bits}`) } });
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

  it('takes a whole batch at one time, then events once, then sends once', () => {
    device.arrive(1, 2, 3);
    expect(stack.log).toEqual(['receive 1 on 3 at 1000', 'receive 2 on 3 at 1000', 'receive 3 on 3 at 1000']);
    expect(events).toEqual(['event 1']);
    expect(device.batches).toEqual([[1, 2, 3]]);
  });

  it('sends what a socket call caused, once for all calls of a tick', async () => {
    stack.outgoing.push(7);
    driver.kick();
    stack.outgoing.push(8);
    driver.kick();
    expect(device.batches).toEqual([]);
    await Promise.resolve();
    expect(device.batches).toEqual([[7, 8]]);
  });

  it('sends within the turn what an event handler caused', () => {
    const answering = new Driver<TestSocket>({
      stack,
      time,
      handler: {
        onEvent: () => {
          stack.outgoing.push(50);
          answering.kick();
        },
      },
    });
    const own = new TestDevice();
    answering.attachDevice(own, 4);
    own.arrive(1);
    expect(own.batches).toEqual([[1, 50]]);
    answering.close();
  });

  it('runs the stack timer at its time, with one Node timer', async () => {
    stack.timeoutUs = 1000 + 30_000;
    driver.kick();
    await Promise.resolve();
    expect(vi.getTimerCount()).toBe(1);
    await pass(29);
    expect(stack.log).toEqual([]);
    await pass(1);
    expect(stack.log).toEqual(['timeout at 31000']);
    expect(device.batches).toEqual([[99]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('moves the timer forward for an earlier timeout and lets it be for a later one', async () => {
    stack.timeoutUs = 100_000;
    driver.kick();
    await Promise.resolve();
    stack.timeoutUs = 11_000;
    driver.kick();
    await Promise.resolve();
    expect(vi.getTimerCount()).toBe(1);
    stack.timeoutUs = 16_000;
    driver.kick();
    await pass(14);
    expect(stack.log).toEqual([]);
    await pass(1);
    expect(stack.log).toEqual(['timeout at 16000']);
  });

  it('gives the event loop its turn when the stack never ends', async () => {
    stack.replies = 5000;
    device.arrive(1);
    expect(device.batches.flat()).toHaveLength(4 * 256);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(device.batches.flat()).toHaveLength(5000);
  });

  it('does not hang on a timeout that is due again and again', async () => {
    stack.repeatUs = -1;
    Object.defineProperty(stack, 'nextTimeoutUs', { value: () => 0 });
    driver.kick();
    await Promise.resolve();
    expect(stack.log).toHaveLength(4);
  });

  it('waits for a device that is full and goes on when it is ready', async () => {
    device.isBlocked = true;
    stack.replies = 20;
    device.arrive(1);
    expect(device.batches).toEqual([]);
    expect(stack.outgoing).toHaveLength(12);
    device.isBlocked = false;
    device.flush();
    device.receiver?.transmitReady();
    await Promise.resolve();
    expect(device.batches.flat()).toHaveLength(20);
  });

  it('goes on after a handler that throws', async () => {
    let isFirst = true;
    const failing = new Driver<TestSocket>({
      stack,
      time,
      handler: {
        onEvent: () => {
          if (isFirst) {
            isFirst = false;
            throw new Error('of the application');
          }
        },
      },
    });
    const own = new TestDevice();
    failing.attachDevice(own, 1);
    expect(() => own.arrive(1)).toThrow('of the application');
    await vi.advanceTimersByTimeAsync(1);
    expect(own.batches).toEqual([[1]]);
    own.arrive(2);
    expect(own.batches).toEqual([[1], [2]]);
    failing.close();
  });

  it('closes its devices, stops its timer and does nothing afterwards', async () => {
    stack.timeoutUs = 50_000;
    driver.kick();
    await Promise.resolve();
    driver.close();
    driver.close();
    expect(device.isClosed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    device.arrive(1);
    driver.kick();
    await pass(60);
    expect(device.batches).toEqual([]);
    expect(() => driver.attachDevice(new TestDevice(), 1)).toThrow(/closed/);
  });

  it('tells the handler of a failed device, or throws when it does not listen', () => {
    expect(() => device.receiver?.deviceFailed(new Error('gone'))).toThrow('gone');
    const failed: string[] = [];
    const other = new Driver<TestSocket>({
      stack,
      time,
      handler: { onEvent: () => {}, onDeviceFailed: (which, error) => failed.push(`${which.name} ${error.message}`) },
    });
    const own = new TestDevice();
    other.attachDevice(own, 1);
    expect(() => other.attachDevice(own, 1)).toThrow(/already attached/);
    own.receiver?.deviceFailed(new Error('gone'));
    expect(failed).toEqual(['test0 gone']);
    other.attachDevice(own, 1);
    other.close();
  });

  it('hands ref and unref on, also to what is attached later', () => {
    driver.unref();
    expect(device.isReferenced).toBe(false);
    const later = new TestDevice();
    driver.attachDevice(later, 4);
    expect(later.isReferenced).toBe(false);
    driver.ref();
    expect([device.isReferenced, later.isReferenced]).toEqual([true, true]);
  });

  it('puts a link between a device and the stack, and keeps what the link has no room for', async () => {
    const wired = new Driver<TestSocket>({ stack, time, handler: { onEvent: () => {} } });
    const far = new TestDevice();
    const link = new SlowLink();
    expect(() => wired.attachLink(link, [{ interfaceId: 5 }])).toThrow(/2 ends, got 1/);
    const offloading = Object.assign(new SlowLink(), { capabilities: { ...link.capabilities, checksum: true } });
    expect(() => wired.attachLink(offloading, [{ interfaceId: 5 }, { device: far }])).toThrow(/cannot take/);
    wired.attachLink(link, [{ interfaceId: 5 }, { device: far }]);
    stack.replies = 3;
    far.arrive(1, 2, 3);
    expect(wired.droppedFrames).toBe(1);
    expect(stack.log).toEqual([]);
    await pass(5);
    expect(stack.log).toEqual(['receive 1 on 5 at 6000', 'receive 2 on 5 at 6000']);
    await pass(5);
    expect(far.batches).toEqual([[1, 1]]);
    await pass(10);
    expect(far.batches.flat()).toEqual([1, 1, 1, 2, 2, 2]);
    wired.close();
    expect(far.isClosed).toBe(true);
  });
});
