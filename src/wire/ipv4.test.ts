/** IPv4 header and options (RFC 791, RFC 1122): contradictory lengths, parse and emit as inverses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameBytes, fromHex, memoryWith, patched, toHex, withHeaderChecksum } from '../../test/support/hex-frames.ts';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';
import { IpPacket } from './ip-packet.ts';
import { emitIpv4Header, ipv4OptionsSize, parseIpv4 } from './ipv4.ts';
import {
  buildReturnRoute,
  Ipv4OptionType,
  Ipv4OptionView,
  nextIpv4Option,
  ReturnRoute,
  startIpv4Options,
} from './ipv4-options.ts';

const PACKET = frameBytes('udp4').slice(14);

function parse(bytes: Uint8Array): { packet: IpPacket; reason: number } {
  const memory = memoryWith(bytes);
  const packet = new IpPacket(memory);
  return { packet, reason: parseIpv4(memory, 32, 32 + bytes.length, packet) };
}

/** A packet with `hex` as options (padded to whole words) and a good checksum. */
function withOptions(hex: string): Uint8Array {
  const options = fromHex(hex);
  const padded = (options.length + 3) & ~3;
  const bytes = new Uint8Array(20 + padded + 8);
  bytes.set(PACKET.subarray(0, 20));
  bytes.set(options, 20);
  bytes[0] = 0x45 + padded / 4;
  bytes[3] = bytes.length;
  return withHeaderChecksum(bytes);
}

describe('IPv4 header', () => {
  it('is read field by field', () => {
    const { packet, reason } = parse(patched(PACKET, 33));
    expect(reason).toBe(DropReason.none);
    expect(packet.sourceAddress().toString()).toBe('192.0.2.1');
    expect(packet.destinationAddress().toString()).toBe('198.51.100.2');
    expect(packet).toMatchObject({ family: 4, protocol: 17, hopLimit: 64, trafficClass: 0, identification: 0x1234 });
    expect(packet).toMatchObject({ dontFragment: true, moreFragments: false, fragmentOffset: 0, isFragment: false });
    expect(packet).toMatchObject({ headerOffset: 32, headerLength: 20, totalLength: 33, payloadOffset: 52 });
    expect(packet).toMatchObject({ payloadLength: 13, optionsLength: 0, flowLabel: 0, lastNextHeaderOffset: 41 });
  });

  it('does not take link padding for payload', () => {
    const padded = new Uint8Array(46);
    padded.set(PACKET);
    expect(parse(padded).packet.payloadLength).toBe(13);
  });

  it('is refused when cut short at any length', () => {
    for (let length = 0; length < PACKET.length; length++) {
      expect(parse(PACKET.subarray(0, length)).reason, String(length)).toBe(DropReason.ipTruncated);
    }
  });

  const rows: [what: string, at: number, octets: number[], reason: number][] = [
    ['version 0', 0, [0x05], DropReason.ipBadVersion],
    ['version 6', 0, [0x65], DropReason.ipBadVersion],
    ['header of 0 words', 0, [0x40], DropReason.ipBadHeaderLength],
    ['header of 4 words', 0, [0x44], DropReason.ipBadHeaderLength],
    ['header longer than the packet', 0, [0x4f], DropReason.ipBadTotalLength],
    ['total length 0', 2, [0, 0], DropReason.ipBadTotalLength],
    ['total length 19', 2, [0, 19], DropReason.ipBadTotalLength],
    ['total length 20', 2, [0, 20], DropReason.none],
    ['total length one too many', 2, [0, 34], DropReason.ipTruncated],
    ['total length 65535', 2, [0xff, 0xff], DropReason.ipTruncated],
    ['a fragment in front not of 8 octets', 6, [0x20, 0], DropReason.ipBadFragment],
    ['a last fragment of any length', 6, [0, 1], DropReason.none],
    ['a fragment that ends past 65535', 6, [0x1f, 0xff], DropReason.ipBadFragment],
    ['hop limit 0', 8, [0], DropReason.none],
  ];
  it.each(rows)('%s', (_, at, octets, reason) => {
    expect(parse(withHeaderChecksum(patched(PACKET, at, ...octets))).reason).toBe(reason);
  });

  it('reads flags and fragment offset', () => {
    const { packet, reason } = parse(frameBytes('fragment4').slice(14));
    expect(reason).toBe(DropReason.none);
    expect(packet).toMatchObject({ moreFragments: true, dontFragment: false, fragmentOffset: 24, isFragment: true });
    const empty = withHeaderChecksum(patched(PACKET, 2, 0, 20, 0x12, 0x34, 0, 5));
    expect(parse(empty.subarray(0, 20)).reason).toBe(DropReason.ipBadFragment);
  });

  // RFC 1122 §3.2.1.2: the header checksum is verified.
  it('is refused when any bit of the header flips', () => {
    for (let bit = 0; bit < 160; bit++) {
      const spoilt = PACKET.slice();
      spoilt[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(parse(spoilt).reason, String(bit)).not.toBe(DropReason.none);
    }
    expect(parse(patched(PACKET, 10, 0, 0)).reason).toBe(DropReason.ipBadChecksum);
  });

  it('is written as another program wrote it', () => {
    for (const name of ['udp4', 'tcpData4', 'fragment4', 'igmpQuery3', 'options4'] as const) {
      const bytes = frameBytes(name).slice(14);
      const { packet } = parse(bytes);
      const memory = memoryWith(new Uint8Array(60));
      const options = packet.optionsLength === 0 ? null : bytes.slice(20, 20 + packet.optionsLength);
      const length = emitIpv4Header(memory, 32, packet, packet.totalLength, options);
      expect(toHex(memory.u8.subarray(32, 32 + length)), name).toBe(toHex(bytes.subarray(0, packet.headerLength)));
    }
  });

  it('reads what it wrote', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const fields = fc.record({
      trafficClass: fc.nat(255),
      hopLimit: fc.nat(255),
      protocol: fc.nat(255),
      identification: fc.nat(65535),
      dontFragment: fc.boolean(),
      moreFragments: fc.boolean(),
      fragmentOffset: fc.nat(8000).map((units) => units * 8),
      source3: word,
      destination3: word,
    });
    fc.assert(
      fc.property(fields, fc.nat(20), fc.nat(11), (values, units, noOperations) => {
        const memory = new PlainPacketMemory(512);
        const packet = Object.assign(new IpPacket(memory), values);
        const options = new Uint8Array(noOperations).fill(Ipv4OptionType.noOperation);
        const total = 20 + ipv4OptionsSize(options) + units * 8 + 8;
        expect(emitIpv4Header(memory, 7, packet, total, options)).toBe(total - units * 8 - 8);
        const read = new IpPacket(memory);
        expect(parseIpv4(memory, 7, 7 + total, read)).toBe(DropReason.none);
        expect(read).toMatchObject({ ...values, totalLength: total, payloadLength: units * 8 + 8 });
      }),
    );
  });
});

