/**
 * LISTEN (RFC 9293 section 3.10.7.2) and its two queues: connections being set up (SYN queue) and connections the user has
 * not accepted yet (accept queue), each bounded. The effective backlog is the smaller of what the user asked and somaxconn.
 */
import type { Address } from '../base/address.ts';
import { usToTicks } from '../base/clock.ts';
import { TcpFlag, type TcpSegment } from '../wire/tcp-segment.ts';
import { authOfPassiveOpen, isAdmittedToListener } from './auth/admission.ts';
import type { KeyStore } from './auth/keys.ts';
import { abortConnection, endConnection } from './connection-end.ts';
import { answerSyn } from './ecn/negotiation.ts';
import type { TcpEnvironment } from './environment.ts';
import type { CookieKeys } from './fast-open/cookie-keys.ts';
import { acceptEarly, judgeSyn, PendingFastOpens, SynVerdict } from './fast-open/server.ts';
import { hashTuple, initialSequenceNumber } from './isn.ts';
import type { RareOptions } from './rare-options.ts';
import { fixSendLimit } from './send-tuning.ts';
import { TcpState } from './state.ts';
import { takeSynOptions } from './syn-options.ts';
import { Pending, type Tcb } from './tcb.ts';
import { noteFin, takeText } from './text.ts';
import { armTimer, TcpTimer } from './timers.ts';
import { setState } from './transitions.ts';
import { startUserTimeout } from './user-timeout.ts';
import { chooseReceiveScale, fixReceiveLimit, startSendWindow } from './window.ts';

/** What accepted connections inherit from their listener. */
export interface ListenerDefaults {
  noDelay: boolean;
  keepAliveMs: number;
  trafficClass: number;
  /** Octets as the user gave them; null: as the settings say, and tuned. */
  receiveBufferSize: number | null;
  sendBufferSize: number | null;
  /** null: as the setting says when a SYN comes. */
  congestionControl: string | null;
  /** Absent or 0: as the setting says. */
  hopLimit?: number;
  rare?: RareOptions | null;
}

/** A listener's part in Fast Open. */
export interface ListenerFastOpen {
  /** Connections handed out before their handshake is over, at most; 0: none. */
  readonly limit: number;
  /** Data in a SYN needs no cookie. */
  readonly withoutCookie: boolean;
  /** Keys of its own; null: those of the stack. */
  readonly keys: CookieKeys | null;
}

const NO_FAST_OPEN: ListenerFastOpen = { limit: 0, withoutCookie: false, keys: null };

/** A passive open: its queues of half-open and of finished connections (RFC 9293 section 3.10.1). */
export class Listener {
  readonly id: number;
  /** null: any local address, of any family unless `family` says which. */
  readonly address: Address | null;
  readonly family: 0 | 4 | 6;
  readonly port: number;
  /** min(backlog, somaxconn), at least 1. */
  backlog: number;
  /** Half-open connections at most: min(backlog, max_syn_backlog). */
  readonly synBacklog: number;
  readonly defaults: ListenerDefaults;
  halfOpen = 0;
  readonly acceptQueue: Tcb[] = [];
  isClosed = false;
  user: object | null = null;
  isNotified = false;
  /** SYNs and ACKs turned away because a queue was full. */
  overflows = 0;
  readonly fastOpens: PendingFastOpens;
  readonly fastOpenNoCookie: boolean;
  readonly fastOpenKeys: CookieKeys | null;
  /** Keys of its own for peers whose segments must be signed; null: those of the stack. */
  keys: KeyStore | null = null;

  constructor(
    id: number,
    address: Address | null,
    family: 0 | 4 | 6,
    port: number,
    backlog: number,
    synBacklog: number,
    defaults: ListenerDefaults,
    fastOpen: ListenerFastOpen = NO_FAST_OPEN,
  ) {
    this.id = id;
    this.address = address;
    this.family = family;
    this.port = port;
    this.backlog = backlog;
    this.synBacklog = synBacklog;
    this.defaults = defaults;
    this.fastOpens = new PendingFastOpens(fastOpen.limit);
    this.fastOpenNoCookie = fastOpen.withoutCookie;
    this.fastOpenKeys = fastOpen.keys;
  }

  /** Room for one more finished connection; like Linux, one more than the backlog says. */
  hasRoom(): boolean {
    return !this.isClosed && this.acceptQueue.length <= this.backlog;
  }

  hasSynRoom(): boolean {
    return this.halfOpen <= this.synBacklog;
  }

  overflowed(env: TcpEnvironment): void {
    this.overflows++;
    env.extCounters.ListenOverflows++;
    env.extCounters.ListenDrops++;
  }

  /** The handshake of `tcb` is complete: it waits for the user. */
  completed(env: TcpEnvironment, tcb: Tcb): void {
    env.counters.PassiveOpens++;
    this.halfOpen--;
    tcb.isHalfOpen = false;
    this.acceptQueue.push(tcb);
    env.notifyListener(this);
  }

  /** The oldest finished connection, or null. Connections that died in the queue are given out too, as kernels do. */
  accept(): Tcb | null {
    const tcb = this.acceptQueue.shift();
    if (tcb === undefined) return null;
    tcb.hasUser = true;
    return tcb;
  }
}

