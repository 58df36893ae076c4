/** A host for tests of ICMP: the IP layer as far as ICMP is concerned, and packets to feed it. */
import { Address } from '../../src/base/address.ts';
import { Clock } from '../../src/base/clock.ts';
import { SipHash } from '../../src/base/keyed-hash.ts';
import { type PacketMemory, PlainPacketMemory } from '../../src/base/packet-memory.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { TimerWheel } from '../../src/base/timer-wheel.ts';
import { IcmpErrorSender } from '../../src/icmp/error-sender.ts';
import type { DatagramPath, IcmpHost } from '../../src/icmp/icmp-host.ts';
import { DEFAULT_ICMP_LIMITS, IcmpLayer, type IcmpLimits } from '../../src/icmp/icmp-layer.ts';
import { IpCounters } from '../../src/ip/counters.ts';
import type { IcmpErrorReport, IpContext, IpSendOptions } from '../../src/ip/ip-context.ts';
import { type IpSettings, ipSettings } from '../../src/ip/settings.ts';
import { pseudoHeaderSum } from '../../src/wire/checksum.ts';
import { DropReason } from '../../src/wire/drop-reason.ts';
import { emitIcmp } from '../../src/wire/icmp.ts';
import { emitIcmpv6 } from '../../src/wire/icmpv6.ts';
import { IpPacket } from '../../src/wire/ip-packet.ts';
import { emitIpv4Header, parseIpv4 } from '../../src/wire/ipv4.ts';
import { emitIpv6Header, parseIpv6 } from '../../src/wire/ipv6.ts';

export const US = { 4: Address.parse('10.0.0.1'), 6: Address.parse('2001:db8::1') };
export const PEER = { 4: Address.parse('10.0.0.2'), 6: Address.parse('2001:db8::2') };
export const OTHER = { 4: Address.parse('203.0.113.9'), 6: Address.parse('2001:db8:9::9') };
export const BROADCAST = Address.parse('10.0.0.255');

export interface Sent {
  path: DatagramPath;
  protocol: number;
  bytes: Uint8Array;
  options: IpSendOptions;
}

/** The IP layer as far as ICMP is concerned, with one address per family. */
export class Host implements IcmpHost, IpContext {
  readonly clock = new Clock(1_000_000);
  readonly wheel = new TimerWheel(0);
  readonly random = new SeededRandom(3);
  readonly hash = new SipHash(Int32Array.of(1, 2, 3, 4));
  readonly counters = new IpCounters();
  readonly sent: Sent[] = [];
  readonly drops: number[] = [];
  readonly reports: { kind: string; protocol: number; mtu: number }[] = [];
  readonly settings: IpSettings;
  readonly layer: IcmpLayer;
  readonly errors: IcmpErrorSender;

  constructor(changes: Partial<IpSettings> = {}, limits: Partial<IcmpLimits> = {}) {
    this.settings = ipSettings('linux', changes);
    this.layer = new IcmpLayer(this, this, { ...DEFAULT_ICMP_LIMITS, ...limits });
    this.errors = new IcmpErrorSender(this, this);
  }

  dropped(reason: number): void {
    this.drops.push(reason);
  }
  lookup(remote: Address, local: Address | null): DatagramPath {
    return { source: local ?? US[remote.family], remote, pathMtu: 1500, interface: { id: 1, mtu: 1500 }, kind: 0 };
  }
  sendDatagram(
    path: DatagramPath,
    protocol: number,
    bytes: PacketMemory,
    length: number,
    options: IpSendOptions,
  ): number {
    this.sent.push({ path, protocol, bytes: bytes.u8.slice(0, length), options });
    return DropReason.none;
  }
  isOwnAddress(packet: IpPacket): boolean {
    return packet.destinationAddress().equals(US[packet.family]);
  }
  isBroadcast(packet: IpPacket): boolean {
    return packet.destination3 === -1 || packet.destination3 === BROADCAST.w3;
  }
  isLoopback(interfaceId: number): boolean {
    return interfaceId === 0;
  }
  icmpErrorArrived(error: IcmpErrorReport): void {
    this.reports.push({ kind: error.kind, protocol: error.protocol, mtu: error.mtu });
  }
}

export interface Shape {
  source?: Address;
  destination?: Address;
  protocol?: number;
  payload?: Uint8Array;
  linkBroadcast?: boolean;
  fragmentOffset?: number;
  trafficClass?: number;
  interfaceId?: number;
}

export function packetOf(family: 4 | 6, shape: Shape = {}): IpPacket {
  const memory = new PlainPacketMemory(70_000);
  const packet = new IpPacket(memory);
  const payload = shape.payload ?? new Uint8Array(32);
  packet.setAddresses(shape.source ?? PEER[family], shape.destination ?? US[family]);
  packet.protocol = shape.protocol ?? 17;
  packet.hopLimit = 60;
  packet.trafficClass = shape.trafficClass ?? 0;
  packet.fragmentOffset = shape.fragmentOffset ?? 0;
  const length = (family === 4 ? 20 : 40) + payload.length;
  if (family === 4) emitIpv4Header(memory, 6, packet, length);
  else emitIpv6Header(memory, 6, packet, length);
  memory.u8.set(payload, 6 + length - payload.length);
  const parse = family === 4 ? parseIpv4 : parseIpv6;
  parse(memory, 6, 6 + length, packet);
  packet.interfaceId = shape.interfaceId ?? 1;
  packet.linkBroadcast = shape.linkBroadcast ?? false;
  return packet;
}

/** An ICMP packet with a right checksum. */
export function icmpPacket(
  family: 4 | 6,
  type: number,
  code: number,
  rest: number,
  body: Uint8Array,
  shape: Shape = {},
): IpPacket {
  const payload = new Uint8Array(8 + body.length);
  payload.set(body, 8);
  const packet = packetOf(family, { ...shape, payload, protocol: family === 4 ? 1 : 58 });
  const { memory, payloadOffset } = packet;
  if (family === 4) emitIcmp(memory, payloadOffset, type, code, rest, payload.length);
  else {
    const sum = pseudoHeaderSum(packet, 58, payload.length);
    emitIcmpv6(memory, payloadOffset, type, code, rest, payload.length, sum);
  }
  return packet;
}

/** A received packet from what was sent, as the peer would see it. */
export function asReceived(sent: Sent): IpPacket {
  const { family } = sent.path.remote;
  const shape = {
    source: sent.path.source,
    destination: sent.path.remote,
    protocol: sent.protocol,
    payload: sent.bytes,
  };
  return packetOf(family, shape);
}

/** The numbers that differ between the families. */
export const FAMILIES = [
  { family: 4, echoRequest: 8, echoReply: 0, unreachable: 3, portCode: 3, tooBig: 3, tooBigCode: 4, timeExceeded: 11 },
  {
    family: 6,
    echoRequest: 128,
    echoReply: 129,
    unreachable: 1,
    portCode: 4,
    tooBig: 2,
    tooBigCode: 0,
    timeExceeded: 3,
  },
] as const;
