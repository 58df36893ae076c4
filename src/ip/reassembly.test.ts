/** Reassembly of both families against tables, a byte map and garbage (RFC 791, RFC 8200 section 4.5, RFC 5722). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { Clock } from '../base/clock.ts';
import { SipHash } from '../base/keyed-hash.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { cloneGraph } from '../base/snapshot.ts';
import { TimerWheel } from '../base/timer-wheel.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { emitIpv4Header, parseIpv4 } from '../wire/ipv4.ts';
import { emitIpv6FragmentHeader, emitIpv6Header, parseIpv6 } from '../wire/ipv6.ts';
import { IpFamilyCounters } from './counters.ts';
import { Reassembler, type ReassemblyEvents, type ReassemblySettings } from './reassembly.ts';

class Events implements ReassemblyEvents {
  readonly timedOut: number[] = [];
  reassemblyTimedOut(first: IpPacket): void {
    this.timedOut.push(first.totalLength);
  }
}

class Bench {
  readonly clock = new Clock(0);
  readonly wheel = new TimerWheel(0);
  readonly counters = new IpFamilyCounters();
  readonly events = new Events();
  readonly reassembler: Reassembler;

  constructor(changes: Partial<ReassemblySettings> = {}) {
    const settings: ReassemblySettings = {
      timeoutMs: 30_000,
      highThresholdBytes: 1 << 20,
      lowThresholdBytes: 3 << 18,
      datagramsMax: 256,
      datagramsPerSourceMax: 16,
      fragmentsMax: 256,
      ...changes,
    };
    const hash = new SipHash(Int32Array.of(1, 2, 3, 4));
    this.reassembler = new Reassembler(settings, this.clock, this.wheel, hash, this.counters, this.events);
  }

  advance(ms: number): void {
    this.clock.set(this.clock.nowUs + ms * 1000);
    for (let entry = this.wheel.popDue(this.clock.tick); entry !== null; entry = this.wheel.popDue(this.clock.tick)) {
      expect(this.reassembler.timerExpired(entry)).toBe(true);
    }
  }
}

interface FragmentSpec {
  offset: number;
  bytes: Uint8Array;
  more: boolean;
  id?: number;
  source?: string;
  trafficClass?: number;
  nextHeader?: number;
  options?: Uint8Array;
  /** IPv6: a hop-by-hop header of padding, in words of eight bytes. */
  extensionWords?: number;
}

const PAYLOAD = Uint8Array.from({ length: 4096 }, (_, index) => (index * 31 + (index >> 8)) & 255);

function fragment4(spec: FragmentSpec): IpPacket {
  const memory = new PlainPacketMemory(70_000);
  const packet = new IpPacket(memory);
  packet.setAddresses(Address.parse(spec.source ?? '10.0.0.1'), Address.parse('10.0.0.2'));
  packet.protocol = 17;
  packet.hopLimit = 64;
  packet.trafficClass = spec.trafficClass ?? 0;
  packet.identification = spec.id ?? 7;
  packet.fragmentOffset = spec.offset;
  packet.moreFragments = spec.more;
  const headerLength = 20 + (spec.options?.length ?? 0);
  emitIpv4Header(memory, 8, packet, headerLength + spec.bytes.length, spec.options ?? null);
  memory.u8.set(spec.bytes, 8 + headerLength);
  parseIpv4(memory, 8, 8 + headerLength + spec.bytes.length, packet);
  return packet;
}

