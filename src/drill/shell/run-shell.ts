/**
 * Runs the text between two backquotes. Words are expanded and commands carried out by shell-commands.ts; what a command says and how
 * it ends may be unknown (null), as of programs that look at a real machine: nothing is decided by a guess without saying so.
 */
import { DrillError } from '../drill-error.ts';
import { shellArithmetic } from './arithmetic.ts';
import { type CommandInput, type CommandResult, settingKey } from './command.ts';
import { parseShellLine } from './parse-shell.ts';
import { runCommand } from './shell-commands.ts';
import { ShellError } from './shell-error.ts';
import type { ShellTarget } from './shell-target.ts';
import type { Redirection, ShellItem, ShellNode, ShellPart, ShellSimple, ShellWord } from './shell-tree.ts';

/** Loops and commands of one line. */
const COMMANDS_MAX = 10_000;
const OUTPUT_MAX = 1 << 20;

/** @throws ShellError that names what is not understood, or how the line has failed */
export function runShell(text: string, target: ShellTarget, isFirst = false): void {
  const tree = parseShellLine(text.replace(/\r\n/g, '\n'));
  const run = new ShellRun(target, isFirst);
  const { status, output } = run.whole(tree);
  for (const line of (output ?? '').split('\n')) if (line !== '') target.note(`shell: ${line}`);
  if (status !== null && status !== 0)
    throw new ShellError(`the command ends with status ${status}${run.reason}`, run.lastOffset);
}

/** `exit` leaves the whole line. */
class Exit {
  readonly status: number | null;

  constructor(status: number | null) {
    this.status = status;
  }
}

class ShellRun {
  /** Of the last command that was run, for messages. */
  lastOffset = 0;
  private failedText = '';
  private readonly target: ShellTarget;
  private readonly isFirst: boolean;
  private readonly variables = new Map<string, string | null>();
  private lastStatus: number | null = 0;
  private commands = 0;
  private endsAtFailure = false;
  /** What `&` sends there is done at once, which nobody notices as long as it does not wait. */
  private isInBackground = false;
  /** Output of what has run before `exit`. */
  private said = '';

  constructor(target: ShellTarget, isFirst: boolean) {
    this.target = target;
    this.isFirst = isFirst;
  }

  get reason(): string {
    return this.failedText === '' ? '' : `: '${this.failedText}'`;
  }

  whole(tree: ShellNode): CommandResult {
    try {
      return this.run(tree, '');
    } catch (error) {
      if (error instanceof Exit) return { status: error.status, output: this.said };
      throw error;
    }
  }

  /** @param input what a pipe brings; null: not known */
  private run(node: ShellNode, input: string | null): CommandResult {
    switch (node.kind) {
      case 'simple':
        return this.noted(this.simple(node, input), node);
      case 'pipeline':
        return this.pipeline(node, input);
      case 'list':
        return this.list(node.items, input);
      case 'if': {
        const branch = node.branches.find(({ test }) => this.isTrue(this.run(test, input), test));
        const body = branch?.body ?? node.otherwise;
        return body === undefined ? { status: 0, output: '' } : this.run(body, input);
      }
      case 'for': {
        const words = this.expandAll(node.words);
        return this.loop(node.body, input, () => {
          if (words.length === 0) return false;
          this.variables.set(node.name, words.shift() ?? null);
          return true;
        });
      }
      case 'while':
        return this.loop(node.body, input, () => this.isTrue(this.run(node.test, input), node.test) !== node.isUntil);
      case 'group': {
        const result = this.run(node.body, input);
        return { status: result.status, output: this.redirected(result.output, node.redirections, '{ … }') };
      }
    }
  }

  private noted(result: CommandResult, node: ShellSimple): CommandResult {
    this.lastStatus = result.status;
    if (result.status !== 0 && result.status !== null) {
      this.failedText = node.text;
      this.lastOffset = node.offset;
    }
    return result;
  }

  /** What cannot be known is taken for true, and said. */
  private isTrue({ status }: CommandResult, node?: ShellNode): boolean {
    if (status === null) {
      this.target.note(
        `shell: ${node === undefined ? 'a command' : textOf(node)} cannot be checked here; taken for true`,
      );
    }
    return status === 0 || status === null;
  }

  private pipeline(node: ShellNode & { readonly kind: 'pipeline' }, input: string | null): CommandResult {
    let result: CommandResult = { status: 0, output: input };
    for (const command of node.commands) result = this.run(command, result.output);
    const { status } = result;
    if (node.isNegated && status !== null) result = { ...result, status: status === 0 ? 1 : 0 };
    this.lastStatus = result.status;
    return result;
  }

