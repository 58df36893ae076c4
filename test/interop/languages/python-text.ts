/** Random expressions of Python, of what the code of scripts has: whole numbers, truth, text, lists. */
import { Choices } from './choices.ts';

/** What every expression finds. */
export const PYTHON_NAMES = 'x = 5; y = 0; s = "abca"; l = [3, 1, 2]; t = (4, 5); d = {"a": 1, "b": 2}';

const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '7',
  '10',
  '0x1f',
  '255',
  '-1',
  'len(s)',
  'l[1]',
  'l[-1]',
  'd["a"]',
  'x',
  'y',
  't[0]',
];
const TRUTHS = ['True', 'x > 2', '"a" in s', '1 in l', 'x is None', 'not y', '"a" in d'];
const LISTS = ['l', '[]', '[1, 2]', '(1, 2, 3)', 'range(4)', 't'];
const TEXTS = ['s', '"a"', "'b%d' % x", '"xyz"', '""', '"%s" % l', 'f"{x}"', 'str(x)'];
const PERCENT = ['%d', '%5d', '%-4d|', '%05d', '%x', '%+d', '%#x', '%s', '%r', '%.2f', '%8.3f', '%e', '%g'];
const FIELDS = [
  '{}',
  '{:>6}',
  '{:<6}|',
  '{:^7}',
  '{:04d}',
  '{:.1f}',
  '{:,}',
  '{:x}',
  '{:#b}',
  '{!r}',
  '{0} {0}',
  '{:+}',
];

export class PythonText {
  private readonly choices: Choices;

  constructor(seed: number) {
    this.choices = new Choices(seed);
  }

  expression(): string {
    const depth = 1 + this.choices.below(3);
    return this.choices.way([
      () => this.number(depth),
      () => this.truth(depth),
      () => this.list(depth),
      () => this.text(depth),
    ]);
  }

  private number(depth: number): string {
    const { choices } = this;
    if (depth <= 0) return choices.of(NUMBERS);
    const inner = () => this.number(depth - 1);
    return choices.way([
      () => `(${inner()} ${choices.of(['+', '-', '*', '//', '%', '/', '&', '|', '^'])} ${inner()})`,
      () => `${inner()} ${choices.of(['+', '-', '*', '//', '%'])} ${inner()}`,
      () => `${choices.of(['-', '+', '~', 'not '])}${inner()}`,
      () => `(${inner()} if ${this.truth(depth - 1)} else ${inner()})`,
      () => `${choices.of(['abs', 'int', 'round', 'bool'])}(${inner()})`,
      () => `${choices.of(['min', 'max'])}(${inner()}, ${inner()})`,
      () => `(${inner()} >> ${choices.of(['1', '3', '100'])})`,
      () => `(2 ** ${choices.of(['3', '0', '10'])} - ${inner()} ** 2)`,
      () => `len(${this.list(depth - 1)})`,
      () => `sum(v for v in range(${choices.of(['3', '5'])}) if ${this.truth(depth - 1)})`,
      () => this.truth(depth - 1),
    ]);
  }

  private truth(depth: number): string {
    const { choices } = this;
    if (depth <= 0) return choices.of(TRUTHS);
    const [inner, number] = [() => this.truth(depth - 1), () => this.number(depth - 1)];
    return choices.way([
      () => `${number()} ${choices.of(['<', '<=', '>', '>=', '==', '!='])} ${number()}`,
      () => `${number()} < ${number()} <= ${number()}`,
      () => `(${inner()} ${choices.of(['and', 'or'])} ${inner()})`,
      () => `not ${inner()}`,
      () => `${number()} ${choices.of(['in', 'not in'])} ${this.list(depth - 1)}`,
      () => `${choices.of(['any', 'all'])}(${this.list(depth - 1)})`,
      () => `${this.text(depth - 1)} ${choices.of(['==', '<', 'in'])} ${this.text(depth - 1)}`,
    ]);
  }

  private list(depth: number): string {
    const { choices } = this;
    if (depth <= 0) return choices.of(LISTS);
    return choices.way([
      () => `[${this.number(depth - 1)}, ${this.number(depth - 1)}]`,
      () => `l[${choices.of(['', '1', '-2'])}:${choices.of(['', '2', '-1'])}${choices.of(['', ':2', ':-1'])}]`,
      () => `sorted([${this.number(depth - 1)}, ${this.number(depth - 1)}, 2])`,
      () => `[v * 2 for v in ${this.list(depth - 1)}]`,
      () => '([1] + l)',
      () => 'l * 2',
      () => `list(range(${choices.of(['3', '1, 4', '5, 0, -2'])}))`,
      () => '[k for k in sorted(d)]',
      () => 'list(zip(l, "ab"))',
    ]);
  }

  private text(depth: number): string {
    const { choices } = this;
    if (depth <= 0) return choices.of(TEXTS);
    const [inner, number] = [() => this.text(depth - 1), () => this.number(depth - 1)];
    const methods = ['upper()', 'strip()', 'replace("a", "b")', 'split(",")[0]', 'zfill(4)', 'rjust(5)', 'lower()'];
    return choices.way([
      () => `(${inner()} + ${inner()})`,
      () => `"${choices.of(PERCENT)}" % (${number()})`,
      () => `"${choices.of(FIELDS)}".format(${number()})`,
      () => `f"{x + 1${choices.of(['', ':>5', ':.2f', '!r', ':x', ':,'])}}"`,
      () => `${inner()}[${choices.of(['0', '1:', '::-1', ':-1'])}]`,
      () => `${inner()}.${choices.of(methods)}`,
      () => `",".join([${inner()}, ${inner()}])`,
      () => `${inner()} * 2`,
      () => `repr(${this.list(depth - 1)})`,
      () => `hex(${choices.of(['1', '255', '-3', 'x'])})`,
    ]);
  }
}
