/**
 * What a race leaves behind, as plain data that goes into JSON as it is: series with a value per sample (null where there
 * is none), and summaries. Jain's index and percentiles are computed here.
 */
import type { RacePlan } from './race-options.ts';

/** A value per sample; null where the flow had none. */
export type Series = (number | null)[];

/** One flow over time; every series is as long as `RaceResult.timesMs`. */
export interface RaceFlowSeries {
  /** Octets; null for a control that has no window, and before and after the connection. */
  readonly cwndBytes: Series;
  /** Octets; null before the first loss. */
  readonly ssthreshBytes: Series;
  /** Smoothed round-trip time (SRTT) of the sender. */
  readonly srttMs: Series;
  /** The least round-trip time the sender has seen. */
  readonly minRttMs: Series;
  /** Octets the receiving program got in order during the interval, as bits per second. */
  readonly goodputBps: number[];
  /** Octets the sender sent during the interval, repetitions included, as bits per second. */
  readonly throughputBps: number[];
  /** Segments sent again during the interval. */
  readonly retransmits: number[];
  /** Packets that arrived marked CE during the interval. */
  readonly marks: number[];
  /** Octets sent and not acknowledged. */
  readonly inFlightBytes: Series;
}

/** The bottleneck over time. */
export interface RaceQueueSeries {
  /** What a packet would have to wait that came at the end of the interval. */
  readonly delayMs: number[];
  /** Packets the queue dropped during the interval: full, or in place of a mark. */
  readonly dropped: number[];
  /** Packets lost at random. */
  readonly lost: number[];
  /** Packets the queue marked CE. */
  readonly marked: number[];
}

/** How a value was spread over time: sampled ten times per interval. */
export interface Spread {
  readonly mean: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** How far a flow has come. */
export type RaceFlowPhase = 'waiting' | 'running' | 'finished' | 'failed';

/** The outcome of one flow. */
export interface RaceFlowSummary {
  readonly control: string;
  readonly startMs: number;
  readonly extraRttMs: number;
  readonly phase: RaceFlowPhase;
  /** When the last octet was received; null while there is more to send. */
  readonly finishedMs: number | null;
  /** The code of the error that ended it. */
  readonly error: string | null;
  /** Octets the receiving program got. */
  readonly receivedBytes: number;
  /** From its start to its end or the race's. */
  readonly goodputBps: number;
  /** Its part of all goodput of the common time, 0 to 1; null without common time. */
  readonly share: number | null;
  readonly segmentsSent: number;
  readonly retransmitted: number;
  /** Of the segments sent, percent. */
  readonly retransmittedPercent: number;
  /** Packets that arrived marked CE. */
  readonly marks: number;
  /** Smoothed round-trip time; null when there never was one. */
  readonly srttMs: Spread | null;
  readonly minRttMs: number | null;
}

/** Jain's index over a part of the race. */
export interface RaceFairness {
  readonly fromMs: number;
  readonly toMs: number;
  /** 1: all flows got the same; 1/n: one got everything. */
  readonly index: number;
}

/** The outcome at the bottleneck. */
export interface RaceBottleneckSummary {
  /** Goodput of all flows over rate, from the first start to the end; headers take the rest. */
  readonly utilization: number;
  readonly queueDelayMs: Spread | null;
  readonly queueDropped: number;
  readonly lost: number;
  /** Packets the queue marked CE. */
  readonly marked: number;
}

/** A race that was run, or as far as it was run. */
export interface RaceResult {
  readonly plan: RacePlan;
  /** Virtual time that was run. */
  readonly nowMs: number;
  /** The end of each interval. */
  readonly timesMs: number[];
  readonly flows: readonly RaceFlowSeries[];
  readonly queue: RaceQueueSeries;
  readonly summary: {
    readonly flows: readonly RaceFlowSummary[];
    readonly bottleneck: RaceBottleneckSummary;
    /** While all flows were running; null when they never did at once. */
    readonly fairness: RaceFairness | null;
    /** The last `windowMs` of that. */
    readonly windowFairness: RaceFairness | null;
  };
}

/** Jain's fairness index: the square of the sum over n times the sum of squares; 1 when nobody got anything. */
export function jainIndex(amounts: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const amount of amounts) {
    sum += amount;
    squares += amount * amount;
  }
  return squares === 0 ? 1 : (sum * sum) / (amounts.length * squares);
}

/** Mean, 95th and 99th percentile (nearest rank) and maximum; null without values. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const sum = sorted.reduce((total, value) => total + value, 0);
  return { mean: sum / sorted.length, p95: rank(0.95), p99: rank(0.99), max: rank(1) };
}
