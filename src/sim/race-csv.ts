/** A race as a table of comma-separated values: one line per sample and flow, so that R, pandas and spreadsheets read it at once. */
import type { RaceResult } from './race-result.ts';

const COLUMNS = [
  'time_s',
  'flow',
  'control',
  'cwnd_bytes',
  'ssthresh_bytes',
  'in_flight_bytes',
  'srtt_ms',
  'min_rtt_ms',
  'goodput_bps',
  'throughput_bps',
  'retransmits',
  'marks',
  'queue_delay_ms',
  'queue_drops',
  'random_losses',
  'queue_marks',
] as const;

/** Lines end in LF, the first one names the columns, an empty field is "none". The last four columns are the bottleneck's. */
export function raceCsv(result: RaceResult): string {
  const lines: string[] = [COLUMNS.join(',')];
  const { queue } = result;
  for (const [at, timeMs] of result.timesMs.entries()) {
    for (const [index, flow] of result.flows.entries()) {
      const values = [
        timeMs / 1000,
        index + 1,
        result.plan.flows[index]?.control ?? '',
        flow.cwndBytes[at],
        flow.ssthreshBytes[at],
        flow.inFlightBytes[at],
        flow.srttMs[at],
        flow.minRttMs[at],
        flow.goodputBps[at],
        flow.throughputBps[at],
        flow.retransmits[at],
        flow.marks[at],
        queue.delayMs[at],
        queue.dropped[at],
        queue.lost[at],
        queue.marked[at],
      ];
      lines.push(values.map(fieldOf).join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}

function fieldOf(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : String(Math.round(value * 1000) / 1000);
}
