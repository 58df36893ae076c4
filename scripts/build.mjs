/** The build: tsc writes dist/, files whose source is gone are removed, the command line is bundled into one file. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleCli } from './bundle.mjs';
import { filesBelow, root, sourcesHash, stampPath } from './files.mjs';
import { fail, say } from './words.mjs';

const hash = sourcesHash();
rmSync(stampPath, { force: true });
compile();
removeOrphans();
if (existsSync(join(root, 'src/cli/main.ts'))) await bundleCli();
else say('no src/cli/main.ts: the command line is left out.', '没有 src/cli/main.ts：不生成命令行。');
mkdirSync(dirname(stampPath), { recursive: true });
writeFileSync(stampPath, hash);

function compile() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', '--pretty', 'false'], { cwd: root, stdio: 'inherit' });
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
