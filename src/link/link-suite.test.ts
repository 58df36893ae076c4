/** What every link does, whatever it is: one suite over all of them. */
import { describe, expect, it } from 'vitest';
import {
  frame as anyFrame,
  bytesOf,
  Collector,
  type FrameOptions,
  isFrameIntact,
  MAC_B,
  pattern,
} from '../../test/support/frames.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import type { Slot } from '../base/slot.ts';
import { cloneGraph } from '../base/snapshot.ts';
import { ImpairedLink } from './impairment.ts';
import type { FrameSink, Link, LinkStatistics } from './link.ts';
import type { MarkingSettings } from './marking.ts';
import { MemoryLink } from './memory-link.ts';
import { NatLink } from './nat.ts';
import { RuleLink } from './rules.ts';
import { SlipLink } from './slip.ts';
import { SwitchLink } from './switch.ts';
import { TracerLink } from './tracer.ts';

const offload = { medium: 'ethernet', mtu: 1500, tso4: true, tso6: true, uso: true, checksum: true } as const;

interface Case {
  name: string;
  make: () => Link;
  /** What its frames are like, where not Ethernet. */
  frames?: FrameOptions;
  /** It rewrites what it carries. */
  rewrites?: boolean;
}

/** Links with at least two ends, where what is sent from port 0 to MAC_B arrives at port 1. */
const LINKS: readonly Case[] = [
  { name: 'memory', make: () => new MemoryLink() },
  { name: 'memory with delay', make: () => new MemoryLink({ delayUs: 500 }) },
  { name: 'memory with offloads', make: () => new MemoryLink({ capabilities: offload }) },
  { name: 'switch', make: () => new SwitchLink({ portCount: 2 }) },
  { name: 'unimpaired', make: () => new ImpairedLink(new MemoryLink(), { seed: 1 }) },
  { name: 'delayed', make: () => new ImpairedLink(new MemoryLink(), { seed: 1, settings: { delayMs: 3 } }) },
  { name: 'jittery in order', make: () => new ImpairedLink(new MemoryLink(), { seed: 1, settings: { jitterMs: 3 } }) },
  { name: 'throttled', make: () => new ImpairedLink(new MemoryLink(), { seed: 1, settings: { rateBps: 1e6 } }) },
  { name: 'marking', make: () => marking({ kind: 'red', minBytes: 1000, maxBytes: 1e9 }) },
  { name: 'marking by waiting time', make: () => marking({ kind: 'step', thresholdUs: 100 }) },
  { name: 'with rules', make: () => ruled() },
  { name: 'tapped', make: () => new TracerLink(new MemoryLink()) },
  { name: 'impaired switch', make: () => new ImpairedLink(new SwitchLink({ portCount: 3 }), { seed: 1 }) },
  { name: 'serial line', make: () => new SerialCable(), frames: { medium: 'ip' } },
  {
    name: 'translator',
    make: () => new NatLink({ publicAddress: '10.0.1.9' }),
    frames: { medium: 'ip', flags: 2 },
    rewrites: true,
  },
];

/** Two SLIP ends with a line between them that carries all bytes at once. */
class SerialCable implements Link, FrameSink {
  readonly ends = [new SlipLink({ mtu: 1500 }), new SlipLink({ mtu: 1500 })] as const;
  readonly capabilities = this.ends[0].capabilities;
  readonly portCount = 2;
  private sink: FrameSink | null = null;
  private arrivingAt = 0;

  get statistics(): LinkStatistics {
    return this.ends[1].statistics;
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    const [from, to] = port === 0 ? this.ends : [this.ends[1], this.ends[0]];
    if (!from.send(0, slot, nowUs)) return false;
    to.pushBytes(from.takeBytes(), nowUs);
    return true;
  }

  nextTimeoutUs(): number {
    return Math.min(this.ends[0].nextTimeoutUs(), this.ends[1].nextTimeoutUs());
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    this.sink = sink;
    let delivered = 0;
    for (const port of [0, 1] as const) {
      this.arrivingAt = port;
      delivered += this.ends[port].poll(nowUs, this, budget - delivered);
    }
    this.sink = null;
    return delivered;
  }

  frameArrived(_port: number, slot: Slot): void {
    this.sink?.frameArrived(this.arrivingAt, slot);
  }
}

function marking(how: MarkingSettings): Link {
  return new ImpairedLink(new MemoryLink(), { seed: 1, settings: { rateBps: 1e8, marking: how } });
}

function ruled(): Link {
  const link = new RuleLink(new MemoryLink());
  link.addRule({ flags: 'RST' }, 'drop');
  link.addRule({ flags: 'URG' }, { rewrite: { ecn: 'ce' } });
  return link;
}

function drain(link: Link, collector: Collector, from = 0): void {
  let nowUs = from;
  for (let guard = 0; guard < 100_000 && link.nextTimeoutUs() !== Number.POSITIVE_INFINITY; guard++) {
    nowUs = Math.max(nowUs, link.nextTimeoutUs());
    link.poll(nowUs, collector, 16);
  }
}

