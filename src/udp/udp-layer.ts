/**
 * UDP (RFC 768, RFC 1122 section 4.1, RFC 8200 section 8.1) between the IP layer and the datagram endpoints. Bounded: so many
 * endpoints, so many bytes waiting in each; what does not fit is dropped and counted. Nothing that arrives throws.
 */
import type { Address } from '../base/address.ts';
import { StateError } from '../base/errors.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { icmpErrno, isFatalOnLinux } from '../icmp/icmp-error.ts';
import type { DatagramPath } from '../icmp/icmp-host.ts';
import { DestinationKind } from '../ip/destination.ts';
import type { IcmpErrorReport, IpSendOptions } from '../ip/ip-context.ts';
import { pseudoHeaderSumOf } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitUdpHeader, parseUdp, UDP_HEADER_LENGTH, UdpDatagram, writeUdpChecksum } from '../wire/udp.ts';
import {
  DatagramEndpoint,
  type DatagramErrno,
  type DatagramLayer,
  type DatagramOptions,
  type GroupJoin,
} from './datagram-endpoint.ts';
import { isTooBigPlausible } from './mtu-discovery.ts';
import { PortTable, scoreOf } from './port-table.ts';
import type { UdpContext, UdpFeedback, UdpOutput } from './udp-context.ts';
import type { UdpCounters } from './udp-counters.ts';

/** Longest payloads: 65535 less the headers (IPv6 counts its header extra). */
const PAYLOAD_MAX_4 = 65_507;
const PAYLOAD_MAX_6 = 65_527;

export class UdpLayer implements DatagramLayer {
  private readonly context: UdpContext;
  private readonly output: UdpOutput;
  private readonly feedback: UdpFeedback;
  private readonly ports: PortTable;
  private readonly endpoints = new Set<DatagramEndpoint>();
  private datagram: UdpDatagram;
  private memory: PlainPacketMemory | null = null;

  constructor(context: UdpContext, output: UdpOutput, feedback: UdpFeedback) {
    this.context = context;
    this.output = output;
    this.feedback = feedback;
    this.ports = new PortTable(context.random, context.hash);
    this.datagram = new UdpDatagram(new IpPacket(new PlainPacketMemory(64)));
  }

  get endpointCount(): number {
    return this.endpoints.size;
  }

  /** All endpoints, for listings. */
  *[Symbol.iterator](): IterableIterator<DatagramEndpoint> {
    yield* this.endpoints;
  }

  /**
   * A new endpoint, not bound.
   * @param family 6 hears IPv4 too unless `v6Only`
   * @throws StateError when there are too many
   */
  createEndpoint(family: 4 | 6, options: DatagramOptions = {}): DatagramEndpoint {
    const { endpointsMax } = this.context.settings;
    if (this.endpoints.size >= endpointsMax) {
      throw new StateError(`there are ${endpointsMax} datagram endpoints already; close some or raise endpointsMax`);
    }
    const endpoint = new DatagramEndpoint(this, family, this.context.settings, options);
    this.endpoints.add(endpoint);
    return endpoint;
  }

  /** Takes a whole UDP datagram addressed to this host, `packet` at its IP header. */
  arrived(packet: IpPacket): void {
    // Packets come in one of two views only, the stack's and the reassembler's.
    if (this.datagram.packet !== packet) this.datagram = new UdpDatagram(packet);
    const { datagram } = this;
    const counters = this.countersOf(packet.family);
    const reason = parseUdp(datagram);
    if (reason !== DropReason.none) {
      counters.InErrors++;
      if (reason === DropReason.udpBadChecksum || reason === DropReason.udpNoChecksum) counters.InCsumErrors++;
      this.context.dropped(reason, packet.interfaceId);
      return;
    }
    const local = packet.destinationAddress();
    if (local.isMulticast || this.output.isBroadcast(packet)) this.deliverToAll(local, counters);
    else this.deliverToOne(packet, local, counters);
  }

