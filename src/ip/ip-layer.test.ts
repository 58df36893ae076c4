/** Whole IP layers joined by hand: datagrams, ARP, loopback, seal, destinations, a router, snapshots. */
import { describe, expect, it } from 'vitest';
import { Cable, hex, IpHost, inject } from '../../test/support/ip-hosts.ts';
import { Address, Prefix } from '../base/address.ts';
import { ArgumentError } from '../base/errors.ts';
import { MacAddress } from '../base/mac-address.ts';
import { Slot } from '../base/slot.ts';
import { cloneGraph } from '../base/snapshot.ts';
import type { Interface } from './interface.ts';
import { DEFAULT_SEND_OPTIONS } from './ip-context.ts';

const DF = { ...DEFAULT_SEND_OPTIONS, dontFragment: true };

interface Pair {
  a: IpHost;
  b: IpHost;
  ethA: Interface;
  ethB: Interface;
  cable: Cable;
}

function pair(profile: 'linux' | 'rfc' = 'linux', startUs = 0): Pair {
  const a = new IpHost(1, {}, profile, startUs);
  const b = new IpHost(2, {}, profile, startUs);
  const ethA = a.addEthernet('02:00:00:00:00:01');
  const ethB = b.addEthernet('02:00:00:00:00:02');
  for (const [host, eth, n] of [
    [a, ethA, 1],
    [b, ethB, 2],
  ] as const) {
    host.ip.addAddress(eth, Address.parse(`10.0.0.${n}`), 24);
    host.ip.addAddress(eth, Address.parse(`2001:db8::${n}`), 64, { skipDad: true });
  }
  const cable = new Cable({ host: a, interfaceId: ethA.id }, { host: b, interfaceId: ethB.id });
  cable.run(2000);
  cable.frames.length = 0;
  return { a, b, ethA, ethB, cable };
}

describe('two hosts on Ethernet', () => {
  it.each([
    ['10.0.0.2', '10.0.0.1'],
    ['2001:db8::2', '2001:db8::1'],
  ])('exchange datagrams with %s after one resolution', (to, from) => {
    const { a, b, cable } = pair();
    expect(a.send(to, 'hello', DEFAULT_SEND_OPTIONS)).toBe(0);
    expect(cable.settle()).toBe(3);
    expect(b.transports.arrived).toEqual([{ source: from, destination: to, protocol: 200, text: 'hello' }]);
    expect(b.send(from, 'back', DEFAULT_SEND_OPTIONS)).toBe(0);
    expect(cable.settle()).toBe(1);
    expect(a.transports.arrived[0]?.text).toBe('back');
  });

  it.each([0, 2 ** 31 * 1e6, (2 ** 32 - 3) * 1e6])('work when the clock starts at %i us', (startUs) => {
    const { a, b, cable } = pair('linux', startUs);
    a.send('10.0.0.2', 'hello', DEFAULT_SEND_OPTIONS);
    cable.run(10_000);
    expect(b.transports.arrived.length).toBe(1);
  });

  it.each(['10.0.0.77', '2001:db8::77'])('tell the sender that %s does not answer', (to) => {
    const { a, cable } = pair();
    a.send(to, 'one', DEFAULT_SEND_OPTIONS);
    a.send(to, 'two', DEFAULT_SEND_OPTIONS);
    cable.run(4000);
    const lost = { kind: 'host-unreachable', destination: to, mtu: 0, local: true };
    expect(a.transports.errors).toEqual([lost, lost]);
    expect(cable.frames.length).toBe(3);
  });

  it('send to broadcast and groups without resolution', () => {
    const { a, b, ethA, ethB, cable } = pair();
    b.ip.joinGroup(ethB, Address.parse('239.1.2.3'));
    b.ip.joinGroup(ethB, Address.parse('ff02::1234'));
    cable.settle();
    cable.frames.length = 0;
    for (const to of ['255.255.255.255', '10.0.0.255', '239.1.2.3', 'ff02::1234', 'ff02::1']) {
      expect(a.send(to, to, DEFAULT_SEND_OPTIONS, ethA.id)).toBe(0);
    }
    expect(cable.settle()).toBe(5);
    expect(b.transports.arrived.map(({ text }) => text)).toEqual([
      '255.255.255.255',
      '10.0.0.255',
      '239.1.2.3',
      'ff02::1234',
      'ff02::1',
    ]);
    const macs = cable.frames.map(
      (frame) => new MacAddress((frame[0]! << 8) | frame[1]!, new DataView(frame.buffer).getInt32(2)),
    );
    expect(macs.map(String)).toEqual([
      'ff:ff:ff:ff:ff:ff',
      'ff:ff:ff:ff:ff:ff',
      '01:00:5e:01:02:03',
      '33:33:00:00:12:34',
      '33:33:00:00:00:01',
    ]);
    // RFC 1112 §6.1: a group's TTL is 1 unless asked otherwise.
    expect(cable.frames.map((frame) => frame[frame[12] === 8 ? 22 : 21])).toEqual([64, 64, 1, 1, 1]);
  });

  it('fragment what is too long and put it together again', () => {
    const { a, b, cable } = pair();
    const text = 'x'.repeat(4000);
    expect(a.send('10.0.0.2', text, DEFAULT_SEND_OPTIONS)).toBe(0);
    expect(a.send('2001:db8::2', text, DEFAULT_SEND_OPTIONS)).toBe(0);
    cable.settle();
    expect(b.transports.arrived.length).toBe(2);
    expect([a.counters.ip.FragCreates, b.counters.ip.ReasmOKs]).toEqual([3, 1]);
    expect([a.counters.ip6.FragCreates, b.counters.ip6.ReasmOKs]).toEqual([3, 1]);
    expect(a.send('10.0.0.2', text, DF)).not.toBe(0);
    expect(a.counters.ip.FragFails).toBe(1);
  });

  it('answer a ping', () => {
    const { b, cable } = pair();
    const echo = hex('4500 001c 0000 0000 4001 66dd 0a000003 0a000002 0800 f7ff 0000 0000');
    inject(b, 1, Uint8Array.from([...hex('020000000002 020000000003 0800'), ...echo]));
    expect(b.counters.icmp.OutEchoReps).toBe(1);
    b.drops.length = 0;
    expect(cable.settle()).toBeGreaterThan(0);
    expect(b.drops).toEqual([]);
  });
});

