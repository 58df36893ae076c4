/**
 * What a firewall or router answers in place of the destination: a TCP reset (RFC 9293 section 3.5.2), or an ICMP error
 * (RFC 792, RFC 1191, RFC 4443) that quotes the packet. Whole frames towards the sender, checksums right.
 */
import { Address } from '../base/address.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { computeChecksum, pseudoHeaderSum } from '../wire/checksum.ts';
import type { FrameView } from '../wire/frame-view.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv4Header } from '../wire/ipv4.ts';
import { emitIpv6Header } from '../wire/ipv6.ts';
import { emitTcpHeader, TCP_HEADER_LENGTH, writeTcpChecksum } from '../wire/tcp.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

/** Kinds of refusal; ICMP ones take the number that fits the packet's IP version. */
export type RejectKind =
  | 'rst'
  | 'net-unreachable'
  | 'host-unreachable'
  | 'port-unreachable'
  | 'admin-prohibited'
  | 'frag-needed';

/** ICMP type and code of a refusal, version 4 and 6. */
const CODES: Readonly<Record<Exclude<RejectKind, 'rst'>, readonly [v4: number, v6: number]>> = {
  'net-unreachable': [0x0300, 0x0100],
  'host-unreachable': [0x0301, 0x0103],
  'port-unreachable': [0x0303, 0x0104],
  'admin-prohibited': [0x030d, 0x0101],
  'frag-needed': [0x0304, 0x0200],
};

/** RFC 1812 §4.3.2.3: an ICMP error has at most 576 bytes. */
const ERROR_MAX_V4 = 576;
/** RFC 4443 §2.4 (c): at most the minimum MTU. */
const ERROR_MAX_V6 = 1280;

/** Builds answers; the slot it returns is its own and is overwritten by the next. */
export class AnswerBuilder {
  private readonly slot: Slot;
  private readonly packet: IpPacket;
  private readonly medium: LinkMedium;

  constructor(medium: LinkMedium) {
    this.medium = medium;
    this.slot = Slot.allocate(2048, medium === 'ethernet');
    this.packet = new IpPacket(this.slot.memory);
  }

  /**
   * The answer to the frame `view` looks at, or null where none may be given: to a reset, to an ICMP error, to a later
   * fragment, to a group (RFC 1122 section 3.2.2).
   * @param router the address an ICMP error comes from; null: the one the packet was for
   */
  answer(view: FrameView, kind: RejectKind, mtu: number, router: Address | null): Slot | null {
    if (view.family === 0 || view.isLaterFragment) return null;
    const destination = view.destinationAddress();
    if (destination.isMulticast || destination.isLimitedBroadcast) return null;
    if (kind === 'rst') return this.reset(view);
    const isV4 = view.family === 4;
    if (view.hasTransport && isIcmpError(view)) return null;
    const typeAndCode = CODES[kind][isV4 ? 0 : 1];
    const from = router !== null && router.family === view.family ? router : destination;
    return this.icmpError(view, typeAndCode, kind === 'frag-needed' ? mtu : 0, from);
  }

  /** RFC 9293 §3.5.2: the reset takes its number from the ACK field, or acknowledges everything when there was none. */
  private reset(view: FrameView): Slot | null {
    if (view.protocol !== IpProtocol.tcp || !view.hasTransport || (view.flags & TcpFlag.rst) !== 0) return null;
    const hasAck = (view.flags & TcpFlag.ack) !== 0;
    const at = this.begin(view, view.destinationAddress(), IpProtocol.tcp, TCP_HEADER_LENGTH);
    const seq = hasAck ? view.ack : 0;
    const ack = hasAck ? 0 : (view.seq + view.sequenceLength) | 0;
    const flags = hasAck ? TcpFlag.rst : TcpFlag.rst | TcpFlag.ack;
    const { memory } = this.slot;
    emitTcpHeader(memory, at, view.destinationPort, view.sourcePort, seq, ack, flags, 0, 0, TCP_HEADER_LENGTH);
    const pseudo = pseudoHeaderSum(this.packet, IpProtocol.tcp, TCP_HEADER_LENGTH);
    writeTcpChecksum(memory, at, TCP_HEADER_LENGTH, pseudo);
    return this.slot;
  }

  private icmpError(view: FrameView, typeAndCode: number, mtu: number, from: Address): Slot {
    const isV4 = view.family === 4;
    const room = isV4 ? ERROR_MAX_V4 - 28 : ERROR_MAX_V6 - 48;
    const quoted = Math.min(room, view.ipEnd - view.ipStart);
    const protocol = isV4 ? IpProtocol.icmp : IpProtocol.icmpv6;
    const length = 8 + quoted;
    const at = this.begin(view, from, protocol, length);
    const { memory } = this.slot;
    memory.view.setUint16(at, typeAndCode);
    memory.view.setUint16(at + 2, 0);
    // RFC 1191 §4 and RFC 4443 §3.2: both keep the MTU in the low bits of the second word.
    memory.view.setUint32(at + 4, mtu);
    memory.u8.set(view.memory.u8.subarray(view.ipStart, view.ipStart + quoted), at + 8);
    const pseudo = isV4 ? 0 : pseudoHeaderSum(this.packet, protocol, length);
    memory.view.setUint16(at + 2, computeChecksum(memory, at, length, pseudo));
    return this.slot;
  }

  /** Link and IP header back to the sender; returns where the transport header goes. */
  private begin(view: FrameView, from: Address, protocol: number, length: number): number {
    const { slot, packet } = this;
    const { memory } = slot;
    slot.reset();
    let at = slot.offset;
    if (this.medium === 'ethernet') {
      const header = view.ipStart - view.frameStart;
      memory.u8.set(view.memory.u8.subarray(view.frameStart, view.ipStart), at);
      memory.u8.copyWithin(at, at + 6, at + 12);
      memory.u8.set(view.memory.u8.subarray(view.frameStart, view.frameStart + 6), at + 6);
      at += header;
    }
    packet.setAddresses(from, view.sourceAddress());
    packet.protocol = protocol;
    packet.hopLimit = 64;
    packet.trafficClass = 0;
    packet.flowLabel = 0;
    packet.identification = 0;
    packet.dontFragment = view.family === 4;
    const ipLength = (view.family === 4 ? 20 : 40) + length;
    at +=
      view.family === 4 ? emitIpv4Header(memory, at, packet, ipLength) : emitIpv6Header(memory, at, packet, ipLength);
    slot.length = at - slot.offset + length;
    return at;
  }
}

function isIcmpError(view: FrameView): boolean {
  if (view.protocol === IpProtocol.icmp) return [3, 4, 5, 11, 12].includes(view.icmpType);
  return view.protocol === IpProtocol.icmpv6 && view.icmpType < 128;
}

/** Parses the router's address of a verdict, null without one. */
export function routerAddress(text: string | undefined): Address | null {
  return text === undefined ? null : Address.parse(text);
}
