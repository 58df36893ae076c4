/**
 * BBRv3 by draft-ietf-ccwg-bbr-06 (July 2026): a congestion control that does not fill the queue until it drops, but models
 * the path (bbr-model.ts), probes it in turns (bbr-states.ts), heeds losses above 2 % (bbr-bounds.ts), and sends at the rate
 * and with the flight that the model calls for. This file is the frame: the hooks of the interface, and the three numbers set
 * on every acknowledgment: `pacingRate`, `sendQuantum` and `cwnd`.
 *
 * Always holds after an acknowledgment: four segments <= cwnd <= the bounds of the state (and `cwndClamp`); the rate is
 * positive. After a retransmission timeout the window is a single segment until the next acknowledgment.
 */

import type { AckSample } from '../recovery/ack-sample.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { CongestionControl, Tcb } from '../tcb/tcb.ts';
import {
  advanceLatestSignals,
  handleLost,
  handleMarks,
  inflightBound,
  isInLossRecovery,
  restoreCwnd,
  saveCwnd,
  saveForUndo,
  undoLosses,
  updateCongestionSignals,
} from './bbr-bounds.ts';
import {
  BbrModel,
  BbrState,
  checkFullBwReached,
  inflightFor,
  minPipeCwnd,
  STARTUP_PACING_GAIN,
  startRound,
  updateAckAggregation,
  updateMinRtt,
} from './bbr-model.ts';
import { enterStartup } from './bbr-phases.ts';
import {
  checkDrainDone,
  checkProbeRtt,
  checkProbeRttDone,
  checkStartupDone,
  updateProbeBwPhase,
} from './bbr-states.ts';
import { CaEvent, CaState } from './ca-state.ts';

/** The rate stays this much below the estimate, so that queues shrink rather than grow. */
const PACING_MARGIN = 0.01;
const NOMINAL_RTT_US = 1_000;
const QUANTUM_MAX = 65_536;

export class Bbr implements CongestionControl {
  readonly name = 'bbr';
  readonly bufferedWindows = 3;
  readonly isPaced = true;
  readonly isDctcp = false;
  readonly model = new BbrModel();
  private hasSeenRtt = false;
  /** `tcb.delivered` at the start, until an initial window has been delivered; -1 afterwards. */
  private isYoung = true;
  private startDelivered = 0;

  // draft-ietf-ccwg-bbr-05 §5.2.1 RBBR-19: nothing is known but the round trip of the handshake.
  start(env: TcpSurroundings, tcb: Tcb): void {
    const { model } = this;
    const { nowUs } = env.clock;
    model.initialCwnd = tcb.cwnd;
    model.minRttUs = tcb.srttUs > 0 ? tcb.srttUs : Number.POSITIVE_INFINITY;
    model.minRttStampUs = nowUs;
    model.probeRttMinUs = model.minRttUs;
    model.probeRttMinStampUs = nowUs;
    model.extraAckedStartUs = nowUs;
    // One octet on, so that losses of what is in flight already make no round of their own.
    model.lossRoundDelivered = (tcb.delivered + 1) | 0;
    this.startDelivered = tcb.delivered;
    startRound(tcb, model);
    tcb.isPaced = true;
    this.initPacingRate(tcb);
    setSendQuantum(tcb);
    enterStartup(model);
  }

  /** `control` does all of it. */
  onAcked(): void {}

  /** BBR keeps no ssthresh: the model says how much may be in flight. */
  thresholdAfterLoss(_env: TcpSurroundings, tcb: Tcb): number {
    return tcb.ssthresh;
  }

  windowAfterUndo(_env: TcpSurroundings, tcb: Tcb): number {
    undoLosses(tcb, this.model);
    this.boundCwnd(tcb);
    return tcb.cwnd;
  }

