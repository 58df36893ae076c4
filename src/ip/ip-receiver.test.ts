/** What a host does with packets that arrive: whose they are, which cannot be, and bytes that are no packets at all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cable, hex, IpHost, inject } from '../../test/support/ip-hosts.ts';
import { Address, Prefix } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { emitIpv4Header } from '../wire/ipv4.ts';
import { emitIpv6Header } from '../wire/ipv6.ts';
import type { Interface } from './interface.ts';

interface PacketFields {
  source: string;
  destination: string;
  protocol?: number;
  hopLimit?: number;
  text?: string;
  options?: string;
}

function packetOf(fields: PacketFields): Uint8Array {
  const memory = new PlainPacketMemory(4096);
  const packet = new IpPacket(memory);
  packet.setAddresses(Address.parse(fields.source), Address.parse(fields.destination));
  packet.protocol = fields.protocol ?? 200;
  packet.hopLimit = fields.hopLimit ?? 64;
  const text = fields.text ?? 'payload.';
  const options = fields.options === undefined ? null : hex(fields.options);
  const headerLength = packet.family === 4 ? 20 + (options?.length ?? 0) : 40;
  for (let index = 0; index < text.length; index++) memory.u8[headerLength + index] = text.charCodeAt(index);
  const total = headerLength + text.length;
  if (packet.family === 4) emitIpv4Header(memory, 0, packet, total, options);
  else emitIpv6Header(memory, 0, packet, total);
  return memory.u8.slice(0, total);
}

/** A frame from 02::99 around a packet. */
function frameOf(packet: Uint8Array, to = '020000000001'): Uint8Array {
  const type = packet[0]! >>> 4 === 4 ? '0800' : '86dd';
  return Uint8Array.from([...hex(`${to} 020000000099 ${type}`), ...packet]);
}

function ethernetHost(changes = {}): { host: IpHost; eth: Interface } {
  const host = new IpHost(3, changes);
  const eth = host.addEthernet('02:00:00:00:00:01');
  host.ip.addAddress(eth, Address.parse('10.0.0.1'), 24);
  host.ip.addAddress(eth, Address.parse('2001:db8::1'), 64, { skipDad: true });
  return { host, eth };
}

