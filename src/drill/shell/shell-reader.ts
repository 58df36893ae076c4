/** Words of shell lines from text to parts: quotes, variables, `$(…)`, `$((…))`. What stands between words is for the parser. */
import { ShellError } from './shell-error.ts';
import type { ShellNode, ShellPart, ShellWord } from './shell-tree.ts';

export const BLANKS = /(?:[ \t\r]|\\\r?\n)+/y;
const VARIABLE =
  /\$(?:([A-Za-z_]\w*|[0-9?$#!*@])|\{(#?[A-Za-z_]\w*|[0-9?#@*])(:?[-=+?]|##|#|%%|%|\/\/|\/|\^\^|,,|:)?([^{}]*)\})/y;
const PLAIN = /[^\s"'\\$;&|<>()#`]+|#/y;
const QUOTED = /[^"\\$]+/y;

export abstract class ShellReader {
  protected readonly text: string;
  protected at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Commands up to one of `ends`. */
  abstract list(ends: readonly string[]): ShellNode;

  protected get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  protected match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    if (found) this.at += found[0].length;
    return found;
  }

  protected nextText(): string {
    return this.text.slice(this.at).trim().split(/\s/)[0] ?? '';
  }

  protected fail(message: string): never {
    throw new ShellError(message, this.at);
  }

  /** One word; undefined when none comes. */
  protected word(): ShellWord | undefined {
    this.match(BLANKS);
    const offset = this.at;
    if (this.text[this.at] === '#') return undefined;
    const parts: ShellPart[] = [];
    for (;;) {
      const character = this.text[this.at];
      if (character === '"') parts.push(...this.doubleQuoted());
      else if (character === "'") parts.push(this.singleQuoted());
      else if (character === '\\' && this.text[this.at + 1] !== '\n' && this.at + 1 < this.text.length) {
        parts.push({ kind: 'text', text: this.text[this.at + 1] ?? '', isQuoted: true });
        this.at += 2;
      } else if (character === '$') parts.push(this.dollar(false));
      else {
        const plain = this.match(PLAIN)?.[0];
        if (plain === undefined) break;
        parts.push({ kind: 'text', text: plain, isQuoted: false });
      }
    }
    return parts.length === 0 ? undefined : { offset, parts };
  }

  private singleQuoted(): ShellPart {
    const end = this.text.indexOf("'", this.at + 1);
    if (end < 0) this.fail("a text in ' never ends");
    const text = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return { kind: 'text', text, isQuoted: true };
  }

  private doubleQuoted(): ShellPart[] {
    const parts: ShellPart[] = [{ kind: 'text', text: '', isQuoted: true }];
    const opening = this.at++;
    while (this.text[this.at] !== '"') {
      if (this.isAtEnd) {
        this.at = opening;
        this.fail('a text in " never ends');
      }
      if (this.text[this.at] === '$') parts.push(this.dollar(true));
      else if (this.text[this.at] === '\\') {
        const next = this.text[this.at + 1] ?? '';
        parts.push({
          kind: 'text',
          text: '"\\$`'.includes(next) ? next : next === '\n' ? '' : `\\${next}`,
          isQuoted: true,
        });
        this.at += 2;
      } else parts.push({ kind: 'text', text: this.match(QUOTED)?.[0] ?? '', isQuoted: true });
    }
    this.at++;
    return parts;
  }

  private dollar(isQuoted: boolean): ShellPart {
    if (this.text.startsWith('$((', this.at)) return this.arithmetic(isQuoted);
    if (this.text.startsWith('$(', this.at)) {
      this.at += 2;
      const body = this.list([]);
      if (this.text[this.at] !== ')') this.fail("')' is missing");
      this.at++;
      return { kind: 'command', body, isQuoted };
    }
    const found = this.match(VARIABLE);
    if (!found) {
      if (this.text[this.at + 1] === '{') this.fail(`'${this.nextText()}' is not supported here`);
      this.at++;
      return { kind: 'text', text: '$', isQuoted };
    }
    const [, plain, braced, operator = '', other = ''] = found;
    return { kind: 'variable', name: plain ?? braced ?? '', operator, other, isQuoted };
  }

  private arithmetic(isQuoted: boolean): ShellPart {
    return { kind: 'arithmetic', text: this.untilBothClose(this.at + 3), isQuoted };
  }

  /** The text up to `))`, which is taken. */
  protected untilBothClose(start: number): string {
    let depth = 0;
    for (let at = start; at < this.text.length; at++) {
      if (this.text[at] === '(') depth++;
      else if (this.text[at] === ')' && depth > 0) depth--;
      else if (this.text.startsWith('))', at)) {
        this.at = at + 2;
        return this.text.slice(start, at);
      }
    }
    return this.fail("'))' is missing");
  }
}
