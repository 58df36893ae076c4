/**
 * Charts over one time axis, panel above panel, as one SVG; and the charts of a race: congestion window, round-trip time, waiting time
 * at the bottleneck and goodput, a colour and a line style per flow. This file and ECharts become a bundle of their own, loaded when a
 * chart is wanted: it must import nothing at run time but ECharts (scripts/bundle.mjs checks that).
 */
import { LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { RaceResult, Series } from '../sim/index.ts';
import type { Language, Text } from './language.ts';

use([LineChart, GridComponent, LegendComponent, TitleComponent, AriaComponent, SVGRenderer]);

const WIDTH = 1100;
const PANEL_HEIGHT = 190;
const PANEL_GAP = 62;
const TOP = 118;
const LEFT = 92;
const RIGHT = 36;
/** Points per line; more cannot be seen at this width. */
const POINTS_MAX = 1200;

/**
 * Eight colours that people with any colour vision tell apart (Okabe and Ito, https://jfly.uni-koeln.de/color/), the light
 * yellow among them darkened for a white ground. Flows beyond the fourth are dashed as well.
 */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000', '#a08c00'];
const QUEUE_COLOR = '#666666';
const FONT = "'Helvetica Neue', Helvetica, Arial, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

/** One line of a panel. */
export interface Line {
  readonly name: string;
  readonly color: string;
  readonly dashed: boolean;
  readonly values: Series;
}

/** Lines that share an axis. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Everything a chart shows. */
export interface PanelChart {
  readonly title: string;
  /** A line below it, also what the chart is called for those who cannot see it. */
  readonly subtitle: string;
  readonly timeName: string;
  readonly timesMs: readonly number[];
  readonly endMs: number;
  readonly panels: readonly Panel[];
  /** Names of lines to explain. */
  readonly legend: readonly string[];
}

/** The chart of a race as SVG text. */
export function raceChart(result: RaceResult, language: Language): string {
  const panels = panelsOf(result, language);
  return panelChart({
    title: language === 'zh' ? '拥塞控制竞赛' : 'Congestion-control race',
    subtitle: describe(result, language),
    timeName: language === 'zh' ? '时间（s）' : 'time (s)',
    timesMs: result.timesMs,
    endMs: result.nowMs,
    panels,
    legend: (panels[0]?.lines ?? []).map((line) => line.name),
  });
}

/** Any such chart as SVG text. */
export function panelChart(plan: PanelChart): string {
  const height = TOP + plan.panels.length * (PANEL_HEIGHT + PANEL_GAP) + 6;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption(optionOf(plan));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function panelsOf(result: RaceResult, language: Language): Panel[] {
  const say = (text: Text): string => text[language];
  const names = result.plan.flows.map((flow, index) => `${index + 1} ${flow.control}`);
  const perFlow = (pick: (flow: RaceResult['flows'][number]) => Series): Line[] =>
    result.flows.map((flow, index) => ({
      name: names[index] ?? '',
      color: COLORS[index] ?? '#000000',
      dashed: index >= 4,
      values: pick(flow),
    }));
  const scaled = (values: Series, by: number): Series => values.map((value) => (value === null ? null : value * by));
  const perSample = Math.max(1, Math.round(500 / result.plan.intervalMs));
  return [
    {
      title: say({ en: 'Congestion window (kB)', zh: '拥塞窗口 cwnd（kB）' }),
      lines: perFlow((flow) => scaled(flow.cwndBytes, 1e-3)),
    },
    {
      title: say({ en: 'Smoothed round-trip time (ms)', zh: '平滑往返时间 SRTT（ms）' }),
      lines: perFlow((flow) => flow.srttMs),
    },
    {
      title: say({ en: 'Queueing delay at the bottleneck (ms)', zh: '瓶颈排队时延（ms）' }),
      lines: [
        {
          name: say({ en: 'queue', zh: '队列' }),
          color: QUEUE_COLOR,
          dashed: false,
          values: result.queue.delayMs,
        },
      ],
    },
    {
      title: say({ en: 'Goodput (Mbit/s)', zh: '有效吞吐量（Mbit/s）' }),
      lines: perFlow((flow) => scaled(smoothed(flow.goodputBps, perSample), 1e-6)),
    },
  ];
}

/** The mean of each sample and those before it: octets reach the program in bursts when a hole is filled. */
function smoothed(values: readonly number[], width: number): number[] {
  let sum = 0;
  return values.map((value, at) => {
    sum += value - (at >= width ? (values[at - width] ?? 0) : 0);
    return sum / Math.min(at + 1, width);
  });
}

type Option = Parameters<ReturnType<typeof init>['setOption']>[0];

function optionOf(plan: PanelChart): Option {
  const { panels } = plan;
  const tops = panels.map((_, index) => TOP + index * (PANEL_HEIGHT + PANEL_GAP));
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT },
    aria: { enabled: true, label: { description: plan.subtitle } },
    ...headings(plan, tops),
    ...axes(plan, tops),
    series: panels.flatMap((panel, index) =>
      panel.lines.map((line) => ({
        type: 'line' as const,
        name: line.name,
        xAxisIndex: index,
        yAxisIndex: index,
        symbol: 'none',
        data: thinned(plan.timesMs, line.values),
        color: line.color,
        lineStyle: { width: 1.6, color: line.color, type: line.dashed ? [6, 3] : ('solid' as const) },
        silent: true,
      })),
    ),
  };
}

