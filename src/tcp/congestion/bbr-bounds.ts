/**
 * What losses teach BBRv3 (draft-ietf-ccwg-bbr-06 sections 5.5.10 and 5.5.11): while it probes, the flight at which more than
 * 2 % were lost bounds the long term; otherwise a round with a loss pulls the short-term bounds down to what was delivered.
 * A loss that turns out to be none gives everything back.
 *
 * Section 3.7 names no response to ECN, but marks must count as congestion: an octet that arrived marked counts as lost.
 */

import type { AckSample } from '../recovery/ack-sample.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import {
  AckPhase,
  advanceMaxBwFilter,
  type BbrModel,
  BbrState,
  BETA,
  inflightWithHeadroom,
  minPipeCwnd,
  probeRttCwnd,
  resetFullBw,
  targetInflight,
  updateMaxBw,
  updateRound,
} from './bbr-model.ts';
import { enterStartup, raiseLongTermSlope, startProbeDown, startProbeRefill } from './bbr-phases.ts';
import { CaState } from './ca-state.ts';

// draft-ietf-ccwg-bbr-05 §2.7 RBBR-5: two in a hundred.
const LOSS_THRESHOLD = 0.02;
const UNBOUNDED = Number.POSITIVE_INFINITY;

export function isInLossRecovery(tcb: Tcb): boolean {
  return tcb.caState === CaState.recovery || tcb.caState === CaState.loss;
}

/** More was lost of what was in flight than a probe may cost; without SACK no more than one loss per round is ever seen. */
export function isInflightTooHigh(tcb: Tcb, txInFlight: number, lost: number): boolean {
  return lost > txInFlight * LOSS_THRESHOLD || (lost > 0 && !tcb.has(Agreed.sack));
}

/** Draft section 5.5.10.3, at the begin of an acknowledgment: the best of the round so far, and whether a round of losses ends. */
export function updateCongestionSignals(tcb: Tcb, model: BbrModel, ack: AckSample): void {
  model.isLossRoundStart = false;
  model.bwLatest = Math.max(model.bwLatest, model.sampleRate);
  model.inflightLatest = Math.max(model.inflightLatest, ack.rateDelivered);
  if (ack.intervalUs > 0 && ((ack.priorDelivered - model.lossRoundDelivered) | 0) >= 0) {
    model.lossRoundDelivered = tcb.delivered;
    model.isLossRoundStart = true;
  }
  updateRound(tcb, model, ack);
  updateMaxBw(model, ack);
  if (!model.isLossRoundStart) return;
  if (model.isLossInRound && !model.isProbingBw) adaptShortTerm(tcb, model);
  model.isLossInRound = false;
}

/** Near the end of an acknowledgment: a new round's best begins with its first sample. */
export function advanceLatestSignals(model: BbrModel, ack: AckSample): void {
  if (!model.isLossRoundStart) return;
  model.bwLatest = model.sampleRate;
  model.inflightLatest = ack.rateDelivered;
  model.lossEvents = 0;
  model.markedInRound = 0;
}

// draft-ietf-ccwg-bbr-05 §5.5.10.3 RBBR-43: once for each round.
/** Once per round: down to what the round delivered, by three tenths at most. */
function adaptShortTerm(tcb: Tcb, model: BbrModel): void {
  if (model.bwShortTerm === UNBOUNDED) model.bwShortTerm = model.maxBw;
  if (model.inflightShortTerm === UNBOUNDED) model.inflightShortTerm = tcb.cwnd;
  model.bwShortTerm = Math.max(model.bwLatest, BETA * model.bwShortTerm);
  model.inflightShortTerm = Math.max(model.inflightLatest, BETA * model.inflightShortTerm);
}

function noteCongestion(env: TcpSurroundings, tcb: Tcb, model: BbrModel): void {
  if (!model.isLossInRound) model.lossRoundDelivered = tcb.delivered;
  model.isLossInRound = true;
  if (model.lossEventUs === env.clock.nowUs) return;
  model.lossEventUs = env.clock.nowUs;
  model.lossEvents++;
}

