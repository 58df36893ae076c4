/**
 * The server's side of TCP Fast Open (RFC 7413 sections 4.2.2 and 5.1): is this SYN's cookie good, may its data go to the user
 * before the handshake is over, and how many such connections a listener bears.
 */
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { HalfOpen, Listener } from '../opening/listener.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { CookieMatch } from './cookie-keys.ts';
import { FastOpenBit } from './fast-open.ts';

/** What becomes of a SYN. */
export const SynVerdict = {
  /** Fast Open has no part in it. */
  ordinary: 0,
  /** The SYN alone is taken; its text has to come again. */
  textRefused: 1,
  /** The connection goes to the user now, text and all. */
  early: 2,
} as const;

// RFC 7413 §4.2.1 R7413-16: a request gets a cookie, and its data does not count.
// RFC 7413 §4.2 R7413-10: only for a listener that takes part.
/** How the SYN that made `entry` is to be taken, as a SynVerdict; counts, and notes whether a cookie is owed. */
export function judgeSyn(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): number {
  const { settings, extCounters } = env;
  const hasOption = (segment.optionsPresent & TcpOptionBit.fastOpen) !== 0;
  if (!hasOption && segment.payloadLength === 0) return SynVerdict.ordinary;
  const isRequest = hasOption && segment.fastOpenLength === 0;
  if (isRequest) extCounters.TCPFastOpenCookieReqd++;
  const { listener } = entry;
  const { fastOpens } = listener;
  if (fastOpens.limit === 0 || (settings.fastopen & FastOpenBit.server) === 0) return SynVerdict.ordinary;
  if (!fastOpens.hasRoom(env)) return hasOption ? SynVerdict.textRefused : SynVerdict.ordinary;
  if (listener.fastOpenNoCookie || (settings.fastopen & FastOpenBit.serverWithoutCookie) !== 0) {
    extCounters.TCPFastOpenPassive++;
    return SynVerdict.early;
  }
  if (!hasOption) return SynVerdict.ordinary;
  const match = isRequest ? CookieMatch.none : matchOf(env, entry, segment);
  // RFC 7413 §4.2.2 R7413-6: a cookie that is missing or wrong is answered with one that is right; the data does not count.
  if (match !== CookieMatch.primary) entry.cookieOwed = segment.fastOpenExperimental ? OWED_EXPERIMENTAL : OWED;
  if (match === CookieMatch.none) {
    if (!isRequest) extCounters.TCPFastOpenPassiveFail++;
    return SynVerdict.textRefused;
  }
  if (match === CookieMatch.backup) extCounters.TCPFastOpenPassiveAltKey++;
  extCounters.TCPFastOpenPassive++;
  return SynVerdict.early;
}

/** Values of `Tcb.cookieOwed` beside 0. */
const OWED = 1;
export const OWED_EXPERIMENTAL = 2;

function matchOf(env: TcpEnvironment, { listener, key }: HalfOpen, segment: TcpSegment): number {
  const { u8 } = segment.packet.memory;
  const keys = listener.fastOpenKeys ?? env.fastOpen.keys;
  return keys.check(env, key, u8, segment.fastOpenOffset, segment.fastOpenLength);
}

// RFC 7413 §4.2.2 R7413-5: the connection is the user's from here on, who may answer before the third segment comes.
/** Hands a connection in SYN-RECEIVED to the listener's user. */
export function acceptEarly(env: TcpEnvironment, listener: Listener, tcb: Tcb): void {
  tcb.isFastOpened = true;
  listener.fastOpens.count++;
  env.counters.PassiveOpens++;
  tcb.lastReceiveTick = env.clock.tick;
  tcb.congestion.start(env, tcb);
  listener.acceptQueue.push(tcb);
  env.notifyListener(listener);
}

/** The SYN of a connection that was handed out early is acknowledged, or the connection is over before that. */
export function earlyEnded(env: TcpEnvironment, tcb: Tcb, isReset: boolean): void {
  tcb.listener?.fastOpens.ended(env, isReset);
}
