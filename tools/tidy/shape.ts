/** The shape of a file: its header, its length, the length of its functions, and what types and tests may not do. */
import { isCore } from './layers.ts';
import {
  child,
  type Finding,
  finding,
  identifierName,
  type Place,
  type Source,
  type SyntaxNode,
  walk,
} from './source.ts';

export const MAX_FILE_LINES = 400;
export const MAX_FUNCTION_LINES = 70;

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'ClassPrivateMethod',
  'ObjectMethod',
]);

export function headerComment(source: Source): Finding[] {
  const first = source.text.replace(/^#!.*\n/, '').trimStart();
  if (first.startsWith('/*') || first.startsWith('//')) return [];
  return [
    finding('header-comment', source, 1, 'the file says at its top what it is, by which RFC, and what always holds'),
  ];
}

export function fileLength(source: Source): Finding[] {
  if (source.lineCount <= MAX_FILE_LINES) return [];
  return [
    finding('file-length', source, 1, `${source.lineCount} lines, ${MAX_FILE_LINES} are allowed: split it by concern`),
  ];
}

/** `describe` callbacks are tables of contents and may be long; what they contain may not. */
export function functionLength(source: Source): Finding[] {
  const findings: Finding[] = [];
  for (const place of walk(source.tree)) {
    if (!FUNCTIONS.has(place.node.type) || isDescribeBody(place)) continue;
    const { start, end } = place.node.loc;
    const lines = end.line - start.line + 1;
    if (lines <= MAX_FUNCTION_LINES) continue;
    findings.push(finding('function-length', source, start.line, `${lines} lines, ${MAX_FUNCTION_LINES} are allowed`));
  }
  return findings;
}

export function noAny(source: Source): Finding[] {
  return [...walk(source.tree)]
    .filter(({ node }) => node.type === 'TSAnyKeyword')
    .map(({ node }) => finding('no-any', source, node.loc.start.line, 'any: say unknown, or the type'));
}

/** `!` is for array reads in hot loops (`bytes[i]!`): the core's and the devices'. In tests a wrong one fails at once. */
export function nonNull(source: Source): Finding[] {
  if (source.isTest) return [];
  const mayReadArrays = isCore(source) || source.room === 'node';
  return [...walk(source.tree)]
    .filter(({ node }) => node.type === 'TSNonNullExpression')
    .filter(({ node }) => !(mayReadArrays && child(node, 'expression')?.computed === true))
    .map(({ node }) =>
      finding('non-null', source, node.loc.start.line, '! on something else than an array read: narrow the type'),
    );
}

/** A test may not be the only one, and not be left out without a comment on or above the line that says why. */
export function focusedTests(source: Source): Finding[] {
  if (!source.isTest) return [];
  const findings: Finding[] = [];
  for (const { node } of walk(source.tree)) {
    const use = testModifier(node);
    if (use === undefined) continue;
    const { line } = node.loc.start;
    if (use === 'only') findings.push(finding('focused-tests', source, line, '.only silences every other test'));
    else if (!hasReason(source, line))
      findings.push(finding('focused-tests', source, line, `.${use} without a comment that says why`));
  }
  return findings;
}

export function compilerSilencers(source: Source): Finding[] {
  return source.comments
    .filter(({ text }) => /^\s*@ts-(?:ignore|nocheck|expect-error\s*$)/.test(text))
    .map(({ startLine }) =>
      finding('compiler-silencers', source, startLine, 'only @ts-expect-error, and with its reason'),
    );
}

/** Work that is not done is not in the tree: it is written down where work is planned. */
export function unfinished(source: Source): Finding[] {
  return source.comments
    .filter(({ text }) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(text))
    .map(({ startLine }) => finding('unfinished', source, startLine, 'finish it, or plan it elsewhere'));
}

function isDescribeBody({ parent, field }: Place): boolean {
  if (parent?.type !== 'CallExpression' || field !== 'arguments') return false;
  let callee = child(parent, 'callee');
  while (callee && callee.type !== 'Identifier')
    callee = child(callee, 'object') ?? child(callee, 'callee') ?? child(callee, 'tag');
  return identifierName(callee) === 'describe';
}

function testModifier(node: SyntaxNode): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const modifier = identifierName(child(node, 'property')) ?? '';
  if (!['only', 'skip', 'skipIf', 'runIf', 'todo', 'fails'].includes(modifier)) return undefined;
  let object = child(node, 'object');
  while (object?.type === 'MemberExpression') object = child(object, 'object');
  return ['describe', 'it', 'test', 'suite'].includes(identifierName(object) ?? '') ? modifier : undefined;
}

function hasReason(source: Source, line: number): boolean {
  return source.comments.some(({ startLine, endLine }) => startLine === line || endLine === line - 1);
}
