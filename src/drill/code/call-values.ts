/** What a built-in function gets: its values, and who runs it. */
import type { Place } from '../place.ts';
import { type Budget, type CodeValue, failCode, numberOf } from './code-values.ts';

/** What a function may need of who runs it. */
export interface Caller extends Budget {
  /** Text without a line's end of its own. */
  write(text: string, place: Place): void;
  call(callee: CodeValue, values: readonly CodeValue[], place: Place): CodeValue;
  /** As `str()` has it. */
  text(value: CodeValue, place: Place): string;
  /** `of.name`; undefined when there is none. */
  attributeOf(of: CodeValue, name: string, place: Place): CodeValue | undefined;
}

/** The values a function is called with. */
export class CallValues {
  readonly name: string;
  readonly values: readonly CodeValue[];
  readonly named: ReadonlyMap<string, CodeValue>;
  readonly place: Place;

  constructor(name: string, values: readonly CodeValue[], named: ReadonlyMap<string, CodeValue>, place: Place) {
    this.name = name;
    this.values = values;
    this.named = named;
    this.place = place;
  }

  at(index: number): CodeValue {
    const value = this.values[index];
    return value === undefined
      ? failCode(this.place, `${this.name} takes more than ${this.values.length} arguments`)
      : value;
  }

  number(index: number): number {
    return numberOf(this.at(index), this.place);
  }

  /** @throws CodeError unless there are so many, and no names but the given ones */
  expect(least: number, most: number, ...names: readonly string[]): void {
    const count = this.values.length;
    if (count < least || count > most) {
      const many = ['no arguments', 'one argument'][most] ?? `${most} arguments`;
      const wanted = least === most ? many : most > 9 ? 'arguments' : `${least} to ${most} arguments`;
      failCode(this.place, `${this.name} takes ${wanted}, got ${count}`);
    }
    for (const name of this.named.keys())
      if (!names.includes(name)) failCode(this.place, `${this.name} takes no argument named '${name}' here`);
  }
}
