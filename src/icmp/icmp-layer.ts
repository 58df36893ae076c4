/**
 * ICMP (RFC 792, RFC 1122 section 3.2.2) and ICMPv6 (RFC 4443) without neighbor discovery: answers echo and timestamp
 * requests, hands errors to the transports, gives echo replies to the ping sockets. Errors are made in `error-sender.ts`.
 * Nothing here throws on what arrives; what is dropped is counted by reason.
 */
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { DEFAULT_SEND_OPTIONS, type IpContext, type IpSendOptions } from '../ip/ip-context.ts';
import { pseudoHeaderSumOf } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import {
  echoRest,
  emitIcmp,
  emitIcmpTimestamp,
  ICMP_HEADER_LENGTH,
  IcmpMessage,
  IcmpType,
  isIcmpError,
  parseIcmp,
} from '../wire/icmp.ts';
import { emitIcmpv6, Icmpv6Type, isIcmpv6Error, parseIcmpv6 } from '../wire/icmpv6.ts';
import { type IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { buildReturnRoute, ReturnRoute } from '../wire/ipv4-options.ts';
import { countIn, countOut } from './icmp-counting.ts';
import { IcmpErrorView, parseIcmpError } from './icmp-error.ts';
import type { DatagramPath, IcmpHost } from './icmp-host.ts';
import type { PingSocket } from './ping-socket.ts';
import { TokenBucket } from './rate-limit.ts';

/** Bounds that are not sysctls. */
export interface IcmpLimits {
  /** Echo replies a second, 0: as many as are asked for, as Linux does. */
  readonly echoRepliesPerSec: number;
  /** Longest echo data answered, in bytes. */
  readonly echoDataMax: number;
  /** Ping sockets at most. */
  readonly pingSocketsMax: number;
}

export const DEFAULT_ICMP_LIMITS: IcmpLimits = { echoRepliesPerSec: 0, echoDataMax: 65_507, pingSocketsMax: 1024 };

/** What became of an ICMP message that the layer was given. */
export const IcmpVerdict = {
  /** Handled, or dropped and counted. */
  done: 0,
  /** Sound, and a matter of the IP layer: neighbor and listener discovery, redirects, router messages. */
  forIpLayer: 1,
} as const;

const DAY_MS = 86_400_000;

export class IcmpLayer {
  /** The message that `arrived` has just parsed; where the verdict is `forIpLayer`, the caller goes on with it. */
  readonly message = new IcmpMessage();
  private readonly context: IpContext;
  private readonly host: IcmpHost;
  private readonly limits: IcmpLimits;
  private readonly report = new IcmpErrorView();
  private readonly returnRoute = new ReturnRoute();
  private readonly echoBucket: TokenBucket;
  private memory: PlainPacketMemory | null = null;
  /** By identifier. */
  private readonly pingSockets = new Map<number, PingSocket>();

  constructor(context: IpContext, host: IcmpHost, limits: IcmpLimits = DEFAULT_ICMP_LIMITS) {
    this.context = context;
    this.host = host;
    this.limits = limits;
    const { echoRepliesPerSec } = limits;
    this.echoBucket = new TokenBucket(echoRepliesPerSec, Math.max(1, echoRepliesPerSec), context.clock.tick);
  }

  /**
   * Takes an ICMP or ICMPv6 message addressed to this host, whole, `packet` at its IP header.
   * @returns IcmpVerdict
   */
  arrived(packet: IpPacket): number {
    const { counters } = this.context;
    const group = packet.family === 4 ? counters.icmp : counters.icmp6;
    group.InMsgs++;
    const { message } = this;
    const reason = packet.family === 4 ? parseIcmp(packet, message) : parseIcmpv6(packet, message);
    if (reason !== DropReason.none) {
      group.InErrors++;
      if (reason === DropReason.icmpBadChecksum) group.InCsumErrors++;
      this.context.dropped(reason, packet.interfaceId);
      return IcmpVerdict.done;
    }
    countIn(counters, packet.family, message.type);
    return packet.family === 4 ? this.arrived4(packet, message.type) : this.arrived6(packet, message.type);
  }

  /**
   * Sends an echo request; for `PingSocket`.
   * @returns DropReason, 0 when it was queued
   */
  sendEcho(path: DatagramPath, identifier: number, sequence: number, data: Uint8Array, options: IpSendOptions): number {
    this.scratch().u8.set(data, ICMP_HEADER_LENGTH);
    const type = path.remote.family === 4 ? IcmpType.echoRequest : Icmpv6Type.echoRequest;
    return this.send(path, type, echoRest(identifier, sequence), ICMP_HEADER_LENGTH + data.length, options);
  }

  /** Registers a ping socket under its identifier; false when that is taken or there are too many. */
  addPingSocket(socket: PingSocket): boolean {
    if (this.pingSockets.has(socket.identifier) || this.pingSockets.size >= this.limits.pingSocketsMax) return false;
    this.pingSockets.set(socket.identifier, socket);
    return true;
  }

  removePingSocket(socket: PingSocket): void {
    if (this.pingSockets.get(socket.identifier) === socket) this.pingSockets.delete(socket.identifier);
  }

  /** A free identifier drawn at random, -1 when none was found. */
  freeIdentifier(): number {
    for (let attempt = 0; attempt < 64; attempt++) {
      const identifier = this.context.random.publicInt32() & 0xffff;
      if (!this.pingSockets.has(identifier)) return identifier;
    }
    return -1;
  }

  private arrived4(packet: IpPacket, type: number): number {
    const { settings } = this.context;
    if (isIcmpError(type) && type !== IcmpType.redirect) return this.errorArrived(packet);
    switch (type) {
      case IcmpType.redirect:
        return IcmpVerdict.forIpLayer;
      case IcmpType.echoRequest:
        if (!settings.icmpEchoIgnoreAll) this.answerEcho(packet);
        return IcmpVerdict.done;
      case IcmpType.echoReply:
        this.replyArrived(packet);
        return IcmpVerdict.done;
      case IcmpType.timestampRequest:
        if (settings.icmpAnswerTimestamps) this.answerTimestamp(packet);
        return IcmpVerdict.done;
      default:
        // RFC 1122 §3.2.2: unknown types are dropped without a word; information and mask requests are history.
        return IcmpVerdict.done;
    }
  }

  private arrived6(packet: IpPacket, type: number): number {
    if (isIcmpv6Error(type)) return this.errorArrived(packet);
    switch (type) {
      case Icmpv6Type.echoRequest:
        if (!this.context.settings.icmpEchoIgnoreAll) this.answerEcho(packet);
        return IcmpVerdict.done;
      case Icmpv6Type.echoReply:
        this.replyArrived(packet);
        return IcmpVerdict.done;
      default:
        return IcmpVerdict.forIpLayer;
    }
  }

  private errorArrived(packet: IpPacket): number {
    const { report, context } = this;
    const reason = parseIcmpError(packet, this.message, report);
    if (reason !== DropReason.none) {
      const group = packet.family === 4 ? context.counters.icmp : context.counters.icmp6;
      group.InErrors++;
      context.dropped(reason, packet.interfaceId);
      return IcmpVerdict.done;
    }
    const isIcmp = report.protocol === (packet.family === 4 ? IpProtocol.icmp : IpProtocol.icmpv6);
    if (isIcmp) this.errorAboutEcho();
    else this.host.icmpErrorArrived(report);
    return IcmpVerdict.done;
  }

  /** An error about an echo request of ours goes to the ping socket that sent it, if it did. */
  private errorAboutEcho(): void {
    const { report } = this;
    const { view, u8 } = report.memory;
    const type = u8[report.quotedOffset]!;
    if (type !== (report.family === 4 ? IcmpType.echoRequest : Icmpv6Type.echoRequest)) return;
    const socket = this.pingSockets.get(view.getUint16(report.quotedOffset + 4));
    const isOurs = socket?.errorArrived(report, view.getUint16(report.quotedOffset + 6)) ?? false;
    // The path MTU is a matter of the route, whoever sent the packet.
    if (isOurs && report.kind === 'packet-too-big') this.host.icmpErrorArrived(report);
  }

  /** RFC 1122 §3.2.2.6, RFC 4443 §4.2: the same data back, from the address that was asked. */
  private answerEcho(packet: IpPacket): void {
    const { context } = this;
    const isV4 = packet.family === 4;
    const dataLength = packet.payloadLength - ICMP_HEADER_LENGTH;
    if (dataLength > this.limits.echoDataMax) {
      context.dropped(DropReason.icmpNotForUs, packet.interfaceId);
      return;
    }
    const isOwn = this.host.isOwnAddress(packet);
    // RFC 1122 §3.2.2.6 leaves requests to a broadcast or multicast open; answering them is how smurf attacks worked.
    if (isV4 && (!isOwn || packet.linkBroadcast) && context.settings.icmpEchoIgnoreBroadcasts) return;
    if (this.limits.echoRepliesPerSec > 0) {
      if (this.echoBucket.available(context.clock.tick) < 1) {
        context.dropped(DropReason.icmpRateLimited, packet.interfaceId);
        return;
      }
      this.echoBucket.consume(1);
    }
    const { bodyOffset } = this.message;
    this.scratch().u8.set(packet.memory.u8.subarray(bodyOffset, bodyOffset + dataLength), ICMP_HEADER_LENGTH);
    this.answer(packet, isOwn, isV4 ? IcmpType.echoReply : Icmpv6Type.echoReply, packet.payloadLength);
  }

  /** RFC 1122 §3.2.2.8: milliseconds since midnight, received and sent at the same moment. */
  private answerTimestamp(packet: IpPacket): void {
    if (!this.host.isOwnAddress(packet) || packet.linkBroadcast) return;
    const { clock } = this.context;
    const nowMs = Math.floor((clock.epochUs + clock.nowUs) / 1000) % DAY_MS;
    const { message } = this;
    const type = IcmpType.timestampReply;
    const length = emitIcmpTimestamp(this.scratch(), 0, type, 0, message.originateTimestamp, nowMs, nowMs);
    this.answer(packet, true, type, length);
  }

  /** Sends the body in the scratch memory back to where `packet` came from, under the identifier it came with. */
  private answer(packet: IpPacket, fromAskedAddress: boolean, type: number, length: number): void {
    const source = packet.sourceAddress();
    // RFC 1122 §3.2.2.6: a source route is taken back the way it came.
    const hasRoute = packet.family === 4 && buildReturnRoute(packet, this.returnRoute);
    const remote = hasRoute ? Address.v4(this.returnRoute.firstHop) : source;
    if (source.isUnspecified || source.isMulticast || source.isLimitedBroadcast) return;
    const local = fromAskedAddress ? packet.destinationAddress() : null;
    const path = this.host.lookup(remote, local, source.family === 6 && source.isLinkLocal ? packet.interfaceId : -1);
    if (path === null) {
      this.context.dropped(DropReason.noRoute, packet.interfaceId);
      return;
    }
    const options: IpSendOptions = {
      ...DEFAULT_SEND_OPTIONS,
      trafficClass: packet.trafficClass & 0xfc,
      ipOptions: hasRoute ? this.returnRoute.bytes.slice(0, this.returnRoute.length) : null,
    };
    const reason = this.send(path, type, this.message.rest, length, options);
    // The other reasons are counted where they arise.
    if (reason === DropReason.packetTooBig) this.context.dropped(reason, packet.interfaceId);
  }

  /** An echo reply: RFC 1122 §3.2.2.6 wants it passed to whoever asked. */
  private replyArrived(packet: IpPacket): void {
    const { identifier, sequence } = this.message;
    const isTaken = this.pingSockets.get(identifier)?.replyArrived(packet, sequence) ?? false;
    if (!isTaken) this.context.dropped(DropReason.icmpNotForUs, packet.interfaceId);
  }

  /** Completes the message whose body stands in the scratch memory, and queues it. */
  private send(path: DatagramPath, type: number, rest: number, length: number, options: IpSendOptions): number {
    const memory = this.scratch();
    const { family } = path.remote;
    const protocol = family === 4 ? IpProtocol.icmp : IpProtocol.icmpv6;
    if (family === 4) emitIcmp(memory, 0, type, 0, rest, length);
    else emitIcmpv6(memory, 0, type, 0, rest, length, pseudoHeaderSumOf(path.source, path.remote, protocol, length));
    countOut(this.context.counters, family, type);
    return this.host.sendDatagram(path, protocol, memory, length, options);
  }

  private scratch(): PlainPacketMemory {
    this.memory ??= new PlainPacketMemory(ICMP_HEADER_LENGTH + 0xffff);
    return this.memory;
  }
}
