/**
 * Bundles src/cli/main.ts and the few packages it uses into dist/bin/woshou.js, so that installing woshou installs nothing
 * else, and writes the licences of what went in next to it. Node's own modules and koffi (optional, native) stay outside.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './files.mjs';

const outside = [/^node:/, 'koffi'];

export async function bundleCli() {
  const bundle = await rolldown({
    input: join(root, 'src/cli/main.ts'),
    cwd: root,
    platform: 'node',
    external: outside,
    logLevel: 'warn',
  });
  const file = join(root, 'dist/bin/woshou.js');
  const { output } = await bundle.write({ file, format: 'esm', codeSplitting: false, comments: { legal: true } });
  await bundle.close();
  const code = readFileSync(file, 'utf8');
  if (!code.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${code}`);
  chmodSync(file, 0o755);
  writeFileSync(join(root, 'dist/bin/LICENSES.txt'), licences(output.flatMap((chunk) => chunk.moduleIds ?? [])));
}

function licences(moduleIds) {
  const folders = new Set(moduleIds.map(packageFolder).filter((folder) => folder !== undefined));
  const head = 'dist/bin/woshou.js contains code of these packages, each under its own licence.\n';
  return [head, ...[...folders].sort().map(licenceOf)].join(`\n${'-'.repeat(80)}\n\n`);
}

function packageFolder(moduleId) {
  const path = moduleId.split('\0').at(-1) ?? '';
  const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path.split('/').join(sep));
  return match?.[1];
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : '';
  if (!text) throw new Error(`${name} brings no licence text: a bundle may not contain it.`);
  return `${name} ${version} (${license})\n\n${text}\n`;
}