/** SEGMENT ARRIVES in LISTEN: first RST, second ACK, third SYN, fourth anything else. */
export function arriveListen(env: TcpEnvironment, listener: Listener, segment: TcpSegment): void {
  if (!isAdmittedToListener(env, listener, segment)) return;
  const { flags } = segment;
  if (flags & TcpFlag.rst) return;
  if (flags & TcpFlag.ack) {
    env.sendResetFor(segment);
    return;
  }
  if ((flags & TcpFlag.syn) === 0) return;
  // SYN with FIN is nobody's honest beginning to Linux; by the RFC the FIN waits until the connection is established.
  if (flags & TcpFlag.fin && !env.settings.accept_syn_data) return;
  if (!listener.hasRoom()) {
    listener.overflowed(env);
    return;
  }
  if (!listener.hasSynRoom()) {
    listener.overflows++;
    env.extCounters.TCPReqQFullDrop++;
    env.extCounters.ListenDrops++;
    return;
  }
  openPassively(env, listener, segment, null);
}

// RFC 9293 §3.9.1.1 MUST-41, MUST-42: each SYN makes a connection record of its own; the listener stays as it is.
/** LISTEN to SYN-RECEIVED. `initialSeq` is given when a TIME-WAIT record gives way. Returns false without a route back. */
export function openPassively(
  env: TcpEnvironment,
  listener: Listener,
  segment: TcpSegment,
  initialSeq: number | null,
): boolean {
  const tcb = env.createPassive(listener, segment);
  if (tcb === null) return false;
  listener.halfOpen++;
  applyDefaults(env, tcb, listener.defaults);
  tcb.auth = authOfPassiveOpen(env, listener, tcb.key, segment);
  startUserTimeout(env, tcb);
  startSequence(env, tcb, initialSeq);
  tcb.segmentsIn = 1;
  tcb.irs = segment.seq;
  tcb.rcvNxt = (segment.seq + 1) | 0;
  tcb.rcvAdv = tcb.rcvNxt;
  tcb.lastAckSent = tcb.rcvNxt;
  startSendWindow(tcb, segment, segment.window);
  tcb.offeredScale = chooseReceiveScale(env.settings, tcb);
  takeSynOptions(env, tcb, segment);
  tcb.ecn = answerSyn(env, tcb, segment);
  setState(env, tcb, TcpState.synReceived, 'segment');
  const verdict = judgeSyn(env, listener, tcb, segment);
  if (verdict === SynVerdict.early) acceptEarly(env, listener, tcb);
  const keepsData = verdict === SynVerdict.early || (verdict === SynVerdict.ordinary && env.settings.accept_syn_data);
  if (keepsData && segment.length > 1) takeSynData(env, tcb, segment);
  tcb.pending |= Pending.syn;
  armTimer(env, tcb, TcpTimer.retransmission, usToTicks(tcb.rtoUs));
  env.scheduleOutput(tcb);
  return true;
}

/** ISS and the timestamp offset, from one keyed hash of the four-tuple (RFC 9293 section 3.4.1, RFC 7323 section 5.4). */
export function startSequence(env: TcpEnvironment, tcb: Tcb, initialSeq: number | null): void {
  const { key } = tcb;
  hashTuple(env.hash, key.localAddress, key.localPort, key.remoteAddress, key.remotePort);
  tcb.iss = initialSeq ?? initialSequenceNumber(env.hash.low, env.clock.nowUs);
  tcb.tsOffset = env.hash.high;
  tcb.flowLabel = env.hash.high & 0xfffff;
  tcb.sndUna = tcb.iss;
  tcb.sndNxt = tcb.iss;
  tcb.smallSeq = tcb.iss;
  tcb.sendBufferSeq = (tcb.iss + 1) | 0;
}

function applyDefaults(env: TcpEnvironment, tcb: Tcb, defaults: ListenerDefaults): void {
  tcb.noDelay = defaults.noDelay;
  tcb.trafficClass = defaults.trafficClass;
  if (defaults.hopLimit) tcb.hopLimit = defaults.hopLimit;
  if (defaults.rare) tcb.rare = defaults.rare.copy();
  if (defaults.receiveBufferSize !== null) fixReceiveLimit(tcb, defaults.receiveBufferSize);
  if (defaults.sendBufferSize !== null) fixSendLimit(env.settings, tcb, defaults.sendBufferSize);
  if (defaults.keepAliveMs > 0) tcb.keepAlive = { idleMs: defaults.keepAliveMs, intervalMs: 75_000, probes: 9 };
}

/**
 * Data and FIN that came with the SYN wait until the handshake is complete (RFC 9293 section 3.4), unless a cookie vouches for
 * the sender: then only the FIN does.
 */
function takeSynData(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  segment.seq = (segment.seq + 1) | 0;
  segment.flags &= ~TcpFlag.syn;
  tcb.rcvAdv = (tcb.rcvNxt + Math.min(0xffff, tcb.receiveLimit)) | 0;
  segment.payloadLength = Math.min(segment.payloadLength, tcb.rcvWnd);
  takeText(env, tcb, segment);
  if (segment.flags & TcpFlag.fin) noteFin(tcb, segment);
  tcb.pending &= ~Pending.ack;
}

/** CLOSE of a listener: connections nobody accepted are reset, those being set up forgotten. */
export function closeListener(env: TcpEnvironment, listener: Listener, halfOpen: readonly Tcb[]): void {
  listener.isClosed = true;
  for (const tcb of listener.acceptQueue.splice(0)) abortConnection(env, tcb, null, 'listener-closed');
  for (const tcb of halfOpen) {
    // Linux forgets them: the client's next segment finds nobody and is reset then.
    if (env.settings.profile === 'linux') endConnection(env, tcb, null, 'listener-closed');
    else abortConnection(env, tcb, null, 'listener-closed');
  }
}
