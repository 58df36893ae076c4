/**
 * What the two SYNs settle (RFC 9293 section 3.7.1, RFC 7323, RFC 2018): the peer's segment size, window scale, timestamps, SACK.
 */
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { ConnectionAuth } from '../auth/connection-auth.ts';
import { initialWindow } from '../congestion/initial-window.ts';
import type { TcpEnvironment } from '../environment.ts';
import { WINDOW_SCALE_MAX } from '../input/window.ts';
import { computeSendMss, DEFAULT_MSS_V4 } from '../output/mss.ts';
import { startMtuProbing } from '../output/mtu-probing.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { takeUserTimeout } from '../user-timeout.ts';
import type { SynTerms } from './syn-terms.ts';

/** Whether our SYN, or SYN-ACK to a peer that sent `present`, has room for timestamps. */
export function offersTimestamps(
  { settings }: TcpEnvironment,
  auth: ConnectionAuth | null,
  isPassive: boolean,
  present: number,
): boolean {
  if (auth === null || !settings.timestamps) return settings.timestamps;
  const hasSack = settings.sack && (present & TcpOptionBit.sackPermitted) !== 0;
  return auth.timestampsFit(isPassive, hasSack);
}

/** Reads the options of the peer's SYN; ours were sent or will be sent accordingly. */
export function readSynOptions(
  env: TcpEnvironment,
  terms: SynTerms,
  auth: ConnectionAuth | null,
  isPassive: boolean,
  segment: TcpSegment,
): void {
  const { settings } = env;
  const present = segment.optionsPresent;
  // RFC 9293 §3.7.1 MUST-14: the MSS option is understood.
  terms.peerMss = (present & TcpOptionBit.mss) !== 0 && segment.mss > 0 ? segment.mss : 0;
  terms.agreed = 0;
  terms.sndScale = 0;
  if (settings.window_scaling && present & TcpOptionBit.windowScale) {
    // RFC 7323 §2.2 R7323-1: both ends have sent it.
    // RFC 7323 §2.3 R7323-10: a shift above 14 is taken as 14.
    terms.agreed |= Agreed.windowScale;
    terms.sndScale = Math.min(WINDOW_SCALE_MAX, segment.windowScale);
  }
  if (offersTimestamps(env, auth, isPassive, present) && present & TcpOptionBit.timestamps) {
    terms.agreed |= Agreed.timestamps;
    terms.tsRecent = segment.timestampValue;
    terms.tsRecentS = env.clock.seconds;
  }
  // RFC 2018 §2 R2018-1: both SYNs must have said so.
  if (settings.sack && present & TcpOptionBit.sackPermitted) terms.agreed |= Agreed.sack;
}

/** Takes the options of a SYN that has come for a connection of our own making. */
export function takeSynOptions(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  readSynOptions(env, tcb, tcb.auth, tcb.isPassive, segment);
  // Linux: who says nothing takes what the SYN was made for.
  if (tcb.peerMss === 0 && env.settings.profile === 'linux') tcb.peerMss = assumedMss(tcb);
  takeUserTimeout(env, tcb, segment);
  applySynTerms(env, tcb);
}

/** What is known of the peer of an active open before it answers; 0: nothing. */
export function assumedMss({ fastOpen, rare }: Tcb): number {
  const chosen = rare?.maxSegment ?? 0;
  if (fastOpen === null || fastOpen.dataLength === 0) return chosen;
  return Math.min(fastOpen.mss, chosen || fastOpen.mss);
}

/** What the terms mean for windows and segment sizes. */
export function applySynTerms(env: TcpEnvironment, tcb: Tcb): void {
  tcb.rcvScale = tcb.has(Agreed.windowScale) ? tcb.offeredScale : 0;
  // A buffer of less than two units of the window could not be announced in steps.
  if (tcb.rcvScale > 0) tcb.receiveLimit = Math.max(tcb.receiveLimit, 2 << tcb.rcvScale);
  startMtuProbing(env, tcb);
  computeSendMss(env, tcb);
  startCongestionWindow(env, tcb);
  // What will come is not known yet; the announced MSS bounds it.
  tcb.receiveMss = Math.min(DEFAULT_MSS_V4, tcb.advertisedMss || DEFAULT_MSS_V4);
}

function startCongestionWindow(env: TcpEnvironment, tcb: Tcb): void {
  tcb.cwnd = initialWindow(env, tcb);
}
