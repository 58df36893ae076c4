/**
 * What one acknowledgment told the sender, filled in on its way through recovery and read by the congestion control.
 * One per stack, reused. Amounts are octets as the congestion window counts them (`Scoreboard.weigh`); times are microseconds.
 */
export class AckSample {
  /** Newly acknowledged cumulatively. */
  acked = 0;
  /** Newly acknowledged, cumulatively or selectively. */
  delivered = 0;
  /** Of `delivered`, what segments that were SACKed are short of full ones. */
  sackPadding = 0;
  /** Newly judged lost. */
  lost = 0;
  /** In flight before this acknowledgment. */
  priorInFlight = 0;
  /** Round-trip time by the first newly acknowledged data that was sent once, -1 without a sample: what the RTO is made of. */
  rttUs = -1;
  /** By the last of it, which a delayed acknowledgment kept least: what congestion controls and the minimum go by. */
  latestRttUs = -1;
  /** How long ago the timestamp it echoes was made, whole milliseconds in microseconds; -1 when there is none to go by. */
  echoAgeUs = -1;
  /** SND.UNA moved. */
  isAdvance = false;
  /** The peer reports a congestion mark: ECE (RFC 3168), or CE octets newly counted (RFC 9768). */
  isMarked = false;
  /** Newly delivered octets that arrived marked CE, as far as the feedback tells (RFC 8257, RFC 9768). */
  deliveredCe = 0;

  // Delivery rate (draft-ietf-ccwg-bbr section 4.1). `intervalUs` is 0 without a sample.
  /** `Tcb.delivered` when the newest delivered segment was sent. */
  priorDelivered = 0;
  /** Octets delivered over the interval. */
  rateDelivered = 0;
  /** The longer of the times it took to send and to acknowledge them. */
  intervalUs = 0;
  /** The sender had too little to send when that segment left: the rate may be too low. */
  isAppLimited = false;
  /** In flight when that segment was sent, itself included. */
  txInFlight = 0;
  /** Judged lost between its sending and now. */
  lostSince = 0;

  // For recovery alone: what kind of news came, and the pieces the samples above are made of.
  /** Something was SACKed. */
  isSacked = false;
  /** Data acknowledged cumulatively, and among it some that had been sent again. */
  isDataAcked = false;
  isRetransmissionAcked = false;
  /** Data of the episode that was sent once was delivered: not all was lost. */
  isOriginalDelivered = false;
  isDsack = false;
  isDsackForProbe = false;
  /** SND.UNA has come to something SACKed: the peer has thrown it away. */
  isReneged = false;
  /** The segment had text, moved the window, or acknowledged something: not a duplicate ACK. */
  isNotDuplicate = false;
  hasSackTime = false;
  /** When the first and the last record that was SACKed and sent once had left. */
  sackSentUs = 0;
  lastSackSentUs = 0;
  hasRateSample = false;
  rateSentUs = 0;
  rateSendOrder = 0;
  rateEndSeq = 0;
  priorDeliveredUs = 0;
  sendElapsedUs = 0;
  lostAtSend = 0;

  reset(priorInFlight: number): void {
    this.acked = 0;
    this.delivered = 0;
    this.sackPadding = 0;
    this.lost = 0;
    this.priorInFlight = priorInFlight;
    this.rttUs = -1;
    this.latestRttUs = -1;
    this.echoAgeUs = -1;
    this.isAdvance = false;
    this.isMarked = false;
    this.deliveredCe = 0;
    this.priorDelivered = 0;
    this.rateDelivered = 0;
    this.intervalUs = 0;
    this.isAppLimited = false;
    this.txInFlight = 0;
    this.lostSince = 0;
    this.isSacked = false;
    this.isDataAcked = false;
    this.isRetransmissionAcked = false;
    this.isOriginalDelivered = false;
    this.isDsack = false;
    this.isDsackForProbe = false;
    this.isReneged = false;
    this.isNotDuplicate = false;
    this.hasSackTime = false;
    this.hasRateSample = false;
  }
}
