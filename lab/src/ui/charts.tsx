/** Time-sequence, congestion window and round-trip time, or what a race has: curves of a run, drawn by the browser's own means. */

import { type Axis, drawnChart, SIDE } from '../model/chart-paths.ts';
import { type Chart, chartsOf } from '../model/charts.ts';
import { words } from './preferences.ts';
import { moment, playhead, run } from './store.ts';

export function Charts() {
  const w = words();
  const now = run.value;
  // Once an event, not once a frame.
  if (now === null || moment.value === null) return null;
  const charts = chartsOf(now, playhead.peek().moment, w);
  return charts.length === 0 ? <p class="quiet">{w.noChart}</p> : <ChartList charts={charts} />;
}

export function ChartList({ charts }: { readonly charts: readonly Chart[] }) {
  return (
    <div class="charts">
      {charts.map((chart) => (
        <figure key={chart.title}>
          <figcaption>{chart.title}</figcaption>
          <Drawing chart={chart} />
          {chart.series.length > 1 ? <Legend chart={chart} /> : null}
        </figure>
      ))}
    </div>
  );
}

function Drawing({ chart }: { readonly chart: Chart }) {
  const { x, y, paths } = drawnChart(chart);
  const grid = [
    ...x.ticks.map(({ at }) => `M${at * SIDE} 0V${SIDE}`),
    ...y.ticks.map(({ at }) => `M0 ${(1 - at) * SIDE}H${SIDE}`),
  ];
  return (
    <div class="drawing" role="img" aria-label={chart.text}>
      <Numbers axis={y} isUpright />
      <svg viewBox={`0 0 ${SIDE} ${SIDE}`} preserveAspectRatio="none" aria-hidden="true">
        <path class="grid" d={grid.join('')} />
        {paths.map((path, index) => (
          <path key={chart.series[index]?.name} class={lookOf(chart, index)} d={path} />
        ))}
      </svg>
      <Numbers axis={x} isUpright={false} />
      <span class="unit">{words().seconds}</span>
    </div>
  );
}

function Numbers({ axis, isUpright }: { readonly axis: Axis; readonly isUpright: boolean }) {
  return (
    <div class={isUpright ? 'numbers is-upright' : 'numbers'}>
      {axis.ticks.map(({ text, at }) => (
        <span key={text} style={isUpright ? { bottom: `${at * 100}%` } : { left: `${at * 100}%` }}>
          {text}
        </span>
      ))}
    </div>
  );
}

function Legend({ chart }: { readonly chart: Chart }) {
  return (
    <ul class="legend">
      {chart.series.map(({ name }, index) => (
        <li key={name}>
          <svg viewBox="0 0 26 10" aria-hidden="true">
            <path
              class={lookOf(chart, index)}
              d={chart.series[index]?.isLine === true ? 'M1 5H25' : 'M6 5h0M13 5h0M20 5h0'}
            />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

/** Lines are told apart without colours too. */
function lookOf(chart: Chart, index: number): string {
  return `is-series-${index + 1}${chart.series[index]?.isLine === true ? '' : ' is-points'}`;
}
