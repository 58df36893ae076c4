/**
 * Which test a line of a test file belongs to: the smallest `it`/`test` around the line, else the row of a table of tests
 * (an object with a `name` in an array) around or right below it, else the first `it`, `test` or `describe` that starts
 * behind it in the same block. Titles made of parts (`it.each`, template literals) become patterns.
 */
import { parse } from '@babel/parser';
import { escapePattern } from './results.ts';

/**
 * A test, a group of tests, or a row of a table of tests; `titles` from the outermost describe inwards, as anchored
 * patterns. A row knows only how the title of its test ends.
 */
export interface TestPlace {
  readonly kind: 'test' | 'group' | 'row';
  readonly titles: readonly RegExp[];
  readonly label: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly children: readonly TestPlace[];
}

/** All tests and groups of a test file as a forest. Throws SyntaxError when the file does not parse. */
export function readTestPlaces(text: string): TestPlace[] {
  const tree = parse(text, { sourceType: 'module', plugins: ['typescript'] });
  return collect(tree.program as unknown as Node, []);
}

/** The test, row or group that a citation on `line` (1-based) speaks of, or null. */
export function placeOfLine(places: readonly TestPlace[], line: number): TestPlace | null {
  for (const place of places) {
    if (place.kind === 'row' || line < place.firstLine || line > place.lastLine) continue;
    return place.kind === 'test' ? place : placeOfLine(place.children, line);
  }
  const row = places.find(
    (place) => place.kind === 'row' && line >= place.firstLine - CITATIONS_ABOVE_ROW && line <= place.lastLine,
  );
  if (row !== undefined && (line >= row.firstLine || !places.some((place) => isBetween(place, line, row)))) return row;
  return places.find((place) => place.kind !== 'row' && place.firstLine > line) ?? null;
}

/** True when a test that ran, given by its describe titles and its own, is of this place. */
export function isOfPlace(place: TestPlace, titles: readonly string[]): boolean {
  if (place.kind === 'row') return place.titles[0]?.test(titles.at(-1) ?? '') ?? false;
  if (place.kind === 'test' && titles.length !== place.titles.length) return false;
  return place.titles.every((pattern, index) => pattern.test(titles[index] ?? ''));
}

/** So many lines of citations may stand over a row. */
const CITATIONS_ABOVE_ROW = 4;

function isBetween(place: TestPlace, line: number, row: TestPlace): boolean {
  return place !== row && place.firstLine > line && place.firstLine < row.firstLine;
}

interface Node {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly [key: string]: unknown;
}

function collect(node: Node, above: readonly Title[]): TestPlace[] {
  const places: TestPlace[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
    } else if (isNode(value)) {
      const made = value.type === 'CallExpression' ? placeOfCall(value, above) : null;
      if (value.type === 'ArrayExpression') places.push(...rowsOf(value));
      if (made !== null) places.push(made);
      else for (const [key, child] of Object.entries(value)) if (!IGNORED_KEYS.has(key)) visit(child);
    }
  };
  for (const [key, child] of Object.entries(node)) if (!IGNORED_KEYS.has(key)) visit(child);
  return places;
}

const IGNORED_KEYS = new Set([
  'loc',
  'leadingComments',
  'trailingComments',
  'innerComments',
  'extra',
  'typeAnnotation',
]);
const GROUP_NAMES = new Set(['describe', 'suite']);
const TEST_NAMES = new Set(['it', 'test']);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function placeOfCall(call: Node, above: readonly Title[]): TestPlace | null {
  const name = rootName(call.callee);
  if (name === null || (!GROUP_NAMES.has(name) && !TEST_NAMES.has(name))) return null;
  const [first] = call.arguments as unknown[];
  const title = isNode(first) ? titleOf(first, isEach(call.callee)) : null;
  if (title === null || call.loc === undefined) return null;
  const titles = [...above, title];
  const isGroup = GROUP_NAMES.has(name);
  return {
    kind: isGroup ? 'group' : 'test',
    titles: titles.map((part) => part.pattern),
    label: titles.map((part) => part.label).join(' > '),
    firstLine: call.loc.start.line,
    lastLine: call.loc.end.line,
    children: isGroup ? collect({ type: 'Body', arguments: (call.arguments as unknown[]).slice(1) }, titles) : [],
  };
}

function rowsOf(array: Node): TestPlace[] {
  return (array.elements as unknown[]).flatMap((element) => {
    if (!isNode(element) || element.type !== 'ObjectExpression' || element.loc === undefined) return [];
    for (const property of element.properties as Node[]) {
      const { key, value } = property;
      if (!isNode(key) || !isNode(value) || key.name !== 'name' || value.type !== 'StringLiteral') continue;
      const label = value.value as string;
      const { start, end } = element.loc;
      const titles = [new RegExp(`(?:^|[\\s:])${escapePattern(label)}$`)];
      return [{ kind: 'row' as const, titles, label, firstLine: start.line, lastLine: end.line, children: [] }];
    }
    return [];
  });
}

/** `it`, `it.each(rows)`, `it.for(rows)`, `it.each\`…\``, `test.concurrent`, `describe.runIf(x)` …: the name on the left. */
function rootName(callee: unknown): string | null {
  if (!isNode(callee)) return null;
  if (callee.type === 'Identifier') return callee.name as string;
  if (callee.type === 'MemberExpression') return rootName(callee.object);
  if (callee.type === 'CallExpression') return rootName(callee.callee);
  if (callee.type === 'TaggedTemplateExpression') return rootName(callee.tag);
  return null;
}

function isEach(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  const inner = callee.type === 'CallExpression' ? callee.callee : callee.tag;
  const property = isNode(inner) && inner.type === 'MemberExpression' ? inner.property : null;
  return isNode(property) && (property.name === 'each' || property.name === 'for');
}

interface Title {
  readonly pattern: RegExp;
  readonly label: string;
}

const WILD = '\u0000';

function titleOf(node: Node, each: boolean): Title | null {
  const raw = rawTitle(node);
  if (raw === null) return null;
  const open = each ? raw.replace(/%[sdifjoOc#$]|\$[\w.]+/g, WILD) : raw;
  const source = open.split(WILD).map(escapePattern).join('[\\s\\S]*');
  return { pattern: new RegExp(`^${source}$`), label: raw.replaceAll(WILD, '…') };
}

function rawTitle(node: Node): string | null {
  if (node.type === 'StringLiteral') return node.value as string;
  if (node.type === 'TemplateLiteral') {
    const quasis = node.quasis as { value: { cooked?: string; raw: string } }[];
    return quasis.map((quasi) => quasi.value.cooked ?? quasi.value.raw).join(WILD);
  }
  if (node.type === 'BinaryExpression' && isNode(node.left) && isNode(node.right)) {
    return (rawTitle(node.left) ?? WILD) + (rawTitle(node.right) ?? WILD);
  }
  if (node.type === 'Identifier' || node.type === 'MemberExpression' || node.type === 'CallExpression') return WILD;
  return null;
}