describe('whose packet it is', () => {
  it.each([
    ['our address', '10.0.0.9', '10.0.0.1', 'none'],
    ['another host', '10.0.0.9', '10.0.0.2', 'notForUs'],
    ['subnet broadcast', '10.0.0.9', '10.0.0.255', 'none'],
    ['old style broadcast', '10.0.0.9', '10.0.0.0', 'none'],
    ['limited broadcast', '10.0.0.9', '255.255.255.255', 'none'],
    ['all hosts', '10.0.0.9', '224.0.0.1', 'none'],
    ['a group not joined', '10.0.0.9', '224.1.2.3', 'notForUs'],
    ['IPv6, ours', '2001:db8::9', '2001:db8::1', 'none'],
    ['IPv6, all nodes', 'fe80::9', 'ff02::1', 'none'],
    ['IPv6, solicited-node group', 'fe80::9', 'ff02::1:ff00:1', 'none'],
    ['IPv6, group not joined', 'fe80::9', 'ff02::1:ff00:2', 'notForUs'],
    ['IPv6, another host', '2001:db8::9', '2001:db8::2', 'notForUs'],
    ['nobody may be asked by DHCP', '0.0.0.0', '255.255.255.255', 'none'],
    // RFC 1122 §3.2.1.3 and RFC 1812 §5.3.7: sources and destinations that cannot be.
    ['from loopback', '127.0.0.1', '10.0.0.1', 'martianSource'],
    ['from a group', '224.0.0.5', '10.0.0.1', 'martianSource'],
    ['from class E', '240.0.0.1', '10.0.0.1', 'martianSource'],
    ['from everybody', '255.255.255.255', '10.0.0.1', 'martianSource'],
    ['from a subnet broadcast', '10.0.0.255', '10.0.0.1', 'martianSource'],
    ['from this network', '0.1.2.3', '10.0.0.1', 'martianSource'],
    ['from nobody to one host', '0.0.0.0', '10.0.0.1', 'martianSource'],
    ['from ourselves (land)', '10.0.0.1', '10.0.0.1', 'martianSource'],
    ['to loopback', '10.0.0.9', '127.0.0.1', 'martianSource'],
    ['to this network', '10.0.0.9', '0.0.0.0', 'martianSource'],
    ['IPv6 from a group', 'ff02::1', '2001:db8::1', 'martianSource'],
    ['IPv6 from loopback', '::1', '2001:db8::1', 'martianSource'],
    ['IPv6 from a mapped address', '::ffff:10.0.0.9', '2001:db8::1', 'martianSource'],
    ['IPv6 from ourselves', '2001:db8::1', '2001:db8::1', 'martianSource'],
    ['IPv6 to loopback', '2001:db8::9', '::1', 'martianSource'],
    ['IPv6 to nobody', '2001:db8::9', '::', 'martianSource'],
    ['IPv6 to a group of scope 0', '2001:db8::9', 'ff00::1', 'martianSource'],
    ['IPv6 to a node-local group', '2001:db8::9', 'ff01::1', 'martianSource'],
  ])('%s: %s to %s is %s', (_name, source, destination, reason) => {
    const { host, eth } = ethernetHost();
    inject(host, eth.id, frameOf(packetOf({ source, destination })));
    expect(host.drops).toEqual(reason === 'none' ? [] : [reason]);
    expect(host.transports.arrived.length).toBe(reason === 'none' ? 1 : 0);
  });

  // What was found of the packet before is used again; it must not outlive what it was found by.
  it.each<[string, string, (host: IpHost, eth: Interface) => unknown]>([
    ['our address is gone', 'notForUs', (host, eth) => host.ip.removeAddress(eth, Address.parse('10.0.0.1'))],
    ['the source is ours now', 'martianSource', (host, eth) => host.ip.addAddress(eth, Address.parse('10.0.0.11'), 24)],
    [
      'the source is a broadcast now',
      'martianSource',
      (host, eth) => host.ip.addAddress(eth, Address.parse('10.0.0.10'), 30),
    ],
  ])('the same packet again, but %s: %s', (_what, reason, change) => {
    const { host, eth } = ethernetHost();
    const frame = frameOf(packetOf({ source: '10.0.0.11', destination: '10.0.0.1' }));
    inject(host, eth.id, frame);
    inject(host, eth.id, frame);
    expect(host.drops).toEqual([]);
    change(host, eth);
    inject(host, eth.id, frame);
    expect(host.drops).toEqual([reason]);
    expect(host.transports.arrived.length).toBe(2);
  });

  it('the same addresses by another interface, or in a group frame, are judged anew', () => {
    const { host, eth } = ethernetHost();
    const other = host.addEthernet('02:00:00:00:00:02');
    host.ip.addAddress(other, Address.parse('10.0.1.1'), 24);
    // A neighbor's broadcast there is an ordinary source here.
    const packet = packetOf({ source: '10.0.1.255', destination: '10.0.0.1' });
    inject(host, eth.id, frameOf(packet));
    inject(host, other.id, frameOf(packet, '020000000002'));
    inject(host, eth.id, frameOf(packet, 'ffffffffffff'));
    expect(host.drops).toEqual(['martianSource', 'notForUs']);
  });

  it('accepts an address of another interface, but a link-local one only on its link', () => {
    const { host } = ethernetHost();
    const eth1 = host.addEthernet('02:00:00:00:00:02');
    const to = '020000000002';
    inject(host, eth1.id, frameOf(packetOf({ source: '10.9.9.9', destination: '10.0.0.1' }), to));
    inject(host, eth1.id, frameOf(packetOf({ source: 'fe80::9', destination: 'fe80::ff:fe00:1' }), to));
    expect(host.transports.arrived.length).toBe(1);
    expect(host.drops).toEqual(['notForUs']);
  });

  it('drops frames for other stations, unicast packets in group frames, foreign VLANs and unknown types', () => {
    const { host, eth } = ethernetHost();
    const packet = packetOf({ source: '10.0.0.9', destination: '10.0.0.1' });
    inject(host, eth.id, frameOf(packet, '020000000077'));
    inject(host, eth.id, frameOf(packet, 'ffffffffffff'));
    inject(host, eth.id, Uint8Array.from([...hex('020000000001 020000000099 8100 0005 0800'), ...packet]));
    inject(host, eth.id, hex('020000000001 020000000099 88cc 0000'));
    expect(host.drops).toEqual(['notForUs', 'notForUs', 'notForUs', 'unknownEtherType']);
    inject(host, eth.id, Uint8Array.from([...hex('020000000001 020000000099 8100 e000 0800'), ...packet]));
    expect(host.transports.arrived.length).toBe(1);
  });

  it('takes nothing by an interface that is down or that it does not have', () => {
    const { host, eth } = ethernetHost();
    host.ip.setUp(eth, false);
    host.drops.length = 0;
    inject(host, eth.id, frameOf(packetOf({ source: '10.0.0.9', destination: '10.0.0.1' })));
    inject(host, 17, frameOf(packetOf({ source: '10.0.0.9', destination: '10.0.0.1' })));
    expect(host.drops).toEqual(['interfaceDown', 'interfaceDown']);
  });

  it('drops source-routed packets unless told otherwise', () => {
    const packet = packetOf({ source: '10.0.0.9', destination: '10.0.0.1', options: '83 07 08 0a000005 00' });
    const strict = ethernetHost();
    inject(strict.host, strict.eth.id, frameOf(packet));
    expect(strict.host.drops).toEqual(['ipBadOption']);
    const liberal = ethernetHost({ acceptSourceRoute: true });
    inject(liberal.host, liberal.eth.id, frameOf(packet));
    expect(liberal.host.transports.arrived.length).toBe(1);
  });
});

