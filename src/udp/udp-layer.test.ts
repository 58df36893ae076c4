import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { SipHash } from '../base/keyed-hash.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { SeededRandom } from '../base/random.ts';
import { cloneGraph } from '../base/snapshot.ts';
import { IcmpErrorView, icmpErrorKind } from '../icmp/icmp-error.ts';
import type { DatagramPath } from '../icmp/icmp-host.ts';
import { DestinationKind } from '../ip/destination.ts';
import type { IcmpErrorReport, IpSendOptions } from '../ip/ip-context.ts';
import { pseudoHeaderSum } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { emitIpv4Header, parseIpv4 } from '../wire/ipv4.ts';
import { emitIpv6Header, parseIpv6 } from '../wire/ipv6.ts';
import { emitUdpHeader, writeUdpChecksum } from '../wire/udp.ts';
import { DATAGRAM_OVERHEAD_BYTES, type DatagramEndpoint, DatagramEvent } from './datagram-endpoint.ts';
import { type UdpContext, type UdpFeedback, type UdpOutput, type UdpSettings, udpSettings } from './udp-context.ts';
import { UdpCounters } from './udp-counters.ts';
import { UdpLayer } from './udp-layer.ts';

const US = Address.parse('10.0.0.1');
const US_TOO = Address.parse('10.0.0.5');
const PEER = Address.parse('10.0.0.2');
const OTHER = Address.parse('203.0.113.9');
const BROADCAST = Address.parse('10.0.0.255');
const GROUP = Address.parse('239.1.2.3');
const US6 = Address.parse('2001:db8::1');
const PEER6 = Address.parse('2001:db8::2');
const NO_ROUTE = Address.parse('192.0.2.99');

interface Sent {
  path: DatagramPath;
  bytes: Uint8Array;
  options: IpSendOptions;
}

/** Everything around UDP, with three addresses. */
class House implements UdpContext, UdpOutput, UdpFeedback {
  readonly random = new SeededRandom(5);
  readonly hash = new SipHash(Int32Array.of(1, 2, 3, 4));
  readonly counters = new UdpCounters();
  readonly counters6 = new UdpCounters();
  readonly settings: UdpSettings;
  readonly sent: Sent[] = [];
  readonly drops: number[] = [];
  readonly groups: string[] = [];
  readonly events: number[] = [];
  unreachable = 0;
  pathMtuReports = 0;
  sendReason: number = DropReason.none;
  readonly udp: UdpLayer;

  constructor(changes: Partial<UdpSettings> = {}) {
    this.settings = udpSettings('linux', changes);
    this.udp = new UdpLayer(this, this, this);
  }

  dropped(reason: number): void {
    this.drops.push(reason);
  }
  lookup(remote: Address, local: Address | null): DatagramPath | null {
    if (remote.equals(NO_ROUTE)) return null;
    const isBroadcast = remote.equals(BROADCAST) || remote.isLimitedBroadcast;
    const kind = remote.isMulticast
      ? DestinationKind.multicast
      : isBroadcast
        ? DestinationKind.broadcast
        : DestinationKind.unicast;
    const source = local ?? (remote.family === 4 ? US : US6);
    return { source, remote, pathMtu: 1500, interface: { id: 1, mtu: 1500 }, kind };
  }
  sendDatagram(
    path: DatagramPath,
    _protocol: number,
    bytes: Uint8Array,
    length: number,
    options: IpSendOptions,
  ): number {
    if (this.sendReason === DropReason.none) this.sent.push({ path, bytes: bytes.slice(0, length), options });
    return this.sendReason;
  }
  isLocalAddress(address: Address): boolean {
    return [US, US_TOO, US6].some((own) => own.equals(address));
  }
  isBroadcast(packet: IpPacket): boolean {
    return packet.destination3 === -1 || packet.destination3 === BROADCAST.w3;
  }
  joinGroup(group: Address, interfaceId: number): boolean {
    this.groups.push(`+${group.toString()}%${interfaceId}`);
    return true;
  }
  leaveGroup(group: Address, interfaceId: number): void {
    this.groups.push(`-${group.toString()}%${interfaceId}`);
  }
  portUnreachable(): void {
    this.unreachable++;
  }
  pathMtuReported(): void {
    this.pathMtuReports++;
  }
  datagramEvent(_endpoint: DatagramEndpoint, bits: number): void {
    this.events.push(bits);
  }

