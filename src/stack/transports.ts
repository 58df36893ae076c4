/**
 * Between IP and what rides on it: datagrams to TCP and UDP by protocol number, ICMP errors to the transport
 * whose packet they quote.
 */
import type { Address } from '../base/address.ts';
import { ArgumentError, assert } from '../base/errors.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import type { RandomSource } from '../base/random.ts';
import { endsHalfOpenOnLinux, icmpErrno, isIgnoredOnLinux, tellsOfNoRoute } from '../icmp/icmp-error.ts';
import type { DatagramPath } from '../icmp/icmp-host.ts';
import type { Destination } from '../ip/destination.ts';
import type { Interface } from '../ip/interface.ts';
import type { IcmpErrorReport, IpSendOptions, TransportProtocols } from '../ip/ip-context.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import { ignoresIcmp } from '../tcp/auth/admission.ts';
import { revertBackoff } from '../tcp/input/connectivity-errors.ts';
import {
  icmpAboutHalfOpen,
  icmpErrorArrived,
  isCutOnTheWay,
  isQuoteInFlight,
  noteTooNarrow,
} from '../tcp/input/icmp-errors.ts';
import { HalfOpen } from '../tcp/opening/listener.ts';
import { judgeTooBig, MtuVerdict } from '../tcp/opening/path-proof.ts';
import { Tcb } from '../tcp/tcb/tcb.ts';
import type { UdpContext, UdpFeedback, UdpOutput } from '../udp/udp-context.ts';
import { UdpLayer } from '../udp/udp-layer.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { type IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import type { StackContext } from './context.ts';
import type { StackCounters } from './counters.ts';
import { PacketFilter } from './packet-filter.ts';
import type { StackSettings } from './profile.ts';
import type { TcpLayer } from './tcp-layer.ts';

/** What the transports need of their stack. */
export interface StackLayers {
  readonly ip: IpLayer;
  readonly tcp: TcpLayer;
  readonly context: StackContext;
  readonly random: RandomSource;
  readonly settings: StackSettings;
  readonly counters: StackCounters;
}

export class Transports implements TransportProtocols, UdpOutput, UdpFeedback {
  readonly filter = new PacketFilter();
  private owner: StackLayers | null = null;
  private udpLayer: UdpLayer | null = null;

  /** Called once by the stack: the layers know each other only through this object. */
  plug(stack: StackLayers): void {
    this.owner = stack;
    this.udpLayer = new UdpLayer(new StackUdpContext(stack), this, this);
  }

  get stack(): StackLayers {
    const { owner } = this;
    assert(owner !== null, 'the transports are used before they are plugged in');
    return owner;
  }

  get udp(): UdpLayer {
    const { udpLayer } = this;
    assert(udpLayer !== null, 'UDP is used before it is plugged in');
    return udpLayer;
  }

  transportArrived(packet: IpPacket): boolean {
    if (!this.filter.isEmpty && !this.isAdmitted(packet)) return true;
    switch (packet.protocol) {
      case IpProtocol.tcp:
        this.stack.tcp.arrived(packet);
        return true;
      case IpProtocol.udp:
        this.udp.arrived(packet);
        return true;
      default:
        return false;
    }
  }

  /** Asks the host's own filter, and gives the answer it prescribes. */
  private isAdmitted(packet: IpPacket): boolean {
    if (packet.protocol !== IpProtocol.tcp && packet.protocol !== IpProtocol.udp) return true;
    const verdict = this.filter.judge(packet);
    if (verdict === 'pass') return true;
    const { ip, tcp, context } = this.stack;
    context.dropped(DropReason.filtered, packet.interfaceId);
    if (verdict === 'reset') tcp.refuse(packet);
    else if (verdict === 'port-unreachable') ip.icmpErrors.portUnreachable(packet);
    else if (verdict === 'admin-prohibited') ip.icmpErrors.prohibited(packet);
    return false;
  }

  // RFC 5927 §4.1 R5927-7: eight octets of TCP's header are needed to tell which segment it was.
  /** An ICMP error, received or made here because a neighbor does not answer. */
  icmpErrorArrived(report: IcmpErrorReport): void {
    if (report.protocol === IpProtocol.udp && report.quotedLength >= 4) this.udp.icmpErrorArrived(report);
    else if (report.protocol === IpProtocol.tcp && report.quotedLength >= 8) this.tcpErrorArrived(report);
  }

