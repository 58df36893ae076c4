/**
 * CUBIC's curve by the letter of RFC 9438, in octets: W(t) = C (t - K)^3 + W_max (section 4.2), the Reno-friendly estimate with
 * alpha = 1 once the window before the loss is reached (4.3), FlightSize cut by 0.7 (4.6), fast convergence (4.7), a fresh start
 * after a timeout (4.8), all of it restored when the loss was none (4.9); time without data to send does not count (5.8).
 * Windows are octets, times milliseconds or microseconds, all integers; fractions of an octet wait in `credit`.
 */
import type { TcpSurroundings } from '../surroundings.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { CaState } from './ca-state.ts';
import type { CubicCurve } from './cubic-curve.ts';
import { boundedThreshold, boundedWindow, MAX_WINDOW } from './growth.ts';

// RFC 9438 §5 R9438-10: segments per cubic second.
const C = 0.4;
/** What is acknowledged is worth 9/17 of it below the window before the loss: alpha = 3 (1 - 0.7) / (1 + 0.7). */
const ALPHA = 9 / 17;

export class Rfc9438Curve implements CubicCurve {
  /** The window at the last congestion event, after fast convergence; 0 while there was none. */
  wMax = 0;
  /** Time from the start of the epoch to the plateau, microseconds. */
  kUs = 0;
  /** What Reno's window would be. */
  wEst = 0;
  /** The plateau of this epoch. */
  private origin = 0;
  private cwndPrior = 0;
  private isOpen = false;
  private epochStartMs = 0;
  private lastSampleMs = 0;
  private isAfterTimeout = false;
  /** Acknowledged octets that have not made a whole octet of window, or of estimate, yet. */
  private credit = 0;
  private estCredit = 0;

  // RFC 9438 §4.9: what a mistaken reduction gives back.
  private savedMax = 0;
  private savedKUs = 0;
  private savedEst = 0;
  private savedOrigin = 0;
  private savedPrior = 0;
  private savedIsOpen = false;
  private savedEpochStartMs = 0;

  grow(env: TcpSurroundings, tcb: Tcb, acked: number): void {
    const nowMs = env.clock.ms;
    if (!this.isOpen) this.open(nowMs, tcb);
    const elapsedMs = (nowMs - this.epochStartMs) | 0;
    // An epoch of 24 days has run over the clock.
    if (elapsedMs < 0) this.open(nowMs, tcb);
    const elapsedUs = Math.max(0, elapsedMs) * 1000;
    this.estimateReno(tcb, acked);
    if (this.windowAt(elapsedUs, tcb.sendMss) < this.wEst) {
      // RFC 9438 §4.3 R9438-2: Reno would be ahead.
      this.credit = 0;
      tcb.cwnd = boundedWindow(tcb, Math.max(tcb.cwnd, this.wEst));
      // What the clamp cuts off is not kept for later.
      this.wEst = Math.min(this.wEst, tcb.cwnd);
      return;
    }
    // RFC 9438 §4.2 R9438-1: towards where the curve will be in one round trip, half as much again at most.
    const target = Math.min(this.windowAt(elapsedUs + tcb.srttUs, tcb.sendMss), tcb.cwnd + (tcb.cwnd >> 1));
    const ahead = target - tcb.cwnd;
    if (ahead <= 0) return;
    // RFC 9438 §4.4 R9438-12: (target - cwnd) / cwnd for each segment acknowledged.
    // RFC 9438 §4.5 R9438-13: and beyond the plateau.
    // RFC 9438 §4.1.2 R9438-21: or for each part of one.
    this.credit += acked;
    const growth = Math.floor((this.credit * ahead) / tcb.cwnd);
    this.credit -= Math.ceil((growth * tcb.cwnd) / ahead);
    tcb.cwnd = boundedWindow(tcb, tcb.cwnd + Math.min(growth, ahead));
  }

