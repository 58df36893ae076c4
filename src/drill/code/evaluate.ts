/** Values of expressions, and calls. One `Evaluator` runs one block: it knows the variables, and counts what is done. */
import type { Place } from '../place.ts';
import {
  BUILTIN_NAMES,
  builtinNamed,
  type Caller,
  CallValues,
  callBuiltin,
  distinct,
  moduleMember,
} from './builtins.ts';
import type {
  CodeClause,
  CodeExpression,
  CodeFormatted,
  CodeTarget,
  ComparisonOperator,
  FunctionTree,
} from './code-tree.ts';
import {
  type CodeScope,
  type CodeValue,
  checkLength,
  failCode,
  isDict,
  isSequence,
  isTrue,
  itemsOf,
  keyOf,
  kindOf,
} from './code-values.ts';
import { formatValue, shownText, textOf } from './format-spec.ts';
import { callMethod } from './methods.ts';
import { arithmetic, compare, indexIn, slice, unary } from './operators.ts';

/** What a block may do: a loop without an end is found out. */
const STEPS_MAX = 1_000_000;
/** Expressions within expressions, blocks within blocks, functions that call functions; what each takes of it. */
const DEPTH_MAX = 1500;
const BLOCK_DEPTH = 3;
const CALL_DEPTH = 20;

/** Two neighbours of a comparison that do not compare as they should. */
export interface Pair {
  readonly left: CodeValue;
  readonly operator: ComparisonOperator;
  readonly right: CodeValue;
}

/** Captured fields and variables of the whole program. */
export interface CodeNames {
  readonly names: ReadonlyMap<string, CodeValue>;
  readonly variables: Map<string, CodeValue>;
}

export class Evaluator implements Caller {
  /** Of the function that runs; null at the top. */
  scope: CodeScope | null = null;
  /** Where the present statement stands. */
  place: Place = { line: 1, column: 1 };
  readonly known: CodeNames;
  private readonly told: (text: string) => void;
  private readonly runBody: (tree: FunctionTree) => CodeValue;
  private steps = 0;
  private depth = 0;

  /** @param runBody runs the statements of a function whose variables are in `scope` */
  constructor(known: CodeNames, told: (text: string) => void, runBody: (tree: FunctionTree) => CodeValue) {
    this.known = known;
    this.told = told;
    this.runBody = runBody;
  }

  spend(steps: number): void {
    this.steps += steps;
    if (this.steps > STEPS_MAX)
      failCode(this.place, `the code has done ${STEPS_MAX} steps and is not at its end: is there a loop without one?`);
  }

  write(text: string): void {
    this.spend(text.length >> 3);
    this.told(text);
  }

  evaluate(expression: CodeExpression): CodeValue {
    this.spend(1);
    this.descend(1, expression.place);
    const value = this.valueOf(expression);
    this.depth--;
    return value;
  }

  private descend(by: number, place: Place): void {
    this.depth += by;
    if (this.depth > DEPTH_MAX) failCode(place, 'functions call each other too deep');
  }

  /** Statements within statements. */
  within<Result>(run: () => Result): Result {
    this.descend(BLOCK_DEPTH, this.place);
    const result = run();
    this.depth -= BLOCK_DEPTH;
    return result;
  }

