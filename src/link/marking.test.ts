/** Marking: by average length, by waiting time, by chance; what is marked, what is dropped instead, that checksums hold. */
import { describe, expect, it } from 'vitest';
import { bytesOf, Collector, type FrameOptions, frame, isFrameIntact, pattern } from '../../test/support/frames.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { Slot } from '../base/slot.ts';
import { FrameView } from '../wire/frame-view.ts';
import { Ecn } from '../wire/ip-packet.ts';
import { readEcn } from './ecn-field.ts';
import { ImpairedLink } from './impairment.ts';
import type { ImpairmentSettings } from './impairment-settings.ts';
import { MemoryLink } from './memory-link.ts';

/** 1000 bytes take a millisecond. */
const RATE = 8e6;
const FRAME_1000 = pattern(1000 - 54);

function ecnOf(slot: Slot, medium: LinkMedium = 'ethernet'): number {
  const view = new FrameView();
  view.look(slot, medium);
  return readEcn(view);
}

/** Sends `ecns` one every `gapUs` and returns what came out. */
function run(settings: Partial<ImpairmentSettings>, ecns: readonly number[], gapUs = 0, seed = 1) {
  const link = new ImpairedLink(new MemoryLink({ queueFrames: 100_000 }), { seed, settings });
  const collector = new Collector();
  for (const [n, ecn] of ecns.entries()) {
    link.poll(n * gapUs, collector, 1000);
    link.send(0, frame({ ecn, seq: n, payload: FRAME_1000 }), n * gapUs);
  }
  while (link.nextTimeoutUs() < Infinity) link.poll(link.nextTimeoutUs(), collector, 1000);
  const slots = collector.take().map(({ slot }) => slot);
  expect(slots.every((slot) => isFrameIntact(slot))).toBe(true);
  return { slots, ecns: slots.map((slot) => ecnOf(slot)), counters: link.countersOf(0) };
}

const many = (count: number, ecn: number): number[] => Array.from({ length: count }, () => ecn);

describe('a step by waiting time', () => {
  // RFC 9331 §5.1: ECT(1) is what asks for the shallow marking.
  it('marks ECT(1) that waits longer than the threshold, and nothing else', () => {
    const step = { kind: 'step', thresholdUs: 2000 } as const;
    const marked = run({ rateBps: RATE, marking: step }, many(6, Ecn.ect1));
    // They wait 0, 1, 2, 3, 4 and 5 ms.
    expect(marked.ecns).toEqual([1, 1, 1, 3, 3, 3]);
    expect(marked.counters.marked).toBe(3);
    for (const ecn of [Ecn.notEct, Ecn.ect0, Ecn.ce]) {
      const other = run({ rateBps: RATE, marking: step }, many(6, ecn));
      expect(other.ecns).toEqual(many(6, ecn));
      expect([other.counters.marked, other.counters.markDropped]).toEqual([0, 0]);
    }
  });

  it('marks ECT(0) as well when told to, 1 ms by default; what is not capable meets the end of the queue', () => {
    const settings = { rateBps: RATE, queuePackets: 3, marking: { kind: 'step', marks: 'ect' } } as const;
    expect(run(settings, many(9, Ecn.ect0)).ecns).toEqual([2, 2, 3, 3]);
    const plain = run(settings, many(9, Ecn.notEct));
    expect([plain.ecns, plain.counters.queueDropped]).toEqual([[0, 0, 0, 0], 5]);
  });
});

