/** The simulator by itself, with a stack of forty lines: order, time, faults, snapshots. */
import { describe, expect, it } from 'vitest';
import { bytesOf, frame, pattern } from '../../test/support/frames.ts';
import { GsoType, type Slot } from '../base/slot.ts';
import { Recorder } from '../capture/recorder.ts';
import type { Application, Host } from './host.ts';
import type { EventSocket, HostInterfaceOptions, HostStack } from './host-stack.ts';
import { Network } from './network.ts';
import type { NetworkOptions } from './network-options.ts';
import type { HostOptions, StackFactory } from './stack-factory.ts';

/** Sends what it is told to, keeps what arrives, sends a beat every `beatUs`. */
class TinyStack implements HostStack, EventSocket {
  readonly outgoing: { bytes: Uint8Array; departUs: number; gsoSize: number }[] = [];
  readonly arrived: { timeUs: number; bytes: Uint8Array }[] = [];
  readonly timeouts: number[] = [];
  readonly addresses: string[] = [];
  beatUs = 0;
  private nextBeatUs = Number.POSITIVE_INFINITY;
  private events = 0;
  private interfaces = 0;
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  addInterface(_options: HostInterfaceOptions): { readonly id: number } {
    return { id: this.interfaces++ };
  }

  addAddress(interfaceId: number, address: string): void {
    this.addresses.push(`${interfaceId}=${address}`);
  }

  addRoute(): void {}

  receive(slot: Slot, nowUs: number): void {
    this.arrived.push({ timeUs: nowUs, bytes: bytesOf(slot) });
    this.events |= 1;
  }

  queue(slot: Slot, departUs = 0): void {
    this.outgoing.push({ bytes: bytesOf(slot), departUs, gsoSize: slot.gsoSize });
  }

  pollTransmit(_nowUs: number, slot: Slot): boolean {
    const next = this.outgoing.shift();
    if (next === undefined) return false;
    slot.memory.u8.set(next.bytes, slot.offset);
    slot.length = next.bytes.length;
    slot.departUs = next.departUs;
    slot.gsoSize = next.gsoSize;
    slot.gsoType = next.gsoSize > 0 ? GsoType.tcp4 : 0;
    return true;
  }

  beat(nowUs: number, beatUs: number): void {
    this.beatUs = beatUs;
    this.nextBeatUs = nowUs + beatUs;
  }

  nextTimeoutUs(): number {
    return this.nextBeatUs;
  }

  handleTimeout(nowUs: number): void {
    for (; this.nextBeatUs <= nowUs; this.nextBeatUs += this.beatUs) {
      this.timeouts.push(this.nextBeatUs);
      this.queue(frame({ seq: this.timeouts.length }));
    }
  }

  pollEvent(): EventSocket | null {
    return this.events === 0 ? null : this;
  }

  takeEvents(): number {
    const { events } = this;
    this.events = 0;
    return events;
  }
}

class TinyFactory implements StackFactory {
  create(_name: string, _options: HostOptions, seed: number): HostStack {
    return new TinyStack(seed);
  }
}

/** Answers every frame, and counts. */
class Answerer implements Application {
  events = 0;
  readonly timersAtUs: number[] = [];

  onStart(host: Host): void {
    host.setTimer(this, 50, 2);
    host.setTimer(this, 5, 1);
  }

  onEvent(host: Host): void {
    this.events++;
    tiny(host).queue(frame({ seq: this.events, payload: pattern(20) }));
  }

  onTimer(host: Host, token: number): void {
    this.timersAtUs.push(host.nowUs * 10 + token);
  }
}

function tiny(host: Host): TinyStack {
  return host.drivenStack as TinyStack;
}

function make(options: Partial<NetworkOptions> = {}): Network {
  return new Network({ stackFactory: new TinyFactory(), ...options });
}

