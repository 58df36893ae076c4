/**
 * A tolerant look at a frame from outside: where its layers lie and the few fields that rules, address translation,
 * segmentation and impairments go by. Unlike the parsers of `wire/` it does not judge: a wrong checksum or an odd option
 * is the receiver's business. One view is refilled for every frame; offsets count from the start of the memory.
 */
import { Address } from '../base/address.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import { type PacketMemory, PlainPacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from './ethernet.ts';
import { IpProtocol } from './ip-packet.ts';

const EXTENSIONS_MAX = 16;

/** What was found in the frame last looked at. */
export class FrameView {
  memory: PacketMemory = new PlainPacketMemory(64);
  /** The frame's first byte and one past its last. */
  frameStart = 0;
  frameEnd = 0;
  /** Of Ethernet frames, behind any VLAN tags; of bare IP packets the type their version implies; 0 when unknown. */
  etherType = 0;
  /** 4, 6, or 0 when the frame holds no whole IP header. */
  family: 0 | 4 | 6 = 0;
  /** First byte behind the link header, whatever it belongs to. */
  ipStart = 0;
  /** One past the last byte of the IP packet, never past the frame. */
  ipEnd = 0;
  /** Of the payload, behind IPv6 extension headers. */
  protocol = 0;
  transportStart = 0;
  isFragment = false;
  /** A fragment other than the first: no transport header in it. */
  isLaterFragment = false;
  /** True when a whole TCP, UDP, ICMP or ICMPv6 header is there; else the fields below are 0. */
  hasTransport = false;
  sourcePort = 0;
  destinationPort = 0;
  seq = 0;
  ack = 0;
  flags = 0;
  window = 0;
  /** ICMP. */
  icmpType = 0;
  icmpCode = 0;
  /** Behind the TCP, UDP or ICMP header. */
  payloadStart = 0;
  payloadLength = 0;

  /** Looks at the frame in `slot`; false when it holds no IP packet. */
  look(slot: Slot, medium: LinkMedium): boolean {
    return this.lookAt(slot.memory, slot.offset, slot.offset + slot.length, medium);
  }

  /** Looks at the frame in [start, end) of `memory`; false when it holds no IP packet. */
  lookAt(memory: PacketMemory, start: number, end: number, medium: LinkMedium): boolean {
    this.clear(memory, start, end);
    let at = start;
    if (medium === 'ethernet') {
      at += ETHERNET_HEADER_LENGTH;
      if (at > end) return false;
      this.etherType = memory.view.getUint16(at - 2);
      for (let tags = 0; tags < 2 && this.isTagged; tags++) {
        at += 4;
        if (at > end) return false;
        this.etherType = memory.view.getUint16(at - 2);
      }
    } else if (at < end) {
      const version = memory.u8[at]! >>> 4;
      this.etherType = version === 4 ? EtherType.ipv4 : version === 6 ? EtherType.ipv6 : 0;
    }
    this.ipStart = at;
    if (this.etherType === EtherType.ipv4) return this.lookAtIpv4(at, end);
    return this.etherType === EtherType.ipv6 && this.lookAtIpv6(at, end);
  }

  /** A lasting copy of the source address; only when `family` is not 0. */
  sourceAddress(): Address {
    return this.addressAt(this.family === 4 ? this.ipStart + 12 : this.ipStart + 8);
  }

  /** A lasting copy of the destination address; only when `family` is not 0. */
  destinationAddress(): Address {
    return this.addressAt(this.family === 4 ? this.ipStart + 16 : this.ipStart + 24);
  }

  /** Segment length in sequence space: payload, SYN and FIN. */
  get sequenceLength(): number {
    return this.payloadLength + ((this.flags >> 1) & 1) + (this.flags & 1);
  }

  private get isTagged(): boolean {
    return this.etherType === EtherType.vlan || this.etherType === EtherType.providerVlan;
  }

