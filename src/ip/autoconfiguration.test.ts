/** Duplicate address detection, router discovery and stateless addresses, host against hand-made messages. */
import { describe, expect, it } from 'vitest';
import { Cable, IpHost, inject } from '../../test/support/ip-hosts.ts';
import { Address } from '../base/address.ts';
import { MacAddress } from '../base/mac-address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { emitEthernet } from '../wire/ethernet.ts';
import { Icmpv6Type } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv6Header } from '../wire/ipv6.ts';
import { emitNdp, ndpOptionsOffset } from '../wire/ndp-emit.ts';
import { NdpMessage } from '../wire/ndp-message.ts';
import {
  NdpOptionType,
  PrefixInformation,
  writeLinkAddress,
  writeMtuOption,
  writePrefixInformation,
} from '../wire/ndp-options.ts';
import { AddressState, type Interface } from './interface.ts';
import { DEFAULT_SEND_OPTIONS } from './ip-context.ts';

const ROUTER = 'fe80::1';
const ROUTER_MAC = MacAddress.parse('02:00:00:00:00:fe');
const HOUR = 3600;

interface Advertised {
  source?: string;
  lifetime?: number;
  hopLimit?: number;
  mtu?: number;
  prefixes?: { prefix: string; bits?: number; valid: number; preferred: number; onLink?: boolean; auto?: boolean }[];
}

/** A router advertisement as an Ethernet frame to all nodes. */
function advertisement(options: Advertised): Uint8Array {
  const memory = new PlainPacketMemory(1024);
  const message = new NdpMessage();
  message.type = Icmpv6Type.routerAdvertisement;
  message.hopLimit = options.hopLimit ?? 0;
  message.routerLifetimeSeconds = options.lifetime ?? 1800;
  const start = 14 + 40;
  let end = ndpOptionsOffset(message.type, start);
  end = writeLinkAddress(memory, end, NdpOptionType.sourceLinkAddress, ROUTER_MAC.high, ROUTER_MAC.low);
  if (options.mtu !== undefined) end = writeMtuOption(memory, end, options.mtu);
  for (const { prefix, bits = 64, valid, preferred, onLink = true, auto = true } of options.prefixes ?? []) {
    const information = new PrefixInformation();
    const { w0, w1, w2, w3 } = Address.parse(prefix);
    Object.assign(information, { prefix0: w0, prefix1: w1, prefix2: w2, prefix3: w3, prefixLength: bits });
    Object.assign(information, {
      validSeconds: valid,
      preferredSeconds: preferred,
      isOnLink: onLink,
      isAutonomous: auto,
    });
    end = writePrefixInformation(memory, end, information);
  }
  const packet = new IpPacket(memory);
  packet.setAddresses(Address.parse(options.source ?? ROUTER), Address.parse('ff02::1'));
  packet.hopLimit = 255;
  packet.protocol = IpProtocol.icmpv6;
  const length = emitNdp(memory, start, packet, message, end);
  emitIpv6Header(memory, 14, packet, 40 + length);
  emitEthernet(memory, 0, 0x3333, 1, ROUTER_MAC.high, ROUTER_MAC.low, 0x86dd);
  return memory.u8.slice(0, end);
}

/** A host on Ethernet that has finished with its link-local address. */
function configuredHost(
  changes = {},
  profile: 'linux' | 'rfc' = 'linux',
): { host: IpHost; eth: Interface; cable: Cable } {
  const host = new IpHost(5, changes, profile);
  const eth = host.addEthernet('02:00:00:00:00:01');
  const cable = new Cable({ host, interfaceId: eth.id });
  host.ip.startAutoconfiguration(eth);
  cable.run(3000);
  return { host, eth, cable };
}

/** ICMPv6 types of the frames on a cable; MLD stands behind a hop-by-hop header. */
const typesOf = (cable: Cable): number[] =>
  cable.frames.map((frame) => (frame[20] === 0 ? frame[62]! : frame[20] === 58 ? frame[54]! : -1));

const addressesOf = (eth: Interface): string[] => eth.addresses.map(({ address }) => address.toString());

