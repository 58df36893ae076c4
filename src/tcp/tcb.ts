/**
 * The Transmission Control Block (RFC 9293 section 3.3.1): one connection, flat, with the RFC's variables in camel case; what is
 * only true or false of it stands in `tcb-flags.ts`,
 * what few connections have in `tcb-extras.ts`.
 * Everything a quiet connection does not need (buffers, reassembly, recovery) is a record attached when first needed.
 */
import { CaState, type CongestionControl } from './congestion/congestion-control.ts';
import type { ConnectionKey } from './connection-key.ts';
import type { EcnState } from './ecn/ecn-state.ts';
import type { TcpPath } from './environment.ts';
import type { Listener } from './listener.ts';
import type { PathProof } from './path-proof.ts';
import type { Reassembly } from './reassembly.ts';
import type { ReceiveAccount } from './receive-account.ts';
import type { ReceiveBuffer } from './receive-buffer.ts';
import type { ReceiveTuning } from './receive-tuning.ts';
import type { RecoveryState } from './recovery-state.ts';
import type { Scoreboard } from './scoreboard.ts';
import type { SendBuffer } from './send-buffer.ts';
import type { TcpSettings } from './settings.ts';
import type { SlotOrder } from './slot-order.ts';
import { TcpState } from './state.ts';
import { NO_PACING_RATE, TcbWithExtras } from './tcb-extras.ts';

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
} as const;

/** What the peer and we agreed on in the SYNs, as bits of `Tcb.agreed`. */
export const Agreed = { timestamps: 0x01, sack: 0x02, windowScale: 0x04 } as const;

/** Why a connection ended, as the user is told; the names are errno's. */
export type TcpErrorCode =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ECONNABORTED'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'EHOSTDOWN'
  | 'ENONET'
  | 'EOPNOTSUPP'
  | 'EPROTO'
  | 'ENOPROTOOPT'
  | 'EACCES'
  | 'EMSGSIZE'
  | 'EPIPE'
  | 'EADDRNOTAVAIL';

/** Options of keep-alive; absent while keep-alive is off. Milliseconds. */
export interface KeepAliveOptions {
  idleMs: number;
  intervalMs: number;
  probes: number;
}

/** One connection: the RFC's variables in camel case (RFC 9293 section 3.3.1), and records for what most connections never need. */
export class Tcb extends TcbWithExtras {
  readonly id: number;
  readonly key: ConnectionKey;
  path: TcpPath;
  /** The path's MTU as this connection believes it; `path.pathMtu` may say less than has been proven wrong. */
  pathMtu: number;
  pathProof: PathProof | null = null;
  /** Largest packet that was acknowledged, bytes: maxsizeacked of RFC 5927 section 7.2. */
  provenSize = 0;
  state: number = TcpState.closed;
  /** RFC 9293 §3.5 MUST-11: whether SYN-RECEIVED was reached from LISTEN. */
  readonly listener: Listener | null;
  /** The socket that stands for it, opaque here. */
  user: object | null = null;
  /** TcpEvent bits not yet taken by the user. */
  events = 0;

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
  /** Where a FIN stands that has arrived, when `rcvFinKnown`. */
  rcvFinSeq = 0;

  // Agreed in the handshake.
  agreed = 0;
  peerMss = 0;
  /** Effective send MSS (RFC 9293 section 3.7.1): payload octets of a full segment, options taken off. */
  sendMss = 0;
  /** MSS we announced. */
  advertisedMss = 0;
  /** Payload of the peer's full segments as they come, for delayed acknowledgments; and of one that was smaller just now. */
  receiveMss = 0;
  lastSegmentSize = 0;
  sndScale = 0;
  rcvScale = 0;
  /** The shift our SYN offers. */
  offeredScale = 0;
  // Timestamps (RFC 7323).
  tsRecent = 0;
  /** When tsRecent was taken, the driver's microseconds: a double, because its age is told in weeks. */
  tsRecentUs = 0;
  tsOffset = 0;

  // Round-trip time (RFC 6298).
  srttUs = 0;
  rttvarUs = 0;
  minRttUs = 0;
  rtoUs: number;
  backoff = 0;
  /** Largest mean deviation in this round trip, and what the RTO adds to SRTT (Linux's estimator), four times a deviation. */
  rttvarRoundUs = 0;
  rttvarRtoUs = 0;
  /** A round trip ends when this is acknowledged. */
  rttSeq = 0;
  /** When minRttUs was measured. */
  minRttTick = 0;
  /** When the SYN left, for the first sample. */
  synSentUs = 0;
  /** Retransmission time-outs in a row, and all of this connection's retransmitted segments. */
  timeouts = 0;
  retransmitted = 0;
  /** When the oldest unacknowledged octet was first retransmitted. */
  firstTimeoutTick = 0;

