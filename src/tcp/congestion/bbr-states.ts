/**
 * When BBRv3 leaves a state (draft-ietf-ccwg-bbr-06 section 5.3): Startup by a plateau or by losses, Drain when the queue is
 * gone, the four phases of ProbeBW in turn, ProbeRTT from anywhere after five seconds without a new smallest round trip.
 */

import type { AckSample } from '../recovery/ack-sample.ts';
import { inFlight } from '../recovery/reduction.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { adaptLongTermModel, isInflightTooHigh, restoreCwnd, saveCwnd } from './bbr-bounds.ts';
import {
  AckPhase,
  type BbrModel,
  BbrState,
  inflightFor,
  inflightWithHeadroom,
  probeRttCwnd,
  resetFullBw,
  startRound,
  targetInflight,
} from './bbr-model.ts';
import {
  enterDrain,
  enterProbeRtt,
  enterStartup,
  resetShortTermModel,
  startProbeCruise,
  startProbeDown,
  startProbeRefill,
  startProbeUp,
} from './bbr-phases.ts';
import { CaState } from './ca-state.ts';

/** Losses at this many moments of a round end Startup; fewer may be one burst. */
const STARTUP_LOSS_EVENTS = 6;
const DRAIN_ROUNDS_MAX = 3;
/** Draft section 5.3.3.8: longest wait for the sake of Reno, round trips. */
const RENO_ROUNDS_MAX = 63;
const PROBE_RTT_DURATION_US = 200_000;

export function checkStartupDone(tcb: Tcb, model: BbrModel, ack: AckSample): void {
  if (model.state !== BbrState.startup) return;
  if (!model.isFullBwReached && isStartupLossy(tcb, model, ack)) {
    model.undoState = BbrState.startup;
    model.isFullBwReached = true;
    model.isFullBwNow = true;
    model.inflightLongTerm = Math.floor(Math.max(model.bdp, model.inflightLatest));
  }
  if (model.isFullBwReached) enterDrain(model);
}

// draft-ietf-ccwg-bbr-05 §5.3.1.3 RBBR-23: a round in recovery, above the threshold, at six moments.
/**
 * Draft section 5.3.1.3. A round of losses begins with the first loss, so its end finds a flow that has been in recovery for
 * one. Sequence ranges are not told to congestion controls: what is judged lost at one moment counts as one range.
 */
function isStartupLossy(tcb: Tcb, model: BbrModel, ack: AckSample): boolean {
  const isReducing = tcb.caState === CaState.recovery || tcb.caState === CaState.cwr;
  if (!tcb.has(Agreed.sack)) return isReducing && (ack.lost > 0 || model.lossEvents > 0);
  if (!isReducing || !model.isLossRoundStart || model.lossEvents < STARTUP_LOSS_EVENTS) return false;
  return isInflightTooHigh(tcb, ack.txInFlight, ack.lostSince + model.markedInRound);
}

// draft-ietf-ccwg-bbr-05 §5.3.2 RBBR-24: the queue is gone, or three rounds are.
export function checkDrainDone(env: TcpSurroundings, tcb: Tcb, model: BbrModel): void {
  if (model.state !== BbrState.drain) return;
  const isLate = model.roundCount > model.drainStartRound + DRAIN_ROUNDS_MAX;
  if (isLate || inFlight(tcb) <= inflightFor(tcb, model, model.bw, 1)) startProbeDown(env, tcb, model);
}

/** Draft section 5.3.3.9: Down, Cruise, Refill, Up. */
export function updateProbeBwPhase(env: TcpSurroundings, tcb: Tcb, model: BbrModel, ack: AckSample): void {
  if (!model.isFullBwReached || adaptLongTermModel(tcb, model, ack)) return;
  switch (model.state) {
    case BbrState.probeDown:
      if (isTimeToProbe(env, tcb, model)) startProbeRefill(tcb, model);
      else if (isTimeToCruise(tcb, model)) startProbeCruise(model);
      return;
    case BbrState.probeCruise:
      if (isTimeToProbe(env, tcb, model)) startProbeRefill(tcb, model);
      return;
    case BbrState.probeRefill:
      if (!model.isRoundStart) return;
      model.isProbeSample = true;
      startProbeUp(tcb, model);
      return;
    case BbrState.probeUp:
      if (!isTimeToGoDown(tcb, model, ack)) return;
      model.wasProbeTooHigh = false;
      startProbeDown(env, tcb, model);
      return;
    default:
  }
}

