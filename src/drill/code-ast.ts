/** The tree of the small language of `%{ … }%`: assertions, prints, assignments over integers, booleans and strings. Plain data. */
import type { Place } from './ast.ts';

export type CodeStatement =
  | {
      readonly kind: 'assert';
      readonly place: Place;
      readonly test: CodeExpression;
      readonly message: CodeExpression | undefined;
    }
  | { readonly kind: 'print'; readonly place: Place; readonly values: readonly CodeExpression[] }
  | { readonly kind: 'assign'; readonly place: Place; readonly name: string; readonly value: CodeExpression }
  /** `pass`, or an expression for nothing but its evaluation. */
  | { readonly kind: 'expression'; readonly place: Place; readonly value: CodeExpression };

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '&' | '|' | '^' | '<<' | '>>';

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type CodeExpression =
  | { readonly kind: 'constant'; readonly place: Place; readonly value: number | string | boolean | null }
  | { readonly kind: 'name'; readonly place: Place; readonly name: string }
  | { readonly kind: 'tuple'; readonly place: Place; readonly items: readonly CodeExpression[] }
  | {
      readonly kind: 'unary';
      readonly place: Place;
      readonly operator: '-' | '+' | '~' | 'not';
      readonly operand: CodeExpression;
    }
  | {
      readonly kind: 'arithmetic';
      readonly place: Place;
      readonly operator: ArithmeticOperator;
      readonly left: CodeExpression;
      readonly right: CodeExpression;
    }
  /** `and` or `or` of two or more operands, from the left, as far as needed. */
  | {
      readonly kind: 'logical';
      readonly place: Place;
      readonly operator: 'and' | 'or';
      readonly operands: readonly CodeExpression[];
    }
  /** `a < b <= c`: every neighbouring pair must hold; one operator fewer than operands. */
  | {
      readonly kind: 'comparison';
      readonly place: Place;
      readonly operators: readonly ComparisonOperator[];
      readonly operands: readonly CodeExpression[];
    }
  /** `abs`, `min`, `max`, `int`. */
  | {
      readonly kind: 'call';
      readonly place: Place;
      readonly name: string;
      readonly arguments: readonly CodeExpression[];
    };

/** What names and expressions are worth. Numbers are doubles: exact up to 2^53. */
export type CodeValue = number | string | boolean | null | readonly CodeValue[];
