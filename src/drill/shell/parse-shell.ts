/**
 * Shell lines from text to tree: lists, pipelines, if, for, while, groups, quotes, variables. Nothing is run here, and nothing is ever
 * handed to a shell.
 */
import { ShellError } from './shell-error.ts';
import { BLANKS, ShellReader } from './shell-reader.ts';
import type { Redirection, ShellItem, ShellNode, ShellWord } from './shell-tree.ts';

const REMARK = /#[^\n]*/y;
const OPERATOR = /&&|\|\||\|&|;;|[;&|\n()]/y;
const ASSIGNMENT = /([A-Za-z_]\w*)=/y;
const REDIRECTION = /(\d*)(&>>|&>|<<<|>>|>&|<&|>\||>|<)/y;
/** A word as it stands. */
function textWord(text: string, offset: number): ShellWord {
  return { offset, parts: [{ kind: 'text', text, isQuoted: true }] };
}

/** Words that end what stands before them. */
const ENDS: readonly string[] = ['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}'];
const UNSUPPORTED: readonly string[] = ['select', 'coproc'];
const DEFINITION = /(?:function[ \t]+([A-Za-z_][\w-]*)[ \t]*(?:\([ \t]*\))?|([A-Za-z_][\w-]*)[ \t]*\([ \t]*\))/y;
/** Where a shift could stand it is none. */
const HERE = /(?<!<|\(\([^\n]*)<<(-?)[ \t]*(['"]?)([A-Za-z_]\w*)\2/;
const OPERATOR_IN_TEST = /&&|\|\||[<>()]/y;
const MAX_DEPTH = 16;

/** @throws ShellError for what is not understood */
export function parseShellLine(text: string): ShellNode {
  const parser = new ShellParser(withoutHereDocuments(text));
  const node = parser.list([]);
  parser.expectEnd();
  return node;
}

/** Lines behind `<<WORD` up to WORD become the text of a `<<<`. */
function withoutHereDocuments(text: string): string {
  let left = text;
  for (let turns = 0; turns < 100; turns++) {
    const found = HERE.exec(left);
    if (found === null) return left;
    const [mark, dash, quote, word = ''] = found;
    const lineEnd = left.indexOf('\n', found.index);
    const end =
      lineEnd < 0 ? null : new RegExp(`^${dash === '' ? '' : '\\t*'}${word}$`, 'm').exec(left.slice(lineEnd + 1));
    if (end === null) throw new ShellError(`the text behind '${mark}' never ends: '${word}' is missing`, found.index);
    const lines = left.slice(lineEnd + 1, lineEnd + 1 + end.index).replace(/\n$/, '');
    const body = dash === '' ? lines : lines.replace(/^\t+/gm, '');
    const quoted = quote === '' ? `"${body.replace(/"/g, '\\"')}"` : `'${body.replace(/'/g, "'\\''")}'`;
    const rest = left.slice(lineEnd + 1 + end.index + end[0].length);
    left = `${left.slice(0, found.index)}<<<${quoted}${left.slice(found.index + mark.length, lineEnd)}${rest}`;
  }
  throw new ShellError('too many here-documents', 0);
}

class ShellParser extends ShellReader {
  private depth = 0;

  expectEnd(): void {
    if (this.at < this.text.length) this.fail(`unexpected '${this.nextText()}'`);
  }

  /** Commands up to one of `ends`, which stays; to the end of the text when there is none. */
  override list(ends: readonly string[]): ShellNode {
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

  /** Blanks, ends of lines, remarks. */
  private skipLines(): void {
    for (this.skip(); this.text[this.at] === '\n' || this.text[this.at] === ';'; this.skip()) this.at++;
  }

  private skip(): void {
    this.match(BLANKS);
    if (this.text[this.at] === '#') this.match(REMARK);
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
    if (this.text.startsWith('((', this.at)) return this.arithmeticCommand();
    if (this.text.startsWith('[[', this.at)) return this.test();
    if (ENDS.includes(word)) this.fail(`unexpected '${word}'`);
    switch (word) {
      case 'if':
        return this.conditional();
      case 'case':
        return this.choice();
      case 'for':
        return this.forLoop();
      case 'while':
      case 'until':
        return this.whileLoop(word === 'until');
      case '{':
        this.at++;
        return this.group('}');
      default:
        if (this.text[this.at] === '(') {
          this.at++;
          return this.group(')');
        }
        return this.definition() ?? this.simple();
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

  private choice(): ShellNode {
    const offset = this.at;
    this.take('case');
    const subject = this.word() ?? this.fail("a word is missing after 'case'");
    this.expect('in');
    const arms: { patterns: ShellWord[]; body: ShellNode }[] = [];
    for (this.skipLines(); !this.take('esac'); this.skipLines()) {
      if (this.isAtEnd) this.fail("'esac' is missing");
      this.match(/\(/y);
      const patterns: ShellWord[] = [];
      do {
        patterns.push(this.word() ?? this.fail(`a pattern is missing before '${this.nextText()}'`));
        this.skip();
      } while (this.match(/\|/y));
      if (!this.match(/\)/y)) this.fail("')' is missing");
      arms.push({ patterns, body: this.list(['esac']) });
      this.match(/;;&?/y);
    }
    return { kind: 'case', offset, subject, arms };
  }

  /** `name() { … }`, `function name { … }`; undefined when none begins here. */
  private definition(): ShellNode | undefined {
    const found = this.match(DEFINITION);
    if (found === undefined) return undefined;
    this.skipLines();
    return { kind: 'function', name: found[1] ?? found[2] ?? '', body: this.command() };
  }

  private test(): ShellNode {
    const offset = this.at;
    const words: ShellWord[] = [];
    for (this.at += 2; ; ) {
      this.skip();
      if (this.match(/\]\]/y)) break;
      const at = this.at;
      const last = words[words.length - 1]?.parts[0];
      if (last?.kind === 'text' && last.text === '=~') {
        const pattern = this.match(/[^\s"'$]+(?=\s)/y)?.[0];
        if (pattern !== undefined) {
          words.push(textWord(pattern, at));
          continue;
        }
      }
      const operator = this.match(OPERATOR_IN_TEST)?.[0];
      const word = operator === undefined ? this.word() : textWord(operator, at);
      words.push(word ?? this.fail("']]' is missing"));
    }
    return { kind: 'test', offset, text: this.text.slice(offset, this.at), words };
  }

  private arithmeticCommand(): ShellNode {
    const offset = this.at;
    return { kind: 'arithmetic', offset, text: this.untilBothClose(offset + 2) };
  }

  private counting(): ShellNode {
    const offset = this.at;
    const [first, test, step, ...more] = this.untilBothClose(offset + 2).split(';');
    if (first === undefined || test === undefined || step === undefined || more.length > 0)
      return this.fail("'for ((first; test; step))' is needed");
    this.skipLines();
    return { kind: 'count', offset, parts: [first, test, step], body: this.loopBody() };
  }

  private forLoop(): ShellNode {
    this.take('for');
    this.skip();
    if (this.text.startsWith('((', this.at)) return this.counting();
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
    return { kind: 'group', body, redirections, isOwnShell: close === ')' };
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
      if (name !== undefined && this.text[this.at] === '(')
        this.fail('lists of values in a variable are not supported here');
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
}
