/** What is seen of a race up to a moment of it: curves of all flows, each flow's numbers of that moment, fairness. Pure. */
import { jainIndex, type RaceResult } from '../../../src/sim/race-result.ts';
import type { Words } from '../words/words.ts';
import type { Chart } from './charts.ts';

/** Fairness is that of the last seconds. */
const FAIR_INTERVALS = 50;
/** A number that is read should not tremble. */
const SMOOTH_INTERVALS = 5;

/** `cubic 1`: two flows may have the same control. */
export function flowNames({ plan }: RaceResult): string[] {
  return plan.flows.map(({ control }, index) => `${control} ${index + 1}`);
}

/** @param upTo so many intervals are seen */
export function raceCharts(race: RaceResult, upTo: number, words: Words): Chart[] {
  const names = flowNames(race);
  const seconds = race.timesMs.slice(0, upTo).map((ms) => ms / 1000);
  if (seconds.length < 2) return [];
  const chart = (title: string, unit: string, columns: readonly (readonly (number | null)[])[]): Chart => {
    const series = columns.length === names.length ? names : [title];
    const last = series.map((name, index) => `${name} ${(columns[index]?.[upTo - 1] ?? 0).toFixed(1)}`).join(', ');
    return {
      title: `${title} (${unit})`,
      text: `${title}, ${unit}: ${last}`,
      series: series.map((name) => ({ name, isLine: true })),
      data: [seconds, ...columns.map((column) => column.slice(0, upTo))],
    };
  };
  const mean = (column: readonly number[]): number[] => column.map((_, at) => meanOf(column, at + 1));
  return [
    chart(
      words.race.throughput,
      'Mbit/s',
      race.flows.map(({ goodputBps }) => mean(goodputBps).map((bps) => bps / 1e6)),
    ),
    chart(
      words.congestionWindow,
      'kB',
      race.flows.map(({ cwndBytes }) => cwndBytes.map((bytes) => (bytes === null ? null : bytes / 1000))),
    ),
    chart(words.race.queueDelay, 'ms', [race.queue.delayMs]),
  ];
}

/** A flow at a moment. */
export interface FlowNow {
  readonly name: string;
  readonly control: string;
  /** Bits per second over the last half second. */
  readonly goodputBps: number;
  /** Its part of what all got in the seconds fairness is about, 0 to 1. */
  readonly share: number;
  readonly cwndBytes: number | null;
  readonly srttMs: number | null;
  /** Segments sent again since the start. */
  readonly retransmitted: number;
  readonly isStarted: boolean;
}

/** The race at a moment. */
export interface RaceNow {
  readonly timeMs: number;
  readonly flows: readonly FlowNow[];
  /** Jain's index over the last five seconds in which all flows were there; null before. */
  readonly fairness: number | null;
  readonly queueDelayMs: number;
  /** Of the longest wait the queue can have, 0 to 1. */
  readonly queueFill: number;
  readonly dropped: number;
  /** What all receivers got in the seconds fairness is about, over the rate; no more than 1, when what waited behind a loss comes at once. */
  readonly utilization: number;
}

export function raceAt(race: RaceResult, upTo: number): RaceNow {
  const { plan, flows, queue, timesMs } = race;
  const timeMs = timesMs[upTo - 1] ?? 0;
  const since = Math.max(0, upTo - FAIR_INTERVALS);
  const amounts = flows.map(({ goodputBps }) => sumOf(goodputBps, since, upTo));
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  const names = flowNames(race);
  const views = flows.map((flow, index): FlowNow => {
    return {
      name: names[index] ?? '',
      control: plan.flows[index]?.control ?? '',
      goodputBps: meanOf(flow.goodputBps, upTo),
      share: total === 0 ? 0 : (amounts[index] ?? 0) / total,
      cwndBytes: flow.cwndBytes[upTo - 1] ?? null,
      srttMs: flow.srttMs[upTo - 1] ?? null,
      retransmitted: sumOf(flow.retransmits, 0, upTo),
      isStarted: timeMs > (plan.flows[index]?.startMs ?? 0),
    };
  });
  const allSinceMs = Math.max(...plan.flows.map(({ startMs }) => startMs));
  const longestMs =
    (Math.min(plan.queueBytes || Number.POSITIVE_INFINITY, plan.queuePackets * 1500) * 8000) / plan.rateBps;
  const queueDelayMs = queue.delayMs[upTo - 1] ?? 0;
  return {
    timeMs,
    flows: views,
    fairness: timeMs > allSinceMs + 1000 ? jainIndex(amounts) : null,
    queueDelayMs,
    queueFill: Math.min(1, queueDelayMs / longestMs),
    dropped: sumOf(queue.dropped, 0, upTo),
    utilization: Math.min(1, total / (plan.rateBps * Math.max(1, upTo - since))),
  };
}

function sumOf(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += values[at] ?? 0;
  return sum;
}

/** Of the last few of the first `upTo` values. */
function meanOf(values: readonly number[], upTo: number): number {
  const from = Math.max(0, upTo - SMOOTH_INTERVALS);
  return upTo === from ? 0 : sumOf(values, from, upTo) / (upTo - from);
}
