/**
 * Counts branches: a copy of a source file in which every place where control may go is followed by `WOSHOU_EDGES[n]++`. What counts
 * as an edge: the entry of a function, both ways of an `if` (a missing `else` too) and of `?:`, the right side of `&&`, `||`, `??`
 * and of a default, every case of a switch and falling past all of them, the body of a loop, a catch. Works on the text, so that
 * types stay where they are; lines do not move.
 */
import { child, isNode, parseSource, type SyntaxNode, walk } from '../tidy/source.ts';

/** Where an edge lies. */
export interface Edge {
  /** Relative to the repository. */
  readonly file: string;
  readonly line: number;
  readonly kind: string;
}

export interface Instrumented {
  readonly code: string;
  readonly edges: readonly Edge[];
  /** Numbers and texts that stand in the file: what its comparisons may be about. */
  readonly constants: readonly (number | string)[];
}

/** The name under which the counters are found, in the instrumented code and on `globalThis`. */
export const COUNTERS = 'WOSHOU_EDGES';

interface Insertion {
  readonly at: number;
  /** Closing text stands before opening text of the same place; the inner one closes first and opens last. */
  readonly isClosing: boolean;
  readonly span: number;
  readonly text: string;
}

const LOOPS: ReadonlySet<string> = new Set([
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
]);

/** Instruments `text`; its edges have the numbers from `first` on. */
export function instrument(file: string, text: string, first: number): Instrumented {
  const { tree } = parseSource(file, text);
  const maker = new Instrumenter(file, text, first);
  const constants = new Set<number | string>();
  for (const { node, parent, field } of walk(tree)) {
    maker.visit(node);
    if (node.type === 'NumericLiteral' && typeof node.value === 'number') constants.add(node.value);
    const isModuleName = parent?.type === 'ImportDeclaration' || field === 'source';
    if (node.type === 'StringLiteral' && !isModuleName && typeof node.value === 'string') constants.add(node.value);
  }
  return { code: maker.code(), edges: maker.edges, constants: [...constants] };
}

class Instrumenter {
  readonly edges: Edge[] = [];
  private readonly file: string;
  private readonly text: string;
  private readonly first: number;
  private readonly insertions: Insertion[] = [];

  constructor(file: string, text: string, first: number) {
    this.file = file;
    this.text = text;
    this.first = first;
  }

  code(): string {
    const rank = (one: Insertion): number => (one.isClosing ? one.span : -one.span);
    const sorted = [...this.insertions].sort(
      (a, b) => a.at - b.at || Number(b.isClosing) - Number(a.isClosing) || rank(a) - rank(b),
    );
    let out = '';
    let from = 0;
    for (const { at, text } of sorted) {
      out += this.text.slice(from, at) + text;
      from = at;
    }
    return out + this.text.slice(from);
  }

  visit(node: SyntaxNode): void {
    const { type } = node;
    const body = child(node, 'body');
    if (type === 'IfStatement') this.branches(node);
    else if (type === 'ConditionalExpression') {
      this.expression(child(node, 'consequent'), 'then');
      this.expression(child(node, 'alternate'), 'else');
    } else if (type === 'LogicalExpression') this.expression(child(node, 'right'), String(node.operator));
    else if (type === 'AssignmentPattern') this.expression(child(node, 'right'), 'default');
    else if (type === 'AssignmentExpression' && ['&&=', '||=', '??='].includes(String(node.operator))) {
      this.expression(child(node, 'right'), String(node.operator));
    } else if (type === 'SwitchStatement') this.cases(node);
    else if (LOOPS.has(type)) this.statement(body, 'loop', spanOf(node));
    else if (type === 'CatchClause') this.statement(body, 'catch', spanOf(node));
    else if (isNode(node.body) && 'params' in node) {
      if (body?.type === 'BlockStatement') this.statement(body, 'function', spanOf(node));
      else this.expression(body, 'function');
    }
  }

  private branches(node: SyntaxNode): void {
    const consequent = child(node, 'consequent');
    const alternate = child(node, 'alternate');
    this.statement(consequent, 'if', spanOf(node) - 1);
    if (alternate !== undefined) this.statement(alternate, 'else', spanOf(node) - 1);
    else if (consequent !== undefined) {
      this.insert(endOf(consequent), true, spanOf(node), ` else {${this.count(node, 'else')}}`);
    }
  }

  private cases(node: SyntaxNode): void {
    const cases = Array.isArray(node.cases) ? node.cases.filter(isNode) : [];
    for (const one of cases) {
      const [statement] = Array.isArray(one.consequent) ? one.consequent.filter(isNode) : [];
      if (statement === undefined) continue;
      this.insert(startOf(statement), false, spanOf(one), this.count(one, 'case'));
    }
    if (cases.some((one) => child(one, 'test') === undefined)) return;
    this.insert(endOf(node) - 1, true, 0, ` default: ${this.count(node, 'no case')}`);
  }

  private statement(node: SyntaxNode | undefined, kind: string, span: number): void {
    if (node === undefined) return;
    const counted = this.count(node, kind);
    if (node.type === 'BlockStatement') {
      this.insert(startOf(node) + 1, false, span, counted);
      return;
    }
    this.insert(startOf(node), false, span, `{${counted}`);
    this.insert(endOf(node), true, span, '}');
  }

  private expression(node: SyntaxNode | undefined, kind: string): void {
    if (node === undefined) return;
    const counted = this.count(node, kind).replace(';', ',');
    this.insert(startOf(node), false, spanOf(node) + 0.5, `(${counted}`);
    this.insert(endOf(node), true, spanOf(node) + 0.5, ')');
  }

  private count(node: SyntaxNode, kind: string): string {
    this.edges.push({ file: this.file, line: node.loc.start.line, kind });
    return `${COUNTERS}[${this.first + this.edges.length - 1}]++;`;
  }

  private insert(at: number, isClosing: boolean, span: number, text: string): void {
    this.insertions.push({ at, isClosing, span, text });
  }
}

function startOf(node: SyntaxNode): number {
  return Number(node.start);
}

function endOf(node: SyntaxNode): number {
  return Number(node.end);
}

function spanOf(node: SyntaxNode): number {
  return endOf(node) - startOf(node);
}
