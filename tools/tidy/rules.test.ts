/** Each rule on a small bad example, so that the rule itself can fail, and on a good one, so that it can pass. */
import { describe, expect, it } from 'vitest';
import { circles } from './circles.ts';
import { MAY_IMPORT } from './layers.ts';
import { EXCEPTIONS, RULES } from './rules.ts';
import { parseSource, type Source } from './source.ts';
import { lockFile, lockFileIsWhole, textRules } from './text.ts';

interface Example {
  readonly rule: string;
  readonly path?: string;
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

const long = (lines: number) => 'f();\n'.repeat(lines);

const examples: readonly Example[] = [
  {
    rule: 'header-comment',
    bad: ['export const a = 1;'],
    good: ['/** A. */\nexport const a = 1;', '#!/bin/x\n// A.\nf();'],
  },
  { rule: 'file-length', bad: [long(401)], good: [long(400)] },
  {
    rule: 'function-length',
    bad: [
      `function a() {\n${long(69)}}`,
      `const a = () => {\n${long(69)}};`,
      `class A { m() {\n${long(69)}} }`,
      `it('a', () => {\n${long(69)}});`,
    ],
    good: [`function a() {\n${long(68)}}`, `describe.each([1])('a', () => {\n${long(99)}});`],
  },
  {
    rule: 'layers',
    path: 'src/tcp/a.ts',
    bad: [
      `import { a } from '../ip/a.ts';`,
      `import type { a } from '../stack/a.ts';`,
      `export * from '../sim/a.ts';`,
      `const a = import('../node/a.ts');`,
      `let a: import('../socket/a.ts').A;`,
      `import { a } from '../../test/a.ts';`,
      `import { a } from '../index.ts';`,
    ],
    good: [
      `import { a } from '../wire/a.ts';`,
      `import { a } from './b.ts';`,
      `import { a } from './congestion/b.ts';`,
    ],
  },
  { rule: 'layers', path: 'src/attic/a.ts', bad: ['f();'], good: [] },
  { rule: 'import-endings', bad: [`import './a';`, `import './a.js';`], good: [`import './a.ts';`, `import 'a';`] },
  { rule: 'foreign-imports', bad: [`import 'node:fs';`, `import 'koffi';`], good: [`import './a.ts';`] },
  { rule: 'foreign-imports', path: 'src/node/a.ts', bad: [], good: [`import 'node:fs';`, `import 'koffi';`] },
  { rule: 'foreign-imports', path: 'src/web/a.ts', bad: [`import 'node:fs';`], good: [] },
  {
    rule: 'banned-globals',
    bad: [
      'Date.now();',
      'new Date();',
      'Math.random();',
      `Math['random']();`,
      'setTimeout(f, 1);',
      'const a = { process };',
      'let a: Buffer;',
      'console.log(1);',
      'globalThis.x;',
      'a[process];',
      'const a = b + performance;',
    ],
    good: [
      'a.process(1);',
      'const a = { process: 1 };',
      'interface A { console: number; }',
      'function f(process: A) { process.run(); }',
      'Math.max(1, 2);',
      'const { crypto } = a;',
      `import { process as p } from './a.ts';`,
    ],
  },
  { rule: 'banned-globals', path: 'src/node/a.ts', bad: [], good: ['Date.now();'] },
  { rule: 'banned-globals', path: 'src/tcp/a.test.ts', bad: [], good: ['Date.now();'] },
  { rule: 'no-any', bad: ['let a: any;', 'f(a as any);', 'let a: any[];'], good: ['let a: unknown;', 'let any = 1;'] },
  { rule: 'non-null', bad: ['a!.b();', 'a.b!.c();', 'f(a!);'], good: ['f(a[i]!);', 'f(a.b[i + 1]!);'] },
  { rule: 'non-null', path: 'src/cli/a.ts', bad: ['f(a[i]!);'], good: ['f(a[i] ?? 0);'] },
  { rule: 'non-null', path: 'src/node/a.ts', bad: ['f(a!);'], good: ['f(a[i]!);'] },
  {
    rule: 'focused-tests',
    path: 'src/tcp/a.test.ts',
    bad: [`it.only('a', f);`, `describe.only('a', f);`, `it.skip('a', f);`, `test.skipIf(x)('a', f);`, `it.todo('a');`],
    good: [`it('a', f);`, `// Needs root: opens a device.\nit.skipIf(!root)('a', f);`, `a.only();`],
  },
  {
    rule: 'compiler-silencers',
    bad: ['// @ts-ignore\nf();', '// @ts-expect-error\nf();'],
    good: ['// @ts-expect-error wrong on purpose\nf();'],
  },
  {
    rule: 'unfinished',
    bad: [`// ${'TO' + 'DO'}: all\nf();`, `/* ${'FIX' + 'ME'} */\nf();`],
    good: ['// Done.\nf();'],
  },
];

describe('tidy rules', () => {
  it.each(Object.keys(RULES))('%s has an example that breaks it', (name) => {
    expect(examples.some(({ rule, bad }) => rule === name && bad.length > 0)).toBe(true);
  });

  for (const { rule, path = 'src/tcp/example.ts', bad, good } of examples) {
    const found = (text: string) => RULES[rule]!(parseSource(path, text));
    it.each(bad)(`${rule} in ${path} refuses %j`, (text) => {
      expect(found(text)).toMatchObject([{ rule, path }]);
    });
    it.each(good)(`${rule} in ${path} accepts %j`, (text) => {
      expect(found(text)).toEqual([]);
    });
  }

  it('machine-paths and registry-hosts refuse and accept', () => {
    const count = (text: string) => textRules({ path: 'a.md', text }).length;
    const bad = [
      '/wo' + 'rk/main',
      'cd /wo' + 'rk',
      'see "/ro' + 'ot/x"',
      '/ho' + 'me/me/x',
      'https://regis' + 'try.npmjs.org/a',
    ];
    expect(bad.map(count)).toEqual([1, 1, 1, 1, 1]);
    const good = [
      'how we /worked',
      'work/life',
      'the root/branch',
      './root/x',
      'src/home/x',
      '/dev/net/tun',
      'registry: none',
    ];
    expect(good.map(count)).toEqual(good.map(() => 0));
  });

  it('folders beside the repository are for tests to look at', () => {
    const text = `read('../${'sha' + 'red'}/captures')`;
    expect(textRules({ path: 'src/tcp/a.ts', text })).toHaveLength(1);
    expect(textRules({ path: 'docs/a.md', text })).toHaveLength(1);
    expect(textRules({ path: 'src/capture/a.test.ts', text })).toEqual([]);
    expect(textRules({ path: 'test/a.ts', text })).toEqual([]);
  });

  it('lock-file refuses a download address and a missing platform', () => {
    const path = 'package-lock.json';
    expect(lockFile({ path, text: `{\n"${'resol' + 'ved'}": "x"\n}` })).toHaveLength(1);
    expect(lockFile({ path, text: '{\n"integrity": "x"\n}' })).toHaveLength(0);
    const packages = { 'node_modules/a': { optionalDependencies: { 'a-mac': '1.0.0' } } };
    expect(lockFileIsWhole({ path, text: JSON.stringify({ packages }) })).toHaveLength(1);
    expect(
      lockFileIsWhole({ path, text: JSON.stringify({ packages: { ...packages, 'node_modules/a-mac': {} } }) }),
    ).toEqual([]);
  });

  it('the layer table has no cycle', () => {
    const visit = (room: string, path: readonly string[]): void => {
      expect(path).not.toContain(room);
      for (const next of MAY_IMPORT[room] ?? []) visit(next, [...path, room]);
    };
    for (const room of ['base', 'wire', 'tcp', 'stack', 'socket', 'link', 'capture', 'sim', 'drill']) visit(room, []);
    for (const allowed of Object.values(MAY_IMPORT)) expect(allowed.every((room) => room in MAY_IMPORT)).toBe(true);
  });

  it('every exception names a rule and a reason', () => {
    for (const { rule, why } of EXCEPTIONS) expect([rule in RULES, why.length > 20]).toEqual([true, true]);
  });
});

describe('circles', () => {
  const files = (texts: Readonly<Record<string, string>>): Source[] =>
    Object.entries(texts).map(([path, text]) => parseSource(path, text));

  it('are found through a third file', () => {
    const round = files({
      'src/tcp/a.ts': "import { b } from './rooms/b.ts'; export const a = b;",
      'src/tcp/rooms/b.ts': "export { c as b } from '../c.ts';",
      'src/tcp/c.ts': "import { type T, a } from './a.ts'; export const c = a;",
    });
    expect(circles(round)).toEqual([['src/tcp/a.ts', 'src/tcp/rooms/b.ts', 'src/tcp/c.ts']]);
  });

  it('are closed by types, by a module that is loaded later, in tests and on pages', () => {
    const closed: readonly Readonly<Record<string, string>>[] = [
      {
        a: "import { b } from './b.ts'; export const a = b;",
        b: "import type { A } from './a.ts'; export const b = 1;",
      },
      { a: "import { b } from './b.ts'; export const a = b;", b: "export let b: import('./a.ts').A;" },
      {
        a: "import { b } from './b.ts'; export const a = b;",
        b: "export const b = async () => await import('./a.ts');",
      },
      { a: "export { b } from './b.ts';", b: "export type { A } from './a.ts';" },
    ];
    for (const { a = '', b = '' } of closed) {
      expect(circles(files({ 'src/tcp/a.ts': a, 'src/tcp/b.ts': b }))).toEqual([['src/tcp/a.ts', 'src/tcp/b.ts']]);
      expect(circles(files({ 'test/a.ts': a, 'test/b.ts': b }))).toEqual([['test/a.ts', 'test/b.ts']]);
    }
    const pages = files({
      'lab/src/a.tsx': "import { b } from './b.tsx'; export const a = <p>{b}</p>;",
      'lab/src/b.tsx': "import { a } from './a.tsx'; export const b = a;",
    });
    expect(circles(pages)).toEqual([['lab/src/a.tsx', 'lab/src/b.tsx']]);
  });

  it('are none where two ways lead to one file', () => {
    const open = files({
      'src/tcp/a.ts': "import { b } from './b.ts'; import type { C } from './c.ts'; export const a = b;",
      'src/tcp/b.ts': "import type { D } from './d.ts'; export const b = 1;",
      'src/tcp/c.ts': "import type { D } from './d.ts'; export type C = D;",
      'src/tcp/d.ts': 'export type D = 1;',
    });
    expect(circles(open)).toEqual([]);
  });
});
