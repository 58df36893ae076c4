/** IGMP and MLD: the two listener protocols. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameBytes, fromHex, memoryWith, patched, slowChecksum, toHex } from '../../test/support/hex-frames.ts';
import { readFrame } from '../../test/support/wire-reader.ts';
import { Address } from '../base/address.ts';
import { dropReasonName } from './drop-reason.ts';
import { IcmpMessage } from './icmp.ts';
import { Icmpv6Type, parseIcmpv6 } from './icmpv6.ts';
import { emitIgmp, emitIgmpV3Query, emitIgmpV3Report, IgmpMessage, IgmpType, parseIgmp } from './igmp.ts';
import { IpPacket } from './ip-packet.ts';
import { emitMldV1, emitMldV2Query, emitMldV2Report, isMld, MldMessage, parseMld } from './mld.ts';
import {
  decodeExponential,
  encodeExponential8,
  encodeExponential16,
  MulticastRecord,
  nextMulticastRecord,
  writeMulticastRecord,
} from './multicast-record.ts';

function parseIgmpHex(hex: string): { igmp: IgmpMessage; reason: string } {
  const bytes = fromHex(hex);
  const sum = slowChecksum(bytes);
  const packet = new IpPacket(memoryWith(patched(bytes, 2, sum >> 8, sum & 255)));
  packet.payloadOffset = 32;
  packet.payloadLength = bytes.length;
  const igmp = new IgmpMessage();
  return { igmp, reason: dropReasonName(parseIgmp(packet, igmp)) };
}

describe('IGMP', () => {
  it('reads queries of three versions', () => {
    expect(readFrame(frameBytes('igmpQuery2')).igmp).toMatchObject({
      version: 2,
      maxResponseTenths: 100,
      group: 0xe0000005 | 0,
    });
    const { igmp } = readFrame(frameBytes('igmpQuery3'));
    expect(igmp).toMatchObject({ version: 3, maxResponseTenths: 208, suppressRouterProcessing: true, robustness: 2 });
    expect(igmp).toMatchObject({ queryIntervalSeconds: 125, sourceCount: 2 });
    expect(parseIgmpHex('1100 0000 00000000').igmp).toMatchObject({ version: 1, maxResponseTenths: 100 });
  });

  it('walks the records of a report, auxiliary data too', () => {
    const reader = readFrame(frameBytes('igmpReport3'));
    const records = reader.layers.filter((layer) => layer.name === 'record').map((layer) => layer.view);
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({ type: 4, group2: 0xffff, group3: 0xe0000005 | 0, sourceCount: 0 });
    expect(records[1]).toMatchObject({ type: 6, group3: 0xe0000006 | 0, sourceCount: 1 });
  });

  const rows: [what: string, hex: string, reason: string][] = [
    ['version 2 report', '1600 0000 e0000005', 'none'],
    ['version 1 report', '1200 0000 e0000005', 'none'],
    ['leave', '1700 0000 e0000005', 'none'],
    ['7 octets', '1600 0000 e00000', 'igmpTruncated'],
    // RFC 3376 §7.1: a query of 9 to 11 octets is no version.
    ['a query of 9 octets', '1164 0000 e0000005 00', 'igmpInvalid'],
    ['a query of 11 octets', '1164 0000 e0000005 000000', 'igmpInvalid'],
    ['a query of 12 octets', '1164 0000 e0000005 00000000', 'none'],
    ['a query with more sources than octets', '1164 0000 e0000005 00000001', 'igmpTruncated'],
    ['a query with 65535 sources', '1164 0000 e0000005 0000ffff 00000000', 'igmpTruncated'],
    ['DVMRP', '1301 0000 00000000', 'igmpInvalid'],
  ];
  it.each(rows)('%s', (_, hex, reason) => {
    expect(parseIgmpHex(hex).reason).toBe(reason);
  });

  it('is refused when any bit flips', () => {
    const bytes = frameBytes('igmpQuery2');
    for (let bit = 38 * 8; bit < 46 * 8; bit++) {
      const spoilt = bytes.slice();
      spoilt[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(readFrame(spoilt).end, String(bit)).toBe('igmp: igmpBadChecksum');
    }
  });

  it('is written as another program wrote it', () => {
    const memory = memoryWith(new Uint8Array(64));
    const none = new Int32Array(0);
    expect(emitIgmp(memory, 32, IgmpType.query, 100, 0xe0000005)).toBe(8);
    expect(toHex(memory.u8.subarray(32, 40))).toBe(toHex(frameBytes('igmpQuery2').slice(38)));
    const query = readFrame(frameBytes('igmpQuery3')).igmp;
    expect(emitIgmpV3Query(memory, 32, query, Int32Array.of(0xc0000201, 0xc0000202), 2)).toBe(20);
    expect(toHex(memory.u8.subarray(32, 52))).toBe(toHex(frameBytes('igmpQuery3').slice(38)));
    const record = Object.assign(new MulticastRecord(), { type: 4, group3: 0xe0000005 | 0 });
    let at = writeMulticastRecord(memory, 40, 4, record, none, 0);
    record.type = 6;
    record.group3 = 0xe0000006 | 0;
    at = writeMulticastRecord(memory, at, 4, record, Int32Array.of(0xc0000201), 1);
    expect(emitIgmpV3Report(memory, 32, at, 2)).toBe(28);
    const packet = new IpPacket(memory);
    packet.payloadOffset = 32;
    packet.payloadLength = 28;
    expect(parseIgmp(packet, new IgmpMessage())).toBe(0);
    // The frame's second record has four octets of auxiliary data, which are never written here.
    expect(toHex(memory.u8.subarray(40, 49))).toBe(toHex(frameBytes('igmpReport3').slice(46, 55)));
  });
});

const GROUP = 'ff0200000000000000000000000000fb';

function parseMldHex(
  hex: string,
  changes: Partial<IpPacket> = {},
  source = 'fe80::1',
): { mld: MldMessage; reason: string } {
  const bytes = fromHex(hex);
  const packet = new IpPacket(memoryWith(bytes));
  packet.setAddresses(Address.parse(source), Address.parse('ff02::1'));
  packet.payloadOffset = 32;
  packet.payloadLength = bytes.length;
  packet.checksumVerified = 1;
  packet.hopLimit = 1;
  packet.hasRouterAlert = true;
  Object.assign(packet, changes);
  const icmp = new IcmpMessage();
  const mld = new MldMessage();
  expect(parseIcmpv6(packet, icmp)).toBe(0);
  return { mld, reason: dropReasonName(parseMld(packet, icmp, mld)) };
}

describe('MLD', () => {
  it('reads queries and reports of both versions', () => {
    const { mld, end } = readFrame(frameBytes('mldQuery2'));
    expect(end).toBe('mld: none');
    expect(mld).toMatchObject({
      version: 2,
      maxResponseMs: 10000,
      robustness: 2,
      queryIntervalSeconds: 125,
      group3: 0,
    });
    expect(readFrame(frameBytes('mldReport1')).mld).toMatchObject({ version: 1, group0: 0xff020000 | 0, group3: 0xfb });
    const report = readFrame(frameBytes('mldReport2'));
    expect(report.end).toBe('record: none');
    expect(report.record).toMatchObject({ type: 4, group0: 0xff020000 | 0, group3: 0xfb, sourceCount: 0 });
    expect(Array.from({ length: 256 }, (_, type) => type).filter(isMld)).toEqual([130, 131, 132, 143]);
  });

  const query = `82000000 27100000 ${GROUP}`;
  const rows: [what: string, hex: string, changes: Partial<IpPacket>, source: string, reason: string][] = [
    ['a version 1 query', query, {}, 'fe80::1', 'none'],
    ['23 octets', query.slice(0, -2), {}, 'fe80::1', 'mldInvalid'],
    // RFC 3810 §8.1: 25 to 27 octets are no version.
    ['a query of 25 octets', `${query}00`, {}, 'fe80::1', 'mldInvalid'],
    ['a query of 27 octets', `${query}000000`, {}, 'fe80::1', 'mldInvalid'],
    ['a query of 28 octets', `${query}00000000`, {}, 'fe80::1', 'none'],
    ['more sources than octets', `${query}00000001 00`, {}, 'fe80::1', 'mldInvalid'],
    // RFC 3810 §5.1.14, §6.2: only what a neighbour can have sent.
    ['hop limit 2', query, { hopLimit: 2 }, 'fe80::1', 'mldInvalid'],
    ['no router alert', query, { hasRouterAlert: false }, 'fe80::1', 'mldInvalid'],
    ['a query from a global address', query, {}, '2001:db8::1', 'mldInvalid'],
    ['a query from nobody', query, {}, '::', 'mldInvalid'],
    ['a report from nobody', '8f000000 00000000', {}, '::', 'none'],
    ['echo', '80000000 00000000', {}, 'fe80::1', 'mldInvalid'],
  ];
  it.each(rows)('%s', (_, hex, changes, source, reason) => {
    expect(parseMldHex(hex, changes, source).reason).toBe(reason);
  });

  it('is written as another program wrote it', () => {
    const memory = memoryWith(new Uint8Array(64));
    const query2 = readFrame(frameBytes('mldQuery2'));
    expect(emitMldV2Query(memory, 32, query2.packet, query2.mld, new Int32Array(0), 0)).toBe(28);
    expect(toHex(memory.u8.subarray(32, 60))).toBe(toHex(frameBytes('mldQuery2').slice(62)));
    const report2 = readFrame(frameBytes('mldReport2'));
    const at = writeMulticastRecord(memory, 40, 16, report2.record, new Int32Array(0), 0);
    expect(emitMldV2Report(memory, 32, report2.packet, at, 1)).toBe(28);
    expect(toHex(memory.u8.subarray(32, 60))).toBe(toHex(frameBytes('mldReport2').slice(62)));
    const report1 = readFrame(frameBytes('mldReport1'));
    expect(report1.mld.type).toBe(Icmpv6Type.multicastListenerReport);
    expect(emitMldV1(memory, 32, report1.packet, report1.mld)).toBe(24);
    expect(toHex(memory.u8.subarray(32, 56))).toBe(toHex(frameBytes('mldReport1').slice(62)));
  });
});

describe('what both share', () => {
  // RFC 3376 §4.1.1, RFC 3810 §5.1.3
  it('decodes and encodes times', () => {
    expect([0, 127, 128, 143, 144, 255].map((code) => decodeExponential(code, 8))).toEqual([
      0, 127, 128, 248, 256, 31744,
    ]);
    expect([32767, 32768, 65535].map((code) => decodeExponential(code, 16))).toEqual([32767, 32768, 8387584]);
    for (let code = 0; code < 256; code++) expect(encodeExponential8(decodeExponential(code, 8))).toBe(code);
    fc.assert(
      fc.property(fc.nat(65535), fc.nat(9_000_000), (code, value) => {
        expect(encodeExponential16(decodeExponential(code, 16))).toBe(code);
        const below = decodeExponential(encodeExponential16(value), 16);
        expect(below).toBeLessThanOrEqual(value);
        if (value < 8_387_584) expect(value - below).toBeLessThanOrEqual(value / 4096);
      }),
    );
    expect(encodeExponential8(99_999)).toBe(255);
    expect(encodeExponential8(-1)).toBe(0);
  });

  it('reads records back as they were written, and none that is cut short', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        fc.constantFrom(4 as const, 16 as const),
        word,
        fc.array(word, { maxLength: 5 }),
        (size, group, sources) => {
          const perSource = size / 4;
          const words = sources.flatMap((source) => new Array<number>(perSource).fill(source));
          const memory = memoryWith(new Uint8Array(200));
          const record = Object.assign(new MulticastRecord(), { type: 3, group3: group });
          const end = writeMulticastRecord(memory, 32, size, record, Int32Array.from(words), sources.length);
          const read = Object.assign(new MulticastRecord(), { nextOffset: 32 });
          for (let cut = 32; cut < end; cut++) expect(nextMulticastRecord(memory, size, cut, read)).toBe(false);
          expect(nextMulticastRecord(memory, size, end, read)).toBe(true);
          expect(read).toMatchObject({ type: 3, group3: group, sourceCount: sources.length, nextOffset: end });
          for (const [index, source] of sources.entries()) {
            expect(memory.view.getInt32(read.sourcesOffset + index * size)).toBe(source);
          }
        },
      ),
    );
  });
});
