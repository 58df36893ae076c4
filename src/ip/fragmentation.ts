/**
 * Cutting a datagram that is longer than the MTU (RFC 791 section 3.2, RFC 8200 section 4.5). The cutter reads a whole IP
 * packet, headers written and transport checksum complete, and writes one fragment at a time behind each other or wherever
 * the caller wants them. It allocates nothing per fragment; the packet must stay as it is until the last one is out.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { finishChecksum } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { IPV4_HEADER_LENGTH, IPV4_OPTIONS_MAX } from '../wire/ipv4.ts';
import { emitIpv6FragmentHeader, IPV6_FRAGMENT_HEADER_LENGTH, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
/** RFC 791 §3.1: options with this bit go into every fragment. */
const OPTION_COPIED = 0x80;

/** One is enough for a stack: it is used up before the next datagram is cut. */
export class FragmentCutter {
  private memory: PacketMemory = new PlainPacketMemory(64);
  private offset = 0;
  private isV4 = true;
  /** Bytes repeated in front of every fragment; IPv4 options that are not copied are in the first only. */
  private headerLength = 0;
  private payloadLength = 0;
  private mtu = 0;
  private identification = 0;
  /** Payload bytes already out. */
  private position = 0;
  /** IPv4: where this packet itself lies in its datagram, and whether more follows it. */
  private baseOffset = 0;
  private moreBehind = false;
  private readonly laterOptions = new Uint8Array(IPV4_OPTIONS_MAX);
  private laterOptionsLength = 0;
  /** IPv6: index of the octet that is to name the fragment header, and what it named before. */
  private nextHeaderIndex = 0;
  private nextHeader = 0;

  /**
   * Takes up an IP packet to be cut.
   * @param offset its IP header in `memory`; the length is taken from the header
   * @param mtu largest fragment, header included; 68 at least for IPv4, 1280 for IPv6
   * @param identification IPv6 only; an IPv4 packet has one already. 32 bits, hard to guess (RFC 7739)
   * @returns `none`, or `packetTooBig` when the packet must not or cannot be cut
   */
  start(memory: PacketMemory, offset: number, mtu: number, identification: number): DropReason {
    this.memory = memory;
    this.offset = offset;
    this.mtu = mtu;
    this.position = 0;
    this.isV4 = memory.u8[offset]! >>> 4 === 4;
    return this.isV4 ? this.start4() : this.start6(identification);
  }

  /**
   * Writes the next fragment at `at`, which must not overlap the packet.
   * @returns its length with the IP header, 0 when all are out
   */
  next(target: PacketMemory, at: number): number {
    if (this.position >= this.payloadLength) return 0;
    return this.isV4 ? this.next4(target, at) : this.next6(target, at);
  }

  private start4(): DropReason {
    const { memory, offset } = this;
    const { view, u8 } = memory;
    this.headerLength = (u8[offset]! & 15) * 4;
    this.payloadLength = view.getUint16(offset + 2) - this.headerLength;
    const flags = view.getUint16(offset + 6);
    this.baseOffset = (flags & 0x1fff) * 8;
    this.moreBehind = (flags & MORE_FRAGMENTS) !== 0;
    this.collectCopiedOptions();
    const isWhole = this.headerLength + this.payloadLength <= this.mtu;
    if (isWhole) return DropReason.none;
    // RFC 791 §3.2: not with DF, and every fragment but the last carries eight bytes at least.
    return (flags & DONT_FRAGMENT) !== 0 || this.mtu < this.headerLength + 8
      ? DropReason.packetTooBig
      : DropReason.none;
  }

  private next4(target: PacketMemory, at: number): number {
    const { memory, offset, position } = this;
    const { u8, view } = target;
    const isFirst = position === 0;
    const headerLength = isFirst ? this.headerLength : IPV4_HEADER_LENGTH + this.laterOptionsLength;
    const left = this.payloadLength - position;
    const room = this.mtu - headerLength;
    const length = left <= room ? left : room & ~7;
    const isLast = length === left && !this.moreBehind;
    const total = headerLength + length;
    u8.set(memory.u8.subarray(offset, offset + (isFirst ? headerLength : IPV4_HEADER_LENGTH)), at);
    if (!isFirst) u8.set(this.laterOptions.subarray(0, this.laterOptionsLength), at + IPV4_HEADER_LENGTH);
    u8[at] = 0x40 | (headerLength >>> 2);
    view.setUint16(at + 2, total);
    const keptFlags = length === this.payloadLength ? view.getUint16(at + 6) & DONT_FRAGMENT : 0;
    view.setUint16(at + 6, keptFlags | (isLast ? 0 : MORE_FRAGMENTS) | ((this.baseOffset + position) >>> 3));
    view.setUint16(at + 10, 0);
    view.setUint16(at + 10, finishChecksum(target.sum(at, headerLength)));
    this.copyPayload(target, at + headerLength, this.headerLength, length);
    return total;
  }

