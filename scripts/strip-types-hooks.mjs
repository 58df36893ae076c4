/** The loader's side of strip-types.mjs. What was stripped once is kept in .cache/stripped until it would be another. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './files.mjs';

// Fields as the compiler of dist makes them.
const tsconfig = join(root, 'tsconfig.base.json');
const options = { sourcemap: true, target: 'es2022', tsconfig };
/** What the result depends on beside the source: the options, and the compiler's version. */
const surroundings = [import.meta.filename, tsconfig, join(root, 'package.json')].map((path) => readFileSync(path));

export async function load(url, context, next) {
  const [file] = url.split('?');
  if (!/\.tsx?$/.test(file) || file.includes('/node_modules/')) return next(url, context);
  return { format: 'module', source: await stripped(fileURLToPath(file)), shortCircuit: true };
}

async function stripped(path) {
  const source = readFileSync(path, 'utf8');
  const hash = createHash('sha256');
  for (const part of [...surroundings, source]) hash.update(part);
  const stamp = `//${hash.digest('hex')}\n`;
  const kept = join(root, '.cache', 'stripped', `${relative(root, path)}.mjs`);
  const known = readIfThere(kept);
  // The stamp stands last: a first line would move all others away from where the map has them.
  if (known?.endsWith(stamp)) return known;
  const code = `${await strip(path, source)}\n${stamp}`;
  mkdirSync(dirname(kept), { recursive: true });
  // Others may read it meanwhile.
  writeFileSync(`${kept}.${process.pid}`, code);
  renameSync(`${kept}.${process.pid}`, kept);
  return code;
}

async function strip(path, source) {
  const { transformSync } = await import('rolldown/utils');
  const { code, map, errors } = transformSync(path, source, options);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0].message}`);
  const encoded = Buffer.from(JSON.stringify({ ...map, sources: [path] })).toString('base64');
  return `${code}//# sourceMappingURL=data:application/json;base64,${encoded}`;
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
