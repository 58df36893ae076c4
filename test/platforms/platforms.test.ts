/**
 * The same program in Node, in a browser's page and worker, in Deno and in Bun: bundled from dist/ as a user's bundler does it, so that
 * anything of Node's in that path would show.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Bun and Deno, in a package of their own. */
const RUNTIMES = join(root, 'test/platforms/runtimes');
const LINES = [
  expect.stringMatching(/^echo: 1 MiB there and back in \d+ ms of virtual time$/),
  'back pressure: the writer waits for the reader',
  'release: octets go to the next reader',
  'half close: one direction ends, the other goes on',
  'reset: NetworkError on both streams',
  'http: GET, POST, PUT, HEAD, redirect, gzip, abort',
  'datagrams: question and answer',
];
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
];
const browser = BROWSERS.find((path) => existsSync(path));

let folder = '';
let program = '';
let site: Server;
let address = '';

beforeAll(async () => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache', 'platforms-'));
  program = join(folder, 'program.js');
  await bundle();
  const page = '<!doctype html><title>woshou</title><link rel="icon" href="data:,">';
  const worker =
    "import { run } from './program.js'; run().then((lines) => postMessage(lines), (e) => postMessage(String(e.stack)));";
  const files = new Map([
    ['/', ['text/html', page]],
    ['/program.js', ['text/javascript', readFileSync(program, 'utf8')]],
    ['/worker.js', ['text/javascript', worker]],
  ]);
  site = createServer((request, response) => {
    const [type, text] = files.get(request.url ?? '') ?? [];
    response.writeHead(type === undefined ? 404 : 200, { 'content-type': type ?? 'text/plain' }).end(text);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  writeFileSync(
    join(folder, 'main.js'),
    "import { run } from './program.js';\nconsole.log(JSON.stringify(await run()));\n",
  );
});

afterAll(async () => {
  await new Promise((resolve) => (site === undefined ? resolve(null) : site.close(resolve)));
  rmSync(folder, { recursive: true, force: true });
});

describe('the same program', () => {
  it('runs in Node', async () => {
    expect(await printed(process.execPath, [join(folder, 'main.js')])).toEqual(LINES);
  });

  it('runs in Deno', async () => {
    expect(
      await printed(process.execPath, [bin('deno'), 'run', '--no-lock', '--no-config', join(folder, 'main.js')]),
    ).toEqual(LINES);
  });

  it('runs in Bun', async () => {
    expect(await printed(bunProgram(), [join(folder, 'main.js')])).toEqual(LINES);
  });

  if (browser === undefined)
    console.log(`left out: the browser; none of ${BROWSERS.join(', ')} is there (apt-get install chromium)`);
  // Without a browser on the machine there is nothing to run it in; said above.
  it.skipIf(browser === undefined)('runs in a page and in a worker of Chromium', async () => {
    const chrome = await chromium.launch({ executablePath: browser ?? '', args: BROWSER_ARGUMENTS });
    try {
      const page = await chrome.newPage();
      const troubles: string[] = [];
      page.on('pageerror', (error) => troubles.push(error.message));
      await page.goto(address);
      // As text: these functions run in the page.
      expect(await page.evaluate("import('/program.js').then(({ run }) => run())")).toEqual(LINES);
      const inWorker = await page.evaluate(`new Promise((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
      })`);
      expect(inWorker).toEqual(LINES);
      expect(troubles).toEqual([]);
    } finally {
      await chrome.close();
    }
  });
});

/** One file from the program and dist/, as for a page. */
async function bundle(): Promise<void> {
  const entries: Record<string, string> = { 'woshou/sim': 'dist/sim/index.js', 'woshou/web': 'dist/web/index.js' };
  const built = await rolldown({
    input: join(root, 'test/platforms/program.ts'),
    platform: 'browser',
    plugins: [{ name: 'woshou', resolveId: (id) => (entries[id] === undefined ? null : join(root, entries[id])) }],
  });
  await built.write({ file: program, format: 'esm', codeSplitting: false });
  await built.close();
  expect(readFileSync(program, 'utf8')).not.toMatch(/\bnode:|\brequire\(|\bBuffer\./);
}

async function printed(command: string, args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: folder,
    timeout: 60_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

function bin(name: string): string {
  const path = createRequire(join(RUNTIMES, 'package.json')).resolve(`${name}/package.json`);
  const { bin: entry } = JSON.parse(readFileSync(path, 'utf8')) as { readonly bin: string | Record<string, string> };
  return join(dirname(path), typeof entry === 'string' ? entry : (entry[name] ?? ''));
}

/** Bun's program: where its install script has put it, or in the package of this platform when scripts are not run. */
function bunProgram(): string {
  const require = createRequire(join(RUNTIMES, 'node_modules/bun/package.json'));
  const { platform, arch } = process;
  const name = `@oven/bun-${platform === 'win32' ? 'windows' : platform}-${arch === 'arm64' ? 'aarch64' : arch}`;
  const packed = join(
    dirname(require.resolve(`${name}/package.json`)),
    'bin',
    platform === 'win32' ? 'bun.exe' : 'bun',
  );
  return existsSync(packed) ? packed : bin('bun');
}
