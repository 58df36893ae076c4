/**
 * What a marking queue is told, as data with checked ranges: random early detection (the algorithm RFC 2309 made known and
 * RFC 3168 §5 lets mark instead of drop), or a shallow step by waiting time as low-latency queues have it (RFC 9331).
 */
import { ArgumentError } from '../base/errors.ts';

/**
 * Marks more often the longer the queue has been on average. An ECN-capable frame becomes CE, any other is dropped.
 * Thresholds are in packets or in bytes: give one pair.
 */
export interface RedMarking {
  readonly kind: 'red';
  /** Average length in packets from which frames are marked. */
  readonly minPackets?: number;
  /** Average length in packets from which every frame is marked; above `minPackets`. */
  readonly maxPackets?: number;
  /** As `minPackets`, in bytes. */
  readonly minBytes?: number;
  /** As `maxPackets`, in bytes. */
  readonly maxBytes?: number;
  /** Probability reached just below the upper threshold, above 0, default 0.1. */
  readonly maxProbability?: number;
  /** Weight of a new sample in the average, above 0 to 1, default 0.002. 1 marks by the momentary length. */
  readonly weight?: number;
}

/** Marks every frame that had to wait longer than a threshold. Frames that are not ECN-capable are left to the tail drop. */
export interface StepMarking {
  readonly kind: 'step';
  /** Waiting time in microseconds above which a frame is marked, default 1000. */
  readonly thresholdUs?: number;
  /** `ect1` (default): only ECT(1), the identifier of scalable senders. `ect`: ECT(0) as well. */
  readonly marks?: 'ect1' | 'ect';
}

/** How the queue in front of a bottleneck signals congestion before it is full. */
export type MarkingSettings = RedMarking | StepMarking;

/** Defaults of the optional fields. */
export const RED_MAX_PROBABILITY = 0.1;
export const RED_WEIGHT = 0.002;
export const STEP_THRESHOLD_US = 1000;

/** @throws ArgumentError naming the field that is out of range. */
export function checkMarking(marking: MarkingSettings): void {
  if (marking.kind === 'red') checkRed(marking);
  else if (marking.kind === 'step') checkStep(marking);
  else {
    const kind = String((marking as { kind?: unknown }).kind);
    throw new ArgumentError('marking.kind', `is red or step (null for none), got ${kind}`);
  }
}

function checkRed(marking: RedMarking): void {
  const { minPackets, maxPackets, minBytes, maxBytes } = marking;
  const isInPackets = minPackets !== undefined || maxPackets !== undefined;
  const isInBytes = minBytes !== undefined || maxBytes !== undefined;
  if (isInPackets === isInBytes) {
    throw new ArgumentError('marking', 'give minPackets and maxPackets, or minBytes and maxBytes, not both pairs');
  }
  const [name, min, max] = isInPackets ? ['Packets', minPackets, maxPackets] : ['Bytes', minBytes, maxBytes];
  if (min === undefined || !(min >= 0) || min === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`marking.min${name}`, `must be a finite number of at least 0, got ${String(min)}`);
  }
  if (max === undefined || !(max > min) || max === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`marking.max${name}`, `must be finite and above min${name} (${min}), got ${String(max)}`);
  }
  checkShare('marking.maxProbability', marking.maxProbability ?? RED_MAX_PROBABILITY);
  checkShare('marking.weight', marking.weight ?? RED_WEIGHT);
}

function checkStep(marking: StepMarking): void {
  const thresholdUs = marking.thresholdUs ?? STEP_THRESHOLD_US;
  if (!(thresholdUs >= 0 && thresholdUs < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError('marking.thresholdUs', `must be a finite number of at least 0, got ${String(thresholdUs)}`);
  }
  const marks = marking.marks ?? 'ect1';
  if (marks !== 'ect1' && marks !== 'ect') {
    throw new ArgumentError('marking.marks', `is ect1 or ect, got ${String(marks)}`);
  }
}

function checkShare(name: string, value: number): void {
  if (!(value > 0 && value <= 1)) throw new ArgumentError(name, `must be above 0 and at most 1, got ${String(value)}`);
}