  // RFC 9293 §3.9.2.2 MUST-54: found by the quoted ports; RFC 5927 §4.1: believed only with a sequence number in flight.
  private tcpErrorArrived(report: IcmpErrorReport): void {
    const { tcp } = this.stack;
    const { view } = report.memory;
    const localPort = view.getUint16(report.quotedOffset);
    const remotePort = view.getUint16(report.quotedOffset + 2);
    const seq = view.getInt32(report.quotedOffset + 4);
    const hash = tcp.tuples.of(report.source, localPort, report.destination, remotePort);
    const tcb = tcp.connections.findTuple(hash, report.source, localPort, report.destination, remotePort);
    if (tcb instanceof HalfOpen) {
      icmpAboutHalfOpen(tcp, tcb, report, seq, endsHalfOpenOnLinux(report));
      return;
    }
    if (!(tcb instanceof Tcb)) {
      this.stack.context.dropped(DropReason.icmpNotForUs, report.interfaceId);
      return;
    }
    if (!isQuoteInFlight(tcp, tcb, seq)) {
      tcp.extCounters.OutOfWindowIcmps++;
      return;
    }
    if (tcb.auth !== null && ignoresIcmp(tcp, tcb, report)) return;
    if (report.kind === 'packet-too-big') this.tooBigArrived(report, tcb, seq);
    else if (tcp.settings.profile !== 'linux' || !isIgnoredOnLinux(report)) {
      if (tellsOfNoRoute(report)) revertBackoff(tcp, tcb, seq);
      icmpErrorArrived(tcp, tcb, report, icmpErrno(report));
    }
  }

  /** RFC 5927 §7.2: what the connection knows itself decides whether the message is believed. */
  private tooBigArrived(report: IcmpErrorReport, tcb: Tcb, seq: number): void {
    const { tcp, ip, context } = this.stack;
    if (report.family === 6 && tcb.rare?.ignoresTooBig) return;
    const quotedLength = report.quotedTotalLength ?? 0;
    const candidate = ip.routing.pathMtuCandidate(report.destination, tcb.pathMtu, report.mtu, quotedLength);
    switch (judgeTooBig(tcp, tcb, report.mtu, candidate, seq, quotedLength)) {
      case MtuVerdict.implausible:
        context.dropped(DropReason.icmpImplausible, report.interfaceId);
        return;
      case MtuVerdict.accept:
        this.pathMtuReported(report);
        if (!isCutOnTheWay(tcb)) tcp.scheduleOutput(tcb);
        break;
      default:
    }
    noteTooNarrow(tcp, tcb, report.mtu);
  }

  pathMtuReported(report: IcmpErrorReport): void {
    this.stack.ip.pathMtuReported(report);
  }

  portUnreachable(packet: IpPacket): void {
    this.stack.ip.icmpErrors.portUnreachable(packet);
  }

  lookup(remote: Address, local: Address | null, interfaceId: number): DatagramPath | null {
    return this.stack.ip.lookup(remote, local, interfaceId);
  }

  sendDatagram(
    path: DatagramPath,
    protocol: number,
    bytes: PacketMemory,
    length: number,
    options: IpSendOptions,
  ): number {
    return this.stack.ip.sendDatagram(path as Destination, protocol, bytes, length, options);
  }

  isLocalAddress(address: Address): boolean {
    return this.stack.ip.routing.isOwn(address);
  }

  isBroadcast(packet: IpPacket): boolean {
    return this.stack.ip.isBroadcast(packet);
  }

  joinGroup(group: Address, interfaceId: number): number {
    const owner = this.groupInterface(group, interfaceId);
    if (owner === null) return -1;
    try {
      this.stack.ip.joinGroup(owner, group);
      return owner.id;
    } catch (error) {
      if (error instanceof ArgumentError) return -1;
      throw error;
    }
  }

  leaveGroup(group: Address, interfaceId: number): void {
    const owner = this.stack.ip.interfaces[interfaceId];
    if (owner !== undefined) this.stack.ip.leaveGroup(owner, group);
  }

  /** The interface named, or the one by which packets to the group would go. */
  private groupInterface(group: Address, interfaceId: number): Interface | null {
    if (interfaceId >= 0) return this.stack.ip.interfaces[interfaceId] ?? null;
    return this.stack.ip.lookup(group, null, -1)?.interface ?? null;
  }
}

/** UDP's view of the stack. */
class StackUdpContext implements UdpContext {
  readonly random: UdpContext['random'];
  readonly hash: UdpContext['hash'];
  readonly settings: UdpContext['settings'];
  readonly counters: UdpContext['counters'];
  readonly counters6: UdpContext['counters6'];
  private readonly stack: StackLayers;

  constructor(stack: StackLayers) {
    this.stack = stack;
    this.random = stack.random;
    this.hash = stack.context.hash;
    this.settings = stack.settings.udp;
    this.counters = stack.counters.udp;
    this.counters6 = stack.counters.udp6;
  }

  dropped(reason: number, interfaceId: number): void {
    this.stack.context.dropped(reason, interfaceId);
  }
}
