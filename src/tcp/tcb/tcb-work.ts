/**
 * What a connection has while it works, in one record: buffers, what is in flight, timers that soon run out, marks that only mean
 * something until they are acknowledged. It comes with the first octet or segment and goes when the connection rests
 * (`rest.ts`): a connection that does nothing is half as large. Those that rest share a record in which everything is as usual, so that a
 * reader need not ask whether there is one. Read and written by name as if the fields were the Tcb's own.
 */

import type { PathProof } from './path-proof.ts';
import type { Reassembly } from './reassembly.ts';
import type { ReceiveBuffer } from './receive-buffer.ts';
import type { ReceiveTuning } from './receive-tuning.ts';
import type { RecoveryState } from './recovery-state.ts';
import type { Scoreboard } from './scoreboard.ts';
import type { SendBuffer } from './send-buffer.ts';
import type { SlotOrder } from './slot-order.ts';
import { TcbWithExtras } from './tcb-extras.ts';

/** Made for connections that work. */
class TcbWork {
  /** The record of all that rest: nothing is ever written to it. */
  isCommon = false;
  /** What was given to send and is not acknowledged. */
  sendBuffer: SendBuffer | null = null;
  /** Where PSH stands in what was not sent yet, besides its end; ascending. */
  pushMarks: SlotOrder | null = null;
  /** What has come and was not read. */
  receiveBuffer: ReceiveBuffer | null = null;
  /** What has come early. */
  reassembly: Reassembly | null = null;
  receiveTuning: ReceiveTuning | null = null;
  /** What is in flight; null while nothing is. */
  scoreboard: Scoreboard | null = null;
  recovery: RecoveryState | null = null;
  pathProof: PathProof | null = null;
  /** Who comes next in the interface’s list of connections that want to send. */
  nextReady: TcbWithWork | null = null;
  /** When these timers run out, while they are armed. */
  retransmissionTick = 0;
  delayedAckTick = 0;
  lossProbeTick = 0;
  lifetimeTick = 0;
  /** When the SYN left, for the first sample. */
  synSentUs = 0;
  /** Retransmission time-outs in a row, and doublings of the RTO since the last sample. */
  timeouts = 0;
  backoff = 0;
  /** When the oldest unacknowledged octet was first retransmitted. */
  firstTimeoutTick = 0;
  /** cwnd and ssthresh before the reduction, for taking it back; `priorSsthresh` 0: not to be taken back. */
  priorCwnd = 0;
  priorSsthresh = 0;
  /** Left over from acknowledgments that did not make a segment in congestion avoidance. */
  ackedInRound = 0;
  /** The most that was out lately, while the window was not what limits. */
  maxInFlight = 0;
  /** The most that was out since the window was last filled or cut back. */
  windowUsed = 0;
  /** Further identical ACKs owed for out-of-order arrivals (RFC 5681 section 4.2). */
  extraAcks = 0;
  /** Small or pushed segments since the last ACK, 0 to 2: a user who has read them all releases the ACK. */
  pushedSegments = 0;
  /** When the present occupation began. */
  occupiedSinceTick = 0;
  /** Sequence number of the first octet in the send buffer. */
  sendBufferSeq: number;
  /** End of the last segment sent that was not full-sized (Minshall). */
  smallSeq: number;
  /** A round trip ends when this is acknowledged. */
  rttSeq: number;
  /** Where a FIN stands that has arrived, when `rcvFinKnown`. */
  rcvFinSeq: number;

  /** Of a connection that has nothing under way: SND.UNA is the next octet to go, RCV.NXT the next to come. */
  constructor(sndUna: number, rcvNxt: number) {
    this.sendBufferSeq = sndUna;
    this.smallSeq = sndUna;
    this.rttSeq = sndUna;
    this.rcvFinSeq = (rcvNxt - 1) | 0;
  }

  /** Nothing in it that a new one would not have: whoever asks has seen that nothing is in flight, owed or about to run out. */
  get isForgettable(): boolean {
    const holds = this.sendBuffer ?? this.pushMarks ?? this.receiveBuffer ?? this.reassembly ?? this.scoreboard;
    const knows = this.receiveTuning ?? this.recovery ?? this.pathProof ?? this.nextReady;
    const counts = this.timeouts | this.backoff | this.ackedInRound | this.windowUsed | this.extraAcks;
    return holds === null && knows === null && counts === 0 && this.pushedSegments === 0;
  }
}

const AT_REST = Object.assign(new TcbWork(0, 0), { isCommon: true });

/** The part of a Tcb that a connection at rest has not. */
export abstract class TcbWithWork extends TcbWithExtras {
  abstract sndUna: number;
  abstract sndNxt: number;
  abstract rcvNxt: number;
  private work: TcbWork = AT_REST;

  // Small enough to be compiled into every place that writes; what makes the record is not.
  private get working(): TcbWork {
    return this.work.isCommon ? this.beginWork() : this.work;
  }

  private beginWork(): TcbWork {
    this.work = new TcbWork(this.sndUna, this.rcvNxt);
    return this.work;
  }

  /** Gives the record back unless something in it is worth keeping; with the next need it is made again. */
  forgetWork(): void {
    if (this.work.isForgettable) this.work = AT_REST;
  }

  /** Octets in the send buffer that have never been sent. */
  get unsentLength(): number {
    const { work } = this;
    if (work.sendBuffer === null) return 0;
    return Math.max(0, (work.sendBufferSeq + work.sendBuffer.length - this.sndNxt) | 0);
  }

