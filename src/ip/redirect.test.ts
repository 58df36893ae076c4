/** Redirects: a better first hop, taken only from the router in use. RFC 1122 section 3.2.2.2, RFC 4861 section 8. */
import { describe, expect, it } from 'vitest';
import { hex, IpHost, inject } from '../../test/support/ip-hosts.ts';
import { Address, Prefix } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { emitIcmp } from '../wire/icmp.ts';
import { Icmpv6Type } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv4Header } from '../wire/ipv4.ts';
import { emitIpv6Header } from '../wire/ipv6.ts';
import { emitNdp, ndpOptionsOffset } from '../wire/ndp-emit.ts';
import { NdpMessage } from '../wire/ndp-message.ts';
import { NdpOptionType, writeLinkAddress } from '../wire/ndp-options.ts';
import type { Interface } from './interface.ts';
import type { IpSettings } from './settings.ts';

function start(changes: Partial<IpSettings> = {}): { host: IpHost; eth: Interface } {
  const host = new IpHost(4, changes);
  const eth = host.addEthernet('02:00:00:00:00:01');
  host.ip.addAddress(eth, Address.parse('10.0.0.1'), 24);
  host.ip.addAddress(eth, Address.parse('2001:db8::1'), 64, { skipDad: true });
  host.ip.addRoute(Prefix.parse('0.0.0.0/0'), Address.parse('10.0.0.254'), eth);
  host.ip.addRoute(Prefix.parse('::/0'), Address.parse('fe80::fe'), eth);
  return { host, eth };
}

const hop = (host: IpHost, to: string): string | undefined =>
  host.ip.lookup(Address.parse(to), null, -1)?.nextHop.toString();

function redirect4(from: string, gateway: string, destination: string): Uint8Array {
  const memory = new PlainPacketMemory(256);
  const packet = new IpPacket(memory);
  packet.setAddresses(Address.parse('10.0.0.1'), Address.parse(destination));
  packet.hopLimit = 64;
  packet.protocol = 200;
  emitIpv4Header(memory, 14 + 20 + 8, packet, 20 + 8);
  emitIcmp(memory, 34, 5, 1, Address.parse(gateway).w3, 8 + 28);
  packet.setAddresses(Address.parse(from), Address.parse('10.0.0.1'));
  packet.protocol = IpProtocol.icmp;
  emitIpv4Header(memory, 14, packet, 20 + 36);
  memory.u8.set(hex('020000000001 0200000000fe 0800'), 0);
  return memory.u8.slice(0, 14 + 56);
}

function redirect6(from: string, target: string, destination: string): Uint8Array {
  const memory = new PlainPacketMemory(256);
  const message = new NdpMessage();
  message.type = Icmpv6Type.redirect;
  const [t, d] = [Address.parse(target), Address.parse(destination)];
  Object.assign(message, { target0: t.w0, target1: t.w1, target2: t.w2, target3: t.w3 });
  Object.assign(message, { destination0: d.w0, destination1: d.w1, destination2: d.w2, destination3: d.w3 });
  const packet = new IpPacket(memory);
  packet.setAddresses(Address.parse(from), Address.parse('2001:db8::1'));
  packet.hopLimit = 255;
  packet.protocol = IpProtocol.icmpv6;
  const options = ndpOptionsOffset(message.type, 54);
  const end = writeLinkAddress(memory, options, NdpOptionType.targetLinkAddress, 0x0200, 0x77);
  const length = emitNdp(memory, 54, packet, message, end);
  emitIpv6Header(memory, 14, packet, 40 + length);
  memory.u8.set(hex('020000000001 0200000000fe 86dd'), 0);
  return memory.u8.slice(0, end);
}

describe('IPv4', () => {
  it.each([
    ['by the router in use', '10.0.0.254', '10.0.0.253', '10.0.0.253'],
    ['by somebody else', '10.0.0.99', '10.0.0.253', '10.0.0.254'],
    ['to a gateway off the link', '10.0.0.254', '192.0.2.1', '10.0.0.254'],
    ['to the broadcast address', '10.0.0.254', '10.0.0.255', '10.0.0.254'],
    ['to ourselves', '10.0.0.254', '10.0.0.1', '10.0.0.254'],
  ])('%s', (_name, from, gateway, expected) => {
    const { host, eth } = start();
    inject(host, eth.id, redirect4(from, gateway, '198.51.100.1'));
    expect(hop(host, '198.51.100.1')).toBe(expected);
    expect(hop(host, '198.51.100.2')).toBe('10.0.0.254');
  });

  it('is not taken by a router, nor when switched off', () => {
    for (const changes of [{ forwarding: true }, { acceptRedirects: false }]) {
      const { host, eth } = start(changes);
      inject(host, eth.id, redirect4('10.0.0.254', '10.0.0.253', '198.51.100.1'));
      expect(hop(host, '198.51.100.1')).toBe('10.0.0.254');
    }
  });

  it('may come again and again without filling the table', () => {
    const { host, eth } = start();
    for (let n = 0; n < 600; n++) {
      inject(host, eth.id, redirect4('10.0.0.254', '10.0.0.253', Address.v4(0xc6336400 + n).toString()));
    }
    expect(host.ip.routing.routes.all.length).toBeLessThan(270);
  });
});

describe('IPv6', () => {
  it.each([
    ['to another router', 'fe80::fe', 'fe80::77', 'fe80::77'],
    ['to the destination itself', 'fe80::fe', '2001:db8:9::1', '2001:db8:9::1'],
    ['by somebody else', 'fe80::99', 'fe80::77', 'fe80::fe'],
  ])('%s', (_name, from, target, expected) => {
    const { host, eth } = start();
    inject(host, eth.id, redirect6(from, target, '2001:db8:9::1'));
    expect(hop(host, '2001:db8:9::1')).toBe(expected);
    const known = host.ip.resolution.neighbors6.find(eth, Address.parse(target));
    expect(known?.macLow).toBe(expected === target ? 0x77 : undefined);
  });
});

it('sorts the addresses of a name by RFC 6724', () => {
  const { host } = start();
  const names = ['198.51.100.1', '2001:db8:9::1', '2002:c633:6401::1', 'fd00::1'];
  const sorted = host.ip.sortDestinations(names.map((name) => Address.parse(name)));
  expect(sorted.map(String)).toEqual(['2001:db8:9::1', '198.51.100.1', '2002:c633:6401::1', 'fd00::1']);
});

it('forgets neighbors and waiting frames of an interface that goes down', () => {
  const { host, eth } = start();
  host.send('10.0.0.9', 'waits', {
    trafficClass: 0,
    hopLimit: -1,
    flowLabel: -1,
    dontFragment: false,
    ipOptions: null,
  });
  expect(host.ip.hasTransmit(eth.id)).toBe(true);
  host.ip.setUp(eth, false);
  expect(host.ip.hasTransmit(eth.id)).toBe(false);
  expect(host.ip.resolution.neighbors4.all.length).toBe(0);
  expect(host.transports.errors.map(({ kind }) => kind)).toEqual(['host-unreachable']);
  expect(host.ip.lookup(Address.parse('10.0.0.9'), null, -1)).toBeNull();
});
