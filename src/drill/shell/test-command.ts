/** `[ … ]`: numbers, texts, files under /proc/sys; `!`, `-a`, `-o`. */
import { DrillError } from '../drill-error.ts';
import { type CommandInput, settingKey } from './command.ts';
import { matchesGlob } from './glob.ts';
import type { ShellTarget } from './shell-target.ts';

const NUMBERS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '-eq': (left, right) => left === right,
  '-ne': (left, right) => left !== right,
  '-lt': (left, right) => left < right,
  '-le': (left, right) => left <= right,
  '-gt': (left, right) => left > right,
  '-ge': (left, right) => left >= right,
};

/** 0: it holds; 1: it does not; null: nobody here can tell. */
export function runTest({ words, known }: CommandInput, target: ShellTarget): number | null {
  const isBracket = known[0] === '[';
  if (isBracket && known[known.length - 1] !== ']') throw new DrillError("']' is missing");
  return testWords(words.slice(1, isBracket ? -1 : undefined), target, false);
}

/** @param isDouble within `[[ … ]]`: patterns, `=~`, `&&` and `||` */
export function testWords(words: readonly (string | null)[], target: ShellTarget, isDouble: boolean): number | null {
  const own = isDouble ? words.map((word) => (word === '&&' ? '-a' : word === '||' ? '-o' : word)) : words;
  if (isDouble && (own.includes('(') || own.includes(')'))) throw new DrillError('parentheses are not supported in it');
  const value = anyOf(own, { target, isDouble });
  return value === null ? null : value ? 0 : 1;
}

type Truth = boolean | null;

interface Testing {
  readonly target: ShellTarget;
  readonly isDouble: boolean;
}

function anyOf(words: readonly (string | null)[], how: Testing): Truth {
  const at = words.indexOf('-o');
  if (at < 0) return allOf(words, how);
  const [left, right] = [allOf(words.slice(0, at), how), anyOf(words.slice(at + 1), how)];
  return left === true || right === true ? true : left === null || right === null ? null : false;
}

function allOf(words: readonly (string | null)[], how: Testing): Truth {
  const at = words.indexOf('-a', 1);
  if (at < 0) return single(words, how);
  const [left, right] = [single(words.slice(0, at), how), allOf(words.slice(at + 1), how)];
  return left === false || right === false ? false : left === null || right === null ? null : true;
}

function single(words: readonly (string | null)[], how: Testing): Truth {
  if (words[0] === '!' && words.length > 1) {
    const value = single(words.slice(1), how);
    return value === null ? null : !value;
  }
  const [first = '', second = '', third = ''] = words;
  if (words.length === 3) return pair(first, second ?? '', third, how);
  if (words.length === 2) return about(first ?? '', second, how);
  if (words.length <= 1) return first === null ? null : first !== '';
  throw new DrillError(`'${words.map((word) => word ?? '…').join(' ')}' is not understood`);
}

function pair(left: string | null, operator: string, right: string | null, how: Testing): Truth {
  const numbers = NUMBERS[operator];
  const isText = ['=', '==', '!=', '<', '>', '=~'].includes(operator);
  if (numbers === undefined && !isText) throw new DrillError(`'${operator}' compares nothing`);
  if (left === null || right === null) return null;
  if (numbers !== undefined) {
    const [a, b] = [Number(left), Number(right)];
    if (left.trim() === '' || right.trim() === '' || Number.isNaN(a) || Number.isNaN(b))
      throw new DrillError(`'${left} ${operator} ${right}': a whole number is needed`);
    return numbers(a, b);
  }
  if (operator === '<' || operator === '>') return operator === '<' ? left < right : left > right;
  if (operator === '=~') return expressionOf(right).test(left);
  const isEqual = how.isDouble ? matchesGlob(right, left) : left === right;
  return isEqual === (operator !== '!=');
}

function expressionOf(pattern: string): RegExp {
  // Repeated groups could take for ever.
  if (!/(?<!\\)\)[*+{]/.test(pattern)) {
    try {
      return new RegExp(pattern);
    } catch {
      // Said below.
    }
  }
  throw new DrillError(`the pattern '${pattern}' is not supported here`);
}

/** Texts that are empty or not; files: settings are there when we have them, others are not known. */
function about(operator: string, value: string | null, how: Testing): Truth {
  if (value === null) return null;
  switch (operator) {
    case '-z':
      return value === '';
    case '-n':
      return value !== '';
    case '-e':
    case '-f':
    case '-r':
    case '-w':
    case '-s':
      return value.startsWith('/proc/sys/') && how.target.sysctl(settingKey(value)) !== null ? true : null;
    case '-x':
    case '-d':
    case '-L':
    case '-h':
      return null;
    default:
      throw new DrillError(`'${operator}' is no test that is known here`);
  }
}
