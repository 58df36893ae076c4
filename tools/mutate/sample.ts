/** Which functions are mutated: drawn from a seed, so that the same call tries the same mutants. */
import { SeededGenerator } from '../../src/base/random.ts';
import { isNode, parseSource, type SyntaxNode, walk } from '../tidy/source.ts';
import { textFiles } from '../tidy/tree.ts';

/** A function or method that stands in no other, with its lines, counted from 1. */
export interface FunctionPlace {
  readonly file: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

/** As Stryker takes it: whole lines. */
export function toRange({ file, firstLine, lastLine }: FunctionPlace): string {
  return `${file}:${firstLine}-${lastLine}`;
}

const FUNCTIONS: ReadonlySet<string> = new Set(['FunctionDeclaration', 'ClassMethod', 'ClassPrivateMethod']);

/** The functions of one source. */
export function functionsOf(file: string, text: string): FunctionPlace[] {
  const places: FunctionPlace[] = [];
  const inside = new Set<SyntaxNode>();
  for (const { node, parent } of walk(parseSource(file, text).tree)) {
    const isNested = parent !== undefined && inside.has(parent);
    const isFunction = FUNCTIONS.has(node.type) && isNode(node.body);
    if (isNested || isFunction) inside.add(node);
    if (isFunction && !isNested) places.push({ file, firstLine: node.loc.start.line, lastLine: node.loc.end.line });
  }
  return places.sort((a, b) => a.firstLine - b.firstLine);
}

/** All functions of the sources whose paths begin with `prefix`. */
export function allFunctions(prefix: string): FunctionPlace[] {
  return textFiles('src')
    .filter(({ path }) => path.startsWith(prefix) && path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap(({ path, text }) => functionsOf(path, text));
}

/** `count` of them, drawn from `seed`. */
export function drawSample(places: readonly FunctionPlace[], seed: number, count: number): FunctionPlace[] {
  const random = new SeededGenerator(seed);
  const left = [...places];
  const drawn: FunctionPlace[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(random.nextBelow(left.length), 1));
  return drawn;
}
