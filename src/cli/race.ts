/** `woshou race`: flows with different congestion controls over one bottleneck, watched live, kept as chart and data. */
import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ArgumentError } from '../base/errors.ts';
import { Race, type RaceOptions, type RaceResult, raceCsv } from '../sim/index.ts';
import { failureText } from './failure-text.ts';
import type { Text } from './language.ts';
import { RaceArgumentProblem, type RaceCommandOptions, raceOptionsOf } from './race-arguments.ts';
import { headLine, liveLines, resultLines } from './race-table.ts';
import { redraw } from './redraw.ts';
import type { Screen } from './screen.ts';
import { figures } from './units.ts';

export type { RaceCommandOptions } from './race-arguments.ts';

/** How often the table is drawn anew, and signals are listened to. */
const REFRESH_MS = 100;
const STANDARD_OUTPUT = '-';
/** What a shell reports for a program that SIGINT ended. */
const EXIT_INTERRUPTED = 130;

type Output = 'svg' | 'csv' | 'json';
const OUTPUTS: readonly Output[] = ['svg', 'csv', 'json'];

/**
 * Runs the race. Resolves with the exit code: 1 for a file that cannot be written or a flow that failed, 2 for arguments
 * that cannot be, 130 when interrupted (what was run until then is shown and written).
 */
export async function raceCommand(
  screen: Screen,
  controls: readonly string[],
  options: RaceCommandOptions,
): Promise<number> {
  const asked = raceOptionsOf(controls, options);
  if (asked instanceof RaceArgumentProblem) {
    screen.fail(screen.say(asked.message), screen.say(asked.fix));
    return 2;
  }
  const problem = checkOutputs(screen, options);
  if (problem !== null) {
    screen.fail(...problem);
    return 1;
  }
  const race = raceOf(screen, asked);
  if (race === null) return 2;
  const isQuiet = OUTPUTS.some((kind) => options[kind] === STANDARD_OUTPUT);
  if (!isQuiet) screen.line(headLine(screen, race));
  const wasInterrupted = await runWatched(screen, race, !isQuiet && screen.canRedraw);
  const result = race.result();
  if (wasInterrupted) screen.problem(interruptedText(screen, result));
  if (!isQuiet) screen.lines(resultLines(screen, result));
  for (const kind of OUTPUTS) {
    const file = options[kind];
    if (file !== undefined) await writeOutput(screen, kind, file, result);
  }
  if (wasInterrupted) return EXIT_INTERRUPTED;
  return reportFailures(screen, result) ? 1 : 0;
}

/** What the simulator takes, by the argument it complains about. */
const RANGES: Readonly<Record<string, Text>> = {
  rateBps: { en: '--rate must be from 10kbit to 10gbit', zh: '--rate 的范围是 10kbit 到 10gbit' },
  rttMs: { en: '--rtt must be 10s at most', zh: '--rtt 最大为 10s' },
  durationMs: { en: '--duration must be from 1ms to 24h', zh: '--duration 的范围是 1ms 到 24h' },
  intervalMs: { en: '--interval must be 1ms at least', zh: '--interval 最小为 1ms' },
  'queue.packets': { en: '--queue must be from 1p to 60000p', zh: '--queue 的范围是 1p 到 60000p' },
  'queue.bytes': { en: '--queue must hold one packet (1500 B) at least', zh: '--queue 至少要容纳一个分组（1500 B）' },
  queue: {
    en: 'more than 48 MiB would be on the way or in the queue: lower --rate, --rtt or --queue',
    zh: '在途和排队的数据会超过 48 MiB，请降低 --rate、--rtt 或 --queue',
  },
};

/** Null for values the simulator does not take, which is said. */
function raceOf(screen: Screen, options: RaceOptions): Race | null {
  try {
    return new Race(options);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    const range = RANGES[error.argument ?? ''];
    screen.fail(range === undefined ? failureText(error, screen.language).message : screen.say(range));
    return null;
  }
}

