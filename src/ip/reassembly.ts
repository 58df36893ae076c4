/**
 * Reassembly of IPv4 (RFC 791, RFC 815) and IPv6 (RFC 8200 section 4.5) fragments, one reassembler per family.
 * Invariants: memory held is charged and never passes the high threshold by more than one fragment; every datagram has
 * its timer; one source has few datagrams in hand. Nothing here throws, whatever arrives.
 *
 * Overlap refuses the whole datagram in both families. RFC 5722 demands it for IPv6; RFC 791 would let later data win in
 * IPv4, but no sender overlaps on purpose except to slip past a filter, and Linux refuses it too since 2018.
 * A fragment that repeats bytes already here exactly is no overlap: networks do duplicate (RFC 8200 section 4.5).
 */
import type { Clock } from '../base/clock.ts';
import { msToTicks } from '../base/clock.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import type { TimerEntry, TimerWheel } from '../base/timer-wheel.ts';
import { finishChecksum } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { IPV6_FRAGMENT_HEADER_LENGTH, IPV6_HEADER_LENGTH, parseIpv6 } from '../wire/ipv6.ts';
import {
  FragmentedDatagram,
  FragmentKey,
  FragmentSource,
  PIECE_OVERHEAD_BYTES,
  PieceVerdict,
} from './fragmented-datagram.ts';

/** Bounds of one reassembler. */
export interface ReassemblySettings {
  /** From the first fragment's arrival to giving up, 1 to 2^31 / 10000 s. */
  readonly timeoutMs: number;
  /** Above this many bytes the oldest datagrams are dropped until no more than the low threshold are held. */
  readonly highThresholdBytes: number;
  readonly lowThresholdBytes: number;
  /** Datagrams in hand: of all sources together, and of one. */
  readonly datagramsMax: number;
  readonly datagramsPerSourceMax: number;
  readonly fragmentsMax: number;
}

/** What is counted, under Linux's names; `IpFamilyCounters` has them. */
export interface ReassemblyCounters {
  ReasmReqds: number;
  ReasmOKs: number;
  ReasmFails: number;
  ReasmTimeout: number;
  ReasmOverlaps: number;
}

/** What a reassembler tells its owner besides the answer of `push`. */
export interface ReassemblyEvents {
  /**
   * The time ran out and the first fragment was here: an ICMP time exceeded, code 1, may be owed to its sender.
   * @param first the first fragment as it was received (header verbatim); valid during the call
   */
  reassemblyTimedOut(first: IpPacket): void;
}

/** Room for the largest IPv6 packet, behind a little headroom. */
const WHOLE_OFFSET = 64;
const WHOLE_CAPACITY = IPV6_HEADER_LENGTH + 0xffff;

export class Reassembler {
  /** Why the last `push` returned null: `none` while fragments are missing. */
  lastDrop: DropReason = DropReason.none;
  private readonly settings: ReassemblySettings;
  private readonly clock: Clock;
  private readonly wheel: TimerWheel;
  private readonly hash: KeyedHash;
  private readonly counters: ReassemblyCounters;
  private readonly events: ReassemblyEvents;
  /** Sources by keyed hash, so that nobody outside can aim at one bucket. */
  private readonly sources = new Map<number, FragmentSource>();
  /** All datagrams in hand, oldest first. */
  private readonly datagrams = new Set<FragmentedDatagram>();
  private held = 0;
  private memory: PlainPacketMemory | null = null;
  private whole: IpPacket | null = null;
  private readonly key = new FragmentKey();
  private readonly hashInput = new Int32Array(4);

  constructor(
    settings: ReassemblySettings,
    clock: Clock,
    wheel: TimerWheel,
    hash: KeyedHash,
    counters: ReassemblyCounters,
    events: ReassemblyEvents,
  ) {
    this.settings = settings;
    this.clock = clock;
    this.wheel = wheel;
    this.hash = hash;
    this.counters = counters;
    this.events = events;
  }

  /** Bytes charged for what is in hand. */
  get heldBytes(): number {
    return this.held;
  }

  /** Datagrams in hand, refused ones that wait for their timer among them. */
  get datagramCount(): number {
    return this.datagrams.size;
  }

