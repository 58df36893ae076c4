/** Random lines of shell, of what shell lines of scripts have: quotes, variables, arithmetic, tests, loops, pipes. */
import { Choices } from './choices.ts';

/** What every line begins with. */
export const SHELL_NAMES = "x=4; y=2; m='one two'";

const WORDS = [
  ...['a', '"b c"', "'d $x'", '$x', '"$x"', '$w', 'a\\ b', '"q\\"r"', '$(echo sub $x)', '"$(echo two   words)"'],
  ...['$m', '"$m"', 'x=1', '$?', '#no', 'a#b', ...['y', 'z:-none', 'w', 'x:+set'].map((name) => `"$` + `{${name}}"`)],
];
const OPERATORS = ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '==', '!=', '<', '<=', '>', '>=', '&&', '||'];
const FILTERS = [
  'grep -c a',
  'grep b',
  'wc -l',
  'head -1',
  'tail -1',
  'grep -v a',
  'tr -d a',
  'grep -q a && echo found',
];

export class ShellText {
  private readonly choices: Choices;

  constructor(seed: number) {
    this.choices = new Choices(seed);
  }

  line(): string {
    return this.command(1 + this.choices.below(3));
  }

  private arithmetic(depth: number): string {
    const { choices } = this;
    if (depth <= 0) return choices.of(['0', '1', '2', '7', '0x1f', '010', 'x', '$x', 'y', '$y']);
    const inner = () => this.arithmetic(depth - 1);
    return choices.way([
      () => `(${inner()})`,
      () => `${inner()} ${choices.of(OPERATORS)} ${inner()}`,
      () => `${choices.of(['-', '+', '!', '~'])}${inner()}`,
      () => `${inner()} ? ${inner()} : ${inner()}`,
    ]);
  }

  private word(): string {
    const { choices } = this;
    return choices.below(6) === 0 ? `$((${this.arithmetic(1 + choices.below(3))}))` : choices.of(WORDS);
  }

  private test(): string {
    const { choices } = this;
    return choices.way([
      () => `[ ${choices.of(['1', '$x', '3'])} -${choices.of(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])} $y ]`,
      () => `[ "${choices.of(['a', '$x', ''])}" ${choices.of(['=', '!='])} "${choices.of(['a', '4', ''])}" ]`,
      () => `[ -${choices.of(['n', 'z'])} "${choices.of(['', '$w', '$x'])}" ]`,
      () => choices.of(['true', 'false', 'test ! -z "$x"']),
      () => `! ${this.test()}`,
    ]);
  }

  private simple(): string {
    const { choices } = this;
    return choices.way([
      () => `echo ${this.word()} ${this.word()}`,
      () => `echo -n ${this.word()}; echo`,
      () => `printf "%s-%d\\n" ${choices.of(['a', '"b c"'])} ${choices.below(9)}`,
      () => `${choices.of(['x', 'y', 'm', 'w'])}=${choices.of(['3', '"p q"', '$((x + 1))', '5', '$x'])}`,
      () => this.test(),
    ]);
  }

  private command(depth: number): string {
    const { choices } = this;
    if (depth <= 0) return this.simple();
    const inner = () => this.command(depth - 1);
    return choices.way([
      () => `${inner()}${choices.of(['; ', ' && ', ' || ', '\n# remark\n'])}${inner()}`,
      () => `if ${this.test()}; then ${inner()}; else ${inner()}; fi`,
      () => `for i in ${this.word()} ${this.word()}; do echo "<$i>"; ${inner()}; done`,
      () => `{ ${inner()}; }`,
      () =>
        `n${depth}=0; while [ $n${depth} -lt ${1 + choices.below(3)} ]; do n${depth}=$((n${depth} + 1)); ${inner()}; done`,
      () => `(echo ${this.word()}; echo ${this.word()}) | ${choices.of(FILTERS)}`,
      () => `echo ${this.word()} > /dev/null; echo done`,
    ]);
  }
}
