/**
 * Inputs in the tree: one file for each target, one input a line, hexadecimal or, of text, as a JSON string. `corpus` holds
 * what reaches the most, made by `--keep`; `found` holds what once failed, with a comment that says how.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, toHex } from '../../test/support/hex-frames.ts';
import { fromText, type Target, toText } from './target.ts';

export const CORPUS = 'test/fuzz/corpus';
export const FOUND = 'test/fuzz/found';
/** What a file may weigh; the last inputs are left out. */
const FILE_MAX = 24_000;

export function readInputs(root: string, folder: string, target: Target): Uint8Array[] {
  const file = join(root, folder, `${target.name}.txt`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => fromLine(line, target.isText));
}

export function writeCorpus(root: string, target: Target, inputs: readonly Uint8Array[]): void {
  let text = '';
  for (const input of inputs) {
    const line = `${toLine(input, target.isText)}\n`;
    if (text.length + line.length > FILE_MAX) continue;
    text += line;
  }
  writeFileSync(join(root, CORPUS, `${target.name}.txt`), text);
}

/** Text that is not UTF-8 comes back changed: its octets stand in place of it. */
export function toLine(input: Uint8Array, isText: boolean): string {
  const text = toText(input);
  return isText && fromText(text).join() === input.join() ? JSON.stringify(text) : `x${toHex(input)}`;
}

export function fromLine(line: string, isText: boolean): Uint8Array {
  if (isText && line.startsWith('"')) return fromText(JSON.parse(line) as string);
  return fromHex(line.slice(1));
}
