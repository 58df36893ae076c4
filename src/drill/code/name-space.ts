/** Variables of a program and of its functions, and what a block may do before it is taken for endless. */
import type { Place } from '../place.ts';
import { BUILTIN_NAMES, builtinNamed } from './builtins.ts';
import { type Budget, type CodeScope, type CodeValue, failCode, failUnsupported } from './code-values.ts';
import { EXCEPTIONS } from './objects.ts';

/** What a block may do: a loop without an end is found out. */
const STEPS_MAX = 1_000_000;
/** Expressions within expressions, blocks within blocks, functions that call functions; what a block takes of it. */
const DEPTH_MAX = 1500;
const BLOCK_DEPTH = 3;

/** Captured fields and variables of the whole program. */
export interface CodeNames {
  readonly names: ReadonlyMap<string, CodeValue>;
  readonly variables: Map<string, CodeValue>;
}

/** Where the evaluator stands: what an exception leaves behind is put back from it. */
export interface Standing {
  readonly scope: CodeScope | null;
  readonly depth: number;
}

/** A scope of a function, a class or a comprehension. */
export function scopeIn(
  parent: CodeScope | null,
  variables = new Map<string, CodeValue>(),
  isClass = false,
): CodeScope {
  return { variables, globals: new Set(), outer: new Set(), yielded: [], isClass, parent };
}

export abstract class NameSpace implements Budget {
  /** Of the function that runs; null at the top. */
  scope: CodeScope | null = null;
  /** Where the present statement stands. */
  place: Place = { line: 1, column: 1 };
  readonly known: CodeNames;
  private steps = 0;
  private depth = 0;

  constructor(known: CodeNames) {
    this.known = known;
  }

  spend(steps: number): void {
    this.steps += steps;
    if (this.steps <= STEPS_MAX) return;
    const advice = 'is there a loop without one?';
    failUnsupported(this.place, `the code has done ${STEPS_MAX} steps and is not at its end: ${advice}`);
  }

  protected descend(by: number, place: Place): void {
    this.depth += by;
    if (this.depth > DEPTH_MAX) failUnsupported(place, 'functions call each other too deep');
  }

  protected ascend(by: number): void {
    this.depth -= by;
  }

  /** Statements within statements. */
  within<Result>(run: () => Result): Result {
    this.descend(BLOCK_DEPTH, this.place);
    const result = run();
    this.depth -= BLOCK_DEPTH;
    return result;
  }

  get standing(): Standing {
    return { scope: this.scope, depth: this.depth };
  }

  returnTo({ scope, depth }: Standing): void {
    this.scope = scope;
    this.depth = depth;
  }

  protected lookUp(name: string, place: Place): CodeValue {
    for (let scope = this.scope; scope !== null; scope = scope.parent) {
      if (scope.globals.has(name)) break;
      const isSeen = !scope.outer.has(name) && (scope === this.scope || !scope.isClass);
      const value = isSeen ? scope.variables.get(name) : undefined;
      if (value !== undefined) return value;
    }
    const { names, variables } = this.known;
    const value =
      variables.get(name) ?? (variables.has(name) ? null : (names.get(name) ?? (names.has(name) ? null : undefined)));
    const found = value === undefined ? (builtinNamed(name) ?? EXCEPTIONS.get(name)) : value;
    if (found !== undefined) return found;
    const known = `it is no captured field, no variable and none of the functions ${BUILTIN_NAMES.join(', ')}`;
    return failCode(place, `the name '${name}' has no value here: ${known}`, 'NameError');
  }

  /** Where a name is given its value: the function that runs, one around it, or the program. */
  protected homeOf(name: string): Map<string, CodeValue> {
    if (this.scope === null || this.scope.globals.has(name)) return this.known.variables;
    if (!this.scope.outer.has(name)) return this.scope.variables;
    for (let scope = this.scope.parent; scope !== null; scope = scope.parent)
      if (scope.variables.has(name)) return scope.variables;
    return this.scope.variables;
  }

  setName(name: string, value: CodeValue): void {
    this.homeOf(name).set(name, value);
  }
}
