/**
 * LISTEN (RFC 9293 section 3.10.7.2) and its two queues: connections being set up (SYN queue) and connections the user has
 * not accepted yet (accept queue), each bounded. The effective backlog is the smaller of what the user asked and somaxconn.
 */
import type { Address } from '../../base/address.ts';
import { usToTicks } from '../../base/clock.ts';
import { TcpFlag, type TcpSegment } from '../../wire/tcp-segment.ts';
import { isAdmittedToListener } from '../auth/admission.ts';
import type { KeyStore } from '../auth/keys.ts';
import { abortConnection, dropUnread } from '../closing/connection-end.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { CookieKeys } from '../fast-open/cookie-keys.ts';
import { acceptEarly, judgeSyn, PendingFastOpens, SynVerdict } from '../fast-open/server.ts';
import { noteFin, takeText } from '../input/text.ts';
import { firstWindow } from '../input/window.ts';
import { isTooFar, type RareOptions } from '../rare-options.ts';
import type { TcpSettings } from '../settings.ts';
import { TcpState } from '../state.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, TcpTimer } from '../timers.ts';
import { observeState } from '../transitions.ts';
import { type HalfOpen, readSyn } from './half-open.ts';
import { beginHalfOpen, endHalfOpen } from './half-open-life.ts';
import { tcbOf } from './promotion.ts';
import { sendHalfOpenReset } from './syn-ack.ts';
import { answerWithCookie, SynCookieMode, takeCookie } from './syn-cookies.ts';
import { SynQueue } from './syn-queue.ts';

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
  /** TCP_DEFER_ACCEPT: SYN-ACKs for which a handshake waits for text after its bare ACK; absent or 0: not at all. */
  deferredRetries?: number;
  /** TCP_QUICKACK is off: acknowledgments wait for an answer from the start. */
  isInteractive?: boolean;
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
  readonly defaults: ListenerDefaults;
  /** Connections being set up. */
  readonly synQueue: SynQueue;
  readonly acceptQueue: Tcb[] = [];
  /** When it last sent a SYN cookie, driver's microseconds. */
  lastCookieUs = Number.NEGATIVE_INFINITY;
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

  /** @param synBacklog half-open connections at most: min(backlog, max_syn_backlog) */
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
    this.synQueue = new SynQueue(synBacklog);
    this.defaults = defaults;
    this.fastOpens = new PendingFastOpens(fastOpen.limit);
    this.fastOpenNoCookie = fastOpen.withoutCookie;
    this.fastOpenKeys = fastOpen.keys;
  }

  /** Room for one more finished connection; like Linux, one more than the backlog says. */
  hasRoom(): boolean {
    return !this.isClosed && this.acceptQueue.length <= this.backlog;
  }

  /** Half-open connections there are now. */
  get halfOpen(): number {
    return this.synQueue.length;
  }

  /** Congestion controls that live on marks take any SYN that asks for them. */
  isDctcp(settings: TcpSettings): boolean {
    return (this.defaults.congestionControl ?? settings.congestion_control) === 'dctcp';
  }

  overflowed(env: TcpEnvironment): void {
    this.overflows++;
    env.extCounters.ListenOverflows++;
    env.extCounters.ListenDrops++;
  }

  /** No room for another half-open connection. */
  turnedAway(env: TcpEnvironment): void {
    this.overflows++;
    env.extCounters.TCPReqQFullDrop++;
    env.extCounters.ListenDrops++;
  }

  /** The handshake of `tcb` is complete: it waits for the user. */
  completed(env: TcpEnvironment, tcb: Tcb): void {
    env.counters.PassiveOpens++;
    env.synShedding.peerProven(env, tcb.key.remoteAddress);
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
  if (isTooFar(env, listener.defaults.rare ?? null, segment)) return;
  if (!isAdmittedToListener(env, listener, segment)) return;
  const { flags } = segment;
  if (flags & TcpFlag.rst) return;
  if (flags & TcpFlag.ack) {
    const isTaken = (flags & TcpFlag.syn) === 0 && takeCookie(env, listener, segment, null);
    if (!isTaken) env.sendResetFor(segment);
    return;
  }
  if ((flags & TcpFlag.syn) === 0) return;
  // SYN with FIN is nobody's honest beginning to Linux; by the RFC the FIN waits until the connection is established.
  if (flags & TcpFlag.fin && !env.settings.accept_syn_data) return;
  const { syncookies } = env.settings;
  const getsCookie = syncookies === SynCookieMode.always || listener.synQueue.isFullFor(env, segment);
  if (getsCookie && syncookies === SynCookieMode.off) {
    listener.turnedAway(env);
    return;
  }
  if (getsCookie) env.extCounters.TCPReqQFullDoCookies++;
  if (!listener.hasRoom()) {
    listener.overflowed(env);
    return;
  }
  if (getsCookie && !env.synShedding.admits(env, segment)) {
    env.extCounters.SynsShed++;
    env.extCounters.ListenDrops++;
    return;
  }
  if (getsCookie) answerWithCookie(env, listener, segment);
  else openPassively(env, listener, segment, null);
}