describe('duplicate address detection', () => {
  it('probes once from nobody, then the address is preferred', () => {
    const host = new IpHost(5);
    const eth = host.addEthernet('02:00:00:00:00:01');
    const cable = new Cable({ host, interfaceId: eth.id });
    const entry = host.ip.addAddress(eth, Address.parse('2001:db8::1'), 64);
    expect(entry.state).toBe(AddressState.tentative);
    expect(host.ip.lookup(Address.parse('2001:db8::2'), null, -1)).toBeNull();
    cable.run(2100);
    expect(entry.state).toBe(AddressState.preferred);
    expect(host.ip.lookup(Address.parse('2001:db8::2'), null, -1)?.source.toString()).toBe('2001:db8::1');
    const probes = cable.frames.filter((_frame, index) => typesOf(cable)[index] === Icmpv6Type.neighborSolicitation);
    expect(probes.length).toBe(2);
    for (const probe of probes) {
      expect([...probe.subarray(22, 38)].every((octet) => octet === 0)).toBe(true);
      expect([...probe.subarray(0, 4)]).toEqual([0x33, 0x33, 0xff, 0]);
    }
  });

  it('finds the other host that has the address', () => {
    const a = new IpHost(1);
    const b = new IpHost(2);
    const ethA = a.addEthernet('02:00:00:00:00:01');
    const ethB = b.addEthernet('02:00:00:00:00:02');
    const cable = new Cable({ host: a, interfaceId: ethA.id }, { host: b, interfaceId: ethB.id });
    const first = a.ip.addAddress(ethA, Address.parse('2001:db8::7'), 64);
    cable.run(2500);
    const second = b.ip.addAddress(ethB, Address.parse('2001:db8::7'), 64);
    cable.run(2500);
    expect(first.state).toBe(AddressState.preferred);
    expect(second.state).toBe(AddressState.duplicate);
    expect(b.counters.neighbor.addressConflicts).toBe(1);
    expect(b.ip.lookup(Address.parse('2001:db8::9'), null, -1)?.source.toString()).not.toBe('2001:db8::7');
  });

  it('makes both lose when both probe at the same time', () => {
    const a = new IpHost(1, { routerSolicitationDelayMs: 0 });
    const b = new IpHost(2, { routerSolicitationDelayMs: 0 });
    const ethA = a.addEthernet('02:00:00:00:00:01');
    const ethB = b.addEthernet('02:00:00:00:00:02');
    const cable = new Cable({ host: a, interfaceId: ethA.id }, { host: b, interfaceId: ethB.id });
    const first = a.ip.addAddress(ethA, Address.parse('2001:db8::7'), 64);
    const second = b.ip.addAddress(ethB, Address.parse('2001:db8::7'), 64);
    cable.run(2500);
    expect([first.state, second.state]).toEqual([AddressState.duplicate, AddressState.duplicate]);
  });

  it('tries another opaque identifier when the link-local address is taken (RFC 7217)', () => {
    const host = new IpHost(5, {}, 'rfc');
    const eth = host.addEthernet('02:00:00:00:00:01');
    host.ip.startAutoconfiguration(eth);
    const [taken] = eth.addresses;
    host.ip.addresses.dad.addressConflict(taken!);
    expect(eth.addresses.length).toBe(1);
    expect(eth.addresses[0]?.address.equals(taken!.address)).toBe(false);
    expect(eth.addresses[0]?.address.isLinkLocal).toBe(true);
  });

  it('is skipped on request, on bare IP and with dadTransmits 0', () => {
    const host = new IpHost(5, { dadTransmits: 0 });
    const eth = host.addEthernet('02:00:00:00:00:01');
    expect(host.ip.addAddress(eth, Address.parse('2001:db8::1'), 64).state).toBe(AddressState.preferred);
    const other = new IpHost(6);
    const tun = other.addTunnel();
    expect(other.ip.addAddress(tun, Address.parse('2001:db8::1'), 64).state).toBe(AddressState.preferred);
    const eth1 = other.addEthernet('02:00:00:00:00:03');
    const skipped = other.ip.addAddress(eth1, Address.parse('2001:db8:1::1'), 64, { skipDad: true });
    expect(skipped.state).toBe(AddressState.preferred);
  });
});

