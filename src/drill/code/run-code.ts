/**
 * Runs the code of `%{ … }%` blocks as one program: variables and functions live from block to block, the captured fields of a block
 * hide variables of the same name. Every step is counted, so no block runs for ever.
 */
import type { CodeImport, CodeStatement, FunctionTree } from './code-tree.ts';
import {
  type CodeClass,
  CodeError,
  type CodeInstance,
  type CodeValue,
  failCode,
  failUnsupported,
  isSequence,
  isTrue,
  itemsOf,
} from './code-values.ts';
import { Evaluator } from './evaluate.ts';
import { textOf } from './format-spec.ts';
import { moduleMember } from './modules.ts';
import { scopeIn } from './name-space.ts';
import { exceptionOf, isCaughtBy, isClass, raise } from './objects.ts';
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
  } catch (error) {
    if (!(error instanceof CodeError) || !isGoodEnd(error)) throw error;
  } finally {
    block.flush();
  }
}

/** `sys.exit()` and `sys.exit(0)`. */
function isGoodEnd(error: CodeError): boolean {
  const args = error.exception === 'SystemExit' ? exceptionOf(error)?.members.get('args') : undefined;
  return args !== undefined && isSequence(args) && !args.items.some((status) => status !== null && status !== 0);
}

/** How statements end. */
type Outcome = 'done' | 'break' | 'continue' | { readonly value: CodeValue };

/** What every class descends from anyway. */
function isObject(value: CodeValue): boolean {
  return typeof value === 'object' && value !== null && value.kind === 'builtin' && value.name === 'object';
}

class Block {
  private readonly evaluator: Evaluator;
  private readonly print: (line: string) => void;
  /** Printed without an end of line so far. */
  private begun = '';
  /** The exception whose handler runs. */
  private handled: CodeInstance | null = null;

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
      case 'try':
        return this.attempt(statement);
      case 'raise': {
        const { handled } = this;
        if (statement.value !== undefined) return raise(evaluator.evaluate(statement.value), statement.place);
        return handled === null
          ? failCode(statement.place, 'nothing was caught that could be raised again', 'RuntimeError')
          : raise(handled, statement.place);
      }
      default:
        this.declare(statement);
        return 'done';
    }
  }

  /** What gives names a meaning, or takes it away. */
  private declare(statement: CodeStatement): void {
    const { evaluator } = this;
    if (statement.kind === 'def') {
      const made: CodeValue = { kind: 'function', tree: statement.function, scope: evaluator.scope };
      evaluator.setName(statement.name, this.decorated(made, statement));
    } else if (statement.kind === 'class')
      evaluator.setName(statement.name, this.decorated(this.classOf(statement), statement));
    else if (statement.kind === 'global') for (const name of statement.names) evaluator.scope?.globals.add(name);
    else if (statement.kind === 'nonlocal') for (const name of statement.names) evaluator.scope?.outer.add(name);
    else if (statement.kind === 'delete') for (const target of statement.targets) evaluator.remove(target);
    else if (statement.kind === 'import') for (const each of statement.imports) this.import(each, statement);
  }

  private decorated(
    value: CodeValue,
    { decorators, place }: CodeStatement & { readonly kind: 'def' | 'class' },
  ): CodeValue {
    const wrappers = decorators.map((each) => this.evaluator.evaluate(each));
    return wrappers.reduceRight<CodeValue>((made, wrapper) => this.evaluator.call(wrapper, [made], place), value);
  }

  /** The names of its body are its members. */
  private classOf({ name, bases, body, place }: CodeStatement & { readonly kind: 'class' }): CodeValue {
    const { evaluator } = this;
    const parents = bases.map((base) => evaluator.evaluate(base)).filter((base) => !isObject(base));
    const isRight = (base: CodeValue): base is CodeClass => isClass(base);
    if (!parents.every(isRight))
      return failCode(place, 'a class descends from classes of the script or from exceptions');
    const outer = evaluator.scope;
    const scope = scopeIn(outer, new Map(), true);
    const made: CodeClass = { kind: 'class', name, bases: parents, members: scope.variables };
    evaluator.scope = scope;
    this.run(body);
    evaluator.scope = outer;
    scope.variables.set('__class__', made);
    return made;
  }

  /** What is caught goes on where it stood before. */
  private attempt(statement: CodeStatement & { readonly kind: 'try' }): Outcome {
    const { evaluator } = this;
    const { standing } = evaluator;
    const finish = (): Outcome => this.run(statement.finally);
    let outcome: Outcome;
    try {
      outcome = this.guarded(statement);
    } catch (error) {
      if (!(error instanceof CodeError) || exceptionOf(error) === null) throw error;
      evaluator.returnTo(standing);
      const last = finish();
      if (last !== 'done') return last;
      throw error;
    }
    const last = finish();
    return last === 'done' ? outcome : last;
  }

  private guarded({ body, handlers, otherwise }: CodeStatement & { readonly kind: 'try' }): Outcome {
    const { evaluator, handled } = this;
    const { standing } = evaluator;
    let outcome: Outcome;
    try {
      outcome = this.run(body);
    } catch (error) {
      const exception = error instanceof CodeError ? exceptionOf(error) : null;
      if (exception === null) throw error;
      evaluator.returnTo(standing);
      const handler = handlers.find(
        ({ expected, place }) => expected === undefined || isCaughtBy(exception, evaluator.evaluate(expected), place),
      );
      if (handler === undefined) throw error;
      if (handler.name !== undefined) evaluator.setName(handler.name, exception);
      this.handled = exception;
      const caught = this.run(handler.body);
      this.handled = handled;
      return caught;
    }
    return outcome === 'done' ? this.run(otherwise) : outcome;
  }

  private import({ module, member, name }: CodeImport, { place }: CodeStatement): void {
    if (member === undefined) {
      this.evaluator.setName(name, { kind: 'module', name: module });
      return;
    }
    const value = moduleMember(module, member);
    if (value === undefined) failUnsupported(place, `${module}.${member} is not supported here`);
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
    const text = message === undefined ? '' : evaluator.text(evaluator.evaluate(message), place);
    if (message) parts.push(text);
    throw new CodeError('ERR_DRILL_ASSERTION', place, parts.join(': '), 'AssertionError', text);
  }
}