  /** RFC 791 §3.1: later fragments have the options with the copied flag, in their order, padded to a whole word. */
  private collectCopiedOptions(): void {
    const { u8 } = this.memory;
    const end = this.offset + this.headerLength;
    let length = 0;
    for (let at = this.offset + IPV4_HEADER_LENGTH; at < end; ) {
      const type = u8[at]!;
      if (type === 0) break;
      const size = type === 1 ? 1 : at + 1 < end ? u8[at + 1]! : 0;
      if (size === 0 || (type !== 1 && size < 2) || at + size > end) break;
      if ((type & OPTION_COPIED) !== 0) {
        for (let index = 0; index < size; index++) this.laterOptions[length++] = u8[at + index]!;
      }
      at += size;
    }
    while ((length & 3) !== 0) this.laterOptions[length++] = 0;
    this.laterOptionsLength = length;
  }

  private start6(identification: number): DropReason {
    const { memory, offset } = this;
    this.identification = identification;
    const total = IPV6_HEADER_LENGTH + memory.view.getUint16(offset + 4);
    this.findUnfragmentable(total);
    this.payloadLength = total - this.headerLength;
    const room = this.mtu - this.headerLength - IPV6_FRAGMENT_HEADER_LENGTH;
    return room < 8 ? DropReason.packetTooBig : DropReason.none;
  }

  /** RFC 8200 §4.5: every node on the way reads the headers up to a routing header, or else the hop-by-hop options. */
  private findUnfragmentable(total: number): void {
    const { u8 } = this.memory;
    const { offset } = this;
    this.headerLength = IPV6_HEADER_LENGTH;
    this.nextHeaderIndex = 6;
    let kind = u8[offset + 6]!;
    let at = IPV6_HEADER_LENGTH;
    while (at + 8 <= total && isBeforeFragment(kind)) {
      const end = at + (u8[offset + at + 1]! + 1) * 8;
      if (end > total) break;
      if (kind !== IpProtocol.destinationOptions) {
        this.headerLength = end;
        this.nextHeaderIndex = at;
      }
      kind = u8[offset + at]!;
      at = end;
    }
    this.nextHeader = u8[offset + this.nextHeaderIndex]!;
  }

  private next6(target: PacketMemory, at: number): number {
    const { memory, offset, position, headerLength } = this;
    const left = this.payloadLength - position;
    const room = this.mtu - headerLength - IPV6_FRAGMENT_HEADER_LENGTH;
    const length = left <= room ? left : room & ~7;
    const payloadAt = at + headerLength + IPV6_FRAGMENT_HEADER_LENGTH;
    target.u8.set(memory.u8.subarray(offset, offset + headerLength), at);
    target.u8[at + this.nextHeaderIndex] = IpProtocol.fragment;
    target.view.setUint16(at + 4, headerLength - IPV6_HEADER_LENGTH + IPV6_FRAGMENT_HEADER_LENGTH + length);
    emitIpv6FragmentHeader(target, at + headerLength, this.nextHeader, position, length < left, this.identification);
    this.copyPayload(target, payloadAt, headerLength, length);
    return payloadAt + length - at;
  }

  private copyPayload(target: PacketMemory, to: number, headerLength: number, length: number): void {
    const from = this.offset + headerLength + this.position;
    target.u8.set(this.memory.u8.subarray(from, from + length), to);
    this.position += length;
  }
}

/** Headers that may stand before a fragment header. */
function isBeforeFragment(kind: number): boolean {
  return kind === IpProtocol.hopByHop || kind === IpProtocol.routing || kind === IpProtocol.destinationOptions;
}
