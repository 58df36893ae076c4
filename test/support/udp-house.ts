/** A house for tests of UDP: everything around the layer, with three addresses, and packets to feed it. */
import { expect } from 'vitest';
import { Address } from '../../src/base/address.ts';
import { SipHash } from '../../src/base/keyed-hash.ts';
import { type PacketMemory, PlainPacketMemory } from '../../src/base/packet-memory.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { IcmpErrorView, icmpErrorKind } from '../../src/icmp/icmp-error.ts';
import type { DatagramPath } from '../../src/icmp/icmp-host.ts';
import { DestinationKind } from '../../src/ip/destination.ts';
import type { IcmpErrorReport, IpSendOptions } from '../../src/ip/ip-context.ts';
import type { DatagramEndpoint } from '../../src/udp/datagram-endpoint.ts';
import {
  type UdpContext,
  type UdpFeedback,
  type UdpOutput,
  type UdpSettings,
  udpSettings,
} from '../../src/udp/udp-context.ts';
import { UdpCounters } from '../../src/udp/udp-counters.ts';
import { UdpLayer } from '../../src/udp/udp-layer.ts';
import { pseudoHeaderSum } from '../../src/wire/checksum.ts';
import { DropReason } from '../../src/wire/drop-reason.ts';
import { IpPacket } from '../../src/wire/ip-packet.ts';
import { emitIpv4Header, parseIpv4 } from '../../src/wire/ipv4.ts';
import { emitIpv6Header, parseIpv6 } from '../../src/wire/ipv6.ts';
import { emitUdpHeader, writeUdpChecksum } from '../../src/wire/udp.ts';

export const US = Address.parse('10.0.0.1');
export const US_TOO = Address.parse('10.0.0.5');
export const PEER = Address.parse('10.0.0.2');
export const OTHER = Address.parse('203.0.113.9');
export const BROADCAST = Address.parse('10.0.0.255');
export const GROUP = Address.parse('239.1.2.3');
export const US6 = Address.parse('2001:db8::1');
export const PEER6 = Address.parse('2001:db8::2');
export const NO_ROUTE = Address.parse('192.0.2.99');

export interface Sent {
  path: DatagramPath;
  bytes: Uint8Array;
  options: IpSendOptions;
}

/** Everything around UDP, with three addresses. */
export class House implements UdpContext, UdpOutput, UdpFeedback {
  readonly random = new SeededRandom(5);
  readonly hash = new SipHash(Int32Array.of(1, 2, 3, 4));
  readonly counters = new UdpCounters();
  readonly counters6 = new UdpCounters();
  readonly settings: UdpSettings;
  readonly sent: Sent[] = [];
  readonly drops: number[] = [];
  readonly groups: string[] = [];
  readonly events: number[] = [];
  unreachable = 0;
  pathMtuReports = 0;
  sendReason: number = DropReason.none;
  readonly udp: UdpLayer;

  constructor(changes: Partial<UdpSettings> = {}) {
    this.settings = udpSettings('linux', changes);
    this.udp = new UdpLayer(this, this, this);
  }

  dropped(reason: number): void {
    this.drops.push(reason);
  }
  lookup(remote: Address, local: Address | null): DatagramPath | null {
    if (remote.equals(NO_ROUTE)) return null;
    const isBroadcast = remote.equals(BROADCAST) || remote.isLimitedBroadcast;
    const kind = remote.isMulticast
      ? DestinationKind.multicast
      : isBroadcast
        ? DestinationKind.broadcast
        : DestinationKind.unicast;
    const source = local ?? (remote.family === 4 ? US : US6);
    return { source, remote, pathMtu: 1500, interface: { id: 1, mtu: 1500 }, kind };
  }
  sendDatagram(
    path: DatagramPath,
    _protocol: number,
    bytes: PacketMemory,
    length: number,
    options: IpSendOptions,
  ): number {
    if (this.sendReason === DropReason.none) this.sent.push({ path, bytes: bytes.u8.slice(0, length), options });
    return this.sendReason;
  }
  isLocalAddress(address: Address): boolean {
    return [US, US_TOO, US6].some((own) => own.equals(address));
  }
  isBroadcast(packet: IpPacket): boolean {
    return packet.destination3 === -1 || packet.destination3 === BROADCAST.w3;
  }
  joinGroup(group: Address, interfaceId: number): number {
    this.groups.push(`+${group.toString()}%${interfaceId}`);
    return interfaceId < 0 ? 1 : interfaceId;
  }
  leaveGroup(group: Address, interfaceId: number): void {
    this.groups.push(`-${group.toString()}%${interfaceId}`);
  }
  portUnreachable(): void {
    this.unreachable++;
  }
  pathMtuReported(): void {
    this.pathMtuReports++;
  }
  datagramEvent(_endpoint: DatagramEndpoint, bits: number): void {
    this.events.push(bits);
  }

  bound(
    address: Address | null,
    port: number,
    options: { family?: 4 | 6; reuseAddress?: boolean; v6Only?: boolean } = {},
  ): DatagramEndpoint {
    const endpoint = this.udp.createEndpoint(options.family ?? 4, options);
    endpoint.owner = this;
    expect(endpoint.bind(address, port)).toBeNull();
    return endpoint;
  }
}

export interface Shape {
  source?: Address;
  destination?: Address;
  sourcePort?: number;
  destinationPort?: number;
  payload?: Uint8Array;
  interfaceId?: number;
  checksum?: number;
  length?: number;
}

/** A received UDP packet with a right checksum. */
export function datagram(shape: Shape = {}): IpPacket {
  const memory = new PlainPacketMemory(70_000);
  const packet = new IpPacket(memory);
  const payload = shape.payload ?? Uint8Array.of(1, 2, 3);
  const destination = shape.destination ?? US;
  packet.setAddresses(shape.source ?? (destination.family === 4 ? PEER : PEER6), destination);
  packet.protocol = 17;
  packet.hopLimit = 60;
  const header = destination.family === 4 ? 20 : 40;
  const length = 8 + payload.length;
  if (destination.family === 4) emitIpv4Header(memory, 4, packet, header + length);
  else emitIpv6Header(memory, 4, packet, header + length);
  const at = 4 + header;
  emitUdpHeader(memory, at, shape.sourcePort ?? 5000, shape.destinationPort ?? 53, shape.length ?? length);
  memory.u8.set(payload, at + 8);
  writeUdpChecksum(memory, at, length, pseudoHeaderSum(packet, 17, length));
  if (shape.checksum !== undefined) memory.view.setUint16(at + 6, shape.checksum);
  const parse = destination.family === 4 ? parseIpv4 : parseIpv6;
  parse(memory, 4, at + length, packet);
  packet.interfaceId = shape.interfaceId ?? 1;
  return packet;
}

/** An ICMP error about a datagram from `local` to `remote`. */
export function report(
  type: number,
  code: number,
  local: [Address, number],
  remote: [Address, number],
  size: { mtu: number; quotedTotalLength: number } = { mtu: 0, quotedTotalLength: 0 },
): IcmpErrorReport {
  const view = new IcmpErrorView();
  view.type = type;
  view.code = code;
  view.kind = icmpErrorKind(4, type, code);
  view.protocol = 17;
  view.source = local[0];
  view.destination = remote[0];
  view.memory.view.setUint16(0, local[1]);
  view.memory.view.setUint16(2, remote[1]);
  view.quotedLength = 8;
  view.mtu = size.mtu;
  view.quotedTotalLength = size.quotedTotalLength;
  return view;
}
