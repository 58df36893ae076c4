/** A router between two hosts: hop limits, errors, fragments and path MTU (RFC 1812 section 5, RFC 1191, RFC 8201). */
import { describe, expect, it } from 'vitest';
import { Cable, IpHost } from '../../test/support/ip-hosts.ts';
import { Address, Prefix } from '../base/address.ts';
import { DEFAULT_SEND_OPTIONS } from './ip-context.ts';

const DF = { ...DEFAULT_SEND_OPTIONS, dontFragment: true };

/** client - router - server, on two cables; the second may be narrow. */
function routed(narrowMtu = 1500) {
  const client = new IpHost(1);
  const router = new IpHost(2, { forwarding: true });
  const server = new IpHost(3);
  const near = client.addTunnel();
  const left = router.addTunnel();
  const right = router.addTunnel(narrowMtu);
  const far = server.addTunnel(narrowMtu);
  for (const [host, owner, v4, v6] of [
    [client, near, '10.0.0.1', '2001:db8::1'],
    [router, left, '10.0.0.254', '2001:db8::fe'],
    [router, right, '10.1.0.254', '2001:db8:1::fe'],
    [server, far, '10.1.0.1', '2001:db8:1::1'],
  ] as const) {
    host.ip.addAddress(owner, Address.parse(v4), 24);
    if (owner.mtu >= 1280) host.ip.addAddress(owner, Address.parse(v6), 64);
  }
  client.ip.addRoute(Prefix.parse('0.0.0.0/0'), Address.parse('10.0.0.254'), near);
  client.ip.addRoute(Prefix.parse('::/0'), Address.parse('2001:db8::fe'), near);
  server.ip.addRoute(Prefix.parse('0.0.0.0/0'), Address.parse('10.1.0.254'), far);
  server.ip.addRoute(Prefix.parse('::/0'), Address.parse('2001:db8:1::fe'), far);
  const cables = [
    new Cable({ host: client, interfaceId: near.id }, { host: router, interfaceId: left.id }),
    new Cable({ host: router, interfaceId: right.id }, { host: server, interfaceId: far.id }),
  ];
  const settle = (): void => {
    for (let round = 0; round < 4; round++) for (const cable of cables) cable.settle();
  };
  return { client, router, server, settle, cables };
}

describe('a router', () => {
  it.each(['10.1.0.1', '2001:db8:1::1'])('passes packets on to %s with one hop less', (to) => {
    const { client, server, settle, cables } = routed();
    client.send(to, 'far', DEFAULT_SEND_OPTIONS);
    settle();
    expect(server.transports.arrived.map(({ text }) => text)).toEqual(['far']);
    const [frame] = cables[1]!.frames;
    expect(frame![to.includes(':') ? 7 : 8]).toBe(63);
  });

  it.each(['10.1.0.1', '2001:db8:1::1'])('tells about a hop limit that ran out on the way to %s', (to) => {
    const { client, router, settle } = routed();
    client.send(to, 'far far away', { ...DEFAULT_SEND_OPTIONS, hopLimit: 1 });
    settle();
    expect(router.drops).toEqual(['hopLimitExceeded']);
    expect(client.transports.errors.map(({ kind }) => kind)).toEqual(['time-exceeded']);
  });

  it('fragments for a narrow link, but not with DF', () => {
    const { client, server, router, settle } = routed(600);
    client.send('10.1.0.1', 'y'.repeat(1200), DEFAULT_SEND_OPTIONS);
    settle();
    expect(server.transports.arrived.length).toBe(1);
    expect(router.counters.ip).toMatchObject({ ForwDatagrams: 1, FragOKs: 1, FragCreates: 3 });
    client.send('10.1.0.1', 'y'.repeat(1200), DF);
    settle();
    expect(client.transports.errors).toEqual([
      { kind: 'packet-too-big', destination: '10.1.0.1', mtu: 600, local: false },
    ]);
  });

  it('makes the sender learn the path MTU, which is forgotten again', () => {
    const { client, settle } = routed(1300);
    const remote = Address.parse('2001:db8:1::1');
    const held = client.ip.lookup(remote, null, -1)!;
    client.send('2001:db8:1::1', 'y'.repeat(1400), DEFAULT_SEND_OPTIONS);
    settle();
    expect(client.transports.errors[0]).toMatchObject({ kind: 'packet-too-big', mtu: 1300 });
    const report = { destination: remote, mtu: 1300 } as Parameters<typeof client.ip.pathMtuReported>[0];
    expect(client.ip.pathMtuReported(report)).toBe(1300);
    expect(client.ip.pathMtuReported(report)).toBe(0);
    expect(held.pathMtu).toBe(1300);
    client.advance(600_001);
    expect(client.ip.lookup(remote, null, -1)?.pathMtu).toBe(1500);
  });

  it('tells about addresses without a route and hosts that do not answer', () => {
    const { client, settle } = routed();
    client.send('192.0.2.1', 'nowhere land', DEFAULT_SEND_OPTIONS);
    settle();
    expect(client.transports.errors.map(({ kind }) => kind)).toEqual(['net-unreachable']);
  });
});