  /**
   * Takes an ICMP error about a UDP datagram of ours. RFC 1122 §4.1.3.3: it is passed to the endpoint that sent it; like
   * Linux only to a connected one, since another would not know which peer is meant, and only when it is final.
   */
  icmpErrorArrived(report: IcmpErrorReport): void {
    const { view } = report.memory;
    const localPort = view.getUint16(report.quotedOffset);
    const remotePort = view.getUint16(report.quotedOffset + 2);
    const endpoint = this.ports.find(report.source, localPort, report.destination, remotePort, report.interfaceId);
    if (endpoint === null) {
      this.context.dropped(DropReason.icmpNotForUs, report.interfaceId);
      return;
    }
    const isTooBig = report.kind === 'packet-too-big';
    if (isTooBig && !this.tooBigArrived(endpoint, report, remotePort)) return;
    if (endpoint.remoteAddress === null) return;
    const error = icmpErrno(report);
    const isFatal = isTooBig ? endpoint.mtuDiscovery !== 'dont' : isFatalOnLinux(report);
    if (error !== null && isFatal) endpoint.fail(error);
  }

  /** RFC 8899 §4.6.1, RFC 8201 §4: false for a message about something that was not sent so, or that nobody wants. */
  private tooBigArrived(endpoint: DatagramEndpoint, report: IcmpErrorReport, port: number): boolean {
    const { mtuDiscovery } = endpoint;
    if (mtuDiscovery === 'interface' || mtuDiscovery === 'omit') return false;
    const quotedLength = report.quotedTotalLength ?? 0;
    const sentSize = endpoint.sentSizes.largestTo(report.destination);
    if (!isTooBigPlausible(report.family, report.mtu, quotedLength, sentSize)) {
      this.context.dropped(DropReason.icmpImplausible, report.interfaceId);
      return false;
    }
    this.feedback.pathMtuReported(report);
    endpoint.tooBig({ address: report.destination, port, mtu: report.mtu, quotedLength });
    return true;
  }

  /** For the endpoint: MTU of the path to `remote`, 0 when there is no way. */
  pathMtuOf(endpoint: DatagramEndpoint, remote: Address): number {
    return this.output.lookup(remote, sourceOf(endpoint), this.interfaceFor(endpoint, remote))?.pathMtu ?? 0;
  }

  /** For the endpoint: see there. */
  bind(endpoint: DatagramEndpoint, local: Address | null, port: number): DatagramErrno | null {
    if (local !== null && !this.isBindable(local)) return 'EADDRNOTAVAIL';
    return this.assignPort(endpoint, local, port, null, 0);
  }

  /** For the endpoint: see there. */
  connect(endpoint: DatagramEndpoint, remote: Address, remotePort: number): DatagramErrno | null {
    const path = this.output.lookup(remote, sourceOf(endpoint), this.interfaceFor(endpoint, remote));
    if (path === null) return 'ENETUNREACH';
    if (path.kind === DestinationKind.broadcast && !endpoint.allowBroadcast) return 'EACCES';
    if (endpoint.localPort === 0) {
      const error = this.assignPort(endpoint, endpoint.localAddress, 0, remote, remotePort);
      if (error !== null) return error;
    }
    endpoint.remoteAddress = remote;
    endpoint.remotePort = remotePort;
    return null;
  }

  /** For the endpoint: see there. */
  disconnect(endpoint: DatagramEndpoint): void {
    endpoint.remoteAddress = null;
    endpoint.remotePort = 0;
  }

  /** For the endpoint: see there. */
  send(
    endpoint: DatagramEndpoint,
    remote: Address,
    remotePort: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): DatagramErrno | null {
    if (length > (remote.family === 4 ? PAYLOAD_MAX_4 : PAYLOAD_MAX_6)) return 'EMSGSIZE';
    const source = sourceOf(endpoint);
    if (source !== null && source.family !== remote.family) return 'ENETUNREACH';
    const path = this.output.lookup(remote, source, this.interfaceFor(endpoint, remote));
    if (path === null) return 'ENETUNREACH';
    // RFC 1122 §4.1.4 leaves broadcasts to the application; like BSD it has to ask for them first.
    if (path.kind === DestinationKind.broadcast && !endpoint.allowBroadcast) return 'EACCES';
    const packetLength = ipHeaderLength(remote) + UDP_HEADER_LENGTH + length;
    const options = endpoint.sendOptions(remote, packetLength <= path.pathMtu);
    if (endpoint.mtuDiscovery === 'interface' && packetLength > path.interface.mtu) return 'EMSGSIZE';
    if (endpoint.localPort === 0) {
      const error = this.assignPort(endpoint, endpoint.localAddress, 0, remote, remotePort);
      if (error !== null) return error;
    }
    const total = this.write(endpoint.localPort, path, remotePort, bytes, offset, length);
    const reason = this.output.sendDatagram(path, IpProtocol.udp, this.scratch(), total, options);
    const counters = this.countersOf(remote.family);
    if (reason === DropReason.none) {
      counters.OutDatagrams++;
      endpoint.sentSizes.note(remote, packetLength);
      if (endpoint.multicastLoopback && remote.isMulticast) {
        this.deliverLooped(endpoint.localPort, path, remotePort, bytes.subarray(offset, offset + length), options);
      }
      return null;
    }
    if (reason === DropReason.transmitQueueFull) counters.SndbufErrors++;
    return errnoOf(reason);
  }