  // draft-ietf-ccwg-bbr-05 §5.2.3 RBBR-20: in this order.
  /** Draft section 5.2.3. */
  control(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void {
    const { model } = this;
    model.sampleRate = ack.intervalUs > 0 ? (ack.rateDelivered * 1e6) / ack.intervalUs : 0;
    if (!this.hasSeenRtt && tcb.srttUs > 0) this.initPacingRate(tcb);
    updateCongestionSignals(tcb, model, ack);
    handleMarks(env, tcb, model, ack);
    updateAckAggregation(env, tcb, model, ack);
    checkFullBwReached(model, ack);
    checkStartupDone(tcb, model, ack);
    checkDrainDone(env, tcb, model);
    updateProbeBwPhase(env, tcb, model, ack);
    updateMinRtt(env, model, ack);
    checkProbeRtt(env, tcb, model, ack);
    advanceLatestSignals(model, ack);
    model.bw = Math.min(model.maxBw, model.bwShortTerm);
    this.setPacingRate(tcb, model.pacingGain);
    setSendQuantum(tcb);
    this.setCwnd(tcb, ack);
  }

  onLost(
    env: TcpSurroundings,
    tcb: Tcb,
    weight: number,
    txInFlight: number,
    lostAtSend: number,
    isAppLimited: boolean,
  ): void {
    handleLost(env, tcb, this.model, weight, txInFlight, (tcb.lost - lostAtSend) | 0, isAppLimited);
  }

  // Draft section 5.6.4.4: into recovery with what was good, out of it with the same.
  onState(_env: TcpSurroundings, tcb: Tcb, state: number): void {
    const { model } = this;
    const isRecovery = state === CaState.recovery || state === CaState.loss;
    if (isRecovery) {
      if (!model.hasUndo || (state === CaState.loss && tcb.caState !== CaState.loss)) saveForUndo(tcb, model);
      else saveCwnd(tcb, model);
      return;
    }
    if (isInLossRecovery(tcb)) {
      restoreCwnd(tcb, model);
      this.boundCwnd(tcb);
    }
    model.hasUndo = false;
    model.undoState = -1;
  }

  onEvent(env: TcpSurroundings, tcb: Tcb, event: number): void {
    const { model } = this;
    if (event === CaEvent.transmitStart && tcb.appLimitedUntil !== 0) this.restartFromIdle(env, tcb);
    else if (event === CaEvent.timeout && !model.hasUndo) saveForUndo(tcb, model);
  }

  // draft-ietf-ccwg-bbr-05 §5.4.1 RBBR-38: no burst, and ProbeRTT may be over.
  /** Draft section 5.4.1: the pipe is empty; the rate believed in fills it in one round trip without a queue. */
  private restartFromIdle(env: TcpSurroundings, tcb: Tcb): void {
    const { model } = this;
    model.isIdleRestart = true;
    model.extraAckedStartUs = env.clock.nowUs;
    if (model.isInProbeBw) this.setPacingRate(tcb, 1);
    else if (model.state === BbrState.probeRtt) checkProbeRttDone(env, tcb, model);
  }

  /** Draft section 5.6.2: before anything is measured, the initial window in a round trip, or in a millisecond. */
  private initPacingRate(tcb: Tcb): void {
    this.hasSeenRtt = tcb.srttUs > 0;
    const rttUs = this.hasSeenRtt ? tcb.srttUs : NOMINAL_RTT_US;
    tcb.pacingRate = (STARTUP_PACING_GAIN * this.model.initialCwnd * 1e6) / rttUs;
  }

  // draft-ietf-ccwg-bbr-05 §5.6.2 RBBR-45: a hundredth less than the estimate.
  /** Until the pipe has been full once, samples of a slow application must not slow the search down. */
  private setPacingRate(tcb: Tcb, gain: number): void {
    const { model } = this;
    if (model.bw === 0) return;
    // One segment a second at least: anything slower would starve the acknowledgments that could correct it.
    const rate = Math.max(gain * model.bw * (1 - PACING_MARGIN), tcb.sendMss);
    if (model.isFullBwReached || rate > tcb.pacingRate) tcb.pacingRate = rate;
  }

  // draft-ietf-ccwg-bbr-05 §5.6.4.6 RBBR-52: never at once.
  /** Draft section 5.6.4.6: up by what was delivered, down at once. */
  private setCwnd(tcb: Tcb, ack: AckSample): void {
    const { model } = this;
    const maxInflight = inflightFor(tcb, model, model.bw, model.cwndGain, model.extraAckedFilter.value);
    if (this.isYoung && ((tcb.delivered - this.startDelivered) | 0) >= model.initialCwnd) this.isYoung = false;
    if (model.isFullBwReached) tcb.cwnd = Math.min(tcb.cwnd + ack.delivered, maxInflight);
    else if (tcb.cwnd < maxInflight || this.isYoung) tcb.cwnd += ack.delivered;
    this.boundCwnd(tcb);
  }

  private boundCwnd(tcb: Tcb): void {
    const bound = Math.min(inflightBound(tcb, this.model), tcb.cwndClamp);
    tcb.cwnd = Math.floor(Math.min(Math.max(tcb.cwnd, minPipeCwnd(tcb)), bound));
  }
}

// draft-ietf-ccwg-bbr-05 §5.6.3 RBBR-47, RBBR-48: and no more.
/** Draft section 5.6.3: a millisecond's worth, two segments at least. */
function setSendQuantum(tcb: Tcb): void {
  tcb.sendQuantum = Math.floor(Math.max(Math.min(tcb.pacingRate / 1_000, QUANTUM_MAX), 2 * tcb.sendMss));
}
