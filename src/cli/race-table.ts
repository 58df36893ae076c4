/** Tables of a race: how it stands while it runs, and how it ended. Columns that do not fit the screen are left out. */

import progress from 'cli-progress';
import Table from 'cli-table3';
import type { Race, RaceFlowSummary, RaceResult, Series } from '../sim/index.ts';
import type { Text } from './language.ts';
import type { Screen } from './screen.ts';
import { widthOf, wrap } from './text-layout.ts';
import { figures, formatRate, formatSize } from './units.ts';

interface Column<T> {
  readonly head: Text;
  readonly cell: (row: T, index: number) => string;
  /** Columns with a higher number go first when the screen is narrow. */
  readonly rank: number;
}

const NONE = '–';

/** Goodput of the last second, window and round-trip time of each flow, and the bar. As lines no wider than the screen. */
export function liveLines(screen: Screen, race: Race, startedMs: number, nowMs: number): string[] {
  const { timesMs, plan } = race;
  const last = timesMs.length - 1;
  const recent = Math.max(1, Math.round(1000 / plan.intervalMs));
  const rates = race.flows.map(({ series }) => meanOf(series.goodputBps.slice(-recent)));
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  const columns: Column<Race['flows'][number]>[] = [
    { head: FLOW, cell: (flow, index) => flowName(screen, flow.plan.control, index), rank: 0 },
    {
      head: { en: 'goodput', zh: '有效吞吐量' },
      cell: (flow, index) =>
        flow.phase === 'running' ? formatRate(rates[index] ?? 0) : screen.say(PHASES[flow.phase]),
      rank: 0,
    },
    { head: SHARE, cell: (_, index) => (total === 0 ? NONE : percent((rates[index] ?? 0) / total)), rank: 3 },
    { head: { en: 'cwnd', zh: '拥塞窗口' }, cell: ({ series }) => sized(series.cwndBytes, last), rank: 1 },
    { head: { en: 'in flight', zh: '在途数据' }, cell: ({ series }) => sized(series.inFlightBytes, last), rank: 5 },
    { head: { en: 'RTT', zh: 'RTT' }, cell: ({ series }) => milliseconds(series.srttMs[last] ?? null), rank: 2 },
    { head: { en: 'retransmits', zh: '重传' }, cell: (flow) => String(flow.retransmitted), rank: 4 },
  ];
  return [...tableLines(screen, columns, race.flows), barLine(screen, race, startedMs, nowMs)];
}

/** The outcome: a table of flows, then the bottleneck and fairness in sentences. */
export function resultLines(screen: Screen, result: RaceResult): string[] {
  const { flows, bottleneck, fairness, windowFairness } = result.summary;
  const showsMarks = bottleneck.marked > 0;
  const columns: Column<RaceFlowSummary>[] = [
    { head: FLOW, cell: (flow, index) => flowName(screen, flow.control, index), rank: 0 },
    { head: { en: 'goodput', zh: '有效吞吐量' }, cell: (flow) => formatRate(flow.goodputBps), rank: 0 },
    { head: SHARE, cell: (flow) => (flow.share === null ? NONE : percent(flow.share)), rank: 1 },
    {
      head: { en: 'retransmitted', zh: '重传率' },
      cell: (flow) => `${flow.retransmittedPercent.toFixed(2)}%`,
      rank: 2,
    },
    ...(showsMarks
      ? [{ head: { en: 'CE marks', zh: 'CE 标记' }, cell: (flow: RaceFlowSummary) => String(flow.marks), rank: 3 }]
      : []),
    { head: { en: 'RTT mean', zh: 'RTT 平均' }, cell: (flow) => milliseconds(flow.srttMs?.mean ?? null), rank: 1 },
    { head: { en: 'p95', zh: 'p95' }, cell: (flow) => milliseconds(flow.srttMs?.p95 ?? null), rank: 4 },
    { head: { en: 'p99', zh: 'p99' }, cell: (flow) => milliseconds(flow.srttMs?.p99 ?? null), rank: 5 },
    { head: { en: 'end', zh: '结束' }, cell: (flow) => endOf(screen, flow), rank: 6 },
  ];
  const ended = flows.some((flow) => flow.phase !== 'running');
  const sentences = [
    fairness === null ? NO_COMMON_TIME : fairnessText(fairness),
    ...(windowFairness === null || fairness === null || windowFairness.fromMs === fairness.fromMs
      ? []
      : [fairnessText(windowFairness)]),
    bottleneckText(bottleneck),
  ];
  return [
    ...tableLines(screen, ended ? columns : columns.slice(0, -1), flows),
    ...sentences.flatMap((text) => wrap(screen.say(text), screen.width)),
  ];
}

/** One line about the bottleneck and the flows' number, above everything. */
export function headLine(screen: Screen, { plan }: RaceResult | Race): string {
  const queue = plan.queueBytes > 0 ? formatSize(plan.queueBytes) : `${plan.queuePackets} p`;
  const rate = formatRate(plan.rateBps);
  const seconds = figures(plan.durationMs / 1000);
  const loss = figures(plan.loss * 100);
  return screen.colors.bold(
    screen.say({
      en: `${plan.flows.length} flows, ${rate}, RTT ${figures(plan.rttMs)} ms, queue ${queue}, loss ${loss}%, ${seconds} s, seed ${plan.seed}`,
      zh: `${plan.flows.length} 条流，${rate}，RTT ${figures(plan.rttMs)} ms，队列 ${queue}，丢包 ${loss}%，${seconds} s，种子 ${plan.seed}`,
    }),
  );
}

