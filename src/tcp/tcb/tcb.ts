/**
 * The Transmission Control Block (RFC 9293 section 3.3.1): one connection, flat, with the RFC's variables in camel case. Here stands what
 * every connection keeps; what is only true or false in `tcb-flags.ts`, small numbers in `tcb-packed.ts`, what few connections have in
 * `tcb-extras.ts`, and what they have only while they work (buffers, what is in flight) in `tcb-work.ts`. A congestion control is handed the
 * connection it belongs to: what it must do stands below.
 */

import type { ConnectionKey } from '../connection-key.ts';
import type { CookieKeys } from '../fast-open/cookie-keys.ts';
import type { PendingFastOpens } from '../fast-open/pending.ts';
import { flowLabelOf } from '../opening/tuple-hash.ts';
import type { TcpPath } from '../path.ts';
import type { AckSample } from '../recovery/ack-sample.ts';
import type { TcpSettings } from '../settings.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import { TcbWithWork } from './tcb-work.ts';

/** `timerKind` of its entry in the wheel. */
const TCP_TIMER_TCB = 1;

/** Work waiting for the next `pollTransmit`, as bits of `Tcb.pending`. */
export const Pending = {
  /** An acknowledgment at once. */
  ack: 0x01,
  /** SYN or SYN-ACK, first time or again. */
  syn: 0x02,
  /** What the scoreboard has lost may go again. */
  retransmit: 0x04,
  zeroWindowProbe: 0x08,
  keepAlive: 0x10,
  /** The ACK is a challenge (RFC 5961). */
  challenge: 0x20,
  /** New data or a FIN may go. */
  data: 0x40,
  /** The ACK announces a wider window. */
  windowUpdate: 0x80,
  /** A tail loss probe (RFC 8985 section 7). */
  lossProbe: 0x100,
  /** The ACK answers what is out of place. */
  answer: 0x200,
  /** With `zeroWindowProbe`: what is held back goes because the user says so. */
  flush: 0x400,
  /** With `zeroWindowProbe`: one that tells of urgent data goes before it. */
  urgentProbe: 0x800,
} as const;

/** What the peer and we agreed on in the SYNs, as bits of `Tcb.agreed`. */
export const Agreed = { timestamps: 0x01, sack: 0x02, windowScale: 0x04 } as const;

// RFC 5681 §3.1 R5681-13: arbitrarily high.
/** `Tcb.ssthresh` before anything was lost: slow start goes on until the path says no. */
export const INFINITE_SSTHRESH = 0x7fffffff;

/** The listener of a passive connection, as far as the connection has to do with it. */
export interface AcceptingListener {
  /** Connections the user has not accepted yet. */
  readonly acceptQueue: Tcb[];
  readonly fastOpens: PendingFastOpens;
  readonly fastOpenKeys: CookieKeys | null;
  readonly user: object | null;
  isNotified: boolean;
}

/** One connection: the RFC's variables in camel case (RFC 9293 section 3.3.1), and records for what most connections never need. */
export class Tcb extends TcbWithWork {
  readonly id: number;
  readonly key: ConnectionKey;
  path: TcpPath;
  /** RFC 9293 §3.5 MUST-11: whether SYN-RECEIVED was reached from LISTEN. */
  readonly listener: AcceptingListener | null;
  /** The socket that stands for it, opaque here. */
  user: object | null = null;
  /** TcpEvent bits not yet taken by the user. */
  events = 0;
  /** Acknowledgments we owe and other work for the next `pollTransmit`, bits of Pending. */
  pending = 0;
  /** Timers that run, bits of TcpTimer. */
  armed = 0;

  // Send sequence space (RFC 9293 section 3.3.1).
  iss = 0;
  sndUna = 0;
  sndNxt = 0;
  sndWnd = 0;
  sndWl1 = 0;
  sndWl2 = 0;
  maxSndWnd = 0;
  // Receive sequence space. RCV.WND is rcvAdv - rcvNxt.
  irs = 0;
  rcvNxt = 0;
  /** Right edge of the window last offered; it never moves left. */
  rcvAdv = 0;
  /** RCV.NXT as last acknowledged. */
  lastAckSent = 0;
  /** Effective send MSS (RFC 9293 section 3.7.1): payload octets of a full segment, options taken off. */
  sendMss = 0;
  // Timestamps (RFC 7323).
  tsRecent = 0;
  /** When tsRecent was taken, the clock's seconds. */
  tsRecentS = 0;
  tsOffset = 0;

  // Round-trip time (RFC 6298).
  srttUs = 0;
  rttvarUs = 0;
  minRttUs = 0;
  rtoUs: number;
  /** Largest mean deviation in this round trip, and what the RTO adds to SRTT (Linux's estimator), four times a deviation. */
  rttvarRoundUs = 0;
  rttvarRtoUs = 0;
  /** When minRttUs was measured. */
  minRttTick = 0;

  // Congestion control (RFC 5681) and loss recovery: windows in octets, amounts as the scoreboard weighs them.
  congestion: CongestionControl;
  cwnd = 0;
  ssthresh = INFINITE_SSTHRESH;
  /** When the window was last filled, cut back, or asked to grow. */
  windowUsedTick = 0;
  /** Octets delivered (acknowledged in any way), over the connection's life. */
  delivered = 0;
  /** `delivered` up to which rate samples are of a sender with too little to send; 0: none are. */
  appLimitedUntil = 0;
  /** The last delivery rate that counts, for tcp_info: octets and microseconds. */
  rateDelivered = 0;
  rateIntervalUs = 0;
  /** When text was sent last, or the handshake was over. */
  lastSendTick = 0;

