/**
 * Numbers in place of names, in dist/: `flags & TcpFlag.ack` becomes `flags & 16` with the name in a comment, as
 * TypeScript does for a `const enum`. What one module imports from another V8 looks up each time it is asked for and never takes for a
 * constant, and the hot path asks a hundred times for each segment. Numbers of a module's own are replaced too: V8 inlines by the octets
 * of bytecode. Only numbers are meant, and exported records of nothing but numbers; declarations, exports and imports stay.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { filesBelow, root } from './files.mjs';

/** All files of `folder` at once, as tsc has written them: in a file that was done before there are no names to be found. */
export function inlineConstants(folder) {
  const paths = filesBelow(folder).filter((name) => name.endsWith('.js'));
  const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
  for (const [path, text] of withNumbers(texts)) writeFileSync(join(root, path), text);
}

/** Of modules by path, those that change, with their new text. */
export function withNumbers(texts) {
  const modules = [...texts].map(([path, text]) => ({ path, text, program: parseAst(text), numbers: new Map() }));
  const numbersOf = new Map(modules.map(({ path, numbers }) => [path, numbers]));
  // A constant may be made of others, here and elsewhere.
  for (let found = -1, before = -2; found > before; ) {
    before = found;
    for (const module of modules) findNumbers(module.program, module.numbers, namesIn(module, numbersOf));
    found = modules.reduce((sum, { numbers }) => sum + numbers.size, 0);
  }
  const changed = modules.map((module) => [module.path, replaceUses(module, namesIn(module, numbersOf))]);
  return new Map(changed.filter(([path, text]) => text !== texts.get(path)));
}

/** Adds the constants of a module: name to number, or to a map of member to number. */
function findNumbers(program, numbers, names) {
  for (const statement of program.body) {
    const isExported = statement.type === 'ExportNamedDeclaration';
    const declaration = isExported ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue;
    for (const { id, init } of declaration.declarations) {
      const value = init?.type === 'ObjectExpression' ? recordOf(init, names) : numberOf(init, names);
      // A record that is not exported may be one that changes.
      if (value instanceof Map && !isExported) continue;
      if (value !== null) numbers.set(id.name, value);
    }
  }
}

function recordOf({ properties }, names) {
  const members = properties.map(({ type, computed, key, value }) =>
    type === 'Property' && !computed && key.type === 'Identifier' ? [key.name, numberOf(value, names)] : ['', null],
  );
  return members.some(([, value]) => value === null) ? null : new Map(members);
}

/** The value of an expression of numbers, null when it is something else. */
function numberOf(node, names) {
  switch (node?.type) {
    case 'Literal':
      return typeof node.value === 'number' ? node.value : null;
    case 'Identifier':
      return asNumber(names.get(node.name));
    case 'MemberExpression':
      return asNumber(numberBehind(node, names));
    case 'UnaryExpression': {
      const value = numberOf(node.argument, names);
      if (value === null) return null;
      return node.operator === '-' ? -value : node.operator === '~' ? ~value : null;
    }
    case 'BinaryExpression': {
      const [left, right] = [numberOf(node.left, names), numberOf(node.right, names)];
      const operation = OPERATIONS[node.operator];
      return left === null || right === null || operation === undefined ? null : operation(left, right);
    }
    default:
      return null;
  }
}

function asNumber(value) {
  return typeof value === 'number' ? value : null;
}

const OPERATIONS = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '**': (a, b) => a ** b,
  '|': (a, b) => a | b,
  '<<': (a, b) => a << b,
};

/** What names mean in a module: its own constants and what it imports, without those that something local hides. */
function namesIn({ path, program, numbers }, numbersOf) {
  const names = new Map(numbers);
  for (const { type, source, specifiers } of program.body) {
    if (type !== 'ImportDeclaration' || !source.value.startsWith('.')) continue;
    const there = numbersOf.get(join(dirname(path), source.value).replaceAll('\\', '/'));
    if (there === undefined) continue;
    for (const { type: kind, imported, local } of specifiers) {
      const value = kind === 'ImportNamespaceSpecifier' ? there : there.get(imported?.name);
      if (value !== undefined) names.set(local.name, value);
    }
  }
  for (const hidden of localNames(program)) names.delete(hidden);
  return names;
}

/** Names of parameters, and of whatever is declared inside of functions. */
function localNames(program) {
  const names = new Set();
  let depth = 0;
  const enter = (node) => {
    if (depth > 0 && node.type === 'VariableDeclarator') declare(node.id, names);
    else if (node.type === 'CatchClause') declare(node.param, names);
    if (depth > 0 && (isFunction(node) || node.type.startsWith('Class'))) declare(node.id, names);
    if (!isFunction(node)) return;
    depth++;
    for (const parameter of node.params) declare(parameter, names);
  };
  walk(program, enter, (node) => {
    if (isFunction(node)) depth--;
  });
  return names;
}

/** The names that a pattern declares; what its defaults say is none of them. */
function declare(pattern, names) {
  switch (pattern?.type) {
    case 'Identifier':
      names.add(pattern.name);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) declare(property.value ?? property.argument, names);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) declare(element, names);
      break;
    case 'AssignmentPattern':
      declare(pattern.left, names);
      break;
    case 'RestElement':
      declare(pattern.argument, names);
      break;
    default:
  }
}

function isFunction({ type }) {
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
}

function replaceUses({ text, program }, names) {
  const edits = [];
  const replace = (node, value) => edits.push({ ...node, value });
  walk(program, (node, parent) => {
    if (node.type === 'MemberExpression') {
      const value = numberBehind(node, names);
      if (typeof value === 'number' && !isObjectOf(node, parent)) replace(node, value);
    } else if (node.type === 'Identifier' && typeof names.get(node.name) === 'number' && isUse(node, parent))
      replace(node, names.get(node.name));
  });
  let result = text;
  for (const { start, end, value } of edits.sort((a, b) => b.start - a.start)) {
    const number = `${value} /* ${text.slice(start, end)} */`;
    result = result.slice(0, start) + (value < 0 ? `(${number})` : number) + result.slice(end);
  }
  return result;
}

/** Of `TcpFlag.ack`, of `Field.SEQ` (a namespace), of `flags.TcpFlag.ack`. */
function numberBehind({ object, property, computed }, names) {
  if (computed) return undefined;
  const record = object.type === 'Identifier' ? names.get(object.name) : undefined;
  const holder = object.type === 'MemberExpression' ? numberBehind(object, names) : record;
  return holder instanceof Map ? holder.get(property.name) : undefined;
}

/** `a.b` of `a.b.c`: nothing is asked of a number here, but `5.c` would not even be a program. */
function isObjectOf(node, parent) {
  return parent?.type === 'MemberExpression' && parent.object === node;
}

/** An expression, and not a name that is declared, imported, exported, or that of a member. */
function isUse(node, parent) {
  switch (parent?.type) {
    case 'MemberExpression':
      return parent.computed && parent.property === node;
    case 'Property':
      return parent.value === node && !parent.shorthand;
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'VariableDeclarator':
      return parent.init === node || (parent.computed && parent.key === node) || parent.value === node;
    case 'ImportSpecifier':
    case 'ImportNamespaceSpecifier':
    case 'ExportSpecifier':
    case 'LabeledStatement':
      return false;
    default:
      return true;
  }
}

function walk(node, enter, leave = () => {}, parent = null) {
  enter(node, parent);
  for (const value of Object.values(node)) {
    const children = Array.isArray(value) ? value : [value];
    for (const child of children) if (typeof child?.type === 'string') walk(child, enter, leave, node);
  }
  leave(node);
}
