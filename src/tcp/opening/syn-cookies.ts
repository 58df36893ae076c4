/**
 * SYN cookies (RFC 4987 section 3.6): a half-open connection that the client keeps. Our ISN is a keyed hash over the four-tuple, the
 * client's ISN and the minute, beside two bits of that minute and an index of the client's MSS; what else was agreed on lies in
 * the low bits of our timestamp, which the client sends back. The last segment of the handshake makes the record again.
 */
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { SIGNATURE_OPTIONS } from '../auth/admission.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { EcnState } from '../ecn/ecn-state.ts';
import { ecnOfCookie } from '../ecn/negotiation.ts';
import type { TcpEnvironment } from '../environment.ts';
import { admittedArrives } from '../input/segment-arrives.ts';
import { defaultMssOf } from '../output/mss.ts';
import { TcpState } from '../state.ts';
import { Agreed } from '../tcb/tcb.ts';
import { observeState } from '../transitions.ts';
import { readSyn, settleWindow } from './half-open.ts';
import { beginHalfOpen, endHalfOpen } from './half-open-life.ts';
import { startTimestamps } from './isn.ts';
import { HalfOpen, type Listener } from './listener.ts';
import { adopt } from './promotion.ts';
import { sendSynAck } from './syn-ack.ts';

/** Values of the setting `syncookies`. */
export const SynCookieMode = { off: 0, onOverflow: 1, always: 2 } as const;

/** What a cookie can say of an MSS: the largest of these that is not larger. The first is what no path is below (RFC 791). */
const MSS_TABLE = [48, 256, 536, 1220, 1300, 1440, 1460, 8940] as const;
/** Linux says less. */
const MSS_TABLE_LINUX_V4 = [536, 1300, 1440, 1460] as const;
const MSS_TABLE_LINUX_V6 = [1220, 1420, 1440, 8940] as const;
const MSS_BITS = 3;
/** Bits of the minute that a cookie shows, so that one hash is enough to check it. */
const COUNT_BITS = 2;
const COUNT_MASK = (1 << COUNT_BITS) - 1;
const SHOWN_BITS = MSS_BITS + COUNT_BITS;
const MINUTE_US = 60e6;
/** A listener that sent its last cookie longer ago than two minutes looks at no ACK. */
const RECENT_US = 2 * MINUTE_US;

/** In the low bits of a timestamp: the client's window scale, SACK, and how far ECN is agreed on. */
const TS_BITS = 7;
const TS_MASK = (1 << TS_BITS) - 1;
const TS_NO_SCALE = 0xf;
const TS_SACK = 0x10;
const TS_ECN_SHIFT = 5;

const WORDS = new Int32Array(12);

/** Sends a SYN-ACK that nobody here remembers, for a SYN that finds no room. */
export function answerWithCookie(env: TcpEnvironment, listener: Listener, segment: TcpSegment): void {
  const entry = readSyn(env, listener, segment, null, true);
  if (entry === null) return;
  // A signature has proven who sent this SYN: it is no part of a flood, and may use as much room again.
  if (entry.auth !== null && (segment.optionsPresent & SIGNATURE_OPTIONS) !== 0) {
    if (listener.synQueue.length <= 2 * listener.synQueue.limit) beginHalfOpen(env, entry);
    else listener.turnedAway(env);
    return;
  }
  env.extCounters.SyncookiesSent++;
  listener.lastCookieUs = env.clock.nowUs;
  const told = entry.peerMss || defaultMssOf(entry.key.remoteAddress.family);
  entry.iss = cookieFor(env, entry.key, entry.irs, Math.min(told, listener.defaults.rare?.maxSegment || told));
  entry.cookieOwed = 0;
  if (entry.has(Agreed.timestamps)) hideTerms(env, entry);
  else forgetTerms(entry);
  sendSynAck(env, entry, 'syn-cookie');
}

/** Without timestamps there is no place for anything but the MSS. */
function forgetTerms(entry: HalfOpen): void {
  entry.agreed = 0;
  entry.sndScale = 0;
  entry.ecn = null;
}

/** Turns the timestamp of the SYN-ACK back by up to 127 ms, to one that on the clock of all machines has a value whose low bits say what was agreed on. */
function hideTerms(env: TcpEnvironment, entry: HalfOpen): void {
  const scale = entry.has(Agreed.windowScale) ? entry.sndScale : TS_NO_SCALE;
  const terms = scale | (entry.has(Agreed.sack) ? TS_SACK : 0) | ((entry.ecn?.mode ?? 0) << TS_ECN_SHIFT);
  const back = (env.clock.ms + env.secrets.epochMs - terms) & TS_MASK;
  entry.tsOffset = (entry.tsOffset - back) | 0;
}

/** Our ISN for a SYN of this tuple and this ISN of the client's. */
function cookieFor(env: TcpEnvironment, key: ConnectionKey, irs: number, mss: number): number {
  const table = mssTableOf(env, key);
  let index = table.length - 1;
  while (index > 0 && (table[index] ?? 0) > mss) index--;
  const count = minuteOf(env);
  const shown = ((count & COUNT_MASK) << MSS_BITS) | index;
  const words = fillWords(key, irs, count, shown);
  return (env.secrets.making(count).hashWords(WORDS, words) << SHOWN_BITS) | shown;
}

