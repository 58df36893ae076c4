/**
 * Before packing: declarations that no entry of the package leads to are removed from dist/. Nobody can import their modules, so nobody
 * reads them. The compiler wants them for its next run, so the stamp goes as well and the next build makes them again.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { filesBelow, root, stampPath } from './files.mjs';

const IMPORT = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g;

const reached = new Set();
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
for (const entry of declarationsOf(exports)) reach(normalize(entry));
for (const path of filesBelow('dist')) {
  if (path.endsWith('.d.ts') && !reached.has(normalize(path))) rmSync(join(root, path));
}
rmSync(stampPath, { force: true });

/** Every `types` of the entries, whatever the conditions around it. */
function declarationsOf(value) {
  if (typeof value === 'string') return value.endsWith('.d.ts') ? [value] : [];
  return Object.values(value ?? {}).flatMap(declarationsOf);
}

function reach(path) {
  if (reached.has(path) || !existsSync(join(root, path))) return;
  reached.add(path);
  for (const [, imported] of readFileSync(join(root, path), 'utf8').matchAll(IMPORT)) {
    reach(join(dirname(path), imported.replaceAll('/', sep)).replace(/\.js$/, '.d.ts'));
  }
}
