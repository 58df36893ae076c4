/** The bad line: each kind of harm, alone and measured, and that a seed decides it. */
import { describe, expect, it } from 'vitest';
import { bytesOf, Collector, frame, isFrameIntact, pattern } from '../../test/support/frames.ts';
import type { Slot } from '../base/slot.ts';
import { ImpairedLink } from './impairment.ts';
import type { ImpairmentSettings } from './impairment-settings.ts';
import { MemoryLink } from './memory-link.ts';

const COUNT = 4000;

class Arrivals extends Collector {
  readonly times: number[] = [];
  readonly sequence: number[] = [];
  nowUs = 0;

  override frameArrived(port: number, slot: Slot): void {
    super.frameArrived(port, slot);
    this.times.push(this.nowUs);
    this.sequence.push(slot.memory.view.getInt32(slot.offset + 38));
  }
}

function run(settings: Partial<ImpairmentSettings>, options: { seed?: number; count?: number; gapUs?: number } = {}) {
  const link = new ImpairedLink(new MemoryLink(), { seed: options.seed ?? 1, settings });
  const arrivals = new Arrivals();
  const count = options.count ?? COUNT;
  const pump = (untilUs: number): void => {
    for (let due = link.nextTimeoutUs(); due <= untilUs; due = link.nextTimeoutUs()) {
      arrivals.nowUs = Math.max(arrivals.nowUs, due);
      link.poll(arrivals.nowUs, arrivals, 64);
    }
  };
  for (let n = 0; n < count; n++) {
    pump(n * (options.gapUs ?? 1000));
    link.send(0, frame({ seq: n, payload: pattern(100, n) }), n * (options.gapUs ?? 1000));
  }
  pump(Number.MAX_VALUE);
  return { link, arrivals, counters: link.countersOf(0) };
}

