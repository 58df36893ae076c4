/** Guides run: `js` blocks that begin with a file's name are files, `sh` blocks are commands, a `text` block is what one prints. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Those whose programs run in Node without anything else. */
const guides = ['dns.md', 'register.md', 'scan.md'];
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'woshou-guides-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/woshou'), 'junction');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Command {
  readonly line: string;
  readonly output: string;
}

function writeFilesOf(page: string): void {
  for (const [, name, code] of page.matchAll(/^```js\n\/\/ ([\w.-]+\.[cm]?js)\n(.*?)^```$/gms)) {
    writeFileSync(join(folder, name ?? ''), code ?? '');
  }
}

function commandsOf(page: string): Command[] {
  const blocks = page.matchAll(/^```sh\n(.*?)\n```\n\n```text\n(.*?)^```$/gms);
  return [...blocks].map(([, line = '', output = '']) => ({ line, output }));
}

/** `NAME=value node …`, without a shell. */
function run(line: string): Promise<string> {
  const words = line.split(' ');
  const start = words.indexOf('node');
  const env = { ...process.env };
  for (const word of words.slice(0, start)) {
    const [name = '', value = ''] = word.split('=');
    env[name] = value;
  }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words.slice(start + 1), { cwd: folder, env, timeout: 60_000 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

describe.each(guides)('%s', (guide) => {
  const page = readFileSync(join(root, 'docs/guides', guide), 'utf8');
  const commands = commandsOf(page);

  it('has something to run', () => {
    expect(commands.length).toBeGreaterThan(0);
  });

  it.each(commands)('$line', { timeout: 90_000 }, async ({ line, output }) => {
    writeFilesOf(page);
    expect(await run(line)).toBe(output);
  });
});
