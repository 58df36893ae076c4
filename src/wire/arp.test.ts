/** ARP (RFC 826) and RARP (RFC 903): tables of frames, parse and emit as inverses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameBytes, memoryWith, patched, toHex } from '../../test/support/hex-frames.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { ArpOperation, ArpPacket, emitArp, parseArp } from './arp.ts';
import { DropReason } from './drop-reason.ts';

const REQUEST = frameBytes('arp').slice(14, 42);

function parse(bytes: Uint8Array): { arp: ArpPacket; reason: number } {
  const arp = new ArpPacket();
  return { arp, reason: parseArp(memoryWith(bytes), 32, 32 + bytes.length, arp) };
}

describe('ARP', () => {
  it('reads a request', () => {
    const { arp, reason } = parse(REQUEST);
    expect(reason).toBe(DropReason.none);
    expect(arp).toEqual(
      Object.assign(new ArpPacket(), {
        operation: ArpOperation.request,
        senderHardwareHigh: 0x0200,
        senderHardwareLow: 1,
        senderAddress: 0xc0000201 | 0,
        targetAddress: 0xc0000202 | 0,
      }),
    );
  });

  it('reads RARP', () => {
    expect(parse(frameBytes('rarp').slice(14)).arp.operation).toBe(ArpOperation.reverseRequest);
  });

  it('is refused when cut short at any length', () => {
    for (let length = 0; length < 28; length++) {
      expect(parse(REQUEST.subarray(0, length)).reason, String(length)).toBe(DropReason.arpTruncated);
    }
  });

  // RFC 826: what is not our hardware or protocol space is not answered. RFC 1122 §2.3.2.1 has type 6 understood.
  const rows: [what: string, at: number, octets: number[], reason: number][] = [
    ['hardware type IEEE 802', 0, [0, 6], DropReason.none],
    ['hardware type ATM', 0, [0, 16], DropReason.arpUnsupported],
    ['protocol IPv6', 2, [0x86, 0xdd], DropReason.arpUnsupported],
    ['hardware length 8', 4, [8], DropReason.arpUnsupported],
    ['hardware length 0', 4, [0], DropReason.arpUnsupported],
    ['protocol length 16', 5, [16], DropReason.arpUnsupported],
    ['protocol length 255', 5, [255], DropReason.arpUnsupported],
    ['operation 0', 6, [0, 0], DropReason.arpUnsupported],
    ['operation 4', 6, [0, 4], DropReason.none],
    ['operation 5', 6, [0, 5], DropReason.arpUnsupported],
    ['operation 257', 6, [1, 1], DropReason.arpUnsupported],
  ];
  it.each(rows)('%s', (_, at, octets, reason) => {
    expect(parse(patched(REQUEST, at, ...octets)).reason).toBe(reason);
  });

  it('writes the frame that another program wrote', () => {
    const memory = memoryWith(new Uint8Array(28));
    expect(emitArp(memory, 32, parse(REQUEST).arp)).toBe(28);
    expect(toHex(memory.u8.subarray(32, 60))).toBe(toHex(REQUEST));
  });

  it('reads what it wrote', () => {
    const low = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const arbitrary = fc.record({
      operation: fc.integer({ min: 1, max: 4 }),
      senderHardwareHigh: fc.nat(0xffff),
      senderHardwareLow: low,
      senderAddress: low,
      targetHardwareHigh: fc.nat(0xffff),
      targetHardwareLow: low,
      targetAddress: low,
    });
    const memory = new PlainPacketMemory(64);
    fc.assert(
      fc.property(arbitrary, (fields) => {
        const arp = Object.assign(new ArpPacket(), fields);
        emitArp(memory, 5, arp);
        const read = new ArpPacket();
        expect(parseArp(memory, 5, 33, read)).toBe(DropReason.none);
        expect(read).toEqual(arp);
      }),
    );
  });
});
