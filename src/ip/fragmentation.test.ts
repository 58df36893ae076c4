/** Fragmentation of both families, and that reassembly undoes it (RFC 791, RFC 8200 section 4.5). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { Clock } from '../base/clock.ts';
import { SipHash } from '../base/keyed-hash.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { TimerWheel } from '../base/timer-wheel.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { emitIpv4Header, parseIpv4 } from '../wire/ipv4.ts';
import { emitIpv6Header, parseIpv6 } from '../wire/ipv6.ts';
import { IpFamilyCounters } from './counters.ts';
import { FragmentCutter } from './fragmentation.ts';
import { Reassembler } from './reassembly.ts';

const SOURCE = new PlainPacketMemory(70_000);
const TARGET = new PlainPacketMemory(70_000);
const cutter = new FragmentCutter();

interface Datagram {
  family: 4 | 6;
  payloadLength: number;
  dontFragment?: boolean;
  options?: Uint8Array;
  /** IPv6 extension headers, and the protocol of the first of them. */
  extensions?: Uint8Array;
  firstHeader?: number;
  fragmentOffset?: number;
  moreFragments?: boolean;
}

/** Writes a datagram at 4 in SOURCE; its payload byte n is n * 7. Returns its length. */
function write(datagram: Datagram): number {
  const packet = new IpPacket(SOURCE);
  const isV4 = datagram.family === 4;
  packet.setAddresses(
    Address.parse(isV4 ? '10.0.0.1' : '2001:db8::1'),
    Address.parse(isV4 ? '10.0.0.2' : '2001:db8::2'),
  );
  packet.protocol = 17;
  packet.hopLimit = 64;
  packet.identification = 0x1234;
  packet.dontFragment = datagram.dontFragment ?? false;
  packet.fragmentOffset = datagram.fragmentOffset ?? 0;
  packet.moreFragments = datagram.moreFragments ?? false;
  const extra = datagram.extensions ?? datagram.options ?? new Uint8Array(0);
  const header = (isV4 ? 20 : 40) + extra.length;
  if (isV4) emitIpv4Header(SOURCE, 4, packet, header + datagram.payloadLength, datagram.options ?? null);
  else {
    emitIpv6Header(SOURCE, 4, packet, header + datagram.payloadLength, datagram.firstHeader ?? 17);
    SOURCE.u8.set(extra, 44);
  }
  for (let at = 0; at < datagram.payloadLength; at++) SOURCE.u8[4 + header + at] = at * 7;
  return header + datagram.payloadLength;
}

function cut(mtu: number): IpPacket[] {
  const fragments: IpPacket[] = [];
  for (let length = cutter.next(TARGET, 8); length > 0; length = cutter.next(TARGET, 8)) {
    expect(length).toBeLessThanOrEqual(mtu);
    const memory = new PlainPacketMemory(length + 64);
    memory.u8.set(TARGET.u8.subarray(8, 8 + length), 2);
    const packet = new IpPacket(memory);
    const parse = memory.u8[2]! >>> 4 === 4 ? parseIpv4 : parseIpv6;
    expect(parse(memory, 2, 2 + length, packet)).toBe(DropReason.none);
    fragments.push(packet);
  }
  return fragments;
}

function reassembler(): Reassembler {
  const settings = {
    timeoutMs: 1000,
    highThresholdBytes: 1 << 22,
    lowThresholdBytes: 1 << 21,
    datagramsMax: 8,
    datagramsPerSourceMax: 8,
    fragmentsMax: 4096,
  };
  const hash = new SipHash(Int32Array.of(1, 2, 3, 4));
  const events = { reassemblyTimedOut: (): void => undefined };
  return new Reassembler(settings, new Clock(0), new TimerWheel(0), hash, new IpFamilyCounters(), events);
}

