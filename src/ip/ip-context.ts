/**
 * What the IP layer is given (context), what it tells the transports, and what they may ask of it for one datagram.
 * Interfaces only: the stack implements them, IP, ICMP and UDP use them.
 */
import type { Address, AddressFamily } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import type { RandomSource } from '../base/random.ts';
import type { TimerWheel } from '../base/timer-wheel.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import type { IpCounters } from './counters.ts';
import type { IpSettings } from './settings.ts';

/** Everything from outside that the IP layer leans on. */
export interface IpContext {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly random: RandomSource;
  readonly hash: KeyedHash;
  readonly settings: IpSettings;
  readonly counters: IpCounters;
  /** A frame or packet was dropped; `reason` is a DropReason. */
  dropped(reason: number, interfaceId: number): void;
}

/** What an ICMP error means to a transport, independent of the family (RFC 1122 section 4.2.3.9, RFC 4443 section 3). */
export type IcmpErrorKind =
  | 'net-unreachable'
  | 'host-unreachable'
  | 'protocol-unreachable'
  | 'port-unreachable'
  | 'packet-too-big'
  | 'source-route-failed'
  | 'administratively-prohibited'
  | 'time-exceeded'
  | 'parameter-problem'
  | 'source-quench'
  | 'other';

/** An ICMP error that quotes a packet of ours. The memory is valid during the call only. */
export interface IcmpErrorReport {
  family: AddressFamily;
  kind: IcmpErrorKind;
  /** As on the wire. Both 0 with `local` true. */
  type: number;
  code: number;
  /** Next-hop MTU of packet-too-big, else 0. */
  mtu: number;
  /** Total length by the quoted IP header; RFC 1191 section 5 needs it where `mtu` is 0. */
  quotedTotalLength?: number;
  /** Made by this host (address resolution failed), not received. */
  local: boolean;
  /** Of the quoted packet: protocol, our address, the peer's address. */
  protocol: number;
  source: Address;
  destination: Address;
  interfaceId: number;
  memory: PacketMemory;
  /** Quoted transport header: where, and how many bytes of it there are (may be fewer than a header). */
  quotedOffset: number;
  quotedLength: number;
}

/** The transports as the IP layer sees them. */
export interface TransportProtocols {
  /** A whole datagram addressed to us (also by broadcast or multicast). False: nobody speaks this protocol. */
  transportArrived(packet: IpPacket): boolean;
  icmpErrorArrived(error: IcmpErrorReport): void;
}

/** ICMP as the IP layer sees it. */
export interface IcmpReceiver {
  /**
   * Takes a whole message addressed to us.
   * @returns IcmpVerdict: 1 when it is sound and a matter of the IP layer (discovery, redirects), else 0
   */
  arrived(packet: IpPacket): number;
}

/** Errors the IP layer and the transports owe to senders. Each may decline, by rule or by rate; true: a message left. */
export interface IcmpErrors {
  portUnreachable(packet: IpPacket): boolean;
  protocolUnreachable(packet: IpPacket): boolean;
  hostUnreachable(packet: IpPacket): boolean;
  netUnreachable(packet: IpPacket): boolean;
  /** A filter forbids it. */
  prohibited(packet: IpPacket): boolean;
  hopLimitExceeded(packet: IpPacket): boolean;
  reassemblyTimedOut(first: IpPacket): boolean;
  packetTooBig(packet: IpPacket, mtu: number): boolean;
  parameterProblem(packet: IpPacket, code: number, pointer: number): boolean;
}

/** Both halves, made for one IP layer. */
export interface IcmpParts {
  readonly receiver: IcmpReceiver;
  readonly errors: IcmpErrors;
}

/** What a sender may choose for one datagram. -1 stands for the default where it is allowed. */
export interface IpSendOptions {
  /** DSCP and ECN, 0 to 255. */
  trafficClass: number;
  /** 0 to 255; -1: the interface's default. */
  hopLimit: number;
  /** 20 bits, -1: derived from the addresses (RFC 6437). */
  flowLabel: number;
  /** IPv4: set DF; both families: never fragment, answer packetTooBig instead. */
  dontFragment: boolean;
  /** Only the MTU of the interface counts, not what is known of the path: for those who find out themselves. Default false. */
  ignorePathMtu?: boolean;
  /** IPv4 options, a multiple of 4 bytes up to 40, or null. */
  ipOptions: Uint8Array | null;
}

export const DEFAULT_SEND_OPTIONS: IpSendOptions = {
  trafficClass: 0,
  hopLimit: -1,
  flowLabel: -1,
  dontFragment: false,
  ipOptions: null,
};
