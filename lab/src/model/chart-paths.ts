/**
 * A chart's columns of numbers as paths of an SVG, in a square of a thousand units that is stretched to its place: nothing has to be
 * measured, and a path is as long as what can be told apart. Pure.
 */
import type { Chart } from './charts.ts';

/** The sides of the square. */
export const SIDE = 1000;

/** A number on an axis, and where: 0 at its start, 1 at its end. */
export interface Tick {
  readonly text: string;
  readonly at: number;
}

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly Tick[];
}

export interface DrawnChart {
  readonly x: Axis;
  readonly y: Axis;
  /** A path for each series. */
  readonly paths: readonly string[];
}

const TICKS_X = 6;
const TICKS_Y = 5;

export function drawnChart({ data, series }: Chart): DrawnChart {
  const [seconds = [], ...columns] = data;
  const x = axisOf(seconds, TICKS_X, false);
  const y = axisOf(columns.flat(), TICKS_Y, true);
  const paths = columns.map((column, index) => pathOf(seconds, column, x, y, series[index]?.isLine === true));
  return { x, y, paths };
}

/** @param isRound it begins and ends at a tick, and 0 is on it: what is charted are amounts */
function axisOf(values: readonly (number | null)[], most: number, isRound: boolean): Axis {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  if (isRound) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (low === high) high = low + 1;
  const step = stepOf((high - low) / most);
  const from = isRound ? Math.floor(low / step) * step : low;
  const to = isRound ? Math.ceil(high / step) * step : high;
  const ticks: Tick[] = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + step * 1e-9; n++) {
    ticks.push({ text: short(n * step), at: (n * step - from) / (to - from) });
  }
  return { from, to, ticks };
}

/** 1, 2 or 5 times a power of ten, no less than that. */
function stepOf(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
}

/** `1.5M`: an axis has little room. */
function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000_000) return `${rounded(value / 1_000_000)}M`;
  return size >= 10_000 ? `${rounded(value / 1000)}k` : String(rounded(value));
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** Lines hold a value until the next one; points are strokes without length, round by their caps. */
function pathOf(
  seconds: readonly (number | null)[],
  column: readonly (number | null)[],
  x: Axis,
  y: Axis,
  isLine: boolean,
): string {
  let path = '';
  let [lastX, lastY] = [Number.NaN, Number.NaN];
  for (const [index, value] of column.entries()) {
    if (value === null) continue;
    const atX = Math.round((((seconds[index] ?? 0) - x.from) / (x.to - x.from)) * SIDE);
    const atY = Math.round((1 - (value - y.from) / (y.to - y.from)) * SIDE);
    if (atX === lastX && atY === lastY) continue;
    if (!isLine) path += `M${atX} ${atY}h0`;
    else if (path === '') path = `M${atX} ${atY}`;
    else path += `${atX === lastX ? '' : `H${atX}`}${atY === lastY ? '' : `V${atY}`}`;
    [lastX, lastY] = [atX, atY];
  }
  return path;
}