  /** How long acknowledgments wait for company on Linux, milliseconds; 0: no text has come yet. */
  ackDelayMs = 0;
  lastReceiveTick = 0;

  sendLimit: number;
  receiveLimit: number;
  /** Round-trip time as the receiver sees it, microseconds; 0: none yet. */
  receiveRttUs = 0;

  /** Accounting for `ss` and tcpInfo. */
  bytesSent = 0;
  bytesAcked = 0;
  bytesReceived = 0;
  segmentsIn = 0;
  segmentsOut = 0;
  /** With payload. */
  dataSegmentsIn = 0;
  /** When an acknowledgment last came. */
  lastAckTick = 0;
  dataSegmentsOut = 0;
  /** The ticks of being merely busy (an Occupation) before the present occupation. */
  busyTicks = 0;

  constructor(
    id: number,
    key: ConnectionKey,
    path: TcpPath,
    listener: AcceptingListener | null,
    settings: TcpSettings,
    congestion: CongestionControl,
  ) {
    super(listener === null, congestion.isPaced || settings.pacing);
    this.id = id;
    this.key = key;
    this.path = path;
    this.pathMtu = path.pathMtu;
    this.listener = listener;
    this.congestion = congestion;
    this.rtoUs = settings.rto_initial_us;
    this.sendLimit = settings.wmem_default;
    this.receiveLimit = settings.rmem_default;
    this.hopLimit = settings.default_hop_limit;
  }

  get timerKind(): number {
    return TCP_TIMER_TCB;
  }

  /** Of IPv6. */
  get flowLabel(): number {
    return flowLabelOf(this);
  }

  get isPassive(): boolean {
    return this.listener !== null;
  }

  /** Handed out early and the last segment of the handshake still to come. */
  get isFastOpenPending(): boolean {
    return this.isFastOpened && this.sndUna === this.iss;
  }

  /** RCV.WND: what the peer may still send. */
  get rcvWnd(): number {
    return (this.rcvAdv - this.rcvNxt) | 0;
  }

  /** Octets sent and not acknowledged, SYN and FIN included. */
  get flightSize(): number {
    return (this.sndNxt - this.sndUna) | 0;
  }

  /** Octets of window that nothing in flight uses; negative when the window has shrunk (RFC 9293 section 3.8.6). */
  get usableWindow(): number {
    return (this.sndUna + this.sndWnd - this.sndNxt) | 0;
  }

  /** Data or a FIN waits to be sent for the first time. */
  get hasUnsent(): boolean {
    return this.unsentLength > 0 || (this.finQueued && !this.finSent);
  }

  /** Nothing was sent yet: ISS is next. */
  startSending(): void {
    this.sndUna = this.iss;
    this.sndNxt = this.iss;
    this.smallSeq = this.iss;
    this.sendBufferSeq = (this.iss + 1) | 0;
  }

  has(option: number): boolean {
    return (this.agreed & option) !== 0;
  }
}

/**
 * The one interface of congestion controls (RFC 9293 section 3.8.2, RFC 5681): a control hears of acknowledgments, losses and marks. It
 * decides how wide the window is (`tcb.cwnd`, `tcb.ssthresh`, octets) and, if it paces, how fast segments follow each other
 * (`tcb.pacingRate`, octets per second). What is lost, and how a reduction is spread over the acknowledgments of recovery (PRR), is decided
 * elsewhere. Every connection has an instance of its own: plain data with methods, so that snapshots can copy it.
 */
export interface CongestionControl {
  /** As in `net.ipv4.tcp_congestion_control`. */
  readonly name: string;
  /** Segments must leave at `tcb.pacingRate`. */
  readonly isPaced: boolean;
  /** Wants every mark reported by the receiver at once and answers in proportion (RFC 8257): implies ECN. */
  readonly isDctcp: boolean;
  /** Congestion windows that the send buffer is to hold; default 2. */
  readonly bufferedWindows?: number;
  /** The connection is established, or has just been given this control. `tcb.cwnd` holds the initial window. */
  start(env: TcpSurroundings, tcb: Tcb): void;
  /** Data was acknowledged while no reduction is going on, and the window was in use: it may grow. */
  onAcked(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void;
  /** ssthresh after a loss (or, `isMark`, after an ECN mark), in octets, at least two segments unless marked. */
  thresholdAfterLoss(env: TcpSurroundings, tcb: Tcb, flight: number, isMark: boolean): number;
  /** The window after the loss turned out to be none; `tcb.priorCwnd` is what it was before. */
  windowAfterUndo(env: TcpSurroundings, tcb: Tcb): number;
  /**
   * Given, the control sets `cwnd` (and `pacingRate`) itself on every acknowledgment, in recovery too: neither `onAcked` nor
   * PRR run for it.
   */
  control?(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void;
  /** Every acknowledgment of new data, in any state, before anything above: delay-based slow start exits look here. */
  onSample?(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void;
  /**
   * A segment was judged lost: its weight, what was in flight when it was sent, `Tcb.lost` then, and whether the sender had too
   * little to send.
   */
  onLost?(
    env: TcpSurroundings,
    tcb: Tcb,
    weight: number,
    txInFlight: number,
    lostAtSend: number,
    isAppLimited: boolean,
  ): void;
  /** Recovery moves from one CaState to another; `tcb.caState` still holds the old one. */
  onState?(env: TcpSurroundings, tcb: Tcb, state: number): void;
  /** A CaEvent. */
  onEvent?(env: TcpSurroundings, tcb: Tcb, event: number): void;
}