  bound(
    address: Address | null,
    port: number,
    options: { family?: 4 | 6; reuseAddress?: boolean; v6Only?: boolean } = {},
  ): DatagramEndpoint {
    const endpoint = this.udp.createEndpoint(options.family ?? 4, options);
    endpoint.owner = this;
    expect(endpoint.bind(address, port)).toBeNull();
    return endpoint;
  }
}

interface Shape {
  source?: Address;
  destination?: Address;
  sourcePort?: number;
  destinationPort?: number;
  payload?: Uint8Array;
  interfaceId?: number;
  checksum?: number;
  length?: number;
}

/** A received UDP packet with a right checksum. */
function datagram(shape: Shape = {}): IpPacket {
  const memory = new PlainPacketMemory(70_000);
  const packet = new IpPacket(memory);
  const payload = shape.payload ?? Uint8Array.of(1, 2, 3);
  const destination = shape.destination ?? US;
  packet.setAddresses(shape.source ?? (destination.family === 4 ? PEER : PEER6), destination);
  packet.protocol = 17;
  packet.hopLimit = 60;
  const header = destination.family === 4 ? 20 : 40;
  const length = 8 + payload.length;
  if (destination.family === 4) emitIpv4Header(memory, 4, packet, header + length);
  else emitIpv6Header(memory, 4, packet, header + length);
  const at = 4 + header;
  emitUdpHeader(memory, at, shape.sourcePort ?? 5000, shape.destinationPort ?? 53, shape.length ?? length);
  memory.u8.set(payload, at + 8);
  writeUdpChecksum(memory, at, length, pseudoHeaderSum(packet, 17, length));
  if (shape.checksum !== undefined) memory.view.setUint16(at + 6, shape.checksum);
  const parse = destination.family === 4 ? parseIpv4 : parseIpv6;
  parse(memory, 4, at + length, packet);
  packet.interfaceId = shape.interfaceId ?? 1;
  return packet;
}

/** An ICMP error about a datagram from `local` to `remote`. */
function report(type: number, code: number, local: [Address, number], remote: [Address, number]): IcmpErrorReport {
  const view = new IcmpErrorView();
  view.type = type;
  view.code = code;
  view.kind = icmpErrorKind(4, type, code);
  view.protocol = 17;
  view.source = local[0];
  view.destination = remote[0];
  view.memory.view.setUint16(0, local[1]);
  view.memory.view.setUint16(2, remote[1]);
  view.quotedLength = 8;
  return view;
}

