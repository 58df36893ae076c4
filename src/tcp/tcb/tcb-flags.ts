/**
 * The yes and no of a connection, in one integer: as fields of their own they would be a fifth of an idle connection's memory.
 * Read and written by name as if they were fields.
 */
import { TimerEntry } from '../../base/timer-wheel.ts';

const HAS_USER = 2 ** 0;
const IS_ORPHAN = 2 ** 1;
const IS_NOTIFIED = 2 ** 2;
const RCV_FIN_KNOWN = 2 ** 3;
const RCV_FIN_DONE = 2 ** 4;
const IS_SYN_TIMED = 2 ** 5;
const IS_CWND_LIMITED = 2 ** 6;
const IS_RATE_APP_LIMITED = 2 ** 7;
const CWR_QUEUED = 2 ** 8;
const IS_PACED = 2 ** 9;
const IS_ACK_DELAYED = 2 ** 10;
const IS_INTERACTIVE = 2 ** 11;
const HAS_ANSWERED = 2 ** 12;
const IS_RECEIVE_LIMIT_FIXED = 2 ** 13;
const IS_SEND_LIMIT_FIXED = 2 ** 14;
const IS_SYN_DATA_ACKED = 2 ** 15;
const IS_FAST_OPENED = 2 ** 16;
const IS_WRITE_BLOCKED = 2 ** 17;
const FIN_QUEUED = 2 ** 18;
const FIN_SENT = 2 ** 19;
const NO_DELAY = 2 ** 20;
const CORK = 2 ** 21;
const SOFT_ERROR_REPORTS = 2 ** 22;
const IS_URGENT_OUT_OF_BAND = 2 ** 23;
const IS_READ_SHUT = 2 ** 24;
const IS_READY = 2 ** 25;
const IS_WINDOW_SHUT = 2 ** 26;
const IS_READ_DONE = 2 ** 27;
const IS_BLOCK_NEW = 2 ** 28;

/** The part of a Tcb that is true or false. */
export abstract class TcbFlags extends TimerEntry {
  private flags: number;

  constructor(hasUser: boolean, isPaced: boolean) {
    super();
    this.flags = SOFT_ERROR_REPORTS | (hasUser ? HAS_USER : 0) | (isPaced ? IS_PACED : 0);
  }

  /** The user has the connection (connected or accepted) and has not closed it. */
  get hasUser(): boolean {
    return (this.flags & HAS_USER) !== 0;
  }

  set hasUser(is: boolean) {
    this.flags = is ? this.flags | HAS_USER : this.flags & ~HAS_USER;
  }

  /** Counted among the orphans: closed by its user, still talking to the peer. */
  get isOrphan(): boolean {
    return (this.flags & IS_ORPHAN) !== 0;
  }

  set isOrphan(is: boolean) {
    this.flags = is ? this.flags | IS_ORPHAN : this.flags & ~IS_ORPHAN;
  }

  /** The user is in the queue for events. */
  get isNotified(): boolean {
    return (this.flags & IS_NOTIFIED) !== 0;
  }

  set isNotified(is: boolean) {
    this.flags = is ? this.flags | IS_NOTIFIED : this.flags & ~IS_NOTIFIED;
  }

  /** A FIN has arrived, perhaps early; `rcvFinSeq` says where it stands. */
  get rcvFinKnown(): boolean {
    return (this.flags & RCV_FIN_KNOWN) !== 0;
  }

  set rcvFinKnown(is: boolean) {
    this.flags = is ? this.flags | RCV_FIN_KNOWN : this.flags & ~RCV_FIN_KNOWN;
  }

  /** RCV.NXT has passed it. */
  get rcvFinDone(): boolean {
    return (this.flags & RCV_FIN_DONE) !== 0;
  }

  set rcvFinDone(is: boolean) {
    this.flags = is ? this.flags | RCV_FIN_DONE : this.flags & ~RCV_FIN_DONE;
  }

  /** The SYN went once: its acknowledgment is a sample. */
  get isSynTimed(): boolean {
    return (this.flags & IS_SYN_TIMED) !== 0;
  }