describe('errors that are owed', () => {
  /** ICMP type and code of what a host on a bare link answers. */
  const answerTo = (packet: Uint8Array): number[] => {
    const host = new IpHost(3);
    const tun = host.addTunnel();
    host.ip.addAddress(tun, Address.parse('10.0.0.1'), 24);
    host.ip.addAddress(tun, Address.parse('2001:db8::1'), 64);
    const cable = new Cable({ host, interfaceId: tun.id });
    inject(host, tun.id, packet);
    cable.settle();
    const [frame] = cable.frames;
    if (frame === undefined) return [];
    const at = frame[0]! >>> 4 === 4 ? 20 : 40;
    return [frame[at]!, frame[at + 1]!];
  };

  it.each([
    ['an unknown protocol', { source: '10.0.0.9', destination: '10.0.0.1', protocol: 99 }, [3, 2]],
    ['an unknown next header', { source: '2001:db8::9', destination: '2001:db8::1', protocol: 99 }, [4, 1]],
    ['a broadcast', { source: '10.0.0.9', destination: '10.0.0.255', protocol: 99 }, []],
    ['a martian', { source: '127.0.0.1', destination: '10.0.0.1', protocol: 99 }, []],
    ['a bad option', { source: '10.0.0.9', destination: '10.0.0.1', options: '83 02 0000' }, [12, 0]],
    ['a bad option for another host', { source: '10.0.0.9', destination: '10.0.0.2', options: '83 02 0000' }, []],
    ['no next header', { source: '2001:db8::9', destination: '2001:db8::1', protocol: 59 }, []],
  ])('for %s', (_name, fields, answer) => {
    expect(answerTo(packetOf(fields))).toEqual(answer);
  });

  it('for an unknown IPv6 option of the kind that asks for it, also in a group', () => {
    const options = (type: string): string => String.fromCharCode(...hex(`c8 00 ${type} 04 00000000`)) + 'payload.';
    const from = { source: '2001:db8::9', protocol: 60 };
    expect(answerTo(packetOf({ ...from, destination: '2001:db8::1', text: options('9e') }))).toEqual([4, 2]);
    expect(answerTo(packetOf({ ...from, destination: '2001:db8::1', text: options('de') }))).toEqual([4, 2]);
    expect(answerTo(packetOf({ ...from, destination: 'ff02::1', text: options('9e') }))).toEqual([4, 2]);
    expect(answerTo(packetOf({ ...from, destination: 'ff02::1', text: options('de') }))).toEqual([]);
    expect(answerTo(packetOf({ ...from, destination: '2001:db8::1', text: options('5e') }))).toEqual([]);
  });
});

describe('bytes that are no packets', () => {
  const start = (): { host: IpHost; ids: number[] } => {
    const { host, eth } = ethernetHost({ gcThresh3: 64, gcThresh2: 32 });
    const tun = host.addTunnel();
    host.ip.addAddress(tun, Address.parse('10.1.0.1'), 24);
    host.ip.addRoute(Prefix.parse('0.0.0.0/0'), null, tun);
    return { host, ids: [eth.id, tun.id] };
  };

  it('never throw, whatever they are', () => {
    const { host, ids } = start();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...ids), (bytes, id) => {
        inject(host, id, bytes);
      }),
      { numRuns: 500 },
    );
    expect(host.drops.length).toBeGreaterThan(0);
  });

  it('never throw when they look like frames for us, cut short or with bits turned', () => {
    const { host, ids } = start();
    const types = [1, 2, 6, 17, 43, 44, 51, 58, 60, 0, 200];
    fc.assert(
      fc.property(
        fc.constantFrom('0800', '0806', '86dd'),
        fc.constantFrom(...types),
        fc.uint8Array({ minLength: 8, maxLength: 120 }),
        fc.nat(150),
        fc.nat(150 * 8),
        (type, protocol, payload, cut, bit) => {
          const isV4 = type === '0800';
          const arp = hex(`0001 0800 06 04 0001 020000000099 0a000009 000000000000 0a000001`);
          const source = isV4 ? '10.0.0.9' : 'fe80::9';
          const text = String.fromCharCode(...payload);
          const destination = isV4 ? '10.0.0.1' : 'ff02::1:ff00:1';
          const packet = type === '0806' ? arp : packetOf({ source, destination, protocol, hopLimit: 255, text });
          const to = isV4 ? '020000000001' : '333300000001';
          const frame = Uint8Array.from([...hex(`${to} 020000000099 ${type}`), ...packet]);
          if (bit >>> 3 < frame.length) frame[bit >>> 3]! ^= 1 << (bit & 7);
          inject(host, ids[0]!, frame.slice(0, Math.max(1, frame.length - (cut % frame.length))));
        },
      ),
      { numRuns: 1000 },
    );
    host.advance(120_000);
    expect(host.ip.resolution.neighbors4.all.length).toBeLessThanOrEqual(64);
    expect(host.ip.resolution.neighbors6.all.length).toBeLessThanOrEqual(64);
  });
});
