/**
 * Runs the code of `%{ … }%` blocks as one program: variables and functions live from block to block, the captured fields of a block
 * hide variables of the same name. Every step is counted, so no block runs for ever.
 */
import { moduleMember } from './builtins.ts';
import type { CodeImport, CodeStatement, FunctionTree } from './code-tree.ts';
import { CodeError, type CodeValue, failCode, isTrue, itemsOf } from './code-values.ts';
import { Evaluator } from './evaluate.ts';
import { textOf } from './format-spec.ts';
import { arithmetic } from './operators.ts';

/** What a program has kept so far. */
export interface CodeState {
  readonly variables: Map<string, CodeValue>;
}

/**
 * Runs one block. `names` are the fields and constants captured for it; `print` receives each line without its end.
 * Throws CodeError at the first assertion that fails or expression that makes no sense.
 */
export function runCode(
  statements: readonly CodeStatement[],
  names: ReadonlyMap<string, CodeValue>,
  state: CodeState,
  print: (line: string) => void,
): void {
  for (const name of names.keys()) state.variables.delete(name);
  const block = new Block(names, state, print);
  try {
    block.run(statements);
  } finally {
    block.flush();
  }
}

/** How statements end. */
type Outcome = 'done' | 'break' | 'continue' | { readonly value: CodeValue };

class Block {
  private readonly evaluator: Evaluator;
  private readonly print: (line: string) => void;
  /** Printed without an end of line so far. */
  private begun = '';

  constructor(names: ReadonlyMap<string, CodeValue>, { variables }: CodeState, print: (line: string) => void) {
    this.print = print;
    const runBody = (tree: FunctionTree): CodeValue => {
      const outcome = this.run(tree.body);
      return typeof outcome === 'object' ? outcome.value : null;
    };
    this.evaluator = new Evaluator({ names, variables }, (text) => this.write(text), runBody);
  }

  private write(text: string): void {
    const lines = (this.begun + text).split('\n');
    this.begun = lines.pop() ?? '';
    for (const line of lines) this.print(line);
  }

  flush(): void {
    if (this.begun !== '') this.print(this.begun);
    this.begun = '';
  }

  run(statements: readonly CodeStatement[]): Outcome {
    return this.evaluator.within(() => this.steps(statements));
  }

  private steps(statements: readonly CodeStatement[]): Outcome {
    for (const statement of statements) {
      const outcome = this.step(statement);
      if (outcome !== 'done') return outcome;
    }
    return 'done';
  }

  private step(statement: CodeStatement): Outcome {
    const { evaluator } = this;
    evaluator.place = statement.place;
    evaluator.spend(1);
    switch (statement.kind) {
      case 'assert':
        this.assertion(statement);
        return 'done';
      case 'expression':
        evaluator.evaluate(statement.value);
        return 'done';
      case 'assign': {
        const value = evaluator.evaluate(statement.value);
        for (const target of statement.targets) evaluator.assign(target, value);
        return 'done';
      }
      case 'augment':
        this.augment(statement);
        return 'done';
      case 'if': {
        const branch = statement.branches.find(({ test }) => test === undefined || isTrue(evaluator.evaluate(test)));
        return branch === undefined ? 'done' : this.run(branch.body);
      }
      case 'while':
        return this.whileLoop(statement);
      case 'for':
        return this.forLoop(statement);
      case 'return':
        return { value: statement.value === undefined ? null : evaluator.evaluate(statement.value) };
      case 'break':
      case 'continue':
        return statement.kind;
      default:
        this.declare(statement);
        return 'done';
    }
  }

  /** What gives names a meaning, or takes it away. */
  private declare(statement: CodeStatement): void {
    const { evaluator } = this;
    if (statement.kind === 'def')
      evaluator.setName(statement.name, { kind: 'function', tree: statement.function, scope: evaluator.scope });
    else if (statement.kind === 'global') for (const name of statement.names) evaluator.scope?.globals.add(name);
    else if (statement.kind === 'delete') for (const target of statement.targets) evaluator.remove(target);
    else if (statement.kind === 'import') for (const each of statement.imports) this.import(each, statement);
  }

  private import({ module, member, name }: CodeImport, { place }: CodeStatement): void {
    if (member === undefined) {
      this.evaluator.setName(name, { kind: 'module', name: module });
      return;
    }
    const value = moduleMember(module, member);
    if (value === undefined) failCode(place, `${module}.${member} is not supported here`);
    else this.evaluator.setName(name, value);
  }

  private augment({ target, operator, value, place }: CodeStatement & { readonly kind: 'augment' }): void {
    const { evaluator } = this;
    const before = evaluator.targetValue(target);
    evaluator.assign(target, arithmetic(operator, before, evaluator.evaluate(value), place, evaluator));
  }

  private whileLoop({ test, body, otherwise }: CodeStatement & { readonly kind: 'while' }): Outcome {
    while (isTrue(this.evaluator.evaluate(test))) {
      const outcome = this.run(body);
      if (outcome === 'break') return 'done';
      if (typeof outcome === 'object') return outcome;
    }
    return this.run(otherwise);
  }

  private forLoop({ target, over, body, otherwise }: CodeStatement & { readonly kind: 'for' }): Outcome {
    for (const item of itemsOf(this.evaluator.evaluate(over), over.place, this.evaluator)) {
      this.evaluator.spend(1);
      this.evaluator.assign(target, item);
      const outcome = this.run(body);
      if (outcome === 'break') return 'done';
      if (typeof outcome === 'object') return outcome;
    }
    return this.run(otherwise);
  }

  private assertion({ test, message, place }: CodeStatement & { readonly kind: 'assert' }): void {
    const { evaluator } = this;
    const pair = test.kind === 'comparison' ? evaluator.failingPair(test) : undefined;
    if (test.kind === 'comparison' ? pair === undefined : isTrue(evaluator.evaluate(test))) return;
    const parts = ['assertion failed'];
    if (pair) parts.push(`${textOf(pair.left)} ${pair.operator} ${textOf(pair.right)}`);
    if (message) parts.push(textOf(evaluator.evaluate(message)));
    throw new CodeError('ERR_DRILL_ASSERTION', place, parts.join(': '));
  }
}
