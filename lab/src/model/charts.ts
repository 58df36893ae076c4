/** Curves of a run up to a moment, as columns of numbers: time-sequence in the manner of tcptrace, window, round trip. Pure. */
import type { ConnectionView } from '../engine/host-view.ts';
import type { Words } from '../words/words.ts';
import type { Run } from './run.ts';

export interface Chart {
  readonly title: string;
  /** For those who cannot see it. */
  readonly text: string;
  readonly series: readonly { readonly name: string; readonly isLine: boolean }[];
  /** Seconds first, then a column for each series; null where it says nothing. */
  readonly data: readonly (readonly (number | null)[])[];
}

const POINTS_MAX = 2000;

interface Point {
  readonly seconds: number;
  readonly connection: ConnectionView;
}

/** The charts of the connection that sends most. */
export function chartsOf(run: Run, moment: number, words: Words): Chart[] {
  const host = senderOf(run, moment);
  if (host === null) return [];
  const points = pointsOf(run, moment, host);
  if (points.length < 2) return [];
  const entry = run.moments[moment]?.entry ?? 0;
  return [
    sequenceChart(run, entry, host, points, words),
    lineChart(`${words.congestionWindow} (B)`, points, (one) => one.cwnd, words),
    lineChart(
      `${words.roundTrip} (ms)`,
      points.filter(({ connection }) => connection.srttUs > 0),
      (one) => one.srttUs / 1000,
      words,
    ),
  ].filter(({ data }) => (data[0]?.length ?? 0) > 1);
}

/** The host that has sent most octets by then. */
function senderOf(run: Run, moment: number): string | null {
  const entry = run.moments[moment]?.entry ?? 0;
  const sent = new Map<string, number>();
  for (const { from, length, entry: born, protocol } of run.rows) {
    if (born < entry && protocol === 'tcp') sent.set(from, (sent.get(from) ?? 0) + (length ?? 0));
  }
  const [most] = [...sent].sort((a, b) => b[1] - a[1]);
  return most === undefined || most[1] === 0 ? null : most[0];
}

/** Changes of the host's first busy connection, thinned out evenly. */
function pointsOf(run: Run, moment: number, host: string): Point[] {
  const points: Point[] = [];
  let last: ConnectionView | null = null;
  for (let index = 0; index <= moment; index++) {
    const at = run.moments[index];
    const view = at?.hosts.find(({ name }) => name === host);
    const connection = view?.connections.find(({ state }) => state !== 'TIME-WAIT') ?? null;
    if (at === undefined || connection === null || connection === last) continue;
    last = connection;
    points.push({ seconds: at.timeUs / 1_000_000, connection });
  }
  const every = Math.ceil(points.length / POINTS_MAX);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
}

function lineChart(
  title: string,
  points: readonly Point[],
  pick: (connection: ConnectionView) => number,
  words: Words,
): Chart {
  const values = points.map(({ connection }) => pick(connection));
  const text = `${title}: ${values[0]?.toFixed(0) ?? ''} – ${values.at(-1)?.toFixed(0) ?? ''} (${words.seconds} ${points[0]?.seconds.toFixed(3) ?? ''} – ${points.at(-1)?.seconds.toFixed(3) ?? ''})`;
  return { title, text, series: [{ name: title, isLine: true }], data: [points.map(({ seconds }) => seconds), values] };
}

/** Data as points where they were sent, acknowledgments and the edge of the window as lines. */
function sequenceChart(run: Run, entry: number, host: string, points: readonly Point[], words: Words): Chart {
  const sent = run.rows.filter(
    (row) => row.entry < entry && row.from === host && row.protocol === 'tcp' && (row.length ?? 0) > 0,
  );
  const every = Math.ceil(sent.length / POINTS_MAX);
  const merged = [
    ...sent
      .filter((_, index) => index % every === 0)
      .map((row) => ({
        seconds: row.timeUs / 1_000_000,
        data: (row.seq ?? 0) + (row.length ?? 0),
        una: null,
        edge: null,
      })),
    ...points.map(({ seconds, connection }) => {
      const una = (connection.sndUna - connection.iss) >>> 0;
      return { seconds, data: null, una, edge: una + connection.sndWnd };
    }),
  ].sort((a, b) => a.seconds - b.seconds);
  // A window of a megabyte would press a transfer of a few kilobytes into one line.
  const top = Math.max(...sent.map((row) => (row.seq ?? 0) + (row.length ?? 0)), 1) * 1.5;
  return {
    title: words.timeSequence,
    text: `${words.timeSequence}: ${sent.length}`,
    series: [
      { name: words.sentData, isLine: false },
      { name: words.ackLine, isLine: true },
      { name: words.windowLine, isLine: true },
    ],
    data: [
      merged.map(({ seconds }) => seconds),
      merged.map(({ data }) => data),
      merged.map(({ una }) => una),
      merged.map(({ edge }) => (edge === null ? null : Math.min(edge, top))),
    ],
  };
}
