/** Options that few connections have, in a record of their own; those of a listener are copied to what it accepts. */
import type { SlotOrder } from './slot-order.ts';

/** 0 means everywhere: as the settings say. */
export class RareOptions {
  /** TCP_MAXSEG: largest segment announced and sent, octets. */
  maxSegment = 0;
  /** TCP_SYNCNT: repetitions of a SYN or SYN-ACK. */
  synRetries = 0;
  /** TCP_LINGER2: seconds in FIN-WAIT-2 after close; negative: not at all. */
  finTimeoutSeconds = 0;
  /** TCP_WINDOW_CLAMP: the widest window offered, octets. */
  windowClamp = 0;
  /**
   * IP_MTU_DISCOVER: segments go without DF, for routers to cut, or must never be cut, which the user is told when the path takes less than
   * is believed; IPv6: messages about the path are not heeded.
   */
  mayBeCut = false;
  isNeverCut = false;
  ignoresTooBig = false;
  /** TCP_RTO_MIN_US, TCP_RTO_MAX_MS, TCP_DELACK_MAX_US: bounds of its own. */
  rtoMinUs = 0;
  rtoMaxUs = 0;
  delayedAckMaxUs = 0;
  /** SO_RCVLOWAT: a user who has less to read than so many octets waits for more; 0: who has any is content. */
  receiveLowat = 0;
  /** TCP_THIN_LINEAR_TIMEOUTS, as the setting of that name. */
  isThinLinear = false;
  /** IP_MINTTL, IPV6_MINHOPCOUNT: segments with less left to go are not heard. */
  minHopLimit = 0;
  /** TCP_SAVE_SYN: the headers of the SYN are kept for the user of what is accepted. */
  savesSyn = false;
  savedSyn: Uint8Array | null = null;
  /** Where records end in what was not sent (MSG_EOR); ascending. No segment reaches across. */
  recordEnds: SlotOrder | null = null;
  /** MSG_MORE: the user goes on writing, so that the end of what there is has no PSH. */
  isMoreComing = false;
  /** A partial segment waits for that; Linux lets it go when something is heard from the peer. */
  isHeldForMore = false;

  /** The same options for another connection. */
  copy(): RareOptions {
    const options = Object.assign(new RareOptions(), this);
    options.recordEnds = null;
    options.isMoreComing = options.isHeldForMore = false;
    options.savedSyn = null;
    return options;
  }
}