describe('UDP receive', () => {
  it('delivers a datagram with its addresses', () => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    house.udp.arrived(datagram());
    expect(house.events).toEqual([DatagramEvent.readable]);
    const received = endpoint.receive();
    expect(received).toMatchObject({ port: 5000, interfaceId: 1, hopLimit: 60 });
    expect([String(received?.address), String(received?.localAddress), [...(received?.bytes ?? [])]]).toEqual([
      '10.0.0.2',
      '10.0.0.1',
      [1, 2, 3],
    ]);
    expect([endpoint.receive(), endpoint.queuedLength, house.counters.InDatagrams]).toEqual([null, 0, 1]);
  });

  it('takes an empty datagram', () => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    house.udp.arrived(datagram({ payload: new Uint8Array(0) }));
    expect(endpoint.nextLength).toBe(0);
    expect(endpoint.receive()?.bytes.length).toBe(0);
  });

  // RFC 1122 §4.1.3.1: a datagram for a port nobody has is answered with port unreachable.
  it('says port unreachable for a port nobody has', () => {
    const house = new House();
    house.udp.arrived(datagram());
    house.udp.arrived(datagram({ destination: US6 }));
    expect([house.unreachable, house.counters.NoPorts, house.counters6.NoPorts]).toEqual([2, 1, 1]);
  });

  // RFC 1122 §4.1.3.4, RFC 8200 §8.1: wrong checksums are dropped; zero means none over IPv4, and is an error over IPv6.
  it.each([
    ['wrong over IPv4', US, 0x1234, 0, 1],
    ['absent over IPv4', US, 0, 1, 0],
    ['wrong over IPv6', US6, 0x1234, 0, 1],
    ['absent over IPv6', US6, 0, 0, 1],
  ])('checksum %s', (_name, destination, checksum, delivered, errors) => {
    const house = new House();
    house.bound(null, 53, { family: 6 });
    house.udp.arrived(datagram({ destination, checksum }));
    const counters = destination.family === 4 ? house.counters : house.counters6;
    expect(counters).toMatchObject({ InDatagrams: delivered, InErrors: errors, InCsumErrors: errors });
    expect(house.unreachable).toBe(0);
  });

  it('does not check what the device has checked', () => {
    const house = new House();
    house.bound(null, 53);
    const packet = datagram({ checksum: 0x1234 });
    packet.checksumVerified = 1;
    house.udp.arrived(packet);
    expect(house.counters.InDatagrams).toBe(1);
  });

  it.each([7, 0, 60_000])('drops an impossible length of %i', (length) => {
    const house = new House();
    house.bound(null, 53);
    house.udp.arrived(datagram({ length }));
    expect(house.counters).toMatchObject({ InDatagrams: 0, InErrors: 1, InCsumErrors: 0 });
  });

  it('drops and counts what does not fit the receive buffer', () => {
    const house = new House({ rmemDefaultBytes: 3 * (DATAGRAM_OVERHEAD_BYTES + 100) });
    const endpoint = house.bound(null, 53);
    for (let count = 0; count < 5; count++) house.udp.arrived(datagram({ payload: new Uint8Array(100) }));
    expect([endpoint.queuedCount, endpoint.droppedDatagrams]).toEqual([3, 2]);
    expect(house.counters).toMatchObject({ InDatagrams: 3, RcvbufErrors: 2, InErrors: 2 });
    endpoint.receive();
    house.udp.arrived(datagram({ payload: new Uint8Array(100) }));
    expect(endpoint.queuedCount).toBe(3);
  });

  it('takes one datagram of any size into an empty queue', () => {
    const house = new House({ rmemDefaultBytes: 0 });
    const endpoint = house.bound(null, 53);
    house.udp.arrived(datagram({ payload: new Uint8Array(60_000) }));
    house.udp.arrived(datagram());
    expect(endpoint.queuedCount).toBe(1);
  });

  it('takes a super-segment apart', () => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    const packet = datagram({ payload: Uint8Array.from({ length: 250 }, (_, index) => index) });
    packet.gsoSize = 100;
    house.udp.arrived(packet);
    expect([0, 0, 0].map(() => endpoint.receive()?.bytes.length)).toEqual([100, 100, 50]);
    expect(house.counters.InDatagrams).toBe(3);
  });

  it('chooses the most specific endpoint, then the newest', () => {
    const house = new House();
    const reuseAddress = true;
    const wildcard6 = house.bound(null, 53, { family: 6, reuseAddress });
    const old = house.bound(null, 53, { reuseAddress });
    const wildcard = house.bound(null, 53, { reuseAddress });
    const address = house.bound(US, 53, { reuseAddress });
    const connected = house.bound(US, 53, { reuseAddress });
    expect(connected.connect(PEER, 5000)).toBeNull();
    const all = [wildcard6, old, wildcard, address, connected];
    const hit = (shape: Shape): number => {
      house.udp.arrived(datagram(shape));
      return all.findIndex((endpoint) => endpoint.receive() !== null);
    };
    expect(hit({})).toBe(4);
    expect(hit({ sourcePort: 5001 })).toBe(3);
    expect(hit({ source: OTHER })).toBe(3);
    expect(hit({ destination: US_TOO })).toBe(2);
    expect(hit({ destination: US6 })).toBe(0);
    wildcard.close();
    expect(hit({ destination: US_TOO })).toBe(1);
    old.close();
    expect(hit({ destination: US_TOO })).toBe(0);
  });

  it('hears IPv4 on :: unless told not to', () => {
    const house = new House();
    const both = house.bound(null, 53, { family: 6 });
    const only = house.bound(null, 54, { family: 6, v6Only: true });
    house.udp.arrived(datagram());
    house.udp.arrived(datagram({ destinationPort: 54 }));
    expect([both.queuedCount, only.queuedCount, house.unreachable]).toEqual([1, 0, 1]);
  });

  it('gives groups to those who joined and broadcasts to all, and answers neither', () => {
    const house = new House();
    const reuseAddress = true;
    const first = house.bound(null, 53, { reuseAddress });
    const second = house.bound(null, 53, { reuseAddress });
    const third = house.bound(US, 53, { reuseAddress });
    expect(first.joinGroup(GROUP)).toBeNull();
    expect(second.joinGroup(GROUP, 2)).toBeNull();
    house.udp.arrived(datagram({ destination: GROUP }));
    expect([first, second, third].map((endpoint) => endpoint.queuedCount)).toEqual([1, 0, 0]);
    house.udp.arrived(datagram({ destination: GROUP, interfaceId: 2 }));
    expect([first, second, third].map((endpoint) => endpoint.queuedCount)).toEqual([2, 1, 0]);
    house.udp.arrived(datagram({ destination: BROADCAST }));
    expect([first, second, third].map((endpoint) => endpoint.queuedCount)).toEqual([3, 2, 0]);
    house.udp.arrived(datagram({ destination: GROUP, destinationPort: 99 }));
    expect([house.unreachable, house.counters.InMulti]).toEqual([0, 2]);
  });

  it('survives any bytes', () => {
    const house = new House();
    house.bound(null, 53, { family: 6 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, isChecked) => {
        const packet = datagram({ payload: new Uint8Array(64) });
        packet.memory.u8.set(bytes, packet.payloadOffset);
        packet.payloadLength = bytes.length;
        packet.checksumVerified = isChecked ? 1 : 0;
        house.udp.arrived(packet);
      }),
      { numRuns: 300 },
    );
  });
});

