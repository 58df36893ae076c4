/** Files beside the report of a failed test: the recording, to be opened in Wireshark. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateError } from '../base/errors.ts';

/** Name of the environment variable with the folder for recordings of failed tests. */
export const FOLDER_VARIABLE = 'WOSHOU_FAILURES';
const DEFAULT_FOLDER = 'woshou-failures';
const NAME_MAX = 80;

let folder: string | null = null;

/** Sets the folder for recordings of failed tests; null: what WOSHOU_FAILURES says, else `woshou-failures`. */
export function setFailureFolder(path: string | null): void {
  folder = path;
}

/** Writes a recording and returns its path. @throws StateError when the folder cannot be written to */
export function writeFailure(name: string, seed: number, bytes: Uint8Array): string {
  const into = folder ?? process.env[FOLDER_VARIABLE] ?? DEFAULT_FOLDER;
  const path = join(into, `${fileName(name)}-seed-${seed}.pcapng`);
  try {
    mkdirSync(into, { recursive: true });
    writeFileSync(path, bytes);
  } catch (cause) {
    throw new StateError(
      `cannot write ${path} (${String(cause)}); set ${FOLDER_VARIABLE} to a folder that can be written`,
    );
  }
  return path;
}

/** Letters and digits of any script stay, the rest becomes one hyphen: names of tests are sentences. */
function fileName(name: string): string {
  const text = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
  return (text === '' ? 'network' : text).slice(0, NAME_MAX);
}
