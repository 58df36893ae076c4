/**
 * Where Linux leaves the letter of the RFCs, one switch each with its source. All off is the RFC.
 *
 * Sources are functions of Linux 6.12, named with their file, read for behaviour; no code is copied.
 */
export interface Options {
  /** A segment without ACK, RST and SYN is dropped before its sequence is looked at: `tcp_rcv_established`, `tcp_rcv_state_process`. */
  readonly noAckDroppedFirst: boolean;
  /** A segment at RCV.NXT + RCV.WND counts as inside: `tcp_sequence` (tcp_input.c), `tcp_in_window` (tcp_minisocks.c). */
  readonly rightEdgeInside: boolean;
  /** An old segment that ends exactly at RCV.NXT passes the sequence test, so its ACK field counts: `tcp_sequence`. */
  readonly leftTouchInside: boolean;
  /** An ACK of something not yet sent is dropped in silence: `tcp_ack` before 7.1. */
  readonly unsentAckSilent: boolean;
  /** After the peer's FIN, a RST one below RCV.NXT is exact too: `tcp_reset_check`. */
  readonly resetBelowFin: boolean;
  /** Text and FIN in a SYN-ACK are left for a retransmission: `tcp_rcv_synsent_state_process`. */
  readonly synAckTextIgnored: boolean;
  /** A listener drops SYN with FIN: `tcp_rcv_state_process`. */
  readonly synFinDropped: boolean;
  /** A half-open connection answers a repeated SYN by its SYN-ACK: `tcp_check_req` (tcp_minisocks.c). */
  readonly repeatedSynAnswered: boolean;
  /** Any RST or SYN inside the window ends a half-open connection, a SYN by a RST: `tcp_check_req`. */
  readonly halfOpenResets: boolean;
  /** With timestamps agreed on, a segment without them is processed: `tcp_fast_parse_options` leaves PAWS out. */
  readonly missingTimestampProcessed: boolean;
  /** PAWS forgives one tick: TCP_PAWS_WINDOW in `tcp_paws_discard`. */
  readonly pawsForgivesOneTick: boolean;
  /** TIME-WAIT looks at sequence numbers only: no check of SEG.ACK, no challenge to a RST: `tcp_timewait_state_process`. */
  readonly timeWaitBySequence: boolean;
}

export const RFC: Options = {
  noAckDroppedFirst: false,
  rightEdgeInside: false,
  leftTouchInside: false,
  unsentAckSilent: false,
  resetBelowFin: false,
  synAckTextIgnored: false,
  synFinDropped: false,
  repeatedSynAnswered: false,
  halfOpenResets: false,
  missingTimestampProcessed: false,
  pawsForgivesOneTick: false,
  timeWaitBySequence: false,
};
