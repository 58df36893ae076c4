/** ICMP (RFC 792), ICMPv6 (RFC 4443) and the packets they quote: tables, parse and emit as inverses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameName, frameBytes, fromHex, memoryWith, patched, toHex } from '../../test/support/hex-frames.ts';
import { readFrame } from '../../test/support/wire-reader.ts';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { pseudoHeaderSum } from './checksum.ts';
import { dropReasonName } from './drop-reason.ts';
import { echoRest, emitIcmp, emitIcmpTimestamp, IcmpMessage, IcmpType, isIcmpError, parseIcmp } from './icmp.ts';
import { emitIcmpv6, Icmpv6Type, isIcmpv6Error, parseIcmpv6 } from './icmpv6.ts';
import { IpPacket } from './ip-packet.ts';
import { copyQuotation, parseQuotedPacket } from './quoted-packet.ts';

/** The message `bytes` alone, its checksum trusted unless told otherwise. */
function parse(bytes: Uint8Array, family: 4 | 6 = 4, checksumVerified = 1): { icmp: IcmpMessage; reason: string } {
  const packet = new IpPacket(memoryWith(bytes));
  packet.setAddresses(Address.parse(family === 4 ? '0.0.0.0' : '::'), Address.parse(family === 4 ? '0.0.0.0' : '::'));
  packet.payloadOffset = 32;
  packet.payloadLength = bytes.length;
  packet.checksumVerified = checksumVerified;
  const icmp = new IcmpMessage();
  return { icmp, reason: dropReasonName((family === 4 ? parseIcmp : parseIcmpv6)(packet, icmp)) };
}

describe('ICMP', () => {
  it('reads echo', () => {
    const { icmp, end } = readFrame(frameBytes('echo4'));
    expect(end).toBe('icmp: none');
    expect(icmp).toMatchObject({ type: IcmpType.echoRequest, code: 0, identifier: 0x1234, sequence: 7 });
    expect(icmp).toMatchObject({ offset: 66, length: 16, bodyOffset: 74, bodyLength: 8 });
  });

  it('reads timestamps', () => {
    const { icmp } = readFrame(frameBytes('timestamp4'));
    expect(icmp).toMatchObject({
      type: IcmpType.timestampRequest,
      identifier: 1,
      sequence: 2,
      originateTimestamp: 1000,
    });
    const cut = frameBytes('timestamp4').slice(34, 53);
    expect(parse(cut).reason).toBe('icmpTruncated');
  });

  it('reads the MTU and the quoted packet of an error', () => {
    const { icmp, quoted, end } = readFrame(frameBytes('fragNeeded4'));
    expect(end).toBe('quoted: none');
    expect(icmp).toMatchObject({ type: 3, code: 4, nextHopMtu: 1400, bodyLength: 28 });
    expect(quoted.sourceAddress().toString()).toBe('192.0.2.1');
    expect(quoted).toMatchObject({ protocol: 6, payloadLength: 8, totalLength: 28 });
    expect(quoted.memory.view.getUint16(quoted.payloadOffset)).toBe(49152);
  });

  const fields: [what: string, hex: string, expected: object][] = [
    ['redirect', '0501 0000 0a000001', { gateway: 0x0a000001 }],
    ['parameter problem', '0c00 0000 15000000', { pointer: 21 }],
    ['source quench', '0400 0000 00000000', { type: IcmpType.sourceQuench }],
    ['time exceeded', '0b01 0000 00000000', { type: IcmpType.timeExceeded, code: 1 }],
    ['a type nobody knows', 'ff07 0000 12345678', { type: 255, code: 7, rest: 0x12345678 }],
  ];
  it.each(fields)('reads %s', (_, hex, expected) => {
    expect(parse(fromHex(hex))).toMatchObject({ reason: 'none', icmp: expected });
  });

  it('is refused when cut short or spoilt', () => {
    const echo = frameBytes('echo4').slice(34);
    for (let length = 0; length < 8; length++) expect(parse(echo.subarray(0, length)).reason).toBe('icmpTruncated');
    for (let bit = 0; bit < echo.length * 8; bit++) {
      const spoilt = echo.slice();
      spoilt[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(parse(spoilt, 4, 0).reason, String(bit)).toBe('icmpBadChecksum');
    }
  });

  // RFC 1122 §3.2.2: five types report errors; none of them may be answered with another.
  it('tells errors from queries', () => {
    expect(Array.from({ length: 256 }, (_, type) => type).filter(isIcmpError)).toEqual([3, 4, 5, 11, 12]);
    expect([0, 1, 4, 127, 128, 255].filter(isIcmpv6Error)).toEqual([0, 1, 4, 127]);
  });

  // RFC 4884 §4: quoted length in words of 4 octets (IPv4, octet 5) or of 8 (IPv6, octet 4).
  it('cuts extensions off the quotation', () => {
    const body = '00'.repeat(200);
    expect(parse(fromHex(`0303 0000 00200000 ${body}`)).icmp.bodyLength).toBe(128);
    expect(parse(fromHex(`0303 0000 00ff0000 ${body}`)).icmp.bodyLength).toBe(200);
    expect(parse(fromHex(`0303 0000 00000000 ${body}`)).icmp.bodyLength).toBe(200);
    expect(parse(fromHex(`0500 0000 00200000 ${body}`)).icmp.bodyLength).toBe(200);
    expect(parse(fromHex(`0104 0000 10000000 ${body}`), 6).icmp.bodyLength).toBe(128);
    expect(parse(fromHex(`0200 0000 00100000 ${body}`), 6).icmp.bodyLength).toBe(200);
  });

  it('is written as another program wrote it', () => {
    const names: FrameName[] = ['echo4', 'fragNeeded4', 'timestamp4'];
    for (const name of names) {
      const bytes = frameBytes(name).slice(34);
      const { icmp } = parse(bytes);
      const memory = memoryWith(bytes);
      memory.u8.fill(0xdd, 32, 40);
      expect(emitIcmp(memory, 32, icmp.type, icmp.code, icmp.rest, bytes.length)).toBe(bytes.length);
      expect(toHex(memory.u8.subarray(32, 32 + bytes.length)), name).toBe(toHex(bytes));
    }
    const memory = memoryWith(new Uint8Array(20));
    expect(emitIcmpTimestamp(memory, 32, 13, echoRest(1, 2), 1000, 0, 0)).toBe(20);
    expect(toHex(memory.u8.subarray(32, 52))).toBe(toHex(frameBytes('timestamp4').slice(34)));
  });

  it('is read back as it was written, in both families', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), word, word, fc.nat(40), (type, code, rest, address, size) => {
        const memory = new PlainPacketMemory(128);
        const packet = new IpPacket(memory);
        packet.setAddresses(Address.v6(address, 1, 2, 3), Address.v6(4, 5, 6, address));
        packet.payloadOffset = 5;
        packet.payloadLength = size + 20;
        memory.u8.fill(0x77, 13, 25 + size);
        const icmp = new IcmpMessage();
        emitIcmp(memory, 5, type, code, rest, size + 20);
        expect(parseIcmp(packet, icmp)).toBe(0);
        expect(icmp).toMatchObject({ type, code, rest, length: size + 20 });
        emitIcmpv6(memory, 5, type, code, rest, size + 20, pseudoHeaderSum(packet, 58, size + 20));
        expect(parseIcmpv6(packet, icmp)).toBe(0);
        expect(icmp).toMatchObject({ type, code, rest, length: size + 20 });
      }),
    );
  });
});