  private list(items: readonly ShellItem[], input: string | null): CommandResult {
    let output: string | null = '';
    let status: number | null = 0;
    for (const [index, { joint, node, isBackground }] of items.entries()) {
      const isRun = joint === ';' || this.isTrue({ status, output: '' }, items[index - 1]?.node) === (joint === '&&');
      if (!isRun) continue;
      const next = items[index + 1]?.joint;
      this.isInBackground ||= isBackground;
      const result = next === '||' ? this.attempted(node, input) : this.run(node, input);
      if (isBackground) this.isInBackground = false;
      status = result.status;
      output = output === null || result.output === null ? null : output + result.output;
      this.said = output ?? '';
      if ((output?.length ?? 0) > OUTPUT_MAX) throw new ShellError('too much is printed', this.lastOffset);
      if (this.endsAtFailure && status !== 0 && status !== null && (next === undefined || next === ';'))
        throw new Exit(status);
    }
    return { status, output };
  }

  /** What stands before `||` may fail: a setting that is not there does so. */
  private attempted(node: ShellNode, input: string | null): CommandResult {
    try {
      return this.run(node, input);
    } catch (error) {
      if (!(error instanceof DrillError)) throw error;
      this.target.note(`${error.message}; what stands behind || is done`);
      return { status: 1, output: '' };
    }
  }

  private loop(body: ShellNode, input: string | null, next: () => boolean): CommandResult {
    let output: string | null = '';
    let status: number | null = 0;
    while (next()) {
      this.count(this.lastOffset);
      const result = this.run(body, input);
      status = result.status;
      output = output === null || result.output === null ? null : output + result.output;
    }
    return { status, output };
  }

  private count(offset: number): void {
    if (++this.commands > COMMANDS_MAX)
      throw new ShellError(`more than ${COMMANDS_MAX} commands: is there a loop without an end?`, offset);
  }

  private simple(node: ShellSimple, input: string | null): CommandResult {
    this.count(node.offset);
    for (const { name, value } of node.assignments) this.variables.set(name, this.expandOne(value));
    const words = this.expandAll(node.words);
    const stdin = this.inputOf(node.redirections) ?? input;
    let result: CommandResult = { status: 0, output: '' };
    if (words.length > 0) {
      const known = words.map((word) => word ?? '');
      const asked: CommandInput = {
        words,
        known,
        text: node.text,
        offset: node.offset,
        input: stdin,
        isFirst: this.isFirst,
      };
      result = this.builtin(asked) ?? runCommand(asked, this.target);
    }
    return { status: result.status, output: this.redirected(result.output, node.redirections, node.text, node.offset) };
  }

  /** Commands about the shell itself. */
  private builtin(asked: CommandInput): CommandResult | undefined {
    const [name = '', ...rest] = asked.known;
    switch (name) {
      case 'exit':
      case 'return':
        throw new Exit(rest[0] === undefined ? this.lastStatus : Number(rest[0]));
      case 'set':
        if (rest.some((word) => /^-\w*e/.test(word))) this.endsAtFailure = true;
        if (rest.some((word) => /^\+\w*e/.test(word))) this.endsAtFailure = false;
        return { status: 0, output: '' };
      case 'export':
      case 'local':
      case 'readonly':
      case 'declare':
        for (const word of rest) {
          const [, key, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word) ?? [];
          if (key !== undefined) this.variables.set(key, value ?? '');
        }
        return { status: 0, output: '' };
      case 'unset':
        for (const word of rest) this.variables.delete(word);
        return { status: 0, output: '' };
      case 'sleep':
        if (this.isInBackground) throw new ShellError('a sleep in the background is not supported here', asked.offset);
        return undefined;
      case 'sh':
      case 'bash':
      case 'eval':
        return this.nested(name, rest, asked);
      default:
        return undefined;
    }
  }

  /** `bash -c "…"`, `eval "…"`; undefined for a file, which is a script of somebody's. */
  private nested(name: string, rest: readonly string[], asked: CommandInput): CommandResult | undefined {
    const at = rest.findIndex((word) => /^-\w*c$/.test(word));
    const text = name === 'eval' ? rest.join(' ') : at >= 0 ? rest[at + 1] : undefined;
    if (text === undefined) return undefined;
    this.count(asked.offset);
    return this.run(parseShellLine(text), asked.input);
  }

  // --- redirections ---

