/** Numbers in place of names, as the build puts them into dist/ (`scripts/constants.mjs`). */
import { expect, it } from 'vitest';

type WithNumbers = (texts: ReadonlyMap<string, string>) => Map<string, string>;

const script: string = new URL('../../scripts/constants.mjs', import.meta.url).href;
const { withNumbers } = (await import(script)) as { withNumbers: WithNumbers };

const CONSTANTS = `
export const Flag = { fin: 0x01, ack: 0x10, none: -1 };
export const SIZE = 4 * 1024;
export const LEAST = -2;
export const DOUBLE = 2 * SIZE + Flag.ack;
export const Mixed = { small: 1, name: 'one' };
export const now = Date.now();
export let count = 1;
`;

/** What becomes of a module that lies beside the constants. */
function inlined(text: string): string {
  const files = new Map([
    ['dist/a/constants.js', CONSTANTS],
    ['dist/b/user.js', text],
  ]);
  return withNumbers(files).get('dist/b/user.js') ?? text;
}

const IMPORT = "import { DOUBLE, Flag, LEAST, Mixed, SIZE, SIZE as LENGTH, count, now } from '../a/constants.js';\n";

it.each([
  ['a member of a record', 'x(y & Flag.ack);', 'x(y & 16 /* Flag.ack */);'],
  ['a number', 'x(SIZE);', 'x(4096 /* SIZE */);'],
  ['a number made of others', 'x(DOUBLE);', 'x(8208 /* DOUBLE */);'],
  ['a number under another name', 'x(LENGTH + 1);', 'x(4096 /* LENGTH */ + 1);'],
  ['a number below zero', 'x(-LEAST, Flag.none);', 'x(-(-2 /* LEAST */), (-1 /* Flag.none */));'],
  ['a case', 'switch (y) { case Flag.fin: x(); }', 'switch (y) { case 1 /* Flag.fin */: x(); }'],
  ['a default', 'function f(y = SIZE) { x(y); }', 'function f(y = 4096 /* SIZE */) { x(y); }'],
  ['a value in a record', 'x({ SIZE: SIZE, a: Flag.ack });', 'x({ SIZE: 4096 /* SIZE */, a: 16 /* Flag.ack */ });'],
  ['an index', 'x[SIZE] = y;', 'x[4096 /* SIZE */] = y;'],
  ['what a variable begins with', 'const z = SIZE;', 'const z = 4096 /* SIZE */;'],
  ['a field', 'class C { y = SIZE; }', 'class C { y = 4096 /* SIZE */; }'],
])('%s becomes a number', (_what, before, after) => {
  expect(inlined(IMPORT + before)).toBe(IMPORT + after);
});

it.each([
  ['the record itself', 'x(Flag);'],
  ['a member asked for by a variable', 'x(Flag[y]);'],
  ['a record with something else in it', 'x(Mixed.small);'],
  ['what is computed when the module is loaded', 'x(now);'],
  ['what may change', 'x(count);'],
  ['the name of a member', 'x(y.SIZE, y.Flag.ack);'],
  ['the name of a method', 'class C { SIZE() {} }'],
  ['a record that is not exported', 'const room = { size: 0 };\nx(room.size);'],
  ['a variable', 'let size = 4;\nx(size);'],
  ['a record in short', 'x({ SIZE });'],
  ['what is handed on', 'export { SIZE };'],
  ['a parameter of the same name', 'function f(SIZE) { x(SIZE); }'],
  ['a parameter in a pattern', 'const f = ({ y: SIZE = 1 }) => SIZE;'],
  ['a variable of the same name', 'function f() { const Flag = y; x(Flag.ack); }'],
])('%s stays', (_what, text) => {
  expect(inlined(IMPORT + text)).toBe(IMPORT + text);
});

it('a whole module under one name', () => {
  const head = "import * as all from '../a/constants.js';\n";
  const text = 'x(all.SIZE, all.Flag.fin, all.Mixed.small, all);';
  expect(inlined(head + text)).toBe(`${head}x(4096 /* all.SIZE */, 1 /* all.Flag.fin */, all.Mixed.small, all);`);
});

it('a number of the module itself, which may be made of an imported one', () => {
  const text = `${IMPORT}const HALF = SIZE / 2;\nconst LAST = SIZE - 1;\nx(HALF, ~LAST);`;
  expect(inlined(text)).toBe(
    `${IMPORT}const HALF = 4096 /* SIZE */ / 2;\nconst LAST = 4096 /* SIZE */ - 1;\nx(HALF, ~4095 /* LAST */);`,
  );
});

it('a module reads its own exports in the same way, and other modules are not meant', () => {
  expect(inlined('export const A = { b: 7 };\nx(A.b);')).toBe('export const A = { b: 7 };\nx(7 /* A.b */);');
  expect(inlined("import { SIZE } from 'constants';\nx(SIZE);")).toBe("import { SIZE } from 'constants';\nx(SIZE);");
});
