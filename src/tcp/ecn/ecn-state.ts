/**
 * What a connection knows about congestion marks: which kind of feedback was agreed on (RFC 3168, or Accurate ECN by
 * RFC 9768), what has arrived and must be told, and what the peer has told. Attached to the Tcb when the SYN asks or a SYN
 * that asks is accepted; null everywhere else. Counters start at 0 here; the start values of RFC 9768 are added on the wire.
 */

/** What was agreed on. */
export const EcnMode = {
  /** Our SYN asks; nothing is agreed yet. */
  asking: 0,
  /** ECE and CWR (RFC 3168). */
  classic: 1,
  /** The ACE counter and its option (RFC 9768). */
  accurate: 2,
} as const;

/** Bits of `failMode`, as in tcp_info's `accecn_fail_mode`. */
export const AccEcnFail = {
  /** What we sent did not arrive as it was sent: the ECN field of a SYN or SYN-ACK was changed, or marks are impossible. */
  aceSend: 1,
  /** The peer's ACE field cannot be right. */
  aceReceive: 2,
  /** Segments with our option do not get through. */
  optionSend: 4,
  /** The peer's option cannot be right. */
  optionReceive: 8,
} as const;

/** `optionSeen`, as in tcp_info's `accecn_opt_seen`. */
export const AccEcnOptionSeen = { none: 0, empty: 1, counters: 2, invalid: 3 } as const;

/** Settings `ecn_option`. */
export const AccEcnOptionMode = {
  off: 0,
  /** Where the ACE field alone could mislead. */
  sparing: 1,
  /** On every ACK that has news. */
  full: 2,
  /** As full, and never given up. */
  persistent: 3,
} as const;

/** How far ECN is agreed on (RFC 3168, RFC 9768). */
export class EcnState {
  /** An EcnMode. */
  mode: number = EcnMode.asking;
  /** What our SYN asked for: EcnMode.classic or accurate. */
  readonly asked: number;
  /** New data leaves as ECT(0). */
  sendsEct = false;
  /** Marks that the peer reports reduce the window. */
  answersMarks = true;
  /** ECN field of the segment being written. */
  codepoint = 0;
  /** A segment with ECT or CE has arrived. */
  isEctSeen = false;
  /** ECE goes out: until CWR comes (RFC 3168), or while CE comes (DCTCP.CE of RFC 8257). */
  isEchoing = false;
  /** The segment that ended the handshake has been looked at: Linux counts what arrives from here on. */
  isOpen = false;

  // Accurate ECN, the handshake.
  /** ECN field of the peer's newest SYN or SYN-ACK, and of ours. */
  synField = 0;
  synSentField = 0;
  /** AE, CWR and ECE of the SYN that was accepted, 0 at the client. */
  synCode = 0;
  /** Client: the next pure ACK tells it. */
  owesHandshakeField = false;
  /** The peer said that our SYN or SYN-ACK arrived with CE. */
  isOpeningMarked = false;
  /** SYNs that asked for it, received so far. */
  synsReceived = 0;
  /** The SYN-ACK that goes next answers a repeated SYN, and no time-out. */
  isAskedAgain = false;
  /** The ACE field of the segment in hand was read as part of the handshake. */
  isAceRead = false;
  isFirstFeedback = true;

  // Accurate ECN, what has arrived: packets with CE (r.cep), payload octets by codepoint.
  receivedCe = 0;
  receivedE0Bytes = 0;
  receivedE1Bytes = 0;
  receivedCeBytes = 0;
  /** Packets with CE that no segment of ours has told yet. */
  untoldCe = 0;
  /** ECN field of the newest packet; at the beginning that of the SYN. */
  lastField = 0;
  /** Linux: the field has changed, the next segment that wants an acknowledgment has it at once. */
  isAnswerDue = false;
  /** The ACK that is owed answers ACKs only: no SACK blocks, or the peer would take it for a duplicate. */
  isAckOfAcks = false;

  // The option, sending: setting `ecn_option`, which fields have ever changed, and what is still owed.
  optionMode = 0;
  /** ACKs that shall carry it whatever else. */
  optionDemand = 0;
  isOptionDue = false;
  isFirstDataOption = false;
  /** Linux: counters that the next option has at least. */
  optionFloor = 0;
  /** Linux: the last segment had the option, and a duplicate to report (RFC 2883) that began at `duplicateSeq`. */
  isOptionWithDuplicate = false;
  duplicateSeq = 0;
  optionSentUs = 0;
  /** The sum of octets told last, to tell at least every 2^22. */
  optionToldBytes = 0;

  // Accurate ECN, what the peer has told (s.cep and its byte counters).
  deliveredCe = 0;
  deliveredE0Bytes = 0;
  deliveredE1Bytes = 0;
  deliveredCeBytes = 0;
  /** An AccEcnOptionSeen. */
  optionSeen = 0;
  /** AccEcnFail bits. */
  failMode = 0;
  /** Newest timestamp among the ACKs that were read. */
  newestTimestamp = 0;
  hasTimestamp = false;
  /** Linux: the segment in hand has moved TS.Recent on. */
  isTimeNewer = false;
  /** Packets that an ACK covers on average; 0 before the first. */
  packetsPerAck = 0;
  /** Linux: the ECN field whose octets grow where no option tells; 0: nobody knows. */
  estimatedField = 0;
  /** CE octets told but not yet handed to the congestion control. */
  marksLeftBytes = 0;
  /** `deliveredCe` at the last option, and the octets that were guessed for what ACE alone has told since. */
  deliveredCeAtOption = 0;
  guessedBytes = 0;

  // Rounds in which everything came marked (RFC 9768 section 3.2.2.3).
  roundEndSeq = 0;
  roundPackets = 0;
  roundMarks = 0;
  markedRounds = 0;

  constructor(asked: number) {
    this.asked = asked;
  }

  get isAccurate(): boolean {
    return this.mode === EcnMode.accurate;
  }
}

/** An option to be written: whose counters, and how many. */
export interface AccEcnTold {
  readonly ecn: EcnState;
  readonly counters: number;
}

/** What the segments of a connection say of ECN: control bits, ECN field, option. */
export interface LastWord {
  readonly flags: number;
  readonly codepoint: number;
  readonly option: AccEcnTold | null;
}
