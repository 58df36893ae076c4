/** Joins, reports, answers to queries and leaves; IGMP and MLD, new and old versions. */
import { describe, expect, it } from 'vitest';
import { Cable, IpHost, inject } from '../../test/support/ip-hosts.ts';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { emitEthernet } from '../wire/ethernet.ts';
import { Icmpv6Type } from '../wire/icmpv6.ts';
import { emitIgmp, emitIgmpV3Query, IgmpMessage, IgmpType } from '../wire/igmp.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv4Header } from '../wire/ipv4.ts';
import { emitIpv6Header } from '../wire/ipv6.ts';
import { emitMldV1, emitMldV2Query, MldMessage } from '../wire/mld.ts';
import { MulticastRecordType } from '../wire/multicast-record.ts';
import type { Interface } from './interface.ts';
import type { IpSettings } from './settings.ts';

const ROUTER_ALERT = Uint8Array.of(0x94, 4, 0, 0);
const NO_SOURCES = new Int32Array(0);

function start(changes: Partial<IpSettings> = {}): { host: IpHost; eth: Interface; cable: Cable } {
  const host = new IpHost(4, changes);
  const eth = host.addEthernet('02:00:00:00:00:01');
  host.ip.addAddress(eth, Address.parse('10.0.0.1'), 24);
  host.ip.addAddress(eth, Address.parse('fe80::1'), 64, { skipDad: true });
  const cable = new Cable({ host, interfaceId: eth.id });
  cable.run(3000);
  cable.frames.length = 0;
  return { host, eth, cable };
}

/** Frames in words: destination, then type and record of IGMP or MLD. */
function said(cable: Cable): string[] {
  return cable.frames.map((frame) => {
    const view = new DataView(frame.buffer);
    const isV4 = frame[12] === 8;
    const at = isV4 ? 14 + 24 : 14 + 48;
    const to = isV4
      ? Address.v4(view.getInt32(30))
      : Address.v6(view.getInt32(38), view.getInt32(42), view.getInt32(46), view.getInt32(50));
    const isNew = frame[at] === IgmpType.reportV3 || frame[at] === Icmpv6Type.multicastListenerReportV2;
    const records: string[] = [];
    if (isNew) {
      for (let n = 0, offset = at + 8; n < view.getUint16(at + 6); n++, offset += isV4 ? 8 : 20) {
        records.push(`${frame[offset]}:${frame[offset + (isV4 ? 7 : 19)]}`);
      }
    }
    return `${to.toString()} ${frame[at]} ${records.join(' ')}`.trim();
  });
}

/** A query from 10.0.0.254; version 3 unless `old`. */
function igmpQuery(group: string, maxTenths: number, old: 0 | 1 | 2 = 0): Uint8Array {
  const memory = new PlainPacketMemory(256);
  const message = new IgmpMessage();
  message.maxResponseTenths = maxTenths;
  message.group = Address.parse(group).w3;
  message.robustness = 2;
  message.queryIntervalSeconds = 125;
  const at = 14 + 24;
  const length =
    old === 0
      ? emitIgmpV3Query(memory, at, message, NO_SOURCES, 0)
      : emitIgmp(memory, at, IgmpType.query, old === 1 ? 0 : maxTenths, message.group);
  const packet = new IpPacket(memory);
  const to = group === '0.0.0.0' ? '224.0.0.1' : group;
  packet.setAddresses(Address.parse('10.0.0.254'), Address.parse(to));
  packet.hopLimit = 1;
  packet.protocol = IpProtocol.igmp;
  emitIpv4Header(memory, 14, packet, 24 + length, ROUTER_ALERT);
  emitEthernet(memory, 0, 0x0100, 0x5e000001, 0x0200, 0xfe, 0x0800);
  return memory.u8.slice(0, at + length);
}

