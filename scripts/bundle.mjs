/**
 * Packages that dist/ takes along, so that installing woshou installs nothing else; the licences of what went in lie beside it.
 * src/cli/main.ts and the few packages it uses become dist/bin/woshou.js and the files it reads; Node's own modules and koffi (optional, native) stay
 * outside. What draws charts is large and seldom wanted: it becomes dist/bin/race-chart.js, shortened further.
 * The HTTP parser becomes part of dist/web/http-parser.js, the DNS message library part of dist/dns/library.js.
 */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './files.mjs';

/** White space, comments and dead code go, names stay: what a user of the command reports still names our functions. */
const readable = { compress: { keepNames: { function: true, class: true } }, mangle: false, codegen: true };

const outside = [/^node:/, 'koffi'];

/** One entry, a file for each command, and files for what several of them need: a command loads what it needs. */
export async function bundleCli() {
  const folder = join(root, 'dist/bin');
  const chart = { name: 'race-chart', source: /[\\/]race-chart\.ts$/ };
  rmSync(folder, { recursive: true, force: true });
  const bundle = await rolldown({
    input: { woshou: join(root, 'src/cli/main.ts') },
    cwd: root,
    platform: 'node',
    external: outside,
    logLevel: 'warn',
    plugins: [{ name: 'parts', resolveId: (id) => partOf(id, [chart]) }],
  });
  const { output } = await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    minify: readable,
    comments: { legal: true },
  });
  await bundle.close();
  const file = join(folder, 'woshou.js');
  const code = readFileSync(file, 'utf8');
  if (!code.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${code}`);
  chmodSync(file, 0o755);
  const modules = [
    ...output.flatMap((chunk) => chunk.moduleIds ?? []),
    ...(await bundleFile('src/cli/race-chart.ts', join(folder, `${chart.name}.js`), [], true)),
  ];
  writeFileSync(join(folder, 'LICENSES.txt'), licences('dist/bin', modules));
}

/** The one module of src/web/ that stands on a package takes it along; what it imports of ours stays outside, as in dist/. */
export async function bundleWeb() {
  const ours = {
    name: 'ours',
    resolveId: (id) => (/^\.{1,2}\//.test(id) ? { id: id.replace(/\.ts$/, '.js'), external: true } : null),
  };
  const bundle = await rolldown({
    input: join(root, 'src/web/http-parser.ts'),
    cwd: root,
    platform: 'browser',
    logLevel: 'warn',
    plugins: [ours],
  });
  const file = join(root, 'dist/web/http-parser.js');
  const { output } = await bundle.write({ file, format: 'esm', codeSplitting: false, comments: { legal: true } });
  await bundle.close();
  const modules = output.flatMap((chunk) => chunk.moduleIds ?? []);
  writeFileSync(join(root, 'dist/web/LICENSES.txt'), licences('dist/web', modules));
}

/** The one module of src/dns that uses a package takes it in. */
export async function bundleDnsLibrary() {
  const modules = await bundleFile('src/dns/library.ts', join(root, 'dist/dns/library.js'), [], true);
  writeFileSync(join(root, 'dist/dns/LICENSES.txt'), licences('dist/dns', modules));
}

/**
 * One file from one entry; `parts` are bundles of their own, imported by their names beside it. Two bundles share no code, so
 * that neither imports the other while it is still being evaluated. Returns the modules that went in.
 */
async function bundleFile(input, file, parts, minify = false) {
  const bundle = await rolldown({
    input: join(root, input),
    cwd: root,
    platform: 'node',
    external: outside,
    logLevel: 'warn',
    plugins: [{ name: 'parts', resolveId: (id) => partOf(id, parts) }],
  });
  const { output } = await bundle.write({
    file,
    format: 'esm',
    codeSplitting: false,
    minify,
    comments: { legal: true },
  });
  await bundle.close();
  return output.flatMap((chunk) => chunk.moduleIds ?? []);
}

function partOf(id, parts) {
  const part = parts.find(({ source }) => source.test(id));
  return part === undefined ? null : { id: `./${part.name}.js`, external: true };
}

function licences(place, moduleIds) {
  const folders = new Set(moduleIds.map(packageFolder).filter((folder) => folder !== undefined));
  const head = `The files in ${place} contain code of these packages, each under its own licence.\n`;
  return [head, ...[...folders].sort().map(licenceOf)].join(`\n${'-'.repeat(80)}\n\n`);
}

function packageFolder(moduleId) {
  const path = moduleId.split('\0').at(-1) ?? '';
  const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path.split('/').join(sep));
  return match?.[1];
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // The Apache licence wants the notice handed on as well.
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /^(?:licen[cs]e|notice)/i.test(entry.name));
  const text = files.map((file) => readFileSync(join(folder, file.name), 'utf8').trim()).join('\n\n');
  if (!text) throw new Error(`${name} brings no licence text: a bundle may not contain it.`);
  return `${name} ${version} (${license})\n\n${text}\n`;
}