// draft-ietf-ccwg-bbr-05 §5.5.10.2 RBBR-42: judged at each loss, answered once for each probe.
/** Draft section 5.5.10.2: one segment was judged lost; `lost` counts it and all others since it was sent. */
export function handleLost(
  env: TcpSurroundings,
  tcb: Tcb,
  model: BbrModel,
  weight: number,
  txInFlight: number,
  lost: number,
  isAppLimited: boolean,
): void {
  if (!model.hasUndo && !isInLossRecovery(tcb)) saveForUndo(tcb, model);
  noteCongestion(env, tcb, model);
  if (!model.isProbeSample || !isInflightTooHigh(tcb, txInFlight, lost)) return;
  const atLoss = inflightAtLoss(weight, txInFlight, lost);
  handleInflightTooHigh(env, tcb, model, atLoss, isAppLimited);
}

// draft-ietf-ccwg-bbr-05 §3.7 RBBR-10: CE is congestion.
/** Draft section 3.7: a mark is a sign of congestion. What was marked counts as what was lost. */
export function handleMarks(env: TcpSurroundings, tcb: Tcb, model: BbrModel, ack: AckSample): void {
  if (!ack.isMarked && ack.deliveredCe === 0) return;
  // The feedback of RFC 3168 tells only that something was marked: all that arrived counts.
  model.markedInRound += ack.deliveredCe > 0 ? ack.deliveredCe : ack.delivered;
  noteCongestion(env, tcb, model);
  if (!model.isProbeSample || !isInflightTooHigh(tcb, ack.txInFlight, ack.lostSince + model.markedInRound)) return;
  handleInflightTooHigh(env, tcb, model, ack.txInFlight, ack.isAppLimited);
}

/** The flight at which the losses crossed the threshold: it may have happened in the middle of a burst of `weight` octets. */
export function inflightAtLoss(weight: number, txInFlight: number, lost: number): number {
  const before = txInFlight - weight;
  const lostBefore = lost - weight;
  return before + (LOSS_THRESHOLD * before - lostBefore) / (1 - LOSS_THRESHOLD);
}

function handleInflightTooHigh(
  env: TcpSurroundings,
  tcb: Tcb,
  model: BbrModel,
  flight: number,
  isAppLimited: boolean,
): void {
  model.wasProbeTooHigh = true;
  // One answer to each probe.
  model.isProbeSample = false;
  // Whole octets, so that the window can equal it.
  if (!isAppLimited) model.inflightLongTerm = Math.floor(Math.max(flight, targetInflight(tcb, model) * BETA));
  if (model.state !== BbrState.probeUp) return;
  model.undoState = BbrState.probeUp;
  startProbeDown(env, tcb, model);
}

// draft-ietf-ccwg-bbr-05 §5.3.3.6 RBBR-32, RBBR-33: phases of feedback, and what went well.
/** Draft section 5.3.3.9: what the feedback of a probe does to the long-term model. True when it decided where to go. */
export function adaptLongTermModel(tcb: Tcb, model: BbrModel, ack: AckSample): boolean {
  if (model.isRoundStart && model.ackPhase === AckPhase.probeStarting) model.ackPhase = AckPhase.probeFeedback;
  if (model.isRoundStart && model.ackPhase === AckPhase.probeStopping) {
    model.isProbeSample = false;
    model.ackPhase = AckPhase.init;
    if (model.isInProbeBw && !ack.isAppLimited) advanceMaxBwFilter(model);
    // Draft section 5.3.3.6: the careful probe went well, so the flow may probe in earnest at once.
    if (model.isInProbeBw && model.wasProbePrecautionary && !model.wasProbeTooHigh) {
      startProbeRefill(tcb, model);
      return true;
    }
  }
  if (isInflightTooHigh(tcb, ack.txInFlight, ack.lostSince + model.markedInRound)) return false;
  if (model.inflightLongTerm === UNBOUNDED) return false;
  if (ack.txInFlight > model.inflightLongTerm) model.inflightLongTerm = ack.txInFlight;
  if (model.state === BbrState.probeUp) probeLongTermUpward(tcb, model, ack);
  return false;
}