  /** For the endpoint: see there. */
  joinGroup(endpoint: DatagramEndpoint, group: Address, interfaceId: number): DatagramErrno | null {
    if (endpoint.joins.length >= this.context.settings.membershipsMax) return 'ENOBUFS';
    const joinedInterfaceId = this.output.joinGroup(group, interfaceId);
    if (joinedInterfaceId < 0) return 'EADDRNOTAVAIL';
    endpoint.joins.push({ group, interfaceId, joinedInterfaceId });
    return null;
  }

  /** For the endpoint: see there. */
  leaveGroup(join: GroupJoin): void {
    this.output.leaveGroup(join.group, join.joinedInterfaceId);
  }

  /** For the endpoint that was closed. */
  remove(endpoint: DatagramEndpoint): void {
    this.ports.remove(endpoint);
    this.endpoints.delete(endpoint);
  }

  private deliverToOne(packet: IpPacket, local: Address, counters: UdpCounters): void {
    const { datagram } = this;
    const remote = packet.sourceAddress();
    const { sourcePort, destinationPort } = datagram;
    const endpoint = this.ports.find(local, destinationPort, remote, sourcePort, packet.interfaceId);
    if (endpoint !== null) {
      this.deliver(endpoint, local, remote, counters);
      return;
    }
    counters.NoPorts++;
    this.context.dropped(DropReason.udpNoPort, packet.interfaceId);
    this.feedback.portUnreachable(packet);
  }

  /** RFC 1122 §4.1.3.5, RFC 1112 §7.2: groups and broadcasts are for everybody who listens. */
  private deliverToAll(local: Address, counters: UdpCounters): void {
    const { packet, sourcePort, destinationPort } = this.datagram;
    const remote = packet.sourceAddress();
    let copies = 0;
    for (const endpoint of this.ports.at(destinationPort)) {
      if (scoreOf(endpoint, local, remote, sourcePort, packet.interfaceId) < 0) continue;
      if (local.isMulticast && !endpoint.hears(local, packet.interfaceId)) continue;
      this.deliver(endpoint, local, remote, counters);
      if (copies++ > 0) counters.InMulti++;
    }
    if (copies === 0) this.context.dropped(DropReason.udpNoPort, packet.interfaceId);
  }

  // RFC 1112 §6.1: members on the sending host get a copy, as IP_MULTICAST_LOOP has it; with a TTL of 0 they alone.
  private deliverLooped(
    localPort: number,
    path: DatagramPath,
    remotePort: number,
    bytes: Uint8Array,
    options: IpSendOptions,
  ): void {
    const { remote, source, interface: owner } = path;
    for (const endpoint of this.ports.at(remotePort)) {
      if (scoreOf(endpoint, remote, source, localPort, owner.id) < 0 || !endpoint.hears(remote, owner.id)) continue;
      const counters = this.countersOf(remote.family);
      if (!endpoint.hasRoomFor(bytes.length)) {
        endpoint.droppedDatagrams++;
        counters.RcvbufErrors++;
        continue;
      }
      counters.InDatagrams++;
      const { hopLimit, trafficClass } = options;
      endpoint.deliver({
        bytes: bytes.slice(),
        address: source,
        port: localPort,
        localAddress: remote,
        interfaceId: owner.id,
        hopLimit,
        trafficClass,
      });
    }
  }

