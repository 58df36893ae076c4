/** Compiling the optional accelerator with the machine's C compiler and Node's own headers, without any other tool. */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ADDON_FOLDER, addonPath } from './addon.ts';
import { DeviceError } from './device-error.ts';

/** How to build. */
export interface AddonBuildOptions {
  /** The compiler. Default: $CC, or `cc`. */
  readonly compiler?: string;
  /** The folder with `node_api.h`. Default: where Node's headers usually are. */
  readonly headers?: string;
  /** Where to put it; default: beside the source, where it is found. */
  readonly output?: string;
}

/**
 * Compiles the addon for this machine; devices opened afterwards, in a new process, use it.
 * @returns its path
 * @throws DeviceError ERR_DEVICE_ADDON with the compiler's words and what to install.
 */
export async function buildAddon(options: AddonBuildOptions = {}): Promise<string> {
  if (process.platform !== 'linux') {
    throw new DeviceError('ERR_DEVICE_PLATFORM', `the addon is for Linux, this is ${process.platform}`);
  }
  const headers = options.headers ?? headersFolder();
  if (headers === null) {
    throw new DeviceError(
      'ERR_DEVICE_ADDON',
      `Node's headers were not found (looked in ${headerFolders().join(', ')})`,
      'run `npx node-gyp install`, or `sudo apt-get install libnode-dev`',
    );
  }
  const compiler = options.compiler ?? process.env.CC ?? 'cc';
  const output = options.output ?? addonPath();
  makeFolder(dirname(output));
  // Another process may be loading it: it is there whole or not at all.
  const unfinished = `${output}.${process.pid}`;
  const flags = ['-O2', '-shared', '-fPIC', '-Wall', '-I', headers];
  await run(compiler, [...flags, '-o', unfinished, join(ADDON_FOLDER, 'woshou-io.c')]);
  renameSync(unfinished, output);
  return output;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? '';
    const fix = 'run as the user who installed the package, or with sudo';
    throw new DeviceError('ERR_DEVICE_ADDON', `${folder} cannot be written to (${errno})`, fix, errno);
  }
}

/** The folder with Node's headers, null when there is none. */
export function headersFolder(): string | null {
  return headerFolders().find((folder) => existsSync(join(folder, 'node_api.h'))) ?? null;
}

function headerFolders(): string[] {
  return [
    join(dirname(process.execPath), '..', 'include', 'node'),
    '/usr/include/node',
    '/usr/local/include/node',
    join(homedir(), '.cache', 'node-gyp', process.versions.node, 'include', 'node'),
  ];
}

function run(compiler: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(compiler, args, { encoding: 'utf8', timeout: 120_000 }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else if (error.code === 'ENOENT') {
        const fix = 'install a C compiler (Debian: `sudo apt-get install gcc libc6-dev`) or set CC';
        reject(new DeviceError('ERR_DEVICE_ADDON', `there is no compiler ${compiler}`, fix, 'ENOENT'));
      } else reject(new DeviceError('ERR_DEVICE_ADDON', `${compiler} failed:\n${stderr.trim()}`));
    });
  });
}
