/** Time-sequence, congestion window and round-trip time. The library that draws them is loaded when a chart is looked at. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { type Chart, chartsOf } from '../model/charts.ts';
import { width } from './columns.ts';
import { isDark, words } from './preferences.ts';
import { moment, playhead, run } from './store.ts';

type Plot = typeof uPlot;

export function Charts() {
  const w = words();
  const now = run.value;
  // Once an event, not once a frame.
  if (now === null || moment.value === null) return null;
  const charts = chartsOf(now, playhead.peek().moment, w);
  return charts.length === 0 ? <p class="quiet">{w.noChart}</p> : <ChartList charts={charts} />;
}

export function ChartList({ charts }: { readonly charts: readonly Chart[] }) {
  const w = words();
  const [plot, setPlot] = useState<Plot | null>(null);
  useEffect(() => {
    void import('./plot.ts').then((loaded) => setPlot(() => loaded.Plot));
  }, []);
  return (
    <div class="charts">
      {charts.map((chart) => (
        <figure key={chart.title}>
          <figcaption>{chart.title}</figcaption>
          {plot === null ? <p class="quiet">{w.loading}</p> : <Drawing Plot={plot} chart={chart} />}
        </figure>
      ))}
    </div>
  );
}

/** `1.5M`: an axis has little room. */
function short(value: number): string {
  if (Math.abs(value) >= 1_000_000) return `${value / 1_000_000}M`;
  return Math.abs(value) >= 10_000 ? `${value / 1000}k` : String(value);
}

const HEIGHT = 190;
/** Lines are told apart without colours too. */
const DASHES: readonly number[][] = [[], [9, 3], [6, 4], [2, 3]];
const COLOURS = {
  light: ['#005fa3', '#b3400a', '#00704f', '#8a3a8f'],
  dark: ['#74b3ef', '#ff8a5c', '#4fc6a0', '#d8a0d8'],
} as const;

function Drawing({ Plot, chart }: { readonly Plot: Plot; readonly chart: Chart }) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | null>(null);
  const look = `${chart.series.map(({ name }) => name).join()}${isDark()}${width.value}`;
  // Made anew when its look changes; data are set below.
  useEffect(() => {
    const { current } = box;
    if (current === null) return undefined;
    const dark = isDark();
    const colours = dark ? COLOURS.dark : COLOURS.light;
    const axis = {
      stroke: dark ? '#9aa6b2' : '#566171',
      grid: { stroke: dark ? '#2a323c' : '#e3e7ec', width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const made = new Plot(
      {
        width: Math.max(200, current.clientWidth),
        height: HEIGHT,
        scales: { x: { time: false } },
        cursor: { show: false },
        legend: { show: chart.series.length > 1 },
        axes: [
          { ...axis, size: 30 },
          { ...axis, size: 58, values: (_plot: uPlot, ticks: number[]) => ticks.map(short) },
        ],
        series: [
          { label: words().seconds },
          ...chart.series.map(({ name, isLine }, index) => ({
            label: name,
            stroke: colours[index] ?? '#888',
            width: isLine ? 1.75 : 0,
            spanGaps: true,
            dash: DASHES[index] ?? [],
            points: { show: !isLine, size: 5, fill: colours[index] ?? '#888' },
            ...(isLine && Plot.paths.stepped !== undefined ? { paths: Plot.paths.stepped({ align: 1 }) } : {}),
          })),
        ],
      },
      chart.data as uPlot.AlignedData,
      current,
    );
    drawn.current = made;
    return () => made.destroy();
  }, [look]);
  useEffect(() => {
    drawn.current?.setData(chart.data as uPlot.AlignedData);
  }, [chart]);
  return <div class="drawing" ref={box} role="img" aria-label={chart.text} />;
}