/** The MSS that a cookie of ours says, or 0: it is none, or too old. */
function checkCookie(env: TcpEnvironment, key: ConnectionKey, irs: number, cookie: number): number {
  const shown = cookie & ((1 << SHOWN_BITS) - 1);
  const now = minuteOf(env);
  let age = (now - (shown >>> MSS_BITS)) & COUNT_MASK;
  // Another machine's clock may be a little ahead of ours.
  if (age === COUNT_MASK && env.secrets.isShared) age = -1;
  if (age > 1) return 0;
  const count = now - age;
  const words = fillWords(key, irs, count, shown);
  const made = (env.secrets.making(count).hashWords(WORDS, words) << SHOWN_BITS) | shown;
  if (made !== cookie) {
    const backup = env.secrets.backupOf(count);
    if (backup === null || ((backup.hashWords(WORDS, words) << SHOWN_BITS) | shown) !== cookie) return 0;
  }
  return mssTableOf(env, key)[shown & ((1 << MSS_BITS) - 1)] ?? 0;
}

function mssTableOf({ settings }: TcpEnvironment, { remoteAddress }: ConnectionKey): readonly number[] {
  if (settings.profile === 'rfc') return MSS_TABLE;
  return remoteAddress.family === 4 ? MSS_TABLE_LINUX_V4 : MSS_TABLE_LINUX_V6;
}

/** Minutes of the wall clock. */
function minuteOf({ clock }: TcpEnvironment): number {
  return Math.floor((clock.epochUs + clock.nowUs) / MINUTE_US);
}

function fillWords(
  { localAddress, localPort, remoteAddress, remotePort }: ConnectionKey,
  irs: number,
  count: number,
  shown: number,
): number {
  let at = 0;
  for (const address of [localAddress, remoteAddress]) {
    if (address.family === 6) {
      WORDS[at++] = address.w0;
      WORDS[at++] = address.w1;
      WORDS[at++] = address.w2;
    }
    WORDS[at++] = address.w3;
  }
  WORDS[at++] = (localPort << 16) | remotePort;
  WORDS[at++] = irs;
  WORDS[at++] = count | 0;
  WORDS[at++] = shown;
  return at;
}

/**
 * An ACK for a listener, from nobody it knows: makes a connection of it if it acknowledges a cookie of ours.
 * @param former a half-open connection of the same name, which it was not for
 * @returns false when it does not, and must be answered by a RST
 */
export function takeCookie(
  env: TcpEnvironment,
  listener: Listener,
  segment: TcpSegment,
  former: HalfOpen | null,
): boolean {
  if (!mayHoldCookie(env, listener)) return false;
  const irs = (segment.seq - 1) | 0;
  const iss = (segment.ack - 1) | 0;
  const back = env.routeBack(segment, false);
  if (back === null) return false;
  const mss = checkCookie(env, back.key, irs, iss);
  if (mss === 0) {
    env.extCounters.SyncookiesFailed++;
    return false;
  }
  env.extCounters.SyncookiesRecv++;
  if (!listener.hasRoom()) {
    listener.overflowed(env);
    return true;
  }
  const entry = new HalfOpen(env.takeId(), listener, back, irs, 0);
  entry.iss = iss;
  entry.peerMss = mss;
  entry.isSynTimed = false;
  startTimestamps(env, entry);
  if (!readTerms(env, entry, segment)) {
    env.extCounters.SyncookiesFailed++;
    return false;
  }
  settleWindow(env, entry);
  if (former !== null) endHalfOpen(env, former, 'syn-cookie');
  observeState(env, entry.id, entry.key, TcpState.closed, TcpState.synReceived, 'syn-cookie');
  admittedArrives(env, adopt(env, entry), segment);
  return true;
}

function mayHoldCookie(env: TcpEnvironment, listener: Listener): boolean {
  if (env.settings.syncookies === SynCookieMode.off) return false;
  return env.secrets.isShared || env.clock.nowUs - listener.lastCookieUs <= RECENT_US;
}

/** What the timestamp that comes back says; false: it says what we would never have agreed on. */
function readTerms(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): boolean {
  if ((segment.optionsPresent & TcpOptionBit.timestamps) === 0) return true;
  const { settings } = env;
  const terms = (segment.timestampEcho - entry.tsOffset + env.secrets.epochMs) & TS_MASK;
  const scale = terms & TS_NO_SCALE;
  const hasSack = (terms & TS_SACK) !== 0;
  const isPossible =
    settings.timestamps && (settings.sack || !hasSack) && (settings.window_scaling || scale === TS_NO_SCALE);
  if (!isPossible) return false;
  entry.agreed = Agreed.timestamps | (hasSack ? Agreed.sack : 0);
  entry.tsRecent = segment.timestampValue;
  entry.tsRecentS = env.clock.seconds;
  if (scale !== TS_NO_SCALE) {
    entry.agreed |= Agreed.windowScale;
    entry.sndScale = scale;
  }
  entry.ecn = ecnOf(env, entry.listener, terms >>> TS_ECN_SHIFT);
  return true;
}

function ecnOf(env: TcpEnvironment, listener: Listener, mode: number): EcnState | null {
  return mode === 0 ? null : ecnOfCookie(env, listener.isDctcp(env.settings), mode);
}
