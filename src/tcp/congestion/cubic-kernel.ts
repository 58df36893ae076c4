/**
 * CUBIC's curve as Linux computes it: whole segments, integers, time in 1/1024 s, growth as a price of `cnt` acknowledged segments
 * for one more. Differs from RFC 9438 where the kernel does: the window is cut instead of FlightSize, the curve looks ahead by the
 * smallest round-trip time, the Reno estimate keeps its slope, an undo restores the window but not the curve. The clock of the
 * curve ticks in milliseconds (a kernel of CONFIG_HZ=1000), and K is the exact cube root where the kernel's is within 0.3 %.
 */

import { TICKS_PER_MS } from '../../base/clock.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { CaState } from './ca-state.ts';
import type { CubicCurve } from './cubic-curve.ts';
import { boundedThreshold, growByOnePer } from './growth.ts';

/** The window after a loss, in 1/1024 (0.7), and after a mark with alternative backoff (0.85, RFC 8511). */
const BETA = 717;
const BETA_ECN = 870;
const ONE = 1024;
/** C = 0.4 in 1/1024, ten times as fine as the 41 of `bic_scale`. */
const C_SCALED = 410;
/** 2^40 / 410: what K^3 is per segment below the origin, K in 1/1024 s. */
const CUBE_FACTOR = Math.floor(2 ** 40 / C_SCALED);
/** Eight times the Reno-friendly price: 8 (1 + beta) / (3 (1 - beta)). */
const RENO_PRICE = 15;
/** Between two looks at the curve while the window stands still (HZ / 32). */
const UPDATE_MS = 31;
const YOUNG_MS = 1000;

export class KernelCubicCurve implements CubicCurve {
  /** Segments to be acknowledged for one more. */
  cnt = 0;
  lastMaxCwnd = 0;
  /** The plateau of the curve, segments. */
  origin = 0;
  /** Time from the start of the epoch to the plateau, 1/1024 s. */
  k = 0;
  private hasEpoch = false;
  private epochStartMs = 0;
  private lastCwnd = 0;
  private lastUpdateMs = 0;
  /** Octets acknowledged that Reno's window has not been paid for yet, and that window in segments. */
  private renoAcked = 0;
  private renoCwnd = 0;

  grow(env: TcpSurroundings, tcb: Tcb, acked: number, minDelayUs: number): void {
    this.update(env.clock.ms, tcb, acked, minDelayUs);
    growByOnePer(tcb, this.cnt * tcb.sendMss, acked);
  }

  reduce(tcb: Tcb, _flight: number, _isMark: boolean, isAlternative: boolean): number {
    const cwnd = Math.floor(tcb.cwnd / tcb.sendMss);
    this.hasEpoch = false;
    // RFC 9438 §4.6 R9438-9, R9438-15: of cwnd, which grows only while it limits.
    // RFC 9438 §4.7 R9438-4: a flow that lost below its last plateau makes room for others.
    this.lastMaxCwnd = cwnd < this.lastMaxCwnd ? Math.floor((cwnd * (ONE + BETA)) / (2 * ONE)) : cwnd;
    return boundedThreshold(tcb, Math.floor((cwnd * (isAlternative ? BETA_ECN : BETA)) / ONE) * tcb.sendMss);
  }

  undo(): void {}

  onSample(): void {}

  isYoung(env: TcpSurroundings): boolean {
    return this.hasEpoch && ((env.clock.ms - this.epochStartMs) | 0) < YOUNG_MS;
  }

  onState(state: number): void {
    if (state !== CaState.loss) return;
    this.cnt = 0;
    this.lastMaxCwnd = 0;
    this.origin = 0;
    this.k = 0;
    this.hasEpoch = false;
    this.lastCwnd = 0;
    this.lastUpdateMs = 0;
    this.renoAcked = 0;
    this.renoCwnd = 0;
  }

  /** The curve stands still while nothing is sent: the epoch moves by the pause. */
  onTransmitStart(env: TcpSurroundings, tcb: Tcb): void {
    const idleMs = Math.floor(((env.clock.tick - tcb.lastSendTick) | 0) / TICKS_PER_MS);
    if (!this.hasEpoch || idleMs <= 0) return;
    this.epochStartMs = (this.epochStartMs + idleMs) | 0;
    if (((this.epochStartMs - env.clock.ms) | 0) > 0) this.epochStartMs = env.clock.ms;
  }

  onIdleRestart(): void {}

  private update(nowMs: number, tcb: Tcb, acked: number, minDelayUs: number): void {
    const cwnd = Math.floor(tcb.cwnd / tcb.sendMss);
    this.renoAcked += acked;
    const sinceMs = (nowMs - this.lastUpdateMs) | 0;
    if (this.lastCwnd === cwnd && sinceMs <= UPDATE_MS) return;
    // One look at the curve per tick; Reno's estimate counts every acknowledgment.
    if (!this.hasEpoch || sinceMs !== 0) this.followCurve(nowMs, cwnd, acked, minDelayUs);
    this.keepUpWithReno(cwnd, tcb.sendMss);
    // RFC 9438 §4.4: half as much again per round trip at most.
    this.cnt = Math.max(this.cnt, 2);
  }

  private followCurve(nowMs: number, cwnd: number, acked: number, minDelayUs: number): void {
    this.lastCwnd = cwnd;
    this.lastUpdateMs = nowMs;
    if (!this.hasEpoch) this.openEpoch(nowMs, cwnd, acked);
    const ageMs = ((nowMs - this.epochStartMs) | 0) + Math.ceil(minDelayUs / 1000);
    const offset = Math.abs(Math.floor((ageMs * 1024) / 1000) - this.k);
    const delta = Math.floor((C_SCALED * offset * offset * offset) / 2 ** 40);
    const isBefore = Math.floor((ageMs * 1024) / 1000) < this.k;
    const target = isBefore ? this.origin - delta : this.origin + delta;
    this.cnt = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd;
    // Before the first loss there is no plateau to be careful about: 5 % per round trip at least.
    if (this.lastMaxCwnd === 0 && this.cnt > 20) this.cnt = 20;
  }

  private openEpoch(nowMs: number, cwnd: number, acked: number): void {
    this.hasEpoch = true;
    this.epochStartMs = nowMs;
    this.renoAcked = acked;
    this.renoCwnd = cwnd;
    const below = this.lastMaxCwnd - cwnd;
    // RFC 9438 §4.2 R9438-11: time to the plateau.
    // RFC 9438 §4.8 R9438-5: there is none after a timeout, which has forgotten it.
    this.k = below > 0 ? cubeRoot(CUBE_FACTOR * below) : 0;
    this.origin = below > 0 ? this.lastMaxCwnd : cwnd;
  }

  /** RFC 9438 §4.3: never slower than Reno would be, had it been cut as little. */
  private keepUpWithReno(cwnd: number, sendMss: number): void {
    const price = Math.floor((cwnd * RENO_PRICE) / 8) * sendMss;
    if (price > 0 && this.renoAcked > price) {
      const segments = Math.ceil(this.renoAcked / price) - 1;
      this.renoAcked -= segments * price;
      this.renoCwnd += segments;
    }
    if (this.renoCwnd <= cwnd) return;
    this.cnt = Math.min(this.cnt, Math.floor(cwnd / (this.renoCwnd - cwnd)));
  }
}

/** The largest integer whose cube is `value` at most; `value` below 2^53. */
function cubeRoot(value: number): number {
  let root = Math.round(Math.cbrt(value));
  if (root * root * root > value) root--;
  return root;
}
