/** The neighbor machine of RFC 4861 section 7.3 as tables: every state against every event, time, bounds. */
import { describe, expect, it } from 'vitest';
import { RecordingContext } from '../../test/support/ip-hosts.ts';
import { Address } from '../base/address.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { MacAddress } from '../base/mac-address.ts';
import { QueuedFrame } from './frame-queue.ts';
import { Interface } from './interface.ts';
import { NeighborCache, type NeighborOwner } from './neighbor.ts';
import { type Neighbor, NeighborState } from './neighbor-entry.ts';
import { type IpSettings, ipSettings } from './settings.ts';

class Owner implements NeighborOwner {
  readonly log: string[] = [];
  solicit(_neighbor: Neighbor, isUnicast: boolean): void {
    this.log.push(isUnicast ? 'unicast' : 'multicast');
  }
  release(_neighbor: Neighbor, frame: QueuedFrame): void {
    this.log.push(`release ${frame.slot.length}`);
  }
  unreachable(_neighbor: Neighbor, frame: QueuedFrame): void {
    this.log.push(`unreachable ${frame.slot.length}`);
  }
  discard(_neighbor: Neighbor, frame: QueuedFrame): void {
    this.log.push(`discard ${frame.slot.length}`);
  }
  lost(): void {
    this.log.push('lost');
  }
}

function setUp(changes: Partial<IpSettings> = {}) {
  const settings = ipSettings('linux', changes);
  const context = new RecordingContext(7, settings, 0);
  const owner = new Owner();
  const cache = new NeighborCache(4, context, owner);
  const options = { name: 'eth0', capabilities: plainCapabilities('ethernet', 1500), mac: new MacAddress(0x200, 1) };
  const eth = new Interface(1, options, settings, false);
  const neighbor = cache.obtain(eth, Address.parse('10.0.0.2'))!;
  const advance = (ms: number): void => {
    const until = context.clock.nowUs + ms * 1000;
    for (let step = context.clock.nowUs; step <= until; step += 50_000) {
      context.clock.set(step);
      for (
        let due = context.wheel.popDue(context.clock.tick);
        due !== null;
        due = context.wheel.popDue(context.clock.tick)
      ) {
        cache.timerExpired(due as Neighbor);
      }
    }
    context.clock.set(until);
  };
  return { context, owner, cache, eth, neighbor, advance };
}

const frameOf = (length: number): QueuedFrame => {
  const frame = new QueuedFrame(1600);
  frame.slot.length = length;
  return frame;
};

/** Brings an entry with hardware address 0200:2 into a state. */
function bring(test: ReturnType<typeof setUp>, state: string): void {
  const { cache, eth, neighbor, advance } = test;
  if (state === 'none') return;
  if (state === 'incomplete' || state === 'failed') {
    cache.hold(neighbor, frameOf(1));
    if (state === 'failed') advance(4000);
    return;
  }
  cache.heard(eth, neighbor.key, 0x200, 2, true);
  if (state === 'reachable') cache.confirm(neighbor);
  if (state === 'delay' || state === 'probe') cache.prepareSend(neighbor);
  if (state === 'probe') advance(5100);
  if (state === 'permanent') cache.setPermanent(neighbor, 0x200, 2);
}

const ALL = ['none', 'incomplete', 'failed', 'reachable', 'stale', 'delay', 'probe', 'permanent'];

