/**
 * The package as a user meets it: packed, installed without network into an empty project, imported, compiled against.
 * Runs by `npm run test:package`, which builds dist/ first.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE_ROOMS, PLATFORM_ROOMS } from '../tidy/layers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Old compilers live in a package of their own: two packages cannot both be the project's `tsc`. */
const oldCompilers = join(root, 'tools/package/compilers');
const manifest = readJson(join(root, 'package.json'));
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
const roomOf = (subpath: string) => subpath.split('/')[1] ?? '';
const webSubpaths = subpaths.filter((subpath) => PLATFORM_ROOMS.has(roomOf(subpath)));
const coreSubpaths = subpaths.filter((subpath) => !NODE_ROOMS.has(roomOf(subpath)) && !webSubpaths.includes(subpath));
/** Entries for test frameworks, and the optional peer that each lives in. */
const FRAMEWORKS: Readonly<Record<string, string>> = { './test/vitest': 'vitest', './test/jest': '@jest/globals' };
const MAX_UNPACKED_BYTES = 7_000_000;

interface Manifest {
  readonly version: string;
  readonly exports: Record<string, unknown>;
  readonly dependencies?: Record<string, string>;
  readonly bin: Record<string, string>;
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

let folder = '';
let project = '';
let tarball = '';
let packed: Packed;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'woshou-package-'));
  project = join(folder, 'project');
  mkdirSync(project);
  // As `prepack` does; the next build makes them again.
  run(root, process.execPath, 'scripts/prune.mjs');
  const report = run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  packed = (JSON.parse(report) as [Packed])[0];
  tarball = join(folder, packed.filename);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  run(project, 'npm', 'install', '--offline', '--no-audit', '--no-fund', tarball);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  it('needs nothing but itself', () => {
    const installed = readJson(join(project, 'node_modules/woshou/package.json'));
    expect(installed.dependencies ?? {}).toEqual({});
    expect(Object.keys(readJson(join(project, 'node_modules/.package-lock.json')).packages ?? {})).toEqual([
      'node_modules/woshou',
    ]);
  });

  it('holds what it should and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/bin/LICENSES.txt']));
    expect(paths.filter((path) => /\.test\.|^src\/|^dist\/cli\/|(?:^|\/)\.(?!\/)/.test(path))).toEqual([]);
  });

  it('is of a reasonable size', () => {
    const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;
    console.log(
      `package: ${packed.files.length} files, ${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked`,
    );
    expect(packed.unpackedSize).toBeLessThan(MAX_UNPACKED_BYTES);
  });

  it('passes publint', () => {
    run(root, process.execPath, bin('publint'), 'run', tarball, '--strict');
  });

  it('passes are-the-types-wrong', () => {
    run(root, process.execPath, bin('@arethetypeswrong/cli', 'attw'), tarball, '--profile', 'esm-only');
  });
});

describe('running', () => {
  it.each(subpaths.filter((subpath) => !(subpath in FRAMEWORKS)))('import %s gives names', (subpath) => {
    const program = `const names = Object.keys(await import('woshou${subpath.slice(1)}')); console.log(names.length);`;
    expect(Number(run(project, process.execPath, '--input-type=module', '-e', program))).toBeGreaterThan(0);
  });

  it.each(Object.entries(FRAMEWORKS))('import %s without its framework names %s', (subpath, framework) => {
    const program = `await import('woshou${subpath.slice(1)}').catch((error) => console.log(error.code, error.message));`;
    const said = run(project, process.execPath, '--input-type=module', '-e', program);
    expect(said).toContain(`ERR_MODULE_NOT_FOUND Cannot find package '${framework}'`);
  });

  it('the command says its version', () => {
    expect(run(project, join(project, 'node_modules/.bin/woshou'), '--version').trim()).toBe(manifest.version);
  });
});

describe('compiling', () => {
  const kinds = [
    { moduleResolution: 'node16', module: 'node16' },
    { moduleResolution: 'bundler', module: 'esnext' },
  ];
  const compilers = {
    'this TypeScript': join(root, 'node_modules/typescript'),
    'TypeScript 5.4': join(oldCompilers, 'node_modules/typescript'),
  };
  const cases = kinds.flatMap((kind) =>
    Object.entries(compilers).map(([compiler, path]) => ({ ...kind, compiler, path })),
  );

  it.each(cases)(
    'the core needs no DOM and no Node: $moduleResolution, $compiler',
    ({ path, compiler: _, ...kind }) => {
      compile(path, coreSubpaths, { ...kind, types: [] });
    },
  );

  it.each(cases)(
    'the web rooms need the types of a browser only: $moduleResolution, $compiler',
    ({ path, compiler: _, ...kind }) => {
      expect(webSubpaths).toContain('./web');
      compile(path, webSubpaths, { ...kind, lib: ['es2022', 'dom'], types: [] });
    },
  );

  it.each(cases)(
    'everything with the types of Node: $moduleResolution, $compiler',
    ({ path, compiler: _, ...kind }) => {
      linkNodeTypes();
      compile(path, subpaths, { ...kind, types: ['node'] });
    },
  );
});

/** skipLibCheck stays off: our declarations must hold in a stranger's project. */
function compile(typescript: string, entries: readonly string[], settings: Record<string, unknown>): void {
  const at = mkdtempSync(join(project, 'compile-'));
  const lines = entries.map((subpath, index) => `import * as m${index} from 'woshou${subpath.slice(1)}';`);
  const names = entries.map((_, index) => `m${index}`).join(', ');
  writeFileSync(join(at, 'consumer.ts'), [...lines, `export const all: readonly object[] = [${names}];`].join('\n'));
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2022'], strict: true, noEmit: true, skipLibCheck: false },
    ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...settings,
  };
  writeFileSync(join(at, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  run(at, process.execPath, join(typescript, 'bin/tsc'), '-p', at, '--pretty', 'false');
}

function linkNodeTypes(): void {
  for (const name of ['@types/node', 'undici-types']) {
    const link = join(project, 'node_modules', name);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
}

function bin(name: string, command = name): string {
  const entry = readJson(join(root, 'node_modules', name, 'package.json')).bin as unknown;
  const file = typeof entry === 'string' ? entry : (entry as Record<string, string>)[command];
  return join(root, 'node_modules', name, file ?? '');
}

/** The program's output; when it fails, an error that shows everything it said. */
function run(cwd: string, command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')}\n${stdout ?? ''}\n${stderr ?? ''}`, { cause: error });
  }
}

function readJson(path: string): Manifest & { readonly packages?: Record<string, unknown> } {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}
