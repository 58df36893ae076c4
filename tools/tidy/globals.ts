/** The core has no clock, no timer, no chance, no console and no bytes but its own: the names that would bring them in. */
import { isCore } from './layers.ts';
import {
  child,
  type Finding,
  finding,
  identifierName,
  isNode,
  type Place,
  type Source,
  type SyntaxNode,
  walk,
} from './source.ts';

const BANNED: ReadonlySet<string> = new Set([
  ...['Date', 'performance', 'Temporal'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'clearTimeout', 'clearInterval', 'clearImmediate'],
  ...['process', 'Buffer', 'console', 'crypto', 'require', 'globalThis', 'window', 'self'],
  ...['TextEncoder', 'TextDecoder', 'fetch', 'structuredClone', 'WebAssembly', 'atob', 'btoa'],
]);

export function bannedGlobals(source: Source): Finding[] {
  if (!isCore(source)) return [];
  const own = declaredNames(source.tree);
  const findings: Finding[] = [];
  for (const place of walk(source.tree)) {
    const name = bannedUse(place);
    if (name === undefined || own.has(name)) continue;
    findings.push(
      finding('banned-globals', source, place.node.loc.start.line, `${name} is not for the core: pass it in`),
    );
  }
  return findings;
}

function bannedUse({ node, parent, field }: Place): string | undefined {
  if (node.type === 'MemberExpression' && identifierName(child(node, 'object')) === 'Math') {
    const property = child(node, 'property');
    return identifierName(property) === 'random' || property?.value === 'random' ? 'Math.random' : undefined;
  }
  const name = identifierName(node);
  if (name === undefined || !BANNED.has(name)) return undefined;
  return isOnlyAName(parent, field) ? undefined : name;
}

/** `x.process`, `{ process: 1 }`, `import { process as p }`: the word is there, the global is not. */
function isOnlyAName(parent: SyntaxNode | undefined, field: string): boolean {
  if (!parent) return false;
  if (field === 'property' || field === 'key') return parent.computed !== true;
  return ['imported', 'exported', 'label', 'right'].includes(field) && !parent.type.endsWith('Expression');
}

/** Names the file declares itself, anywhere: good enough, since nobody may shadow these names by accident. */
function declaredNames(tree: SyntaxNode): Set<string> {
  const names = new Set<string>();
  for (const { node, field } of walk(tree)) {
    if (['VariableDeclarator', 'FunctionDeclaration', 'ClassDeclaration'].includes(node.type))
      bind(child(node, 'id'), names);
    if (['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'].includes(node.type)) bind(child(node, 'id'), names);
    if (/^Import(?:Default|Namespace)?Specifier$/.test(node.type)) bind(child(node, 'local'), names);
    if (field === 'params' || field === 'parameters') bind(node, names);
    if (node.type === 'CatchClause') bind(child(node, 'param'), names);
  }
  return names;
}

function bind(pattern: SyntaxNode | undefined, names: Set<string>): void {
  if (!pattern) return;
  const name = identifierName(pattern);
  if (name !== undefined) names.add(name);
  for (const field of ['left', 'argument', 'value', 'elements', 'properties']) {
    const value = pattern[field];
    for (const part of Array.isArray(value) ? value : [value]) if (isNode(part)) bind(part, names);
  }
}