describe('ARP', () => {
  const arp = (operation: string, sender: string, target: string): Uint8Array =>
    hex(`ffffffffffff 020000000099 0806 0001 0800 06 04 ${operation} 020000000099 ${sender} 000000000000 ${target}`);

  it('defends an address somebody else announces, at most once in ten seconds', () => {
    const { a, cable } = pair();
    for (let round = 0; round < 3; round++) inject(a, 1, arp('0001', '0a000001', '0a000001'));
    expect(a.counters.neighbor.addressConflicts).toBe(3);
    expect(cable.settle()).toBe(1);
    a.advance(10_001);
    inject(a, 1, arp('0002', '0a000001', '0a000001'));
    expect(cable.settle()).toBe(1);
  });

  it('answers a probe without learning from it, and learns from a request', () => {
    const { a, cable } = pair();
    inject(a, 1, arp('0001', '00000000', '0a000001'));
    expect(cable.settle()).toBe(1);
    expect(a.ip.resolution.neighbors4.all.length).toBe(0);
    inject(a, 1, arp('0001', '0a000009', '0a000001'));
    expect(cable.settle()).toBe(1);
    expect(a.ip.resolution.neighbors4.all.map(({ stateName }) => stateName)).toEqual(['stale']);
  });

  it('does not learn from strangers, but follows a known neighbor that moves', () => {
    const { a, cable } = pair();
    inject(a, 1, arp('0002', '0a000009', '0a000009'));
    expect(a.ip.resolution.neighbors4.all.length).toBe(0);
    a.send('10.0.0.2', 'x', DEFAULT_SEND_OPTIONS);
    cable.settle();
    inject(a, 1, arp('0001', '0a000002', '0a000002'));
    const [known] = a.ip.resolution.neighbors4.all;
    expect([known?.macLow, known?.stateName]).toEqual([0x99, 'stale']);
  });

  it('announces a new address in the rfc profile', () => {
    const host = new IpHost(1, {}, 'rfc');
    const eth = host.addEthernet('02:00:00:00:00:01');
    host.ip.addAddress(eth, Address.parse('10.0.0.1'), 24);
    expect(host.ip.hasTransmit(eth.id)).toBe(true);
  });

  it('uses a neighbor set by hand', () => {
    const { a, b, cable } = pair();
    a.ip.addNeighbor(a.ip.interfaces[1]!, Address.parse('10.0.0.2'), MacAddress.parse('02:00:00:00:00:02'));
    a.send('10.0.0.2', 'x', DEFAULT_SEND_OPTIONS);
    expect(cable.settle()).toBe(1);
    expect(b.transports.arrived.length).toBe(1);
  });
});