/** LISTEN to SYN-RECEIVED. `initialSeq` is given when a TIME-WAIT record gives way. Returns false without a route back. */
export function openPassively(
  env: TcpEnvironment,
  listener: Listener,
  segment: TcpSegment,
  initialSeq: number | null,
): boolean {
  const entry = readSyn(env, listener, segment, initialSeq);
  if (entry === null) return false;
  if (listener.defaults.rare?.savesSyn) entry.savedSyn = headersOf(segment);
  const verdict = judgeSyn(env, entry, segment);
  if (verdict === SynVerdict.early) openEarly(env, listener, entry, segment);
  else {
    if (verdict === SynVerdict.ordinary && env.settings.accept_syn_data) holdSynData(entry, segment);
    beginHalfOpen(env, entry);
  }
  return true;
}

/** The IP and TCP headers of a segment, copied. */
function headersOf({ packet, headerLength }: TcpSegment): Uint8Array {
  const { memory, headerOffset, headerLength: ipLength } = packet;
  return memory.u8.slice(headerOffset, headerOffset + ipLength + headerLength);
}

/** Data and FIN that came with the SYN wait until the handshake is complete (RFC 9293 section 3.4). */
function holdSynData(entry: HalfOpen, segment: TcpSegment): void {
  const length = Math.min(segment.payloadLength, entry.rcvWnd);
  const start = segment.payloadOffset;
  entry.isFinHeld = (segment.flags & TcpFlag.fin) !== 0 && length === segment.payloadLength;
  if (length === 0) return;
  entry.heldText = segment.packet.memory.u8.slice(start, start + length);
  entry.rcvNxt = (entry.rcvNxt + length) | 0;
  entry.rcvWnd -= length;
}

/** A cookie vouches for the sender: the user has the connection, and what came with the SYN, before the handshake is over. */
function openEarly(env: TcpEnvironment, listener: Listener, entry: HalfOpen, segment: TcpSegment): void {
  observeState(env, entry.id, entry.key, TcpState.closed, TcpState.synReceived, 'segment');
  const tcb = tcbOf(env, entry);
  env.add(tcb);
  acceptEarly(env, listener, tcb);
  if (segment.length > 1) takeSynData(env, tcb, segment);
  tcb.pending |= Pending.syn;
  armTimer(env, tcb, TcpTimer.retransmission, usToTicks(tcb.rtoUs));
  env.scheduleOutput(tcb);
}

function takeSynData(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  segment.seq = (segment.seq + 1) | 0;
  segment.flags &= ~TcpFlag.syn;
  tcb.rcvAdv = (tcb.rcvNxt + Math.min(0xffff, tcb.receiveLimit)) | 0;
  segment.payloadLength = Math.min(segment.payloadLength, tcb.rcvWnd);
  // Linux calls this by the same name on both sides.
  tcb.isSynDataAcked = env.settings.profile === 'linux' && segment.payloadLength > 0;
  if (segment.payloadLength > 0) tcb.dataSegmentsIn = 1;
  takeText(env, tcb, segment);
  offerAnew(env.settings, tcb);
  // A FIN counts only once the handshake is over.
  if (segment.flags & TcpFlag.fin) noteFin(tcb, segment);
  tcb.pending &= ~Pending.ack;
}

/** Linux reckons with a whole first window behind what came with the SYN, whatever the SYN-ACK can say of it. */
function offerAnew(settings: TcpSettings, tcb: Tcb): void {
  if (settings.profile === 'rfc' || !tcb.has(Agreed.windowScale)) return;
  const unit = 1 << tcb.rcvScale;
  const first = firstWindow(settings, tcb.receiveLimit, tcb.advertisedMss, tcb.has(Agreed.timestamps));
  tcb.rcvAdv = (tcb.rcvNxt + Math.ceil(first / unit) * unit) | 0;
}

/** CLOSE of a listener: connections nobody accepted are reset, those being set up forgotten. */
export function closeListener(env: TcpEnvironment, listener: Listener): void {
  listener.isClosed = true;
  for (const tcb of listener.acceptQueue.splice(0)) {
    abortConnection(env, tcb, null, 'listener-closed');
    dropUnread(env, tcb);
  }
  for (const entry of listener.synQueue) {
    // Linux forgets them: the client's next segment finds nobody and is reset then.
    if (env.settings.profile === 'rfc') sendHalfOpenReset(env, entry);
    endHalfOpen(env, entry, 'listener-closed');
  }
}
