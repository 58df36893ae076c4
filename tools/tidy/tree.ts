/** The files of the repository that a person wrote: what Git would keep, found without asking Git. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextFile } from './text.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const GENERATED: ReadonlySet<string> = new Set([
  'node_modules',
  'dist',
  'coverage',
  'reports',
  '.git',
  '.cache',
  'out',
]);
const TEXT =
  /\.(?:tsx?|mts|mjs|js|json|md|yml|yaml|sh|txt|tsv|csv|html|css|pkt)$|^(?:run|\.gitignore|\.npmrc|LICENSE)$/;

export function textFiles(folder = ''): TextFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (GENERATED.has(entry.name)) return [];
    if (entry.isDirectory()) return textFiles(path);
    return entry.isFile() && TEXT.test(entry.name) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : [];
  });
}