describe('UDP bind', () => {
  it.each([
    ['the same wildcard', null, null, 4, 4, false, 'EADDRINUSE'],
    ['wildcard and address', null, US, 4, 4, false, 'EADDRINUSE'],
    ['two addresses', US, US_TOO, 4, 4, false, null],
    ['both sharing', null, null, 4, 4, true, null],
    [':: against 0.0.0.0', null, null, 6, 4, false, 'EADDRINUSE'],
    [':: against an IPv4 address', null, US, 6, 4, false, 'EADDRINUSE'],
    ['an IPv6 address against 0.0.0.0', US6, null, 6, 4, false, null],
  ] as const)('%s', (_name, first, second, firstFamily, secondFamily, reuseAddress, expected) => {
    const house = new House();
    house.bound(first, 53, { family: firstFamily, reuseAddress });
    const endpoint = house.udp.createEndpoint(secondFamily, { reuseAddress });
    expect(endpoint.bind(second, 53)).toBe(expected);
  });

  it('lets :: with v6Only and 0.0.0.0 share a port', () => {
    const house = new House();
    house.bound(null, 53, { family: 6, v6Only: true });
    house.bound(null, 53);
  });

  it('refuses addresses that are not ours, or of the wrong family, and a second bind', () => {
    const house = new House();
    expect(house.udp.createEndpoint(4).bind(OTHER, 53)).toBe('EADDRNOTAVAIL');
    expect(house.udp.createEndpoint(4).bind(US6, 53)).toBe('EAFNOSUPPORT');
    const endpoint = house.bound(Address.parse('0.0.0.0'), 53);
    expect(endpoint.localAddress).toBeNull();
    expect(() => endpoint.bind(null, 54)).toThrow('bound to port 53');
    expect(() => house.udp.createEndpoint(4).bind(null, 65_536)).toThrow('port');
  });

  it('gives the port back at close', () => {
    const house = new House();
    house.bound(null, 53).close();
    const endpoint = house.bound(null, 53);
    endpoint.close();
    endpoint.close();
    expect(house.udp.endpointCount).toBe(0);
    expect(() => endpoint.bind(null, 53)).toThrow('closed');
    expect(house.events).toEqual([DatagramEvent.closed, DatagramEvent.closed]);
  });

  // RFC 6056 §3.3.3, §3.3.5: in the range, all of it, and not one after the other.
  it('draws ephemeral ports without a pattern until none is left', () => {
    const house = new House({ localPortFirst: 40_000, localPortLast: 40_063 });
    const ports = Array.from({ length: 64 }, () => house.bound(null, 0).localPort);
    expect(new Set(ports).size).toBe(64);
    expect(Math.min(...ports)).toBe(40_000);
    expect(Math.max(...ports)).toBe(40_063);
    const steps = ports.slice(1, 20).map((port, index) => port - ports[index]!);
    expect(new Set(steps).size).toBeGreaterThan(5);
    expect(house.udp.createEndpoint(4).bind(null, 0)).toBe('EADDRINUSE');
  });

  it('bounds the number of endpoints and of memberships', () => {
    const house = new House({ endpointsMax: 1, membershipsMax: 1 });
    const endpoint = house.bound(null, 53);
    expect(() => house.udp.createEndpoint(4)).toThrow('endpointsMax');
    expect(endpoint.joinGroup(GROUP)).toBeNull();
    expect(endpoint.joinGroup(GROUP)).toBe('EADDRINUSE');
    expect(endpoint.joinGroup(Address.parse('239.1.2.4'))).toBe('ENOBUFS');
    expect(() => endpoint.joinGroup(US)).toThrow('no multicast');
    expect(endpoint.leaveGroup(GROUP)).toBeNull();
    expect(endpoint.leaveGroup(GROUP)).toBe('EADDRNOTAVAIL');
    endpoint.joinGroup(GROUP, 2);
    endpoint.close();
    expect(house.groups).toEqual(['+239.1.2.3%-1', '-239.1.2.3%-1', '+239.1.2.3%2', '-239.1.2.3%2']);
  });
});