describe('router discovery', () => {
  it('makes the EUI-64 link-local address and solicits routers', () => {
    const { eth, cable } = configuredHost();
    expect(addressesOf(eth)).toEqual(['fe80::ff:fe00:1']);
    expect(typesOf(cable)).toContain(Icmpv6Type.routerSolicitation);
    expect(typesOf(cable)).toContain(Icmpv6Type.multicastListenerReportV2);
  });

  it('solicits three times in the rfc profile and backs off without end in the linux profile', () => {
    const count = (profile: 'linux' | 'rfc'): number => {
      const { cable } = configuredHost({}, profile);
      cable.run(100_000, 1000);
      return typesOf(cable).filter((type) => type === Icmpv6Type.routerSolicitation).length;
    };
    expect(count('rfc')).toBe(3);
    expect(count('linux')).toBeGreaterThan(3);
    expect(count('linux')).toBeLessThan(8);
  });

  it('takes router, prefix, MTU and hop limit, and stops soliciting', () => {
    const { host, eth, cable } = configuredHost();
    const prefixes = [{ prefix: '2001:db8:7::', valid: 24 * HOUR, preferred: 4 * HOUR }];
    inject(host, eth.id, advertisement({ hopLimit: 33, mtu: 1400, prefixes }));
    cable.run(3000);
    const before = cable.frames.length;
    expect(addressesOf(eth)).toContain('2001:db8:7:0:0:ff:fe00:1'.replace(':0:0:', '::'));
    expect([eth.hopLimit, eth.mtu6]).toEqual([33, 1400]);
    const far = host.ip.lookup(Address.parse('2001:db8:ffff::1'), null, -1);
    expect([far?.nextHop.toString(), far?.pathMtu]).toEqual([ROUTER, 1400]);
    const near = host.ip.lookup(Address.parse('2001:db8:7::99'), null, -1);
    expect(near?.nextHop.toString()).toBe('2001:db8:7::99');
    cable.run(60_000, 1000);
    expect(cable.frames.length).toBe(before);
    expect(host.send('2001:db8:ffff::1', 'x', DEFAULT_SEND_OPTIONS)).toBe(0);
    cable.settle();
    expect([...cable.frames.at(-1)!.subarray(0, 6)]).toEqual([2, 0, 0, 0, 0, 0xfe]);
  });

  it.each([
    ['from a global address', { source: '2001:db8::1' }],
    ['for an MTU below 1280', { mtu: 1279, lifetime: 0 }],
    ['for an MTU above that of the link', { mtu: 9000, lifetime: 0 }],
    ['for a link-local prefix', { lifetime: 0, prefixes: [{ prefix: 'fe80::', valid: HOUR, preferred: HOUR }] }],
    [
      'that prefers longer than is valid',
      { lifetime: 0, prefixes: [{ prefix: '2001:db8::', valid: 1, preferred: 2, onLink: false }] },
    ],
    [
      'with a prefix that is not 64 bits',
      { lifetime: 0, prefixes: [{ prefix: '2001:db8::', bits: 60, valid: HOUR, preferred: HOUR, onLink: false }] },
    ],
    [
      'with lifetime zero for a new prefix',
      { lifetime: 0, prefixes: [{ prefix: '2001:db8::', valid: 0, preferred: 0 }] },
    ],
  ] satisfies [string, Advertised][])('changes nothing by an advertisement %s', (_name, options) => {
    const { host, eth } = configuredHost();
    const routesBefore = host.ip.routing.routes.all.length;
    inject(host, eth.id, advertisement(options));
    expect(addressesOf(eth)).toEqual(['fe80::ff:fe00:1']);
    expect(eth.mtu6).toBe(1500);
    expect(host.ip.routing.routes.all.length).toBe(routesBefore);
  });

  it('removes a default router by lifetime zero, and by time', () => {
    const { host, eth, cable } = configuredHost();
    const far = Address.parse('2001:db8:ffff::1');
    host.ip.addAddress(eth, Address.parse('2001:db8::1'), 64, { skipDad: true });
    inject(host, eth.id, advertisement({ lifetime: 1800 }));
    expect(host.ip.lookup(far, null, -1)).not.toBeNull();
    inject(host, eth.id, advertisement({ lifetime: 0 }));
    expect(host.ip.lookup(far, null, -1)).toBeNull();
    inject(host, eth.id, advertisement({ lifetime: 10 }));
    cable.run(9000, 1000);
    expect(host.ip.lookup(far, null, -1)).not.toBeNull();
    cable.run(2000, 1000);
    expect(host.ip.lookup(far, null, -1)).toBeNull();
  });

  it('keeps a bounded number of routers and prefixes', () => {
    const { host, eth } = configuredHost();
    for (let index = 0; index < 300; index++) {
      const prefix = `2001:db8:${(index + 1).toString(16)}::`;
      const prefixes = [{ prefix, valid: HOUR, preferred: HOUR }];
      inject(host, eth.id, advertisement({ source: `fe80::${(index + 1).toString(16)}`, prefixes }));
    }
    expect(host.ip.routing.routes.all.length).toBeLessThan(80);
    expect(eth.addresses.length).toBeLessThanOrEqual(17);
  });
});

