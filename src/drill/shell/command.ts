/** A command of a shell line and what comes of it, as all the files about commands know them. */
import { DrillError } from '../drill-error.ts';

/** A command and what it gets. */
export interface CommandInput {
  /** Program and arguments; null is one whose text is not known. */
  readonly words: readonly (string | null)[];
  /** The same, unknown ones empty. */
  readonly known: readonly string[];
  /** As written. */
  readonly text: string;
  readonly offset: number;
  /** What a pipe brings; null: not known. */
  readonly input: string | null;
  /** In the first line of the script. */
  readonly isFirst: boolean;
}

/** How a command has ended, and what it said; null: nobody here can tell. */
export interface CommandResult {
  readonly status: number | null;
  readonly output: string | null;
}

export const DONE: CommandResult = { status: 0, output: '' };
/** A program that looks at the machine: it changes nothing, and what it sees is not known. */
export const UNKNOWN: CommandResult = { status: 0, output: null };

/** @throws DrillError when an argument is not known */
export function requireKnown({ words }: CommandInput): void {
  if (words.includes(null)) throw new DrillError('what a word of it stands for is not known here');
}

/** `net.ipv4.x`, `net/ipv4/x`, `/proc/sys/net/ipv4/x`: the first of them. */
export function settingKey(text: string): string {
  return text
    .trim()
    .replace(/^\/proc\/sys\//, '')
    .replaceAll('/', '.');
}