  reduce(tcb: Tcb, flight: number, isMark: boolean, isAlternative: boolean): number {
    this.save();
    this.isOpen = false;
    this.cwndPrior = tcb.cwnd;
    // RFC 9438 §4.7 R9438-4: a flow that lost below its last plateau makes room for others.
    this.wMax = tcb.cwnd < this.wMax ? Math.floor((tcb.cwnd * 17) / 20) : tcb.cwnd;
    // RFC 9438 §4.6 R9438-3, R9438-9: seven tenths of what is in flight.
    // RFC 8511 §3.1 R8511-2: 0.85 for CUBIC after a mark.
    const ssthresh = Math.floor(isAlternative ? (flight * 17) / 20 : (flight * 7) / 10);
    return isMark ? Math.max(ssthresh, tcb.sendMss) : boundedThreshold(tcb, ssthresh);
  }

  undo(): void {
    this.wMax = this.savedMax;
    this.kUs = this.savedKUs;
    this.wEst = this.savedEst;
    this.origin = this.savedOrigin;
    this.cwndPrior = this.savedPrior;
    this.isOpen = this.savedIsOpen;
    this.epochStartMs = this.savedEpochStartMs;
    this.isAfterTimeout = false;
  }

  // RFC 9438 §5.8 R9438-8: the curve stands still while the application, not the window, limits what is sent.
  onSample(env: TcpSurroundings, tcb: Tcb): void {
    if (!tcb.isCwndLimited) this.skip(env);
    this.lastSampleMs = env.clock.ms;
  }

  isYoung(): boolean {
    return false;
  }

  onState(state: number): void {
    if (state === CaState.loss) this.isAfterTimeout = true;
    else if (state === CaState.recovery || state === CaState.cwr) this.isAfterTimeout = false;
  }

  onTransmitStart(env: TcpSurroundings): void {
    this.skip(env);
    this.lastSampleMs = env.clock.ms;
  }

  onIdleRestart(): void {
    this.isOpen = false;
  }

  // RFC 9438 §4.2 R9438-14: only the time in congestion avoidance does.
  /** The time since the last acknowledgment does not count. */
  private skip(env: TcpSurroundings): void {
    const pauseMs = (env.clock.ms - this.lastSampleMs) | 0;
    if (!this.isOpen || pauseMs <= 0) return;
    this.epochStartMs = (this.epochStartMs + pauseMs) | 0;
    if (((env.clock.ms - this.epochStartMs) | 0) < 0) this.epochStartMs = env.clock.ms;
  }

  private open(nowMs: number, tcb: Tcb): void {
    // RFC 9438 §4.8 R9438-5: after a timeout the curve rises from here.
    // RFC 9438 §4.10 R9438-18: and after a slow start that ended without loss.
    if (this.isAfterTimeout || this.wMax === 0) this.wMax = tcb.cwnd;
    this.isAfterTimeout = false;
    this.isOpen = true;
    this.epochStartMs = nowMs;
    this.lastSampleMs = nowMs;
    this.origin = Math.max(this.wMax, tcb.cwnd);
    const below = (this.origin - tcb.cwnd) / tcb.sendMss;
    // RFC 9438 §4.2 R9438-11: equation 2.
    this.kUs = Math.round(Math.cbrt(below / C) * 1e6);
    this.wEst = tcb.cwnd;
    this.credit = 0;
    this.estCredit = 0;
  }

  /** RFC 9438 §4.2 equation 1, octets. */
  private windowAt(elapsedUs: number, sendMss: number): number {
    const seconds = (elapsedUs - this.kUs) / 1e6;
    return Math.floor(this.origin + C * seconds * seconds * seconds * sendMss);
  }

  /** RFC 9438 §4.3 equation 4. */
  private estimateReno(tcb: Tcb, acked: number): void {
    const alpha = this.wEst >= this.cwndPrior ? 1 : ALPHA;
    const perOctet = (alpha * tcb.sendMss) / tcb.cwnd;
    this.estCredit += acked;
    const growth = Math.floor(this.estCredit * perOctet);
    this.estCredit -= Math.ceil(growth / perOctet);
    this.wEst = Math.min(this.wEst + growth, MAX_WINDOW);
  }

  private save(): void {
    this.savedMax = this.wMax;
    this.savedKUs = this.kUs;
    this.savedEst = this.wEst;
    this.savedOrigin = this.origin;
    this.savedPrior = this.cwndPrior;
    this.savedIsOpen = this.isOpen;
    this.savedEpochStartMs = this.epochStartMs;
  }
}
