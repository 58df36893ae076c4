/** Readers of numbers on the command line, for commander. */
import { InvalidArgumentError } from 'commander';

/** A whole number between the two. */
export function integerFrom(least: number, most: number): (text: string) => number {
  const parse = numberFrom(least, most);
  return (text) => {
    const value = parse(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`${least} … ${most}`);
    return value;
  };
}

/** Any number between the two. */
export function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`${least} … ${most}`);
    return value;
  };
}
