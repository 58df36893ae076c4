/**
 * What a sender remembers to judge losses and to take judgments back; attached to a connection when it sends data, and dropped
 * when it rests (`rest.ts`).
 * Sequence numbers and microseconds are int32, weights as in the scoreboard.
 */
export class RecoveryState {
  /** SND.NXT when the present episode (CWR, Recovery, Loss) began: RecoveryPoint of RFC 6675, `recover` of RFC 6582. */
  highSeq = 0;
  /** End of the highest record SACKed so far; SND.UNA when there is none above it. */
  highestSacked = 0;
  /** No lost record that waits to be sent again begins below. */
  retransmitSeq = 0;
  /** Where in the scoreboard the last SACK and the last retransmission were: searches start there. */
  sackHint = 0;
  lossHint = 0;
  /** The blocks of the last acknowledgment: what was read before says nothing new. */
  knownBlocks: Int32Array | null = null;
  knownCount = 0;
  /** Weight that duplicate ACKs say has arrived, where the peer has no SACK. */
  renoSacked = 0;

  // Taking back (RFC 3522, RFC 4015, RFC 3708).
  /** The episode may still turn out to be unnecessary; then `undoMarker` is SND.UNA at its beginning. */
  mayUndo = false;
  undoMarker = 0;
  /** Weight sent again since and not yet reported as duplicate; -1: nothing was sent again. */
  undoRetransmitted = -1;
  /** Our timestamp on the first retransmission of the episode, when `hasRetransmitStamp`. */
  retransmitStamp = 0;
  hasRetransmitStamp = false;
  /** SRTT and RTTVAR before the timeout, for RFC 4015's new RTO. */
  priorSrttUs = 0;
  priorRttvarUs = 0;

  // Proportional rate reduction (RFC 9937).
  prrDelivered = 0;
  prrOut = 0;
  /** RecoverFS: what was in flight when the reduction began. */
  recoverFlight = 0;

  /** F-RTO (RFC 5682) is still asking whether the timeout was spurious. */
  isFrto = false;
  /** F-RTO step 2b: new data goes before anything is sent again. */
  isFrtoProbing = false;

  // Tail loss probe (RFC 8985 section 7).
  isProbeOut = false;
  probeHighSeq = 0;
  isProbeRetransmission = false;
  /** A round trip was measured since the last probe, or since the first data. */
  hasRttSinceProbe = true;

  // Reordering as it was seen, in segments, and how often (RFC 8985 section 6.2).
  reordering: number;
  reorderingSeen = 0;
  /** Where the burst ends that was begun last (`bursts.ts`). */
  burstEnd: number;
  /** Transmissions so far, modulo 2^32. */
  sendOrder = 0;
  // RACK: the segment sent last among those delivered.
  rackSentUs = 0;
  rackSendOrder = 0;
  rackEndSeq = 0;
  rackRttUs = 0;
  hasRack = false;
  isRackAdvanced = false;
  isDsackSeen = false;
  windowSteps = 1;
  windowPersist = 0;
  /** `Tcb.delivered` when the reordering window was last adjusted. */
  windowDelivered = 0;
  /** Duplicates reported so far, in weight: more of them than retransmissions are the network's or a liar's. */
  duplicated = 0;

  // Use of the window (RFC 7661, and the kernel's rule).
  windowUseSeq = 0;
  pipeAck = 0;
  isPipeAckStarted = false;
  pipeAckRound = 0;
  pipeAckSeq = 0;
  pipeAckUs = 0;
  validatedTick = 0;

  // Delivery rate: when the newest segment known to be delivered was sent, and when something was last delivered.
  firstSentUs = 0;
  deliveredUs = 0;

  constructor(seq: number, reordering: number) {
    // RFC 6582 §3.2 R6582-6: nothing was sent before, so nothing stands in the way of the first recovery.
    this.highSeq = seq;
    this.highestSacked = seq;
    this.retransmitSeq = seq;
    this.undoMarker = seq;
    this.rackEndSeq = seq;
    this.windowUseSeq = seq;
    this.pipeAckSeq = seq;
    this.burstEnd = seq;
    this.reordering = reordering;
  }

  /** With everything acknowledged and no episode under way, a new record would do as well: the path has surprised nobody so far. */
  isForgettable(reordering: number): boolean {
    const isQuiet = !this.mayUndo && !this.isFrto && !this.isProbeOut && this.hasRttSinceProbe && this.renoSacked === 0;
    const isOrderly = this.reorderingSeen === 0 && this.reordering === reordering;
    return isQuiet && isOrderly && !this.isDsackSeen && this.windowSteps === 1 && this.duplicated === 0;
  }
}
