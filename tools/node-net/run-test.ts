/** One of Node's test programs in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface TestFile {
  readonly name: string;
  readonly path: string;
}

export interface TestResult {
  readonly name: string;
  readonly outcome: 'pass' | 'fail' | 'skip' | 'timeout';
  readonly ms: number;
  /** The first line that says why, empty when it passed. */
  readonly detail: string;
}

const TIMEOUT_MS = 60_000;
const OUTPUT_MAX = 1 << 20;

export function findTests(folder: string): TestFile[] {
  return ['parallel', 'sequential'].flatMap((part) =>
    readdirSync(join(folder, part))
      .filter((name) => /^test-net-.*\.m?js$/.test(name))
      .sort()
      .map((name) => ({ name, path: join(folder, part, name) })),
  );
}

export async function runTest(file: TestFile, substitute: string, scratch: string, id: number): Promise<TestResult> {
  mkdirSync(scratch, { recursive: true });
  const flags = flagsOf(file.path);
  const args = [...flags, '--import', pathToFileURL(substitute).href, file.path];
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what the program has started ends with it.
    detached: true,
    env: { ...process.env, NODE_SKIP_FLAG_CHECK: '1', NODE_TEST_DIR: scratch, TEST_THREAD_ID: String(id) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      if (output.length < OUTPUT_MAX) output += text;
    });
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(child.pid);
  }, TIMEOUT_MS);
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearTimeout(timer);
  killGroup(child.pid);
  await closed;
  const ms = performance.now() - start;
  const isSkipped = /^1\.\.0 # Skipped/m.test(output);
  const outcome = isLate ? 'timeout' : code !== 0 ? 'fail' : isSkipped ? 'skip' : 'pass';
  return { name: file.name, outcome, ms, detail: outcome === 'pass' ? '' : reasonIn(output, isLate) };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Everybody has left already.
  }
}

/** The options the file asks for: `// Flags: --expose-internals`. */
function flagsOf(path: string): string[] {
  const [, flags = ''] = /^\/\/ Flags:(.*)$/m.exec(readFileSync(path, 'utf8')) ?? [];
  return flags.split(/\s+/).filter((flag) => flag !== '');
}

function reasonIn(output: string, isLate: boolean): string {
  const lines = output.split('\n').map((line) => line.trim());
  const named = lines.find((line) => /Error|Mismatched|# Skipped/.test(line));
  return `${isLate ? `no end within ${TIMEOUT_MS / 1000} s; ` : ''}${named ?? lines.find((line) => line !== '') ?? ''}`;
}
