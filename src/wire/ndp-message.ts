/** The view of a message of neighbor discovery (RFC 4861 section 4). */

/** A parsed message of neighbour discovery; one is reused for all. */
export class NdpMessage {
  type = 0;
  /** Target address of a solicitation, advertisement or redirect. */
  target0 = 0;
  target1 = 0;
  target2 = 0;
  target3 = 0;
  /** Redirect: the destination for which the target is the better first hop. */
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  /** Neighbour advertisement. */
  isRouter = false;
  isSolicited = false;
  isOverride = false;
  /** Router advertisement; 0 leaves hop limit, reachable time and retransmission timer unspecified. */
  hopLimit = 0;
  isManaged = false;
  hasOtherConfiguration = false;
  routerLifetimeSeconds = 0;
  reachableMs = 0;
  retransmitMs = 0;
  /** Options: link-layer addresses as in MacAddress. */
  hasSourceLink = false;
  sourceLinkHigh = 0;
  sourceLinkLow = 0;
  hasTargetLink = false;
  targetLinkHigh = 0;
  targetLinkLow = 0;
  /** MTU option, 0 when absent. */
  mtu = 0;
  /** Prefix information options found, and where the option list lies for `nextPrefix`. */
  prefixCount = 0;
  optionsOffset = 0;
  optionsEnd = 0;
}
