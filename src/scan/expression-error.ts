/** An expression of a person's that cannot be understood, with the place: what `-p` and targets are refused with. */
import { WoshouError } from '../base/errors.ts';

/** Kinds of mistakes, for messages in other languages than English. */
export type ExpressionProblem =
  | 'empty'
  | 'not-a-port'
  | 'port-too-large'
  | 'range-backwards'
  | 'unknown-name'
  | 'unknown-prefix'
  | 'not-an-address'
  | 'octet-too-large'
  | 'bad-length'
  | 'too-many';

/** Where in `expression` it goes wrong: `at` counts characters from 0, `length` how many are meant (1 at least). */
export class ExpressionError extends WoshouError {
  declare readonly code: 'ERR_SCAN_EXPRESSION';
  readonly expression: string;
  readonly at: number;
  readonly length: number;
  readonly problem: ExpressionProblem;

  constructor(argument: string, expression: string, at: number, length: number, problem: ExpressionProblem) {
    super(
      'ERR_SCAN_EXPRESSION',
      `${argument}: ${ENGLISH[problem]} at character ${at + 1} of '${expression}'`,
      argument,
    );
    this.expression = expression;
    this.at = at;
    this.length = Math.max(1, length);
    this.problem = problem;
  }
}

const ENGLISH: Readonly<Record<ExpressionProblem, string>> = {
  empty: 'something is missing',
  'not-a-port': 'not a port',
  'port-too-large': 'ports end at 65535',
  'range-backwards': 'the range ends before it begins',
  'unknown-name': 'no service of this name',
  'unknown-prefix': 'protocols are T: and U:',
  'not-an-address': 'neither an address nor a name',
  'octet-too-large': 'octets end at 255',
  'bad-length': 'no such prefix length',
  'too-many': 'more addresses than a scan takes',
};
