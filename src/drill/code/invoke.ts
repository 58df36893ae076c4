/** Calls: functions of the script, methods, classes, and what is built in; attributes of whatever has some. */
import type { Place } from '../place.ts';
import { bindArguments } from './arguments.ts';
import { callBuiltin } from './builtins.ts';
import { type Caller, CallValues } from './call-values.ts';
import type { CodeExpression, FunctionTree } from './code-tree.ts';
import {
  type CodeClass,
  type CodeScope,
  type CodeValue,
  failCode,
  failUnsupported,
  kindOf,
  listOf,
} from './code-values.ts';
import { textOf } from './format-spec.ts';
import { callMethod, hasMethod } from './methods.ts';
import { moduleMember } from './modules.ts';
import { type CodeNames, NameSpace, scopeIn } from './name-space.ts';
import { isClass, isInstance, memberOf, newInstance, textOfException } from './objects.ts';

/** What a call takes of the depth there is. */
const CALL_DEPTH = 20;

export abstract class Invoker extends NameSpace implements Caller {
  private readonly told: (text: string) => void;
  private readonly runBody: (tree: FunctionTree) => CodeValue;

  /** @param runBody runs the statements of a function whose variables are in `scope` */
  constructor(known: CodeNames, told: (text: string) => void, runBody: (tree: FunctionTree) => CodeValue) {
    super(known);
    this.told = told;
    this.runBody = runBody;
  }

  abstract evaluate(expression: CodeExpression): CodeValue;

  write(text: string): void {
    this.spend(text.length >> 3);
    this.told(text);
  }

  /** As `str()` has it: a class of the script may say what its instances look like. */
  text(value: CodeValue, place: Place): string {
    const method = isInstance(value) ? (memberOf(value.of, '__str__') ?? memberOf(value.of, '__repr__')) : undefined;
    if (method !== undefined) return textOf(this.call(method, [value], place));
    return textOfException(value) ?? textOf(value);
  }

  call(callee: CodeValue, values: readonly CodeValue[], place: Place): CodeValue {
    return this.callValue(callee, values, new Map(), place);
  }

  protected callValue(
    callee: CodeValue,
    values: readonly CodeValue[],
    named: ReadonlyMap<string, CodeValue>,
    place: Place,
  ): CodeValue {
    this.spend(1);
    if (typeof callee === 'object' && callee !== null) {
      switch (callee.kind) {
        case 'builtin':
          if (callee.name === 'super') return this.parent(place);
          return callBuiltin(new CallValues(callee.name, values, named, place), this);
        case 'function':
          return this.callFunction(callee.tree, callee.scope, values, named, place);
        case 'bound':
          if (callee.callee === null) return this.callMethodOf(callee.of, callee.name, values, named, place);
          return this.callValue(callee.callee, [callee.of, ...values], named, place);
        case 'class':
          return this.instantiate(callee, values, named, place);
        case 'instance': {
          const method = memberOf(callee.of, '__call__');
          if (method !== undefined) return this.callValue(method, [callee, ...values], named, place);
        }
      }
    }
    return failCode(place, `${kindOf(callee)} cannot be called`);
  }

  private instantiate(
    of: CodeClass,
    values: readonly CodeValue[],
    named: ReadonlyMap<string, CodeValue>,
    place: Place,
  ): CodeValue {
    const instance = newInstance(of, values);
    const init = memberOf(of, '__init__');
    if (init !== undefined) this.callValue(init, [instance, ...values], named, place);
    else if (named.size > 0 || (values.length > 0 && !instance.members.has('args')))
      failCode(place, `${of.name} takes no arguments`);
    return instance;
  }

  /** `super()`: the instance a method runs for, as one of the class above. */
  private parent(place: Place): CodeValue {
    for (let scope = this.scope; scope !== null; scope = scope.parent) {
      const self = [...scope.variables.values()][0];
      const owner = scope.variables.get('__class__');
      if (self === undefined || !isInstance(self) || owner === undefined || !isClass(owner)) continue;
      const of: CodeClass = { kind: 'class', name: 'super', bases: owner.bases, members: new Map() };
      return { kind: 'instance', of, members: new Map([['__self__', self]]) };
    }
    return failCode(place, 'super() is for methods', 'RuntimeError');
  }