const TEXT = { color: '#333333', fontSize: 12, fontFamily: FONT };

function headings({ title, subtitle, panels, legend }: PanelChart, tops: readonly number[]): Option {
  return {
    title: [
      {
        text: title,
        subtext: subtitle,
        left: LEFT,
        top: 14,
        padding: 0,
        itemGap: 6,
        textStyle: { ...TEXT, fontSize: 18, color: '#111111' },
        subtextStyle: TEXT,
      },
      ...panels.map((panel, index) => ({
        text: panel.title,
        left: LEFT,
        top: (tops[index] ?? 0) - 26,
        padding: 0,
        textStyle: { ...TEXT, fontSize: 13, fontWeight: 'bold' as const },
      })),
    ],
    legend: {
      top: 64,
      left: LEFT,
      padding: 0,
      itemWidth: 34,
      itemGap: 18,
      icon: 'inherit',
      itemStyle: { opacity: 0 },
      textStyle: { ...TEXT, fontSize: 13 },
      data: [...legend],
    },
  };
}

function axes({ panels, endMs, timeName }: PanelChart, tops: readonly number[]): Option {
  return {
    grid: tops.map((top) => ({ left: LEFT, right: RIGHT, top, height: PANEL_HEIGHT })),
    xAxis: panels.map((_, index) => ({
      type: 'value' as const,
      gridIndex: index,
      min: 0,
      max: Math.max(endMs / 1000, 0.001),
      name: index === panels.length - 1 ? timeName : '',
      nameLocation: 'middle' as const,
      nameGap: 26,
      nameTextStyle: TEXT,
      axisLabel: TEXT,
      axisLine: { lineStyle: { color: '#888888' } },
      splitLine: { lineStyle: { color: '#eeeeee' } },
    })),
    yAxis: panels.map((_, index) => ({
      type: 'value' as const,
      gridIndex: index,
      min: 0,
      axisLabel: TEXT,
      splitNumber: 4,
      splitLine: { lineStyle: { color: '#e4e4e4' } },
    })),
  };
}

/** The first and the extreme values of each step, so that peaks stay when points are left out. */
function thinned(timesMs: readonly number[], values: Series): [number, number | null][] {
  const step = Math.max(1, Math.ceil((2 * timesMs.length) / POINTS_MAX));
  const points: [number, number | null][] = [];
  for (let from = 0; from < timesMs.length; from += step) {
    let low = -1;
    let high = -1;
    for (let at = from; at < Math.min(from + step, timesMs.length); at++) {
      const value = values[at] ?? null;
      if (value === null) continue;
      if (low < 0 || value < (values[low] ?? 0)) low = at;
      if (high < 0 || value > (values[high] ?? 0)) high = at;
    }
    if (low < 0) points.push([(timesMs[from] ?? 0) / 1000, null]);
    else
      for (const at of low === high ? [low] : [Math.min(low, high), Math.max(low, high)])
        points.push([(timesMs[at] ?? 0) / 1000, round(values[at] ?? 0)]);
  }
  return points;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function describe(result: RaceResult, language: Language): string {
  const { plan, summary } = result;
  const rate = `${round(plan.rateBps / 1e6)} Mbit/s`;
  const queue =
    plan.queueBytes > 0
      ? `${round(plan.queueBytes / 1000)} kB`
      : `${plan.queuePackets} ${language === 'zh' ? '个分组' : 'packets'}`;
  const loss = `${round(plan.loss * 100)}%`;
  const index = summary.windowFairness?.index.toFixed(3) ?? '–';
  return language === 'zh'
    ? `瓶颈 ${rate}，RTT ${plan.rttMs} ms，队列 ${queue}，随机丢包 ${loss}，种子 ${plan.seed}；公平性指数 ${index}`
    : `bottleneck ${rate}, RTT ${plan.rttMs} ms, queue ${queue}, random loss ${loss}, seed ${plan.seed}; fairness index ${index}`;
}
