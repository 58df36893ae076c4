/** The namespaces the other tests live in: cut off from the machine, and gone afterwards whatever happened. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const obstacle = namespaceObstacle();
// Skipped, with the reason in the title, where no namespace can be made.
const test = it.skipIf(obstacle !== null);
const because = obstacle === null ? '' : ` (skipped: ${obstacle})`;

function names(): string {
  return execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
}

test(`a namespace has loopback only, and is gone with its programs after a failure${because}`, async () => {
  let name = '';
  let pid = 0;
  const failing = NetworkNamespace.with(async (namespace) => {
    name = namespace.name;
    expect(names()).toContain(name);
    const links = namespace.run('ip', ['-o', 'link']).trim().split('\n');
    expect(links).toHaveLength(1);
    expect(links[0]).toMatch(/lo: <LOOPBACK,UP/);
    const program = namespace.start(process.execPath, ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)']);
    pid = Number(await program.line(/^\d+$/));
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    throw new Error('of the test');
  });
  await expect(failing).rejects.toThrow('of the test');
  expect(names()).not.toContain(name);
  for (let wait = 0; wait < 50 && existsSync(`/proc/${pid}`); wait++) await new Promise((r) => setTimeout(r, 20));
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test(`what a killed run left behind is removed by the next${because}`, () => {
  const dead = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
  const leftover = `woshou-${dead}-0`;
  const mine = NetworkNamespace.create();
  try {
    execFileSync('ip', ['netns', 'add', leftover]);
    expect(namespaceObstacle()).toBeNull();
    expect(names()).not.toContain(leftover);
    expect(names()).toContain(mine.name);
  } finally {
    mine.delete();
  }
});

test(`a program that ends or says nothing fails the wait for its line${because}`, async () => {
  await NetworkNamespace.with(async (namespace) => {
    const ended = namespace.start(process.execPath, ['-e', 'console.error("why"); process.exit(3)']);
    await expect(ended.line(/ready/)).rejects.toThrow(/ended before \/ready\/[\s\S]*why/);
    expect((await ended.ended).code).toBe(3);
    const silent = namespace.start(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await expect(silent.line(/ready/, 100)).rejects.toThrow(/100 ms passed/);
    await expect(namespace.exec(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], 200)).rejects.toThrow(
      /longer than 200 ms/,
    );
  });
});

it('names a command that is missing', () => {
  if (obstacle === null)
    expect(namespaceObstacle(['no-such-command'])).toBe('the command no-such-command is not installed');
});
