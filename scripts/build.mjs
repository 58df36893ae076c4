/**
 * The build: tsc writes dist/, files whose source is gone are removed, names of constants become numbers, the command line is
 * bundled into one file, the HTTP parser into its module.
 * A stamp holds the hash of what was built; it is gone while a build runs and stays away when one fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleCli, bundleDnsLibrary, bundleWeb } from './bundle.mjs';
import { inlineConstants } from './constants.mjs';
import { filesBelow, root, sourcesHash, stampPath } from './files.mjs';
import { fail, say } from './words.mjs';

const hash = sourcesHash();
rmSync(stampPath, { force: true });
compile();
removeOrphans();
nameDeclarationsAsJs();
inlineConstants('dist');
if (existsSync(join(root, 'src/cli/main.ts'))) await bundleCli();
else say('no src/cli/main.ts: the command line is left out.', '没有 src/cli/main.ts：不生成命令行。');
await bundleWeb();
await bundleDnsLibrary();
mkdirSync(dirname(stampPath), { recursive: true });
writeFileSync(stampPath, hash);

/** All of it: a module whose imports changed has other numbers in it, which tsc alone would not write again. */
function compile() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', '--force', '--pretty', 'false'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) fail('tsc found errors.', 'tsc 发现错误。');
}

/** tsc never deletes: without this a renamed module would be published for ever. */
function removeOrphans() {
  for (const path of filesBelow('dist')) {
    if (!/\.(?:js|d\.ts)$/.test(path) || path.startsWith('dist/bin/')) continue;
    const source = path.replace(/^dist\//, 'src/').replace(/(?:\.d\.ts|\.js)$/, '.ts');
    if (!existsSync(join(root, source))) rmSync(join(root, path));
  }
}

/** tsc rewrites './x.ts' to './x.js' in JavaScript only; in declarations older compilers of our users would stumble over it. */
function nameDeclarationsAsJs() {
  for (const path of filesBelow('dist').filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(root, path), 'utf8');
    const renamed = text.replace(/((?:from|import|import\()\s*['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2');
    if (renamed !== text) writeFileSync(join(root, path), renamed);
  }
}
