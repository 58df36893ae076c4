/**
 * Floods of the neighbor cache (RFC 6583): ARP requests from stations that do not exist, and datagrams to addresses nobody has. The
 * settings are gcThresh1 to 3 and unresQlenBytes; who is known and in use keeps being served.
 */
import { describe, expect, it } from 'vitest';
import { Address } from '../../src/base/address.ts';
import { DEFAULT_SEND_OPTIONS } from '../../src/ip/ip-context.ts';
import { Cable, hex, IpHost, inject } from '../support/ip-hosts.ts';

const byte = (value: number): string => (value & 255).toString(16).padStart(2, '0');
const NET = 16;

/** A host whose friend 10.0.0.2 it knows, on one cable. */
function hosts(gcThresh3: number): { host: IpHost; friend: IpHost; cable: Cable; id: number } {
  const host = new IpHost(3, {
    gcThresh1: gcThresh3 >> 3,
    gcThresh2: gcThresh3 >> 1,
    gcThresh3,
    unresQlenBytes: 4_000,
  });
  const friend = new IpHost(4);
  const eth = host.addEthernet('02:00:00:00:00:01');
  const other = friend.addEthernet('02:00:00:00:00:02');
  host.ip.addAddress(eth, Address.parse('10.0.0.1'), NET);
  friend.ip.addAddress(other, Address.parse('10.0.0.2'), NET);
  const cable = new Cable({ host, interfaceId: eth.id }, { host: friend, interfaceId: other.id });
  cable.run(3_000);
  host.send('10.0.0.2', 'before', DEFAULT_SEND_OPTIONS);
  cable.run(500);
  expect(friend.transports.arrived.map(({ text }) => text)).toEqual(['before']);
  return { host, friend, cable, id: eth.id };
}

const heard = (friend: IpHost): string[] => friend.transports.arrived.map(({ text }) => text);

describe.each([64, 4_096])('gcThresh3 of %i', (most) => {
  it('bounds what two thousand forged ARP requests leave', () => {
    const { host, friend, cable, id } = hosts(most);
    for (let index = 0; index < 2_000; index++) {
      const sender = `0a00${byte(16 + (index >> 8))}${byte(index)}`;
      const from = `0200000${(0x10000 + index).toString(16).slice(-5)}`;
      inject(host, id, hex(`ffffffffffff ${from} 0806 0001 0800 0604 0001 ${from} ${sender} 000000000000 0a000001`));
      // As a driver would: answers do not pile up.
      if (index % 50 === 0) cable.settle(10_000);
    }
    cable.settle(10_000);
    const { length } = host.ip.resolution.neighbors4.all;
    expect(length).toBeLessThanOrEqual(most);
    if (most > 2_000) expect(length).toBeGreaterThan(1_000);
    host.send('10.0.0.2', 'meanwhile', DEFAULT_SEND_OPTIONS);
    cable.run(500);
    expect(heard(friend)).toEqual(['before', 'meanwhile']);
  });

  it('bounds what is asked for in vain, and so does unresQlenBytes for each', () => {
    const { host, friend, cable } = hosts(most);
    for (let index = 0; index < 2_000; index++) {
      const to = `10.0.${16 + (index >> 8)}.${index & 255}`;
      for (let again = 0; again < 3; again++) host.send(to, 'x'.repeat(1_400), DEFAULT_SEND_OPTIONS);
      if (index % 50 === 0) cable.settle(10_000);
    }
    expect(host.ip.resolution.neighbors4.all.length).toBeLessThanOrEqual(most);
    if (most === 64) expect(host.context.counters.neighbor.unresolvedEvictions).toBeGreaterThan(1_500);
    expect(host.context.counters.neighbor.unresolvedDiscards).toBeGreaterThan(0);
    cable.settle(10_000);
    host.send('10.0.0.2', 'meanwhile', DEFAULT_SEND_OPTIONS);
    cable.run(6_000);
    expect(heard(friend)).toEqual(['before', 'meanwhile']);
    // Those who did not answer have made room.
    friend.ip.addAddress(friend.ip.interfaces.at(-1) as never, Address.parse('10.0.0.3'), NET);
    cable.run(10_000);
    host.send('10.0.0.3', 'afterwards', DEFAULT_SEND_OPTIONS);
    cable.run(1_000);
    expect(heard(friend)).toEqual(['before', 'meanwhile', 'afterwards']);
  });

  it('who is not known yet is found while the flood goes on', () => {
    const { host, friend, cable } = hosts(most);
    const strangers = Array.from({ length: 20 }, (_, index) => `10.0.1.${index + 1}`);
    for (const address of strangers)
      friend.ip.addAddress(friend.ip.interfaces.at(-1) as never, Address.parse(address), NET);
    cable.run(3_000);
    const asked = strangers.map((address) => `hello ${address}`);
    for (let index = 0; index < 4_000; index++) {
      host.send(`10.0.${16 + (index >> 8)}.${index & 255}`, 'x', DEFAULT_SEND_OPTIONS);
      if (index % 200 === 0) host.send(strangers[index / 200] ?? '', asked[index / 200] ?? '', DEFAULT_SEND_OPTIONS);
      // An answer takes as long as ten packets of the flood.
      if (index % 10 === 0) cable.settle(10_000);
    }
    cable.settle(10_000);
    expect(heard(friend)).toEqual(['before', ...asked]);
    expect(host.context.counters.neighbor.tableFulls).toBe(0);
    expect(host.ip.resolution.neighbors4.all.length).toBeLessThanOrEqual(most);
  });
});