  /**
   * Takes a copy of a fragment.
   * @returns the whole datagram, valid until the next call, or null; then `lastDrop` says why, `none` meaning that
   * fragments are missing. A packet that is whole already, an IPv6 atomic fragment among them, is returned as it is,
   * whatever is in hand under its identification (RFC 6946 section 4). Only on `ipv6BadFragmentLength` and `ipv6FragmentTooLong` is `fragment.problemPointer` set.
   */
  push(fragment: IpPacket): IpPacket | null {
    this.lastDrop = DropReason.none;
    if (!fragment.isFragment) return fragment;
    this.counters.ReasmReqds++;
    this.lastDrop = faultOf(fragment);
    if (this.lastDrop !== DropReason.none) {
      this.counters.ReasmFails++;
      return null;
    }
    this.makeRoom();
    const datagram = this.datagramOf(fragment);
    if (datagram === null) return this.refuseFragment(DropReason.reassemblyLimit);
    if (datagram.isRefused) return this.refuseFragment(DropReason.reassemblyOverlap);
    return this.insert(datagram, fragment);
  }

  /** Gives a datagram up whose time ran out; `entry` is no longer in the wheel. False: it is not one of ours. */
  timerExpired(entry: TimerEntry): boolean {
    if (!(entry instanceof FragmentedDatagram) || !this.datagrams.has(entry)) return false;
    if (!entry.isRefused) {
      this.counters.ReasmTimeout++;
      this.counters.ReasmFails++;
      // RFC 1122 §3.3.2, RFC 8200 §4.5: only the holder of the first fragment can say whose datagram it was.
      if (entry.header !== null && entry.firstPieceLength > 0) this.tellTimeout(entry, entry.header);
    }
    this.remove(entry);
    return true;
  }

  private insert(datagram: FragmentedDatagram, fragment: IpPacket): IpPacket | null {
    const start = fragment.fragmentOffset;
    const length = fragment.payloadLength;
    const before = datagram.chargedBytes;
    const u8 = fragment.memory.u8;
    if (datagram.pieceCount >= this.settings.fragmentsMax) return this.refuse(datagram, DropReason.reassemblyLimit);
    const verdict = datagram.insert(start, start + length, !fragment.moreFragments, u8, fragment.payloadOffset);
    if (verdict === PieceVerdict.duplicate) return null;
    if (verdict !== PieceVerdict.taken) {
      if (verdict === PieceVerdict.overlap) this.counters.ReasmOverlaps++;
      return this.refuse(datagram, DropReason.reassemblyOverlap);
    }
    this.held += datagram.chargedBytes - before;
    datagram.ecnSeen |= 1 << (fragment.trafficClass & 3);
    datagram.interfaceId = fragment.interfaceId;
    datagram.linkBroadcast ||= fragment.linkBroadcast;
    if (start === 0) {
      datagram.header = u8.slice(fragment.headerOffset, fragment.payloadOffset);
      datagram.nextHeaderIndex = fragment.lastNextHeaderOffset - fragment.headerOffset;
      this.held += datagram.header.length;
      datagram.chargedBytes += datagram.header.length;
    }
    const { header } = datagram;
    if (!datagram.isWhole || header === null) return null;
    const whole = this.assemble(datagram, header);
    if (whole === null) {
      if (this.lastDrop === DropReason.ipv6FragmentTooLong) fragment.problemPointer = fragmentOffsetPointer(fragment);
      return this.refuse(datagram, this.lastDrop);
    }
    this.remove(datagram);
    this.counters.ReasmOKs++;
    return whole;
  }

