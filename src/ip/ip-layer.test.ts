import { describe, expect, it } from 'vitest';
import { Cable, IpHost } from '../../test/support/ip-hosts.ts';
import { Address, Prefix } from '../base/address.ts';
import { DEFAULT_SEND_OPTIONS } from './ip-context.ts';

describe('two hosts', () => {
  it('exchange a datagram over Ethernet after an ARP exchange', () => {
    const a = new IpHost(1);
    const b = new IpHost(2);
    const ethA = a.addEthernet('02:00:00:00:00:01');
    const ethB = b.addEthernet('02:00:00:00:00:02');
    a.ip.addAddress(ethA, Address.parse('10.0.0.1'), 24);
    b.ip.addAddress(ethB, Address.parse('10.0.0.2'), 24);
    const cable = new Cable({ host: a, interfaceId: ethA.id }, { host: b, interfaceId: ethB.id });
    expect(a.send('10.0.0.2', 'hello', DEFAULT_SEND_OPTIONS)).toBe(0);
    expect(cable.settle()).toBe(3);
    expect(b.transports.arrived).toEqual([
      { source: '10.0.0.1', destination: '10.0.0.2', protocol: 200, text: 'hello' },
    ]);
    expect(b.send('10.0.0.1', 'back', DEFAULT_SEND_OPTIONS)).toBe(0);
    expect(cable.settle()).toBe(1);
    expect(a.transports.arrived[0]?.text).toBe('back');
  });

  it.each([
    ['10.0.0.1', '10.0.0.2', '10.0.0.0/8'],
    ['2001:db8::1', '2001:db8::2', '2001:db8::/32'],
  ])('exchange a datagram over bare IP from %s to %s', (from, to, prefix) => {
    const a = new IpHost(1);
    const b = new IpHost(2);
    const tunA = a.addTunnel();
    const tunB = b.addTunnel();
    const bits = from.includes(':') ? 128 : 32;
    a.ip.addAddress(tunA, Address.parse(from), bits, { skipDad: true });
    a.ip.addRoute(Prefix.parse(prefix), null, tunA);
    b.ip.addAddress(tunB, Address.parse(to), bits, { skipDad: true });
    const cable = new Cable({ host: a, interfaceId: tunA.id }, { host: b, interfaceId: tunB.id });
    expect(a.send(to, 'hello', DEFAULT_SEND_OPTIONS)).toBe(0);
    cable.settle();
    expect(b.transports.arrived).toEqual([{ source: from, destination: to, protocol: 200, text: 'hello' }]);
  });
});
