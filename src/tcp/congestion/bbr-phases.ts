/**
 * How BBRv3 enters each of its states (draft-ietf-ccwg-bbr-06 section 5.3): the gains of the state, and what begins anew.
 * When a state is left is decided in bbr-states.ts.
 */
import type { TcpSurroundings } from '../surroundings.ts';
import type { Tcb } from '../tcb/tcb.ts';
import {
  AckPhase,
  type BbrModel,
  BbrState,
  DEFAULT_CWND_GAIN,
  DRAIN_PACING_GAIN,
  PROBE_DOWN_PACING_GAIN,
  PROBE_RTT_CWND_GAIN,
  PROBE_UP_CWND_GAIN,
  PROBE_UP_PACING_GAIN,
  resetFullBw,
  STARTUP_PACING_GAIN,
  startRound,
} from './bbr-model.ts';

const PROBE_WAIT_MIN_US = 2_000_000;
const PROBE_WAIT_SPREAD_US = 1_000_000;
const PROBE_UP_ROUNDS_MAX = 30;

function enter(model: BbrModel, state: number, pacingGain: number, cwndGain: number): void {
  model.state = state;
  model.pacingGain = pacingGain;
  model.cwndGain = cwndGain;
}

// draft-ietf-ccwg-bbr-05 §5.3.1.1 RBBR-21: both gains of Startup.
export function enterStartup(model: BbrModel): void {
  enter(model, BbrState.startup, STARTUP_PACING_GAIN, DEFAULT_CWND_GAIN);
}

export function enterDrain(model: BbrModel): void {
  enter(model, BbrState.drain, DRAIN_PACING_GAIN, DEFAULT_CWND_GAIN);
  model.drainStartRound = model.roundCount;
}

/** Send a little slower than the path delivers, so that the queue empties. A cycle of bandwidth probing ends and begins here. */
export function startProbeDown(env: TcpSurroundings, tcb: Tcb, model: BbrModel): void {
  resetCongestionSignals(model);
  model.probeUpAckedPerIncrement = Number.POSITIVE_INFINITY;
  pickProbeWait(env, model);
  model.cycleStampUs = env.clock.nowUs;
  model.ackPhase = AckPhase.probeStopping;
  startRound(tcb, model);
  enter(model, BbrState.probeDown, PROBE_DOWN_PACING_GAIN, DEFAULT_CWND_GAIN);
}

// draft-ietf-ccwg-bbr-05 §5.3.3.2 RBBR-26: at the rate believed in.
export function startProbeCruise(model: BbrModel): void {
  enter(model, BbrState.probeCruise, 1, DEFAULT_CWND_GAIN);
}

// draft-ietf-ccwg-bbr-05 §5.3.3.3 RBBR-27: one round at the rate of the path.
/** Fill the pipe for a round without regard to the losses of the cycle that ends: a probe from less would find too little. */
export function startProbeRefill(tcb: Tcb, model: BbrModel): void {
  resetShortTermModel(model);
  model.probeUpRounds = 0;
  model.probeUpAcked = 0;
  model.wasProbePrecautionary = false;
  model.ackPhase = AckPhase.refilling;
  startRound(tcb, model);
  enter(model, BbrState.probeRefill, 1, DEFAULT_CWND_GAIN);
}

// draft-ietf-ccwg-bbr-05 §5.3.3.4 RBBR-28: both gains.
export function startProbeUp(tcb: Tcb, model: BbrModel): void {
  model.ackPhase = AckPhase.probeStarting;
  startRound(tcb, model);
  resetFullBw(model, model.sampleRate);
  enter(model, BbrState.probeUp, PROBE_UP_PACING_GAIN, PROBE_UP_CWND_GAIN);
  raiseLongTermSlope(tcb, model);
}

export function enterProbeRtt(model: BbrModel): void {
  enter(model, BbrState.probeRtt, 1, PROBE_RTT_CWND_GAIN);
}

export function resetCongestionSignals(model: BbrModel): void {
  model.isLossInRound = false;
  model.lossEvents = 0;
  model.markedInRound = 0;
  model.bwLatest = 0;
  model.inflightLatest = 0;
}

export function resetShortTermModel(model: BbrModel): void {
  model.bwShortTerm = Number.POSITIVE_INFINITY;
  model.inflightShortTerm = Number.POSITIVE_INFINITY;
}

/** Draft section 5.3.3.5: the long-term bound grows by 1, 2, 4, … segments in the rounds of one probe, spread over each. */
export function raiseLongTermSlope(tcb: Tcb, model: BbrModel): void {
  const growth = 2 ** model.probeUpRounds;
  model.probeUpRounds = Math.min(model.probeUpRounds + 1, PROBE_UP_ROUNDS_MAX);
  model.probeUpAckedPerIncrement = Math.max(tcb.cwnd / growth, tcb.sendMss);
}

/** Draft section 5.3.3.8: probes are drawn apart, so that flows neither probe together nor take turns for ever. */
function pickProbeWait(env: TcpSurroundings, model: BbrModel): void {
  model.roundsSinceProbeUp = env.random.publicInt32() & 1;
  const fraction = (env.random.publicInt32() >>> 0) / 4294967296;
  model.probeWaitUs = PROBE_WAIT_MIN_US + fraction * PROBE_WAIT_SPREAD_US;
}