  /** Builds the datagram from its pieces; null with `lastDrop` when it cannot be one. */
  private assemble(datagram: FragmentedDatagram, header: Uint8Array): IpPacket | null {
    const whole = this.view();
    const { u8, view } = whole.memory;
    const isV4 = datagram.family === 4;
    const headerLength = isV4 ? header.length : header.length - IPV6_FRAGMENT_HEADER_LENGTH;
    const totalLength = headerLength + datagram.totalLength;
    if (isV4 && totalLength > 0xffff) return this.cannot(DropReason.ipBadFragment);
    if (!isV4 && totalLength > WHOLE_CAPACITY) return this.cannot(DropReason.ipv6FragmentTooLong);
    const at = WHOLE_OFFSET;
    u8.set(isV4 ? header : header.subarray(0, headerLength), at);
    const ecn = datagram.mergedEcn(isV4 ? u8[at + 1]! & 3 : (u8[at + 1]! >>> 4) & 3);
    if (ecn < 0) return this.cannot(DropReason.ipBadFragment);
    if (isV4) {
      u8[at + 1] = (u8[at + 1]! & 0xfc) | ecn;
      view.setUint16(at + 2, totalLength);
      view.setUint16(at + 6, 0);
      view.setUint16(at + 10, 0);
      view.setUint16(at + 10, finishChecksum(whole.memory.sum(at, headerLength)));
    } else {
      u8[at + 1] = (u8[at + 1]! & 0xcf) | (ecn << 4);
      view.setUint16(at + 4, totalLength - IPV6_HEADER_LENGTH);
      // RFC 8200 §4.5: the next header of the first fragment counts, whatever the others say.
      u8[at + datagram.nextHeaderIndex] = header[headerLength]!;
    }
    datagram.copyTo(u8, at + headerLength);
    const parse = isV4 ? parseIpv4 : parseIpv6;
    // No parameter problem for what is wrong in the whole: the pointer would have to name an octet nobody sent like that.
    if (parse(whole.memory, at, at + totalLength, whole) !== DropReason.none)
      return this.cannot(DropReason.ipBadFragment);
    // A fragment header inside a reassembled packet: nobody sends that, and recursion is not for the wire to start.
    if (whole.isFragment || whole.fragmentHeaderOffset !== 0) return this.cannot(DropReason.ipBadFragment);
    this.describe(whole, datagram);
    return whole;
  }

  private tellTimeout(datagram: FragmentedDatagram, header: Uint8Array): void {
    const first = this.view();
    first.memory.u8.set(header, WHOLE_OFFSET);
    const length = header.length + Math.min(datagram.firstPieceLength, WHOLE_CAPACITY - header.length);
    datagram.copyTo(first.memory.u8, WHOLE_OFFSET + header.length);
    const parse = datagram.family === 4 ? parseIpv4 : parseIpv6;
    if (parse(first.memory, WHOLE_OFFSET, WHOLE_OFFSET + length, first) !== DropReason.none) return;
    this.describe(first, datagram);
    this.events.reassemblyTimedOut(first);
  }

  private describe(packet: IpPacket, datagram: FragmentedDatagram): void {
    packet.interfaceId = datagram.interfaceId;
    packet.linkBroadcast = datagram.linkBroadcast;
    // RFC 8200 §8.1 and the like: the device saw fragments and cannot have checked the transport.
    packet.checksumVerified = 0;
    packet.gsoSize = 0;
  }

  private refuseFragment(reason: DropReason): null {
    this.counters.ReasmFails++;
    this.lastDrop = reason;
    return null;
  }

  /** RFC 5722 §4: the datagram is dropped with all its fragments, those not yet received included. */
  private refuse(datagram: FragmentedDatagram, reason: DropReason): null {
    this.held -= datagram.chargedBytes;
    datagram.refuse();
    this.held += datagram.chargedBytes;
    return this.refuseFragment(reason);
  }

  private cannot(reason: DropReason): null {
    this.lastDrop = reason;
    return null;
  }

  /** Drops the oldest datagrams once the high threshold is passed, down to the low one. */
  private makeRoom(): void {
    if (this.held <= this.settings.highThresholdBytes) return;
    for (const oldest of this.datagrams) {
      if (this.held <= this.settings.lowThresholdBytes) break;
      this.evict(oldest);
    }
  }

  private evict(datagram: FragmentedDatagram): void {
    if (!datagram.isRefused) this.counters.ReasmFails++;
    this.remove(datagram);
  }

