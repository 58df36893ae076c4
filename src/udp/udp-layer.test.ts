/** UDP receiving and sending: delivery, checksums, ports nobody has, bounds, garbage (RFC 768, RFC 1122 section 4.1). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BROADCAST,
  datagram,
  GROUP,
  House,
  NO_ROUTE,
  OTHER,
  PEER,
  PEER6,
  type Shape,
  US,
  US_TOO,
  US6,
} from '../../test/support/udp-house.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { DATAGRAM_OVERHEAD_BYTES, DatagramEvent } from './datagram-endpoint.ts';

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
    expect(sent!.options).toMatchObject({ trafficClass: 0xb8, hopLimit: 7, dontFragment: true });
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
