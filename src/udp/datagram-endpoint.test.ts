/** Datagram endpoints: bind, ephemeral ports, connect, ICMP errors (RFC 1122 section 4.1.3.3, RFC 6056). */
import { describe, expect, it } from 'vitest';
import { datagram, GROUP, House, OTHER, PEER, report, US, US_TOO, US6 } from '../../test/support/udp-house.ts';
import { Address } from '../base/address.ts';
import { cloneGraph } from '../base/snapshot.ts';
import { DatagramEvent } from './datagram-endpoint.ts';
import { type UdpSettings, udpSettings } from './udp-context.ts';

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
    expect(house.groups).toEqual(['+239.1.2.3%-1', '-239.1.2.3%1', '+239.1.2.3%2', '-239.1.2.3%2']);
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
