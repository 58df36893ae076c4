/**
 * CUBIC (RFC 9438): the window follows a cubic function of the time since the last reduction, flat around the window at which the
 * loss came. Two curves: profile `linux` computes as the kernel does, in whole segments; profile `rfc` by the letter, in octets.
 * Slow start ends by HyStart: classic in `linux`, HyStart++ (RFC 9406) in `rfc` (setting `hystart`).
 */

import type { AckSample } from '../recovery/ack-sample.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { CongestionControl, Tcb } from '../tcb/tcb.ts';
import { CaEvent, CaState } from './ca-state.ts';
import type { CubicCurve } from './cubic-curve.ts';
import { KernelCubicCurve } from './cubic-kernel.ts';
import { Rfc9438Curve } from './cubic-rfc9438.ts';
import { slowStart } from './growth.ts';
import { ClassicHyStart } from './hystart.ts';
import { HyStartPlusPlus } from './hystart-plus-plus.ts';
import { isAlternativeBackoff, slowStartAllowance } from './newreno.ts';

export class Cubic implements CongestionControl {
  /** Made with the first loss, or when slow start ends without one. */
  private curve: CubicCurve | null = null;
  private hystart: ClassicHyStart | HyStartPlusPlus | null = null;
  /** The smallest round-trip time of this connection since its last timeout, 0 before the first. */
  private minDelayUs = 0;

  // Not in each of thousands of instances.
  get name(): string {
    return 'cubic';
  }

  get isPaced(): boolean {
    return false;
  }

  get isDctcp(): boolean {
    return false;
  }

  start(env: TcpSurroundings, tcb: Tcb): void {
    this.curve = null;
    this.hystart = null;
    this.minDelayUs = 0;
    // With nothing in flight the next acknowledgment begins the first round, and is soon enough to make the record.
    if (env.settings.hystart !== 'classic' || tcb.sndUna !== tcb.sndNxt) this.restartHystart(env, tcb);
  }

  onSample(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void {
    let rttUs = ack.latestRttUs;
    const { curve } = this;
    if (curve !== null) {
      curve.onSample(env, tcb);
      if (rttUs >= 0 && curve.isYoung(env)) rttUs = -1;
    }
    if (rttUs >= 0 && (this.minDelayUs === 0 || rttUs < this.minDelayUs)) this.minDelayUs = Math.max(1, rttUs);
    // RFC 9438 §4.10 R9438-7: a window that grows in slow start without a delay-based exit overshoots by far.
    if (this.hystart === null && rttUs >= 0 && tcb.cwnd < tcb.ssthresh) this.restartHystart(env, tcb);
    this.hystart?.onSample(env, tcb, rttUs, this.minDelayUs);
  }

  // RFC 9438 §4.2 R9438-20: new acknowledgments alone open the window.
  onAcked(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void {
    let acked = ack.delivered;
    if (tcb.cwnd < tcb.ssthresh) acked = slowStart(tcb, slowStartAllowance(env, tcb, acked, this.hystart));
    if (acked > 0) this.curveOf(env).grow(env, tcb, acked, this.minDelayUs);
  }

  thresholdAfterLoss(env: TcpSurroundings, tcb: Tcb, flight: number, isMark: boolean): number {
    tcb.ackedInRound = 0;
    return this.curveOf(env).reduce(tcb, flight, isMark, isMark && isAlternativeBackoff(env, tcb));
  }

  windowAfterUndo(_env: TcpSurroundings, tcb: Tcb): number {
    // RFC 9438 §4.9.2 R9438-6, R9438-16: unless the window has grown past it since.
    if (tcb.cwnd < tcb.priorCwnd) this.curve?.undo();
    return Math.max(tcb.cwnd, tcb.priorCwnd);
  }

  onState(env: TcpSurroundings, tcb: Tcb, state: number): void {
    if (state === CaState.loss) this.curveOf(env).onState(state);
    else this.curve?.onState(state);
    if (state !== CaState.loss || env.settings.profile !== 'linux') return;
    this.minDelayUs = 0;
    this.restartHystart(env, tcb);
  }

  onEvent(env: TcpSurroundings, tcb: Tcb, event: number): void {
    if (event === CaEvent.transmitStart) this.curve?.onTransmitStart(env, tcb);
    else if (event === CaEvent.idleRestart) this.curve?.onIdleRestart();
    // The next acknowledgment would begin a new round.
    else if (event === CaEvent.rest && this.hystart instanceof ClassicHyStart && !this.hystart.isFound)
      this.hystart = null;
  }

  private restartHystart(env: TcpSurroundings, tcb: Tcb): void {
    const { hystart } = env.settings;
    if (hystart === 'off') return;
    this.hystart ??= hystart === 'classic' ? new ClassicHyStart() : new HyStartPlusPlus();
    this.hystart.restart(env, tcb);
  }

  private curveOf(env: TcpSurroundings): CubicCurve {
    this.curve ??= env.settings.profile === 'linux' ? new KernelCubicCurve() : new Rfc9438Curve();
    return this.curve;
  }
}
