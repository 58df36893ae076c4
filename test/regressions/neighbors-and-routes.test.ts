/**
 * What went wrong once with neighbors, redirects, sources and interfaces that go down. Each test failed on the code in which the
 * fault was found.
 */
import { describe, expect, it } from 'vitest';
import { Address, Prefix } from '../../src/base/address.ts';
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { PlainPacketMemory } from '../../src/base/packet-memory.ts';
import { DEFAULT_SEND_OPTIONS } from '../../src/ip/ip-context.ts';
import { NeighborState } from '../../src/ip/neighbor-entry.ts';
import { Route } from '../../src/ip/route.ts';
import { DropReason, dropReasonName } from '../../src/wire/drop-reason.ts';
import { Cable, hex, IpHost, inject } from '../support/ip-hosts.ts';

const HOUR_MS = 3_600_000;
const OURS = '02:00:00:00:00:01';

function host(changes: ConstructorParameters<typeof IpHost>[1] = {}): {
  host: IpHost;
  eth: ReturnType<IpHost['addEthernet']>;
} {
  const made = new IpHost(4, changes);
  const eth = made.addEthernet(OURS);
  made.ip.addAddress(eth, Address.parse('10.0.0.1'), 24);
  return { host: made, eth };
}

function v6(made: IpHost, address = '2001:db8::1'): void {
  made.ip.addAddress(made.ip.interfaces[1]!, Address.parse(address), 64, { skipDad: true });
}

describe('neighbors', () => {
  it('idle for three days give way to new ones', () => {
    const { host: made, eth } = host({ gcThresh1: 2, gcThresh2: 3, gcThresh3: 4 });
    const { neighbors4 } = made.ip.resolution;
    for (const last of [2, 3, 4, 5]) neighbors4.heard(eth, Address.v4(0x0a000000 + last), 0x200, last, true);
    made.advance(72 * HOUR_MS);
    expect(neighbors4.obtain(eth, Address.parse('10.0.0.9'))).not.toBeNull();
  });

  it('an address is defended again three days after the last time', () => {
    const { host: made, eth } = host();
    const claim = hex(
      'ffffffffffff 020000000077 0806 0001 0800 06 04 0001 020000000077 0a000001 000000000000 0a000001',
    );
    inject(made, eth.id, claim);
    expect(eth.queue.count).toBe(1);
    made.advance(72 * HOUR_MS);
    inject(made, eth.id, claim);
    expect(eth.queue.count).toBe(2);
  });

  it('small frames that wait are charged with the memory they take', () => {
    const { host: made, eth } = host();
    for (let count = 0; count < 2000; count++) made.send('10.0.0.2', 'x', DEFAULT_SEND_OPTIONS);
    const neighbor = made.ip.resolution.neighbors4.find(eth, Address.parse('10.0.0.2'));
    expect(neighbor?.state).toBe(NeighborState.incomplete);
    expect((neighbor?.pending.count ?? 0) * 1600).toBeLessThanOrEqual(212_992);
    expect(made.drops).toContain(dropReasonName(DropReason.neighborQueueFull));
  });

  // RFC 4861 §6.3.5, RFC 1122 §3.3.1.5: what a redirect said is forgotten when its gateway is dead.
  it('a redirect to a gateway that does not answer is forgotten', () => {
    const { host: made, eth } = host();
    made.ip.addRoute(Prefix.parse('0.0.0.0/0'), Address.parse('10.0.0.254'), eth);
    const { routing } = made.ip;
    routing.routes.add(new Route(Prefix.parse('192.0.2.1/32'), Address.parse('10.0.0.253'), eth, 0, 'redirect'));
    routing.routes.add(new Route(Prefix.parse('192.0.2.2/32'), null, eth, 0, 'redirect'));
    made.send('192.0.2.1', 'x', DEFAULT_SEND_OPTIONS);
    made.send('192.0.2.2', 'x', DEFAULT_SEND_OPTIONS);
    made.advance(5000);
    for (const lost of ['192.0.2.1', '192.0.2.2']) {
      expect(made.ip.lookup(Address.parse(lost), null, -1)?.nextHop.toString()).toBe('10.0.0.254');
    }
  });
});

describe('an interface that goes down', () => {
  it('loses the frames that waited for the driver, and counts them', () => {
    const { host: made, eth } = host();
    made.ip.resolution.neighbors4.heard(eth, Address.parse('10.0.0.2'), 0x200, 2, true);
    made.send('10.0.0.2', 'x', DEFAULT_SEND_OPTIONS);
    made.ip.setUp(eth, false);
    expect(made.drops).toEqual([dropReasonName(DropReason.interfaceDown)]);
    expect(made.counters.ip.OutDiscards).toBe(1);
  });

  it('reports its groups when it is up again', () => {
    const { host: made, eth } = host();
    made.ip.joinGroup(eth, Address.parse('239.1.2.3'));
    made.advance(5000);
    made.ip.setUp(eth, false);
    made.ip.setUp(eth, true);
    expect(eth.queue.count).toBeGreaterThan(0);
  });

  // RFC 4862 §5.4: an address is unique when nobody answered, not when nobody was asked.
  it('does not find addresses unique meanwhile', () => {
    const made = new IpHost(4);
    const other = new IpHost(5);
    const eth = made.addEthernet(OURS);
    const far = other.addEthernet('02:00:00:00:00:02');
    other.ip.addAddress(far, Address.parse('2001:db8::1'), 64, { skipDad: true });
    const cable = new Cable({ host: made, interfaceId: eth.id }, { host: other, interfaceId: far.id });
    made.ip.addAddress(eth, Address.parse('2001:db8::1'), 64);
    made.ip.setUp(eth, false);
    cable.run(10_000);
    const entry = eth.addresses.find(({ address }) => address.toString() === '2001:db8::1');
    expect(entry?.isUsable).toBe(false);
    made.ip.setUp(eth, true);
    cable.run(10_000);
    expect(entry?.isUsable).toBe(false);
    expect(eth.linkLocalAddress?.isUsable).toBe(true);
  });

  it('asks for routers again when it is up', () => {
    const { host: made, eth } = host({ routerSolicitations: 1 });
    made.ip.startAutoconfiguration(eth);
    made.advance(60_000);
    expect(made.counters.icmp6.OutRouterSolicits).toBe(1);
    made.ip.setUp(eth, false);
    made.ip.setUp(eth, true);
    made.advance(60_000);
    expect(made.counters.icmp6.OutRouterSolicits).toBe(2);
  });
});

