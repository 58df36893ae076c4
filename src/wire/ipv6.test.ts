/** IPv6 (RFC 8200): extension headers, options, fragments, all that is refused; parse and emit as inverses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameBytes, fromHex, memoryWith, patched, toHex } from '../../test/support/hex-frames.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { DropReason, dropReasonName } from './drop-reason.ts';
import { IpPacket } from './ip-packet.ts';
import { emitIpv6FragmentHeader, emitIpv6Header, parseIpv6 } from './ipv6.ts';
import { emitRouterAlertHeader } from './ipv6-options.ts';

const PACKET = frameBytes('udp6').slice(14);
const FIXED = PACKET.slice(0, 40);

function parse(bytes: Uint8Array): { packet: IpPacket; reason: string } {
  const memory = memoryWith(bytes);
  const packet = new IpPacket(memory);
  return { packet, reason: dropReasonName(parseIpv6(memory, 32, 32 + bytes.length, packet)) };
}

/** A packet with next header `first` and `hex` behind the fixed header. */
function chain(first: number, hex: string): Uint8Array {
  const rest = fromHex(hex);
  const bytes = new Uint8Array(40 + rest.length);
  bytes.set(patched(FIXED, 4, rest.length >> 8, rest.length & 255, first));
  bytes.set(rest, 40);
  return bytes;
}

describe('IPv6 header', () => {
  it('is read field by field', () => {
    const { packet, reason } = parse(frameBytes('tcpUrgent6').slice(14));
    expect(reason).toBe('none');
    expect(packet.sourceAddress().toString()).toBe('2001:db8::1');
    expect(packet.destinationAddress().toString()).toBe('2001:db8::2');
    expect(packet).toMatchObject({ family: 6, protocol: 6, hopLimit: 64, trafficClass: 0xb9, flowLabel: 0xabcde });
    expect(packet).toMatchObject({ headerOffset: 32, headerLength: 40, totalLength: 66, payloadOffset: 72 });
    expect(packet).toMatchObject({ payloadLength: 26, lastNextHeaderOffset: 38, isFragment: false });
  });

  it('is refused when cut short at any length, and does not take padding for payload', () => {
    for (let length = 0; length < PACKET.length; length++) {
      expect(parse(PACKET.subarray(0, length)).reason, String(length)).toBe('ipTruncated');
    }
    const padded = new Uint8Array(100);
    padded.set(PACKET);
    expect(parse(padded).packet.payloadLength).toBe(14);
    expect(parse(patched(PACKET, 0, 0x45)).reason).toBe('ipBadVersion');
    expect(parse(patched(PACKET, 4, 0xff, 0xff)).reason).toBe('ipTruncated');
    expect(parse(patched(PACKET, 4, 0, 0)).packet.payloadLength).toBe(0);
  });

  it('is written as another program wrote it', () => {
    for (const name of ['udp6', 'tcpUrgent6', 'ns', 'mldQuery2', 'fragment6'] as const) {
      const bytes = frameBytes(name).slice(14);
      const { packet } = parse(bytes);
      const memory = memoryWith(new Uint8Array(40));
      expect(emitIpv6Header(memory, 32, packet, packet.totalLength, bytes[6])).toBe(40);
      expect(toHex(memory.u8.subarray(32, 72)), name).toBe(toHex(bytes.subarray(0, 40)));
    }
  });

  it('reads what it wrote, extension headers too', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const fields = fc.record({
      trafficClass: fc.nat(255),
      flowLabel: fc.nat(0xfffff),
      hopLimit: fc.nat(255),
      protocol: fc.constantFrom(6, 17, 58, 200),
      source0: word,
      source1: word,
      source2: word,
      source3: word,
      destination0: word,
      destination1: word,
      destination2: word,
      destination3: word,
    });
    const fragment = fc.record({
      fragmentOffset: fc.nat(8000).map((units) => units * 8),
      moreFragments: fc.boolean(),
      identification: word,
    });
    fc.assert(
      fc.property(fields, fragment, fc.boolean(), (values, piece, alert) => {
        const memory = new PlainPacketMemory(256);
        const packet = Object.assign(new IpPacket(memory), values);
        const total = 40 + (alert ? 8 : 0) + 8 + 24;
        let at = 3 + emitIpv6Header(memory, 3, packet, total, alert ? 0 : 44);
        if (alert) at += emitRouterAlertHeader(memory, at, 44);
        const { fragmentOffset, moreFragments, identification } = piece;
        at += emitIpv6FragmentHeader(memory, at, values.protocol, fragmentOffset, moreFragments, identification);
        const read = new IpPacket(memory);
        expect(parseIpv6(memory, 3, 3 + total, read)).toBe(DropReason.none);
        expect(read).toMatchObject({
          ...values,
          ...piece,
          hasRouterAlert: alert,
          payloadOffset: at,
          payloadLength: 24,
        });
      }),
    );
  });
});

