/**
 * The programs in README.md and README.zh.md work: every block marked `ts` is type-checked against the sources, and run
 * unless it is marked `ts no-run`. A `text` block that follows at once is what it prints. Both languages tell the same.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findScene } from '../../src/scenes/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const READMES = ['README.md', 'README.zh.md'];
const PACKAGE = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> };

interface Block {
  readonly language: string;
  readonly code: string;
  readonly line: number;
  /** What stands between the block before and this one. */
  readonly before: string;
}

interface Example {
  readonly name: string;
  readonly code: string;
  readonly isRun: boolean;
  /** What it prints, null when the page does not say. */
  readonly output: string | null;
}

const examples = READMES.flatMap((page) => examplesOf(page));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'woshou-readme-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the examples of the README', () => {
  it('are there', () => {
    for (const page of READMES) {
      expect(examples.filter(({ name }) => name.startsWith(`${page}:`)).length, page).toBeGreaterThan(2);
    }
  });

  it('have correct types', () => {
    const files = examples.map(({ code }, index) => {
      const file = `example-${index}.ts`;
      writeFileSync(join(folder, file), code);
      return file;
    });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(compilerSettings(files)));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
    // What is wrong in the sources themselves is for `npm run typecheck` to say.
    const errors = stdout.split('\n').filter((line) => line.includes('example-'));
    const named = errors.map((line) =>
      line.replace(/\S*example-(\d+)\.ts/, (_all, index: string) => examples[Number(index)]?.name ?? ''),
    );
    expect(named).toEqual([]);
  });

  for (const example of examples.filter(({ isRun }) => isRun)) {
    it(`${example.name} runs`, async () => {
      const file = join(folder, `${example.name.replace(/\W/g, '-')}.mjs`);
      writeFileSync(file, await bundled('example.ts', example.code));
      const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 15_000 });
      expect([stderr, status]).toEqual(['', 0]);
      if (example.output !== null) expect(stdout).toBe(example.output);
    });
  }
});

describe('what the READMEs show of the command line', () => {
  it.each(READMES)('%s: the ladder is what npm start prints, shortened', async (page) => {
    const shown =
      blocksOf(page)
        .find(({ code }) => code.startsWith('──'))
        ?.code.trimEnd() ?? '';
    const file = join(folder, 'woshou.mjs');
    writeFileSync(file, await bundled(join(root, 'src/cli/main.ts')));
    const language = page.includes('.zh.') ? 'zh' : 'en';
    const args = [file, 'demo', 'life', '--no-color', '--lang', language];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 15_000 });
    const printed = withoutLayout(stdout);
    let at = 0;
    for (const row of rowsOf(shown)) {
      expect(printed.slice(at), `${page} shows a row that is not printed, or not here`).toContain(row);
      at = printed.indexOf(row, at) + row.length;
    }
    expect(at).toBeGreaterThan(1000);
  });

  it.each(READMES)('%s names scenes that exist', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const table = /\n\| \| (?:scenes|场景) \|\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? '';
    const named = [...table.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((id) => findScene(id) === null)).toEqual([]);
  });
});

