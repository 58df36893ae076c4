/**
 * Why a received frame, packet or segment went no further. Small integers, so that the receive path returns them without
 * an allocation; 0 means that nothing was wrong. Rooms above `wire/` share the table: every drop is counted under a name.
 */

/** Drop reasons; `none` is 0. Numbers may change between versions, names do not. */
export const DropReason = {
  none: 0,
  // Link layer
  ethernetTruncated: 1,
  ethernetBadLength: 2,
  vlanTruncated: 3,
  vlanTooManyTags: 4,
  llcTruncated: 5,
  arpTruncated: 6,
  arpUnsupported: 7,
  unknownEtherType: 8,
  notForUs: 9,
  // IPv4
  ipTruncated: 10,
  ipBadVersion: 11,
  ipBadHeaderLength: 12,
  ipBadTotalLength: 13,
  ipBadChecksum: 14,
  ipBadOption: 15,
  ipBadFragment: 16,
  // IPv6
  ipv6ExtensionTruncated: 17,
  ipv6TooManyExtensions: 18,
  ipv6HopByHopMisplaced: 19,
  /** Unrecognised option whose action bits are 01: drop silently. */
  ipv6OptionDiscard: 20,
  /** Action bits 10: drop and report, even when sent to a multicast group. */
  ipv6OptionReport: 21,
  /** Action bits 11: drop and report unless sent to a multicast group. */
  ipv6OptionReportUnicast: 22,
  /** A routing header that still has segments left (RFC 8200 section 4.4). */
  ipv6RoutingHeader: 23,
  ipv6Jumbogram: 24,
  ipv6BadFragmentLength: 25,
  ipv6FragmentTooLong: 26,
  /** The first fragment does not hold the whole header chain (RFC 7112 section 5). */
  ipv6HeaderChainSplit: 27,
  // Transports
  tcpTruncated: 30,
  tcpBadDataOffset: 31,
  tcpBadChecksum: 32,
  udpTruncated: 33,
  udpBadLength: 34,
  udpBadChecksum: 35,
  /** A zero checksum over IPv6, where it is not allowed (RFC 8200 section 8.1). */
  udpNoChecksum: 36,
  icmpTruncated: 37,
  icmpBadChecksum: 38,
  /** A neighbour-discovery message that breaks a validity rule of RFC 4861. */
  ndpInvalid: 39,
  igmpTruncated: 40,
  igmpBadChecksum: 41,
  igmpInvalid: 42,
  mldInvalid: 43,
  // Internet layer decisions
  hopLimitExceeded: 50,
  noRoute: 51,
  martianSource: 52,
  forwardingOff: 53,
  reassemblyOverlap: 54,
  reassemblyTimeout: 55,
  reassemblyLimit: 56,
  unknownProtocol: 57,
  neighborUnreachable: 58,
  neighborQueueFull: 59,
  transmitQueueFull: 60,
  packetTooBig: 61,
  icmpRateLimited: 62,
  icmpNotForUs: 63,
  interfaceDown: 64,
  noMemory: 65,
  // Datagram endpoints
  udpNoPort: 66,
  udpReceiveQueueFull: 67,
  /** The host's own packet filter. */
  filtered: 68,
  /** An ICMP error about a segment that was not sent so (RFC 5927). */
  icmpImplausible: 69,
} as const;

export type DropReason = (typeof DropReason)[keyof typeof DropReason];

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(DropReason).map(([name, value]) => [value, name]));

/** The name of a drop reason, for counters, observers and people; `unknown-<n>` for a number that is none. */
export function dropReasonName(reason: number): string {
  return NAMES.get(reason) ?? `unknown-${reason}`;
}