describe('ImpairedLink', () => {
  it('delays', () => {
    const { arrivals } = run({ delayMs: 7.5 }, { count: 3 });
    expect(arrivals.times).toEqual([7500, 8500, 9500]);
  });

  it('jitters within its bounds, in order unless told otherwise', () => {
    const ordered = run({ delayMs: 5, jitterMs: 10 });
    expect(ordered.arrivals.sequence).toEqual(Array.from({ length: COUNT }, (_, n) => n));
    const free = run({ delayMs: 5, jitterMs: 10, jitterReorders: true });
    const delays = free.arrivals.times.map((timeUs, index) => timeUs - free.arrivals.sequence[index]! * 1000);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(5000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(15_000);
    expect(free.arrivals.sequence).not.toEqual(ordered.arrivals.sequence);
    expect([...free.arrivals.sequence].sort((a, b) => a - b)).toEqual(ordered.arrivals.sequence);
  });

  it('loses the share it was told to', () => {
    const { arrivals, counters } = run({ loss: 0.1 });
    expect(arrivals.arrived.length + counters.lost).toBe(COUNT);
    expect(counters.lost / COUNT).toBeCloseTo(0.1, 1);
    expect(counters.lost).toBeGreaterThan(300);
  });

  it('loses in bursts', () => {
    const { arrivals, counters } = run({ burstLoss: { enter: 0.02, leave: 0.2 } });
    const gaps = arrivals.sequence
      .map((n, index) => n - (arrivals.sequence[index - 1] ?? -1) - 1)
      .filter((gap) => gap > 0);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    // A burst ends with probability 0.2 per frame: five frames on average, and 0.02 / 0.22 of the time is bad.
    expect(mean).toBeGreaterThan(3.5);
    expect(mean).toBeLessThan(6.5);
    expect(counters.burstLost / COUNT).toBeGreaterThan(0.06);
    expect(counters.burstLost / COUNT).toBeLessThan(0.13);
  });

  it('reorders', () => {
    const { arrivals, counters } = run({ reorder: 0.05, reorderDelayMs: 3.5 });
    const late = arrivals.sequence.filter((n, index) => index > 0 && n < arrivals.sequence[index - 1]!).length;
    expect(counters.reordered).toBeGreaterThan(130);
    expect(late).toBeGreaterThan(100);
    expect(arrivals.arrived.length).toBe(COUNT);
  });

  it('duplicates', () => {
    const { arrivals, counters } = run({ duplicate: 0.1 });
    expect(arrivals.arrived.length).toBe(COUNT + counters.duplicated);
    expect(counters.duplicated).toBeGreaterThan(300);
  });

  it.each(['transport', 'ip-header'] as const)('corrupts the %s so that a checksum finds it', (corruptPart) => {
    const { arrivals, counters } = run({ corrupt: 0.2, corruptPart }, { count: 1000 });
    const broken = arrivals.arrived.filter(({ slot }) => !isFrameIntact(slot)).length;
    expect(counters.corrupted).toBeGreaterThan(100);
    expect(broken).toBe(counters.corrupted);
  });

  it('corrupts so that no checksum finds it', () => {
    const { arrivals, counters } = run({ corruptUndetected: 0.2 }, { count: 1000 });
    const originals = Array.from({ length: 1000 }, (_, n) =>
      Buffer.from(bytesOf(frame({ seq: n, payload: pattern(100, n) }))),
    );
    const changed = arrivals.arrived.filter(({ bytes }, index) => !originals[index]?.equals(bytes));
    expect(counters.corruptedUndetected).toBeGreaterThan(100);
    expect(changed.length).toBe(counters.corruptedUndetected);
    for (const { slot } of arrivals.arrived) expect(isFrameIntact(slot)).toBe(true);
  });

  it('finishes an offloaded checksum before it breaks it, and drops what no checksum covers', () => {
    const capabilities = { medium: 'ethernet', mtu: 1500, tso4: true, tso6: true, uso: true, checksum: true } as const;
    const link = new ImpairedLink(new MemoryLink({ capabilities }), { seed: 1, settings: { corrupt: 1 } });
    const collector = new Collector();
    link.send(0, frame({ payload: pattern(50), unfinished: true }), 0);
    const arp = frame();
    arp.memory.view.setUint16(arp.offset + 12, 0x0806);
    link.send(0, arp, 0);
    link.poll(0, collector, 10);
    expect(collector.arrived.length).toBe(1);
    const [arrived] = collector.arrived;
    expect([arrived?.slot.checksumVerified, arrived?.slot.checksumOffset]).toEqual([0, 0]);
    expect(arrived && isFrameIntact(arrived.slot)).toBe(false);
  });

  it('throttles, queues and drops the last to come', () => {
    // 154 bytes at 1.232 Mbit/s take one millisecond.
    const byPackets = run({ rateBps: 1_232_000, queuePackets: 5 }, { gapUs: 0, count: 20 });
    expect(byPackets.arrivals.times).toEqual([1000, 2000, 3000, 4000, 5000, 6000]);
    expect(byPackets.arrivals.sequence).toEqual([0, 1, 2, 3, 4, 5]);
    expect(byPackets.counters.queueDropped).toBe(14);
    const byBytes = run({ rateBps: 1_232_000, queueBytes: 400 }, { gapUs: 0, count: 20 });
    expect(byBytes.arrivals.sequence).toEqual([0, 1]);
    const steady = run({ rateBps: 1_232_000, queuePackets: 1 }, { gapUs: 1000, count: 50 });
    expect(steady.counters.queueDropped).toBe(0);
  });

  it('treats directions apart and takes changes at any time', () => {
    const link = new ImpairedLink(new MemoryLink(), { seed: 1 });
    const collector = new Collector();
    link.set({ delayMs: 10 }, 0);
    link.send(0, frame({ seq: 1 }), 0);
    link.send(1, frame({ seq: 2 }), 0);
    expect(link.poll(0, collector, 10)).toBe(1);
    expect(collector.take()[0]?.port).toBe(0);
    link.set({ delayMs: 0 }, 0);
    link.send(0, frame({ seq: 3 }), 5000);
    // What is sent later does not overtake what is on its way.
    expect(link.poll(5000, collector, 10)).toBe(0);
    expect(link.poll(10_000, collector, 10)).toBe(2);
    expect(collector.take().map(({ bytes }) => bytes[41])).toEqual([1, 3]);
    link.send(0, frame({ seq: 4 }), 20_000);
    expect(link.poll(20_000, collector, 10)).toBe(1);
  });

  it('a cut takes what is sent and what is on its way', () => {
    const link = new ImpairedLink(new MemoryLink(), { seed: 1, settings: { delayMs: 10 } });
    const collector = new Collector();
    link.send(0, frame(), 0);
    link.set({ cut: true });
    link.send(0, frame(), 0);
    link.poll(20_000, collector, 10);
    expect([collector.arrived.length, link.countersOf(0).cutDropped]).toEqual([0, 2]);
  });

  it('does the same harm for the same seed', () => {
    const all = { loss: 0.1, jitterMs: 5, jitterReorders: true, duplicate: 0.1, corrupt: 0.1, reorder: 0.1 };
    const [a, b, c] = [1, 1, 2].map((seed) => run(all, { seed, count: 500 }).arrivals.sequence);
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it.each([
    [{ loss: 1.5 }, /loss: is a probability/],
    [{ delayMs: -1 }, /delayMs/],
    [{ queuePackets: 0 }, /queuePackets/],
    [{ bleach: -0.1 }, /bleach: is a probability/],
    [{ burstLoss: { enter: 2, leave: 0 } }, /burstLoss.enter/],
  ])('refuses %o', (settings, message) => {
    expect(() => new ImpairedLink(new MemoryLink(), { seed: 1, settings })).toThrow(message);
  });

  it('waits for a carrier that is full without naming an hour that has passed', () => {
    const link = new ImpairedLink(new MemoryLink({ delayUs: 5000, queueFrames: 4 }), {
      seed: 1,
      settings: { delayMs: 1 },
    });
    const arrivals = new Arrivals();
    for (let n = 0; n < 10; n++) link.send(0, frame({ seq: n, payload: pattern(100, n) }), 0);
    let nowUs = 0;
    let polls = 0;
    for (let due = link.nextTimeoutUs(); due < Infinity && polls < 100; due = link.nextTimeoutUs(), polls++) {
      nowUs = Math.max(nowUs, due);
      link.poll(nowUs, arrivals, 1);
    }
    expect(arrivals.sequence).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(polls).toBeLessThan(30);
  });

  it('what was on its way when the line was cut stays lost, also when it is mended before its time', () => {
    const link = new ImpairedLink(new MemoryLink(), { seed: 1, settings: { delayMs: 50 } });
    const collector = new Collector();
    for (const port of [0, 1]) link.send(port, frame({ payload: pattern(10) }), 0);
    link.set({ cut: true }, 0);
    link.set({ cut: false });
    link.send(0, frame({ payload: pattern(20) }), 1000);
    link.poll(100_000, collector, 10);
    expect(collector.arrived.map(({ port }) => port).sort()).toEqual([0, 1]);
    expect([link.countersOf(0).cutDropped, link.countersOf(1).cutDropped]).toEqual([1, 0]);
  });
});
