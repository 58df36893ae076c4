/**
 * Takes the stories' texts out of the scripts. Words are data: a browser need not parse them as code, and they are most of
 * what a story weighs. When the lab is built, every `{ en: '…', zh: '…' }` becomes an entry of `texts.json`, and what uses it
 * waits for that file before it runs. Texts with values in them keep their values where they are and lend only their words.
 * Only the worker's: the page has few, and should not wait. Served for development, nothing is taken out.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULE = 'virtual:texts';
const FILE = 'texts.json';
/** Stands for a value in the words around it; no text has it. */
const GAP = '\u00a6';

/** @returns a plugin for the worker, which takes the texts out, and one for the page, which writes the file */
export function textPlugins(root) {
  const table = new Map();
  const version = versionOf([join(root, 'src'), join(root, '../src')]);
  const worker = {
    name: 'texts',
    apply: 'build',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load: (id) => (id === `\0${MODULE}` ? loader(version) : null),
    transform(code) {
      return /\ben:/.test(code) ? taken(code, this.parse(code), (words) => entryOf(table, words)) : null;
    },
  };
  const page = {
    name: 'texts-file',
    apply: 'build',
    generateBundle() {
      const texts = [...table.keys()].map((key) => JSON.parse(key));
      if (texts.length === 0) throw new Error('no text was taken out: has the worker been built?');
      // The languages apart: what is alike stands together and packs smaller.
      const source = JSON.stringify([texts.map(([en]) => en), texts.map(([, zh]) => zh)]);
      this.emitFile({ type: 'asset', fileName: FILE, source });
    },
  };
  return { page, worker };
}

/** Changes when any source does, so that no cache gives the texts of another build. */
function versionOf(folders) {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const name of readdirSync(folder, { recursive: true }).sort()) {
      if (/\.tsx?$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 12);
}

function loader(version) {
  // The address is put together at run time: it is no file of the sources that a bundler could look for.
  return `const here = import.meta.url;
const [en, zh] = await (await fetch(new URL('../${FILE}?${version}', here))).json();
export const text = (index) => ({ en: en[index], zh: zh[index] });
export const filled = (index, language, ...values) =>
  (language === 'en' ? en : zh)[index].split('${GAP}').reduce((all, words, at) => all + values[at - 1] + words);
`;
}

function entryOf(table, words) {
  const key = JSON.stringify(words);
  const known = table.get(key) ?? table.size;
  table.set(key, known);
  return known;
}

/** The module with its texts taken out, null when it has none. */
function taken(code, ast, enter) {
  const changes = [];
  visit(ast, (node) => {
    const text = textOf(node);
    if (text === null) return false;
    const index = enter(text.map(({ words }) => words));
    if (text.every(({ values }) => values.length === 0)) {
      changes.push({ from: node.start, to: node.end, now: `text$(${index})` });
      return true;
    }
    for (const [at, { start, end, values }] of text.entries()) {
      const given = values.map((value) => `, ${code.slice(value.start, value.end)}`).join('');
      changes.push({ from: start, to: end, now: `filled$(${index}, '${LANGUAGES[at]}'${given})` });
    }
    return true;
  });
  if (changes.length === 0) return null;
  let out = code;
  for (const { from, to, now } of changes.sort((a, b) => b.from - a.from)) {
    out = out.slice(0, from) + now + out.slice(to);
  }
  return { code: `import { text as text$, filled as filled$ } from '${MODULE}';\n${out}`, map: null };
}

const LANGUAGES = ['en', 'zh'];

/** The two sides of an `{ en, zh }`, null for anything else. */
function textOf(node) {
  if (node.type !== 'ObjectExpression' || node.properties.length !== 2) return null;
  const sides = LANGUAGES.map((language, at) => {
    const { key, value } = node.properties[at];
    return key?.name === language ? sideOf(value) : null;
  });
  return sides.includes(null) ? null : sides;
}

/** Words, with gaps where values stand. */
function sideOf({ type, value, quasis, expressions, start, end }) {
  if (type === 'Literal' && typeof value === 'string') return { words: value, values: [], start, end };
  if (type !== 'TemplateLiteral') return null;
  return { words: quasis.map((quasi) => quasi.value.cooked).join(GAP), values: expressions, start, end };
}

/** Every node from above, until `take` says that it has taken one. */
function visit(node, take) {
  if (Array.isArray(node)) for (const one of node) visit(one, take);
  else if (node !== null && typeof node === 'object' && !(typeof node.type === 'string' && take(node))) {
    for (const value of Object.values(node)) if (typeof value === 'object') visit(value, take);
  }
}
