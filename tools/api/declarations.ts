/**
 * The public interface of entries, read from the emitted declarations: every exported name with its declaration, and
 * the declarations those mention, without comments and private members. What differs here differs for our users.
 * Each declaration stands once, under the first entry that needs it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { type ParserOptions, parse } from '@babel/parser';
import { child, identifierName, isNode, type SyntaxNode, walk } from '../tidy/source.ts';

interface Declared {
  readonly module: Module;
  readonly name: string;
  readonly nodes: SyntaxNode[];
}

interface Target {
  readonly file: string;
  /** '*' is the whole module as a namespace. */
  readonly name: string;
}

interface Module {
  readonly file: string;
  readonly text: string;
  readonly declared: Map<string, Declared>;
  readonly imported: Map<string, Target>;
  readonly exported: Map<string, Target>;
  readonly exportedStars: string[];
}

const options: ParserOptions = {
  sourceType: 'module',
  plugins: [['typescript', { dts: true }]],
  attachComment: false,
  createImportExpressions: true,
};

export class Declarations {
  readonly #modules = new Map<string, Module>();
  /** What is written already, and in which entry's description. */
  readonly #described = new Map<Declared, string>();

  /** The interface of an entry as text, names in alphabetical order. `title` is what later descriptions refer to. */
  describe(entry: string, title = entry): string {
    const names = [...this.#exportsOf(resolve(entry))].sort(([a], [b]) => (a < b ? -1 : 1));
    const waiting: Declared[] = [];
    const lines: string[] = [];
    for (const [name, target] of names) {
      const declared = this.#find(target);
      if (!declared) {
        lines.push(`export { ${name} } // ${originOf(target)}`);
        continue;
      }
      const alias = declared.name === name ? '' : `// exported as ${name}\n`;
      const place = this.#described.get(declared);
      if (place === undefined) {
        this.#described.set(declared, title);
        waiting.push(declared);
      }
      lines.push(alias + (place === undefined ? print(declared) : reference(declared.name, place, title)));
    }
    const mentioned = this.#mentioned(waiting, title);
    if (mentioned.length > 0) lines.push('// Not exported, but part of the above:', ...mentioned.map(print));
    return `${lines.join('\n\n')}\n`;
  }

  #mentioned(waiting: Declared[], title: string): Declared[] {
    const found: Declared[] = [];
    for (let declared = waiting.pop(); declared; declared = waiting.pop()) {
      for (const name of namesIn(declared)) {
        const target = this.#resolve(declared.module, name);
        if (!target || this.#described.has(target)) continue;
        this.#described.set(target, title);
        found.push(target);
        waiting.push(target);
      }
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.module.file < b.module.file ? -1 : 1));
  }

  #resolve(module: Module, name: string): Declared | undefined {
    const own = module.declared.get(name);
    if (own) return own;
    const target = module.imported.get(name);
    return target && this.#find(target);
  }

  #find({ file, name }: Target): Declared | undefined {
    if (name === '*' || isForeign(file) || !existsSync(file)) return undefined;
    const { declared, imported } = this.#module(file);
    const own = declared.get(name);
    if (own) return own;
    const next = imported.get(name) ?? this.#exportsOf(file).get(name);
    return next && (next.file !== file || next.name !== name) ? this.#find(next) : undefined;
  }

  #exportsOf(file: string, visiting: readonly string[] = []): Map<string, Target> {
    if (visiting.includes(file) || isForeign(file)) return new Map();
    const module = this.#module(file);
    const names = new Map<string, Target>();
    for (const star of module.exportedStars) {
      for (const [name, target] of this.#exportsOf(star, [...visiting, file]))
        if (name !== 'default') names.set(name, target);
    }
    for (const [name, target] of module.exported) names.set(name, target);
    return names;
  }

  #module(file: string): Module {
    const known = this.#modules.get(file);
    if (known) return known;
    const module = readModule(file);
    this.#modules.set(file, module);
    return module;
  }
}

