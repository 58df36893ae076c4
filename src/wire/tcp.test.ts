/** The TCP header and checksum (RFC 9293 section 3.1): fields, bad lengths, parse and emit as inverses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameBytes, memoryWith, patched, toHex } from '../../test/support/hex-frames.ts';
import { readPacket } from '../../test/support/wire-reader.ts';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { pseudoHeaderSum } from './checksum.ts';
import { dropReasonName } from './drop-reason.ts';
import { IpPacket } from './ip-packet.ts';
import { parseIpv4 } from './ipv4.ts';
import { emitTcpHeader, parseTcp, parseTcpHeader, writeTcpChecksum } from './tcp.ts';
import { TcpFlag, TcpSegment } from './tcp-segment.ts';

const SEGMENT = frameBytes('tcpData4').slice(34);

/** The segment `bytes` in an IPv4 packet between the addresses of the frames. */
function parse(bytes: Uint8Array, checksumVerified = 0): { segment: TcpSegment; reason: string } {
  const packet = new IpPacket(memoryWith(bytes));
  packet.setAddresses(Address.parse('192.0.2.1'), Address.parse('198.51.100.2'));
  packet.payloadOffset = 32;
  packet.payloadLength = bytes.length;
  packet.checksumVerified = checksumVerified;
  const segment = new TcpSegment(packet);
  return { segment, reason: dropReasonName(parseTcp(segment)) };
}

describe('TCP header', () => {
  it('is read field by field', () => {
    const { segment, reason } = parse(SEGMENT);
    expect(reason).toBe('none');
    expect(segment).toMatchObject({ sourcePort: 49152, destinationPort: 80, seq: -2, ack: 0x7fffffff });
    expect(segment).toMatchObject({ flags: TcpFlag.psh | TcpFlag.ack, urgentPointer: 0 });
    expect(segment).toMatchObject({ headerLength: 32, payloadOffset: 64, payloadLength: 3, length: 3 });
    expect(segment).toMatchObject({ timestampValue: 0x89abcdef | 0, timestampEcho: 0x01234567 });
  });

  // RFC 9293 §3.1 MUST-1: the largest window is 65535, not -1.
  it('reads the window without a sign', () => {
    expect(parse(SEGMENT).segment.window).toBe(65535);
    expect(parse(patched(SEGMENT, 14, 0x80, 0x00), 1).segment.window).toBe(0x8000);
  });

  it('reads all nine control bits and the urgent pointer, over IPv6', () => {
    const reader = readPacket(frameBytes('tcpUrgent6').slice(14));
    expect(reader.end).toBe('tcp: none');
    expect(reader.segment).toMatchObject({ flags: 0x1ff, urgentPointer: 6, payloadLength: 6, length: 8 });
  });

  it('is refused when cut short of a header at any length', () => {
    for (let length = 0; length < 32; length++) {
      const { reason } = parse(SEGMENT.subarray(0, length), 1);
      expect(reason, String(length)).toBe(length < 20 ? 'tcpTruncated' : 'tcpBadDataOffset');
    }
  });

  it.each([0, 1, 4, 9, 10, 15])('data offset %i of a segment with 35 octets is refused', (words) => {
    const allowed = words >= 5 && words * 4 <= 35;
    expect(allowed).toBe(false);
    expect(parse(patched(SEGMENT, 12, words << 4), 1).reason).toBe('tcpBadDataOffset');
  });

  it('ignores the three reserved bits', () => {
    expect(parse(patched(SEGMENT, 12, 0x8e), 1)).toMatchObject({ reason: 'none', segment: { flags: 0x18 } });
  });

  it('is read without checksum and options for a quotation', () => {
    const { segment } = parse(patched(SEGMENT, 16, 0, 0).subarray(0, 34), 1);
    segment.optionsPresent = 99;
    expect(parseTcpHeader(segment)).toBe(0);
    expect(segment).toMatchObject({ seq: -2, optionsPresent: 99 });
  });
});

