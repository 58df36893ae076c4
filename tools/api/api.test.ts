/** The interface reader on a small package of declarations, and the line diff. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Declarations } from './declarations.ts';
import { differences } from './diff.ts';

const folder = mkdtempSync(join(tmpdir(), 'woshou-api-'));
const files: Record<string, string> = {
  'index.d.ts': `
    export * from './a.js';
    export { inner as outer } from './b.js';
    import { Late } from './b.js';
    export { Late };
    export * as everything from './b.js';
    export type { Readable } from 'node:stream';`,
  'a.d.ts': `
    import type { Hidden } from './b.js';
    /** Words that may change. */
    export declare class A {
      #private;
      private secret;
      /** More words. */
      open(x: Hidden): void;
    }
    export declare function f(x: number): A;
    export declare function f(x: string): A;
    export declare const one: 1;
    declare const unseen: 3;`,
  'b.d.ts': `
    export interface Hidden { deep: Deep; }
    interface Deep { value: number; }
    interface Unmentioned { value: number; }
    export declare function inner(): void;
    export type Late = 'late';`,
};

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text.replace(/^ {4}/gm, ''));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('public interface', () => {
  it('lists what is exported and what that mentions, without comments and private members', () => {
    expect(new Declarations().describe(join(folder, 'index.d.ts'))).toMatchInlineSnapshot(`
      "export class A {
        #private;
        open(x: Hidden): void;
      }

      export type Late = 'late';

      export { Readable } // Readable of node:stream

      export { everything } // all of b.d.ts

      export function f(x: number): A;
      export function f(x: string): A;

      export const one: 1;

      // exported as outer
      export function inner(): void;

      // Not exported, but part of the above:

      interface Deep { value: number; }

      export interface Hidden { deep: Deep; }
      "
    `);
  });

  it('describes each declaration once, where it is needed first', () => {
    const declarations = new Declarations();
    const below = declarations.describe(join(folder, 'b.d.ts'), 'b');
    const above = declarations.describe(join(folder, 'index.d.ts'), 'index');
    expect(below).toContain("export type Late = 'late';");
    expect(below).toContain('interface Deep');
    expect(above).toContain('export { Late } // described in b\n');
    expect(above).toContain('// exported as outer\nexport { inner } // described in b\n');
    expect(above).not.toMatch(/Deep|Not exported/);
  });

  it('changes when a mentioned type changes', () => {
    const before = new Declarations().describe(join(folder, 'index.d.ts'));
    writeFileSync(join(folder, 'b.d.ts'), `${files['b.d.ts']}`.replace('value: number', 'value: string'));
    const after = new Declarations().describe(join(folder, 'index.d.ts'));
    expect(differences(before, after).filter((line) => line.includes('Deep'))).toHaveLength(2);
  });
});

describe('differences', () => {
  it('names lines that went and came', () => {
    expect(differences('a\nb\nc', 'a\nx\nc\nd')).toEqual(['- b', '+ x', '+ d']);
    expect(differences('', 'a')).toEqual(['- ', '+ a']);
    expect(differences('a\nb', 'a\nb')).toEqual([]);
  });
});
