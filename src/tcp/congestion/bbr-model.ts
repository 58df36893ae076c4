/**
 * What BBRv3 believes about the path (draft-ietf-ccwg-bbr-06 sections 2 and 5.5): the largest delivery rate of two probing
 * cycles, the smallest round-trip time of ten seconds, how far acknowledgments clump, and the bounds that losses have set.
 * Amounts are octets, rates octets per second, moments the driver's microseconds (`Clock.nowUs`: a double, so that an idle
 * hour does not wrap). `tcb.delivered` is compared modulo 2^32. A bound that is not set is Infinity.
 */

import type { AckSample } from '../recovery/ack-sample.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { WindowedMax } from './windowed-max.ts';

export const BbrState = {
  startup: 0,
  drain: 1,
  probeDown: 2,
  probeCruise: 3,
  probeRefill: 4,
  probeUp: 5,
  probeRtt: 6,
} as const;

/** What the acknowledgments that arrive now tell about bandwidth probing (draft section 2.14). */
export const AckPhase = { init: 0, refilling: 1, probeStarting: 2, probeFeedback: 3, probeStopping: 4 } as const;

// draft-ietf-ccwg-bbr-05 §2 RBBR-3, RBBR-4: gains.
export const STARTUP_PACING_GAIN = 2.77;
export const DRAIN_PACING_GAIN = 0.5;
export const DEFAULT_CWND_GAIN = 2;
export const PROBE_UP_CWND_GAIN = 2.25;
export const PROBE_UP_PACING_GAIN = 1.25;
export const PROBE_DOWN_PACING_GAIN = 0.9;
export const PROBE_RTT_CWND_GAIN = 0.5;
// draft-ietf-ccwg-bbr-05 §2.7 RBBR-5: what losses cost, and what is left to others.
/** A cut by one round of losses leaves this part. */
export const BETA = 0.7;
/** Part of the long-term bound that is left to others while cruising. */
const HEADROOM = 0.15;
const MIN_PIPE_SEGMENTS = 4;
// draft-ietf-ccwg-bbr-05 §2.13.1 RBBR-8: ten seconds.
const MIN_RTT_WINDOW_US = 10_000_000;
// draft-ietf-ccwg-bbr-05 §2.13.2 RBBR-9: five seconds.
// draft-ietf-ccwg-bbr-05 §5.3.4.2 RBBR-36: for every flow; it cannot be set.
const PROBE_RTT_INTERVAL_US = 5_000_000;
// draft-ietf-ccwg-bbr-05 §2.11 RBBR-7: ten rounds.
const EXTRA_ACKED_ROUNDS = 10;
const FULL_BW_GROWTH = 1.25;
const FULL_BW_ROUNDS = 3;
const OFFLOAD_QUANTA = 3;

const UNBOUNDED = Number.POSITIVE_INFINITY;

/** The state of one connection, in the order of the draft's section 2. */
export class BbrModel {
  state: number = BbrState.startup;
  pacingGain = STARTUP_PACING_GAIN;
  cwndGain = DEFAULT_CWND_GAIN;
  initialCwnd = 0;
  /** Delivery rate by the acknowledgment at hand, 0 without a sample. */
  sampleRate = 0;

  // Packet-timed round trips (section 5.5.1).
  roundCount = 0;
  isRoundStart = false;
  nextRoundDelivered = 0;
  /** The round in which the window was last found full. */
  windowFullRound = -2;
  isIdleRestart = false;
  drainStartRound = 0;

  // Data rate.
  bw = 0;
  bwShortTerm = UNBOUNDED;
  /** Largest rates of the cycle before and of this one: the filter of section 5.5.6. */
  maxBwBefore = 0;
  maxBwNow = 0;

  // Data volume.
  minRttUs = UNBOUNDED;
  minRttStampUs = 0;
  inflightLongTerm = UNBOUNDED;
  inflightShortTerm = UNBOUNDED;
  readonly extraAckedFilter = new WindowedMax();
  extraAckedStartUs = 0;
  extraAckedDelivered = 0;

  // Congestion signals of the round (section 5.5.10.3).
  bwLatest = 0;
  inflightLatest = 0;
  isLossInRound = false;
  isLossRoundStart = false;
  lossRoundDelivered = 0;
  /** Moments of this round at which something was judged lost, and the last of them. */
  lossEvents = 0;
  lossEventUs = -1;
  /** Octets of this round that arrived marked. */
  markedInRound = 0;