  set isSynTimed(is: boolean) {
    this.flags = is ? this.flags | IS_SYN_TIMED : this.flags & ~IS_SYN_TIMED;
  }

  /** The window, not the program or the peer, limits what is in flight. */
  get isCwndLimited(): boolean {
    return (this.flags & IS_CWND_LIMITED) !== 0;
  }

  set isCwndLimited(is: boolean) {
    this.flags = is ? this.flags | IS_CWND_LIMITED : this.flags & ~IS_CWND_LIMITED;
  }

  /** The last delivery rate is of a sender with too little to send. */
  get isRateAppLimited(): boolean {
    return (this.flags & IS_RATE_APP_LIMITED) !== 0;
  }

  set isRateAppLimited(is: boolean) {
    this.flags = is ? this.flags | IS_RATE_APP_LIMITED : this.flags & ~IS_RATE_APP_LIMITED;
  }

  /** The next new data carries CWR (RFC 3168). */
  get cwrQueued(): boolean {
    return (this.flags & CWR_QUEUED) !== 0;
  }

  set cwrQueued(is: boolean) {
    this.flags = is ? this.flags | CWR_QUEUED : this.flags & ~CWR_QUEUED;
  }

  /** Segments leave no faster than `pacingRate`. */
  get isPaced(): boolean {
    return (this.flags & IS_PACED) !== 0;
  }

  set isPaced(is: boolean) {
    this.flags = is ? this.flags | IS_PACED : this.flags & ~IS_PACED;
  }

  /** An acknowledgment waits for a second segment, an answer, or its timer. */
  get isAckDelayed(): boolean {
    return (this.flags & IS_ACK_DELAYED) !== 0;
  }

  set isAckDelayed(is: boolean) {
    this.flags = is ? this.flags | IS_ACK_DELAYED : this.flags & ~IS_ACK_DELAYED;
  }

  /** The user answers what arrives: acknowledgments wait for the answer (Linux's ping-pong mode). */
  get isInteractive(): boolean {
    return (this.flags & IS_INTERACTIVE) !== 0;
  }

  set isInteractive(is: boolean) {
    this.flags = is ? this.flags | IS_INTERACTIVE : this.flags & ~IS_INTERACTIVE;
  }

  get hasAnswered(): boolean {
    return (this.flags & HAS_ANSWERED) !== 0;
  }

  set hasAnswered(is: boolean) {
    this.flags = is ? this.flags | HAS_ANSWERED : this.flags & ~HAS_ANSWERED;
  }

  /** The user chose the receive buffer (SO_RCVBUF): it is not tuned. */
  get isReceiveLimitFixed(): boolean {
    return (this.flags & IS_RECEIVE_LIMIT_FIXED) !== 0;
  }

  set isReceiveLimitFixed(is: boolean) {
    this.flags = is ? this.flags | IS_RECEIVE_LIMIT_FIXED : this.flags & ~IS_RECEIVE_LIMIT_FIXED;
  }

  /** The user chose the send buffer (SO_SNDBUF): it is not tuned. */
  get isSendLimitFixed(): boolean {
    return (this.flags & IS_SEND_LIMIT_FIXED) !== 0;
  }

  set isSendLimitFixed(is: boolean) {
    this.flags = is ? this.flags | IS_SEND_LIMIT_FIXED : this.flags & ~IS_SEND_LIMIT_FIXED;
  }

  /** All octets that travelled in our SYN were acknowledged by the SYN-ACK (TCPI_OPT_SYN_DATA). */
  get isSynDataAcked(): boolean {
    return (this.flags & IS_SYN_DATA_ACKED) !== 0;
  }

  set isSynDataAcked(is: boolean) {
    this.flags = is ? this.flags | IS_SYN_DATA_ACKED : this.flags & ~IS_SYN_DATA_ACKED;
  }

  /** Born with a good cookie: the user may have it before our SYN is acknowledged (TCPI_OPT_TFO_CHILD). */
  get isFastOpened(): boolean {
    return (this.flags & IS_FAST_OPENED) !== 0;
  }

