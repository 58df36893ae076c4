/** The examples for runners other than vitest, as a user would start them; those for vitest are run with all other tests. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const jest = join(root, 'node_modules/jest/bin/jest.js');
const LIMIT_MS = 120_000;

function run(folder: string, args: readonly string[], nodeOptions = ''): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(root, folder),
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: { ...process.env, NODE_OPTIONS: nodeOptions, NODE_TEST_CONTEXT: undefined },
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout + stderr;
}

describe('examples/testing', () => {
  it('runs with node:test', { timeout: LIMIT_MS }, () => {
    const output = run('examples/testing/node', ['--test', '--test-reporter=tap', 'retry.test.mjs']);
    expect(output).toMatch(/# pass 3\n# fail 0/);
  });

  it('runs with jest', { timeout: LIMIT_MS }, () => {
    expect(existsSync(jest)).toBe(true);
    const output = run('examples/testing/jest', [jest, '-i', '--watchman=false'], '--experimental-vm-modules');
    expect(output).toMatch(/Tests: +3 passed, 3 total/);
  });
});
