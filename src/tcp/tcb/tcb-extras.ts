/**
 * What most connections never have, and none needs while nothing unusual happens: options that users set, trouble, rare timers. One record
 * for all of it, made with the first unusual value, and until then one for all connections; read and written as if its fields were the Tcb's own.
 */
import type { ConnectionAuth } from '../auth/connection-auth.ts';
import type { EcnState } from '../ecn/ecn-state.ts';
import type { FastOpenAttempt } from '../fast-open/attempt.ts';
import type { DuplicateReports } from './duplicate-reports.ts';
import type { TcpErrorCode } from './error-code.ts';
import type { KeepAliveOptions } from './keep-alive.ts';
import type { MtuProbe } from './mtu-probe.ts';
import type { RareOptions } from './rare-options.ts';
import type { ReceiveAccount } from './receive-account.ts';
import type { SendHistory } from './send-history.ts';
import { TcbPacked } from './tcb-packed.ts';
import type { UrgentState } from './urgent-state.ts';
import type { UserTimeoutState } from './user-timeout-state.ts';

const CWND_MAX = 0x3fffffff;
const SUPER_SEGMENT_MAX = 65_535;
/** No limit, octets per second. */
export const NO_PACING_RATE = 2 ** 50;

class TcbExtras {
  /** The record of all that need none: nothing is ever written to it. */
  isCommon: boolean = false;
  /** Probing for a larger path MTU (RFC 4821), once it has begun. */
  mtuProbe: MtuProbe | null = null;
  /** Why the connection ended. */
  error: TcpErrorCode | null = null;
  /** The last trouble it survived. */
  softError: TcpErrorCode | null = null;
  /** Retransmitted so far, as the scoreboard weighs it. */
  retransmittedOctets: number = 0;
  /** Window probes in a row without an answer. */
  probes: number = 0;
  /** When the window was found closed, for the user timeout of Linux. */
  persistStartTick: number = 0;
  /** cwnd never grows beyond. */
  cwndClamp: number = CWND_MAX;
  /** Octets delivered with a CE mark, over the connection's life. */
  deliveredCe: number = 0;
  /** Octets per second. */
  maxPacingRate: number = NO_PACING_RATE;
  /** When these timers run out, while they are armed. */
  persistTick: number = 0;
  keepAliveTick: number = 0;
  reorderingTick: number = 0;
  pacingTick: number = 0;
  /** What arrived twice and is still to be reported (RFC 2883). */
  duplicates: DuplicateReports | null = null;
  /** The user asked for Fast Open (RFC 7413); null for everybody else. */
  fastOpen: FastOpenAttempt | null = null;
  /** Our SYN-ACK owes a cookie: 0 none, 1 under kind 34, 2 under the experimental kind. */
  cookieOwed: number = 0;
  /** Octets that may wait unsent (TCP_NOTSENT_LOWAT); 0: as the setting says. */
  notsentLowat: number = 0;
  /** Urgent data, once there was any. */
  urgent: UrgentState | null = null;
  /** Keep-alive; null while it is off. */
  keepAlive: KeepAliveOptions | null = null;
  /** Probes of it in a row without an answer. */
  keepAliveProbes: number = 0;
  /** -1: off. Otherwise close waits that many milliseconds for the data, then aborts; 0 aborts at once. */
  lingerMs: number = -1;
  /** R2 as the user or the peer has set it (RFC 9293 section 3.8.3); 0: by the settings. */
  userTimeoutMs: number = 0;
  /** Present while the user timeout option is enabled (RFC 5482). */
  userTimeout: UserTimeoutState | null = null;
  /** A source route, and nothing else. */
  ipOptions: Uint8Array | null = null;
  /** Signatures (RFC 2385, RFC 5925), fixed when the connection begins; null: none. */
  auth: ConnectionAuth | null = null;
  /** Options of sockets that few use. */
  rare: RareOptions | null = null;
  /** Memory of the receive buffer as Linux counts it; null: windows are counted in octets. */
  receiveAccount: ReceiveAccount | null = null;
  /** Time-outs and repetitions, to be told. */
  sendHistory: SendHistory | null = null;
  /** Segments sent again, over the connection’s life. */
  retransmitted: number = 0;
  /** Octets judged lost, over the connection’s life. */
  lost: number = 0;
  /** Segments with text that came out of order. */
  earlySegmentsIn: number = 0;
  /** When the last challenge ACK left, once there was one (`hasAnswered`). */
  lastAnswerTick: number = 0;
  /** Of a paced connection, octets per second; see `NO_PACING`. */
  pacingRate: number = NO_PACING_RATE;
  /** The next segment leaves no earlier, driver’s microseconds. */
  departUs: number = 0;
  /** Most octets one super-segment may have. */
  sendQuantum: number = SUPER_SEGMENT_MAX;
  /** Congestion marks, once a SYN asks for them or agrees to them. */
  ecn: EcnState | null = null;
}

const USUAL = Object.assign(new TcbExtras(), { isCommon: true });

/** The part of a Tcb that few connections have. */
export abstract class TcbWithExtras extends TcbPacked {
  private extras: TcbExtras = USUAL;

  private get withExtras(): TcbExtras {
    return this.extras.isCommon ? this.makeExtras() : this.extras;
  }

  private makeExtras(): TcbExtras {
    this.extras = new TcbExtras();
    return this.extras;
  }

  get mtuProbe(): MtuProbe | null {
    return this.extras.mtuProbe;
  }

  set mtuProbe(value: MtuProbe | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.mtuProbe = value;
  }

  get error(): TcpErrorCode | null {
    return this.extras.error;
  }

