/** UDP (RFC 768): lengths, checksums present and absent in both families, parse and emit as inverses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameBytes, memoryWith, patched, toHex } from '../../test/support/hex-frames.ts';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { pseudoHeaderSum } from './checksum.ts';
import { dropReasonName } from './drop-reason.ts';
import { IpPacket } from './ip-packet.ts';
import { emitUdpHeader, parseUdp, UdpDatagram, writeUdpChecksum } from './udp.ts';

const V4 = frameBytes('udp4').slice(34);
const V6 = frameBytes('udp6').slice(54);

function parse(bytes: Uint8Array, family: 4 | 6 = 4, checksumVerified = 0): { udp: UdpDatagram; reason: string } {
  const packet = new IpPacket(memoryWith(bytes));
  const [source, destination] = family === 4 ? ['192.0.2.1', '198.51.100.2'] : ['2001:db8::1', '2001:db8::2'];
  packet.setAddresses(Address.parse(source), Address.parse(destination));
  packet.payloadOffset = 32;
  packet.payloadLength = bytes.length;
  packet.checksumVerified = checksumVerified;
  const udp = new UdpDatagram(packet);
  return { udp, reason: dropReasonName(parseUdp(udp)) };
}

describe('UDP', () => {
  it('is read over both families', () => {
    const { udp, reason } = parse(V4);
    expect(reason).toBe('none');
    expect(udp).toMatchObject({ sourcePort: 4000, destinationPort: 5000, payloadOffset: 40, payloadLength: 5 });
    expect(parse(V6, 6)).toMatchObject({ reason: 'none', udp: { payloadLength: 6 } });
  });

  it('is refused when cut short at any length', () => {
    for (let length = 0; length < V4.length; length++) {
      const { reason } = parse(V4.subarray(0, length));
      expect(reason, String(length)).toBe(length < 8 ? 'udpTruncated' : 'udpBadLength');
    }
  });

  const rows: [what: string, length: number, reason: string, payload: number][] = [
    ['0', 0, 'udpBadLength', 0],
    ['7', 7, 'udpBadLength', 0],
    ['8: no payload', 8, 'none', 0],
    ['12: one octet of the packet is left over', 12, 'none', 4],
    ['13', 13, 'none', 5],
    ['14: one too many', 14, 'udpBadLength', 0],
    ['65535', 65535, 'udpBadLength', 0],
  ];
  it.each(rows)('length field %s', (_, length, reason, payload) => {
    const { udp, reason: got } = parse(patched(V4, 4, length >> 8, length & 255), 4, 1);
    expect(got).toBe(reason);
    expect(udp.payloadLength).toBe(payload);
  });

  it('fails its checksum when any bit flips', () => {
    for (let bit = 0; bit < V4.length * 8; bit++) {
      const spoilt = V4.slice();
      spoilt[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(parse(spoilt).reason, String(bit)).toMatch(/^udpBad/);
    }
  });

  // RFC 1122 §4.1.3.4: over IPv4 zero means that there is none. RFC 8200 §8.1: over IPv6 there has to be one.
  it('may come without checksum over IPv4 only', () => {
    expect(parse(patched(V4, 6, 0, 0))).toMatchObject({ reason: 'none', udp: { checksum: 0 } });
    expect(parse(patched(V6, 6, 0, 0), 6).reason).toBe('udpNoChecksum');
    expect(parse(patched(V6, 6, 0, 0), 6, 1).reason).toBe('udpNoChecksum');
    expect(parse(patched(V6, 6, 1, 2), 6, 1).reason).toBe('none');
  });

  it('is written as another program wrote it', () => {
    for (const [bytes, family] of [
      [V4, 4],
      [V6, 6],
    ] as const) {
      const { udp } = parse(bytes, family);
      const memory = memoryWith(bytes);
      memory.u8.fill(0xdd, 32, 40);
      expect(emitUdpHeader(memory, 32, udp.sourcePort, udp.destinationPort, bytes.length)).toBe(8);
      writeUdpChecksum(memory, 32, bytes.length, pseudoHeaderSum(udp.packet, 17, bytes.length));
      expect(toHex(memory.u8.subarray(32, 32 + bytes.length))).toBe(toHex(bytes));
    }
  });

  // RFC 768: a sum of all ones goes out as such, since zero would mean that there is no checksum.
  it('never writes a zero checksum', () => {
    const memory = new PlainPacketMemory(64);
    const packet = new IpPacket(memory);
    packet.setAddresses(Address.v4(0), Address.v4(0));
    packet.payloadLength = 10;
    packet.payloadOffset = 4;
    emitUdpHeader(memory, 4, 0, 0, 10);
    memory.view.setUint16(12, 0xffff - 17 - 10 - 10);
    writeUdpChecksum(memory, 4, 10, pseudoHeaderSum(packet, 17, 10));
    expect(memory.view.getUint16(10)).toBe(0xffff);
    expect(parseUdp(new UdpDatagram(packet))).toBe(0);
  });

  it('is read back as it was written', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const port = fc.nat(65535);
    fc.assert(
      fc.property(port, port, word, word, fc.uint8Array({ maxLength: 60 }), (from, to, source, destination, bytes) => {
        const memory = new PlainPacketMemory(128);
        const packet = new IpPacket(memory);
        packet.setAddresses(Address.v4(source), Address.v4(destination));
        packet.payloadOffset = 11;
        packet.payloadLength = 8 + bytes.length;
        memory.u8.set(bytes, 19);
        emitUdpHeader(memory, 11, from, to, 8 + bytes.length);
        writeUdpChecksum(memory, 11, 8 + bytes.length, pseudoHeaderSum(packet, 17, 8 + bytes.length));
        const udp = new UdpDatagram(packet);
        expect(parseUdp(udp)).toBe(0);
        expect(udp).toMatchObject({ sourcePort: from, destinationPort: to, payloadLength: bytes.length });
        expect(udp.checksum).not.toBe(0);
      }),
    );
  });
});