describe('UDP send', () => {
  it.each([
    [4, PEER, US],
    [6, PEER6, US6],
  ] as const)('puts a datagram together that IPv%i receives', (family, remote, local) => {
    const house = new House();
    const endpoint = house.bound(null, 53, { family });
    endpoint.trafficClass = 0xb8;
    endpoint.hopLimit = 7;
    expect(endpoint.send(Uint8Array.of(9, 8, 7, 6), remote, 5000, 1, 2)).toBeNull();
    const [sent] = house.sent;
    expect(sent!.options).toMatchObject({ trafficClass: 0xb8, hopLimit: 7, dontFragment: false });
    const packet = datagram({ source: local, destination: remote, payload: new Uint8Array(2) });
    packet.memory.u8.set(sent!.bytes, packet.payloadOffset);
    const peer = new House();
    const receiver = peer.bound(null, 5000, { family });
    peer.udp.arrived(packet);
    expect([...(receiver.receive()?.bytes ?? [])]).toEqual([8, 7]);
    const counters = family === 4 ? house.counters : house.counters6;
    expect(counters.OutDatagrams).toBe(1);
  });

  it('binds first when it is not bound, and says what is wrong', () => {
    const house = new House();
    const endpoint = house.udp.createEndpoint(4);
    const bytes = new Uint8Array(4);
    expect(endpoint.send(bytes)).toBe('EDESTADDRREQ');
    expect(endpoint.send(bytes, PEER6, 53)).toBe('EAFNOSUPPORT');
    expect(endpoint.send(bytes, NO_ROUTE, 53)).toBe('ENETUNREACH');
    expect(endpoint.send(new Uint8Array(65_508), PEER, 53)).toBe('EMSGSIZE');
    expect(endpoint.localPort).toBe(0);
    expect(endpoint.send(new Uint8Array(65_507), PEER, 53)).toBeNull();
    expect(endpoint.localPort).toBeGreaterThanOrEqual(32_768);
    expect(() => endpoint.send(bytes, PEER, 0)).toThrow('port');
    expect(() => endpoint.send(bytes, PEER, 53, 2, 3)).toThrow('length');
    house.sendReason = DropReason.transmitQueueFull;
    expect([endpoint.send(bytes, PEER, 53), house.counters.SndbufErrors]).toEqual(['ENOBUFS', 1]);
    house.sendReason = DropReason.packetTooBig;
    expect(endpoint.send(bytes, PEER, 53)).toBe('EMSGSIZE');
  });

  it('sends broadcasts by permission only', () => {
    const house = new House();
    const endpoint = house.bound(null, 68);
    expect(endpoint.send(new Uint8Array(4), BROADCAST, 67)).toBe('EACCES');
    expect(endpoint.connect(BROADCAST, 67)).toBe('EACCES');
    endpoint.allowBroadcast = true;
    expect(endpoint.send(new Uint8Array(4), BROADCAST, 67)).toBeNull();
  });

  it('keeps multicasts on the link unless told otherwise', () => {
    const house = new House();
    const endpoint = house.bound(GROUP, 5353);
    expect(endpoint.send(new Uint8Array(4), GROUP, 5353)).toBeNull();
    endpoint.multicastHopLimit = 9;
    endpoint.send(new Uint8Array(4), GROUP, 5353);
    expect(house.sent.map(({ options }) => options.hopLimit)).toEqual([1, 9]);
    expect(house.sent[0]!.path.source).toEqual(US);
  });
});