/** True when a signal ended it early. */
async function runWatched(screen: Screen, race: Race, isLive: boolean): Promise<boolean> {
  const stop = { wanted: false };
  const listener = (): void => {
    stop.wanted = true;
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, listener);
  const startedMs = performance.now();
  let drawnLines = 0;
  let nextMs = startedMs;
  try {
    while (!stop.wanted && race.advance()) {
      const nowMs = performance.now();
      if (nowMs < nextMs) continue;
      nextMs = nowMs + REFRESH_MS;
      if (isLive) drawnLines = redraw(screen, drawnLines, liveLines(screen, race, startedMs, nowMs));
      await setImmediate();
    }
    return stop.wanted;
  } finally {
    // The result takes the place of the table.
    if (isLive) redraw(screen, drawnLines, []);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, listener);
  }
}

/** Looked at before the race: an hour of simulation should not end at a folder that does not exist. */
function checkOutputs(screen: Screen, options: RaceCommandOptions): [message: string, fix: string] | null {
  const fixes: Text = {
    en: 'name a file in an existing folder that you may write to',
    zh: '请指定一个已有目录中可写的文件',
  };
  const streams = OUTPUTS.filter((kind) => options[kind] === STANDARD_OUTPUT);
  if (streams.length > 1) {
    const names = streams.map((kind) => `--${kind}`).join(', ');
    return [
      screen.say({ en: `only one of ${names} can go to the standard output`, zh: `${names} 只能有一个写到标准输出` }),
      screen.say({ en: 'name files for the others', zh: '其余的请写到文件' }),
    ];
  }
  for (const kind of OUTPUTS) {
    const file = options[kind];
    if (file === undefined || file === STANDARD_OUTPUT) continue;
    const error = unwritable(file);
    if (error === null) continue;
    const reason = failureText(error, screen.language).message;
    const message = { en: `--${kind}: cannot write ${file}: ${reason}`, zh: `--${kind}：无法写入 ${file}：${reason}` };
    return [screen.say(message), screen.say(fixes)];
  }
  return null;
}

function unwritable(file: string): Error | null {
  try {
    if (!existsSync(file)) accessSync(dirname(file), constants.W_OK);
    else if (statSync(file).isDirectory())
      return Object.assign(new Error(`${file} is a directory`), { code: 'EISDIR' });
    else accessSync(file, constants.W_OK);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function writeOutput(screen: Screen, kind: Output, file: string, result: RaceResult): Promise<void> {
  const text = await textOf(screen, kind, result);
  if (file === STANDARD_OUTPUT) {
    screen.raw(text);
    return;
  }
  writeFileSync(file, text);
  screen.problem(`${screen.say(WRITTEN[kind])} ${file}`);
}

const WRITTEN: Readonly<Record<Output, Text>> = {
  svg: { en: 'chart:', zh: '图表：' },
  csv: { en: 'data (CSV):', zh: '数据（CSV）：' },
  json: { en: 'data (JSON):', zh: '数据（JSON）：' },
};

async function textOf(screen: Screen, kind: Output, result: RaceResult): Promise<string> {
  if (kind === 'csv') return raceCsv(result);
  if (kind === 'json') return `${JSON.stringify(result)}\n`;
  // Half a megabyte that only a chart needs.
  const { raceChart } = await import('./race-chart.ts');
  return raceChart(result, screen.language);
}

function interruptedText(screen: Screen, { nowMs }: RaceResult): string {
  const seconds = figures(nowMs / 1000);
  return screen.say({
    en: `interrupted after ${seconds} s of virtual time; what follows holds until then`,
    zh: `运行到虚拟时间 ${seconds} s 时被中断，以下是到此为止的结果`,
  });
}

function reportFailures(screen: Screen, result: RaceResult): boolean {
  const failed = result.summary.flows.flatMap((flow, index) =>
    flow.error === null ? [] : [`${index + 1} ${flow.control}: ${flow.error}`],
  );
  if (failed.length === 0) return false;
  screen.fail(
    screen.say({ en: `connections broke: ${failed.join(', ')}`, zh: `连接断开：${failed.join('，')}` }),
    screen.say({
      en: 'the path loses more than TCP survives; lower --loss or lengthen --queue',
      zh: '链路丢包超出 TCP 能承受的程度；请降低 --loss 或加大 --queue',
    }),
  );
  return true;
}