  set isFastOpened(is: boolean) {
    this.flags = is ? this.flags | IS_FAST_OPENED : this.flags & ~IS_FAST_OPENED;
  }

  /** A write was not taken whole: the user waits for room. */
  get isWriteBlocked(): boolean {
    return (this.flags & IS_WRITE_BLOCKED) !== 0;
  }

  set isWriteBlocked(is: boolean) {
    this.flags = is ? this.flags | IS_WRITE_BLOCKED : this.flags & ~IS_WRITE_BLOCKED;
  }

  /** The user has closed: a FIN follows the buffered data. */
  get finQueued(): boolean {
    return (this.flags & FIN_QUEUED) !== 0;
  }

  set finQueued(is: boolean) {
    this.flags = is ? this.flags | FIN_QUEUED : this.flags & ~FIN_QUEUED;
  }

  /** The FIN has been sent. */
  get finSent(): boolean {
    return (this.flags & FIN_SENT) !== 0;
  }

  set finSent(is: boolean) {
    this.flags = is ? this.flags | FIN_SENT : this.flags & ~FIN_SENT;
  }

  /** TCP_NODELAY. */
  get noDelay(): boolean {
    return (this.flags & NO_DELAY) !== 0;
  }

  set noDelay(is: boolean) {
    this.flags = is ? this.flags | NO_DELAY : this.flags & ~NO_DELAY;
  }

  /** TCP_CORK. */
  get cork(): boolean {
    return (this.flags & CORK) !== 0;
  }

  set cork(is: boolean) {
    this.flags = is ? this.flags | CORK : this.flags & ~CORK;
  }

  /** Soft errors are told. */
  get softErrorReports(): boolean {
    return (this.flags & SOFT_ERROR_REPORTS) !== 0;
  }

  set softErrorReports(is: boolean) {
    this.flags = is ? this.flags | SOFT_ERROR_REPORTS : this.flags & ~SOFT_ERROR_REPORTS;
  }

  /** Take the last urgent octet out of the stream, as BSD sockets do without SO_OOBINLINE. */
  get isUrgentOutOfBand(): boolean {
    return (this.flags & IS_URGENT_OUT_OF_BAND) !== 0;
  }

  set isUrgentOutOfBand(is: boolean) {
    this.flags = is ? this.flags | IS_URGENT_OUT_OF_BAND : this.flags & ~IS_URGENT_OUT_OF_BAND;
  }

  /** What arrives is acknowledged and thrown away. */
  get isReadShut(): boolean {
    return (this.flags & IS_READ_SHUT) !== 0;
  }

  set isReadShut(is: boolean) {
    this.flags = is ? this.flags | IS_READ_SHUT : this.flags & ~IS_READ_SHUT;
  }

  /** shutdown(2) of the reading direction: what comes is kept, but for the time after our FIN. */
  get isReadDone(): boolean {
    return (this.flags & IS_READ_DONE) !== 0;
  }

  set isReadDone(is: boolean) {
    this.flags = is ? this.flags | IS_READ_DONE : this.flags & ~IS_READ_DONE;
  }

  /** The write that found no more room is what sends now. */
  get isBlockNew(): boolean {
    return (this.flags & IS_BLOCK_NEW) !== 0;
  }

  set isBlockNew(is: boolean) {
    this.flags = is ? this.flags | IS_BLOCK_NEW : this.flags & ~IS_BLOCK_NEW;
  }

  /** Queued in the interface's list of connections that want to send. */
  get isReady(): boolean {
    return (this.flags & IS_READY) !== 0;
  }

  set isReady(is: boolean) {
    this.flags = is ? this.flags | IS_READY : this.flags & ~IS_READY;
  }
  /** The last segment offered no window. */
  get isWindowShut(): boolean {
    return (this.flags & IS_WINDOW_SHUT) !== 0;
  }

  set isWindowShut(is: boolean) {
    this.flags = is ? this.flags | IS_WINDOW_SHUT : this.flags & ~IS_WINDOW_SHUT;
  }
}
