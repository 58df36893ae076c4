/** What ran: the JSON report of Vitest, reduced to file, titles, outcome and the first line of a failure. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, sep } from 'node:path';

export type Outcome = 'passed' | 'failed' | 'not-run';

export interface TestResult {
  /** Path relative to the project, with forward slashes. */
  readonly file: string;
  /** Titles of the groups around the test, then its own. */
  readonly titles: readonly string[];
  readonly outcome: Outcome;
  /** First line of what went wrong, '' when nothing did. */
  readonly failure: string;
}

/** A run of Vitest: its tests, and files that could not be loaded at all. */
export interface TestRun {
  readonly results: readonly TestResult[];
  readonly brokenFiles: readonly { readonly file: string; readonly failure: string }[];
}

interface VitestJson {
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults?: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** Reads the JSON that `vitest run --reporter=json` writes. Throws when it is not such a report. */
export function parseResults(text: string, root: string): TestRun {
  const report = JSON.parse(text) as VitestJson;
  if (!Array.isArray(report.testResults)) throw new Error('not a Vitest JSON report: testResults is missing');
  const results: TestResult[] = [];
  const brokenFiles: { file: string; failure: string }[] = [];
  for (const suite of report.testResults) {
    const file = relativePath(suite.name, root);
    const tests = suite.assertionResults ?? [];
    if (suite.status === 'failed' && !tests.some((test: { status: string }) => test.status === 'failed')) {
      brokenFiles.push({ file, failure: firstLine(suite.message ?? '') });
    }
    for (const test of tests) {
      results.push({
        file,
        titles: [...test.ancestorTitles.filter((title: string) => title !== ''), test.title],
        outcome: test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'not-run',
        failure: firstLine(test.failureMessages?.[0] ?? ''),
      });
    }
  }
  return { results, brokenFiles };
}

export interface RunOptions {
  readonly root: string;
  readonly files: readonly string[];
  /** Full name of one test, groups and title joined by a space; all tests of the files without it. */
  readonly testName?: string;
  readonly timeLimitMs: number;
}

/** Runs Vitest on some files of a tree and reads its report. `null` when it did not end in time. */
export function runTests(options: RunOptions): TestRun | null {
  const folder = mkdtempSync(join(tmpdir(), 'woshou-report-'));
  const output = join(folder, 'results.json');
  try {
    const ended = spawnSync(
      process.execPath,
      [
        join(options.root, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        ...options.files,
        ...(options.testName === undefined ? [] : ['-t', `^${escapePattern(options.testName)}$`]),
        '--reporter=json',
        `--outputFile=${output}`,
        '--configLoader=runner',
        '--no-cache',
      ],
      {
        cwd: options.root,
        encoding: 'utf8',
        timeout: options.timeLimitMs,
        killSignal: 'SIGKILL',
        env: quietEnvironment(),
      },
    );
    if (ended.error !== undefined && 'code' in ended.error && ended.error.code === 'ETIMEDOUT') return null;
    if (!existsSync(output)) throw new Error(`vitest wrote no report:\n${ended.stdout}\n${ended.stderr}`);
    return parseResults(readFileSync(output, 'utf8'), options.root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Vitest inside Vitest (the tests of this tool) must not take itself for a worker of the outer one. */
function quietEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  for (const name of Object.keys(environment))
    if (/^(VITEST|TEST$|NODE_OPTIONS|FORCE_COLOR)/.test(name)) delete environment[name];
  return environment;
}

export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function relativePath(name: string, root: string): string {
  return (isAbsolute(name) ? relative(root, name) : name).split(sep).join('/');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}
