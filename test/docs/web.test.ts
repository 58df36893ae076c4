/**
 * The guide to woshou/web and its examples work: each is bundled from the sources and run, and prints what it says. In the guide a
 * `text` block after a `ts` block is its output, in an example the lines after `prints:` at its head.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Program {
  readonly name: string;
  readonly code: string;
  readonly output: string;
}

const programs = [...fromGuide('docs/guides/web.md'), ...fromExamples()];
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'woshou-web-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the programs of the guide to woshou/web', () => {
  it('are there', () => {
    expect(programs.length).toBeGreaterThanOrEqual(4);
  });

  it.each(programs)('$name prints what it says', { timeout: 90_000 }, async ({ name, code, output }) => {
    const source = join(folder, `${name.replace(/\W/g, '-')}.ts`);
    writeFileSync(source, code);
    const bundle = await rolldown({
      input: source,
      platform: 'node',
      plugins: [{ name: 'woshou', resolveId: (id) => sourceOf(id) }],
    });
    const file = source.replace(/\.ts$/, '.js');
    await bundle.write({ file, format: 'esm', codeSplitting: false });
    await bundle.close();
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 });
    expect(`${stdout}${stderr}`.trim()).toBe(output);
    expect(status, 'the program ends by itself').toBe(0);
  });
});

function sourceOf(id: string): string | null {
  const room = /^woshou\/(\w+)$/.exec(id)?.[1];
  return room === undefined ? null : join(root, 'src', room, 'index.ts');
}

function fromGuide(page: string): Program[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/```ts\n([\s\S]*?)```\s*```text\n([\s\S]*?)```/g)].map(
    ([, code = '', output = ''], index) => ({
      ...{ name: `${page}, program ${index + 1}`, code, output: output.trim() },
    }),
  );
}

function fromExamples(): Program[] {
  const files = readdirSync(join(root, 'examples')).filter((file) => /^web-.*\.ts$/.test(file));
  return files.map((file) => {
    const code = readFileSync(join(root, 'examples', file), 'utf8');
    const lines = /^ \* prints:\n((?: \* .*\n)+) \*\//m.exec(code)?.[1] ?? '';
    return { name: `examples/${file}`, code, output: lines.replaceAll(/^ \* /gm, '').trim() };
  });
}