function fragment6(spec: FragmentSpec): IpPacket {
  const memory = new PlainPacketMemory(70_000);
  const packet = new IpPacket(memory);
  packet.setAddresses(Address.parse(spec.source ?? '2001:db8::1'), Address.parse('2001:db8::2'));
  packet.hopLimit = 64;
  packet.trafficClass = spec.trafficClass ?? 0;
  const extra = (spec.extensionWords ?? 0) * 8;
  const length = 48 + extra + spec.bytes.length;
  emitIpv6Header(memory, 0, packet, length, extra > 0 ? 0 : 44);
  if (extra > 0) memory.u8.set([44, spec.extensionWords! - 1, 1, extra - 4], 40);
  emitIpv6FragmentHeader(memory, 40 + extra, spec.nextHeader ?? 17, spec.offset, spec.more, spec.id ?? 7);
  memory.u8.set(spec.bytes, 48 + extra);
  parseIpv6(memory, 0, length, packet);
  return packet;
}

const FAMILIES = [
  { name: 'IPv4', make: fragment4, header: 20, firstHeader: 20 },
  { name: 'IPv6', make: fragment6, header: 40, firstHeader: 48 },
];

function payloadOf(packet: IpPacket): number[] {
  return [...packet.memory.u8.subarray(packet.payloadOffset, packet.payloadOffset + packet.payloadLength)];
}