  /** Hands the datagram over; a super-segment is one datagram for every `gsoSize` bytes. */
  private deliver(endpoint: DatagramEndpoint, local: Address, remote: Address, counters: UdpCounters): void {
    const { packet, sourcePort, payloadOffset, payloadLength } = this.datagram;
    const { u8 } = packet.memory;
    const step = packet.gsoSize > 0 ? packet.gsoSize : Math.max(payloadLength, 1);
    for (let from = 0; from === 0 || from < payloadLength; from += step) {
      const length = Math.min(step, payloadLength - from);
      const start = payloadOffset + from;
      if (!endpoint.hasRoomFor(length)) {
        this.refuse(endpoint, counters);
        continue;
      }
      counters.InDatagrams++;
      endpoint.deliver({
        bytes: u8.slice(start, start + length),
        address: remote,
        port: sourcePort,
        localAddress: local,
        interfaceId: packet.interfaceId,
        hopLimit: packet.hopLimit,
        trafficClass: packet.trafficClass,
      });
    }
  }

  private refuse(endpoint: DatagramEndpoint, counters: UdpCounters): void {
    endpoint.droppedDatagrams++;
    counters.RcvbufErrors++;
    counters.InErrors++;
    this.context.dropped(DropReason.udpReceiveQueueFull, this.datagram.packet.interfaceId);
  }

  private assignPort(
    endpoint: DatagramEndpoint,
    local: Address | null,
    port: number,
    remote: Address | null,
    remotePort: number,
  ): DatagramErrno | null {
    const { localPortFirst, localPortLast } = this.context.settings;
    const chosen =
      port !== 0 ? port : this.ports.ephemeral(endpoint, local, remote, remotePort, localPortFirst, localPortLast);
    if (chosen === 0 || !this.ports.isFree(endpoint, local, chosen)) return 'EADDRINUSE';
    endpoint.localAddress = local;
    endpoint.localPort = chosen;
    this.ports.add(endpoint, chosen);
    return null;
  }

  private isBindable(local: Address): boolean {
    return local.isMulticast || local.isLimitedBroadcast || this.output.isLocalAddress(local);
  }

  private interfaceFor(endpoint: DatagramEndpoint, remote: Address): number {
    if (remote.isMulticast && endpoint.multicastInterfaceId >= 0) return endpoint.multicastInterfaceId;
    return endpoint.interfaceId;
  }

  /** Writes header, payload and checksum to the scratch memory; returns the length of it all. */
  private write(
    localPort: number,
    path: DatagramPath,
    remotePort: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): number {
    const memory = this.scratch();
    const total = UDP_HEADER_LENGTH + length;
    emitUdpHeader(memory, 0, localPort, remotePort, total);
    memory.u8.set(bytes.subarray(offset, offset + length), UDP_HEADER_LENGTH);
    // RFC 1122 §4.1.3.4: checksums are computed, always.
    writeUdpChecksum(memory, 0, total, pseudoHeaderSumOf(path.source, path.remote, IpProtocol.udp, total));
    return total;
  }

  private countersOf(family: 4 | 6): UdpCounters {
    return family === 4 ? this.context.counters : this.context.counters6;
  }

  private scratch(): PlainPacketMemory {
    this.memory ??= new PlainPacketMemory(UDP_HEADER_LENGTH + PAYLOAD_MAX_6);
    return this.memory;
  }
}

function ipHeaderLength(remote: Address): number {
  return remote.family === 4 ? 20 : 40;
}

/** An endpoint that hears a group or a broadcast cannot send from it. */
function sourceOf(endpoint: DatagramEndpoint): Address | null {
  const local = endpoint.localAddress;
  return local === null || local.isMulticast || local.isLimitedBroadcast ? null : local;
}

function errnoOf(reason: number): DatagramErrno {
  switch (reason) {
    case DropReason.packetTooBig:
      return 'EMSGSIZE';
    case DropReason.noRoute:
    case DropReason.interfaceDown:
      return 'ENETUNREACH';
    case DropReason.neighborUnreachable:
      return 'EHOSTUNREACH';
    default:
      return 'ENOBUFS';
  }
}