function mldQuery(maxResponseMs: number, isOld: boolean, hopLimit = 1): Uint8Array {
  const memory = new PlainPacketMemory(256);
  const message = new MldMessage();
  message.type = Icmpv6Type.multicastListenerQuery;
  message.maxResponseMs = maxResponseMs;
  const packet = new IpPacket(memory);
  packet.setAddresses(Address.parse('fe80::fe'), Address.parse('ff02::1'));
  packet.hopLimit = hopLimit;
  packet.protocol = IpProtocol.icmpv6;
  const at = 14 + 48;
  const length = isOld
    ? emitMldV1(memory, at, packet, message)
    : emitMldV2Query(memory, at, packet, message, NO_SOURCES, 0);
  emitIpv6Header(memory, 14, packet, 48 + length, 0);
  memory.u8.set([IpProtocol.icmpv6, 0, 5, 2, 0, 0, 1, 0], 14 + 40);
  emitEthernet(memory, 0, 0x3333, 1, 0x0200, 0xfe, 0x86dd);
  return memory.u8.slice(0, at + length);
}

const { changeToExclude, changeToInclude, modeIsExclude } = MulticastRecordType;

describe('IGMP version 3', () => {
  it('reports a join twice and a leave once', () => {
    const { host, eth, cable } = start();
    const group = Address.parse('239.0.0.5');
    host.ip.joinGroup(eth, group);
    host.ip.joinGroup(eth, group);
    cable.run(2000);
    expect(said(cable)).toEqual(Array(2).fill(`224.0.0.22 34 ${changeToExclude}:5`));
    expect(host.ip.leaveGroup(eth, group)).toBe(true);
    cable.settle();
    expect(cable.frames.length).toBe(2);
    expect(host.ip.leaveGroup(eth, group)).toBe(true);
    cable.settle();
    expect(said(cable)[2]).toBe(`224.0.0.22 34 ${changeToInclude}:5`);
    expect(host.ip.leaveGroup(eth, group)).toBe(false);
  });

  it('answers a general query with all groups in one report, and a query for one group with that', () => {
    const { host, eth, cable } = start();
    for (const last of [5, 6, 7]) host.ip.joinGroup(eth, Address.v4(0xef000000 + last));
    cable.run(2000);
    cable.frames.length = 0;
    inject(host, eth.id, igmpQuery('0.0.0.0', 100));
    expect(cable.settle()).toBe(0);
    cable.run(10_100);
    expect(said(cable)).toEqual([`224.0.0.22 34 ${modeIsExclude}:5 ${modeIsExclude}:6 ${modeIsExclude}:7`]);
    inject(host, eth.id, igmpQuery('239.0.0.6', 10));
    cable.run(1100);
    expect(said(cable)[1]).toBe(`224.0.0.22 34 ${modeIsExclude}:6`);
  });

  it('says nothing about 224.0.0.1 nor about groups it has left', () => {
    const { host, eth, cable } = start();
    host.ip.joinGroup(eth, Address.parse('224.0.0.1'));
    inject(host, eth.id, igmpQuery('0.0.0.0', 10));
    inject(host, eth.id, igmpQuery('239.0.0.9', 10));
    cable.run(3000);
    expect(said(cable)).toEqual([]);
  });
});

