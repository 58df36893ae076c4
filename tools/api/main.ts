/**
 * Keeps api/*.d.ts: the public interface of every entry as it was last agreed to. Without arguments it compares and fails
 * with the differing lines; with --update it rewrites the files. Reads dist/, so build first.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { optionsOf } from '../command-line.ts';
import { Declarations } from './declarations.ts';
import { differences } from './diff.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const USAGE = `usage: npm run api:check, npm run api:update
  --update  rewrite the files instead of comparing`;

const { update } = optionsOf(
  USAGE,
  () =>
    parseArgs({
      options: { update: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    }).values,
);
const declarations = new Declarations();
/** Entries that the main one stands on. */
const BELOW: readonly string[] = ['./wire', './tcp'];
let changed = 0;
let missing = 0;

mkdirSync(join(root, 'api'), { recursive: true });
for (const [subpath, file] of entries()) {
  const title = `${subpath === '.' ? 'index' : subpath.slice(2).replaceAll('/', '-')}.d.ts`;
  const snapshot = join('api', title);
  if (!existsSync(join(root, file))) {
    missing++;
    report(snapshot, [`${file} is missing: the package promises it`]);
    continue;
  }
  const head = `// What 'woshou${subpath.slice(1)}' exports. Written by "npm run api:update".\n\n`;
  const now = head + declarations.describe(join(root, file), title);
  const then = existsSync(join(root, snapshot)) ? readFileSync(join(root, snapshot), 'utf8') : '';
  if (now === then) continue;
  if (update) writeFileSync(join(root, snapshot), now);
  report(snapshot, update ? ['written'] : differences(then, now));
}
console.log(
  changed === 0
    ? 'api: as agreed'
    : `api: ${changed} ${update ? 'rewritten' : 'changed; if meant so: npm run api:update'}`,
);
if (missing > 0 || (changed > 0 && !update)) process.exitCode = 1;

/** In the order of the package, but what others stand on comes first: its declarations are then found under its own name. */
function entries(): [string, string][] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const found = Object.entries(exports).flatMap(([subpath, target]): [string, string][] =>
    typeof target === 'object' && target !== null && 'types' in target ? [[subpath, String(target.types)]] : [],
  );
  const isBelow = ([subpath]: [string, string]): boolean => BELOW.includes(subpath);
  return [...found.filter(isBelow), ...found.filter((entry) => !isBelow(entry))];
}

function report(snapshot: string, lines: readonly string[]): void {
  changed++;
  console.log([`api: ${snapshot}`, ...lines.map((line) => `  ${line}`)].join('\n'));
}
