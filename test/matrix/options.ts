/**
 * Where the stack's profiles leave the letter of the RFCs, one switch each with its source. All off is the letter.
 *
 * Sources are functions of Linux 6.12, named with their file, read for behaviour; no code is copied.
 */
export interface Options {
  /**
   * A half-open connection answers a repeated SYN by its SYN-ACK instead of a bare ACK, which a peer in SYN-SENT could not use:
   * `tcp_check_req` (tcp_minisocks.c). Our SYN is not acknowledged yet, so sending it again is always allowed (RFC 9293 §3.8.1).
   */
  readonly repeatedSynAnswered: boolean;
  /** A RST that starts left of the window but reaches into it is challenged, not dropped: `tcp_validate_incoming` (tcp_input.c). */
  readonly overlappingResetChallenged: boolean;
  /** A FIN without text passes a closed window: `tcp_data_queue` (tcp_input.c). */
  readonly finPassesClosedWindow: boolean;
  /**
   * A bare ACK behind the last octet of an open window counts: `tcp_sequence` (tcp_input.c) takes the edge as inside. So does the profile
   * `rfc`: by the letter two ends that have filled each other's windows and lost something never hear each other again.
   */
  readonly ackAtEdgeCounts: boolean;
  /** What ends at the last acknowledgment counts, though all of it be old and the window shut: `tcp_sequence` (tcp_input.c) compares with rcv_wup. */
  readonly endAtEdgeCounts: boolean;
  /** Behind the peer's FIN a RST may stand where the FIN stood: `tcp_reset_check` (tcp_input.c). */
  readonly resetInFinsPlace: boolean;
  /** A listener drops a SYN with FIN: `tcp_rcv_state_process` (tcp_input.c). */
  readonly synFinDropped: boolean;
  /** Text and FIN in a SYN-ACK are left for a retransmission: `tcp_rcv_synsent_state_process` (tcp_input.c). */
  readonly synAckTextIgnored: boolean;
  /** A SYN inside the window ends a half-open connection by a RST, not in silence: `tcp_check_req` (tcp_minisocks.c). */
  readonly halfOpenSynReset: boolean;
  /** A half-open connection looks at the ACK before anything else but timestamps, not that of a RST: `tcp_check_req` (tcp_minisocks.c). */
  readonly halfOpenAckFirst: boolean;
  /** What has neither ACK nor RST nor SYN goes unanswered wherever it lies: `tcp_rcv_established`, `tcp_rcv_state_process` (tcp_input.c). */
  readonly sayingNothingDropped: boolean;
  /** An ACK lies behind SND.UNA by no more than was ever acknowledged: `tcp_ack` (tcp_input.c, 6.7 and later). */
  readonly oldAckBoundByOctets: boolean;
  /** Text that begins before the peer's FIN and goes on behind it is reset: `tcp_rcv_state_process` (tcp_input.c). */
  readonly textBeyondFinReset: boolean;
  /** With timestamps agreed on, a segment without them is processed: `tcp_validate_incoming` leaves PAWS out. */
  readonly missingTimestampProcessed: boolean;
  /** PAWS lets a timestamp be one behind: `tcp_paws_discard` with TCP_PAWS_WINDOW (tcp_input.c), not `tcp_check_req`. */
  readonly timestampOneBehind: boolean;
  /**
   * TIME-WAIT looks at sequence numbers and timestamps only: no check of SEG.ACK, no challenge to a RST, PAWS for a RST too, an ACK for
   * whatever else is not a bare ACK in place: `tcp_timewait_state_process` (tcp_minisocks.c).
   */
  readonly timeWaitBySequence: boolean;
}

/** The profile `rfc`. */
export const RFC: Options = {
  repeatedSynAnswered: true,
  overlappingResetChallenged: false,
  finPassesClosedWindow: false,
  ackAtEdgeCounts: true,
  endAtEdgeCounts: false,
  resetInFinsPlace: false,
  synFinDropped: false,
  synAckTextIgnored: false,
  halfOpenSynReset: false,
  halfOpenAckFirst: false,
  sayingNothingDropped: false,
  oldAckBoundByOctets: false,
  textBeyondFinReset: false,
  missingTimestampProcessed: false,
  timestampOneBehind: false,
  timeWaitBySequence: false,
};

/** The profile `linux`. */
export const LINUX: Options = {
  repeatedSynAnswered: true,
  overlappingResetChallenged: true,
  finPassesClosedWindow: true,
  ackAtEdgeCounts: true,
  endAtEdgeCounts: true,
  resetInFinsPlace: true,
  synFinDropped: true,
  synAckTextIgnored: true,
  halfOpenSynReset: true,
  halfOpenAckFirst: true,
  sayingNothingDropped: true,
  oldAckBoundByOctets: true,
  textBeyondFinReset: true,
  missingTimestampProcessed: true,
  timestampOneBehind: true,
  timeWaitBySequence: true,
};
