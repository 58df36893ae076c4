/** The switch learns, floods, forgets, and its table is bounded. */
import { describe, expect, it } from 'vitest';
import { Collector, frame } from '../../test/support/frames.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { MacAddress } from '../base/mac-address.ts';
import { SwitchLink } from './switch.ts';

const mac = (n: number): string => new MacAddress(0x0200, n).toString();

function ports(link: SwitchLink, nowUs = 0): number[] {
  const collector = new Collector();
  link.poll(nowUs, collector, 100);
  return collector.arrived.map(({ port }) => port);
}

describe('SwitchLink', () => {
  it('floods what it does not know, forwards what it learnt, filters what stays', () => {
    const link = new SwitchLink({ portCount: 4 });
    link.send(0, frame({ sourceMac: mac(1), destinationMac: mac(2) }), 0);
    expect(ports(link)).toEqual([1, 2, 3]);
    link.send(2, frame({ sourceMac: mac(2), destinationMac: mac(1) }), 0);
    expect(ports(link)).toEqual([0]);
    link.send(0, frame({ sourceMac: mac(1), destinationMac: mac(2) }), 0);
    expect(ports(link)).toEqual([2]);
    link.send(0, frame({ sourceMac: mac(3), destinationMac: mac(1) }), 0);
    expect(ports(link)).toEqual([]);
    expect(link.counters).toEqual({ forwarded: 2, flooded: 1, filtered: 1, malformed: 0 });
  });

  it('floods broadcast and multicast, and learns no group address', () => {
    const link = new SwitchLink({ portCount: 3 });
    link.send(1, frame({ sourceMac: '01:00:5e:00:00:01', destinationMac: 'ff:ff:ff:ff:ff:ff' }), 0);
    link.send(1, frame({ sourceMac: mac(1), destinationMac: '33:33:00:00:00:01' }), 0);
    expect(ports(link)).toEqual([0, 2, 0, 2]);
    expect(link.tableLength).toBe(1);
  });

  it('follows a station that moves and forgets one that is silent', () => {
    const link = new SwitchLink({ portCount: 3, ageingUs: 1000 });
    link.send(0, frame({ sourceMac: mac(1) }), 0);
    link.send(1, frame({ sourceMac: mac(1) }), 10);
    expect(link.portOf(0x0200, 1, 10)).toBe(1);
    expect(link.portOf(0x0200, 1, 1010)).toBe(1);
    expect(link.portOf(0x0200, 1, 1011)).toBe(-1);
  });

  it('remembers only so many, the latest', () => {
    const link = new SwitchLink({ portCount: 2, tableSize: 10 });
    for (let n = 0; n < 1000; n++) {
      link.send(0, frame({ sourceMac: mac(n) }), n);
      ports(link, n);
    }
    expect(link.tableLength).toBe(10);
    expect(link.portOf(0x0200, 999, 1000)).toBe(0);
    expect(link.portOf(0x0200, 989, 1000)).toBe(-1);
  });

  it('is for Ethernet only', () => {
    expect(() => new SwitchLink({ portCount: 2, capabilities: plainCapabilities('ip', 1500) })).toThrow(/Ethernet/);
  });
});