describe('loopback', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.1.2.3', '127.0.0.1'],
    ['::1', '::1'],
    ['10.0.0.1', '10.0.0.1'],
    ['2001:db8::1', '2001:db8::1'],
  ])('carries %s from %s without touching the wire', (to, from) => {
    const { a, cable } = pair();
    expect(a.send(to, 'me', DEFAULT_SEND_OPTIONS)).toBe(0);
    expect(a.ip.hasTransmit(a.ip.loopback.id)).toBe(true);
    expect(cable.settle()).toBe(0);
    expect(a.transports.arrived).toEqual([{ source: from, destination: to, protocol: 200, text: 'me' }]);
  });
});

describe('seal', () => {
  it('writes the headers into the slot once the neighbor is known, and keeps a copy until then', () => {
    const { a, b, ethA, ethB, cable } = pair();
    const destination = a.ip.lookup(Address.parse('10.0.0.2'), null, -1)!;
    const slot = Slot.allocate(2048, true);
    slot.interfaceId = ethA.id;
    const sealed = (): boolean => {
      const at = a.ip.transportOffset(slot, destination, 0);
      slot.memory.u8.set(hex('68656c6c6f'), at);
      return a.ip.seal(slot, destination, 200, 5, DF);
    };
    expect(sealed()).toBe(false);
    cable.settle();
    expect(b.transports.arrived.map(({ text }) => text)).toEqual(['hello']);
    expect(sealed()).toBe(true);
    expect(slot.length).toBe(14 + 20 + 5);
    slot.interfaceId = ethB.id;
    b.ip.receive(slot);
    expect(b.transports.arrived.length).toBe(2);
    // RFC 6864 §4.1: an atomic datagram has no use for an identification.
    expect(slot.memory.view.getUint32(slot.offset + 14 + 4)).toBe(0x4000);
  });

  it('puts IPv4 options behind the header', () => {
    const { a, b, ethA, ethB } = pair();
    a.ip.addNeighbor(ethA, Address.parse('10.0.0.2'), MacAddress.parse('02:00:00:00:00:02'));
    const destination = a.ip.lookup(Address.parse('10.0.0.2'), null, -1)!;
    const slot = Slot.allocate(2048, true);
    const ipOptions = hex('94040000');
    expect(a.ip.transportOffset(slot, destination, 4)).toBe(slot.offset + 38);
    slot.memory.u8[slot.offset + 38] = 0x41;
    expect(a.ip.seal(slot, destination, 200, 1, { ...DF, ipOptions, hopLimit: 9, trafficClass: 2 })).toBe(true);
    slot.interfaceId = ethB.id;
    b.ip.receive(slot);
    expect(b.transports.arrived[0]?.text).toBe('A');
    expect([b.counters.ip.InECT0Pkts, slot.memory.u8[slot.offset + 22]]).toEqual([1, 9]);
  });
});