describe('random early detection', () => {
  const byPackets = { kind: 'red', minPackets: 5, maxPackets: 15, maxProbability: 0.2, weight: 1 } as const;

  it('leaves a short queue alone and marks all of a long one', () => {
    const { ecns, counters } = run({ rateBps: RATE, marking: byPackets }, many(40, Ecn.ect0));
    expect(ecns.slice(0, 5)).toEqual(many(5, Ecn.ect0));
    expect(ecns.slice(15)).toEqual(many(25, Ecn.ce));
    const between = ecns.slice(5, 15).filter((ecn) => ecn === Ecn.ce).length;
    expect(between).toBeLessThan(10);
    expect([counters.marked, counters.markDropped]).toEqual([25 + between, 0]);
  });

  // RFC 3168 §5: a packet that is not ECN-capable is dropped where another is marked.
  // RFC 3168 §5 R3168-17, R3168-19: either codepoint is capable, and CE stays CE.
  it('drops what cannot carry a mark', () => {
    const { ecns, counters } = run({ rateBps: RATE, marking: byPackets }, many(40, Ecn.notEct));
    expect(ecns.every((ecn) => ecn === Ecn.notEct)).toBe(true);
    // Drops keep the queue from growing, so that it never reaches the upper threshold for long.
    expect(counters.markDropped).toBe(40 - ecns.length);
    expect(counters.markDropped).toBeGreaterThan(5);
    expect(counters.marked).toBe(0);
  });

  it.each([
    ['packets', { minPackets: 0, maxPackets: 20 }],
    ['bytes', { minBytes: 0, maxBytes: 20_000 }],
  ])('marks with the probability of the average in %s, spread evenly', (_name, thresholds) => {
    const marking = { kind: 'red', ...thresholds, maxProbability: 0.2, weight: 1 } as const;
    const link = new ImpairedLink(new MemoryLink(), { seed: 3, settings: { rateBps: RATE, marking } });
    const marks: number[] = [];
    // Ten stand in the queue, then one comes for each that goes: half-way between the thresholds, one in ten by chance
    // alone. Evenly spread, the gaps lie between 1 and 10 with the mean in the middle.
    for (let n = 0; n < 10; n++) link.send(0, frame({ payload: FRAME_1000, ecn: Ecn.ect0 }), 0);
    for (let n = 1; n <= 3000; n++) {
      const before = link.countersOf(0).marked;
      link.send(0, frame({ payload: FRAME_1000, ecn: Ecn.ect0 }), n * 1000);
      if (link.countersOf(0).marked > before) marks.push(n);
    }
    const gaps = marks.slice(1).map((at, index) => at - marks[index]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).toBeGreaterThan(4.2);
    expect(mean).toBeLessThan(6.8);
  });

  it('the average follows slowly and sinks while nothing comes', () => {
    const slow = { kind: 'red', minPackets: 5, maxPackets: 6, weight: 0.01 } as const;
    const link = new ImpairedLink(new MemoryLink(), { seed: 1, settings: { rateBps: RATE, marking: slow } });
    const burst = (nowUs: number, count: number): number => {
      const before = link.countersOf(0).marked;
      for (let n = 0; n < count; n++) link.send(0, frame({ ecn: Ecn.ect0, payload: FRAME_1000 }), nowUs);
      return link.countersOf(0).marked - before;
    };
    expect(burst(0, 20)).toBe(0);
    expect(burst(0, 100)).toBeGreaterThan(50);
    // 120 frames are gone after 120 ms; 1000 idle milliseconds later the average has forgotten them.
    expect(burst(1_120_000, 20)).toBe(0);
  });

  it('does the same for the same seed', () => {
    const chance = { ...byPackets, minPackets: 0, maxPackets: 60 };
    const [a, b, c] = [1, 1, 2].map(
      (seed) => run({ rateBps: RATE, marking: chance }, many(50, Ecn.ect0), 0, seed).ecns,
    );
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });
});

