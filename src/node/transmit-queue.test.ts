/** Crowds on another thread: both threads send, nothing is lost, sent twice or forgotten, whatever the carrier takes. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Slot } from '../base/slot.ts';
import { type DeviceStatistics, noStatistics } from './device.ts';
import type { FdWatch } from './fd-watch.ts';
import type { CrowdWriter, FrameIo } from './frame-io.ts';
import { TransmitQueue } from './transmit-queue.ts';

const SLOTS = 128;
const CROWD = 64;

/** A carrier that takes as many frames as it is told, here and on another thread. */
class FakeIo implements FrameIo {
  readonly headerLength = 0;
  errno = '';
  readonly written: number[] = [];
  readonly crowd: { readonly frames: number[]; readonly back: (next: number) => void }[] = [];
  /** What the next calls of `write` answer: frames taken, then an error. */
  readonly answers: [number, string][] = [];
  readonly crowds: CrowdWriter = {
    frames: CROWD,
    send: (slots, back) => void this.crowd.push({ frames: slots.map(numberOf), back }),
  };

  read(): number {
    return 0;
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    const [most, errno] = this.answers.shift() ?? [Number.POSITIVE_INFINITY, ''];
    const next = Math.min(to, from + most);
    for (let index = from; index < next; index++) this.written.push(numberOf(slots[index]));
    this.errno = next < to ? errno : '';
    return next;
  }

  watch(): FdWatch {
    return { kind: 'loop', ref() {}, unref() {}, close() {} };
  }

  close(): void {}

  /** The crowd comes back, `count` of its frames sent. */
  back(count: number): void {
    const crowd = this.crowd.shift();
    if (crowd === undefined) throw new Error('no crowd is out');
    this.written.push(...crowd.frames.slice(0, count));
    crowd.back(Math.min(count, crowd.frames.length));
  }
}

function numberOf(slot: Slot | undefined): number {
  return slot === undefined ? -1 : slot.memory.view.getUint16(slot.offset);
}

class Bench {
  readonly io = new FakeIo();
  readonly statistics: DeviceStatistics = noStatistics();
  rooms = 0;
  next = 0;
  readonly queue = new TransmitQueue({
    io: this.io,
    slots: Array.from({ length: SLOTS }, () => Slot.allocate(64, false)),
    statistics: this.statistics,
    onRoom: () => void this.rooms++,
  });

  /** Commits up to `count` frames, each with its number; returns how many there was room for. */
  commit(count: number): number {
    for (let done = 0; done < count; done++) {
      const slot = this.queue.slot();
      if (slot === null) return done;
      slot.memory.view.setUint16(slot.offset, this.next++);
      slot.length = 60;
      this.queue.commit();
    }
    return count;
  }
}