  // Congestion control (RFC 5681) and loss recovery: windows in octets, amounts as the scoreboard weighs them.
  congestion: CongestionControl;
  /** A CaState. */
  caState: number = CaState.open;
  cwnd = 0;
  ssthresh = 0x7fffffff;
  /** cwnd and ssthresh before the reduction, for taking it back; `priorSsthresh` 0: not to be taken back. */
  priorCwnd = 0;
  priorSsthresh = 0;
  /** Left over from acknowledgments that did not make a segment in congestion avoidance. */
  ackedInRound = 0;
  /** The most that was out lately, while the window was not what limits. */
  maxInFlight = 0;
  /** The most that was out since the window was last filled or cut back, and when that was. */
  windowUsed = 0;
  windowUsedTick = 0;
  /** Octets delivered (acknowledged in any way) and judged lost, over the connection's life. */
  delivered = 0;
  lost = 0;
  /** `delivered` up to which rate samples are of a sender with too little to send; 0: none are. */
  appLimitedUntil = 0;
  /** The last delivery rate that counts, for tcp_info: octets and microseconds. */
  rateDelivered = 0;
  rateIntervalUs = 0;
  /** What is in flight; null while nothing is. */
  scoreboard: Scoreboard | null = null;
  recovery: RecoveryState | null = null;
  /** Congestion marks, once a SYN asks for them or agrees to them. */
  ecn: EcnState | null = null;
  // Pacing.
  /** Octets per second; see `NO_PACING`. */
  pacingRate: number = NO_PACING_RATE;
  /** The next segment leaves no earlier, driver's microseconds. */
  departUs = 0;
  /** Most octets one super-segment may have. */
  sendQuantum = 65_535;
  lastSendTick = 0;

  // Acknowledgments we owe.
  pending = 0;
  /** Further identical ACKs owed for out-of-order arrivals (RFC 5681 section 4.2). */
  extraAcks = 0;
  quickAcks: number;
  /** How long they wait for company on Linux, milliseconds; 0: no text has come yet. */
  ackDelayMs = 0;
  /** Small or pushed segments since the last ACK, 0 to 2: a user who has read them all releases the ACK. */
  pushedSegments = 0;
  lastReceiveTick = 0;
  lastAnswerTick = 0;

  // Timers: due ticks, and which of them are armed (bits of TcpTimer).
  armed = 0;
  retransmissionTick = 0;
  delayedAckTick = 0;
  lossProbeTick = 0;

  // Buffers.
  sendBuffer: SendBuffer | null = null;
  /** Sequence number of the first octet in the send buffer. */
  sendBufferSeq = 0;
  /** Where PSH stands in what was not sent yet, besides its end; ascending. */
  pushMarks: SlotOrder | null = null;
  receiveBuffer: ReceiveBuffer | null = null;
  reassembly: Reassembly | null = null;
  sendLimit: number;
  receiveLimit: number;
  /** Round-trip time as the receiver sees it, microseconds; 0: none yet. */
  receiveRttUs = 0;
  receiveTuning: ReceiveTuning | null = null;
  /** Memory of the receive buffer as Linux counts it; null: windows are counted in octets. */
  receiveAccount: ReceiveAccount | null = null;
  /** End of the last segment sent that was not full-sized (Minshall). */
  smallSeq = 0;

  // What the user asked for.
  trafficClass = 0;
  hopLimit: number;
  /** Of IPv6. */
  flowLabel = 0;
  /** Accounting for `ss` and tcpInfo. */
  bytesSent = 0;
  bytesAcked = 0;
  bytesReceived = 0;
  segmentsIn = 0;
  segmentsOut = 0;
  /** With payload, and of these: out of order. */
  dataSegmentsIn = 0;
  earlySegmentsIn = 0;
  /** When an acknowledgment last came. */
  lastAckTick = 0;
  dataSegmentsOut = 0;
  /** An Occupation, the tick at which it began, and the ticks of being merely busy before. */
  occupation = 0;
  occupiedSinceTick = 0;
  busyTicks = 0;
  /** Who comes next in the interface's list of connections that want to send. */
  nextReady: Tcb | null = null;

  constructor(
    id: number,
    key: ConnectionKey,
    path: TcpPath,
    listener: Listener | null,
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
    this.quickAcks = settings.quick_acks;
    this.sendLimit = settings.wmem_default;
    this.receiveLimit = settings.rmem_default;
    this.hopLimit = settings.default_hop_limit;
  }

  get timerKind(): number {
    return TCP_TIMER_TCB;
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

  /** Octets in the send buffer that have never been sent. */
  get unsentLength(): number {
    if (this.sendBuffer === null) return 0;
    const end = (this.sendBufferSeq + this.sendBuffer.length) | 0;
    return Math.max(0, (end - this.sndNxt) | 0);
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