describe('marks and bleaching by chance', () => {
  it('marks what is capable, clears what is set, counts both', () => {
    const mixed = [Ecn.notEct, Ecn.ect0, Ecn.ect1, Ecn.ce];
    const marked = run({ mark: 1 }, mixed);
    expect([marked.ecns, marked.counters.marked]).toEqual([[0, 3, 3, 3], 2]);
    const bleached = run({ bleach: 1, mark: 1 }, mixed);
    expect([bleached.ecns, bleached.counters.bleached, bleached.counters.marked]).toEqual([[0, 0, 0, 0], 3, 0]);
    const some = run({ mark: 0.25 }, many(2000, Ecn.ect0));
    expect(some.counters.marked).toBe(some.ecns.filter((ecn) => ecn === Ecn.ce).length);
    expect(Math.abs(some.counters.marked - 500)).toBeLessThan(80);
  });

  it('leaves the frame of the sender alone', () => {
    const link = new ImpairedLink(new MemoryLink(), { seed: 1, settings: { mark: 1 } });
    const slot = frame({ ecn: Ecn.ect0 });
    const before = bytesOf(slot);
    link.send(0, slot, 0);
    expect(bytesOf(slot)).toEqual(before);
  });

  const kinds: [string, FrameOptions][] = [
    ['IPv4', {}],
    ['IPv6', { source: 'fd00::1' }],
    ['bare IPv4', { medium: 'ip' }],
    ['bare IPv6', { medium: 'ip', source: 'fd00::1' }],
  ];

  it.each(kinds)('%s: every piece of a super-segment is CE, and checksums are right', (_name, options) => {
    const medium = options.medium ?? 'ethernet';
    const capabilities = { medium, mtu: 1500, tso4: false, tso6: false, uso: false, checksum: false };
    const link = new ImpairedLink(new MemoryLink({ capabilities }), { seed: 1, settings: { mark: 1 } });
    const collector = new Collector();
    link.send(0, frame({ ...options, ecn: Ecn.ect1, payload: pattern(3000), gsoSize: 1000 }), 0);
    link.poll(0, collector, 10);
    expect(collector.arrived.map(({ slot }) => ecnOf(slot, medium))).toEqual([3, 3, 3]);
    for (const { slot } of collector.arrived) expect(isFrameIntact(slot, medium)).toBe(true);
  });

  it('lets a wrong header checksum stay wrong, and what is no IP pass', () => {
    const link = new ImpairedLink(new MemoryLink(), { seed: 1, settings: { mark: 1, bleach: 1 } });
    const collector = new Collector();
    const wrong = frame({ ecn: Ecn.ect0 });
    wrong.memory.u8[wrong.offset + 24]! ^= 1;
    const arp = frame({ ecn: Ecn.ect0 });
    arp.memory.view.setUint16(arp.offset + 12, 0x0806);
    const sent = bytesOf(arp);
    for (const slot of [wrong, arp]) link.send(0, slot, 0);
    link.poll(0, collector, 10);
    expect(isFrameIntact(collector.arrived[0]!.slot)).toBe(false);
    expect(collector.arrived[1]!.bytes).toEqual(sent);
  });
});

it.each([
  [{ kind: 'red' }, /marking: give minPackets and maxPackets, or minBytes/],
  [{ kind: 'red', minPackets: 1, maxPackets: 2, minBytes: 5 }, /marking: give/],
  [{ kind: 'red', minPackets: 1 }, /marking.maxPackets: must be finite and above/],
  [{ kind: 'red', minPackets: 5, maxPackets: 5 }, /marking.maxPackets/],
  [{ kind: 'red', minBytes: -1, maxBytes: 5 }, /marking.minBytes/],
  [{ kind: 'red', minPackets: 1, maxPackets: 2, maxProbability: 0 }, /marking.maxProbability/],
  [{ kind: 'red', minPackets: 1, maxPackets: 2, weight: 1.1 }, /marking.weight/],
  [{ kind: 'step', thresholdUs: Number.NaN }, /marking.thresholdUs/],
  [{ kind: 'step', marks: 'all' }, /marking.marks/],
  [{ kind: 'codel' }, /marking.kind: is red or step/],
])('refuses %o', (marking, message) => {
  const settings = { rateBps: 1, marking } as Partial<ImpairmentSettings>;
  expect(() => new ImpairedLink(new MemoryLink(), { seed: 1, settings })).toThrow(message);
});