  // Is the pipe full (section 5.3.1.2)?
  isFullBwReached = false;
  isFullBwNow = false;
  fullBw = 0;
  fullBwCount = 0;

  // Probing for bandwidth (section 2.14).
  ackPhase: number = AckPhase.init;
  isProbeSample = false;
  probeUpAcked = 0;
  probeUpAckedPerIncrement = UNBOUNDED;
  probeUpRounds = 0;
  roundsSinceProbeUp = 0;
  probeWaitUs = 0;
  cycleStampUs = 0;
  wasProbeTooHigh = false;
  wasProbePrecautionary = false;

  // Undo and the window to come back to (sections 5.5.11, 5.6.4.4).
  priorCwnd = 0;
  hasUndo = false;
  /** State to return to, -1 for none. */
  undoState = -1;
  undoBwShortTerm = 0;
  undoInflightShortTerm = 0;
  undoInflightLongTerm = 0;

  // ProbeRTT (section 2.16).
  probeRttMinUs = UNBOUNDED;
  probeRttMinStampUs = 0;
  isProbeRttExpired = false;
  /** -1 until the flight is small enough. */
  probeRttDoneUs = -1;
  isProbeRttRoundDone = false;

  get maxBw(): number {
    return Math.max(this.maxBwBefore, this.maxBwNow);
  }

  /** Octets that fill the path at the rate believed in. */
  get bdp(): number {
    return this.minRttUs === UNBOUNDED ? this.initialCwnd : (this.bw * this.minRttUs) / 1e6;
  }

  get isInProbeBw(): boolean {
    return this.state >= BbrState.probeDown && this.state <= BbrState.probeUp;
  }

  /** Accelerating: losses are a finding about the long term, not a reason to adapt the short-term model. */
  get isProbingBw(): boolean {
    return this.state === BbrState.startup || this.state === BbrState.probeRefill || this.state === BbrState.probeUp;
  }

  /** Draft section 2.2, C.is_cwnd_limited: the window was used up at some time of the last round trip. */
  get isWindowFull(): boolean {
    return this.roundCount - this.windowFullRound <= 1;
  }
}

/** Draft section 2.8: room for two segments and two acknowledgments on their ways. */
export function minPipeCwnd(tcb: Tcb): number {
  return MIN_PIPE_SEGMENTS * tcb.sendMss;
}

export function startRound(tcb: Tcb, model: BbrModel): void {
  model.nextRoundDelivered = tcb.delivered;
}

// draft-ietf-ccwg-bbr-05 §5.5.1 RBBR-39: counted in packets.
/** Draft section 5.5.1: a round ends when something sent after its begin is delivered. */
export function updateRound(tcb: Tcb, model: BbrModel, ack: AckSample): void {
  model.isRoundStart = ack.intervalUs > 0 && ((ack.priorDelivered - model.nextRoundDelivered) | 0) >= 0;
  if (model.isRoundStart) {
    startRound(tcb, model);
    model.roundCount++;
    model.roundsSinceProbeUp++;
  }
  if (ack.priorInFlight + tcb.sendMss > tcb.cwnd) model.windowFullRound = model.roundCount;
}

// draft-ietf-ccwg-bbr-05 §5.5.5 RBBR-40: limited samples only raise it.
/** Draft section 5.5.5: a sample of a sender with too little to send counts only if it is higher than what we believe. */
export function updateMaxBw(model: BbrModel, ack: AckSample): void {
  const rate = model.sampleRate;
  if (rate > model.maxBwNow && (rate >= model.maxBw || !ack.isAppLimited)) model.maxBwNow = rate;
}

// draft-ietf-ccwg-bbr-05 §2.10 RBBR-6: two cycles.
/** Draft section 5.5.6: a cycle is over. One without any sample is not worth forgetting the one before. */
export function advanceMaxBwFilter(model: BbrModel): void {
  if (model.maxBwNow === 0) return;
  model.maxBwBefore = model.maxBwNow;
  model.maxBwNow = 0;
}

