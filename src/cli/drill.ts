/** `woshou drill`: runs packetdrill scripts against a stack in virtual time, or the kernel; plain lines, TAP, JUnit. */
import { readFileSync, writeFileSync } from 'node:fs';
import { ArgumentError } from '../base/errors.ts';
import { DrillSyntaxError } from '../drill/drill-syntax-error.ts';
import { parseDrillScript } from '../drill/parse-script.ts';
import { type DrillResult, failureLines, ladderLines } from '../drill/report.ts';
import type { DrillRunOptions } from '../drill/run-options.ts';
import { runScript } from '../drill/runner.ts';
import { stackSubject } from '../drill/stack-subject.ts';
import { kernelSubject } from '../node/drill-kernel/kernel-subject.ts';
import { NodeTcpAuth } from '../node/tcp-auth.ts';
import { checkKernel, playOnKernel } from './drill-kernel.ts';
import type { DrillOutcome } from './drill-outcome.ts';
import { failureText } from './failure-text.ts';
import { junitReport } from './junit.ts';
import type { Screen } from './screen.ts';

export interface DrillCommandOptions {
  /** NAME=value. */
  readonly define: readonly string[];
  /** name=value, as `--name=value` on a script's first lines. */
  readonly set: readonly string[];
  readonly tap?: boolean;
  readonly junit?: string;
  readonly profile: 'linux' | 'rfc';
  readonly verbose?: boolean;
  readonly strict?: boolean;
  readonly lenient?: boolean;
  /** Against the Linux kernel, in real time, so many scripts at once. */
  readonly kernel?: boolean;
  readonly jobs: number;
  /** For drill-kernel.ts: this process plays one script, and tells the outcome as JSON. */
  readonly kernelChild?: boolean;
}

/** Real time is never exact; who wants it closer says so. */
const TOLERANCE = 'tolerance_usecs=14000';
const EXIT_FAILED = 1;
const EXIT_SYNTAX = 2;

/** Runs the scripts; resolves with the exit code: 0 all pass, 1 one fails, 2 one is no script or cannot be read. @throws ArgumentError */
export async function drillCommand(
  screen: Screen,
  files: readonly string[],
  options: DrillCommandOptions,
): Promise<number> {
  const defines = pairs('-D', options.define);
  const run: DrillRunOptions = {
    profile: options.profile,
    auth: new NodeTcpAuth(),
    mode: options.strict ? 'strict' : options.lenient ? 'lenient' : 'normal',
    options: pairs('--set', options.set),
    ...(options.kernelChild && { subject: kernelSubject }),
  };
  if (options.kernelChild) {
    screen.raw(JSON.stringify(runFile(screen, files[0] ?? '', defines, run)));
    return 0;
  }
  if (options.kernel) checkKernel();
  if (options.tap) screen.lines(['TAP version 14', `1..${files.length}`]);
  const outcomes: DrillOutcome[] = [];
  const tell = (outcome: DrillOutcome): void => {
    outcomes.push(outcome);
    if (options.tap) screen.lines(tapLines(outcome, outcomes.length));
    else screen.lines(plainLines(screen, outcome, options.verbose ?? false));
  };
  if (options.kernel) await playOnKernel(files, childArguments(options), options.jobs, tell);
  else for (const file of files) tell(runFile(screen, file, defines, run));
  if (options.junit !== undefined) writeFileSync(options.junit, junitReport(outcomes));
  const passed = outcomes.filter(({ outcome }) => outcome === 'pass').length;
  screen.line(`${options.tap ? '# ' : ''}${passed} pass of ${files.length}`);
  if (outcomes.some(({ outcome }) => outcome === 'syntax')) return EXIT_SYNTAX;
  return passed === files.length ? 0 : EXIT_FAILED;
}

/** What a process that plays one script has to know. */
function childArguments(options: DrillCommandOptions): string[] {
  return [
    ...options.define.flatMap((text) => ['--define', text]),
    ...[TOLERANCE, ...options.set].flatMap((text) => ['--set', text]),
    ...(options.strict ? ['--strict'] : []),
    ...(options.lenient ? ['--lenient'] : []),
  ];
}

function runFile(
  screen: Screen,
  file: string,
  defines: ReadonlyMap<string, string>,
  options: DrillRunOptions,
): DrillOutcome {
  const startMs = performance.now();
  const done = (
    outcome: DrillOutcome['outcome'],
    lines: readonly string[],
    result: DrillResult | null,
  ): DrillOutcome => {
    return { file, outcome, lines, elapsedMs: performance.now() - startMs, result };
  };
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { message } = failureText(error as Error, screen.language);
    return done('syntax', [screen.say({ en: `cannot be read: ${message}`, zh: `读不了：${message}` })], null);
  }
  try {
    const script = parseDrillScript(text, { file, defines, ipVersion: options.options?.get('ip_version') });
    // Played in virtual time first: code that runs for the first time is slow, and real time would notice.
    if (options.subject !== undefined) runScript(script, { ...options, subject: stackSubject });
    const result = runScript(script, options);
    return done(result.hasPassed ? 'pass' : 'fail', failureLines(result, text), result);
  } catch (error) {
    if (!(error instanceof DrillSyntaxError)) throw error;
    return done('syntax', error.message.split('\n'), null);
  }
}

function plainLines(screen: Screen, { file, outcome, lines, result }: DrillOutcome, isVerbose: boolean): string[] {
  const { colors } = screen;
  if (outcome !== 'pass') return [`${colors.red('✗')} ${file}`, ...lines.map((line) => `  ${line}`)];
  const passed = [`${colors.green('✓')} ${file}`];
  if (!isVerbose || result === null) return passed;
  const extras = [
    ...result.printed,
    ...result.leftover.map((packet) => screen.say({ en: `not in the script: ${packet}`, zh: `脚本未提及：${packet}` })),
  ];
  if (result.pushDifferences > 0) {
    const { pushDifferences } = result;
    extras.push(
      screen.say({
        en: `PSH differs on ${pushDifferences} segments`,
        zh: `${pushDifferences} 个报文段的 PSH 与脚本不同`,
      }),
    );
  }
  return [...passed, ...ladderLines(result.trace), ...extras].map((line, index) => (index === 0 ? line : `  ${line}`));
}

/** One test point, its diagnostics in YAML. */
function tapLines({ file, outcome, lines }: DrillOutcome, number: number): string[] {
  const point = `${outcome === 'pass' ? 'ok' : 'not ok'} ${number} - ${file.replace(/[\\#]/g, '\\$&')}`;
  if (outcome === 'pass') return [point];
  const [message = '', ...details] = lines;
  return [
    point,
    '  ---',
    `  message: ${JSON.stringify(message)}`,
    '  details: |',
    ...details.map((line) => `    ${line}`),
    '  ...',
  ];
}

function pairs(argument: string, texts: readonly string[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new ArgumentError(argument, `'${text}' is not of the form NAME=value`);
    map.set(text.slice(0, equals), text.slice(equals + 1));
  }
  return map;
}
