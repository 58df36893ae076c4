/** `$((…))`: whole numbers, the operators of C, variables. Bounded in depth; what it cannot read is an error. */

const TOKEN =
  /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<|>>|<=|>=|==|!=|&&|\|\||\*\*|\+\+|--|[-+*/%&|^]=|[-+*/%&|^~!<>()?:=])/y;
const ASSIGNMENT = /^[-+*/%&|^]?=$/;
/** From the weakest to the strongest. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const MAX_DEPTH = 64;

/** @param numberFor of a variable; null: not known, and then neither is the result */
export function shellArithmetic(
  text: string,
  numberFor: (name: string) => number | null,
  assign: (name: string, value: number) => void = () => {},
): number | null | { readonly problem: string } {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  // `$name` is a variable like `name`.
  const bare = text.replace(/\$\{?([A-Za-z_]\w*)\}?/g, '$1').trim();
  while (TOKEN.lastIndex < bare.length) {
    const from: number = TOKEN.lastIndex;
    const found = TOKEN.exec(bare);
    if (!found) return { problem: `'${bare.slice(from)}' in $((${text})) is not understood` };
    tokens.push(found[1] ?? '');
  }
  try {
    const reader = new Reader(tokens, numberFor, assign);
    const value = reader.conditional();
    if (reader.ahead !== undefined) return { problem: `'${reader.ahead}' in $((${text})) is not understood` };
    return reader.isUnknown ? null : value;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problem: `$((${text})): ${error.message}` };
  }
}

class Reader {
  isUnknown = false;
  private readonly tokens: readonly string[];
  private readonly numberFor: (name: string) => number | null;
  private readonly assign: (name: string, value: number) => void;
  private at = 0;
  private depth = 0;
  private passedOver = 0;

  constructor(
    tokens: readonly string[],
    numberFor: (name: string) => number | null,
    assign: (name: string, value: number) => void,
  ) {
    this.tokens = tokens;
    this.numberFor = numberFor;
    this.assign = assign;
  }

  get ahead(): string | undefined {
    return this.tokens[this.at];
  }

  private take(token: string): boolean {
    if (this.ahead !== token) return false;
    this.at++;
    return true;
  }

  conditional(): number {
    const test = this.binary(0);
    if (!this.take('?')) return test;
    const then = this.unless(test === 0, () => this.conditional());
    if (!this.take(':')) throw new RangeError("':' is missing");
    const otherwise = this.unless(test !== 0, () => this.conditional());
    return test !== 0 ? then : otherwise;
  }

  /** What is read only to be passed over fails at nothing. */
  private unless(isPassedOver: boolean, read: () => number): number {
    this.passedOver += Number(isPassedOver);
    const value = read();
    this.passedOver -= Number(isPassedOver);
    return value;
  }

  private binary(level: number): number {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = operators.find((mark) => this.take(mark));
      if (operator === undefined) return left;
      const isDecided = operator === '&&' ? left === 0 : operator === '||' && left !== 0;
      const right = this.unless(isDecided, () => this.binary(level + 1));
      left = this.passedOver > 0 ? 0 : apply(operator, left, right);
    }
  }

  private unary(): number {
    if (++this.depth > MAX_DEPTH) throw new RangeError('nested too deep');
    const value = this.signed();
    this.depth--;
    return value;
  }

  private signed(): number {
    if (this.take('++')) return this.counted(1);
    if (this.take('--')) return this.counted(-1);
    if (this.take('-')) return -this.unary();
    if (this.take('+')) return this.unary();
    if (this.take('!')) return Number(this.unary() === 0);
    if (this.take('~')) return -this.unary() - 1;
    const base = this.primary();
    return this.take('**') ? Math.trunc(base ** this.unary()) : base;
  }

  private primary(): number {
    if (this.take('(')) {
      const value = this.conditional();
      if (!this.take(')')) throw new RangeError("')' is missing");
      return value;
    }
    const token = this.ahead ?? '';
    this.at++;
    if (/^\d/.test(token)) return /^0[0-7]+$/.test(token) ? Number.parseInt(token, 8) : Number(token);
    if (!/^[A-Za-z_]/.test(token)) throw new RangeError(token === '' ? 'it ends too early' : `unexpected '${token}'`);
    return this.variable(token);
  }

  /** A variable, which may be given another value. */
  private variable(name: string): number {
    const operator = this.ahead ?? '';
    if (ASSIGNMENT.test(operator)) {
      this.at++;
      const value = this.conditional();
      return this.set(name, operator === '=' ? value : apply(operator.slice(0, -1), this.numberOf(name), value));
    }
    if (operator !== '++' && operator !== '--') return this.numberOf(name);
    this.at++;
    const before = this.numberOf(name);
    this.set(name, before + (operator === '++' ? 1 : -1));
    return before;
  }

  private counted(by: number): number {
    const name = this.ahead ?? '';
    if (!/^[A-Za-z_]/.test(name)) throw new RangeError(`a variable is missing before '${name}'`);
    this.at++;
    return this.set(name, this.numberOf(name) + by);
  }

  private set(name: string, value: number): number {
    if (this.passedOver === 0 && !this.isUnknown) this.assign(name, value);
    return value;
  }

  private numberOf(name: string): number {
    const value = this.numberFor(name);
    if (value === null) this.isUnknown = true;
    return value ?? 0;
  }
}

function apply(operator: string, left: number, right: number): number {
  const bits = (value: bigint): number => Number(BigInt.asIntN(64, value));
  switch (operator) {
    case '||':
      return Number(left !== 0 || right !== 0);
    case '&&':
      return Number(left !== 0 && right !== 0);
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '<':
      return Number(left < right);
    case '<=':
      return Number(left <= right);
    case '>':
      return Number(left > right);
    case '>=':
      return Number(left >= right);
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return whole(left * right);
    case '/':
    case '%':
      if (right === 0) throw new RangeError('division by zero');
      return operator === '/' ? Math.trunc(left / right) : left % right;
    case '|':
      return bits(BigInt(left) | BigInt(right));
    case '^':
      return bits(BigInt(left) ^ BigInt(right));
    case '&':
      return bits(BigInt(left) & BigInt(right));
    default:
      if (right < 0 || right > 63) throw new RangeError(`a shift by ${right}`);
      return bits(operator === '<<' ? BigInt(left) << BigInt(right) : BigInt(left) >> BigInt(right));
  }
}

function whole(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError('the result is too large');
}