describe('address lifetimes', () => {
  const prefixOf = (valid: number, preferred: number) => [{ prefix: '2001:db8:7::', valid, preferred }];
  const advertisedOf = (eth: Interface) => eth.addresses.find(({ origin }) => origin === 'advertised');

  it('deprecates, then removes', () => {
    const { host, eth, cable } = configuredHost();
    inject(host, eth.id, advertisement({ prefixes: prefixOf(60, 30) }));
    cable.run(5000);
    expect(advertisedOf(eth)?.state).toBe(AddressState.preferred);
    cable.run(26_000, 1000);
    expect(advertisedOf(eth)?.state).toBe(AddressState.deprecated);
    cable.run(30_000, 1000);
    expect(advertisedOf(eth)).toBeUndefined();
  });

  it('lasts for days, longer than the timer wheel turns', () => {
    const { host, eth } = configuredHost();
    const days = 7 * 24 * HOUR;
    inject(host, eth.id, advertisement({ prefixes: prefixOf(days, days) }));
    host.advance(6 * 24 * HOUR * 1000);
    expect(advertisedOf(eth)?.state).toBe(AddressState.preferred);
    host.advance(25 * HOUR * 1000);
    expect(advertisedOf(eth)).toBeUndefined();
  });

  // RFC 4862 §5.5.3 e: valid lifetime held, told, and what is left afterwards.
  it.each([
    ['longer counts', 4 * HOUR, 8 * HOUR, 8 * HOUR],
    ['shorter but above two hours counts', 8 * HOUR, 3 * HOUR, 3 * HOUR],
    ['shorter than two hours cuts to two hours', 8 * HOUR, 60, 2 * HOUR],
    ['below two hours nothing is shortened', HOUR, 60, HOUR],
    ['below two hours longer counts', HOUR, HOUR + 600, HOUR + 600],
    ['zero cuts to two hours', 8 * HOUR, 0, 2 * HOUR],
    ['for ever', HOUR, 0xffffffff, Number.POSITIVE_INFINITY],
  ])('two-hour rule: %s', (_name, held, told, left) => {
    const { host, eth } = configuredHost();
    inject(host, eth.id, advertisement({ prefixes: prefixOf(held, Math.min(held, 60)) }));
    inject(host, eth.id, advertisement({ prefixes: prefixOf(told, 0) }));
    const remaining = ((advertisedOf(eth)?.validUntilUs ?? 0) - host.context.clock.nowUs) / 1_000_000;
    expect(remaining).toBe(left);
  });

  it('makes stable opaque identifiers in the rfc profile, different per prefix', () => {
    const addresses = [1, 2].map(() => {
      const { host, eth } = configuredHost({}, 'rfc');
      const second = { prefix: '2001:db8:8::', valid: HOUR, preferred: HOUR };
      inject(host, eth.id, advertisement({ prefixes: [...prefixOf(HOUR, HOUR), second] }));
      return addressesOf(eth);
    });
    expect(addresses[0]).toEqual(addresses[1]);
    const [, one = '', two = ''] = addresses[0]!;
    expect(one.slice(-9)).not.toBe(two.slice(-9));
    expect(one).not.toContain('ff:fe');
  });
});

it('believes nothing that a router has passed on: the hop limit must be 255', () => {
  const { host, eth } = configuredHost();
  const frame = advertisement({ hopLimit: 33 });
  frame[14 + 7] = 254;
  inject(host, eth.id, frame);
  expect(eth.hopLimit).toBe(64);
  expect(host.drops).toEqual(['ndpInvalid']);
  frame[14 + 7] = 255;
  inject(host, eth.id, frame);
  expect(eth.hopLimit).toBe(33);
});