  /** The datagram a fragment belongs to, made when it is the first to arrive; null when there is no room at all. */
  private datagramOf(fragment: IpPacket): FragmentedDatagram | null {
    const source = this.sourceOf(fragment);
    this.key.set(fragment);
    const known = source?.find(this.key) ?? null;
    if (known !== null) return known;
    if (fragment.payloadLength + PIECE_OVERHEAD_BYTES > this.settings.highThresholdBytes) return null;
    if (source !== null && source.datagrams.length >= this.settings.datagramsPerSourceMax) {
      this.evict(source.datagrams[0]!);
    }
    for (const oldest of this.datagrams) {
      if (this.datagrams.size < this.settings.datagramsMax) break;
      this.evict(oldest);
    }
    // Looked up again: an eviction may have removed the source's record.
    const owner = this.sourceOf(fragment) ?? this.addSource(fragment);
    const datagram = new FragmentedDatagram(owner, fragment);
    owner.datagrams.push(datagram);
    this.datagrams.add(datagram);
    this.held += datagram.chargedBytes;
    this.wheel.schedule(datagram, (this.clock.tick + msToTicks(this.settings.timeoutMs)) | 0);
    return datagram;
  }

  private sourceOf(packet: IpPacket): FragmentSource | null {
    let source = this.sources.get(this.hashOf(packet)) ?? null;
    while (source !== null && !source.sent(packet)) source = source.next;
    return source;
  }

  private addSource(packet: IpPacket): FragmentSource {
    const hash = this.hashOf(packet);
    const source = new FragmentSource(packet, hash);
    source.next = this.sources.get(hash) ?? null;
    this.sources.set(hash, source);
    return source;
  }

  private hashOf(packet: IpPacket): number {
    const input = this.hashInput;
    input[0] = packet.source0;
    input[1] = packet.source1;
    input[2] = packet.source2;
    input[3] = packet.source3;
    return this.hash.hashWords(input, 4);
  }

  private remove(datagram: FragmentedDatagram): void {
    this.wheel.cancel(datagram);
    this.datagrams.delete(datagram);
    this.held -= datagram.chargedBytes;
    const source = datagram.source;
    source.datagrams.splice(source.datagrams.indexOf(datagram), 1);
    if (source.datagrams.length === 0) this.removeSource(source);
  }

  private removeSource(source: FragmentSource): void {
    const first = this.sources.get(source.hash) ?? null;
    if (first === source) {
      if (source.next === null) this.sources.delete(source.hash);
      else this.sources.set(source.hash, source.next);
      return;
    }
    for (let before = first; before !== null; before = before.next) {
      if (before.next === source) before.next = source.next;
    }
  }

  /** The buffer datagrams are put together in; made when the first one is. */
  private view(): IpPacket {
    this.memory ??= new PlainPacketMemory(WHOLE_OFFSET + WHOLE_CAPACITY);
    this.whole ??= new IpPacket(this.memory);
    this.whole.memory = this.memory;
    return this.whole;
  }
}

/** The parser has checked this already; asked again because a piece of wrong length would break the map of holes. */
function faultOf(fragment: IpPacket): DropReason {
  const isV4 = fragment.family === 4;
  const { payloadLength, fragmentOffset } = fragment;
  if (payloadLength <= 0 || (fragment.moreFragments && (payloadLength & 7) !== 0) || (fragmentOffset & 7) !== 0) {
    if (isV4) return DropReason.ipBadFragment;
    fragment.problemPointer = 4;
    return DropReason.ipv6BadFragmentLength;
  }
  const end = fragmentOffset + payloadLength;
  if (isV4) return fragment.headerLength + end > 0xffff ? DropReason.ipBadFragment : DropReason.none;
  if (fragment.headerLength - IPV6_HEADER_LENGTH - IPV6_FRAGMENT_HEADER_LENGTH + end <= 0xffff) return DropReason.none;
  fragment.problemPointer = fragmentOffsetPointer(fragment);
  return DropReason.ipv6FragmentTooLong;
}

/** RFC 8200 §4.5: the octet a parameter problem names when a fragment reaches too far. */
function fragmentOffsetPointer(fragment: IpPacket): number {
  return fragment.fragmentHeaderOffset - fragment.headerOffset + 2;
}
