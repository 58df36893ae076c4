/** The tree of the small language of `%{ … }%`: what of Python scripts use. Plain data; every node knows its place in the script. */
import type { Place } from '../place.ts';

export type CodeStatement = { readonly place: Place } & (
  | { readonly kind: 'assert'; readonly test: CodeExpression; readonly message: CodeExpression | undefined }
  /** Each target takes the value: `a = b = 1`. */
  | { readonly kind: 'assign'; readonly targets: readonly CodeTarget[]; readonly value: CodeExpression }
  /** `target += value`. */
  | {
      readonly kind: 'augment';
      readonly target: CodeTarget;
      readonly operator: ArithmeticOperator;
      readonly value: CodeExpression;
    }
  | { readonly kind: 'expression'; readonly value: CodeExpression }
  /** The first branch whose test holds; the last may have none. */
  | { readonly kind: 'if'; readonly branches: readonly CodeBranch[] }
  | {
      readonly kind: 'while';
      readonly test: CodeExpression;
      readonly body: readonly CodeStatement[];
      readonly otherwise: readonly CodeStatement[];
    }
  | {
      readonly kind: 'for';
      readonly target: CodeTarget;
      readonly over: CodeExpression;
      readonly body: readonly CodeStatement[];
      readonly otherwise: readonly CodeStatement[];
    }
  | {
      readonly kind: 'def';
      readonly name: string;
      readonly function: FunctionTree;
      readonly decorators: readonly CodeExpression[];
    }
  | { readonly kind: 'return'; readonly value: CodeExpression | undefined }
  | { readonly kind: 'break' | 'continue' | 'pass' }
  | { readonly kind: 'global' | 'nonlocal'; readonly names: readonly string[] }
  | {
      readonly kind: 'class';
      readonly name: string;
      readonly bases: readonly CodeExpression[];
      readonly body: readonly CodeStatement[];
      readonly decorators: readonly CodeExpression[];
    }
  | {
      readonly kind: 'try';
      readonly body: readonly CodeStatement[];
      readonly handlers: readonly CodeHandler[];
      readonly otherwise: readonly CodeStatement[];
      readonly finally: readonly CodeStatement[];
    }
  /** Without a value what was caught is raised again. */
  | { readonly kind: 'raise'; readonly value: CodeExpression | undefined }
  | { readonly kind: 'delete'; readonly targets: readonly CodeTarget[] }
  /** `import a as b`, `from a import b as c`: `member` is b; nothing is loaded. */
  | { readonly kind: 'import'; readonly imports: readonly CodeImport[] }
);

export interface CodeBranch {
  readonly test: CodeExpression | undefined;
  readonly body: readonly CodeStatement[];
}

/** `except expected as name:`; without `expected` every exception. */
export interface CodeHandler {
  readonly place: Place;
  readonly expected: CodeExpression | undefined;
  readonly name: string | undefined;
  readonly body: readonly CodeStatement[];
}

export interface CodeImport {
  readonly module: string;
  readonly member: string | undefined;
  readonly name: string;
}

/** Parameters and body of `def` and `lambda`. */
export interface FunctionTree {
  readonly name: string;
  readonly parameters: readonly CodeParameter[];
  /** It has a `yield`. */
  readonly yields: boolean;
  /** Of a lambda: one `return`. */
  readonly body: readonly CodeStatement[];
}

/** `plain`, or behind a star given by name only; `*rest` and `**names` take what is left. */
export interface CodeParameter {
  readonly name: string;
  readonly kind: 'plain' | 'named' | 'rest' | 'names';
  readonly standard: CodeExpression | undefined;
}

/** What can be assigned to. */
export type CodeTarget = { readonly place: Place } & (
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'item'; readonly of: CodeExpression; readonly index: CodeExpression }
  | { readonly kind: 'attribute'; readonly of: CodeExpression; readonly name: string }
  /** `rest` is the place of the name with a star, -1 without one. */
  | { readonly kind: 'tuple'; readonly items: readonly CodeTarget[]; readonly rest: number }
);

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '&' | '|' | '^' | '<<' | '>>';

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'is' | 'is not';

export type CodeExpression = { readonly place: Place } & (
  | {
      readonly kind: 'constant';
      readonly value: number | string | boolean | null | { readonly kind: 'float'; readonly value: number };
    }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'tuple' | 'list' | 'set'; readonly items: readonly CodeExpression[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [key: CodeExpression, value: CodeExpression])[] }
  /** `[each for target in over if tests]`; `key` is there for a dict. */
  | {
      readonly kind: 'comprehension';
      readonly makes: 'list' | 'set' | 'dict';
      readonly key: CodeExpression | undefined;
      readonly each: CodeExpression;
      readonly clauses: readonly CodeClause[];
    }
  /** `f"…"`: text and values in turn. */
  | { readonly kind: 'formatted'; readonly parts: readonly (string | CodeFormatted)[] }
  | {
      readonly kind: 'unary';
      readonly operator: '-' | '+' | '~' | 'not';
      readonly operand: CodeExpression;
    }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: CodeExpression;
      readonly right: CodeExpression;
    }
  /** `and` or `or` of two or more operands, from the left, as far as needed. */
  | { readonly kind: 'logical'; readonly operator: 'and' | 'or'; readonly operands: readonly CodeExpression[] }
  /** `a < b <= c`: every neighbouring pair must hold; one operator fewer than operands. */
  | {
      readonly kind: 'comparison';
      readonly operators: readonly ComparisonOperator[];
      readonly operands: readonly CodeExpression[];
    }
  | {
      readonly kind: 'conditional';
      readonly test: CodeExpression;
      readonly then: CodeExpression;
      readonly otherwise: CodeExpression;
    }
  | { readonly kind: 'item'; readonly of: CodeExpression; readonly index: CodeExpression }
  | {
      readonly kind: 'slice';
      readonly of: CodeExpression;
      readonly from: CodeExpression | undefined;
      readonly to: CodeExpression | undefined;
      readonly step: CodeExpression | undefined;
    }
  | { readonly kind: 'attribute'; readonly of: CodeExpression; readonly name: string }
  | {
      readonly kind: 'call';
      readonly callee: CodeExpression;
      readonly arguments: readonly CodeExpression[];
      /** An empty name: `**value`. */
      readonly named: readonly (readonly [name: string, value: CodeExpression])[];
    }
  | { readonly kind: 'lambda'; readonly function: FunctionTree }
  /** `*of` within a call or a list. */
  | { readonly kind: 'spread'; readonly of: CodeExpression }
  /** `name := value`. */
  | { readonly kind: 'named'; readonly name: string; readonly value: CodeExpression }
  | { readonly kind: 'yield'; readonly isFrom: boolean; readonly value: CodeExpression | undefined }
);

/** `for target in over`, and the tests behind it. */
export interface CodeClause {
  readonly target: CodeTarget;
  readonly over: CodeExpression;
  readonly tests: readonly CodeExpression[];
}

/** `{value!r:spec}`. */
export interface CodeFormatted {
  readonly value: CodeExpression;
  readonly conversion: '' | 'r' | 's' | 'a';
  readonly spec: readonly (string | CodeFormatted)[];
}
