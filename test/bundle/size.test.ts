/**
 * What a page loads: `woshou` with `woshou/web`, everything they export, as one minified file. The figures are printed; the limits are
 * what they weigh now, so that growth is seen. The aim of 60 kB is not met: the stack alone weighs more.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { minify } from 'rolldown/utils';
import { describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const AIM_BYTES = 60_000;
const LIMIT_BYTES = 155_800;
/** What woshou/web adds to a page that has woshou. */
const WEB_LIMIT_BYTES = 20_500;

interface Bundled {
  readonly bytes: number;
  readonly modules: readonly string[];
}

describe('what a page loads', () => {
  it('stays within its limits', async () => {
    const core = await bundled('index.js');
    const both = await bundled('index.js', 'web/index.js');
    const rooms = await roomsOf(both.modules);
    console.log(
      [
        `woshou: ${kilobytes(core.bytes)}, with woshou/web: ${kilobytes(both.bytes)} minified and gzipped`,
        `the aim is ${kilobytes(AIM_BYTES)}: ${kilobytes(both.bytes - AIM_BYTES)} too much`,
        `each room alone: ${rooms.map(([room, bytes]) => `${room} ${kilobytes(bytes)}`).join(', ')}`,
      ].join('\n'),
    );
    expect(both.bytes).toBeLessThan(LIMIT_BYTES);
    expect(both.bytes - core.bytes).toBeLessThan(WEB_LIMIT_BYTES);
  });

  it('has nothing of Node in it', async () => {
    const { modules } = await bundled('index.js', 'web/index.js', 'sim/index.js');
    expect(modules.filter((id) => id.startsWith('node') || id.includes('builtin'))).toEqual([]);
    expect(modules.every((id) => !relative(dist, id).startsWith('..'))).toBe(true);
  });

  it('leaves out what is not used: connect() alone needs no HTTP', async () => {
    const { modules } = await bundled('index.js', 'sockets-only');
    expect(modules.filter((id) => /[\\/]web[\\/](?:http|fetch|serve)/.test(id))).toEqual([]);
  });
});

async function bundled(...files: string[]): Promise<Bundled> {
  const lines = files.map((file) =>
    file === 'sockets-only'
      ? `export { createConnect } from ${JSON.stringify(join(dist, 'web/index.js'))};`
      : `export * from ${JSON.stringify(join(dist, file))};`,
  );
  const bundle = await rolldown({
    input: 'entry',
    platform: 'browser',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? id : null),
        load: (id) => (id === 'entry' ? lines.join('\n') : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
  await bundle.close();
  const [chunk] = output;
  const modules = Object.entries(chunk.modules).flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? [id] : []));
  return { bytes: gzipSync(chunk.code, { level: 9 }).length, modules: modules.filter((id) => id !== 'entry') };
}

/** Each room's modules, minified and gzipped by themselves; together they weigh more than in one file. */
async function roomsOf(modules: readonly string[]): Promise<[room: string, bytes: number][]> {
  const rooms = new Map<string, string>();
  for (const id of modules) {
    const room = dirname(relative(dist, id)).replaceAll('\\', '/');
    const { code } = await minify(id, readFileSync(id, 'utf8'), { module: true });
    rooms.set(room, `${rooms.get(room) ?? ''}${code}`);
  }
  const sizes = [...rooms].map(([room, code]): [string, number] => [room, gzipSync(code, { level: 9 }).length]);
  return sizes.sort(([, a], [, b]) => b - a);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