describe('TCP checksum', () => {
  // RFC 9293 §3.1 MUST-3: every bit counts, those of the addresses too.
  it('fails when any bit flips', () => {
    for (let bit = 0; bit < SEGMENT.length * 8; bit++) {
      const spoilt = SEGMENT.slice();
      spoilt[bit >> 3]! ^= 0x80 >> (bit & 7);
      // A spoilt data offset may be found out before the checksum is.
      const expected = bit >= 96 && bit < 100 ? /tcpBad/ : /^tcpBadChecksum$/;
      expect(parse(spoilt).reason, String(bit)).toMatch(expected);
    }
    const elsewhere = patched(frameBytes('tcpData4').slice(14), 10, 0x3c, 0x53, 192, 0, 2, 2);
    const reader = readPacket(elsewhere);
    expect(reader.layers.map((layer) => dropReasonName(layer.reason))).toEqual(['none', 'tcpBadChecksum']);
  });

  it('is not looked at when the device vouches for it', () => {
    expect(parse(patched(SEGMENT, 16, 0, 0), 1).reason).toBe('none');
    expect(parse(patched(SEGMENT, 16, 0, 0), 0).reason).toBe('tcpBadChecksum');
  });

  // RFC 9293 §3.1 MUST-2: what is sent carries the checksum that another program computed for the same segment.
  it('is written as another program wrote it', () => {
    for (const name of ['tcpSyn4', 'tcpData4'] as const) {
      const bytes = frameBytes(name).slice(34);
      const { segment } = parse(bytes);
      const memory = memoryWith(bytes);
      const { sourcePort, destinationPort, seq, ack, flags, window, urgentPointer, headerLength } = segment;
      memory.u8.fill(0xdd, 32, 52);
      emitTcpHeader(memory, 32, sourcePort, destinationPort, seq, ack, flags, window, urgentPointer, headerLength);
      writeTcpChecksum(memory, 32, bytes.length, pseudoHeaderSum(segment.packet, 6, bytes.length));
      expect(toHex(memory.u8.subarray(32, 32 + bytes.length)), name).toBe(toHex(bytes));
    }
  });
});

it('reads the TCP header it wrote', () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const fields = fc.record({
    sourcePort: fc.nat(65535),
    destinationPort: fc.nat(65535),
    seq: word,
    ack: word,
    flags: fc.nat(0x1ff),
    window: fc.nat(65535),
    urgentPointer: fc.nat(65535),
    headerLength: fc.integer({ min: 5, max: 15 }).map((words) => words * 4),
  });
  fc.assert(
    fc.property(fields, word, word, fc.nat(40), (f, from, to, payload) => {
      const memory = new PlainPacketMemory(256);
      const packet = new IpPacket(memory);
      packet.setAddresses(Address.v4(from), Address.v4(to));
      packet.payloadOffset = 9;
      packet.payloadLength = f.headerLength + payload;
      memory.u8.fill(0x5a, 9 + f.headerLength, 9 + packet.payloadLength);
      const { sourcePort, destinationPort, seq, ack, flags, window, urgentPointer, headerLength } = f;
      expect(
        emitTcpHeader(memory, 9, sourcePort, destinationPort, seq, ack, flags, window, urgentPointer, headerLength),
      ).toBe(29);
      writeTcpChecksum(memory, 9, packet.payloadLength, pseudoHeaderSum(packet, 6, packet.payloadLength));
      const segment = new TcpSegment(packet);
      expect(parseTcp(segment)).toBe(0);
      expect(segment).toMatchObject({ ...f, payloadOffset: 9 + headerLength, payloadLength: payload });
      expect(segment.length).toBe(payload + (flags & 1) + ((flags >> 1) & 1));
    }),
  );
});

it('carries the checksum over a header that its IP packet was found by', () => {
  const bytes = frameBytes('tcpSack4').slice(14);
  const memory = memoryWith(bytes, 33);
  const packet = new IpPacket(memory);
  expect(parseIpv4(memory, 33, 33 + bytes.length, packet)).toBe(0);
  expect(parseTcp(new TcpSegment(packet))).toBe(0);
});
