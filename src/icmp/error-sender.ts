/**
 * Makes ICMP errors (RFC 792, RFC 1812 section 4.3.2, RFC 4443 section 2.4): what went wrong is said in words common to both
 * families, the message quotes as much of the packet as fits, and it goes only where the rules and the rates allow.
 */
import type { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { DEFAULT_SEND_OPTIONS, type IpContext, type IpSendOptions } from '../ip/ip-context.ts';
import { pseudoHeaderSumOf } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { emitIcmp, ICMP_HEADER_LENGTH, IcmpType, IcmpUnreachableCode, TimeExceededCode } from '../wire/icmp.ts';
import { emitIcmpv6, Icmpv6ParameterCode, Icmpv6Type, Icmpv6UnreachableCode } from '../wire/icmpv6.ts';
import { type IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { copyQuotation } from '../wire/quoted-packet.ts';
import { mayAnswerWithError } from './error-rules.ts';
import { countOut } from './icmp-counting.ts';
import type { IcmpHost } from './icmp-host.ts';
import { IcmpRateLimiter, RateVerdict } from './rate-limit.ts';

/** RFC 1812 §4.3.2.3: the whole message stays within what every host must take. */
const MESSAGE_MAX_4 = 576;
/** RFC 4443 §2.4 c: within the smallest IPv6 MTU. */
const MESSAGE_MAX_6 = 1280;
/** RFC 1812 §4.3.2.5: errors travel with the precedence of internetwork control. */
const PRECEDENCE_INTERNETWORK_CONTROL = 0xc0;

export class IcmpErrorSender {
  private readonly context: IpContext;
  private readonly host: IcmpHost;
  private readonly limiter: IcmpRateLimiter;
  private readonly memory = new PlainPacketMemory(MESSAGE_MAX_6);

  constructor(context: IpContext, host: IcmpHost) {
    this.context = context;
    this.host = host;
    const { icmpMsgsPerSec, icmpMsgsBurst, icmpRatelimitMs, inetPeerThreshold } = context.settings;
    const { clock, random, hash } = context;
    this.limiter = new IcmpRateLimiter(
      clock,
      random,
      hash,
      icmpMsgsPerSec,
      icmpMsgsBurst,
      icmpRatelimitMs,
      inetPeerThreshold,
    );
  }

  /** Nobody listens on the port. RFC 1122 §4.1.3.1: UDP should say so. */
  portUnreachable(packet: IpPacket): boolean {
    if (packet.family === 6) return this.send(packet, Icmpv6Type.destinationUnreachable, Icmpv6UnreachableCode.port, 0);
    return this.send(packet, IcmpType.destinationUnreachable, IcmpUnreachableCode.port, 0);
  }

  /** No such transport here. RFC 1122 §3.2.2.1, RFC 8200 §4: in IPv6 it is a next header nobody knows. */
  protocolUnreachable(packet: IpPacket): boolean {
    if (packet.family === 4) return this.send(packet, IcmpType.destinationUnreachable, IcmpUnreachableCode.protocol, 0);
    const pointer = packet.lastNextHeaderOffset - packet.headerOffset;
    return this.send(packet, Icmpv6Type.parameterProblem, Icmpv6ParameterCode.unknownNextHeader, pointer);
  }

  /** The last hop cannot reach the address. */
  hostUnreachable(packet: IpPacket): boolean {
    if (packet.family === 6)
      return this.send(packet, Icmpv6Type.destinationUnreachable, Icmpv6UnreachableCode.address, 0);
    return this.send(packet, IcmpType.destinationUnreachable, IcmpUnreachableCode.host, 0);
  }

  /** No route. */
  netUnreachable(packet: IpPacket): boolean {
    if (packet.family === 6)
      return this.send(packet, Icmpv6Type.destinationUnreachable, Icmpv6UnreachableCode.noRoute, 0);
    return this.send(packet, IcmpType.destinationUnreachable, IcmpUnreachableCode.network, 0);
  }

  /** A rule forbids it. */
  prohibited(packet: IpPacket): boolean {
    if (packet.family === 6)
      return this.send(packet, Icmpv6Type.destinationUnreachable, Icmpv6UnreachableCode.prohibited, 0);
    return this.send(packet, IcmpType.destinationUnreachable, IcmpUnreachableCode.communicationProhibited, 0);
  }

  /** The hop limit ran out on the way. */
  hopLimitExceeded(packet: IpPacket): boolean {
    const type = packet.family === 4 ? IcmpType.timeExceeded : Icmpv6Type.timeExceeded;
    return this.send(packet, type, TimeExceededCode.inTransit, 0);
  }

  /** Reassembly took too long; `first` is the first fragment. */
  reassemblyTimedOut(first: IpPacket): boolean {
    const type = first.family === 4 ? IcmpType.timeExceeded : Icmpv6Type.timeExceeded;
    return this.send(first, type, TimeExceededCode.reassembly, 0);
  }

  /** The next hop takes at most `mtu` bytes. RFC 1191 §4, RFC 4443 §3.2. */
  packetTooBig(packet: IpPacket, mtu: number): boolean {
    if (packet.family === 6) return this.send(packet, Icmpv6Type.packetTooBig, 0, mtu);
    return this.send(
      packet,
      IcmpType.destinationUnreachable,
      IcmpUnreachableCode.fragmentationNeeded,
      Math.min(mtu, 0xffff),
    );
  }

  /**
   * A header cannot be understood.
   * @param code ICMPv6 `Icmpv6ParameterCode`; always 0 in IPv4
   * @param pointer the octet at fault, counted from the IP header
   */
  parameterProblem(packet: IpPacket, code: number, pointer: number): boolean {
    if (packet.family === 6) return this.send(packet, Icmpv6Type.parameterProblem, code, pointer);
    return this.send(packet, IcmpType.parameterProblem, 0, (pointer & 0xff) << 24);
  }

  /** Builds and queues the message; false when it must not, or need not, go. */
  private send(packet: IpPacket, type: number, code: number, word: number): boolean {
    const { context, host } = this;
    const isV4 = packet.family === 4;
    if (!mayAnswerWithError(packet, isV4 && host.isBroadcast(packet), !isV4 && answersMulticast(type, code)))
      return false;
    const remote = packet.sourceAddress();
    const local = host.isOwnAddress(packet) ? packet.destinationAddress() : null;
    const path = host.lookup(remote, local, !isV4 && remote.isLinkLocal ? packet.interfaceId : -1);
    if (path === null || path.kind > 1) return false;
    if (!this.isRateGranted(packet, type, code, remote)) return false;
    const { memory } = this;
    const length = this.quote(packet);
    const protocol = isV4 ? IpProtocol.icmp : IpProtocol.icmpv6;
    if (isV4) emitIcmp(memory, 0, type, code, word, length);
    else emitIcmpv6(memory, 0, type, code, word, length, pseudoHeaderSumOf(path.source, remote, protocol, length));
    countOut(context.counters, packet.family, type);
    const options: IpSendOptions = {
      ...DEFAULT_SEND_OPTIONS,
      trafficClass: isV4 ? PRECEDENCE_INTERNETWORK_CONTROL | (packet.trafficClass & 0x1c) : 0,
    };
    return host.sendDatagram(path, protocol, memory, length, options) === DropReason.none;
  }

  private isRateGranted(packet: IpPacket, type: number, code: number, remote: Address): boolean {
    // Path MTU discovery stalls without its messages, and they are caused by packets as large as they are themselves.
    if (packet.family === 6 ? type === Icmpv6Type.packetTooBig : isFragmentationNeeded(type, code)) return true;
    if (this.host.isLoopback(packet.interfaceId)) return true;
    const verdict = this.limiter.take(remote);
    if (verdict === RateVerdict.allowed) return true;
    const { icmp, icmp6 } = this.context.counters;
    if (packet.family === 6) icmp6.OutRateLimitHost++;
    else if (verdict === RateVerdict.globalLimit) icmp.OutRateLimitGlobal++;
    else icmp.OutRateLimitHost++;
    this.context.dropped(DropReason.icmpRateLimited, packet.interfaceId);
    return false;
  }

  /** Puts as much of the packet as fits behind the message's header; returns the message's length. */
  private quote(packet: IpPacket): number {
    const headers = ICMP_HEADER_LENGTH + (packet.family === 4 ? 20 : 40);
    const most = (packet.family === 4 ? MESSAGE_MAX_4 : MESSAGE_MAX_6) - headers;
    const quoted = Math.min(packet.totalLength, most);
    copyQuotation(this.memory, ICMP_HEADER_LENGTH, packet.memory, packet.headerOffset, quoted);
    return ICMP_HEADER_LENGTH + quoted;
  }
}

function isFragmentationNeeded(type: number, code: number): boolean {
  return type === IcmpType.destinationUnreachable && code === IcmpUnreachableCode.fragmentationNeeded;
}

/** RFC 4443 §2.4 e.3: the two exceptions. */
function answersMulticast(type: number, code: number): boolean {
  return (
    type === Icmpv6Type.packetTooBig ||
    (type === Icmpv6Type.parameterProblem && code === Icmpv6ParameterCode.unknownOption)
  );
}