// draft-ietf-ccwg-bbr-05 §5.3.3.5.3 RBBR-31: time or rounds, whichever comes first.
/** Draft section 5.3.3.8: after two to three seconds, or when a Reno flow with the same window would have grown back. */
function isTimeToProbe(env: TcpSurroundings, tcb: Tcb, model: BbrModel): boolean {
  if (env.clock.nowUs > model.cycleStampUs + model.probeWaitUs) return true;
  const renoRounds = targetInflight(tcb, model) / tcb.sendMss;
  return model.roundsSinceProbeUp >= Math.min(renoRounds, RENO_ROUNDS_MAX);
}

// draft-ietf-ccwg-bbr-05 §5.3.3.1 RBBR-25: below both.
function isTimeToCruise(tcb: Tcb, model: BbrModel): boolean {
  const flight = inFlight(tcb);
  return flight <= inflightWithHeadroom(tcb, model) && flight <= inflightFor(tcb, model, model.maxBw, 1);
}

// draft-ietf-ccwg-bbr-05 §5.3.3.4 RBBR-30: no growth any more; or losses, which handleLost sees.
function isTimeToGoDown(tcb: Tcb, model: BbrModel, ack: AckSample): boolean {
  // Draft section 5.3.3.6: after a probe that went too high, the next one only touches the bound. It did when no segment more
  // fitted below it before this acknowledgment; what is left after it never reaches the bound, as the window does not pass it.
  if (model.wasProbeTooHigh && ack.priorInFlight + tcb.sendMss > model.inflightLongTerm) {
    model.wasProbePrecautionary = true;
    return true;
  }
  if (model.isWindowFull && tcb.cwnd >= model.inflightLongTerm) {
    // The bound, not the path, keeps the rate from growing.
    resetFullBw(model, model.sampleRate);
    return false;
  }
  return model.isFullBwNow;
}

// draft-ietf-ccwg-bbr-05 §5.3.4.3 RBBR-34: expired, and not just back from idleness.
/** Draft section 5.3.4.3. Idleness has emptied the queue as well as ProbeRTT would. */
export function checkProbeRtt(env: TcpSurroundings, tcb: Tcb, model: BbrModel, ack: AckSample): void {
  if (model.state !== BbrState.probeRtt && model.isProbeRttExpired && !model.isIdleRestart) {
    saveCwnd(tcb, model);
    enterProbeRtt(model);
    model.probeRttDoneUs = -1;
    model.ackPhase = AckPhase.probeStopping;
    startRound(tcb, model);
  }
  if (model.state === BbrState.probeRtt) handleProbeRtt(env, tcb, model);
  if (ack.delivered > 0) model.isIdleRestart = false;
}

// draft-ietf-ccwg-bbr-05 §5.3.4.3 RBBR-35: 200 ms and a round.
function handleProbeRtt(env: TcpSurroundings, tcb: Tcb, model: BbrModel): void {
  const flight = inFlight(tcb);
  // The rates measured now say nothing about the path.
  tcb.appLimitedUntil = Math.max(tcb.delivered + flight, 1);
  if (model.probeRttDoneUs < 0) {
    if (flight > probeRttCwnd(tcb, model)) return;
    model.probeRttDoneUs = env.clock.nowUs + PROBE_RTT_DURATION_US;
    model.isProbeRttRoundDone = false;
    startRound(tcb, model);
    return;
  }
  if (model.isRoundStart) model.isProbeRttRoundDone = true;
  if (model.isProbeRttRoundDone) checkProbeRttDone(env, tcb, model);
}

/** Also when a flow that fell idle in ProbeRTT sends again. */
export function checkProbeRttDone(env: TcpSurroundings, tcb: Tcb, model: BbrModel): void {
  if (model.probeRttDoneUs < 0 || env.clock.nowUs <= model.probeRttDoneUs) return;
  model.probeRttMinStampUs = env.clock.nowUs;
  restoreCwnd(tcb, model);
  exitProbeRtt(env, tcb, model);
}

// draft-ietf-ccwg-bbr-05 §5.3.4.4 RBBR-37: Down and Cruise at once, or Startup.
/** Draft section 5.3.4.4: careful about the time of the next probe, but the queue is known to be empty. */
function exitProbeRtt(env: TcpSurroundings, tcb: Tcb, model: BbrModel): void {
  resetShortTermModel(model);
  if (!model.isFullBwReached) {
    enterStartup(model);
    return;
  }
  startProbeDown(env, tcb, model);
  startProbeCruise(model);
}
