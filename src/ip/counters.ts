/**
 * Counters of the IP layer under the names of Linux's /proc/net/snmp and /proc/net/snmp6 (RFC 4293, RFC 2011), so that
 * what people know from `nstat` can be compared. Plain numbers: readable, cloneable, cheap.
 */

/** Group Ip (with IpExt) or Ip6; one shape for both families. */
export class IpFamilyCounters {
  InReceives = 0;
  InHdrErrors = 0;
  InAddrErrors = 0;
  InTooBigErrors = 0;
  InNoRoutes = 0;
  InUnknownProtos = 0;
  InTruncatedPkts = 0;
  InDiscards = 0;
  InDelivers = 0;
  InCsumErrors = 0;
  InMcastPkts = 0;
  InBcastPkts = 0;
  InOctets = 0;
  InNoECTPkts = 0;
  InECT1Pkts = 0;
  InECT0Pkts = 0;
  InCEPkts = 0;
  ForwDatagrams = 0;
  OutRequests = 0;
  OutDiscards = 0;
  OutNoRoutes = 0;
  OutMcastPkts = 0;
  OutBcastPkts = 0;
  OutOctets = 0;
  ReasmTimeout = 0;
  ReasmReqds = 0;
  ReasmOKs = 0;
  ReasmFails = 0;
  ReasmOverlaps = 0;
  FragOKs = 0;
  FragFails = 0;
  FragCreates = 0;
}

/** Group Icmp. */
export class IcmpCounters {
  InMsgs = 0;
  InErrors = 0;
  InCsumErrors = 0;
  InDestUnreachs = 0;
  InTimeExcds = 0;
  InParmProbs = 0;
  InSrcQuenchs = 0;
  InRedirects = 0;
  InEchos = 0;
  InEchoReps = 0;
  InTimestamps = 0;
  InTimestampReps = 0;
  InAddrMasks = 0;
  InAddrMaskReps = 0;
  OutMsgs = 0;
  OutErrors = 0;
  OutRateLimitGlobal = 0;
  OutRateLimitHost = 0;
  OutDestUnreachs = 0;
  OutTimeExcds = 0;
  OutParmProbs = 0;
  OutRedirects = 0;
  OutEchos = 0;
  OutEchoReps = 0;
  OutTimestamps = 0;
  OutTimestampReps = 0;
}

/** Group Icmp6, neighbor discovery and multicast listener discovery among it. */
export class Icmp6Counters {
  InMsgs = 0;
  InErrors = 0;
  InCsumErrors = 0;
  InDestUnreachs = 0;
  InPktTooBigs = 0;
  InTimeExcds = 0;
  InParmProblems = 0;
  InEchos = 0;
  InEchoReplies = 0;
  InGroupMembQueries = 0;
  InGroupMembResponses = 0;
  InGroupMembReductions = 0;
  InRouterSolicits = 0;
  InRouterAdvertisements = 0;
  InNeighborSolicits = 0;
  InNeighborAdvertisements = 0;
  InRedirects = 0;
  InMLDv2Reports = 0;
  OutMsgs = 0;
  OutErrors = 0;
  OutRateLimitHost = 0;
  OutDestUnreachs = 0;
  OutPktTooBigs = 0;
  OutTimeExcds = 0;
  OutParmProblems = 0;
  OutEchos = 0;
  OutEchoReplies = 0;
  OutGroupMembResponses = 0;
  OutGroupMembReductions = 0;
  OutRouterSolicits = 0;
  OutNeighborSolicits = 0;
  OutNeighborAdvertisements = 0;
  OutMLDv2Reports = 0;
}

/** Both neighbor tables together, under the names of /proc/net/stat/arp_cache. */
export class NeighborCounters {
  allocs = 0;
  destroys = 0;
  resFailed = 0;
  rcvProbesMcast = 0;
  rcvProbesUcast = 0;
  forcedGcRuns = 0;
  unresolvedDiscards = 0;
  unresolvedEvictions = 0;
  tableFulls = 0;
  /** Another station uses one of our addresses (RFC 5227, RFC 4862). */
  addressConflicts = 0;
}

/** Everything the IP layer counts. */
export class IpCounters {
  readonly ip = new IpFamilyCounters();
  readonly ip6 = new IpFamilyCounters();
  readonly icmp = new IcmpCounters();
  readonly icmp6 = new Icmp6Counters();
  readonly neighbor = new NeighborCounters();
}
