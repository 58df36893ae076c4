/** What an endpoint does with large datagrams, and which messages about them it believes (RFC 1191, RFC 8201, RFC 8899). */
import { describe, expect, it } from 'vitest';
import { House, OTHER, PEER, PEER6, report, US } from '../../test/support/udp-house.ts';
import { Address } from '../base/address.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { DatagramEvent } from './datagram-endpoint.ts';
import { isTooBigPlausible, type PathMtuDiscovery, SentSizes } from './mtu-discovery.ts';

/** Payloads of IP packets of so many bytes over IPv4. */
const of = (packet: number): Uint8Array => new Uint8Array(packet - 28);

describe('path MTU discovery of an endpoint', () => {
  // RFC 8899 §3 R8899-6: probes have DF and are never cut here. The house's paths take 1500, their interface too.
  it.each<[PathMtuDiscovery, number, boolean, boolean]>([
    ['dont', 1500, false, false],
    ['dont', 1501, false, false],
    ['want', 1500, true, false],
    ['want', 1501, false, false],
    ['do', 1501, true, false],
    ['probe', 1501, true, true],
    ['interface', 1500, false, true],
    ['omit', 1501, false, true],
  ])('%s sends a packet of %i with DF %s, past the path MTU %s', (mode, size, dontFragment, ignorePathMtu) => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    endpoint.mtuDiscovery = mode;
    expect(endpoint.send(of(size), PEER, 5000)).toBeNull();
    expect(house.sent[0]!.options).toMatchObject({ dontFragment, ignorePathMtu });
  });

  it('refuses with `interface` what the interface does not take', () => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    endpoint.mtuDiscovery = 'interface';
    expect([endpoint.send(of(1501), PEER, 5000), endpoint.send(of(1500), PEER, 5000)]).toEqual(['EMSGSIZE', null]);
  });

  it('starts as the profile says, and knows the old name of `do`', () => {
    expect(new House().bound(null, 53).mtuDiscovery).toBe('want');
    const endpoint = new House({ noPmtuDisc: 1 }).bound(null, 53);
    expect(endpoint.mtuDiscovery).toBe('dont');
    endpoint.dontFragment = true;
    expect([endpoint.mtuDiscovery, endpoint.dontFragment]).toEqual(['do', true]);
    endpoint.dontFragment = false;
    expect(endpoint.mtuDiscovery).toBe('dont');
    endpoint.mtuDiscovery = 'always' as PathMtuDiscovery;
    expect(() => endpoint.send(of(100), PEER, 5000)).toThrow('mtuDiscovery');
  });

  it('tells the path MTU of the connected peer only', () => {
    const endpoint = new House().bound(null, 53);
    expect(endpoint.pathMtu).toBe(0);
    endpoint.connect(PEER, 5000);
    expect(endpoint.pathMtu).toBe(1500);
  });
});

describe('packet too big for an endpoint', () => {
  const fits = { mtu: 1300, quotedTotalLength: 1400 };

  it('is believed about what was sent, and told to the program', () => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    endpoint.connect(PEER, 5000);
    endpoint.send(of(1400));
    house.udp.icmpErrorArrived(report(3, 4, [US, 53], [PEER, 5000], fits));
    expect(house.pathMtuReports).toBe(1);
    expect(endpoint.takePathMtuReport()).toEqual({ address: PEER, port: 5000, mtu: 1300, quotedLength: 1400 });
    expect([endpoint.takePathMtuReport(), endpoint.takeError()]).toEqual([null, 'EMSGSIZE']);
    expect(house.events).toEqual([DatagramEvent.error, DatagramEvent.error]);
  });

  it.each<[PathMtuDiscovery, number, string | null]>([
    ['dont', 1, null],
    ['want', 1, 'EMSGSIZE'],
    ['do', 1, 'EMSGSIZE'],
    ['probe', 1, 'EMSGSIZE'],
    ['interface', 0, null],
    ['omit', 0, null],
  ])('with %s changes %i path and is the error %s of the connected endpoint', (mode, reports, error) => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    endpoint.connect(PEER, 5000);
    endpoint.mtuDiscovery = mode;
    endpoint.send(of(1400));
    house.udp.icmpErrorArrived(report(3, 4, [US, 53], [PEER, 5000], fits));
    expect([house.pathMtuReports, endpoint.takeError()]).toEqual([reports, error]);
  });

  // RFC 8899 §4.6.1 R8899-2: off the path, with the port of a server that everybody knows.
  it.each<[string, Address, { mtu: number; quotedTotalLength: number }]>([
    ['a destination nothing was sent to', OTHER, fits],
    ['more than was sent', PEER, { mtu: 1300, quotedTotalLength: 1401 }],
    ['what would have fitted', PEER, { mtu: 1300, quotedTotalLength: 1300 }],
    ['a larger MTU', PEER, { mtu: 9000, quotedTotalLength: 1400 }],
  ])('is not believed about %s', (_name, destination, size) => {
    const house = new House();
    const endpoint = house.bound(null, 53);
    endpoint.send(of(1400), PEER, 5000);
    house.udp.icmpErrorArrived(report(3, 4, [US, 53], [destination, 5000], size));
    expect([house.pathMtuReports, endpoint.takePathMtuReport(), house.drops]).toEqual([
      0,
      null,
      [DropReason.icmpImplausible],
    ]);
  });

  it.each([
    [6, 1280, 1400, 1400, true],
    [6, 1279, 1400, 1400, false],
    [6, 0, 1400, 1400, false],
    [4, 0, 1400, 1400, true],
    [4, 68, 1400, 1400, true],
    [4, 68, 1400, 0, false],
  ] as const)('IPv%i, an MTU of %i, quoting %i of %i: %s', (family, mtu, quoted, sent, expected) => {
    expect(isTooBigPlausible(family, mtu, quoted, sent)).toBe(expected);
  });
});

describe('sizes sent', () => {
  it('are remembered for the last 32 destinations', () => {
    const sizes = new SentSizes();
    sizes.note(PEER6, 1400);
    sizes.note(PEER6, 100);
    expect(sizes.largestTo(Address.parse(PEER6.toString()))).toBe(1400);
    for (let host = 1; host <= 31; host++) sizes.note(Address.v4(0x0a000100 + host), 1000 + host);
    expect([sizes.largestTo(PEER6), sizes.largestTo(Address.v4(0x0a000101))]).toEqual([1400, 1001]);
    sizes.note(PEER, 500);
    expect([sizes.largestTo(PEER6), sizes.largestTo(PEER), sizes.largestTo(Address.v4(0x0a00011f))]).toEqual([
      0, 500, 1031,
    ]);
  });
});