// draft-ietf-ccwg-bbr-05 §5.5.9 RBBR-41: at most a window.
/** Draft section 5.5.9: how much more was acknowledged at once than the rate explains. */
export function updateAckAggregation(env: TcpSurroundings, tcb: Tcb, model: BbrModel, ack: AckSample): void {
  const { nowUs } = env.clock;
  let expected = (model.bw * (nowUs - model.extraAckedStartUs)) / 1e6;
  if (model.extraAckedDelivered <= expected) {
    model.extraAckedDelivered = 0;
    model.extraAckedStartUs = nowUs;
    expected = 0;
  }
  model.extraAckedDelivered += ack.delivered;
  const extra = Math.min(model.extraAckedDelivered - expected, tcb.cwnd);
  model.extraAckedFilter.update(extra, model.roundCount, model.isFullBwReached ? EXTRA_ACKED_ROUNDS : 1);
}

/** The search for the rate at which the pipe is full begins; `baseline` is known to be reached. */
export function resetFullBw(model: BbrModel, baseline: number): void {
  model.fullBw = baseline;
  model.fullBwCount = 0;
  model.isFullBwNow = false;
}

// draft-ietf-ccwg-bbr-05 §5.3.1.2 RBBR-22: at the begin of a round, of an unlimited sender.
/** Draft section 5.3.1.2: three rounds that sent faster and were not delivered a quarter faster. */
export function checkFullBwReached(model: BbrModel, ack: AckSample): void {
  if (model.isFullBwNow || !model.isRoundStart || ack.isAppLimited) return;
  if (model.sampleRate >= model.fullBw * FULL_BW_GROWTH) {
    resetFullBw(model, model.sampleRate);
    return;
  }
  model.fullBwCount++;
  model.isFullBwNow = model.fullBwCount >= FULL_BW_ROUNDS;
  if (model.isFullBwNow) model.isFullBwReached = true;
}

/** Draft section 5.3.4.3: two windows over the same samples, the shorter of which asks for ProbeRTT when it runs out. */
export function updateMinRtt(env: TcpSurroundings, model: BbrModel, ack: AckSample): void {
  const { nowUs } = env.clock;
  model.isProbeRttExpired = nowUs > model.probeRttMinStampUs + PROBE_RTT_INTERVAL_US;
  if (ack.latestRttUs >= 0 && (ack.latestRttUs < model.probeRttMinUs || model.isProbeRttExpired)) {
    model.probeRttMinUs = ack.latestRttUs;
    model.probeRttMinStampUs = nowUs;
  }
  const isExpired = nowUs > model.minRttStampUs + MIN_RTT_WINDOW_US;
  if (model.probeRttMinUs < model.minRttUs || isExpired) {
    model.minRttUs = model.probeRttMinUs;
    model.minRttStampUs = model.probeRttMinStampUs;
  }
}

// draft-ietf-ccwg-bbr-05 §5.6.4.2 RBBR-49: with two segments more in Up.
/** Draft section 5.6.4.2: the flight that `gain` times the path's product of `bw` and delay needs, and at least three quanta. */
export function inflightFor(tcb: Tcb, model: BbrModel, bw: number, gain: number, extra = 0): number {
  const bdp = model.minRttUs === UNBOUNDED ? model.initialCwnd : (bw * model.minRttUs) / 1e6;
  const flight = Math.max(gain * bdp + extra, OFFLOAD_QUANTA * tcb.sendQuantum, minPipeCwnd(tcb));
  return model.state === BbrState.probeUp ? flight + 2 * tcb.sendMss : flight;
}

/** Draft section 5.3.3.8.3: what we want in flight, unless congestion has cut the window below it. */
export function targetInflight(tcb: Tcb, model: BbrModel): number {
  return Math.min(model.bdp, tcb.cwnd);
}

/** Draft section 5.3.3.9: the long-term bound less what is left to others. */
export function inflightWithHeadroom(tcb: Tcb, model: BbrModel): number {
  if (model.inflightLongTerm === UNBOUNDED) return UNBOUNDED;
  const headroom = Math.max(tcb.sendMss, HEADROOM * model.inflightLongTerm);
  return Math.max(model.inflightLongTerm - headroom, minPipeCwnd(tcb));
}

// draft-ietf-ccwg-bbr-05 §5.6.4.5 RBBR-51: four segments at least.
/** Draft section 5.6.4.5: half of what fills the path. */
export function probeRttCwnd(tcb: Tcb, model: BbrModel): number {
  return Math.max(PROBE_RTT_CWND_GAIN * model.bdp, minPipeCwnd(tcb));
}