  /** What is on its way, as the scoreboard weighs it; less what duplicate ACKs say has arrived, where the peer has no SACK. */
  get inFlight(): number {
    const { work } = this;
    if (work.scoreboard === null) return 0;
    return work.scoreboard.inFlight - (work.recovery === null ? 0 : work.recovery.renoSacked);
  }

  get sendBuffer(): SendBuffer | null {
    return this.work.sendBuffer;
  }

  set sendBuffer(value: SendBuffer | null) {
    if (!this.work.isCommon || value !== null) this.working.sendBuffer = value;
  }

  get pushMarks(): SlotOrder | null {
    return this.work.pushMarks;
  }

  set pushMarks(value: SlotOrder | null) {
    if (!this.work.isCommon || value !== null) this.working.pushMarks = value;
  }

  get receiveBuffer(): ReceiveBuffer | null {
    return this.work.receiveBuffer;
  }

  set receiveBuffer(value: ReceiveBuffer | null) {
    if (!this.work.isCommon || value !== null) this.working.receiveBuffer = value;
  }

  get reassembly(): Reassembly | null {
    return this.work.reassembly;
  }

  set reassembly(value: Reassembly | null) {
    if (!this.work.isCommon || value !== null) this.working.reassembly = value;
  }

  get receiveTuning(): ReceiveTuning | null {
    return this.work.receiveTuning;
  }

  set receiveTuning(value: ReceiveTuning | null) {
    if (!this.work.isCommon || value !== null) this.working.receiveTuning = value;
  }

  get scoreboard(): Scoreboard | null {
    return this.work.scoreboard;
  }

  set scoreboard(value: Scoreboard | null) {
    if (!this.work.isCommon || value !== null) this.working.scoreboard = value;
  }

  get recovery(): RecoveryState | null {
    return this.work.recovery;
  }

  set recovery(value: RecoveryState | null) {
    if (!this.work.isCommon || value !== null) this.working.recovery = value;
  }

  get pathProof(): PathProof | null {
    return this.work.pathProof;
  }

  set pathProof(value: PathProof | null) {
    if (!this.work.isCommon || value !== null) this.working.pathProof = value;
  }

  get nextReady(): this | null {
    return this.work.nextReady as this | null;
  }

  set nextReady(value: this | null) {
    if (!this.work.isCommon || value !== null) this.working.nextReady = value;
  }

  get retransmissionTick(): number {
    return this.work.retransmissionTick;
  }

  set retransmissionTick(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.retransmissionTick = value;
  }

  get delayedAckTick(): number {
    return this.work.delayedAckTick;
  }

  set delayedAckTick(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.delayedAckTick = value;
  }

  get lossProbeTick(): number {
    return this.work.lossProbeTick;
  }

  set lossProbeTick(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.lossProbeTick = value;
  }

  get lifetimeTick(): number {
    return this.work.lifetimeTick;
  }

  set lifetimeTick(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.lifetimeTick = value;
  }

  get synSentUs(): number {
    return this.work.synSentUs;
  }

  set synSentUs(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.synSentUs = value;
  }

  get timeouts(): number {
    return this.work.timeouts;
  }

  set timeouts(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.timeouts = value;
  }

  get backoff(): number {
    return this.work.backoff;
  }

  set backoff(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.backoff = value;
  }

  get firstTimeoutTick(): number {
    return this.work.firstTimeoutTick;
  }

  set firstTimeoutTick(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.firstTimeoutTick = value;
  }

  get priorCwnd(): number {
    return this.work.priorCwnd;
  }

  set priorCwnd(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.priorCwnd = value;
  }

  get priorSsthresh(): number {
    return this.work.priorSsthresh;
  }

  set priorSsthresh(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.priorSsthresh = value;
  }

  get ackedInRound(): number {
    return this.work.ackedInRound;
  }

  set ackedInRound(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.ackedInRound = value;
  }

  get maxInFlight(): number {
    return this.work.maxInFlight;
  }

  set maxInFlight(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.maxInFlight = value;
  }

  get windowUsed(): number {
    return this.work.windowUsed;
  }

  set windowUsed(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.windowUsed = value;
  }

  get extraAcks(): number {
    return this.work.extraAcks;
  }

  set extraAcks(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.extraAcks = value;
  }

  get pushedSegments(): number {
    return this.work.pushedSegments;
  }

  set pushedSegments(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.pushedSegments = value;
  }

  get occupiedSinceTick(): number {
    return this.work.occupiedSinceTick;
  }

  set occupiedSinceTick(value: number) {
    if (!this.work.isCommon || value !== 0) this.working.occupiedSinceTick = value;
  }

  get sendBufferSeq(): number {
    return this.work.isCommon ? this.sndUna : this.work.sendBufferSeq;
  }

  set sendBufferSeq(value: number) {
    if (!this.work.isCommon || value !== this.sndUna) this.working.sendBufferSeq = value;
  }

  get smallSeq(): number {
    return this.work.isCommon ? this.sndUna : this.work.smallSeq;
  }

  set smallSeq(value: number) {
    if (!this.work.isCommon || value !== this.sndUna) this.working.smallSeq = value;
  }

  get rttSeq(): number {
    return this.work.isCommon ? this.sndUna : this.work.rttSeq;
  }

  set rttSeq(value: number) {
    if (!this.work.isCommon || value !== this.sndUna) this.working.rttSeq = value;
  }

  get rcvFinSeq(): number {
    return this.work.isCommon ? (this.rcvNxt - 1) | 0 : this.work.rcvFinSeq;
  }

  set rcvFinSeq(value: number) {
    if (!this.work.isCommon || value !== ((this.rcvNxt - 1) | 0)) this.working.rcvFinSeq = value;
  }
}
