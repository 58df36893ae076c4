/** A socket that sends crowds: when it is read, and when not. */
import { closeSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { socketPair } from '../../test/support/device-hosts.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { FrameDevice } from './frame-device.ts';
import { MessageIo } from './message-io.ts';
import { loadNative } from './native.ts';
import { loadSocketCalls, Socket } from './native-sockets.ts';

const CROWD = 100;

// The system calls are Linux's.
describe.skipIf(process.platform !== 'linux')('while a crowd is out', () => {
  let far = -1;
  let device: FrameDevice | null = null;
  let letCrowdReturn: () => void = () => {};
  let arrived = 0;

  beforeEach(() => {
    // Those of the loop's turns stay.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const [near, other] = socketPair(Socket.SOCK_DGRAM);
    far = other;
    arrived = 0;
    const calls = loadSocketCalls();
    const io = new MessageIo(
      loadNative(),
      {
        ...calls,
        sendmmsgOnThread: (fd, address, count, flags, done) => {
          letCrowdReturn = () => done(calls.sendmmsg(fd, address, count, flags));
        },
      },
      {
        fd: near,
        headerLength: 0,
        watchKind: 'auto',
        destination: null,
        sendsCrowds: true,
        close: () => closeSync(near),
      },
    );
    device = new FrameDevice({ name: 'crowds', io, capabilities: plainCapabilities('ip', 1500) });
    device.start({
      framesArrived(_slots, count) {
        arrived += count;
      },
      transmitReady() {},
      deviceFailed(error) {
        throw error;
      },
    });
    for (let frame = 0; frame < CROWD; frame++) {
      const slot = device.transmitSlot();
      if (slot === null) throw new Error('no room');
      slot.length = 40;
      device.commit();
    }
    device.flush();
    writeSync(far, 'answer');
  });

  afterEach(async () => {
    vi.useRealTimers();
    device?.close();
    letCrowdReturn();
    await turns();
    closeSync(far);
  });

  it('nothing is read until it is back, then everything', async () => {
    await turns();
    expect([arrived, device?.statistics.sentFrames]).toEqual([0, 0]);
    writeSync(far, 'another');
    letCrowdReturn();
    letCrowdReturn = () => {};
    await turns();
    expect(arrived).toBe(2);
    vi.advanceTimersByTime(5);
    expect(device?.statistics).toMatchObject({ sentFrames: CROWD, refusedFrames: 0 });
    writeSync(far, 'later');
    await turns();
    expect(arrived).toBe(3);
  });

  it('and does not come back because all threads are busy, the socket is watched all the same', async () => {
    await turns();
    vi.advanceTimersByTime(4);
    await turns();
    expect(arrived).toBe(0);
    vi.advanceTimersByTime(1);
    await turns();
    expect(arrived).toBe(1);
    writeSync(far, 'another');
    await turns();
    expect(arrived).toBe(2);
  });
});

/** Turns of the event loop. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}