describe('destinations', () => {
  it('are cached, go stale with every change, and stay bounded', () => {
    const host = new IpHost(1, { routeMaxSize: 16 });
    const tun = host.addTunnel();
    host.ip.addAddress(tun, Address.parse('10.0.0.1'), 8);
    const remote = Address.parse('10.1.1.1');
    const first = host.ip.lookup(remote, null, -1)!;
    expect(host.ip.lookup(remote, null, -1)).toBe(first);
    host.ip.addRoute(Prefix.parse('10.1.1.0/24'), Address.parse('10.0.0.9'), tun);
    expect(first.generation).not.toBe(host.ip.generation);
    expect(host.ip.lookup(remote, null, -1)?.nextHop.toString()).toBe('10.0.0.9');
    for (let n = 1; n < 500; n++) host.ip.lookup(Address.v4(0x0a020000 + n), null, -1);
    expect(host.ip.routing.cache.size).toBe(16);
  });

  it('follow prefix length, then metric', () => {
    const host = new IpHost(1);
    const tun = host.addTunnel();
    host.ip.addAddress(tun, Address.parse('10.0.0.1'), 24);
    const hop = (to: string): string => host.ip.lookup(Address.parse(to), null, -1)?.nextHop.toString() ?? 'none';
    expect(hop('192.0.2.1')).toBe('none');
    expect(host.counters.ip.OutNoRoutes).toBe(1);
    host.ip.addRoute(Prefix.parse('0.0.0.0/0'), Address.parse('10.0.0.4'), tun, 20);
    host.ip.addRoute(Prefix.parse('0.0.0.0/0'), Address.parse('10.0.0.3'), tun, 10);
    const longer = host.ip.addRoute(Prefix.parse('192.0.2.0/24'), Address.parse('10.0.0.2'), tun, 99);
    expect([hop('192.0.2.1'), hop('198.51.100.1'), hop('10.0.0.77')]).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.77']);
    host.ip.removeRoute(longer);
    expect(hop('192.0.2.1')).toBe('10.0.0.3');
  });

  it('change over to the other default router when the first does not answer', () => {
    const { a, ethA, cable } = pair();
    a.ip.addRoute(Prefix.parse('0.0.0.0/0'), Address.parse('10.0.0.77'), ethA);
    a.ip.addRoute(Prefix.parse('0.0.0.0/0'), Address.parse('10.0.0.2'), ethA);
    a.send('192.0.2.1', 'x', DEFAULT_SEND_OPTIONS);
    cable.run(4000);
    a.send('192.0.2.1', 'x', DEFAULT_SEND_OPTIONS);
    cable.settle();
    expect(a.ip.lookup(Address.parse('192.0.2.1'), null, -1)?.nextHop.toString()).toBe('10.0.0.2');
  });

  it('have no source that is not ours', () => {
    const { a } = pair();
    expect(a.ip.lookup(Address.parse('10.0.0.2'), Address.parse('10.0.0.3'), -1)).toBeNull();
    expect(a.ip.lookup(Address.parse('10.0.0.2'), Address.parse('2001:db8::1'), -1)).toBeNull();
    expect(a.ip.lookup(Address.parse('0.0.0.0'), null, -1)).toBeNull();
  });
});

describe('wrong use', () => {
  it.each([
    ['a group as address', (host: IpHost, tun: Interface) => host.ip.addAddress(tun, Address.parse('224.0.0.1'), 24)],
    ['nobody as address', (host: IpHost, tun: Interface) => host.ip.addAddress(tun, Address.parse('::'), 64)],
    ['a prefix too long', (host: IpHost, tun: Interface) => host.ip.addAddress(tun, Address.parse('10.0.0.1'), 33)],
    [
      'a gateway of the other family',
      (host: IpHost, tun: Interface) => host.ip.addRoute(Prefix.parse('::/0'), Address.parse('10.0.0.1'), tun),
    ],
    ['a group that is none', (host: IpHost, tun: Interface) => host.ip.joinGroup(tun, Address.parse('10.0.0.1'))],
    ['a tiny MTU', (host: IpHost) => host.addTunnel(20)],
    ['an unknown setting', () => new IpHost(1, { nonsense: 1 } as object)],
    ['a setting out of range', () => new IpHost(1, { ipDefaultTtl: 0 })],
  ])('%s is an ArgumentError', (_name, act) => {
    const host = new IpHost(1);
    const tun = host.addTunnel();
    expect(() => act(host, tun)).toThrow(ArgumentError);
  });
});

it('continues from a snapshot as if nothing had happened', () => {
  const { a, cable } = pair();
  a.send('10.0.0.2', 'x', DEFAULT_SEND_OPTIONS);
  cable.settle();
  a.send('10.0.0.99', 'waits', DEFAULT_SEND_OPTIONS);
  const copy = cloneGraph(a);
  const play = (host: IpHost): number[][] => {
    const frames: number[][] = [];
    const slot = Slot.allocate(2048, true);
    for (let second = 0; second < 50; second++) {
      host.advance(1000);
      host.send('10.0.0.2', `tick ${second}`, DEFAULT_SEND_OPTIONS);
      slot.interfaceId = 1;
      while (host.ip.pollTransmit(slot)) frames.push([...slot.memory.u8.slice(slot.offset, slot.offset + slot.length)]);
    }
    return frames;
  };
  const frames = play(a);
  expect(frames.length).toBeGreaterThan(50);
  expect(play(copy)).toEqual(frames);
  expect(copy.transports.errors).toEqual(a.transports.errors);
});
