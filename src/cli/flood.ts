/** `woshou flood`: a SYN flood against a server of ours in the simulator, without SYN cookies and with them, watched second by second. */
import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { eventText } from './detection-watcher.ts';
import { failureText } from './failure-text.ts';
import { floodChart } from './flood-chart.ts';
import {
  FLOOD_DEFAULTS,
  type FloodAct,
  type FloodOptions,
  type FloodSample,
  FloodSimulation,
  type FloodSummary,
} from './flood-simulation.ts';
import type { Text } from './language.ts';
import type { Screen } from './screen.ts';
import { padEnd, padStart, widthOf, wrap } from './text-layout.ts';
import { figures } from './units.ts';

/** The options as they stand on the command line. */
export interface FloodCommandOptions {
  readonly rate: number;
  readonly backlog: number;
  readonly seconds: number;
  readonly visits: number;
  readonly seed: number;
  readonly svg?: string;
  readonly json?: string;
}

const STANDARD_OUTPUT = '-';
const EXIT_INTERRUPTED = 130;

/** Runs the flood. Resolves with the exit code: 1 when a file cannot be written, 130 when interrupted. */
export async function floodCommand(screen: Screen, options: FloodCommandOptions): Promise<number> {
  const plan: FloodOptions = {
    ...FLOOD_DEFAULTS,
    perSecond: options.rate,
    backlog: options.backlog,
    actMs: options.seconds * 1000,
    visitsPerSecond: options.visits,
    seed: options.seed,
  };
  const simulation = new FloodSimulation(plan);
  const isQuiet = [options.svg, options.json].includes(STANDARD_OUTPUT);
  const wasInterrupted = await runWatched(isQuiet ? null : screen, simulation);
  if (!isQuiet) screen.lines(summaryLines(screen, simulation));
  const result = {
    options: plan,
    samples: simulation.samples(),
    summary: simulation.summary(),
    events: simulation.detections,
  };
  const isWritten =
    (await write(screen, options.svg, async () => {
      const { panelChart } = await import('./race-chart.ts');
      return panelChart(floodChart(plan, result.samples, screen.language));
    })) && (await write(screen, options.json, () => Promise.resolve(`${JSON.stringify(result, null, 2)}\n`)));
  if (wasInterrupted) return EXIT_INTERRUPTED;
  return isWritten ? 0 : 1;
}

interface Column {
  readonly head: Text;
  readonly cell: (sample: FloodSample) => string;
}

const COLUMNS: readonly Column[] = [
  { head: { en: 'time', zh: '时间' }, cell: ({ timeMs }) => `${figures(timeMs / 1000)} s` },
  { head: { en: 'SYN/s', zh: 'SYN/s' }, cell: ({ synsPerSecond }) => figures(synsPerSecond) },
  { head: { en: 'half-open', zh: '半开连接' }, cell: ({ halfOpen }) => String(halfOpen) },
  { head: { en: 'dropped/s', zh: '丢弃/s' }, cell: ({ droppedPerSecond }) => figures(droppedPerSecond) },
  { head: { en: 'cookies/s', zh: 'cookie/s' }, cell: ({ cookiesPerSecond }) => figures(cookiesPerSecond) },
  { head: { en: 'served', zh: '已服务' }, cell: ({ served, visits }) => `${served}/${visits}` },
  { head: { en: 'p95', zh: 'p95' }, cell: ({ p95Ms }) => (p95Ms === null ? '–' : `${figures(p95Ms)} ms`) },
];

const WIDTH_MIN = 8;

const ACTS: Readonly<Record<FloodAct, Text>> = {
  calm: { en: 'calm', zh: '平静' },
  flood: { en: 'flood, no SYN cookies', zh: '洪泛，无 SYN cookie' },
  cookies: { en: 'flood, SYN cookies on', zh: '洪泛，启用 SYN cookie' },
};

/** A row per second, when the fate of its visits is known. True when a signal ended it. */
async function runWatched(screen: Screen | null, simulation: FloodSimulation): Promise<boolean> {
  let wasInterrupted = false;
  const stop = (): void => {
    wasInterrupted = true;
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, stop);
  screen?.line(
    row(
      screen,
      COLUMNS.map(({ head }) => screen.say(head)),
      screen.colors.bold,
    ),
  );
  let shown = 0;
  let act: FloodAct | null = null;
  try {
    while (!wasInterrupted && simulation.advance()) {
      await setImmediate();
      if (screen === null) continue;
      const known = simulation.nowMs - simulation.options.patienceMs;
      for (const sample of simulation.samples().slice(shown)) {
        if (sample.timeMs > known) break;
        if (sample.act !== act) screen.line(screen.colors.cyan(screen.say(ACTS[sample.act])));
        act = sample.act;
        const paint = sample.served * 2 < sample.visits ? screen.colors.red : (text: string): string => text;
        screen.line(
          row(
            screen,
            COLUMNS.map(({ cell }) => cell(sample)),
            paint,
          ),
        );
        shown++;
      }
    }
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, stop);
  }
  return wasInterrupted;
}

function row(screen: Screen, cells: readonly string[], paint: (text: string) => string): string {
  const widths = COLUMNS.map(({ head }) => Math.max(WIDTH_MIN, widthOf(screen.say(head))));
  return paint(cells.map((cell, index) => padStart(cell, widths[index] ?? 0)).join(' '));
}

function summaryLines(screen: Screen, simulation: FloodSimulation): string[] {
  const summary = simulation.summary();
  const width = Math.max(...Object.values(ACTS).map((text) => widthOf(screen.say(text))));
  const lines = summary.map(({ act, served, visits, p95Ms, syns }: FloodSummary) => {
    const share = visits === 0 ? '–' : `${((served / visits) * 100).toFixed(1)}%`;
    const p95 = p95Ms === null ? '–' : `${figures(p95Ms)} ms`;
    const text: Text = {
      en: `${share} of ${visits} visits served within 1 s, 95th percentile ${p95}, ${syns} SYNs`,
      zh: `${visits} 次访问中 ${share} 在 1 s 内得到服务，95 百分位 ${p95}，${syns} 个 SYN`,
    };
    return `${padEnd(screen.say(ACTS[act]), width)}  ${screen.say(text)}`;
  });
  const seen = simulation.detections.map((event) => {
    const time = `${figures(event.timeUs / 1e6)} s`;
    return screen.say({ en: `at ${time}: ${eventText(event).en}`, zh: `${time}：${eventText(event).zh}` });
  });
  return ['', ...lines, ...seen.flatMap((text) => wrap(`! ${text}`, screen.width))];
}

async function write(screen: Screen, file: string | undefined, make: () => Promise<string>): Promise<boolean> {
  if (file === undefined) return true;
  const text = await make();
  if (file === STANDARD_OUTPUT) {
    screen.raw(text);
    return true;
  }
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    const reason = failureText(error as Error, screen.language).message;
    screen.fail(screen.say({ en: `cannot write ${file}: ${reason}`, zh: `无法写入 ${file}：${reason}` }));
    return false;
  }
}
