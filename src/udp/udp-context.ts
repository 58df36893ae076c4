/** What UDP is given from outside, its settings, and whom it tells about events. */
import type { Address } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { RandomSource } from '../base/random.ts';
import type { DatagramOutput } from '../icmp/icmp-host.ts';
import type { IcmpErrorReport } from '../ip/ip-context.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import type { UdpCounters } from './udp-counters.ts';

export interface UdpSettings {
  /** Ephemeral ports, first and last (Linux's ip_local_port_range). */
  readonly localPortFirst: number;
  readonly localPortLast: number;
  /** Bytes, overhead included, that may wait in one endpoint's receive queue. */
  readonly rmemDefaultBytes: number;
  /** Endpoints of one stack. */
  readonly endpointsMax: number;
  /** How endpoints start: 0 with `want`, 1 with `dont` (Linux's ip_no_pmtu_disc); see PathMtuDiscovery. */
  readonly noPmtuDisc: number;
  /** Groups one endpoint may join (Linux's igmp_max_memberships). */
  readonly membershipsMax: number;
}

const LINUX: UdpSettings = {
  localPortFirst: 32_768,
  localPortLast: 60_999,
  rmemDefaultBytes: 212_992,
  endpointsMax: 16_384,
  membershipsMax: 20,
  noPmtuDisc: 0,
};

/**
 * RFC 6335 §6: the dynamic ports are 49152 to 65535; RFC 6056 §3.2 would take all from 1024.
 * RFC 1122 §3.3.3: datagrams may be cut on their way unless a program says otherwise.
 */
const RFC: UdpSettings = { ...LINUX, localPortFirst: 49_152, localPortLast: 65_535, noPmtuDisc: 1 };

/**
 * The settings of a profile with some of them changed.
 * @throws ArgumentError when a name is unknown or a value is out of range
 */
export function udpSettings(profile: 'linux' | 'rfc', changes: Partial<UdpSettings> = {}): UdpSettings {
  const base = profile === 'rfc' ? RFC : LINUX;
  for (const [name, value] of Object.entries(changes)) {
    if (!(name in base)) throw new ArgumentError(`settings.${name}`, 'is not a setting of UDP');
    checkInteger(`settings.${name}`, value, name.startsWith('localPort') ? 1 : 0, name === 'noPmtuDisc' ? 1 : 2 ** 30);
  }
  const settings = { ...base, ...changes };
  checkInteger('settings.localPortLast', settings.localPortLast, settings.localPortFirst, 0xffff);
  return Object.freeze(settings);
}

/** The IP layer as UDP sees it. */
export interface UdpOutput extends DatagramOutput {
  /** True for an address of this host that may be bound. */
  isLocalAddress(address: Address): boolean;
  /** True when the packet's destination is a broadcast address of the interface it came by. */
  isBroadcast(packet: IpPacket): boolean;
  /** One more member of a group on an interface (-1: by route). @returns the interface, -1 when it is not possible */
  joinGroup(group: Address, interfaceId: number): number;
  /** One member less, on the interface that `joinGroup` named. */
  leaveGroup(group: Address, interfaceId: number): void;
}

/** Whoever says port unreachable, and learns path MTUs. `IcmpErrorSender` and the path MTU cache are behind it. */
export interface UdpFeedback {
  /** Nobody listens: RFC 1122 section 4.1.3.1 asks for an ICMP port unreachable. */
  portUnreachable(packet: IpPacket): void;
  /** A packet too big for a datagram of a known endpoint: the report may be believed. */
  pathMtuReported(report: IcmpErrorReport): void;
}

export interface UdpContext {
  readonly random: RandomSource;
  readonly hash: KeyedHash;
  readonly settings: UdpSettings;
  readonly counters: UdpCounters;
  readonly counters6: UdpCounters;
  /** A packet was dropped; `reason` is a DropReason. */
  dropped(reason: number, interfaceId: number): void;
}
