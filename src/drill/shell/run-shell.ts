/**
 * Runs the text between two backquotes. Words are expanded and commands carried out by shell-commands.ts; what a command says and how
 * it ends may be unknown (null), as of programs that look at a real machine: nothing is decided by a guess without saying so.
 */
import { DrillError } from '../drill-error.ts';
import type { CommandInput, CommandResult } from './command.ts';
import { matchesGlob } from './glob.ts';
import { parseShellLine } from './parse-shell.ts';
import { ShellFiles } from './redirect.ts';
import { runCommand } from './shell-commands.ts';
import { ShellError } from './shell-error.ts';
import type { ShellTarget } from './shell-target.ts';
import type { ShellItem, ShellNode, ShellSimple } from './shell-tree.ts';
import { testWords } from './test-command.ts';

/** Loops and commands of one line. */
const COMMANDS_MAX = 10_000;
const OUTPUT_MAX = 1 << 20;
/** Functions within functions. */
const CALLS_MAX = 50;

/** @throws ShellError that names what is not understood, or how the line has failed */
export function runShell(text: string, target: ShellTarget, isFirst = false): void {
  const tree = parseShellLine(text.replace(/\r\n/g, '\n'));
  const run = new ShellRun(target, isFirst);
  const { status, output } = run.whole(tree);
  for (const line of (output ?? '').split('\n')) if (line !== '') target.note(`shell: ${line}`);
  if (status !== null && status !== 0)
    throw new ShellError(`the command ends with status ${status}${run.reason}`, run.lastOffset);
}

/** `exit` leaves the whole line or the parentheses, `return` the function, `break` and `continue` the loop. */
class Leave {
  readonly word: string;
  readonly status: number | null;
  /** Said so far within what is left. */
  output: string | null = '';

  constructor(word: string, status: number | null) {
    this.word = word;
    this.status = status;
  }

  isBehind(said: string | null): void {
    this.output = joined(said, this.output);
  }
}

function joined(first: string | null, second: string | null): string | null {
  return first === null || second === null ? null : first + second;
}

class ShellRun extends ShellFiles {
  /** Of the last command that was run, for messages. */
  lastOffset = 0;
  private failedText = '';
  private readonly isFirst: boolean;
  private readonly functions = new Map<string, ShellNode>();
  private calls = 0;
  private commands = 0;
  private endsAtFailure = false;
  /** What `&` sends there is done at once, which nobody notices as long as it does not wait. */
  private isInBackground = false;
  /** Something in the background has slept: what follows would be too early. */
  private hasSlept = false;

  constructor(target: ShellTarget, isFirst: boolean) {
    super(target);
    this.isFirst = isFirst;
  }

  get reason(): string {
    return this.failedText === '' ? '' : `: '${this.failedText}'`;
  }

  whole(tree: ShellNode): CommandResult {
    try {
      return this.run(tree, '');
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      if (error.word === 'exit') return { status: error.status, output: error.output };
      throw new ShellError(`'${error.word}' leaves nothing here`, this.lastOffset);
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
      case 'case':
        return this.choice(node, input);
      case 'function':
        this.functions.set(node.name, node.body);
        return { status: 0, output: '' };
      case 'test':
        return this.noted(this.tested(node), node);
      case 'arithmetic':
        return this.noted({ status: this.holds(node.text, node.offset), output: '' }, node);
      case 'count': {
        const [first, test, step] = node.parts;
        if (first.trim() !== '') this.holds(first, node.offset);
        let isBegun = false;
        return this.loop(node.body, input, () => {
          if (isBegun && step.trim() !== '') this.holds(step, node.offset);
          isBegun = true;
          return test.trim() === '' || this.isTrue({ status: this.holds(test, node.offset), output: '' });
        });
      }
      case 'group': {
        const result = node.isOwnShell ? this.ownShell(node.body, input) : this.run(node.body, input);
        return {
          status: result.status,
          output: this.redirected(result.output, node.redirections, '{ … }', this.lastOffset),
        };
      }
    }
  }

  protected override outputOf(node: ShellNode): string | null {
    return this.run(node, '').output;
  }

  /** What is set between parentheses is forgotten behind them. */
  private ownShell(body: ShellNode, input: string | null): CommandResult {
    const before = new Map(this.variables);
    try {
      return this.run(body, input);
    } catch (error) {
      if (!(error instanceof Leave) || error.word !== 'exit') throw error;
      this.lastStatus = error.status;
      return { status: error.status, output: error.output };
    } finally {
      this.variables.clear();
      for (const [name, value] of before) this.variables.set(name, value);
    }
  }