function readModule(file: string): Module {
  const text = readFileSync(file, 'utf8');
  const module: Module = {
    file,
    text,
    declared: new Map(),
    imported: new Map(),
    exported: new Map(),
    exportedStars: [],
  };
  const body = (parse(text, options).program as unknown as { body: SyntaxNode[] }).body;
  for (const statement of body) readStatement(module, statement);
  return module;
}

function readStatement(module: Module, statement: SyntaxNode): void {
  const source = child(statement, 'source');
  const from = typeof source?.value === 'string' ? moduleFile(module.file, source.value) : undefined;
  const specifiers = Array.isArray(statement.specifiers) ? statement.specifiers.filter(isNode) : [];
  if (statement.type === 'ImportDeclaration' && from) {
    for (const specifier of specifiers)
      module.imported.set(localName(specifier), { file: from, name: importedName(specifier) });
  } else if (statement.type === 'ExportAllDeclaration' && from) {
    module.exportedStars.push(from);
  } else if (statement.type === 'ExportNamedDeclaration') {
    for (const specifier of specifiers) {
      const name = nameOf(child(specifier, 'exported'));
      const isNamespace = specifier.type === 'ExportNamespaceSpecifier';
      module.exported.set(name, { file: from ?? module.file, name: isNamespace ? '*' : localName(specifier) });
    }
    const inner = child(statement, 'declaration');
    if (inner) declare(module, inner, statement, true);
  } else {
    declare(module, statement, statement, false);
  }
}

function declare(module: Module, node: SyntaxNode, whole: SyntaxNode, isExported: boolean): void {
  const declarators = Array.isArray(node.declarations) ? node.declarations.filter(isNode) : [node];
  for (const declarator of declarators) {
    const name = identifierName(child(declarator, 'id'));
    if (name === undefined) continue;
    const known = module.declared.get(name);
    if (known) known.nodes.push(whole);
    else module.declared.set(name, { module, name, nodes: [whole] });
    if (isExported) module.exported.set(name, { file: module.file, name });
  }
}

/** A package or a `node:` module stays a name: it is not ours to describe. */
function moduleFile(from: string, specifier: string): string {
  return specifier.startsWith('.') ? resolve(dirname(from), specifier.replace(/\.js$/, '.d.ts')) : specifier;
}

function isForeign(file: string): boolean {
  return !isAbsolute(file);
}

function reference(name: string, place: string, title: string): string {
  return place === title ? `export { ${name} }` : `export { ${name} } // described in ${place}`;
}

function originOf({ file, name }: Target): string {
  if (name === '*') return `all of ${basename(file)}`;
  return isForeign(file) ? `${name} of ${file}` : `not found in ${basename(file)}`;
}

function localName(specifier: SyntaxNode): string {
  return nameOf(child(specifier, 'local'));
}

function importedName(specifier: SyntaxNode): string {
  if (specifier.type === 'ImportNamespaceSpecifier') return '*';
  return specifier.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(child(specifier, 'imported'));
}

function nameOf(node: SyntaxNode | undefined): string {
  return identifierName(node) ?? String(node?.value ?? '');
}

function namesIn({ nodes }: Declared): Set<string> {
  const names = new Set<string>();
  for (const { node, parent, field } of nodes.flatMap((root) => [...walk(root)])) {
    const name = identifierName(node);
    if (name !== undefined && field !== 'key' && field !== 'property' && parent?.type !== 'TSParameter')
      names.add(name);
  }
  return names;
}

/** The declaration's own text without comments, private members and blank lines. */
function print({ module, nodes }: Declared): string {
  return nodes.map((node) => cut(module.text, node)).join('\n');
}

function cut(text: string, root: SyntaxNode): string {
  const start = Number(root.start);
  const hidden = [...walk(root)]
    .filter(
      ({ node }) => node.accessibility === 'private' || nameOf(child(child(node, 'key') ?? node, 'id')).startsWith('#'),
    )
    .map(({ node }) => [Number(node.start), Number(node.end)] as const)
    .sort(([a], [b]) => b - a);
  let own = text.slice(start, Number(root.end));
  for (const [from, to] of hidden) own = own.slice(0, from - start) + own.slice(to - start);
  return own
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .join('\n')
    .replace(/^export declare /, 'export ')
    .replace(/^declare /, '');
}
