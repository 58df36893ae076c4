/** The files of a build: which sources count, and one hash over them, so that "stale" means "different", not "older". */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const stampPath = join(root, 'dist', '.stamp');

const buildInputs = [
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.core.json',
  'tsconfig.node.json',
  'tsconfig.web.json',
  'tsconfig.json',
  'scripts/build.mjs',
  'scripts/bundle.mjs',
  'scripts/constants.mjs',
];

/** Every file below a folder, as sorted paths relative to the root with forward slashes. */
export function filesBelow(folder) {
  const found = [];
  const walk = (relative) => {
    if (!existsSync(join(root, relative))) return;
    for (const entry of readdirSync(join(root, relative), { withFileTypes: true })) {
      const path = `${relative}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  walk(folder);
  return found.sort();
}

export function sourcesHash() {
  const hash = createHash('sha256');
  for (const path of [...buildInputs, ...filesBelow('src').filter((name) => !name.endsWith('.test.ts'))]) {
    if (!existsSync(join(root, path))) continue;
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

export function isBuildFresh() {
  return existsSync(stampPath) && readFileSync(stampPath, 'utf8') === sourcesHash();
}