describe('Network', () => {
  it('gives addresses by link and host, and finds them by name', () => {
    const network = make();
    const [a, b, c] = [network.host('a'), network.host('b'), network.host('c')];
    network.link(a, b);
    network.switch([a, b, c], { families: [4] });
    expect(tiny(a).addresses).toEqual(['0=10.0.1.1/24', '0=fd00:0:0:1::1/64', '1=10.0.2.1/24']);
    expect(network.addressOf('c')).toBe('10.0.2.3');
    expect(network.addressOf('b', { family: 6 })).toBe('fd00:0:0:1::2');
    expect(network.addressOf('b', { from: 'c' })).toBe('10.0.2.2');
    expect(() => network.addressOf('c', { family: 6 })).toThrow(/no IPv6 address/);
    expect(() => network.host('a')).toThrow(/already/);
    expect(() => network.hostNamed('z')).toThrow(/no host 'z'/);
  });

  it('carries frames with the delay of the link and stops when nothing is left', () => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b, { delayMs: 20 });
    tiny(a).queue(frame());
    expect(network.run()).toMatchObject({ reason: 'idle', nowUs: 20_000 });
    expect(tiny(b).arrived.map(({ timeUs }) => timeUs)).toEqual([20_000]);
    expect(network.run({ untilMs: 100 })).toMatchObject({ reason: 'time', nowUs: 100_000 });
    expect(network.run({ forMs: 50, untilIdle: true })).toMatchObject({ reason: 'idle', nowUs: 100_000 });
  });

  it.each([0, 2 ** 31 * 1e6 - 1e6, 2 ** 32 * 1e6 - 1e6, 2 ** 31 - 1000, 2 ** 32 - 1000])(
    'does the same wherever its clock starts: %d us',
    (startUs) => {
      const network = make({ startUs });
      const [a, b] = [network.host('a'), network.host('b')];
      network.link(a, b, { delayMs: 1, rateBps: 1e6 });
      tiny(a).beat(startUs, 500_000);
      network.run({ untilMs: 10_000 });
      expect(tiny(a).timeouts.length).toBe(20);
      expect(
        tiny(b)
          .arrived.map(({ timeUs }) => timeUs - startUs)
          .slice(0, 2),
      ).toEqual([501_432, 1_001_432]);
      expect(network.nowMs).toBe(10_000);
    },
  );

  it('runs programs: events, timers in order', () => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b, { delayMs: 10 });
    const program = b.start(new Answerer());
    tiny(a).queue(frame());
    network.run({ untilMs: 200 });
    expect(program.events).toBe(1);
    expect(tiny(a).arrived.length).toBe(1);
    expect(program.timersAtUs).toEqual([50_001, 500_002]);
  });

  it('holds paced frames back without holding up the others', () => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b);
    tiny(a).queue(frame({ seq: 1 }), 7000);
    tiny(a).queue(frame({ seq: 2 }), 3000);
    tiny(a).queue(frame({ seq: 3 }));
    network.run();
    expect(tiny(b).arrived.map(({ timeUs }) => timeUs)).toEqual([0, 3000, 7000]);
  });

  it('waits when a link is full, and loses nothing', () => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b, { linkFrames: 4, plain: true });
    for (let n = 0; n < 100; n++) tiny(a).queue(frame({ seq: n, payload: pattern(n) }));
    network.run();
    expect(tiny(b).arrived.map(({ bytes }) => bytes.length)).toEqual(Array.from({ length: 100 }, (_, n) => 54 + n));
  });

  it.each([
    ['a plain link carries a super-segment whole', { plain: true }, [1254]],
    ['a plain link told not to makes packets', { plain: true, offload: false }, [454, 454, 454]],
    ['a link with layers makes packets', {}, [454, 454, 454]],
  ])('%s', (_name, options, lengths) => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    const { link } = network.link(a, b, options);
    expect(link.capabilities.tso4).toBe(lengths.length === 1);
    tiny(a).queue(frame({ payload: pattern(1200), gsoSize: 400 }));
    network.run();
    expect(tiny(b).arrived.map(({ bytes }) => bytes.length)).toEqual(lengths);
  });

  it('crashes, restarts, freezes and thaws hosts', () => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b, { delayMs: 1 });
    tiny(a).beat(0, 10_000);
    network.run({ untilMs: 15 });
    b.crash();
    network.run({ untilMs: 35 });
    expect([b.missedFrames, b.condition]).toEqual([2, 'crashed']);
    b.restart();
    expect(tiny(b).addresses).toEqual(['0=10.0.1.2/24', '0=fd00:0:0:1::2/64']);
    network.run({ untilMs: 45 });
    expect(tiny(b).arrived.length).toBe(1);
    a.freeze();
    network.run({ untilMs: 95 });
    expect(tiny(a).timeouts.length).toBe(4);
    a.thaw();
    network.run({ untilMs: 96 });
    expect(tiny(a).timeouts.length).toBe(9);
    expect(() => a.restart()).toThrow(/only a crashed host/);
  });

  it('partitions and heals, one way or both', () => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    const link = network.link(a, b, { delayMs: 1 });
    const exchange = (): [number, number] => {
      tiny(a).queue(frame());
      tiny(b).queue(frame());
      network.run({ forMs: 10 });
      return [tiny(a).arrived.splice(0).length, tiny(b).arrived.splice(0).length];
    };
    expect(exchange()).toEqual([1, 1]);
    link.partition('a');
    expect(exchange()).toEqual([1, 0]);
    link.partition();
    expect(exchange()).toEqual([0, 0]);
    link.heal(a);
    expect(exchange()).toEqual([0, 1]);
    link.heal();
    expect(exchange()).toEqual([1, 1]);
    expect(() => link.heal('z')).toThrow(/not on link/);
  });

  it('a condition stops a run', () => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b);
    tiny(a).beat(0, 1000);
    const result = network.run({ until: () => tiny(b).arrived.length === 3 });
    expect(result).toMatchObject({ reason: 'condition', nowUs: 3000 });
    expect(network.run({ maxEvents: 7 })).toMatchObject({ reason: 'events', events: 7 });
  });
});