describe.each(LINKS)('link suite: $name', ({ make, frames, rewrites }) => {
  const medium = frames?.medium ?? 'ethernet';
  const frame = (options: FrameOptions = {}): Slot => anyFrame({ ...frames, ...options });

  it('delivers to the other end, unchanged and in order', () => {
    const link = make();
    const collector = new Collector();
    const sent = [1, 2, 3, 4, 5].map((n) => frame({ seq: n, payload: pattern(n * 211) }));
    for (const slot of sent) expect(link.send(0, slot, 10)).toBe(true);
    drain(link, collector, 10);
    const toPort1 = collector.take().filter(({ port }) => port === 1);
    if (rewrites) expect(toPort1.map(({ slot }) => isFrameIntact(slot, medium))).toEqual(sent.map(() => true));
    else expect(toPort1.map(({ bytes }) => bytes)).toEqual(sent.map(bytesOf));
  });

  it('takes a copy: the sender may reuse its slot at once', () => {
    const link = make();
    const collector = new Collector();
    const slot = frame({ payload: pattern(400) });
    const before = bytesOf(slot);
    link.send(0, slot, 0);
    slot.memory.u8.fill(0xff);
    drain(link, collector);
    if (rewrites) expect(isFrameIntact(collector.arrived[0]!.slot, medium)).toBe(true);
    else expect(collector.arrived[0]?.bytes).toEqual(before);
  });

  it('is idle when it has nothing, and delivers nothing before it says so', () => {
    const link = make();
    const collector = new Collector();
    expect(link.nextTimeoutUs()).toBe(Number.POSITIVE_INFINITY);
    expect(link.poll(1e9, collector, 10)).toBe(0);
    link.send(0, frame(), 2e9);
    const dueUs = link.nextTimeoutUs();
    expect(dueUs).toBeGreaterThanOrEqual(2e9);
    if (dueUs > 2e9) expect(link.poll(dueUs - 1, collector, 10)).toBe(0);
    drain(link, collector);
    expect(collector.arrived.length).toBeGreaterThan(0);
    expect(link.nextTimeoutUs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('keeps to the budget', () => {
    const link = make();
    const collector = new Collector();
    for (let n = 0; n < 8; n++) link.send(0, frame({ seq: n }), 0);
    const last = 1e9;
    expect(link.poll(last, collector, 3)).toBe(3);
    expect(collector.take().length).toBe(3);
    expect(link.nextTimeoutUs()).toBeLessThanOrEqual(last);
    drain(link, collector, last);
    expect(collector.arrived.length).toBeGreaterThanOrEqual(5);
  });

  it('is bounded: at last it refuses or drops, and recovers', () => {
    const link = make();
    const collector = new Collector();
    const slot = frame({ payload: pattern(1000) });
    let accepted = 0;
    for (let n = 0; n < 200_000 && link.send(0, slot, 0); n++) accepted++;
    const full = accepted < 200_000 || link.statistics.droppedFrames > 0;
    expect(full).toBe(true);
    drain(link, collector);
    expect(link.send(0, slot, 1e12)).toBe(true);
  });

  it('cuts a super-segment or carries it whole, and completes checksums or vouches for them', () => {
    const link = make();
    const collector = new Collector();
    const payload = pattern(5000);
    const slot = frame({ payload, gsoSize: 1460, flags: 0x1a, seq: 77 });
    expect(link.send(0, slot, 0)).toBe(true);
    drain(link, collector);
    const arrived = collector.arrived.filter(({ port }) => port === 1).map((one) => one.slot);
    if (link.capabilities.tso4) {
      expect(arrived.length).toBe(1);
      expect(arrived[0]?.gsoSize).toBe(1460);
      expect(arrived[0]?.checksumVerified).toBe(1);
    } else {
      expect(arrived.length).toBe(4);
      for (const part of arrived) expect(isFrameIntact(part, medium)).toBe(true);
    }
  });

  it('drops what is too long for the medium', () => {
    const link = make();
    const collector = new Collector();
    link.send(0, frame({ payload: pattern(1600) }), 0);
    drain(link, collector);
    expect(collector.arrived.length).toBe(0);
  });

  it('survives being copied with frames on the way', () => {
    const link = make();
    for (let n = 0; n < 20; n++) link.send(0, frame({ seq: n, payload: pattern(n) }), n);
    const copy = cloneGraph(link);
    const [first, second] = [new Collector(), new Collector()];
    drain(link, first);
    drain(copy, second);
    expect(second.arrived.map(({ bytes }) => bytes)).toEqual(first.arrived.map(({ bytes }) => bytes));
    expect(first.arrived.length).toBeGreaterThanOrEqual(20);
  });

  it('carries rubbish without complaint', () => {
    const link = make();
    const collector = new Collector();
    for (let length = 0; length < 80; length++) {
      const slot = frame({ destinationMac: MAC_B });
      slot.memory.u8.set(pattern(80, length), slot.offset);
      slot.length = length;
      slot.gsoSize = length % 3 === 0 ? 10 : 0;
      slot.gsoType = 1;
      slot.checksumStart = length % 5 === 0 ? 70 : 0;
      slot.checksumOffset = length % 5 === 0 ? 30 : 0;
      expect(link.send(0, slot, 0)).toBe(true);
    }
    drain(link, collector);
  });
});

describe('bare IP media', () => {
  it('carry packets without a link header', () => {
    const link = new MemoryLink({ capabilities: plainCapabilities('ip', 1400) });
    const collector = new Collector();
    const fits = anyFrame({ medium: 'ip', payload: pattern(1360) });
    link.send(1, fits, 0);
    link.send(1, anyFrame({ medium: 'ip', payload: pattern(1361) }), 0);
    link.send(1, anyFrame({ medium: 'ip', source: 'fd00::1', payload: pattern(2000), gsoSize: 700 }), 0);
    drain(link, collector);
    expect(collector.arrived.map(({ port, bytes }) => [port, bytes.length])).toEqual([
      [0, 1400],
      [0, 760],
      [0, 760],
      [0, 660],
    ]);
    for (const { slot } of collector.arrived.slice(1)) expect(isFrameIntact(slot, 'ip')).toBe(true);
  });
});
