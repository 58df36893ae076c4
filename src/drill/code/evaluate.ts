/** Values of expressions. One `Evaluator` runs one block: it knows the variables, and counts what is done. */
import type { Place } from '../place.ts';
import { distinct } from './builtins.ts';
import type { CodeClause, CodeExpression, CodeFormatted, CodeTarget, ComparisonOperator } from './code-tree.ts';
import {
  type CodeValue,
  checkLength,
  failCode,
  isDict,
  isSequence,
  isTrue,
  itemsOf,
  keyOf,
  kindOf,
  listOf,
} from './code-values.ts';
import { formatValue, shownText, textOf } from './format-spec.ts';
import { Invoker } from './invoke.ts';
import { scopeIn } from './name-space.ts';
import { isClass, isInstance, memberOf } from './objects.ts';
import { arithmetic, compare, indexIn, slice, unary } from './operators.ts';

/** Two neighbours of a comparison that do not compare as they should. */
export interface Pair {
  readonly left: CodeValue;
  readonly operator: ComparisonOperator;
  readonly right: CodeValue;
}

export class Evaluator extends Invoker {
  override evaluate(expression: CodeExpression): CodeValue {
    this.spend(1);
    this.descend(1, expression.place);
    const value = this.valueOfKind(expression);
    this.ascend(1);
    return value;
  }

  private valueOfKind(expression: CodeExpression): CodeValue {
    const { place } = expression;
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'name':
        return this.lookUp(expression.name, place);
      case 'tuple':
      case 'list':
        return { kind: expression.kind, items: this.several(expression.items) };
      case 'set':
        return { kind: 'set', items: distinct(this.several(expression.items), this) };
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
      case 'spread':
        return failCode(place, '* stands for several values only within a call or a list');
      case 'named': {
        const value = this.evaluate(expression.value);
        this.setName(expression.name, value);
        return value;
      }
      case 'yield': {
        const value = expression.value === undefined ? null : this.evaluate(expression.value);
        const items = expression.isFrom ? itemsOf(value, place, this) : [value];
        for (const item of items) this.scope?.yielded.push(item);
        checkLength(this.scope?.yielded.length ?? 0, 'list', place, { spend: () => this.spend(1) });
        return null;
      }
      case 'lambda':
        return { kind: 'function', tree: expression.function, scope: this.scope };
    }
  }

  private several(items: readonly CodeExpression[]): CodeValue[] {
    return items.flatMap((item) =>
      item.kind === 'spread' ? itemsOf(this.evaluate(item.of), item.place, this) : [this.evaluate(item)],
    );
  }

  private dict(entries: readonly (readonly [CodeExpression, CodeExpression])[], place: Place): CodeValue {
    const made = new Map<string | number, { key: CodeValue; value: CodeValue }>();
    for (const [left, right] of entries) {
      const key = this.evaluate(left.kind === 'spread' ? left.of : left);
      if (left.kind !== 'spread') made.set(keyOf(key, place, this), { key, value: this.evaluate(right) });
      else if (!isDict(key)) failCode(place, '** takes a dict');
      else for (const [name, entry] of key.entries) made.set(name, { ...entry });
    }
    return { kind: 'dict', entries: made };
  }

  private comprehension(expression: CodeExpression & { readonly kind: 'comprehension' }): CodeValue {
    const { makes, key, each, clauses, place } = expression;
    const entries = new Map<string | number, { key: CodeValue; value: CodeValue }>();
    const items: CodeValue[] = [];
    const outer = this.scope;
    // Its variables are its own.
    this.scope = scopeIn(outer);
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
      conversion === '' && !isInstance(given)
        ? given
        : conversion === '' || conversion === 's'
          ? this.text(given, value.place)
          : shownText(given),
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

  // --- targets ---

  assign(target: CodeTarget, value: CodeValue): void {
    if (target.kind === 'name') this.setName(target.name, value);
    else if (target.kind === 'item') this.setItem(target, value);
    else if (target.kind === 'attribute') this.setAttribute(target, value);
    else this.assignSeveral(target, itemsOf(value, target.place, this));
  }

  private assignSeveral({ items, rest, place }: CodeTarget & { readonly kind: 'tuple' }, values: CodeValue[]): void {
    const isRight = rest < 0 ? values.length === items.length : values.length >= items.length - 1;
    if (!isRight) failCode(place, `${values.length} values for ${items.length} names`, 'ValueError');
    // What is left over goes to the name with a star.
    if (rest >= 0) values.splice(rest, 0, listOf(values.splice(rest, values.length - items.length + 1)));
    for (const [index, item] of items.entries()) this.assign(item, values[index] ?? null);
  }

  private setAttribute({ of, name, place }: CodeTarget & { readonly kind: 'attribute' }, value: CodeValue): void {
    const whole = this.evaluate(of);
    if (!isInstance(whole) && !isClass(whole))
      failCode(place, `an attribute of ${kindOf(whole)} cannot be set`, 'AttributeError');
    else whole.members.set(name, value);
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
    else if (target.kind === 'attribute') {
      const whole = this.evaluate(target.of);
      const isGone = (isInstance(whole) || isClass(whole)) && whole.members.delete(target.name);
      if (!isGone) failCode(target.place, `there is no attribute '${target.name}'`, 'AttributeError');
    } else if (target.kind === 'name') {
      if (!this.homeOf(target.name).delete(target.name))
        failCode(target.place, `there is no variable '${target.name}'`, 'NameError');
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
    if (target.kind === 'attribute') return this.attribute(this.evaluate(target.of), target.name, target.place);
    return failCode(target.place, 'several values cannot be changed at once');
  }

  private item(whole: CodeValue, index: CodeValue, place: Place): CodeValue {
    if (isDict(whole)) {
      const entry = whole.entries.get(keyOf(index, place, this));
      return entry === undefined ? failCode(place, `the dict has no ${shownText(index)}`, 'KeyError') : entry.value;
    }
    if (typeof whole === 'string') return whole.charAt(indexIn(whole.length, index, place));
    if (isSequence(whole) && whole.kind !== 'set')
      return whole.items[indexIn(whole.items.length, index, place)] ?? null;
    const method = isInstance(whole) ? memberOf(whole.of, '__getitem__') : undefined;
    if (method !== undefined) return this.call(method, [whole, index], place);
    return failCode(place, `${kindOf(whole)} has no items by index`);
  }

  // --- calls ---

  private callExpression(expression: CodeExpression & { readonly kind: 'call' }): CodeValue {
    const { callee, place } = expression;
    const isMethod = callee.kind === 'attribute';
    const of = this.evaluate(isMethod ? callee.of : callee);
    const values = expression.arguments.flatMap((value) =>
      value.kind === 'spread' ? itemsOf(this.evaluate(value.of), place, this) : [this.evaluate(value)],
    );
    const named = new Map<string, CodeValue>();
    for (const [key, value] of expression.named) {
      const given = this.evaluate(value);
      if (key !== '') named.set(key, given);
      else if (!isDict(given)) failCode(place, '** takes a dict');
      else for (const entry of given.entries.values()) named.set(textOf(entry.key), entry.value);
    }
    if (isMethod) return this.callMethodOf(of, callee.name, values, named, place);
    return this.callValue(of, values, named, place);
  }
}
