/** docs/libraries.md names the versions that are installed, the tests there are, and every library they use. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'test/libraries/package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

interface Row {
  readonly names: readonly string[];
  readonly version: string;
  readonly test: string;
}

const rows: readonly Row[] = readFileSync(join(root, 'docs/libraries.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [, library = '', version = '', test = ''] = line.split('|').map((cell) => cell.trim());
    return {
      names: [...library.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
      version,
      test: test.slice(1, -1),
    };
  });

/** Serve the tests, and are not what is tested. */
const TOOLS = ['vitest', '@peculiar/x509', 'reflect-metadata'];

describe('docs/libraries.md', () => {
  it('names the installed versions', () => {
    const told = rows.flatMap(({ names, version }) => names.map((name) => [name, version]));
    const packages = told.filter(([name]) => !name?.startsWith('node:'));
    expect(packages.length).toBeGreaterThan(10);
    expect(packages).toEqual(packages.map(([name = '']) => [name, manifest.devDependencies[name]]));
  });

  it('names the tests, and they use the library', () => {
    for (const { names, test } of rows) {
      expect(existsSync(join(root, test)), test).toBe(true);
      const text = readFileSync(join(root, test), 'utf8');
      for (const name of names) expect(text, `${name} in ${test}`).toMatch(new RegExp(` from '${name}[/']`));
    }
  });

  it('leaves no library out', () => {
    const folder = join(root, 'test/libraries');
    const sources = readdirSync(folder).filter((file) => file.endsWith('.ts'));
    const imported = sources.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/^(?:import |} )(?:.* from )?'(@?[a-z][^':]*)';$/gm)].map(
        ([, name = '']) =>
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
      ),
    );
    const named = new Set([...rows.flatMap(({ names }) => names), ...TOOLS]);
    expect(imported.length).toBeGreaterThan(10);
    expect([...new Set(imported)].filter((name) => !named.has(name))).toEqual([]);
  });
});
