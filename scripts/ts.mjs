/**
 * Runs a TypeScript program of this repository on Node 20, which cannot strip types: bundle, then import.
 *
 *   node scripts/ts.mjs tools/api/main.ts --update
 *
 * Packages stay outside the bundle; `import.meta.url` and `import.meta.dirname` are those of the source file.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { root } from './files.mjs';
import { keepImportMeta } from './import-meta.mjs';
import { fail } from './words.mjs';

const [program, ...args] = process.argv.slice(2);
if (!program) fail('usage: node scripts/ts.mjs program.ts [arguments]', '用法：node scripts/ts.mjs 程序.ts [参数]');

const input = resolve(program);
// Outside node_modules, so that the package may import itself by name.
const folder = join(root, '.cache', String(process.pid));
mkdirSync(folder, { recursive: true });
const file = join(folder, 'program.mjs');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const bundle = await rolldown({
  input,
  cwd: root,
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/') && id !== input,
  logLevel: 'warn',
  plugins: [{ name: 'import-meta-of-the-source', transform: keepImportMeta }],
});
await bundle.write({ file, format: 'esm', codeSplitting: false, sourcemap: 'inline' });
await bundle.close();
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], input, ...args];
await import(pathToFileURL(file).href);
