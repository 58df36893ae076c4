/**
 * Runs Node's own tests of `net` against ours: every test-net-* file in a process of its own, with our module in place of
 * Node's. Prints a line for each that does not pass, and `N pass of M`.
 *
 *   npm run test:node-net -- FOLDER [part of a name …]
 *
 * FOLDER is `test` of Node's source tree. Nothing is downloaded here.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { findTests, runTest, type TestFile, type TestResult } from './run-test.ts';

const root = join(import.meta.dirname, '../..');
const HOW = `give the folder test/ of Node's source (version 20): it must hold parallel/, sequential/, common/ and fixtures/.
Debian has it as a source package:
  apt-get source --download-only nodejs     (with a deb-src line for a release that has Node 20)
  tar -xf nodejs_*.orig.tar.xz --strip-components=1 --wildcards '*/test/parallel/test-net-*' \\
    '*/test/sequential/test-net-*' '*/test/common' '*/test/fixtures'
  npm run test:node-net -- test`;

const [folder, ...parts] = process.argv.slice(2);
if (folder === undefined || !existsSync(join(folder, 'parallel')) || !existsSync(join(folder, 'common/index.js'))) {
  console.error(HOW);
  process.exit(2);
}

const tests = findTests(resolve(folder)).filter(
  ({ name }) => parts.length === 0 || parts.some((p) => name.includes(p)),
);
const beyond = readBeyond(join(root, 'docs/node-net.md'));
const scratch = mkdtempSync(join(tmpdir(), 'woshou-node-net-'));
mkdirSync(join(root, '.cache'), { recursive: true });
const cache = mkdtempSync(join(root, '.cache/node-net-'));
let results: TestResult[] = [];
try {
  const substitute = await bundleSubstitute(cache);
  results = await runAll(tests, substitute);
} finally {
  rmSync(cache, { recursive: true, force: true });
  rmSync(scratch, { recursive: true, force: true });
}
report(results);

async function bundleSubstitute(into: string): Promise<string> {
  const file = join(into, 'substitute.mjs');
  const bundle = await rolldown({
    input: join(root, 'tools/node-net/substitute.ts'),
    cwd: root,
    platform: 'node',
    external: (id) => id.startsWith('node:'),
    logLevel: 'warn',
  });
  await bundle.write({ file, format: 'esm', codeSplitting: false, sourcemap: 'inline' });
  await bundle.close();
  return file;
}

async function runAll(files: readonly TestFile[], substitute: string): Promise<TestResult[]> {
  const found: TestResult[] = [];
  const waiting = [...files];
  const worker = async (id: number): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      found.push(await runTest(file, substitute, join(scratch, String(id)), id));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, (_, id) => worker(id)));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The table of docs/node-net.md: files that need more than TCP, with the reason. */
function readBeyond(path: string): ReadonlyMap<string, string> {
  if (!existsSync(path)) return new Map();
  const rows = readFileSync(path, 'utf8').matchAll(/^\| `(test-net-[^`]+)` \| (.+?) \|$/gm);
  return new Map([...rows].map(([, name = '', reason = '']) => [name, reason]));
}

function report(all: readonly TestResult[]): void {
  let unexpected = 0;
  for (const { name, outcome, ms, detail } of all) {
    const reason = beyond.get(name);
    if (outcome === 'pass') {
      if (reason !== undefined) console.log(`listed   ${name} ended well, which says nothing: ${reason}`);
      continue;
    }
    if (reason === undefined) unexpected++;
    console.log(`${outcome.padEnd(8)} ${name} ${Math.round(ms)} ms: ${reason ?? detail}`);
  }
  const passed = all.filter(({ name, outcome }) => outcome === 'pass' && !beyond.has(name)).length;
  if (unexpected > 0) console.log(`${unexpected} did not pass and are not listed in docs/node-net.md`);
  console.log(`${passed} pass of ${all.length}`);
  process.exitCode = unexpected > 0 ? 1 : 0;
}