  private callFunction(
    tree: FunctionTree,
    parent: CodeScope | null,
    values: readonly CodeValue[],
    named: ReadonlyMap<string, CodeValue>,
    place: Place,
  ): CodeValue {
    const variables = bindArguments(tree, values, named, place, ({ standard }) =>
      standard === undefined ? undefined : this.evaluate(standard),
    );
    const owner = parent?.isClass ? parent.variables.get('__class__') : undefined;
    if (owner !== undefined) variables.set('__class__', owner);
    const outer = this.scope;
    const { place: before } = this;
    const own = scopeIn(parent, variables);
    this.scope = own;
    this.descend(CALL_DEPTH, place);
    const value = this.runBody(tree);
    this.ascend(CALL_DEPTH);
    this.scope = outer;
    this.place = before;
    // All at once, which nobody notices whose function comes to an end.
    return tree.yields ? listOf([...own.yielded]) : value;
  }

  // --- attributes ---

  /** `of.name`; undefined when there is none. */
  attributeOf(of: CodeValue, name: string, place: Place): CodeValue | undefined {
    if (typeof of !== 'object' || of === null) return undefined;
    if (of.kind === 'module') return moduleMember(of.name, name);
    if (of.kind === 'class') return name === '__name__' ? of.name : unwrapped(memberOf(of, name), of);
    if (of.kind !== 'instance') return undefined;
    const own = of.members.get(name);
    if (own !== undefined || of.members.has(name)) return own ?? null;
    if (name === '__class__') return of.of;
    const self = of.members.get('__self__') ?? of;
    const member = memberOf(of.of, name);
    if (member === undefined || typeof member !== 'object' || member === null) return member;
    // Built-in ones have a point in their names.
    if (member.kind === 'function' || (member.kind === 'builtin' && member.name.includes('.')))
      return { kind: 'bound', of: self, name, callee: member };
    if (member.kind !== 'wrapped') return member;
    return member.name === 'property' ? this.call(member.callee, [self], place) : unwrapped(member, of.of);
  }

  protected attribute(of: CodeValue, name: string, place: Place): CodeValue {
    const value = this.attributeOf(of, name, place);
    if (value !== undefined) return value;
    if (typeof of === 'object' && of !== null) {
      if (of.kind === 'module') return failUnsupported(place, `${of.name}.${name} is not supported here`);
      if (of.kind === 'instance' && name === '__init__') return { kind: 'builtin', name: 'object.__init__' };
      if (of.kind === 'class' || of.kind === 'instance')
        return failCode(
          place,
          `${of.kind === 'class' ? of.name : of.of.name} has no attribute '${name}'`,
          'AttributeError',
        );
    }
    if (hasMethod(of, name)) return { kind: 'bound', of, name, callee: null };
    return failUnsupported(place, `'.${name}' of ${kindOf(of)} is not supported here`);
  }

  protected callMethodOf(
    of: CodeValue,
    name: string,
    values: readonly CodeValue[],
    named: ReadonlyMap<string, CodeValue>,
    place: Place,
  ): CodeValue {
    const hasOwn = typeof of === 'object' && of !== null && ['module', 'class', 'instance'].includes(of.kind);
    if (hasOwn) return this.callValue(this.attribute(of, name, place), values, named, place);
    return callMethod(of, name, new CallValues(name, values, named, place), this);
  }
}

/** A member as its class gives it. */
function unwrapped(member: CodeValue | undefined, of: CodeClass): CodeValue | undefined {
  if (typeof member !== 'object' || member === null || member.kind !== 'wrapped') return member;
  return member.name === 'classmethod' ? { kind: 'bound', of, name: '', callee: member.callee } : member.callee;
}
