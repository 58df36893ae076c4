/**
 * A connection being set up from LISTEN (RFC 9293 section 3.5): all that the SYN told and our SYN-ACK answered, in a record a
 * fraction of a Tcb's size. It becomes a Tcb with the last segment of the handshake (`promotion.ts`); until then it is
 * looked after by `arrive-half-open.ts`.
 */
import { TimerEntry } from '../../base/timer-wheel.ts';
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { authOfPassiveOpen } from '../auth/admission.ts';
import type { ConnectionAuth } from '../auth/connection-auth.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { EcnState } from '../ecn/ecn-state.ts';
import { answerSyn } from '../ecn/negotiation.ts';
import type { RouteBack, SendParameters, TcpEnvironment, TcpPath } from '../environment.ts';
import { firstWindow, offerable, windowScaleOffered } from '../input/window.ts';
import { mssToAnnounce } from '../output/mss.ts';
import { Agreed } from '../tcb/tcb.ts';
import { flowLabelOf, startSequence } from './isn.ts';
import type { Listener } from './listener.ts';
import { readSynOptions, type SynTerms } from './syn-options.ts';

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

/**
 * A record of what this SYN for `listener` asks for and what will be answered; nobody knows of it yet. Null: there is no way back.
 * @param initialSeq our ISN when it is settled already, null otherwise
 * @param isOnce one answer goes out, and nothing is remembered
 */
export function readSyn(
  env: TcpEnvironment,
  listener: Listener,
  segment: TcpSegment,
  initialSeq: number | null,
  isOnce = false,
): HalfOpen | null {
  const back = env.routeBack(segment, isOnce);
  if (back === null) return null;
  const entry = new HalfOpen(env.takeId(), listener, back, segment.seq, segment.window);
  entry.auth = authOfPassiveOpen(env, listener, entry.key, segment);
  startSequence(env, entry, initialSeq);
  readSynOptions(env, entry, entry.auth, true, segment);
  settleWindow(env, entry);
  if (segment.optionsPresent & TcpOptionBit.userTimeout) entry.remoteTimeoutSeconds = segment.userTimeoutSeconds;
  entry.ecn = answerSyn(env, listener.isDctcp(env.settings), segment);
  return entry;
}

/** The window that the SYN-ACK offers and the scale of those behind it, when it is known whether there will be one. */
export function settleWindow({ settings }: TcpEnvironment, entry: HalfOpen): void {
  const { receiveBufferSize, rare } = entry.listener.defaults;
  const limit = receiveBufferSize ?? settings.rmem_default;
  const isFixed = receiveBufferSize !== null;
  const clamp = rare?.windowClamp ?? 0;
  entry.offeredScale = windowScaleOffered(settings, limit, isFixed, clamp);
  const mss = mssToAnnounce(settings, entry.path, entry.key.remoteAddress.family, rare ?? null);
  const offered = firstWindow(settings, Math.min(limit, clamp || limit), mss, entry.has(Agreed.timestamps));
  entry.rcvWnd = Math.min(0xffff, offerable(Math.max(offered, 2 << entry.rcvScale), entry.rcvScale, clamp));
}
