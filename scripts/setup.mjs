/**
 * Makes a fresh checkout ready with nothing but Node and npm: installs what is missing or differs from the lock file,
 * builds when the sources changed since the last build. Quick (a fraction of a second) when there is nothing to do.
 * Folders named as arguments hold packages of their own, of tools that few need (`node scripts/setup.mjs tools/reference`); they
 * are installed as well.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBuildFresh, root } from './files.mjs';
import { fail, say } from './words.mjs';

checkNode();
for (const folder of ['.', ...process.argv.slice(2)]) if (!isInstalled(folder)) install(folder);
if (!isBuildFresh()) build();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Node 20.19 or newer is needed to build, this is ${process.versions.node}.`,
    `构建需要 Node 20.19 或更新版本，当前是 ${process.versions.node}。`,
  );
}

/** npm writes what it installed into a hidden lock file; packages of other platforms are missing from it, and may be. */
function isInstalled(folder) {
  const hidden = join(root, folder, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages ?? {};
  const wanted = JSON.parse(readFileSync(join(root, folder, 'package-lock.json'), 'utf8')).packages ?? {};
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return present[path] ? present[path].version === version : optional === true;
  });
}

function install(folder) {
  if (folder === '.') say('installing the development tools (npm ci) …', '正在安装开发工具（npm ci）……');
  else say(`installing the packages of ${folder} (npm ci) …`, `正在安装 ${folder} 的依赖（npm ci）……`);
  const args = ['ci', '--prefix', join(root, folder), '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', args, 'npm ci failed.', 'npm ci 失败。');
}

function build() {
  say('building dist/ …', '正在构建 dist/ ……');
  run(process.execPath, [join('scripts', 'build.mjs')], 'the build failed.', '构建失败。');
}

function run(command, args, english, chinese) {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell });
  if (status !== 0) fail(`${english}${error ? ` (${error.message})` : ''}`, chinese);
}