const FLOW: Text = { en: 'flow', zh: '流' };
const SHARE: Text = { en: 'share', zh: '份额' };
const PHASES: Readonly<Record<RaceFlowSummary['phase'], Text>> = {
  waiting: { en: 'not started', zh: '未开始' },
  running: { en: 'running', zh: '进行中' },
  finished: { en: 'done', zh: '已完成' },
  failed: { en: 'failed', zh: '已断开' },
};
const NO_COMMON_TIME: Text = {
  en: 'Fairness index: none, the flows were never running all at once.',
  zh: '公平性指数：无，各条流没有同时运行的时段。',
};

function fairnessText({ fromMs, toMs, index }: { fromMs: number; toMs: number; index: number }): Text {
  const [from, to] = [figures(fromMs / 1000), figures(toMs / 1000)];
  return {
    en: `Fairness (Jain's index): ${index.toFixed(3)} from ${from} to ${to} s.`,
    zh: `公平性（Jain 指数）：${index.toFixed(3)}，时段 ${from}–${to} s。`,
  };
}

function bottleneckText({
  utilization,
  queueDelayMs,
  queueDropped,
  lost,
  marked,
}: RaceResult['summary']['bottleneck']): Text {
  const [mean, p95, p99] = [queueDelayMs?.mean, queueDelayMs?.p95, queueDelayMs?.p99].map((value) =>
    figures(value ?? 0),
  );
  const use = percent(utilization);
  return {
    en: `Queueing delay: mean ${mean} ms, p95 ${p95} ms, p99 ${p99} ms. Goodput: ${use} of the link. Dropped by the queue ${queueDropped}, lost at random ${lost}, marked ${marked}.`,
    zh: `排队时延：平均 ${mean} ms，p95 ${p95} ms，p99 ${p99} ms。有效吞吐量占链路的 ${use}。队列满丢弃 ${queueDropped} 个分组，随机丢失 ${lost} 个，标记 ${marked} 个。`,
  };
}

function endOf(screen: Screen, flow: RaceFlowSummary): string {
  if (flow.error !== null) return flow.error;
  if (flow.finishedMs !== null) return `${figures(flow.finishedMs / 1000)} s`;
  return screen.say(PHASES[flow.phase]);
}

function tableLines<T>(screen: Screen, columns: readonly Column<T>[], rows: readonly T[]): string[] {
  for (let rank = 9; rank >= 0; rank--) {
    const lines = drawTable(
      screen,
      columns.filter((column) => column.rank <= rank),
      rows,
    );
    if (rank === 0 || widthOf(lines[0] ?? '') <= screen.width) return lines;
  }
  return [];
}

function drawTable<T>(screen: Screen, columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const { colors } = screen;
  const table = new Table({
    head: columns.map((column) => colors.bold(screen.say(column.head))),
    colAligns: columns.map((_, index) => (index === 0 ? 'left' : 'right')),
    // Colours are chosen by the screen; no lines between rows.
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const [index, row] of rows.entries()) table.push(columns.map((column) => column.cell(row, index)));
  return table.toString().split('\n');
}

/** The bar of cli-progress, as text: the lines above it are drawn anew together with it. */
function barLine(screen: Screen, race: Race, startedMs: number, nowMs: number): string {
  const done = Math.min(1, race.nowMs / race.plan.durationMs);
  const elapsedS = (nowMs - startedMs) / 1000;
  const eta = done > 0 ? Math.ceil((elapsedS * (1 - done)) / done) : 0;
  const tail = screen.say({
    en: '{now} of {end} s, {speed}x real time, {eta_formatted} left',
    zh: '{now}/{end} s，{speed} 倍实时，还需 {eta_formatted}',
  });
  const barsize = Math.max(10, screen.width - 52);
  return progress.Format.Formatter(
    {
      format: ` {bar} {percentage}% ${tail}`,
      barsize,
      barCompleteString: '█'.repeat(barsize),
      barIncompleteString: '░'.repeat(barsize),
      barGlue: '',
      autopadding: true,
      autopaddingChar: ' ',
      align: 'left',
    },
    {
      progress: done,
      eta,
      startTime: startedMs,
      stopTime: null,
      total: race.plan.durationMs,
      value: race.nowMs,
      maxWidth: screen.width,
    },
    {
      now: (race.nowMs / 1000).toFixed(1),
      end: figures(race.plan.durationMs / 1000),
      speed: figures(elapsedS > 0 ? race.nowMs / 1000 / elapsedS : 0),
    },
  ).trimEnd();
}

function flowName(screen: Screen, control: string, index: number): string {
  const { colors } = screen;
  const paints = [colors.blue, colors.red, colors.green, colors.magenta, colors.cyan, colors.yellow];
  const paint = paints[index] ?? ((text: string): string => text);
  return paint(`${index + 1} ${control}`);
}

function sized(series: Series, at: number): string {
  const value = series[at] ?? null;
  return value === null ? NONE : formatSize(value);
}

function milliseconds(value: number | null): string {
  return value === null ? NONE : `${figures(value)} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