  private clear(memory: PacketMemory, start: number, end: number): void {
    this.memory = memory;
    this.frameStart = start;
    this.frameEnd = end;
    this.etherType = 0;
    this.family = 0;
    this.ipStart = this.ipEnd = this.transportStart = this.payloadStart = end;
    this.protocol = 0;
    this.isFragment = this.isLaterFragment = this.hasTransport = false;
    this.sourcePort = this.destinationPort = this.seq = this.ack = this.flags = this.window = 0;
    this.icmpType = this.icmpCode = this.payloadLength = 0;
  }

  private lookAtIpv4(at: number, end: number): boolean {
    const { view, u8 } = this.memory;
    if (at + 20 > end || u8[at]! >>> 4 !== 4) return false;
    const headerLength = (u8[at]! & 15) << 2;
    const totalLength = view.getUint16(at + 2);
    if (headerLength < 20 || at + headerLength > end || totalLength < headerLength) return false;
    this.family = 4;
    this.ipEnd = Math.min(end, at + totalLength);
    this.protocol = u8[at + 9]!;
    const fragment = view.getUint16(at + 6);
    this.isFragment = (fragment & 0x3fff) !== 0;
    this.isLaterFragment = (fragment & 0x1fff) !== 0;
    this.transportStart = at + headerLength;
    this.lookAtTransport();
    return true;
  }

  private lookAtIpv6(at: number, end: number): boolean {
    const { view, u8 } = this.memory;
    if (at + 40 > end || u8[at]! >>> 4 !== 6) return false;
    this.family = 6;
    this.ipEnd = Math.min(end, at + 40 + view.getUint16(at + 4));
    let protocol = u8[at + 6]!;
    let next = at + 40;
    for (let count = 0; count < EXTENSIONS_MAX && isExtension(protocol) && next + 8 <= this.ipEnd; count++) {
      if (protocol === IpProtocol.fragment) {
        const fragment = view.getUint16(next + 2);
        this.isFragment = (fragment & 0xfff9) !== 0;
        this.isLaterFragment = (fragment & 0xfff8) !== 0;
      }
      const length = protocol === IpProtocol.fragment ? 8 : (u8[next + 1]! + 1) << 3;
      protocol = u8[next]!;
      next += length;
      if (this.isLaterFragment) break;
    }
    this.protocol = protocol;
    this.transportStart = Math.min(next, this.ipEnd);
    this.lookAtTransport();
    return true;
  }

  private lookAtTransport(): void {
    if (this.isLaterFragment) return;
    const { view, u8 } = this.memory;
    const at = this.transportStart;
    const room = this.ipEnd - at;
    let headerLength = 8;
    if (room < 8) return;
    if (this.protocol === IpProtocol.icmp || this.protocol === IpProtocol.icmpv6) {
      this.icmpType = u8[at]!;
      this.icmpCode = u8[at + 1]!;
    } else if (this.protocol === IpProtocol.tcp) {
      if (room < 20) return;
      headerLength = (u8[at + 12]! >>> 4) << 2;
      if (headerLength < 20 || headerLength > room) return;
      this.seq = view.getInt32(at + 4);
      this.ack = view.getInt32(at + 8);
      this.flags = view.getUint16(at + 12) & 0x1ff;
      this.window = view.getUint16(at + 14);
    } else if (this.protocol !== IpProtocol.udp) {
      return;
    }
    if (this.protocol === IpProtocol.tcp || this.protocol === IpProtocol.udp) {
      this.sourcePort = view.getUint16(at);
      this.destinationPort = view.getUint16(at + 2);
    }
    this.hasTransport = true;
    this.payloadStart = at + headerLength;
    this.payloadLength = this.ipEnd - this.payloadStart;
  }

  private addressAt(at: number): Address {
    const { view } = this.memory;
    if (this.family === 4) return Address.v4(view.getInt32(at));
    return Address.v6(view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12));
  }
}

function isExtension(protocol: number): boolean {
  return (
    protocol === IpProtocol.hopByHop ||
    protocol === IpProtocol.routing ||
    protocol === IpProtocol.fragment ||
    protocol === IpProtocol.destinationOptions
  );
}
