/** One scan while it runs: hosts are shown as they are done, and what was asked for is written. */
import { writeFileSync } from 'node:fs';
import type { HostReport, Scanner, ScanOptions } from '../scan/index.ts';
import { failureText } from './failure-text.ts';
import { redraw } from './redraw.ts';
import type { ScanRequest } from './scan-arguments.ts';
import { ScanExplainer } from './scan-explain.ts';
import { scanJson } from './scan-json.ts';
import type { ScanCommandOptions } from './scan-options.ts';
import { progressLine } from './scan-progress.ts';
import { counterLines, doneLine, hostLines, silenceLine } from './scan-text.ts';
import { type ScanResult, scanXml } from './scan-xml.ts';
import { Screen } from './screen.ts';
import { version } from './version.ts';

export const REFRESH_MS = 100;

export const STANDARD_OUTPUT = '-';

export const EXIT_INTERRUPTED = 130;

/** How a run is watched: the scanner's hour, one slice of work, and its early end. */
export interface Run {
  readonly scanner: Scanner;
  nowUs(): number;
  stop(): void;
  /** Resolves when the scan is over. */
  work(): Promise<void>;
}

/** What the scanner is told. */
export function scanOptionsOf(screen: Screen, request: ScanRequest, options: ScanCommandOptions): ScanOptions {
  const { targets, exclude, techniques, ports, looksForHosts, isShuffled, timing } = request;
  const plan = { targets, exclude, techniques, ports, looksForHosts, isShuffled, timing };
  return options.explain ? { ...plan, listener: new ScanExplainer(screen) } : plan;
}

/** Runs, shows hosts as they are done, writes what was asked for. */
export async function finish(
  screen: Screen,
  request: ScanRequest,
  options: ScanCommandOptions,
  run: Run,
  startMs: number,
  epochMs: number,
): Promise<number> {
  const toOutput = [options.outputNormal, options.outputXml, options.outputJson].includes(STANDARD_OUTPUT);
  const watch = new ScanWatch(toOutput ? null : screen, request, options, run);
  const { wasInterrupted, elapsedMs } = await watch.run();
  const isSim = options.sim === true || options.simHost.length > 0;
  const elapsedUs = isSim ? run.nowUs() : elapsedMs * 1000;
  const { hosts } = watch;
  const up = hosts.filter(({ state }) => state === 'up').length;
  const tail = (out: Screen): void => {
    if (options.verbose) out.lines(counterLines(out, run.scanner.counters));
    if (hosts.length > 0 && up === 0 && options.P === undefined) out.line(silenceLine(out));
    out.line(doneLine(out, hosts.length, up, elapsedUs / 1e6, isSim));
  };
  if (!toOutput) tail(screen);
  const result: ScanResult = {
    version: version(),
    args: `woshou ${process.argv.slice(2).join(' ')}`,
    startMs,
    endMs: startMs + elapsedUs / 1000,
    techniques: request.techniques,
    ports: request.ports,
    names: request.names,
    hosts,
    counters: run.scanner.counters,
    wasInterrupted,
    isVerbose: options.verbose ?? false,
    onlyOpen: options.open ?? false,
    epochMs,
  };
  const isWritten = writeOutputs(screen, options, result, (out) => {
    for (const host of hosts) watch.show(out, host);
    tail(out);
  });
  if (wasInterrupted) return EXIT_INTERRUPTED;
  return isWritten ? 0 : 1;
}

/** Shows the scan while it runs. */
export class ScanWatch {
  readonly hosts: HostReport[] = [];
  private readonly screen: Screen | null;
  private readonly request: ScanRequest;
  private readonly options: ScanCommandOptions;
  private readonly current: Run;
  private drawn = 0;

  constructor(screen: Screen | null, request: ScanRequest, options: ScanCommandOptions, run: Run) {
    this.screen = screen;
    this.request = request;
    this.options = options;
    this.current = run;
  }

  /** Until it is over, or a signal ends it; the time that took, without telling of it. */
  async run(): Promise<{ readonly wasInterrupted: boolean; readonly elapsedMs: number }> {
    const beginMs = performance.now();
    let elapsedMs = 0;
    let wasInterrupted = false;
    const stop = (): void => {
      wasInterrupted = true;
      this.current.stop();
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, stop);
    const timer = setInterval(() => this.refresh(), REFRESH_MS);
    try {
      await this.current.work();
      elapsedMs = performance.now() - beginMs;
    } finally {
      clearInterval(timer);
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, stop);
      this.takeReports();
      this.clear();
    }
    return { wasInterrupted, elapsedMs };
  }

  /** Writes the block of a host, unless it is down and nobody asked for those. */
  show(screen: Screen, host: HostReport): void {
    const { options, request } = this;
    if (host.state === 'down' && !options.verbose) return;
    const name = request.names.get(host.address) ?? null;
    screen.lines(
      hostLines(screen, host, { name, showsReason: options.reason ?? false, onlyOpen: options.open ?? false }),
    );
    if (host.state === 'up') screen.line();
  }

  private refresh(): void {
    this.takeReports();
    const { screen } = this;
    if (screen === null || !screen.canRedraw || this.options.explain) return;
    const { scanner } = this.current;
    this.drawn = redraw(screen, this.drawn, [progressLine(screen, scanner.progress(this.current.nowUs()))]);
  }

  private clear(): void {
    if (this.screen !== null && this.drawn > 0) this.drawn = redraw(this.screen, this.drawn, []);
  }

  private takeReports(): void {
    for (let host = this.current.scanner.takeReport(); host !== null; host = this.current.scanner.takeReport()) {
      this.hosts.push(host);
      if (this.screen === null) continue;
      this.clear();
      this.show(this.screen, host);
    }
  }
}

export function writeOutputs(
  screen: Screen,
  options: ScanCommandOptions,
  result: ScanResult,
  text: (out: Screen) => void,
): boolean {
  const outputs: readonly (readonly [string | undefined, () => string])[] = [
    [options.outputNormal, () => normalText(screen, text)],
    [options.outputXml, () => scanXml(result)],
    [options.outputJson, () => scanJson(result)],
  ];
  let isWritten = true;
  for (const [file, make] of outputs) {
    if (file === undefined) continue;
    try {
      if (file === STANDARD_OUTPUT) screen.raw(make());
      else writeFileSync(file, make());
    } catch (error) {
      isWritten = false;
      const reason = failureText(error as Error, screen.language).message;
      screen.fail(screen.say({ en: `cannot write ${file}: ${reason}`, zh: `无法写入 ${file}：${reason}` }));
    }
  }
  return isWritten;
}

/** The text as a file has it: no colours. */
export function normalText(screen: Screen, write: (out: Screen) => void): string {
  let text = '';
  const sink = { write: (more: string) => (text += more), columns: screen.width };
  write(new Screen({ language: screen.language, out: sink, err: sink, env: {}, color: false }));
  return text;
}