  private choice(node: ShellNode & { readonly kind: 'case' }, input: string | null): CommandResult {
    const subject = this.expandOne(node.subject);
    if (subject === null) throw new ShellError("what 'case' goes by is not known here", node.offset);
    const arm = node.arms.find(({ patterns }) =>
      patterns.some((pattern) => matchesGlob(this.expandOne(pattern) ?? '', subject)),
    );
    return arm === undefined ? { status: 0, output: '' } : this.run(arm.body, input);
  }

  private tested({ words, offset, text }: ShellNode & { readonly kind: 'test' }): CommandResult {
    const own = words.map((word) => this.expandOne(word));
    try {
      return { status: testWords(own, this.target, true), output: '' };
    } catch (error) {
      if (!(error instanceof DrillError)) throw error;
      throw new ShellError(`'${text}': ${error.message}`, offset);
    }
  }

  /** 0 when the result is another than 0. */
  private holds(text: string, offset: number): number | null {
    const value = this.calculate(text);
    if (typeof value === 'object' && value !== null) throw new ShellError(value.problem, offset);
    return value === null ? null : Number(value === 0);
  }

  private noted(result: CommandResult, node: { readonly text: string; readonly offset: number }): CommandResult {
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
      const result = this.before(output, () => (next === '||' ? this.attempted(node, input) : this.run(node, input)));
      if (isBackground) this.isInBackground = this.hasSlept = false;
      status = result.status;
      output = joined(output, result.output);
      if ((output?.length ?? 0) > OUTPUT_MAX) throw new ShellError('too much is printed', this.lastOffset);
      if (this.endsAtFailure && status !== 0 && status !== null && (next === undefined || next === ';'))
        this.before(output, () => this.leave('exit', status));
    }
    return { status, output };
  }

  /** Whoever leaves has said `said` before. */
  private before<Result>(said: string | null, run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      if (error instanceof Leave) error.isBehind(said);
      throw error;
    }
  }

  private leave(word: string, status: number | null): never {
    throw new Leave(word, status);
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
      try {
        const result = this.run(body, input);
        status = result.status;
        output = joined(output, result.output);
      } catch (error) {
        if (!(error instanceof Leave)) throw error;
        error.isBehind(output);
        if (error.word === 'return' || error.word === 'exit') throw error;
        output = error.output;
        if (error.word === 'break') break;
      }
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
      if (this.isInBackground && this.hasSlept)
        throw new ShellError(
          `'${node.text}' comes behind a sleep in the background, and is not supported there`,
          node.offset,
        );
      result = this.called(asked) ?? this.builtin(asked) ?? runCommand(asked, this.target);
    }
    return { status: result.status, output: this.redirected(result.output, node.redirections, node.text, node.offset) };
  }

  /** A function of the line. */
  private called(asked: CommandInput): CommandResult | undefined {
    const body = this.functions.get(asked.known[0] ?? '');
    if (body === undefined) return undefined;
    const outer = this.positional;
    if (++this.calls > CALLS_MAX) throw new ShellError('functions call each other too deep', asked.offset);
    this.positional = asked.words.slice(1);
    try {
      return this.run(body, asked.input);
    } catch (error) {
      if (!(error instanceof Leave) || error.word !== 'return') throw error;
      return { status: error.status, output: error.output };
    } finally {
      this.positional = outer;
      this.calls--;
    }
  }

  /** Commands about the shell itself. */
  private builtin(asked: CommandInput): CommandResult | undefined {
    const [name = '', ...rest] = asked.known;
    switch (name) {
      case 'return':
      case 'break':
      case 'continue':
      case 'exit':
        return this.leave(name, rest[0] === undefined ? this.lastStatus : Number(rest[0]));
      case 'shift':
        this.positional = this.positional.slice(Number(rest[0] ?? 1));
        return { status: 0, output: '' };
      case 'let': {
        const statuses = rest.map((word) => this.holds(word, asked.offset));
        return { status: statuses.at(-1) ?? 1, output: '' };
      }
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
        // Nobody waits for it.
        if (!this.isInBackground) return undefined;
        this.hasSlept = true;
        return { status: 0, output: '' };
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
}

/** The command whose status a node has. */
function textOf(node: ShellNode): string {
  if (node.kind === 'simple' || node.kind === 'test') return `'${node.text}'`;
  const last =
    node.kind === 'pipeline' ? node.commands.at(-1) : node.kind === 'list' ? node.items.at(-1)?.node : undefined;
  return last === undefined ? 'a command' : textOf(last);
}
