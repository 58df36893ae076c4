/**
 * The view of one IP packet, the same for IPv4 (RFC 791) and IPv6 (RFC 8200). One per stack, refilled for every packet,
 * so that parsing allocates nothing. Only integers and the memory the packet lies in; valid during the receive call only.
 */
import { Address, IPV4_MAPPED_WORD } from '../base/address.ts';
import type { PacketMemory } from '../base/packet-memory.ts';

/** IP protocol numbers in use here (IANA "Assigned Internet Protocol Numbers"). */
export const IpProtocol = {
  hopByHop: 0,
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  routing: 43,
  fragment: 44,
  authentication: 51,
  icmpv6: 58,
  noNext: 59,
  destinationOptions: 60,
} as const;

/** ECN codepoints, the low two bits of the traffic class (RFC 3168 section 5). */
export const Ecn = { notEct: 0, ect1: 1, ect0: 2, ce: 3 } as const;

/** A parsed IP header and where its payload lies. Addresses are in the four-word form of `Address`. */
export class IpPacket {
  memory: PacketMemory;
  family: 4 | 6 = 4;
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  /** DSCP and ECN: the IPv4 TOS octet or the IPv6 traffic class. */
  trafficClass = 0;
  /** 20 bits, 0 for IPv4. */
  flowLabel = 0;
  /** TTL or hop limit. */
  hopLimit = 0;
  /** Protocol of the payload, behind any IPv6 extension headers. */
  protocol = 0;
  /** Where the IP header starts. */
  headerOffset = 0;
  /** IPv4 header with options, or IPv6 header with extension headers, up to the payload. */
  headerLength = 0;
  /** Header and payload, by the header's own words: link padding is not in it. */
  totalLength = 0;
  payloadOffset = 0;
  payloadLength = 0;
  /** IPv4 identification (16 bits) or the one of an IPv6 fragment header (32 bits, int32). */
  identification = 0;
  dontFragment = false;
  moreFragments = false;
  /** Bytes, a multiple of 8. */
  fragmentOffset = 0;
  /** IPv6: where the fragment header starts, 0 when there is none. */
  fragmentHeaderOffset = 0;
  /** IPv6: offset of the "next header" octet that names the fragment header or the payload (RFC 8200 section 4.5). */
  lastNextHeaderOffset = 0;
  /** IPv4 options: where they start and how many bytes. */
  optionsOffset = 0;
  optionsLength = 0;
  /** IPv4: where a loose or strict source route option starts, 0 when there is none. */
  sourceRouteOffset = 0;
  /** The router alert option is there (RFC 2113, RFC 2711). */
  hasRouterAlert = false;
  /** After a parse that failed: the faulty octet counted from the IP header's first, as an ICMP parameter problem wants it. */
  problemPointer = 0;
  /** Filled in by the stack from the slot. */
  interfaceId = 0;
  /** The frame came by a link-layer broadcast or multicast (RFC 1122 section 3.3.6). */
  linkBroadcast = false;
  /** 1: the device vouches for the transport checksum. */
  checksumVerified = 0;
  gsoSize = 0;

  constructor(memory: PacketMemory) {
    this.memory = memory;
  }

  /** True for a fragment that is not the whole datagram (an atomic fragment of RFC 6946 is whole). */
  get isFragment(): boolean {
    return this.moreFragments || this.fragmentOffset !== 0;
  }

  /** A lasting copy of the source address. Allocates. */
  sourceAddress(): Address {
    return Address.fromWords(this.family, this.source0, this.source1, this.source2, this.source3);
  }

  /** A lasting copy of the destination address. Allocates. */
  destinationAddress(): Address {
    return Address.fromWords(this.family, this.destination0, this.destination1, this.destination2, this.destination3);
  }

  /** Sets both addresses; used when a packet is to be emitted from this view. */
  setAddresses(source: Address, destination: Address): void {
    this.family = source.family;
    this.source0 = source.w0;
    this.source1 = source.w1;
    this.source2 = source.w2;
    this.source3 = source.w3;
    this.destination0 = destination.w0;
    this.destination1 = destination.w1;
    this.destination2 = destination.w2;
    this.destination3 = destination.w3;
  }

  setSourceV4(word: number): void {
    this.source0 = 0;
    this.source1 = 0;
    this.source2 = IPV4_MAPPED_WORD;
    this.source3 = word;
  }

  setDestinationV4(word: number): void {
    this.destination0 = 0;
    this.destination1 = 0;
    this.destination2 = IPV4_MAPPED_WORD;
    this.destination3 = word;
  }
}