describe('IPv6 extension headers', () => {
  it('are walked through to the payload', () => {
    const { packet, reason } = parse(frameBytes('extensions6').slice(14));
    expect(reason).toBe('none');
    expect(packet).toMatchObject({ protocol: 6, headerLength: 64, payloadOffset: 96, payloadLength: 20 });
    expect(packet).toMatchObject({ hasRouterAlert: true, fragmentHeaderOffset: 0, lastNextHeaderOffset: 88 });
  });

  const rows: [what: string, first: number, hex: string, reason: string, pointer: number][] = [
    ['hop-by-hop of padding', 0, '1100 010400000000', 'none', 0],
    ['Pad1 only', 60, '1100 000000000000', 'none', 0],
    ['two words long', 60, '1101 010c 000000000000000000000000', 'none', 0],
    ['authentication header of 12 octets', 51, '1101 0000 00000001 00000001', 'none', 0],
    ['cut short', 60, '1101 0104 00000000', 'ipv6ExtensionTruncated', 0],
    ['7 octets', 60, '1100 0104 000000', 'ipv6ExtensionTruncated', 0],
    ['no octet at all', 60, '', 'ipv6ExtensionTruncated', 0],
    ['authentication header past the end', 51, '11ff 0000 00000001 00000001', 'ipv6ExtensionTruncated', 0],
    ['hop-by-hop second', 60, '0000 010400000000 1100 010400000000', 'ipv6HopByHopMisplaced', 40],
    ['an option past its header', 60, '1100 0105 00000000', 'ipv6ExtensionTruncated', 42],
    ['an option without length', 60, '1100 0103 0000001e', 'ipv6ExtensionTruncated', 47],
    // RFC 8200 §4.2: the two high bits of an unknown type decide.
    ['unknown option 00', 60, '1100 1e04 00000000', 'none', 0],
    ['unknown option 01', 60, '1100 5e04 00000000', 'ipv6OptionDiscard', 42],
    ['unknown option 10', 60, '1100 000000 9e0100', 'ipv6OptionReport', 45],
    ['unknown option 11', 60, '1100 de04 00000000', 'ipv6OptionReportUnicast', 42],
    ['a jumbo payload option', 0, '1100 c204 00010000', 'ipv6OptionReportUnicast', 42],
    ['nine options', 60, '1102 1e00 1e00 1e00 1e00 1e00 1e00 1e00 1e00 1e00 00000000', 'ipv6TooManyExtensions', 58],
    ['eight options', 60, '1102 1e00 1e00 1e00 1e00 1e00 1e00 1e00 1e00 0000 0000 000000', 'none', 0],
    // RFC 8200 §4.4, RFC 5095: nobody is routed on from here.
    ['routing, none left', 43, '1100 0000 00000000', 'none', 0],
    ['routing type 0, one left', 43, '1102 0001 00000000 00000000000000000000000000000001', 'ipv6RoutingHeader', 42],
    ['routing type 99, one left', 43, '1100 6301 00000000', 'ipv6RoutingHeader', 42],
    ['eight headers', 60, '3c00 010400000000'.repeat(7) + '1100 010400000000', 'none', 0],
    ['nine headers', 60, '3c00 010400000000'.repeat(8) + '1100 010400000000', 'ipv6TooManyExtensions', 0],
    ['no next header', 59, '00', 'none', 0],
  ];
  it.each(rows)('%s', (_, first, hex, reason, pointer) => {
    const result = parse(chain(first, hex));
    expect(result.reason).toBe(reason);
    expect(result.packet.problemPointer).toBe(pointer);
    if (reason === 'none') expect(result.packet.protocol).toBe(first === 59 ? 59 : 17);
  });

  // RFC 2675 §3: the length is in an option; it is not taken.
  it('refuses a jumbogram', () => {
    expect(parse(patched(chain(0, '1100 c204 00010000'), 4, 0, 0)).reason).toBe('ipv6Jumbogram');
  });

  it('is refused when cut short at any length', () => {
    const whole = frameBytes('extensions6').slice(14);
    for (let length = 0; length < 24; length++) {
      const cut = patched(whole.subarray(0, 40 + length), 4, 0, length);
      expect(parse(cut).reason, String(length)).toBe(length === 0 ? 'ipv6Jumbogram' : 'ipv6ExtensionTruncated');
    }
  });
});

