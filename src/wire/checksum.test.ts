/** Checksum helpers: pseudo-headers against octets, incremental update (RFC 1624) against computing anew. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameBytes, memoryWith, slowChecksum } from '../../test/support/hex-frames.ts';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import {
  computeChecksum,
  finishChecksum,
  foldSum,
  isChecksumRight,
  pseudoHeaderSum,
  pseudoHeaderSumOf,
  updateChecksum16,
  updateChecksum32,
} from './checksum.ts';
import { IpPacket } from './ip-packet.ts';

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const words = fc.tuple(word, word, word, word);

/** The pseudo-header as octets: RFC 9293 §3.1 for IPv4, RFC 8200 §8.1 for IPv6. */
function pseudoHeader(source: Address, destination: Address, protocol: number, length: number): Uint8Array {
  const tail =
    source.family === 4
      ? [0, protocol, length >> 8, length & 255]
      : [0, length >> 16, (length >> 8) & 255, length & 255, 0, 0, 0, protocol];
  return Uint8Array.from([...source.toBytes(), ...destination.toBytes(), ...tail]);
}

describe('pseudo-header', () => {
  it('sums like the octets it stands for, in both families', () => {
    const packet = new IpPacket(new PlainPacketMemory(64));
    fc.assert(
      fc.property(fc.boolean(), words, words, fc.nat(255), fc.nat(65535), (isV6, from, to, protocol, length) => {
        const source = isV6 ? Address.v6(...from) : Address.v4(from[0]);
        const destination = isV6 ? Address.v6(...to) : Address.v4(to[0]);
        packet.setAddresses(source, destination);
        const expected = slowChecksum(pseudoHeader(source, destination, protocol, length));
        const sum = pseudoHeaderSum(packet, protocol, length);
        expect(finishChecksum(sum)).toBe(expected);
        expect(pseudoHeaderSumOf(source, destination, protocol, length)).toBe(sum);
        expect(sum).toBeLessThan(2 ** 31);
      }),
    );
  });

  it('takes IPv6 lengths above 65535 whole', () => {
    const any = Address.parse('::');
    expect(foldSum(pseudoHeaderSumOf(any, any, 0, 0x2_0003))).toBe(5);
  });
});

describe('checksum', () => {
  it('is right with the checksum it computes, wrong after any single bit flips', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 60 }), fc.nat(), fc.nat(0xfffff), (bytes, bit, partial) => {
        const memory = memoryWith(bytes, 33);
        memory.view.setUint16(35, 0);
        memory.view.setUint16(35, computeChecksum(memory, 33, bytes.length, partial));
        expect(isChecksumRight(memory, 33, bytes.length, partial)).toBe(true);
        const flipped = bit % (bytes.length * 8);
        memory.u8[33 + (flipped >> 3)]! ^= 1 << (flipped & 7);
        expect(isChecksumRight(memory, 33, bytes.length, partial)).toBe(false);
      }),
    );
  });

  it('of the IP header in a frame made elsewhere is right', () => {
    const bytes = frameBytes('tcpSyn4');
    expect(isChecksumRight(memoryWith(bytes), 46, 20, 0)).toBe(true);
  });
});

describe('incremental update', () => {
  // RFC 1624 §3: the result equals a checksum computed anew; the corner where both zeros differ is in section 4.
  it('gives what computing anew gives', () => {
    const input = fc.uint8Array({ minLength: 12, maxLength: 40 });
    fc.assert(
      fc.property(input, word, fc.nat(0xffff), (bytes, after32, after16) => {
        const memory = memoryWith(bytes);
        // A packet of nothing but zeros has no unique checksum; a header never is one.
        memory.u8[32] = 0x45;
        const old = computeChecksum(memory, 32, bytes.length, 0);
        const before16 = memory.view.getUint16(36);
        memory.view.setUint16(36, after16);
        const middle = computeChecksum(memory, 32, bytes.length, 0);
        expect(updateChecksum16(old, before16, after16)).toBe(middle);
        const before32 = memory.view.getInt32(40);
        memory.view.setInt32(40, after32);
        expect(updateChecksum32(middle, before32, after32)).toBe(computeChecksum(memory, 32, bytes.length, 0));
      }),
    );
  });

  it('handles the example of RFC 1624 §4, where the older equation fails', () => {
    expect(updateChecksum16(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });
});
