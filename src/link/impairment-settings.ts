/**
 * What an impaired link does to frames of one direction, as data with checked ranges.
 */
import { ArgumentError } from '../base/errors.ts';
import { type BottleneckSettings, checkQueuePackets } from './bottleneck.ts';
import { checkMarking } from './marking.ts';

/** Loss in bursts: the Gilbert-Elliott model of two states, decided anew for every frame. */
export interface BurstLoss {
  /** Probability of going from the good to the bad state, per frame. */
  readonly enter: number;
  /** Probability of going back. */
  readonly leave: number;
  /** Probability of loss in the good state, default 0. */
  readonly lossGood?: number;
  /** Probability of loss in the bad state, default 1. */
  readonly lossBad?: number;
}

/** Impairments of one direction. Probabilities are 0 to 1 and per frame; everything is off by default. */
export interface ImpairmentSettings extends BottleneckSettings {
  /** One-way delay in milliseconds. */
  readonly delayMs: number;
  /** Uniformly distributed addition to the delay, 0 to this many milliseconds. */
  readonly jitterMs: number;
  /** True: jitter may change the order of frames. False (default): a frame never overtakes another by jitter. */
  readonly jitterReorders: boolean;
  /** Probability that a frame is lost, each by itself. */
  readonly loss: number;
  /** Loss in bursts, on top of `loss`; null for none. */
  readonly burstLoss: BurstLoss | null;
  /** Probability that a frame is held back by `reorderDelayMs` while others pass it. */
  readonly reorder: number;
  /** Milliseconds a reordered frame is held back, default 10. */
  readonly reorderDelayMs: number;
  /** Probability that a frame arrives twice. */
  readonly duplicate: number;
  /** Probability that one bit is flipped where a checksum finds it. */
  readonly corrupt: number;
  /** Which part loses the bit: behind the IP header (default), or in the IP header. */
  readonly corruptPart: 'transport' | 'ip-header';
  /** Probability that two bits are flipped so that the checksum still fits: for lessons. */
  readonly corruptUndetected: number;
  /** Probability that the ECN field is cleared to Not-ECT, as old equipment does. */
  readonly bleach: number;
  /** Probability that an ECN-capable frame is marked CE, whatever the queue is like. */
  readonly mark: number;
  /** True: nothing passes, as with the cable pulled. */
  readonly cut: boolean;
}

const PROBABILITIES = ['loss', 'reorder', 'duplicate', 'corrupt', 'corruptUndetected', 'bleach', 'mark'] as const;

/** A link that does no harm. */
export const UNIMPAIRED: ImpairmentSettings = Object.freeze({
  delayMs: 0,
  jitterMs: 0,
  jitterReorders: false,
  loss: 0,
  burstLoss: null,
  reorder: 0,
  reorderDelayMs: 10,
  duplicate: 0,
  corrupt: 0,
  corruptPart: 'transport',
  corruptUndetected: 0,
  bleach: 0,
  mark: 0,
  rateBps: 0,
  queuePackets: 1000,
  queueBytes: 0,
  marking: null,
  cut: false,
});

/** `base` with `changes`. @throws ArgumentError naming the setting that is out of range. */
export function impairmentSettings(base: ImpairmentSettings, changes: Partial<ImpairmentSettings>): ImpairmentSettings {
  const settings = { ...base, ...changes };
  for (const name of PROBABILITIES) {
    checkProbability(name, settings[name]);
  }
  for (const name of ['delayMs', 'jitterMs', 'reorderDelayMs', 'rateBps', 'queueBytes'] as const) {
    checkAmount(name, settings[name]);
  }
  checkQueuePackets(settings.queuePackets);
  if (settings.marking !== null) checkMarking(settings.marking);
  if (settings.burstLoss !== null) {
    checkProbability('burstLoss.enter', settings.burstLoss.enter);
    checkProbability('burstLoss.leave', settings.burstLoss.leave);
    checkProbability('burstLoss.lossGood', settings.burstLoss.lossGood ?? 0);
    checkProbability('burstLoss.lossBad', settings.burstLoss.lossBad ?? 1);
  }
  return settings;
}

/** True when frames of this direction pass untouched and at once. */
export function isUnimpaired(settings: ImpairmentSettings): boolean {
  const times = settings.delayMs + settings.jitterMs + settings.rateBps;
  return (
    PROBABILITIES.every((name) => settings[name] === 0) && times === 0 && settings.burstLoss === null && !settings.cut
  );
}

/** True when a frame's ECN field must be looked at. */
export function touchesEcn(settings: ImpairmentSettings): boolean {
  return settings.bleach > 0 || settings.mark > 0 || (settings.marking !== null && settings.rateBps > 0);
}

function checkProbability(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new ArgumentError(name, `is a probability from 0 to 1, got ${String(value)}`);
  }
}

function checkAmount(name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(name, `must be a finite number of at least 0, got ${String(value)}`);
  }
}