describe('sources', () => {
  // RFC 1122 §3.2.1.3, RFC 4291 §2.5.3: a loopback address never leaves its host, not as a source either.
  it.each([
    ['10.0.0.2', '127.0.0.1'],
    ['2001:db8::2', '::1'],
  ])('nothing goes to %s from %s', (remote, local) => {
    const { host: made } = host();
    v6(made);
    expect(made.ip.lookup(Address.parse(remote), Address.parse(local), -1)).toBeNull();
  });

  it('a way that was looked up to forward is not one to speak from nobody', () => {
    const { host: made } = host({ forwarding: true });
    const [remote, nobody] = [Address.parse('10.0.0.2'), Address.parse('0.0.0.0')];
    expect(made.ip.routing.lookupForward(remote)).not.toBeNull();
    expect(made.ip.lookup(remote, nobody, -1)).toBeNull();
  });
});

describe('small links', () => {
  it('IPv6 is not configured where its least MTU does not fit', () => {
    const made = new IpHost(4);
    const tiny = made.addEthernet(OURS, plainCapabilities('ethernet', 600));
    expect(() => made.ip.startAutoconfiguration(tiny)).toThrow('1280');
    expect(() => made.ip.joinGroup(tiny, Address.parse('ff02::99'))).toThrow('1280');
  });

  // RFC 1191 §3: what is smaller than we believe makes us send without DF, on links that are themselves small too.
  it('a path smaller than a link that is as small as the least is taken without DF', () => {
    const made = new IpHost(4);
    const tun = made.addTunnel(552);
    made.ip.addAddress(tun, Address.parse('10.0.0.1'), 24);
    const way = made.ip.lookup(Address.parse('10.0.0.2'), null, -1);
    made.ip.routing.lowerPathMtu(Address.parse('10.0.0.2'), 300, 552);
    expect(way?.isPathMtuLocked).toBe(true);
    expect(way?.pathMtu).toBe(552);
  });

  it('the largest datagram passes the smallest link in pieces', () => {
    const [a, b] = [new IpHost(4, { txqueuelen: 5000 }), new IpHost(5)];
    const [tunA, tunB] = [a.addTunnel(68), b.addTunnel(68)];
    a.ip.addAddress(tunA, Address.parse('10.0.0.1'), 24);
    b.ip.addAddress(tunB, Address.parse('10.0.0.2'), 24);
    const way = a.ip.lookup(Address.parse('10.0.0.2'), null, -1);
    if (way === null) throw new Error('no way');
    expect(a.ip.sendDatagram(way, 200, new PlainPacketMemory(65_515), 65_515, DEFAULT_SEND_OPTIONS)).toBe(
      DropReason.none,
    );
    new Cable({ host: a, interfaceId: tunA.id }, { host: b, interfaceId: tunB.id }).settle(5000);
    expect(b.transports.arrived.length).toBe(1);
  });
});

describe('groups', () => {
  // RFC 4861 §7.2.1: an address whose group is not joined hears nobody ask for it.
  it('those of addresses do not fall under the limit of memberships', () => {
    const { host: made, eth } = host({ igmpMaxMemberships: 2 });
    for (const last of [3, 4]) made.ip.joinGroup(eth, Address.v4(0xef000000 + last));
    v6(made, '2001:db8::1234');
    expect(eth.groups.map(({ group }) => group.toString())).toContain('ff02::1:ff00:1234');
  });

  // RFC 1112 §6.1: a TTL of 0 is for this host alone.
  it.each(['239.1.2.3', 'ff02::99'])('what is sent to %s with hop limit 0 stays here', (group) => {
    const { host: made, eth } = host();
    v6(made);
    while (eth.queue.shift() !== null);
    expect(made.send(group, 'x', { ...DEFAULT_SEND_OPTIONS, hopLimit: 0 }, eth.id)).toBe(DropReason.none);
    expect(eth.queue.count).toBe(0);
  });
});

it('IPv6 packets a full queue drops are counted as IPv6', () => {
  const made = new IpHost(4, { txqueuelen: 1 });
  const tun = made.addTunnel();
  made.ip.addAddress(tun, Address.parse('fd00::1'), 64);
  for (const text of ['a', 'b']) made.send('fd00::2', text, DEFAULT_SEND_OPTIONS);
  expect(made.counters.ip6.OutDiscards).toBe(1);
  expect(made.counters.ip.OutDiscards).toBe(0);
});