describe('fragmentation', () => {
  it('cuts IPv4 at multiples of eight bytes', () => {
    write({ family: 4, payloadLength: 3000 });
    expect(cutter.start(SOURCE, 4, 1500, 0)).toBe(DropReason.none);
    const seen = cut(1500).map((part) => [
      part.fragmentOffset,
      part.payloadLength,
      part.moreFragments,
      part.identification,
    ]);
    expect(seen).toEqual([
      [0, 1480, true, 0x1234],
      [1480, 1480, true, 0x1234],
      [2960, 40, false, 0x1234],
    ]);
  });

  it('cuts IPv6 behind a fragment header of its own', () => {
    write({ family: 6, payloadLength: 3000 });
    expect(cutter.start(SOURCE, 4, 1500, -5)).toBe(DropReason.none);
    const seen = cut(1500).map((part) => [
      part.fragmentOffset,
      part.payloadLength,
      part.moreFragments,
      part.identification,
    ]);
    expect(seen).toEqual([
      [0, 1448, true, -5],
      [1448, 1448, true, -5],
      [2896, 104, false, -5],
    ]);
  });

  it('refuses what has DF, or an MTU without room', () => {
    write({ family: 4, payloadLength: 3000, dontFragment: true });
    expect(cutter.start(SOURCE, 4, 1500, 0)).toBe(DropReason.packetTooBig);
    write({ family: 4, payloadLength: 3000 });
    expect(cutter.start(SOURCE, 4, 27, 0)).toBe(DropReason.packetTooBig);
    write({ family: 6, payloadLength: 3000 });
    expect(cutter.start(SOURCE, 4, 55, 0)).toBe(DropReason.packetTooBig);
  });

  it('leaves an IPv4 packet that fits as it is', () => {
    const length = write({ family: 4, payloadLength: 1000, dontFragment: true });
    expect(cutter.start(SOURCE, 4, 1500, 0)).toBe(DropReason.none);
    expect(cutter.next(TARGET, 8)).toBe(length);
    expect([...TARGET.u8.subarray(8, 8 + length)]).toEqual([...SOURCE.u8.subarray(4, 4 + length)]);
    expect(cutter.next(TARGET, 8)).toBe(0);
  });

  // RFC 791 §3.1: a source route (copied flag) is in every fragment, a record route in the first one only.
  it('repeats the options with the copied flag only', () => {
    const options = Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 131, 7, 4, 10, 0, 0, 9, 0, 0);
    write({ family: 4, payloadLength: 3000, options });
    cutter.start(SOURCE, 4, 1500, 0);
    const parts = cut(1500);
    expect(parts.map((part) => part.headerLength)).toEqual([36, 28, 28]);
    const second = parts[1]!;
    expect([...second.memory.u8.subarray(second.optionsOffset, second.optionsOffset + 8)]).toEqual([
      131, 7, 4, 10, 0, 0, 9, 0,
    ]);
  });

  it('cuts a fragment once more, keeping its place and its end open', () => {
    write({ family: 4, payloadLength: 1480, fragmentOffset: 1480, moreFragments: true });
    cutter.start(SOURCE, 4, 1000, 0);
    expect(cut(1000).map((part) => [part.fragmentOffset, part.payloadLength, part.moreFragments])).toEqual([
      [1480, 976, true],
      [2456, 504, true],
    ]);
  });

  // RFC 8200 §4.5: hop-by-hop options and routing headers are in every fragment, destination options behind them are cut.
  it('puts the fragment header behind hop-by-hop options', () => {
    const hopByHop = [60, 0, 5, 2, 0, 0, 1, 0];
    const destination = [17, 0, 1, 4, 0, 0, 0, 0];
    write({
      family: 6,
      payloadLength: 3000,
      firstHeader: 0,
      extensions: Uint8Array.from([...hopByHop, ...destination]),
    });
    cutter.start(SOURCE, 4, 1500, 9);
    const parts = cut(1500);
    expect(parts.map((part) => part.fragmentHeaderOffset)).toEqual([50, 50, 50]);
    expect(parts.map((part) => part.protocol)).toEqual([60, 60, 60]);
    const together = reassembler();
    const whole = parts.map((part) => together.push(part)).pop();
    expect(whole).toMatchObject({ protocol: 17, payloadLength: 3000, totalLength: 3056 });
  });

  it('is undone by reassembly, byte for byte', () => {
    const datagram = fc.record({
      family: fc.constantFrom<4 | 6>(4, 6),
      payloadLength: fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.constant(65_515)),
    });
    fc.assert(
      fc.property(datagram, fc.integer({ min: 0, max: 300 }), (shape, extra) => {
        const mtu = (shape.family === 4 ? 576 : 1280) + extra;
        const length = write(shape);
        if (length <= mtu) return;
        cutter.start(SOURCE, 4, mtu, 77);
        const together = reassembler();
        const results = cut(mtu).map((part) => together.push(part));
        const whole = results.pop();
        expect(results.every((result) => result === null)).toBe(true);
        const bytes = whole!.memory.u8.subarray(whole!.payloadOffset, whole!.payloadOffset + whole!.payloadLength);
        expect(bytes.length).toBe(shape.payloadLength);
        expect(bytes.every((byte, at) => byte === ((at * 7) & 255))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