describe.each(FAMILIES)('$name reassembly', ({ make, header, firstHeader }) => {
  const part = (from: number, to: number, more: boolean, rest: Partial<FragmentSpec> = {}): IpPacket =>
    make({ offset: from, bytes: PAYLOAD.subarray(from, to), more, ...rest });

  it.each([
    ['in order', [0, 1, 2]],
    ['backwards', [2, 1, 0]],
    ['mixed', [1, 2, 0]],
    ['with duplicates', [1, 1, 2, 2, 1, 0]],
  ])('puts three fragments together %s', (_name, order) => {
    const bench = new Bench();
    const fragments = [part(0, 800, true), part(800, 1600, true), part(1600, 1999, false)];
    const results = order.map((index) => bench.reassembler.push(fragments[index]!));
    const whole = results.pop();
    expect(results.every((result) => result === null)).toBe(true);
    expect(payloadOf(whole!)).toEqual([...PAYLOAD.subarray(0, 1999)]);
    expect(whole!.isFragment).toBe(false);
    expect(whole!.totalLength).toBe(header + 1999);
    expect(whole!.protocol).toBe(17);
    expect(bench.counters).toMatchObject({ ReasmReqds: order.length, ReasmOKs: 1, ReasmFails: 0 });
    expect([bench.reassembler.heldBytes, bench.reassembler.datagramCount, bench.wheel.count]).toEqual([0, 0, 0]);
  });

  // RFC 5722 §4: an overlap refuses the datagram and every fragment of it, also those that come later.
  it('refuses the whole datagram on an overlap and swallows the rest of it', () => {
    const bench = new Bench();
    bench.reassembler.push(part(0, 800, true));
    expect(bench.reassembler.push(part(792, 1600, true))).toBeNull();
    expect(bench.reassembler.lastDrop).toBe(DropReason.reassemblyOverlap);
    for (const again of [part(0, 800, true), part(800, 1600, true), part(1600, 1999, false)]) {
      expect(bench.reassembler.push(again)).toBeNull();
    }
    expect(bench.counters).toMatchObject({ ReasmOKs: 0, ReasmOverlaps: 1 });
    bench.advance(31_000);
    expect(bench.events.timedOut).toEqual([]);
    expect(bench.reassembler.heldBytes).toBe(0);
  });

  it('takes a repetition with other bytes for an overlap', () => {
    const bench = new Bench();
    bench.reassembler.push(part(0, 800, true));
    bench.reassembler.push(make({ offset: 0, bytes: PAYLOAD.subarray(1, 801), more: true }));
    expect(bench.reassembler.lastDrop).toBe(DropReason.reassemblyOverlap);
  });

  it.each([
    ['a second end', 1600, 1900, false],
    ['data behind the end', 2000, 2400, true],
    ['more to come at the end', 1600, 2000, true],
  ])('refuses %s', (_name, from, to, more) => {
    const bench = new Bench();
    bench.reassembler.push(part(1600, 2000, false));
    expect(bench.reassembler.push(part(from, to, more))).toBeNull();
    expect(bench.reassembler.lastDrop).toBe(DropReason.reassemblyOverlap);
  });

  it('refuses an end before data already here', () => {
    const bench = new Bench();
    bench.reassembler.push(part(1600, 2000, true));
    bench.reassembler.push(part(800, 1200, false));
    expect(bench.reassembler.lastDrop).toBe(DropReason.reassemblyOverlap);
  });

  it.each([0, 4, 12])('drops a fragment in front with %i bytes', (length) => {
    const bench = new Bench();
    expect(bench.reassembler.push(part(0, length, true))).toBeNull();
    expect(bench.reassembler.lastDrop).not.toBe(DropReason.none);
    expect(bench.reassembler.datagramCount).toBe(0);
  });

  it('drops a fragment that reaches past the largest datagram', () => {
    const bench = new Bench();
    expect(bench.reassembler.push(make({ offset: 65_528, bytes: PAYLOAD.subarray(0, 16), more: false }))).toBeNull();
    expect(bench.counters.ReasmFails).toBe(1);
    expect(bench.reassembler.datagramCount).toBe(0);
  });

  // RFC 8200 §4.5: after the time limit the pieces go, and the sender is told when the first fragment was here.
  it('gives up in time and reports only with the first fragment', () => {
    const bench = new Bench();
    bench.reassembler.push(part(0, 800, true, { id: 1 }));
    bench.reassembler.push(part(800, 1600, true, { id: 2 }));
    bench.advance(29_999);
    expect(bench.counters.ReasmTimeout).toBe(0);
    bench.advance(2);
    expect(bench.counters).toMatchObject({ ReasmTimeout: 2, ReasmFails: 2 });
    expect(bench.events.timedOut).toEqual([firstHeader + 800]);
    expect(bench.reassembler.heldBytes).toBe(0);
  });

  it('keeps datagrams of other ids and other sources apart', () => {
    const bench = new Bench();
    bench.reassembler.push(part(0, 800, true, { id: 1 }));
    expect(bench.reassembler.push(part(800, 900, false, { id: 2 }))).toBeNull();
    const other = header === 20 ? '10.0.0.9' : '2001:db8::9';
    expect(bench.reassembler.push(part(800, 900, false, { id: 1, source: other }))).toBeNull();
    expect(bench.reassembler.push(part(800, 900, false, { id: 1 }))).not.toBeNull();
  });

  it('drops the oldest of a source that has too many in hand', () => {
    const bench = new Bench({ datagramsPerSourceMax: 2 });
    for (const id of [1, 2, 3]) bench.reassembler.push(part(0, 800, true, { id }));
    expect(bench.reassembler.datagramCount).toBe(2);
    expect(bench.reassembler.push(part(800, 900, false, { id: 2 }))).not.toBeNull();
    expect(bench.reassembler.push(part(800, 900, false, { id: 1 }))).toBeNull();
  });

  it('limits datagrams and fragments', () => {
    const bench = new Bench({ datagramsMax: 3, fragmentsMax: 2 });
    for (const id of [1, 2, 3, 4]) bench.reassembler.push(part(0, 8, true, { id }));
    expect(bench.reassembler.datagramCount).toBe(3);
    bench.reassembler.push(part(8, 16, true, { id: 4 }));
    expect(bench.reassembler.datagramCount).toBe(3);
    bench.reassembler.push(part(16, 24, true, { id: 4 }));
    expect(bench.reassembler.lastDrop).toBe(DropReason.reassemblyLimit);
  });

  it('holds no more than the high threshold and falls to the low one', () => {
    const bench = new Bench({ highThresholdBytes: 20_000, lowThresholdBytes: 10_000, datagramsPerSourceMax: 1000 });
    let highest = 0;
    for (let id = 0; id < 200; id++) {
      bench.reassembler.push(part(0, 1400, true, { id }));
      highest = Math.max(highest, bench.reassembler.heldBytes);
    }
    expect(highest).toBeLessThan(20_000 + 2200);
    expect(bench.counters.ReasmFails).toBeGreaterThan(150);
    expect(bench.wheel.count).toBe(bench.reassembler.datagramCount);
  });

  // RFC 3168 §5.3 R3168-18: CE on one fragment marks the whole; Not-ECT mixed with ECT is refused.
  it.each([
    [2, 2, 2],
    [2, 3, 3],
    [3, 1, 3],
    [0, 0, 0],
    [0, 2, -1],
    [3, 0, -1],
  ])('merges ECN %i and %i to %i', (first, second, expected) => {
    const bench = new Bench();
    bench.reassembler.push(part(0, 800, true, { trafficClass: 0xb8 | first }));
    const whole = bench.reassembler.push(part(800, 900, false, { trafficClass: 0xb8 | second }));
    expect(whole === null ? -1 : whole.trafficClass).toBe(expected < 0 ? -1 : 0xb8 | expected);
  });

  it('goes on after a snapshot as the original does', () => {
    const bench = new Bench();
    bench.reassembler.push(part(800, 900, false));
    const copy = cloneGraph(bench);
    expect(payloadOf(copy.reassembler.push(part(0, 800, true))!)).toEqual([...PAYLOAD.subarray(0, 900)]);
    expect(bench.reassembler.datagramCount).toBe(1);
    expect(payloadOf(bench.reassembler.push(part(0, 800, true))!)).toEqual([...PAYLOAD.subarray(0, 900)]);
  });

  it('agrees with a byte map on any order, repetition and overlap', () => {
    // Pieces of one to five units of eight bytes, now and then with a wrong first byte; no piece is a whole datagram.
    const piece = fc.record({ from: fc.nat(11), units: fc.integer({ min: 1, max: 5 }), isWrong: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 6, max: 12 }), (pieces, units) => {
        const bench = new Bench();
        const map = new Array<number>(units * 8 - 3).fill(-1);
        let isRefused = false;
        for (const { from, units: count, isWrong } of pieces) {
          const start = from * 8;
          const end = Math.min(start + count * 8, map.length);
          if (start >= map.length) continue;
          const bytes = PAYLOAD.slice(start, end);
          if (isWrong === 0) bytes[0]! ^= 1;
          const whole = bench.reassembler.push(make({ offset: start, bytes, more: end < map.length }));
          const there = map.slice(start, end);
          const isRepetition = there.every((byte, index) => byte === bytes[index]);
          if (there.some((byte) => byte >= 0) && !isRepetition) isRefused = true;
          for (let at = start; at < end; at++) map[at] = bytes[at - start]!;
          const isDone = !isRefused && map.every((byte) => byte >= 0);
          expect(whole === null ? null : payloadOf(whole)).toEqual(isDone ? map : null);
          if (isDone) return;
        }
        expect(bench.reassembler.lastDrop !== DropReason.none).toBe(isRefused);
      }),
      { numRuns: 300 },
    );
  });

  it('survives any bytes', () => {
    const parse = header === 20 ? parseIpv4 : parseIpv6;
    const memory = new PlainPacketMemory(512);
    const packet = new IpPacket(memory);
    const bench = new Bench({ highThresholdBytes: 8000, lowThresholdBytes: 4000 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 200 }), (bytes) => {
        memory.u8.fill(0);
        memory.u8.set(bytes);
        memory.u8[0] = header === 20 ? 0x45 : 0x60;
        packet.totalLength = 0;
        parse(memory, 0, bytes.length, packet);
        packet.memory = memory;
        packet.family = header === 20 ? 4 : 6;
        bench.reassembler.push(packet);
        expect(bench.reassembler.heldBytes).toBeLessThan(9000);
      }),
      { numRuns: 200 },
    );
  });
});

