/**
 * A file as the tidy rules see it: its text, its syntax tree and where it stands in the house.
 * The parser is Babel's, since TypeScript 7 offers no compiler API and Node 20 no parser of its own.
 */
import { type ParserOptions, parse } from '@babel/parser';

/** A node of Babel's tree, as loosely as the rules need it. */
export interface SyntaxNode {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly [key: string]: unknown;
}

export interface Comment {
  readonly text: string;
  readonly startLine: number;
  readonly endLine: number;
}

export interface Source {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  readonly tree: SyntaxNode;
  readonly comments: readonly Comment[];
  /** The folder below src/, 'index' for src/index.ts, undefined outside src/. */
  readonly room: string | undefined;
  /** True for *.test.ts and for everything in test/, bench/ and tools/. */
  readonly isTest: boolean;
}

export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Where a node hangs: the parent and the name of the field that holds it. */
export interface Place {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | undefined;
  readonly field: string;
}

const options: ParserOptions = { sourceType: 'module', plugins: ['typescript'], createImportExpressions: true };
/** Of files that end in .tsx. */
const pageOptions: ParserOptions = { ...options, plugins: ['typescript', 'jsx'] };

export function parseSource(path: string, text: string): Source {
  const file = parse(text, { ...(path.endsWith('.tsx') ? pageOptions : options), sourceFilename: path });
  const comments = (file.comments ?? []).map((comment) => ({
    text: comment.value,
    startLine: comment.loc?.start.line ?? 0,
    endLine: comment.loc?.end.line ?? 0,
  }));
  const lineCount = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const tree = file.program as unknown as SyntaxNode;
  return { path, text, lineCount, tree, comments, room: roomOf(path), isTest: isTestPath(path) };
}

/** Every node of the tree, parents before children. */
export function* walk(root: SyntaxNode): Generator<Place> {
  const stack: Place[] = [{ node: root, parent: undefined, field: '' }];
  for (let place = stack.pop(); place; place = stack.pop()) {
    yield place;
    for (const [field, value] of Object.entries(place.node)) {
      if (field === 'loc' || field.endsWith('Comments')) continue;
      const children = Array.isArray(value) ? value : [value];
      for (const child of children) if (isNode(child)) stack.push({ node: child, parent: place.node, field });
    }
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === 'object' && value !== null && 'type' in value && 'loc' in value && typeof value.type === 'string'
  );
}

export function child(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

export function identifierName(node: SyntaxNode | undefined): string | undefined {
  return node?.type === 'Identifier' && typeof node.name === 'string' ? node.name : undefined;
}

export function finding(rule: string, source: { readonly path: string }, line: number, message: string): Finding {
  return { rule, path: source.path, line, message };
}

export function isTestPath(path: string): boolean {
  return path.endsWith('.test.ts') || /^(?:test|bench|tools)\//.test(path) || /^[^/]+\.config\.ts$/.test(path);
}

function roomOf(path: string): string | undefined {
  const [top, room, ...rest] = path.split('/');
  if (top !== 'src' || room === undefined) return undefined;
  return rest.length === 0 ? room.replace(/\.ts$/, '') : room;
}