describe('ICMPv6', () => {
  it('reads packet too big and what it quotes', () => {
    const { icmp, quoted, end } = readFrame(frameBytes('packetTooBig6'));
    expect(end).toBe('quoted: none');
    expect(icmp).toMatchObject({ type: Icmpv6Type.packetTooBig, code: 0, rest: 1280 });
    expect(quoted).toMatchObject({ family: 6, protocol: 6, payloadLength: 20 });
  });

  // RFC 4443 §2.3: the addresses are under the checksum.
  it('is refused with a checksum that leaves the addresses out', () => {
    const bytes = frameBytes('packetTooBig6');
    const elsewhere = patched(bytes, 37, 9);
    expect(readFrame(elsewhere).end).toBe('icmpv6: icmpBadChecksum');
    for (let length = 0; length < 8; length++) {
      expect(parse(bytes.slice(54, 54 + length), 6).reason).toBe('icmpTruncated');
    }
  });
});

describe('quoted packets', () => {
  const v4 = frameBytes('tcpData4').slice(14);
  const v6 = frameBytes('extensions6').slice(14);

  function quote(bytes: Uint8Array): { packet: IpPacket; reason: string } {
    const memory = memoryWith(bytes);
    const packet = new IpPacket(memory);
    return { packet, reason: dropReasonName(parseQuotedPacket(memory, 32, 32 + bytes.length, packet)) };
  }

  it('are read however short their payload is', () => {
    for (let length = 0; length <= v4.length; length++) {
      const { packet, reason } = quote(v4.subarray(0, length));
      expect(reason, String(length)).toBe(length < 20 ? 'ipTruncated' : 'none');
      if (length >= 20) expect(packet).toMatchObject({ protocol: 6, payloadLength: length - 20 });
    }
    for (let length = 0; length <= v6.length; length++) {
      const { packet, reason } = quote(v6.subarray(0, length));
      const expected = length < 40 ? 'ipTruncated' : length < 64 ? 'ipv6ExtensionTruncated' : 'none';
      expect(reason, String(length)).toBe(expected);
      if (length >= 64) expect(packet).toMatchObject({ protocol: 6, payloadLength: length - 64 });
    }
  });

  it('are taken as they are: spoilt checksum, total length, hop limit', () => {
    expect(quote(patched(v4, 8, 0, 6, 0, 0)).reason).toBe('none');
    expect(quote(patched(v4, 2, 0xff, 0xff)).packet.payloadLength).toBe(v4.length - 20);
    expect(quote(patched(v4, 2, 0, 1)).packet.payloadLength).toBe(v4.length - 20);
    expect(quote(patched(v4, 0, 0x44)).reason).toBe('ipBadHeaderLength');
    expect(quote(patched(v4, 0, 0x4f)).reason).toBe('ipTruncated');
    expect(quote(patched(v4, 0, 0x55)).reason).toBe('ipBadVersion');
  });

  it('have no transport header in a later fragment', () => {
    expect(quote(patched(v4, 6, 0, 3)).reason).toBe('ipBadFragment');
    const fragment = frameBytes('fragment6').slice(14);
    expect(quote(fragment)).toMatchObject({ reason: 'none', packet: { protocol: 17, isFragment: true } });
    expect(quote(patched(fragment, 42, 0, 8)).reason).toBe('ipv6ExtensionTruncated');
  });

  it('are copied within one memory and between two', () => {
    const memory = memoryWith(Uint8Array.of(1, 2, 3, 4));
    copyQuotation(memory, 33, memory, 32, 4);
    expect([...memory.u8.subarray(32, 37)]).toEqual([1, 1, 2, 3, 4]);
    const other = new PlainPacketMemory(64);
    copyQuotation(other, 0, memory, 33, 2);
    expect([...other.u8.subarray(0, 3)]).toEqual([1, 2, 0]);
  });
});
