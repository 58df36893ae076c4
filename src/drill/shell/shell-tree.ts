/** The tree of a shell line: what of the shell's language scripts use. Plain data; offsets count from the line's beginning. */

export type ShellNode =
  | ShellSimple
  | { readonly kind: 'pipeline'; readonly commands: readonly ShellNode[]; readonly isNegated: boolean }
  | { readonly kind: 'list'; readonly items: readonly ShellItem[] }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly test: ShellNode; readonly body: ShellNode }[];
      readonly otherwise: ShellNode | undefined;
    }
  | {
      readonly kind: 'case';
      readonly offset: number;
      readonly subject: ShellWord;
      readonly arms: readonly { readonly patterns: readonly ShellWord[]; readonly body: ShellNode }[];
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: ShellNode }
  /** `[[ … ]]`: operators are words. */
  | { readonly kind: 'test'; readonly offset: number; readonly text: string; readonly words: readonly ShellWord[] }
  /** `((…))`. */
  | { readonly kind: 'arithmetic'; readonly offset: number; readonly text: string }
  /** `for ((first; test; step))`. */
  | {
      readonly kind: 'count';
      readonly offset: number;
      readonly parts: readonly [first: string, test: string, step: string];
      readonly body: ShellNode;
    }
  | { readonly kind: 'for'; readonly name: string; readonly words: readonly ShellWord[]; readonly body: ShellNode }
  | { readonly kind: 'while'; readonly isUntil: boolean; readonly test: ShellNode; readonly body: ShellNode }
  | {
      readonly kind: 'group';
      readonly body: ShellNode;
      readonly redirections: readonly Redirection[];
      /** Between parentheses. */
      readonly isOwnShell: boolean;
    };

/** `joint` tells whether it is run: always, if the one before succeeded, if that failed. */
export interface ShellItem {
  readonly joint: ';' | '&&' | '||';
  readonly node: ShellNode;
  /** `&` stands behind it. */
  readonly isBackground: boolean;
}

/** Assignments, words, redirections. */
export interface ShellSimple {
  readonly kind: 'simple';
  readonly offset: number;
  /** As written, for messages. */
  readonly text: string;
  readonly assignments: readonly { readonly name: string; readonly value: ShellWord }[];
  readonly words: readonly ShellWord[];
  readonly redirections: readonly Redirection[];
}

/** `2>/dev/null`, `> /proc/sys/net/…`, `2>&1`, `< file`. */
export interface Redirection {
  readonly descriptor: number;
  readonly mark: '>' | '>>' | '<' | '>&' | '<<<';
  readonly target: ShellWord;
}

export interface ShellWord {
  readonly offset: number;
  readonly parts: readonly ShellPart[];
}

export type ShellPart = { readonly isQuoted: boolean } & (
  | { readonly kind: 'text'; readonly text: string }
  /** `$NAME`, `${NAME:-other}`: `operator` is what stands behind the name. */
  | { readonly kind: 'variable'; readonly name: string; readonly operator: string; readonly other: string }
  /** `$((…))`. */
  | { readonly kind: 'arithmetic'; readonly text: string }
  /** `$(…)`. */
  | { readonly kind: 'command'; readonly body: ShellNode }
);