describe('determinism', () => {
  const harm = {
    delayMs: 5,
    jitterMs: 20,
    jitterReorders: true,
    loss: 0.1,
    duplicate: 0.1,
    reorder: 0.1,
    corrupt: 0.05,
    rateBps: 1e6,
  };

  function prepare(seed: number): Network {
    const network = make({ seed });
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b, harm);
    network.record(new Recorder());
    b.start(new Answerer());
    tiny(a).beat(0, 1300);
    return network;
  }

  /** As text, because comparing long arrays item by item takes seconds. */
  function capture(network: Network): string {
    return Buffer.from((network.recorder as Recorder).toPcapng({ epochUs: network.epochUs })).toString('latin1');
  }

  it('the same seed gives the same bytes, another seed others', () => {
    const captures = [3, 3, 4].map((seed) => {
      const network = prepare(seed);
      network.run({ untilMs: 2000 });
      return capture(network);
    });
    expect(captures[0]?.length).toBeGreaterThan(100_000);
    expect(captures[1] === captures[0]).toBe(true);
    expect(captures[2] === captures[0]).toBe(false);
  });

  it('restore and run equals run, and a snapshot can be restored again', () => {
    const network = prepare(9);
    network.run({ untilMs: 700 });
    const snapshot = network.snapshot();
    network.run({ untilMs: 2000 });
    const first = capture(network);
    for (let again = 0; again < 2; again++) {
      network.restore(snapshot);
      expect(network.nowMs).toBe(700);
      network.run({ untilMs: 2000 });
      expect(capture(network) === first).toBe(true);
    }
    expect(tiny(network.hostNamed('b')).arrived.length).toBeGreaterThan(1000);
  });

  it('steps do what a run does', () => {
    const [stepped, run] = [prepare(5), prepare(5)];
    run.run({ untilMs: 1000 });
    for (const host of stepped.hosts) host.tellTime();
    while (stepped.step(1_000_000));
    expect(capture(stepped) === capture(run)).toBe(true);
  });

  it('a program that keeps a function cannot be snapshotted', () => {
    const network = make();
    const program = { onEvent: () => undefined };
    network.host('a').start(program);
    expect(() => network.snapshot()).toThrow(/function/);
  });
});

describe('taps', () => {
  it('show super-segments as the packets of the wire', () => {
    const network = make();
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b, { offload: true });
    const recorder = new Recorder();
    network.record(recorder);
    tiny(a).queue(frame({ payload: pattern(4000), gsoSize: 1000 }));
    network.run();
    expect(tiny(b).arrived[0]?.bytes.length).toBe(4054);
    expect(recorder.frames.map(({ direction, bytes }) => [direction, bytes.length])).toEqual([
      ...Array.from({ length: 4 }, () => ['out', 1054]),
      ...Array.from({ length: 4 }, () => ['in', 1054]),
    ]);
  });
});