describe('IPv6 fragments', () => {
  it('end the walk', () => {
    const { packet, reason } = parse(frameBytes('fragment6').slice(14));
    expect(reason).toBe('none');
    expect(packet).toMatchObject({ protocol: 17, moreFragments: true, fragmentOffset: 0, isFragment: true });
    expect(packet).toMatchObject({ identification: 0xdeadbeef | 0, fragmentHeaderOffset: 72, payloadOffset: 80 });
    expect(packet).toMatchObject({ payloadLength: 24, headerLength: 48, lastNextHeaderOffset: 38 });
  });

  it('remember which octet names the fragment header behind other headers', () => {
    const { packet } = parse(chain(0, '2c00 010400000000 1100 0008 00000007 0001020304050607'));
    expect(packet).toMatchObject({ lastNextHeaderOffset: 72, fragmentHeaderOffset: 80, fragmentOffset: 8 });
    expect(packet).toMatchObject({ protocol: 17, payloadOffset: 88, payloadLength: 8, isFragment: true });
  });

  // RFC 6946: an atomic fragment is a whole packet.
  it('are walked through when atomic', () => {
    const { packet, reason } = parse(chain(44, '3c00 0000 00000007 1100 010400000000 0001020304050607'));
    expect(reason).toBe('none');
    expect(packet).toMatchObject({ protocol: 17, isFragment: false, identification: 7, payloadLength: 8 });
    expect(packet).toMatchObject({ fragmentHeaderOffset: 72, lastNextHeaderOffset: 80 });
  });

  const octets = '0001020304050607'.repeat(3);
  const rows: [what: string, hex: string, reason: string, pointer: number][] = [
    // RFC 8200 §4.5: multiples of eight but the last, and never past 65535.
    ['in front, 23 octets', `1100 0001 00000001 ${octets.slice(2)}`, 'ipv6BadFragmentLength', 4],
    ['last, 23 octets', `1100 0008 00000001 ${octets.slice(2)}`, 'none', 0],
    ['empty', '1100 0008 00000001', 'ipv6BadFragmentLength', 4],
    ['ending at 65528', `1100 ffe0 00000001 ${octets}`, 'none', 0],
    ['ending past 65535', `1100 fff8 00000001 ${octets}`, 'ipv6FragmentTooLong', 42],
    ['twice', `2c00 0000 00000001 1100 0008 00000001 ${octets}`, 'ipv6BadFragmentLength', 48],
    // RFC 7112 §5: the first one holds all headers.
    ['first, TCP header cut', `0600 0001 00000001 ${octets.slice(16)}`, 'ipv6HeaderChainSplit', 40],
    ['first, whole TCP header', `0600 0001 00000001 ${octets}`, 'none', 0],
    ['first, chain cut', '3c00 0001 00000001 1101 010c 00000000', 'ipv6HeaderChainSplit', 40],
    ['later, no header in sight', `0600 0009 00000001 ${octets.slice(32)}`, 'none', 0],
  ];
  it.each(rows)('%s', (_, hex, reason, pointer) => {
    const result = parse(chain(44, hex));
    expect(result.reason).toBe(reason);
    expect(result.packet.problemPointer).toBe(pointer);
  });
});