  set error(value: TcpErrorCode | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.error = value;
  }

  get softError(): TcpErrorCode | null {
    return this.extras.softError;
  }

  set softError(value: TcpErrorCode | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.softError = value;
  }

  get retransmittedOctets(): number {
    return this.extras.retransmittedOctets;
  }

  set retransmittedOctets(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.retransmittedOctets = value;
  }

  get probes(): number {
    return this.extras.probes;
  }

  set probes(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.probes = value;
  }

  get persistStartTick(): number {
    return this.extras.persistStartTick;
  }

  set persistStartTick(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.persistStartTick = value;
  }

  get cwndClamp(): number {
    return this.extras.cwndClamp;
  }

  set cwndClamp(value: number) {
    if (!this.extras.isCommon || value !== CWND_MAX) this.withExtras.cwndClamp = value;
  }

  get deliveredCe(): number {
    return this.extras.deliveredCe;
  }

  set deliveredCe(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.deliveredCe = value;
  }

  get maxPacingRate(): number {
    return this.extras.maxPacingRate;
  }

  set maxPacingRate(value: number) {
    if (!this.extras.isCommon || value !== NO_PACING_RATE) this.withExtras.maxPacingRate = value;
  }

  get persistTick(): number {
    return this.extras.persistTick;
  }

  set persistTick(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.persistTick = value;
  }

  get keepAliveTick(): number {
    return this.extras.keepAliveTick;
  }

  set keepAliveTick(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.keepAliveTick = value;
  }

  get reorderingTick(): number {
    return this.extras.reorderingTick;
  }

  set reorderingTick(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.reorderingTick = value;
  }

  get pacingTick(): number {
    return this.extras.pacingTick;
  }

  set pacingTick(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.pacingTick = value;
  }

  get duplicates(): DuplicateReports | null {
    return this.extras.duplicates;
  }

  set duplicates(value: DuplicateReports | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.duplicates = value;
  }

  get fastOpen(): FastOpenAttempt | null {
    return this.extras.fastOpen;
  }

  set fastOpen(value: FastOpenAttempt | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.fastOpen = value;
  }

  get cookieOwed(): number {
    return this.extras.cookieOwed;
  }

  set cookieOwed(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.cookieOwed = value;
  }

  get notsentLowat(): number {
    return this.extras.notsentLowat;
  }

  set notsentLowat(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.notsentLowat = value;
  }

  get urgent(): UrgentState | null {
    return this.extras.urgent;
  }

  set urgent(value: UrgentState | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.urgent = value;
  }

  get keepAlive(): KeepAliveOptions | null {
    return this.extras.keepAlive;
  }

  set keepAlive(value: KeepAliveOptions | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.keepAlive = value;
  }

  get keepAliveProbes(): number {
    return this.extras.keepAliveProbes;
  }

  set keepAliveProbes(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.keepAliveProbes = value;
  }

  get lingerMs(): number {
    return this.extras.lingerMs;
  }

  set lingerMs(value: number) {
    if (!this.extras.isCommon || value !== -1) this.withExtras.lingerMs = value;
  }

  get userTimeoutMs(): number {
    return this.extras.userTimeoutMs;
  }

  set userTimeoutMs(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.userTimeoutMs = value;
  }

  get userTimeout(): UserTimeoutState | null {
    return this.extras.userTimeout;
  }

  set userTimeout(value: UserTimeoutState | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.userTimeout = value;
  }

  get rare(): RareOptions | null {
    return this.extras.rare;
  }

  set rare(value: RareOptions | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.rare = value;
  }

  get ipOptions(): Uint8Array | null {
    return this.extras.ipOptions;
  }

  set ipOptions(value: Uint8Array | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.ipOptions = value;
  }

  get auth(): ConnectionAuth | null {
    return this.extras.auth;
  }

  set auth(value: ConnectionAuth | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.auth = value;
  }

  get sendHistory(): SendHistory | null {
    return this.extras.sendHistory;
  }

  set sendHistory(value: SendHistory | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.sendHistory = value;
  }

  get retransmitted(): number {
    return this.extras.retransmitted;
  }

  set retransmitted(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.retransmitted = value;
  }

  get lost(): number {
    return this.extras.lost;
  }

  set lost(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.lost = value;
  }

  get earlySegmentsIn(): number {
    return this.extras.earlySegmentsIn;
  }

  set earlySegmentsIn(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.earlySegmentsIn = value;
  }

  get lastAnswerTick(): number {
    return this.extras.lastAnswerTick;
  }

  set lastAnswerTick(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.lastAnswerTick = value;
  }

  get pacingRate(): number {
    return this.extras.pacingRate;
  }

  set pacingRate(value: number) {
    if (!this.extras.isCommon || value !== NO_PACING_RATE) this.withExtras.pacingRate = value;
  }

  get departUs(): number {
    return this.extras.departUs;
  }

  set departUs(value: number) {
    if (!this.extras.isCommon || value !== 0) this.withExtras.departUs = value;
  }

  get sendQuantum(): number {
    return this.extras.sendQuantum;
  }

  set sendQuantum(value: number) {
    if (!this.extras.isCommon || value !== SUPER_SEGMENT_MAX) this.withExtras.sendQuantum = value;
  }

  get ecn(): EcnState | null {
    return this.extras.ecn;
  }

  set ecn(value: EcnState | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.ecn = value;
  }

  get receiveAccount(): ReceiveAccount | null {
    return this.extras.receiveAccount;
  }

  set receiveAccount(value: ReceiveAccount | null) {
    if (!this.extras.isCommon || value !== null) this.withExtras.receiveAccount = value;
  }
}
