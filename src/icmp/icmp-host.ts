/** What ICMP needs from the IP layer around it. `IpLayer` fits; tests implement it in a few lines. */
import type { Address } from '../base/address.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import type { IcmpErrorReport, IpSendOptions } from '../ip/ip-context.ts';
import type { IpPacket } from '../wire/ip-packet.ts';

/** A way to a peer, as far as ICMP and UDP look at it; the IP layer's `Destination` fits. */
export interface DatagramPath {
  /** Our address towards the peer. */
  readonly source: Address;
  readonly remote: Address;
  /** Largest IP packet on the way. */
  readonly pathMtu: number;
  readonly interface: { readonly id: number; readonly mtu: number };
  /** A `DestinationKind`: 0 unicast, 1 this host, 2 broadcast, 3 multicast. */
  readonly kind: number;
}

/** Sends datagrams. */
export interface DatagramOutput {
  /** Route and source for `remote`, null when there is none. `interfaceId` -1: any. */
  lookup(remote: Address, local: Address | null, interfaceId: number): DatagramPath | null;
  /** Queues a copy of the first `length` bytes of `bytes`; returns a DropReason, 0 when it went. */
  sendDatagram(
    path: DatagramPath,
    protocol: number,
    bytes: PacketMemory,
    length: number,
    options: IpSendOptions,
  ): number;
}

/** The IP layer as ICMP sees it. */
export interface IcmpHost extends DatagramOutput {
  /** True when the packet's destination is an address of this host that may be a source. */
  isOwnAddress(packet: IpPacket): boolean;
  /** True when the packet's destination is a broadcast address of the interface it came by. */
  isBroadcast(packet: IpPacket): boolean;
  /** True when `interfaceId` is the loopback interface: nobody needs protection from oneself there. */
  isLoopback(interfaceId: number): boolean;
  /** An error about a packet of ours, for the transports and the path MTU. */
  icmpErrorArrived(error: IcmpErrorReport): void;
}
