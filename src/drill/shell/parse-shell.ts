/**
 * Shell lines from text to tree: lists, pipelines, if, for, while, groups, quotes, variables. Nothing is run here, and nothing is ever
 * handed to a shell.
 */
import { ShellError } from './shell-error.ts';
import type { Redirection, ShellItem, ShellNode, ShellPart, ShellWord } from './shell-tree.ts';

const BLANKS = /(?:[ \t\r]|\\\r?\n)+/y;
const REMARK = /#[^\n]*/y;
const OPERATOR = /&&|\|\||\|&|;;|[;&|\n()]/y;
const ASSIGNMENT = /([A-Za-z_]\w*)=/y;
const REDIRECTION = /(\d*)(&>>|&>|<<<|>>|>&|<&|>\||>|<)/y;
const VARIABLE = /\$(?:([A-Za-z_]\w*|[0-9?$#!*@])|\{([A-Za-z_]\w*|[0-9?#])(:?[-=+?]|##|#|%%|%)?([^{}]*)\})/y;
const PLAIN = /[^\s"'\\$;&|<>()#`]+|#/y;
const QUOTED = /[^"\\$]+/y;
/** Words that end what stands before them. */
const ENDS: readonly string[] = ['then', 'elif', 'else', 'fi', 'do', 'done', '}'];
const UNSUPPORTED: readonly string[] = ['case', 'function', 'select', '[[', '((', 'coproc'];
const MAX_DEPTH = 16;

/** @throws ShellError for what is not understood */
export function parseShellLine(text: string): ShellNode {
  const parser = new ShellParser(text);
  const node = parser.list([]);
  parser.expectEnd();
  return node;
}

class ShellParser {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  expectEnd(): void {
    if (this.at < this.text.length) this.fail(`unexpected '${this.nextText()}'`);
  }

  /** Commands up to one of `ends`, which stays; to the end of the text when there is none. */
  list(ends: readonly string[]): ShellNode {
    if (++this.depth > MAX_DEPTH) this.fail('nested too deep');
    const items: ShellItem[] = [];
    let joint: ShellItem['joint'] = ';';
    for (;;) {
      const isOpen = joint !== ';';
      this.skipLines();
      if (this.isAtEnd || this.text[this.at] === ')' || (ENDS.includes(this.word0()) && ends.includes(this.word0()))) {
        if (isOpen) this.fail(`a command is missing after '${joint}'`);
        break;
      }
      const node = this.pipeline();
      const operator = this.operator();
      items.push({ joint, node, isBackground: operator === '&' });
      if (operator === '&&' || operator === '||') joint = operator;
      else if (operator === ';' || operator === '\n' || operator === '&') joint = ';';
      else break;
    }
    this.depth--;
    return { kind: 'list', items };
  }

  private get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Blanks, ends of lines, remarks. */
  private skipLines(): void {
    for (this.skip(); this.text[this.at] === '\n' || this.text[this.at] === ';'; this.skip()) this.at++;
  }

  private skip(): void {
    this.match(BLANKS);
    if (this.text[this.at] === '#') this.match(REMARK);
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    if (found) this.at += found[0].length;
    return found;
  }

  /** The operator that comes next, taken unless it closes something. */
  private operator(): string {
    this.skip();
    const before = this.at;
    const found = this.match(OPERATOR)?.[0] ?? '';
    if (found === ')' || found === ';;') this.at = before;
    return found;
  }

  /** The plain word that comes next, left where it is. */
  private word0(): string {
    return /^[^\s;&|<>()"'$\\]+/.exec(this.text.slice(this.at, this.at + 32))?.[0] ?? '';
  }

  private nextText(): string {
    return this.text.slice(this.at).trim().split(/\s/)[0] ?? '';
  }

  private take(word: string): boolean {
    this.skip();
    if (this.word0() !== word) return false;
    this.at += word.length;
    return true;
  }

  private expect(word: string): void {
    this.skipLines();
    if (!this.take(word)) this.fail(`'${word}' is missing${this.isAtEnd ? '' : ` before '${this.nextText()}'`}`);
  }

  private fail(message: string): never {
    throw new ShellError(message, this.at);
  }

  private pipeline(): ShellNode {
    let isNegated = false;
    while (this.take('!')) isNegated = !isNegated;
    const commands = [this.command()];
    for (;;) {
      this.skip();
      const before = this.at;
      const operator = this.match(OPERATOR)?.[0];
      if (operator !== '|' && operator !== '|&') {
        this.at = before;
        break;
      }
      this.skipLines();
      commands.push(this.command());
    }
    const [only] = commands;
    return commands.length === 1 && !isNegated && only !== undefined ? only : { kind: 'pipeline', commands, isNegated };
  }

  private command(): ShellNode {
    this.skip();
    const word = this.word0();
    if (UNSUPPORTED.includes(word)) this.fail(`'${word}' is not supported here`);
    if (this.text.startsWith('((', this.at)) this.fail("'((' is not supported here");
    if (ENDS.includes(word)) this.fail(`unexpected '${word}'`);
    switch (word) {
      case 'if':
        return this.conditional();
      case 'for':
        return this.forLoop();
      case 'while':
      case 'until':
        return this.whileLoop(word === 'until');
      case '{':
        this.at++;
        return this.group('}');
      default:
        if (this.text[this.at] !== '(') return this.simple();
        this.at++;
        return this.group(')');
    }
  }

  private conditional(): ShellNode {
    const branches: { test: ShellNode; body: ShellNode }[] = [];
    this.take('if');
    do {
      const test = this.list(['then']);
      this.expect('then');
      branches.push({ test, body: this.list(['elif', 'else', 'fi']) });
    } while (this.take('elif'));
    const otherwise = this.take('else') ? this.list(['fi']) : undefined;
    this.expect('fi');
    return { kind: 'if', branches, otherwise };
  }

  private forLoop(): ShellNode {
    this.take('for');
    this.skip();
    const name = this.match(/[A-Za-z_]\w*/y)?.[0];
    if (name === undefined) this.fail("a name is missing after 'for'");
    const words: ShellWord[] = [];
    if (!this.take('in')) this.fail("'in' and what the loop goes through are missing");
    for (let word = this.word(); word !== undefined; word = this.word()) words.push(word);
    return { kind: 'for', name: name ?? '', words, body: this.loopBody() };
  }

  private whileLoop(isUntil: boolean): ShellNode {
    this.take(isUntil ? 'until' : 'while');
    const test = this.list(['do']);
    return { kind: 'while', isUntil, test, body: this.loopBody() };
  }

  private loopBody(): ShellNode {
    this.expect('do');
    const body = this.list(['done']);
    this.expect('done');
    return body;
  }

  private group(close: ')' | '}'): ShellNode {
    const body = this.list([close]);
    this.skipLines();
    if (this.text[this.at] !== close) this.fail(`'${close}' is missing`);
    this.at++;
    const redirections: Redirection[] = [];
    for (let one = this.redirection(); one !== undefined; one = this.redirection()) redirections.push(one);
    return { kind: 'group', body, redirections };
  }

  private simple(): ShellNode {
    const offset = this.at;
    const assignments: { name: string; value: ShellWord }[] = [];
    const words: ShellWord[] = [];
    const redirections: Redirection[] = [];
    let end = this.at;
    for (;;) {
      this.skip();
      const redirection = this.redirection();
      if (redirection !== undefined) {
        redirections.push(redirection);
        end = this.at;
        continue;
      }
      const name = words.length === 0 ? this.match(ASSIGNMENT)?.[1] : undefined;
      const word = this.word();
      if (name !== undefined) assignments.push({ name, value: word ?? { offset: this.at, parts: [] } });
      else if (word === undefined) break;
      else words.push(word);
      end = this.at;
    }
    if (end === offset) this.fail(this.isAtEnd ? 'a command is missing' : `unexpected '${this.nextText()}'`);
    return { kind: 'simple', offset, text: this.text.slice(offset, end).trim(), assignments, words, redirections };
  }

  private redirection(): Redirection | undefined {
    this.skip();
    const found = this.match(REDIRECTION);
    if (!found) return undefined;
    const [, digits = '', mark = ''] = found;
    this.skip();
    const target = this.word();
    if (target === undefined) return this.fail(`a file is missing after '${mark}'`);
    const isOutput = mark !== '<' && mark !== '<<<' && mark !== '<&';
    const plain = mark.replace(/^&|\|$/g, '') as Redirection['mark'];
    return { descriptor: digits === '' ? Number(isOutput) : Number(digits), mark: plain, target };
  }

  // --- words ---

  /** One word; undefined when none comes. */
  private word(): ShellWord | undefined {
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
    const start = this.at + 3;
    let depth = 0;
    for (let at = start; at < this.text.length; at++) {
      if (this.text[at] === '(') depth++;
      else if (this.text[at] === ')' && depth > 0) depth--;
      else if (this.text.startsWith('))', at)) {
        this.at = at + 2;
        return { kind: 'arithmetic', text: this.text.slice(start, at), isQuoted };
      }
    }
    return this.fail("'))' is missing");
  }
}