describe('RFC 4861 §7.3 state by state', () => {
  it.each(ALL)('a test can bring an entry to %s', (state) => {
    const test = setUp();
    bring(test, state);
    expect(test.neighbor.stateName).toBe(state);
  });

  // Columns: may the frame go at once, and the state after the send.
  it.each([
    ['none', false, 'incomplete'],
    ['incomplete', false, 'incomplete'],
    ['failed', false, 'incomplete'],
    ['reachable', true, 'reachable'],
    ['stale', true, 'delay'],
    ['delay', true, 'delay'],
    ['probe', true, 'probe'],
    ['permanent', true, 'permanent'],
  ])('sending when %s: %s, then %s', (state, goes, after) => {
    const test = setUp();
    bring(test, state);
    expect(test.cache.prepareSend(test.neighbor)).toBe(goes);
    if (!goes) test.cache.hold(test.neighbor, frameOf(9));
    expect(test.neighbor.stateName).toBe(after);
  });

  // RFC 4861 §7.2.5 and appendix C: what an advertisement does. mac: same, new or none; flags S and O.
  it.each([
    ['none', 'new', 'SO', 'none', 'old'],
    ['incomplete', 'none', 'S', 'incomplete', 'old'],
    ['incomplete', 'new', 'S', 'reachable', 'new'],
    ['incomplete', 'new', '', 'stale', 'new'],
    ['failed', 'new', 'SO', 'failed', 'old'],
    ['reachable', 'new', '', 'stale', 'old'],
    ['reachable', 'new', 'S', 'stale', 'old'],
    ['reachable', 'new', 'O', 'stale', 'new'],
    ['reachable', 'new', 'SO', 'reachable', 'new'],
    ['reachable', 'same', '', 'reachable', 'old'],
    ['stale', 'new', '', 'stale', 'old'],
    ['stale', 'new', 'S', 'stale', 'old'],
    ['stale', 'new', 'O', 'stale', 'new'],
    ['stale', 'same', 'S', 'reachable', 'old'],
    ['stale', 'none', 'S', 'reachable', 'old'],
    ['delay', 'same', 'S', 'reachable', 'old'],
    ['delay', 'new', 'SO', 'reachable', 'new'],
    ['probe', 'same', 'S', 'reachable', 'old'],
    ['probe', 'new', '', 'probe', 'old'],
    ['probe', 'new', 'O', 'stale', 'new'],
    ['permanent', 'new', 'SO', 'permanent', 'old'],
  ])('advertisement when %s, address %s, flags %s: %s, address %s', (state, mac, flags, after, address) => {
    const test = setUp();
    bring(test, state);
    const before = test.neighbor.macLow;
    const low = mac === 'new' ? 77 : before;
    test.cache.advertised(test.neighbor, mac !== 'none', 0x200, low, flags.includes('S'), flags.includes('O'), false);
    expect(test.neighbor.stateName).toBe(after);
    expect(test.neighbor.macLow).toBe(address === 'new' ? 77 : before);
  });

  it.each([
    ['none', 'new', 'stale'],
    ['incomplete', 'new', 'delay'],
    ['failed', 'new', 'stale'],
    ['reachable', 'same', 'reachable'],
    ['reachable', 'new', 'stale'],
    ['delay', 'same', 'delay'],
    ['probe', 'new', 'stale'],
    ['permanent', 'new', 'permanent'],
  ])('heard from when %s with %s address: %s', (state, mac, after) => {
    const test = setUp();
    bring(test, state);
    test.cache.heard(test.eth, test.neighbor.key, 0x200, mac === 'new' ? 77 : test.neighbor.macLow, false);
    expect(test.neighbor.stateName).toBe(after);
  });

  it.each([
    ['none', 'none'],
    ['incomplete', 'incomplete'],
    ['failed', 'failed'],
    ['stale', 'reachable'],
    ['delay', 'reachable'],
    ['probe', 'reachable'],
    ['permanent', 'permanent'],
  ])('confirmed by an upper layer when %s: %s', (state, after) => {
    const test = setUp();
    bring(test, state);
    test.cache.confirm(test.neighbor);
    expect(test.neighbor.stateName).toBe(after);
  });
});

describe('time', () => {
  it('asks three times a second apart, then fails and reports every frame', () => {
    const test = setUp();
    test.cache.hold(test.neighbor, frameOf(1));
    test.cache.hold(test.neighbor, frameOf(2));
    test.advance(2900);
    expect(test.owner.log).toEqual(['multicast', 'multicast', 'multicast']);
    test.advance(200);
    expect(test.owner.log.slice(3)).toEqual(['lost', 'unreachable 1', 'unreachable 2']);
    expect(test.neighbor.stateName).toBe('failed');
    expect(test.context.counters.neighbor.resFailed).toBe(1);
  });

  it('lets frames go in order once the address is known', () => {
    const test = setUp();
    for (const length of [1, 2, 3]) test.cache.hold(test.neighbor, frameOf(length));
    test.cache.advertised(test.neighbor, true, 0x200, 2, true, true, false);
    expect(test.owner.log).toEqual(['multicast', 'release 1', 'release 2', 'release 3']);
  });

  it('drops the oldest frames beyond unresQlenBytes', () => {
    const test = setUp({ unresQlenBytes: 1000 });
    for (const length of [400, 401, 402, 1500]) test.cache.hold(test.neighbor, frameOf(length));
    expect(test.owner.log).toEqual(['multicast', 'discard 400', 'discard 401', 'discard 402']);
    expect(test.neighbor.pending.count).toBe(1);
    expect(test.context.counters.neighbor.unresolvedDiscards).toBe(3);
  });

  it('is reachable for half to one and a half of the base time, then stale', () => {
    const test = setUp();
    bring(test, 'reachable');
    test.advance(14_900);
    expect(test.neighbor.stateName).toBe('reachable');
    test.advance(30_200);
    expect(test.neighbor.stateName).toBe('stale');
  });

  it('stays reachable as long as upper layers confirm', () => {
    const test = setUp();
    bring(test, 'reachable');
    for (let round = 0; round < 12; round++) {
      test.advance(10_000);
      test.cache.confirm(test.neighbor);
      expect(test.neighbor.stateName).toBe('reachable');
    }
    expect(test.owner.log).toEqual([]);
  });

  it('probes by unicast after the delay and gives up after three', () => {
    const test = setUp();
    bring(test, 'delay');
    test.advance(4900);
    expect(test.owner.log).toEqual([]);
    test.advance(3200);
    expect(test.owner.log).toEqual(['unicast', 'unicast', 'unicast', 'lost']);
    expect(test.neighbor.stateName).toBe('failed');
  });

  it('tells when a router stops being one', () => {
    const test = setUp();
    test.cache.hold(test.neighbor, frameOf(1));
    test.cache.advertised(test.neighbor, true, 0x200, 2, true, true, true);
    test.cache.advertised(test.neighbor, true, 0x200, 2, true, true, false);
    expect(test.owner.log).toEqual(['multicast', 'release 1', 'lost']);
  });
});

