/**
 * What LISTEN keeps (RFC 9293 section 3.10.1): a listener with its two queues, connections being set up (SYN queue) and connections the user
 * has not accepted yet (accept queue), each bounded; and a half-open connection, all that its SYN told and our SYN-ACK answered, in a record
 * a fraction of a Tcb's size. The effective backlog is the smaller of what the user asked and somaxconn.
 */
import type { Address } from '../../base/address.ts';
import { TimerEntry } from '../../base/timer-wheel.ts';
import type { ConnectionAuth } from '../auth/connection-auth.ts';
import type { KeyStore } from '../auth/keys.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { EcnState } from '../ecn/ecn-state.ts';
import type { CookieKeys } from '../fast-open/cookie-keys.ts';
import { PendingFastOpens } from '../fast-open/pending.ts';
import type { RouteBack, SendParameters, TcpPath } from '../path.ts';
import type { TcpSettings } from '../settings.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { RareOptions } from '../tcb/rare-options.ts';
import { type AcceptingListener, Agreed, type Tcb } from '../tcb/tcb.ts';
import { SynQueue } from './syn-queue.ts';
import type { SynTerms } from './syn-terms.ts';
import { flowLabelOf } from './tuple-hash.ts';

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
export class Listener implements AcceptingListener {
  readonly id: number;
  /** null: any local address, of any family unless `family` says which. */
  readonly address: Address | null;
  readonly family: 0 | 4 | 6;
  readonly port: number;
  backlog = 0;
  readonly defaults: ListenerDefaults;
  /** Connections being set up. */
  readonly synQueue: SynQueue<HalfOpen>;
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

  constructor(
    id: number,
    address: Address | null,
    family: 0 | 4 | 6,
    port: number,
    settings: TcpSettings,
    backlog: number,
    defaults: ListenerDefaults,
    fastOpen: ListenerFastOpen = NO_FAST_OPEN,
  ) {
    this.id = id;
    this.address = address;
    this.family = family;
    this.port = port;
    this.synQueue = new SynQueue(0);
    this.setBacklog(settings, backlog);
    this.defaults = defaults;
    this.fastOpens = new PendingFastOpens(fastOpen.limit);
    this.fastOpenNoCookie = fastOpen.withoutCookie;
    this.fastOpenKeys = fastOpen.keys;
  }

  /** listen(2), again as well: of both queues, as far as the settings go. */
  setBacklog({ profile, somaxconn, max_syn_backlog }: TcpSettings, backlog: number): void {
    // Linux takes one more than it is told: none is one.
    this.backlog = Math.max(profile === 'linux' ? 0 : 1, Math.min(backlog, somaxconn));
    this.synQueue.limit = Math.min(this.backlog, max_syn_backlog);
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

  overflowed(env: TcpSurroundings): void {
    this.overflows++;
    env.extCounters.ListenOverflows++;
    env.extCounters.ListenDrops++;
  }

  /** No room for another half-open connection. */
  turnedAway(env: TcpSurroundings): void {
    this.overflows++;
    env.extCounters.TCPReqQFullDrop++;
    env.extCounters.ListenDrops++;
  }

  /** The oldest finished connection, or null. Connections that died in the queue are given out too, as kernels do. */
  accept(): Tcb | null {
    const tcb = this.acceptQueue.shift();
    if (tcb === undefined) return null;
    tcb.hasUser = true;
    return tcb;
  }
}

/** `timerKind` of its entry in the wheel. */
const TCP_TIMER_HALF_OPEN = 3;

// RFC 9293 §3.9.1.1 MUST-41, MUST-42: each SYN makes a connection record of its own; the listener stays as it is.
/** One half-open connection, in its listener's SYN queue and in the demultiplexer's table. */
export class HalfOpen extends TimerEntry implements SendParameters, SynTerms {
  readonly timerKind = TCP_TIMER_HALF_OPEN;
  readonly id: number;
  readonly key: ConnectionKey;
  readonly path: TcpPath;
  readonly listener: Listener;
  readonly ipOptions: Uint8Array | null;
  auth: ConnectionAuth | null = null;

  iss = 0;
  readonly irs: number;
  /** Behind the SYN, and behind what came with it and is kept. */
  rcvNxt: number;
  /** Octets our SYN-ACK offers. */
  rcvWnd = 0;
  /** The window of the SYN. */
  readonly sndWnd: number;
  agreed = 0;
  peerMss = 0;
  sndScale = 0;
  /** The shift our SYN-ACK offers. */
  offeredScale = 0;
  tsRecent = 0;
  tsRecentS = 0;
  tsOffset = 0;
  ecn: EcnState | null = null;
  /** As `Tcb.cookieOwed`. */
  cookieOwed = 0;
  /** What the peer's user timeout option said, seconds; 0: nothing. */
  remoteTimeoutSeconds = 0;
  /** Text that came with the SYN, and whether a FIN did; they wait for the end of the handshake. */
  heldText: Uint8Array | null = null;
  isFinHeld = false;
  /** The headers of the SYN, where the listener's user wants them. */
  savedSyn: Uint8Array | null = null;

  /** The handshake is complete but for the text that TCP_DEFER_ACCEPT waits for. */
  isDeferred = false;
  /** Times the SYN-ACK was sent again because nobody answered, or would have been. */
  timeouts = 0;
  /** Times the SYN-ACK was sent again for whatever reason. */
  repetitions = 0;
  /** When the SYN-ACK left; worth a sample while it was not sent again. */
  synSentUs = 0;
  isSynTimed = true;
  hasAnswered = false;
  lastAnswerTick = 0;
  /** Of the peer's address, where the listener counts by that. */
  sourceHash: number | null = null;
  /** Neighbours in the SYN queue of the listener. */
  queuePrevious: HalfOpen | null = null;
  queueNext: HalfOpen | null = null;

  constructor(id: number, listener: Listener, back: RouteBack, irs: number, sndWnd: number) {
    super();
    this.id = id;
    this.listener = listener;
    this.key = back.key;
    this.path = back.path;
    this.ipOptions = back.ipOptions;
    this.irs = irs;
    this.rcvNxt = (irs + 1) | 0;
    this.sndWnd = sndWnd;
  }

  get trafficClass(): number {
    return this.listener.defaults.trafficClass;
  }

  get flowLabel(): number {
    return flowLabelOf(this);
  }

  has(option: number): boolean {
    return (this.agreed & option) !== 0;
  }

  /** Units of the windows we announce behind the SYN-ACK. */
  get rcvScale(): number {
    return this.has(Agreed.windowScale) ? this.offeredScale : 0;
  }

  /** 0: as the setting says. */
  get hopLimit(): number {
    return this.listener.defaults.hopLimit ?? 0;
  }
}