// draft-ietf-ccwg-bbr-05 §5.3.3.4 RBBR-29: only when the bound is what stops it.
function probeLongTermUpward(tcb: Tcb, model: BbrModel, ack: AckSample): void {
  if (!model.isWindowFull || tcb.cwnd < model.inflightLongTerm) return;
  model.probeUpAcked += ack.delivered;
  if (model.probeUpAcked >= model.probeUpAckedPerIncrement) {
    const increments = Math.floor(model.probeUpAcked / model.probeUpAckedPerIncrement);
    model.probeUpAcked -= increments * model.probeUpAckedPerIncrement;
    model.inflightLongTerm += increments * tcb.sendMss;
  }
  if (model.isRoundStart) raiseLongTermSlope(tcb, model);
}

// draft-ietf-ccwg-bbr-05 §5.6.4.7 RBBR-53: state by state.
/**
 * Draft section 5.6.4.7, by the table of section 5.6.1: what the window may not exceed in this state. The table bounds Drain by
 * the long term too, which a Startup that ended by losses has just set.
 */
export function inflightBound(tcb: Tcb, model: BbrModel): number {
  let bound = UNBOUNDED;
  if (model.state === BbrState.probeCruise || model.state === BbrState.probeRtt)
    bound = inflightWithHeadroom(tcb, model);
  else if (model.state !== BbrState.startup) bound = model.inflightLongTerm;
  bound = Math.max(Math.min(bound, model.inflightShortTerm), minPipeCwnd(tcb));
  return model.state === BbrState.probeRtt ? Math.min(bound, probeRttCwnd(tcb, model)) : bound;
}

/** Draft section 5.6.4.4: the last window that neither recovery nor ProbeRTT had cut. */
export function saveCwnd(tcb: Tcb, model: BbrModel): void {
  const isCut = isInLossRecovery(tcb) || model.state === BbrState.probeRtt;
  model.priorCwnd = isCut ? Math.max(model.priorCwnd, tcb.cwnd) : tcb.cwnd;
}

// draft-ietf-ccwg-bbr-05 §5.6.4.4 RBBR-50: what it was before recovery.
export function restoreCwnd(tcb: Tcb, model: BbrModel): void {
  tcb.cwnd = Math.max(tcb.cwnd, model.priorCwnd);
}

/**
 * Draft section 5.5.11.1: before an episode of recovery touches anything. Its first loss is told before the episode is
 * declared, so whichever comes first saves.
 */
export function saveForUndo(tcb: Tcb, model: BbrModel): void {
  saveCwnd(tcb, model);
  model.hasUndo = true;
  model.undoState = -1;
  model.undoBwShortTerm = model.bwShortTerm;
  model.undoInflightShortTerm = model.inflightShortTerm;
  model.undoInflightLongTerm = model.inflightLongTerm;
}

// draft-ietf-ccwg-bbr-05 §5.5.11 RBBR-44: window, bounds and the probe.
/** Draft section 5.5.11.2: nothing had been lost. */
export function undoLosses(tcb: Tcb, model: BbrModel): void {
  restoreCwnd(tcb, model);
  model.isLossInRound = false;
  resetFullBw(model, 0);
  if (model.hasUndo) {
    model.bwShortTerm = Math.max(model.bwShortTerm, model.undoBwShortTerm);
    model.inflightShortTerm = Math.max(model.inflightShortTerm, model.undoInflightShortTerm);
    model.inflightLongTerm = Math.max(model.inflightLongTerm, model.undoInflightLongTerm);
  }
  if (model.undoState === BbrState.startup && model.state !== BbrState.startup) {
    model.isFullBwReached = false;
    if (model.state !== BbrState.probeRtt) enterStartup(model);
  } else if (model.undoState === BbrState.probeUp && model.state !== BbrState.probeUp) {
    if (model.state !== BbrState.probeRtt) startProbeRefill(tcb, model);
  }
  model.undoState = -1;
  model.hasUndo = false;
}