describe('bounds', () => {
  it('never holds more than gcThresh3 entries and prefers to drop idle ones', () => {
    const test = setUp({ gcThresh1: 2, gcThresh2: 4, gcThresh3: 8 });
    bring(test, 'reachable');
    for (let host = 3; host < 300; host++) test.cache.heard(test.eth, Address.v4(0x0a000000 + host), 0x200, host, true);
    expect(test.cache.all.length).toBeLessThanOrEqual(8);
    expect(test.neighbor.isRemoved).toBe(false);
    expect(test.context.counters.neighbor.forcedGcRuns).toBeGreaterThan(0);
  });

  it('refuses new entries when all are in use', () => {
    const test = setUp({ gcThresh1: 1, gcThresh2: 2, gcThresh3: 4 });
    for (let host = 2; host < 6; host++) {
      const neighbor = test.cache.obtain(test.eth, Address.v4(0x0a000000 + host));
      if (neighbor !== null) test.cache.setPermanent(neighbor, 0x200, host);
    }
    expect(test.cache.obtain(test.eth, Address.parse('10.0.0.99'))).toBeNull();
    expect(test.context.counters.neighbor.tableFulls).toBe(1);
  });

  /** Asks for as many hosts, from 10.0.0.10 on; those that are still asked for, by their last octet. */
  const ask = (test: ReturnType<typeof setUp>, hosts: number): number[] => {
    for (let host = 10; host < 10 + hosts; host++) {
      const neighbor = test.cache.obtain(test.eth, Address.v4(0x0a000000 + host));
      if (neighbor !== null) test.cache.hold(neighbor, frameOf(host));
    }
    return test.cache.all
      .filter(({ state }) => state === NeighborState.incomplete)
      .map(({ key }) => key.w3 & 255)
      .sort((a, b) => a - b);
  };

  it('asks for half of gcThresh3 at a time: who waits longest makes room, without being called unreachable', () => {
    const test = setUp({ gcThresh1: 2, gcThresh2: 4, gcThresh3: 8 });
    expect(ask(test, 20)).toEqual([26, 27, 28, 29]);
    expect(test.context.counters.neighbor.unresolvedEvictions).toBe(16);
    expect(test.owner.log.filter((entry) => entry.startsWith('unreachable'))).toEqual([]);
    expect(test.owner.log.filter((entry) => entry.startsWith('discard')).length).toBe(16);
    // Whoever answers, in the middle of the row or at its ends, leaves it.
    for (const host of [27, 29, 26]) {
      const neighbor = test.cache.find(test.eth, Address.v4(0x0a000000 + host));
      if (neighbor !== null) test.cache.advertised(neighbor, true, 0x200, host, true, true, false);
    }
    expect(ask(test, 3)).toEqual([10, 11, 12, 28]);
    expect(ask(test, 4)).toEqual([10, 11, 12, 13]);
    expect(test.cache.find(test.eth, Address.parse('10.0.0.27'))?.stateName).toBe('reachable');
    test.advance(4_000);
    expect(ask(test, 2)).toEqual([10, 11]);
  });

  it('leaves alone who is known: those that do not answer make room for one another', () => {
    const test = setUp({ gcThresh1: 4, gcThresh2: 16, gcThresh3: 32 });
    for (let host = 100; host < 110; host++)
      test.cache.heard(test.eth, Address.v4(0x0a000000 + host), 0x200, host, true);
    for (let round = 0; round < 10; round++) {
      ask(test, 80);
      test.advance(500);
    }
    expect(test.cache.all.filter(({ state }) => state === NeighborState.stale).length).toBe(10);
  });

  it('bounds what waits for all together', () => {
    const test = setUp({ unresQlenBytes: 4_000 });
    const waiting = (): number => test.cache.all.reduce((sum, { pending }) => sum + pending.bytes, 0);
    for (let host = 10; host < 200; host++) {
      const neighbor = test.cache.obtain(test.eth, Address.v4(0x0a000000 + host));
      if (neighbor === null) throw new Error('refused');
      for (let frame = 0; frame < 3; frame++) test.cache.hold(neighbor, frameOf(frame));
      expect(waiting()).toBeLessThanOrEqual(64_000);
    }
    expect(waiting()).toBeGreaterThan(56_000);
    // What was sent or given up counts no more.
    test.advance(4_000);
    expect(waiting()).toBe(0);
    for (let host = 10; host < 25; host++) ask(test, 1);
    expect(test.cache.all.filter(({ state }) => state === NeighborState.incomplete).length).toBe(1);
    expect(ask(test, 30).length).toBe(30);
  });
});