  private inputOf(redirections: readonly Redirection[]): string | null | undefined {
    const one = redirections.find(({ mark }) => mark === '<' || mark === '<<<');
    if (one === undefined) return undefined;
    const text = this.expandOne(one.target);
    if (one.mark === '<<<') return text === null ? null : `${text}\n`;
    return text?.startsWith('/proc/sys/') ? this.target.sysctl(settingKey(text)) : null;
  }

  /** What is left of the output once it went where redirections say. */
  private redirected(
    output: string | null,
    redirections: readonly Redirection[],
    text: string,
    offset = this.lastOffset,
  ): string | null {
    let left = output;
    for (const { descriptor, mark, target } of redirections) {
      if (descriptor !== 1 || (mark !== '>' && mark !== '>>')) continue;
      const path = this.expandOne(target) ?? '';
      if (path.startsWith('/proc/sys/')) this.writeSetting(path, output, text, offset);
      else if (!/^\/(?:tmp|dev|var\/tmp|sys\/kernel\/(?:debug|tracing))\//.test(path) && path.startsWith('/'))
        throw new ShellError(`'${text}' is not understood: nothing is written to ${path}`, offset);
      left = '';
    }
    return left;
  }

  private writeSetting(path: string, output: string | null, text: string, offset: number): void {
    if (output === null) throw new ShellError(`'${text}': what is to be written to ${path} is not known here`, offset);
    try {
      this.target.setSysctl(settingKey(path), output.trim());
    } catch (error) {
      if (!(error instanceof DrillError)) throw error;
      throw new ShellError(`'${text}': ${error.message}`, offset);
    }
  }

  // --- expansion ---

  /** Words after expansion; null is one whose text is not known. */
  private expandAll(words: readonly ShellWord[]): (string | null)[] {
    return words.flatMap((word) => this.expand(word));
  }

  private expandOne(word: ShellWord): string | null {
    const texts = word.parts.map((part) => this.partText(part, word.offset));
    return texts.includes(null) ? null : texts.join('');
  }

  private expand(word: ShellWord): (string | null)[] {
    const fields: (string | null)[] = [];
    let open: string | null | undefined;
    const add = (text: string | null): void => {
      open = open === null || text === null ? null : (open ?? '') + text;
    };
    for (const part of word.parts) {
      const text = this.partText(part, word.offset);
      if (part.isQuoted || part.kind === 'text' || text === null) {
        add(text);
        continue;
      }
      // What was not quoted falls apart at its blanks.
      const pieces = text.split(/\s+/);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0 && open !== undefined) {
          fields.push(open);
          open = undefined;
        }
        if (piece !== '') add(piece);
      }
    }
    if (open !== undefined) fields.push(open);
    return fields;
  }

  private partText(part: ShellPart, offset: number): string | null {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'variable':
        return this.variable(part, offset);
      case 'arithmetic': {
        const numberFor = (name: string): number | null => {
          const value = this.variables.get(name);
          return value === null ? null : Number(value ?? 0) || 0;
        };
        const value = shellArithmetic(part.text, numberFor);
        if (typeof value === 'object' && value !== null) throw new ShellError(value.problem, offset);
        return value === null ? null : String(value);
      }
      case 'command': {
        const { output } = this.run(part.body, '');
        return output?.replace(/\n+$/, '') ?? null;
      }
    }
  }

  private variable(part: ShellPart & { readonly kind: 'variable' }, offset: number): string | null {
    const { name, operator, other } = part;
    if (name === '?') return this.lastStatus === null ? null : String(this.lastStatus);
    if (/^\W|^\d$/.test(name)) return name === '$' ? '1' : '';
    const value = this.variables.get(name);
    switch (operator) {
      case '':
        return value === undefined ? '' : value;
      case ':-':
      case '-':
      case ':=':
      case '=': {
        const isThere = value !== undefined && !(operator.startsWith(':') && value === '');
        if (!isThere && operator.endsWith('=')) this.variables.set(name, other);
        return isThere ? value : other;
      }
      case ':+':
      case '+':
        return value === undefined || value === '' ? '' : other;
      default:
        throw new ShellError(`\${${name}${operator}…} is not supported here`, offset);
    }
  }
}

/** The command whose status a node has. */
function textOf(node: ShellNode): string {
  if (node.kind === 'simple') return `'${node.text}'`;
  const last =
    node.kind === 'pipeline' ? node.commands.at(-1) : node.kind === 'list' ? node.items.at(-1)?.node : undefined;
  return last === undefined ? 'a command' : textOf(last);
}