describe('the two READMEs', () => {
  it('show the same programs, but for comments and words', () => {
    const programs = READMES.map((page) => examplesOf(page).map(({ code }) => withoutWords(code)));
    expect(programs[1]).toEqual(programs[0]);
  });

  it('give the same commands', () => {
    const commands = READMES.map((page) =>
      blocksOf(page)
        .filter(({ language }) => language === 'sh')
        .map(({ code }) => code.replace(/ *#.*/g, '')),
    );
    expect(commands[1]).toEqual(commands[0]);
  });

  for (const page of [...READMES, 'docs/ARCHITECTURE.md', 'docs/adr/README.md', 'CONTRIBUTING.md']) {
    it(`${page} links to files that exist`, () => {
      const text = readFileSync(join(root, page), 'utf8').replace(/```[\s\S]*?```/g, '');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
      const base = join(root, page, '..');
      expect(links.filter((link) => !existsSync(join(base, link)))).toEqual([]);
    });
  }

  it('ARCHITECTURE.md names files that exist', () => {
    const text = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
    const names = [...text.matchAll(/`((?:src|test|tools|bench|docs)\/[\w./-]*)`/g)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });

  it('ARCHITECTURE.md names functions, classes and fields that exist', () => {
    const text = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8').replace(/```[\s\S]*?```/g, '');
    const named = [...text.matchAll(/`([A-Za-z_][\w.]*)(?:\([^`]*\))?`/g)].flatMap((match) =>
      (match[1] ?? '').split('.'),
    );
    const words = new Set(sourceTexts('src').flatMap((source) => source.match(/\w+/g) ?? []));
    expect(named.length).toBeGreaterThan(80);
    expect([...new Set(named)].filter((name) => !words.has(name))).toEqual([]);
  });
});

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  const found: Block[] = [];
  let end = 0;
  for (const match of text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const line = text.slice(0, match.index).split('\n').length;
    found.push({ language: match[1] ?? '', code: match[2] ?? '', line, before: text.slice(end, match.index) });
    end = match.index + match[0].length;
  }
  return found;
}

function examplesOf(page: string): Example[] {
  const blocks = blocksOf(page);
  return blocks.flatMap(({ language, code, line }, index) => {
    if (language !== 'ts' && language !== 'ts no-run') return [];
    const next = blocks[index + 1];
    const output = next?.language === 'text' && next.before.trim() === '' ? next.code : null;
    return [{ name: `${page}:${line}`, code, isRun: language === 'ts', output }];
  });
}

/** `woshou/sim` as package.json maps it, to its source. */
function sourceOf(specifier: string): string | null {
  const subpath = specifier.replace(/^woshou/, '.');
  if (!/^woshou(?:\/|$)/.test(specifier) || PACKAGE.exports[subpath] === undefined) return null;
  return join(root, 'src', subpath, 'index.ts');
}

function compilerSettings(files: readonly string[]): object {
  const names = Object.keys(PACKAGE.exports)
    .map((subpath) => subpath.replace(/^\./, 'woshou'))
    .filter((name) => !name.endsWith('.json'));
  return {
    extends: join(root, 'tsconfig.test.json'),
    compilerOptions: {
      incremental: false,
      noUnusedLocals: false,
      paths: Object.fromEntries(names.map((name) => [name, [sourceOf(name)]])),
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: [],
    files,
  };
}

/** One file that Node 20 runs; `code` stands for the contents of the file `example.ts`. */
async function bundled(input: string, code = ''): Promise<string> {
  const bundle = await rolldown({
    input,
    cwd: root,
    platform: 'node',
    external: [/^node:/, 'koffi'],
    plugins: [
      {
        name: 'example',
        resolveId: (id: string) => (id === 'example.ts' ? id : sourceOf(id)),
        load: (id: string) => (id === 'example.ts' ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  return output[0].code;
}

/** The rows of a ladder: what stands between empty lines, ellipses and lines with nothing but the two bars. */
function rowsOf(ladder: string): string[] {
  return ladder
    .split(/\n(?: *| +│ +│|…)(?=\n)/)
    .map(withoutLayout)
    .filter((row) => row !== '');
}

/** Initial sequence numbers are drawn, and lines break where their length makes them. */
function withoutLayout(text: string): string {
  return text.replace(/\s+/g, '').replace(/\d{7,}/g, 'N');
}

function sourceTexts(path: string): string[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return sourceTexts(`${path}/${entry.name}`);
    return entry.name.endsWith('.ts') ? [readFileSync(join(root, path, entry.name), 'utf8')] : [];
  });
}

/** A program without its comments and the texts it prints or writes. */
function withoutWords(code: string): string {
  return code
    .replace(/ *\/\/.*/g, '')
    .replace(/(?<=console\.log\(|encode\(|Error\()(['`]).*?\1/g, "''")
    .replace(/ +$/gm, '');
}