describe('reassembly of one family only', () => {
  // RFC 6946 §4: an atomic fragment is whole by itself and touches nothing that waits under its identification.
  it('passes an atomic fragment by', () => {
    const bench = new Bench();
    bench.reassembler.push(fragment6({ offset: 0, bytes: PAYLOAD.subarray(0, 800), more: true }));
    const atomic = fragment6({ offset: 0, bytes: PAYLOAD.subarray(0, 100), more: false });
    expect(bench.reassembler.push(atomic)).toBe(atomic);
    const last = fragment6({ offset: 800, bytes: PAYLOAD.subarray(800, 900), more: false });
    expect(bench.reassembler.push(last)?.payloadLength).toBe(900);
  });

  it('keeps the first fragment’s IPv4 options', () => {
    const bench = new Bench();
    const options = Uint8Array.of(148, 4, 0, 0);
    bench.reassembler.push(fragment4({ offset: 800, bytes: PAYLOAD.subarray(800, 900), more: false }));
    const whole = bench.reassembler.push(
      fragment4({ offset: 0, bytes: PAYLOAD.subarray(0, 800), more: true, options }),
    );
    expect(whole).toMatchObject({ headerLength: 24, totalLength: 924, hasRouterAlert: true });
  });

  // RFC 8200 §4.5: later fragments may name another next header; the first one decides.
  it('takes the IPv6 next header of the first fragment', () => {
    const bench = new Bench();
    const late = { offset: 800, bytes: PAYLOAD.subarray(800, 900), more: false, nextHeader: 6 };
    bench.reassembler.push(fragment6(late));
    const whole = bench.reassembler.push(fragment6({ offset: 0, bytes: PAYLOAD.subarray(0, 800), more: true }));
    expect(whole?.protocol).toBe(17);
  });

  it('points at the payload length or the offset of a bad IPv6 fragment', () => {
    const bench = new Bench();
    const odd = fragment6({ offset: 0, bytes: PAYLOAD.subarray(0, 801), more: true });
    bench.reassembler.push(odd);
    expect([bench.reassembler.lastDrop, odd.problemPointer]).toEqual([DropReason.ipv6BadFragmentLength, 4]);
    const long = fragment6({ offset: 65_528, bytes: PAYLOAD.subarray(0, 16), more: false });
    bench.reassembler.push(long);
    expect([bench.reassembler.lastDrop, long.problemPointer]).toEqual([DropReason.ipv6FragmentTooLong, 42]);
  });

  it('refuses a fragment header inside a reassembled packet', () => {
    const bench = new Bench();
    const inner = Uint8Array.from([17, 0, 0, 0, 0, 0, 0, 9, ...PAYLOAD.subarray(0, 8)]);
    bench.reassembler.push(fragment6({ offset: 0, bytes: inner, more: true, nextHeader: 44 }));
    expect(bench.reassembler.push(fragment6({ offset: 16, bytes: inner, more: false }))).toBeNull();
    expect(bench.reassembler.lastDrop).toBe(DropReason.ipBadFragment);
  });

  // RFC 8200 §4.5: with the headers of the first fragment the whole may be too long although no fragment was.
  it('points at the offset when only the whole is too long', () => {
    const bench = new Bench();
    const first = fragment6({ offset: 0, bytes: PAYLOAD.subarray(0, 8), more: true, extensionWords: 1 });
    expect(bench.reassembler.push(first)).toBeNull();
    for (let offset = 8; offset < 65_528; offset += 8160) {
      const end = Math.min(offset + 8160, 65_528);
      const bytes = new Uint8Array(end - offset);
      expect(bench.reassembler.push(fragment6({ offset, bytes, more: true }))).toBeNull();
      expect(bench.reassembler.lastDrop).toBe(DropReason.none);
    }
    const last = fragment6({ offset: 65_528, bytes: new Uint8Array(4), more: false });
    expect(bench.reassembler.push(last)).toBeNull();
    expect([bench.reassembler.lastDrop, last.problemPointer]).toEqual([DropReason.ipv6FragmentTooLong, 42]);
  });
});