describe('connected UDP', () => {
  it('hears its peer only, and everybody again after disconnect', () => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    expect(endpoint.connect(PEER, 5000)).toBeNull();
    house.udp.arrived(datagram({ source: OTHER }));
    expect([endpoint.queuedCount, house.unreachable]).toEqual([0, 1]);
    expect(endpoint.send(Uint8Array.of(1))).toBeNull();
    expect(house.sent[0]!.path.remote).toEqual(PEER);
    endpoint.disconnect();
    house.udp.arrived(datagram({ source: OTHER }));
    expect(endpoint.queuedCount).toBe(1);
    expect(endpoint.send(Uint8Array.of(1))).toBe('EDESTADDRREQ');
  });

  // RFC 1122 §4.1.3.3: ICMP errors reach the application.
  it.each([
    [3, 3, 'ECONNREFUSED'],
    [3, 2, 'ENOPROTOOPT'],
    [3, 13, 'EHOSTUNREACH'],
    [3, 1, null],
    [11, 0, null],
    [4, 0, null],
  ])('reports ICMP type %i code %i as %s, once', (type, code, expected) => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    endpoint.connect(PEER, 5000);
    house.udp.icmpErrorArrived(report(type, code, [US, 53], [PEER, 5000]));
    expect(house.events).toEqual(expected === null ? [] : [DatagramEvent.error]);
    expect(endpoint.send(Uint8Array.of(1))).toBe(expected);
    expect(endpoint.send(Uint8Array.of(1))).toBeNull();
  });

  it('ignores errors about other peers, other ports and unconnected endpoints', () => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    house.udp.icmpErrorArrived(report(3, 3, [US, 53], [PEER, 5000]));
    expect(endpoint.takeError()).toBeNull();
    endpoint.connect(PEER, 5000);
    house.udp.icmpErrorArrived(report(3, 3, [US, 53], [OTHER, 5000]));
    house.udp.icmpErrorArrived(report(3, 3, [US, 53], [PEER, 5001]));
    house.udp.icmpErrorArrived(report(3, 3, [US, 54], [PEER, 5000]));
    expect(endpoint.takeError()).toBeNull();
    expect(house.drops.length).toBe(3);
  });

  it('believes packet too big for datagrams it may have sent, and reports it with dontFragment', () => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    house.udp.icmpErrorArrived(report(3, 4, [US, 99], [PEER, 5000]));
    expect(house.pathMtuReports).toBe(0);
    endpoint.connect(PEER, 5000);
    house.udp.icmpErrorArrived(report(3, 4, [US, 53], [PEER, 5000]));
    expect([house.pathMtuReports, endpoint.takeError()]).toEqual([1, null]);
    endpoint.dontFragment = true;
    house.udp.icmpErrorArrived(report(3, 4, [US, 53], [PEER, 5000]));
    expect(endpoint.takeError()).toBe('EMSGSIZE');
  });

  it('goes on after a snapshot', () => {
    const house = new House();
    house.bound(null, 53);
    house.udp.arrived(datagram());
    const copy = cloneGraph(house);
    copy.udp.arrived(datagram());
    expect([copy.counters.InDatagrams, house.counters.InDatagrams]).toEqual([2, 1]);
  });
});

describe('UDP settings', () => {
  it('names what is wrong', () => {
    expect(() => udpSettings('linux', { localPortFirst: 50_000, localPortLast: 40_000 })).toThrow('localPortLast');
    expect(() => udpSettings('linux', { nothing: 1 } as Partial<UdpSettings>)).toThrow('nothing');
    expect(udpSettings('rfc').localPortFirst).toBe(49_152);
  });
});