describe('IPv4 options', () => {
  const sound: [what: string, hex: string, types: number[]][] = [
    ['none but padding', '01 01 00 ff', []],
    ['end of list hides what follows', '00 83 01 00', []],
    ['router alert', '94 04 00 00', [Ipv4OptionType.routerAlert]],
    ['an option that is not known', '99 05 01 02 03', [0x99]],
    ['an option of two octets', '99 02', [0x99]],
    ['record route', '07 07 04 00000000', [Ipv4OptionType.recordRoute]],
    ['a full record route', '07 07 08 0a000001', [Ipv4OptionType.recordRoute]],
    ['timestamp', '44 08 05 00 00000000', [Ipv4OptionType.timestamp]],
    ['loose route, unaligned', '01 83 07 08 0a000001 94040000', [Ipv4OptionType.looseSourceRoute, 148]],
    ['a loose route of no stops', '83 03 04', [Ipv4OptionType.looseSourceRoute]],
    ['security, as first of two', '82 0b 0000 0000 0000 000000 07 03 04', [130, 7]],
    ['40 octets', `07 27 04 ${'00'.repeat(36)} 00`, [7]],
  ];
  it.each(sound)('%s', (_, hex, types) => {
    const { packet, reason } = parse(withOptions(hex));
    expect(reason).toBe(DropReason.none);
    const option = new Ipv4OptionView();
    const found: number[] = [];
    startIpv4Options(packet, option);
    while (nextIpv4Option(packet, option)) found.push(option.type);
    expect(found).toEqual(types);
  });

  // RFC 792: the pointer of a parameter problem counts octets from the start of the header.
  const broken: [what: string, hex: string, pointer: number][] = [
    ['length 0', '99 00 00 00', 21],
    ['length 1', '01 99 01 00', 22],
    ['length past the end', '99 05 00 00', 21],
    ['length 255', '01 01 99 ff', 23],
    ['no room for a length', '01 01 01 99', 23],
    ['a loose route without pointer', '83 02 00 00', 21],
    ['a strict route that points into its head', '89 07 03 00000000 00', 22],
    ['two source routes', '83 03 04 89 03 04', 23],
    ['a record route that points at 0', '07 07 00 00000000', 22],
    ['a timestamp without overflow octet', '44 03 05', 21],
    ['a timestamp that points at 4', '44 08 04 00 00000000', 22],
    ['a router alert of three octets', '94 03 00', 21],
  ];
  it.each(broken)('refuses %s', (_, hex, pointer) => {
    const { packet, reason } = parse(withOptions(hex));
    expect(reason).toBe(DropReason.ipBadOption);
    expect(packet.problemPointer).toBe(pointer);
  });

  it('notes router alert and source route', () => {
    const { packet } = parse(withOptions('94040000 83 07 08 0a000001'));
    expect(packet).toMatchObject({ hasRouterAlert: true, sourceRouteOffset: 56 });
    expect(parse(withOptions('99020000')).packet).toMatchObject({ hasRouterAlert: false, sourceRouteOffset: 0 });
  });

  // RFC 1122 §3.2.1.8(c): a completed route is reversed and ends at the source of the packet.
  it('builds the return route', () => {
    const route = new ReturnRoute();
    const { packet } = parse(withOptions('01 83 0f 10 0a000001 0a000002 0a000003'));
    expect(buildReturnRoute(packet, route)).toBe(true);
    expect(Address.v4(route.firstHop).toString()).toBe('10.0.0.3');
    expect(toHex(route.bytes.subarray(0, route.length))).toBe('830f040a0000020a000001c000020100');
    expect(route.length).toBe(16);
  });

  it('builds none from a route still under way, an empty one, or no route', () => {
    const route = new ReturnRoute();
    for (const hex of ['83 0b 08 0a000001 0a000002', '83 03 04', '94040000', '']) {
      expect(buildReturnRoute(parse(withOptions(hex)).packet, route), hex).toBe(false);
      expect(route.length).toBe(0);
    }
  });

  it('rounds sizes to words and stops at 40', () => {
    expect([null, 0, 1, 4, 39, 40, 41].map((n) => ipv4OptionsSize(n === null ? null : new Uint8Array(n)))).toEqual([
      0, 0, 4, 4, 40, 40, 40,
    ]);
  });
});
