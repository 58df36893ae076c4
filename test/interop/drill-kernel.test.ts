/**
 * Our packetdrill scripts on the Linux kernel (`woshou drill --kernel`): what passes on our stack passes there, but for what
 * docs/drill-kernel.md explains. Real time, several scripts at once, each in a network namespace of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'test', 'drill');
const SCRIPTS = readdirSync(FOLDER, { encoding: 'utf8', recursive: true }).filter((name) => name.endsWith('.pkt'));
/** Rows of the table of differences begin with the script's name. */
const TABLE = readFileSync(join(ROOT, 'docs', 'drill-kernel.md'), 'utf8');
const DIFFERENT = new Set([...TABLE.matchAll(/^\| `([\w/-]+\.pkt)` \|/gm)].map(([, name]) => name ?? ''));
/** Percent of the scripts that may differ. */
const DIFFERENT_MAX = 5;
const ROOM_MS = 600_000;

const obstacle = namespaceObstacle();

describe('the table of differences', () => {
  it('names scripts there are, and few of them', () => {
    expect([...DIFFERENT].filter((name) => !SCRIPTS.includes(name))).toEqual([]);
    expect((100 * DIFFERENT.size) / SCRIPTS.length).toBeLessThanOrEqual(DIFFERENT_MAX);
  });
});

// Skipped with the reason printed: without root and a TUN device there is no kernel to play against.
describe.skipIf(obstacle !== null)(`scripts on the kernel${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  it(
    'pass as they do on our stack',
    async () => {
      const files = SCRIPTS.filter((name) => !DIFFERENT.has(name)).map((name) => join(FOLDER, name));
      const { code, stdout, stderr } = await NetworkNamespace.with(
        (namespace) =>
          namespace.startCli(['drill', '--kernel', '--jobs', '4', '--set', 'tolerance_usecs=40000', ...files], {
            LC_ALL: 'C',
          }).ended,
      );
      expect(`${stderr}${stdout}`.split('\n').filter((line) => line !== '' && !line.startsWith('✓'))).toEqual([
        `${files.length} pass of ${files.length}`,
      ]);
      expect(code).toBe(0);
    },
    ROOM_MS,
  );
});