  private valueOf(expression: CodeExpression): CodeValue {
    const { place } = expression;
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'name':
        return this.lookUp(expression.name, place);
      case 'tuple':
      case 'list':
        return { kind: expression.kind, items: expression.items.map((item) => this.evaluate(item)) };
      case 'set':
        return {
          kind: 'set',
          items: distinct(
            expression.items.map((item) => this.evaluate(item)),
            this,
          ),
        };
      case 'dict':
        return this.dict(expression.entries, place);
      case 'comprehension':
        return this.comprehension(expression);
      case 'formatted':
        return this.formatted(expression.parts, place);
      case 'unary':
        return unary(expression.operator, this.evaluate(expression.operand), place);
      case 'arithmetic': {
        const left = this.evaluate(expression.left);
        return arithmetic(expression.operator, left, this.evaluate(expression.right), place, this);
      }
      case 'logical':
        return this.logical(expression);
      case 'comparison':
        return this.failingPair(expression) === undefined;
      case 'conditional':
        return this.evaluate(isTrue(this.evaluate(expression.test)) ? expression.then : expression.otherwise);
      case 'item':
        return this.item(this.evaluate(expression.of), this.evaluate(expression.index), place);
      case 'slice': {
        const whole = this.evaluate(expression.of);
        const bounds = [expression.from, expression.to, expression.step].map((bound) => bound && this.evaluate(bound));
        return slice(whole, bounds, place, this);
      }
      case 'attribute':
        return this.attribute(this.evaluate(expression.of), expression.name, place);
      case 'call':
        return this.callExpression(expression);
      case 'lambda':
        return { kind: 'function', tree: expression.function, scope: this.scope };
    }
  }

  private dict(entries: readonly (readonly [CodeExpression, CodeExpression])[], place: Place): CodeValue {
    const made: (readonly [string | number, { key: CodeValue; value: CodeValue }])[] = entries.map(([left, right]) => {
      const key = this.evaluate(left);
      return [keyOf(key, place, this), { key, value: this.evaluate(right) }];
    });
    return { kind: 'dict', entries: new Map(made) };
  }

  private comprehension(expression: CodeExpression & { readonly kind: 'comprehension' }): CodeValue {
    const { makes, key, each, clauses, place } = expression;
    const entries = new Map<string | number, { key: CodeValue; value: CodeValue }>();
    const items: CodeValue[] = [];
    const outer = this.scope;
    // Its variables are its own.
    this.scope = { variables: new Map(), globals: new Set(), parent: outer };
    this.runClauses(clauses, 0, () => {
      checkLength(items.length + 1, 'list', place, { spend: () => this.spend(1) });
      if (key === undefined) items.push(this.evaluate(each));
      else {
        const made = this.evaluate(key);
        entries.set(keyOf(made, place, this), { key: made, value: this.evaluate(each) });
      }
    });
    this.scope = outer;
    if (makes === 'dict') return { kind: 'dict', entries };
    return { kind: makes, items: makes === 'set' ? distinct(items, this) : items };
  }

  private runClauses(clauses: readonly CodeClause[], index: number, run: () => void): void {
    const clause = clauses[index];
    if (clause === undefined) {
      run();
      return;
    }
    for (const item of itemsOf(this.evaluate(clause.over), clause.over.place, this)) {
      this.spend(1);
      this.assign(clause.target, item);
      if (clause.tests.every((test) => isTrue(this.evaluate(test)))) this.runClauses(clauses, index + 1, run);
    }
  }

  private formatted(parts: readonly (string | CodeFormatted)[], place: Place): string {
    let text = '';
    for (const part of parts) {
      text += typeof part === 'string' ? part : this.field(part);
      checkLength(text.length, 'string', place, this);
    }
    return text;
  }

  private field({ value, conversion, spec }: CodeFormatted): string {
    const given = this.evaluate(value);
    const made = formatValue(
      conversion === '' ? given : conversion === 's' ? textOf(given) : shownText(given),
      this.formatted(spec, value.place),
    );
    return typeof made === 'string' ? made : failCode(value.place, made.problem);
  }

  private logical({ operator, operands }: CodeExpression & { readonly kind: 'logical' }): CodeValue {
    let value: CodeValue = null;
    for (const operand of operands) {
      value = this.evaluate(operand);
      if (isTrue(value) === (operator === 'or')) return value;
    }
    return value;
  }

  /** The first neighbours that do not compare as they should; what follows them is not evaluated. */
  failingPair({ operators, operands, place }: CodeExpression & { readonly kind: 'comparison' }): Pair | undefined {
    let left = this.evaluate(operands[0]!);
    for (const [index, operator] of operators.entries()) {
      const right = this.evaluate(operands[index + 1]!);
      if (!compare(operator, left, right, place, this)) return { left, operator, right };
      left = right;
    }
    return undefined;
  }

  // --- names ---

  private lookUp(name: string, place: Place): CodeValue {
    for (let scope = this.scope; scope !== null; scope = scope.parent) {
      const value = scope.globals.has(name) ? undefined : scope.variables.get(name);
      if (value !== undefined) return value;
      if (scope.globals.has(name)) break;
    }
    const { names, variables } = this.known;
    const value =
      variables.get(name) ?? (variables.has(name) ? null : (names.get(name) ?? (names.has(name) ? null : undefined)));
    if (value !== undefined) return value;
    const builtin = builtinNamed(name);
    if (builtin !== undefined) return builtin;
    const known = `it is no captured field, no variable and none of the functions ${BUILTIN_NAMES.join(', ')}`;
    return failCode(place, `the name '${name}' has no value here: ${known}`);
  }

  /** Where a name is given its value: the function that runs, or the program. */
  private homeOf(name: string): Map<string, CodeValue> {
    return this.scope === null || this.scope.globals.has(name) ? this.known.variables : this.scope.variables;
  }

  setName(name: string, value: CodeValue): void {
    this.homeOf(name).set(name, value);
  }

  assign(target: CodeTarget, value: CodeValue): void {
    if (target.kind === 'name') this.setName(target.name, value);
    else if (target.kind === 'item') this.setItem(target, value);
    else {
      const values = itemsOf(value, target.place, this);
      if (values.length !== target.items.length)
        failCode(target.place, `${values.length} values for ${target.items.length} names`);
      for (const [index, item] of target.items.entries()) this.assign(item, values[index] ?? null);
    }
  }

  private setItem({ of, index, place }: CodeTarget & { readonly kind: 'item' }, value: CodeValue): void {
    const whole = this.evaluate(of);
    const at = this.evaluate(index);
    if (isDict(whole)) {
      checkLength(whole.entries.size + 1, 'dict', place, { spend: () => this.spend(1) });
      whole.entries.set(keyOf(at, place, this), { key: at, value });
    } else if (isSequence(whole) && whole.kind === 'list') whole.items[indexIn(whole.items.length, at, place)] = value;
    else failCode(place, `the items of ${kindOf(whole)} cannot be set`);
  }

  remove(target: CodeTarget): void {
    if (target.kind === 'tuple') for (const item of target.items) this.remove(item);
    else if (target.kind === 'name') {
      if (!this.homeOf(target.name).delete(target.name))
        failCode(target.place, `there is no variable '${target.name}'`);
    } else {
      const whole = this.evaluate(target.of);
      const at = this.evaluate(target.index);
      if (isDict(whole)) whole.entries.delete(keyOf(at, target.place, this));
      else if (isSequence(whole) && whole.kind === 'list')
        whole.items.splice(indexIn(whole.items.length, at, target.place), 1);
      else failCode(target.place, `the items of ${kindOf(whole)} cannot be taken out`);
    }
  }

  /** The value of something that can be assigned to. */
  targetValue(target: CodeTarget): CodeValue {
    if (target.kind === 'name') return this.lookUp(target.name, target.place);
    if (target.kind === 'item') return this.item(this.evaluate(target.of), this.evaluate(target.index), target.place);
    return failCode(target.place, 'several values cannot be changed at once');
  }

  private item(whole: CodeValue, index: CodeValue, place: Place): CodeValue {
    if (isDict(whole)) {
      const entry = whole.entries.get(keyOf(index, place, this));
      return entry === undefined ? failCode(place, `the dict has no ${shownText(index)}`) : entry.value;
    }
    if (typeof whole === 'string') return whole.charAt(indexIn(whole.length, index, place));
    if (isSequence(whole) && whole.kind !== 'set')
      return whole.items[indexIn(whole.items.length, index, place)] ?? null;
    return failCode(place, `${kindOf(whole)} has no items by index`);
  }

  private attribute(of: CodeValue, name: string, place: Place): CodeValue {
    if (typeof of === 'object' && of !== null && of.kind === 'module') {
      const member = moduleMember(of.name, name);
      return member === undefined ? failCode(place, `${of.name}.${name} is not supported here`) : member;
    }
    return failCode(place, `'.${name}' of ${kindOf(of)} is not supported here, except as a method that is called`);
  }

  // --- calls ---

  private callExpression(expression: CodeExpression & { readonly kind: 'call' }): CodeValue {
    const { callee, place } = expression;
    const of = callee.kind === 'attribute' ? this.evaluate(callee.of) : null;
    const isMethod = callee.kind === 'attribute' && !(typeof of === 'object' && of !== null && of.kind === 'module');
    const name = callee.kind === 'attribute' || callee.kind === 'name' ? callee.name : 'the value';
    const called = isMethod
      ? null
      : callee.kind === 'attribute'
        ? this.attribute(of, name, place)
        : this.evaluate(callee);
    const values = expression.arguments.map((value) => this.evaluate(value));
    const named = new Map(expression.named.map(([key, value]) => [key, this.evaluate(value)]));
    if (isMethod) return callMethod(of, name, new CallValues(name, values, named, place), this);
    return this.callValue(called, values, named, place);
  }

  call(callee: CodeValue, values: readonly CodeValue[], place: Place): CodeValue {
    return this.callValue(callee, values, new Map(), place);
  }

  private callValue(
    callee: CodeValue,
    values: readonly CodeValue[],
    named: ReadonlyMap<string, CodeValue>,
    place: Place,
  ): CodeValue {
    this.spend(1);
    if (typeof callee === 'object' && callee !== null) {
      if (callee.kind === 'builtin') return callBuiltin(new CallValues(callee.name, values, named, place), this);
      if (callee.kind === 'function') return this.callFunction(callee.tree, callee.scope, values, named, place);
    }
    return failCode(place, `${kindOf(callee)} cannot be called`);
  }

  private callFunction(
    tree: FunctionTree,
    parent: CodeScope | null,
    values: readonly CodeValue[],
    named: ReadonlyMap<string, CodeValue>,
    place: Place,
  ): CodeValue {
    const variables = new Map<string, CodeValue>();
    const { name, parameters } = tree;
    if (values.length > parameters.length)
      failCode(place, `${name} takes ${parameters.length} arguments, got ${values.length}`);
    for (const [index, parameter] of parameters.entries()) {
      const value = values[index] ?? named.get(parameter.name);
      if (value !== undefined) variables.set(parameter.name, value);
      else if (parameter.standard !== undefined) variables.set(parameter.name, this.evaluate(parameter.standard));
      else failCode(place, `${name} is called without ${parameter.name}`);
    }
    for (const key of named.keys())
      if (!parameters.some((parameter) => parameter.name === key)) failCode(place, `${name} has no parameter '${key}'`);
    const outer = this.scope;
    const { place: before } = this;
    this.scope = { variables, globals: new Set(), parent };
    this.descend(CALL_DEPTH, place);
    const value = this.runBody(tree);
    this.depth -= CALL_DEPTH;
    this.scope = outer;
    this.place = before;
    return value;
  }
}