describe('IGMP with an older querier', () => {
  it('speaks version 2 until the querier is forgotten', () => {
    const { host, eth, cable } = start();
    inject(host, eth.id, igmpQuery('0.0.0.0', 100, 2));
    const group = Address.parse('239.0.0.5');
    host.ip.joinGroup(eth, group);
    cable.settle();
    host.ip.leaveGroup(eth, group);
    cable.settle();
    expect(said(cable)).toEqual(['239.0.0.5 22', '224.0.0.2 23']);
    cable.run(265_000, 5000);
    cable.frames.length = 0;
    host.ip.joinGroup(eth, group);
    cable.settle();
    expect(said(cable)).toEqual([`224.0.0.22 34 ${changeToExclude}:5`]);
  });

  it('speaks version 1 without leaves', () => {
    const { host, eth, cable } = start();
    inject(host, eth.id, igmpQuery('0.0.0.0', 100, 1));
    host.ip.joinGroup(eth, Address.parse('239.0.0.5'));
    host.ip.leaveGroup(eth, Address.parse('239.0.0.5'));
    cable.settle();
    expect(said(cable)).toEqual(['239.0.0.5 18']);
  });

  it('keeps quiet when another host has reported the group', () => {
    const { host, eth, cable } = start({ igmpVersion: 2 });
    host.ip.joinGroup(eth, Address.parse('239.0.0.5'));
    cable.run(11_000);
    cable.frames.length = 0;
    inject(host, eth.id, igmpQuery('0.0.0.0', 100, 2));
    const memory = new PlainPacketMemory(128);
    emitIgmp(memory, 38, IgmpType.reportV2, 0, Address.parse('239.0.0.5').w3);
    const packet = new IpPacket(memory);
    packet.setAddresses(Address.parse('10.0.0.7'), Address.parse('239.0.0.5'));
    packet.protocol = IpProtocol.igmp;
    packet.hopLimit = 1;
    emitIpv4Header(memory, 14, packet, 32, ROUTER_ALERT);
    emitEthernet(memory, 0, 0x0100, 0x5e000005, 0x0200, 7, 0x0800);
    inject(host, eth.id, memory.u8.slice(0, 46));
    cable.run(11_000);
    expect(said(cable)).toEqual([]);
    host.ip.leaveGroup(eth, Address.parse('239.0.0.5'));
    cable.settle();
    expect(said(cable)).toEqual([]);
  });
});

describe('MLD', () => {
  it('reports the solicited-node group of every address, and answers queries', () => {
    const { host, eth, cable } = start();
    inject(host, eth.id, mldQuery(1000, false));
    cable.run(1200);
    expect(said(cable)).toEqual([`ff02::16 143 ${modeIsExclude}:1`]);
    host.ip.addAddress(eth, Address.parse('2001:db8::9'), 64, { skipDad: true });
    cable.settle();
    expect(said(cable)[1]).toBe(`ff02::16 143 ${changeToExclude}:9`);
    host.ip.removeAddress(eth, Address.parse('2001:db8::9'));
    cable.settle();
    expect(said(cable)[2]).toBe(`ff02::16 143 ${changeToInclude}:9`);
  });

  it('speaks version 1 to an old querier', () => {
    const { host, eth, cable } = start();
    inject(host, eth.id, mldQuery(1000, true));
    cable.run(1200);
    expect(said(cable)).toEqual(['ff02::1:ff00:1 131']);
    host.ip.joinGroup(eth, Address.parse('ff02::55'));
    host.ip.leaveGroup(eth, Address.parse('ff02::55'));
    cable.settle();
    expect(said(cable).slice(1)).toEqual(['ff02::55 131', 'ff02::2 132']);
  });

  it('believes no query from afar', () => {
    const { host, eth, cable } = start();
    inject(host, eth.id, mldQuery(1000, false, 2));
    cable.run(1200);
    expect(said(cable)).toEqual([]);
    expect(host.drops).toEqual(['mldInvalid']);
  });

  it('shares one entry between addresses with the same group, and has a bound', () => {
    const { host, eth } = start({ igmpMaxMemberships: 3 });
    host.ip.addAddress(eth, Address.parse('2001:db8::1'), 64, { skipDad: true });
    expect(eth.groups.length).toBe(1);
    for (const n of [2, 3]) host.ip.joinGroup(eth, Address.v6(0xff020000, 0, 0, n));
    expect(() => host.ip.joinGroup(eth, Address.parse('ff02::77'))).toThrow('igmpMaxMemberships');
    host.ip.removeAddress(eth, Address.parse('2001:db8::1'));
    expect(eth.groups.length).toBe(3);
  });
});