const counting = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe('a queue whose carrier sends crowds on another thread', () => {
  it('sends a few frames at once and many aside; what comes meanwhile follows as the next crowd', () => {
    const bench = new Bench();
    bench.commit(31);
    bench.queue.flush();
    expect([bench.io.written, bench.io.crowd]).toEqual([counting(0, 31), []]);
    bench.commit(100);
    bench.queue.flush();
    expect(bench.io.crowd[0]?.frames).toEqual(counting(31, 31 + CROWD));
    bench.commit(20);
    bench.queue.flush();
    expect(bench.io.crowd).toHaveLength(1);
    bench.io.back(CROWD);
    expect(bench.io.crowd[0]?.frames).toEqual(counting(95, 151));
    bench.io.back(56);
    expect(bench.io.written).toEqual(counting(0, 151));
    expect(bench.statistics).toMatchObject({ sentFrames: 151, sentBytes: 151 * 60, refusedFrames: 0 });
    expect(bench.rooms).toBe(2);
  });

  it('sends beside a crowd when there is no room, and asks for more after the loop had its turn', async () => {
    const bench = new Bench();
    bench.commit(SLOTS);
    bench.queue.flush();
    expect(bench.commit(SLOTS)).toBe(0);
    bench.queue.flush();
    expect(bench.io.written).toEqual(counting(CROWD, SLOTS));
    expect([bench.queue.slot(), bench.rooms]).toEqual([null, 0]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.rooms).toBe(1);
    // The crowd's slots are still its own.
    expect(bench.commit(SLOTS)).toBe(CROWD);
    bench.io.back(CROWD);
    expect(bench.io.crowd[0]?.frames).toEqual(counting(SLOTS, SLOTS + CROWD));
  });

  it('keeps what a crowd could not send before what came later, until the carrier takes it', () => {
    vi.useFakeTimers();
    try {
      const bench = new Bench();
      bench.commit(40);
      bench.queue.flush();
      bench.commit(5);
      bench.io.answers.push([2, 'EAGAIN'], [0, 'ENOBUFS']);
      bench.io.back(10);
      expect([bench.io.written, bench.rooms]).toEqual([counting(0, 12), 0]);
      bench.queue.flush();
      vi.advanceTimersByTime(5);
      expect(bench.io.written).toEqual(counting(0, 45));
      expect(bench.statistics).toMatchObject({ sentFrames: 45, refusedFrames: 0 });
      expect(bench.rooms).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts the frame at which a crowd stopped when it is refused again, and sends the rest', () => {
    const bench = new Bench();
    bench.commit(40);
    bench.queue.flush();
    bench.io.answers.push([0, 'EMSGSIZE']);
    bench.io.back(7);
    expect(bench.io.written).toEqual([...counting(0, 7), ...counting(8, 40)]);
    expect(bench.statistics).toMatchObject({ sentFrames: 39, refusedFrames: 1 });
  });

  it('gives the carrier back only when the crowd is, and then sends nothing more', () => {
    const bench = new Bench();
    const release = vi.fn();
    bench.commit(SLOTS);
    bench.queue.flush();
    bench.queue.close(release);
    expect([release.mock.calls.length, bench.queue.slot()]).toEqual([0, null]);
    bench.io.back(3);
    expect([release.mock.calls.length, bench.io.written, bench.rooms]).toEqual([1, counting(0, 3), 0]);
  });

  it('sends every frame once or counts it as refused, whatever the carrier answers', () => {
    vi.useFakeTimers();
    try {
      const answer = fc.tuple(fc.nat(40), fc.constantFrom('EAGAIN', 'ENOBUFS', 'EINTR', 'EIO', 'EMSGSIZE'));
      const step = fc.oneof(
        fc.record({ commit: fc.nat(150) }),
        fc.record({ back: fc.nat(CROWD), answers: fc.array(answer, { maxLength: 3 }) }),
        fc.record({ waitMs: fc.nat(3) }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const bench = new Bench();
          const { io, queue, statistics } = bench;
          for (const one of steps) {
            if ('commit' in one) {
              bench.commit(one.commit);
              queue.flush();
            } else if ('back' in one) {
              io.answers.push(...one.answers);
              if (io.crowd.length > 0) io.back(one.back);
            } else vi.advanceTimersByTime(one.waitMs);
            expect(io.crowd.length).toBeLessThanOrEqual(1);
          }
          io.answers.length = 0;
          for (let round = 0; round < 10; round++) {
            queue.flush();
            if (io.crowd.length > 0) io.back(CROWD);
            vi.advanceTimersByTime(2);
          }
          expect(new Set(io.written).size).toBe(io.written.length);
          expect(io.written.length + statistics.refusedFrames).toBe(bench.next);
          expect(statistics).toMatchObject({ sentFrames: io.written.length, sentBytes: io.written.length * 60 });
          expect(bench.commit(SLOTS)).toBe(SLOTS);
        }),
        { numRuns: 300 },
      );
    } finally {
      vi.useRealTimers();
    }
  });
});
