/**
 * Takes texts out of the scripts. Words are data: a browser need not parse them as code, and they are most of what a story weighs.
 * When the lab is built, every `{ en: '…', zh: '…' }` becomes an entry of a file, the worker's of `texts.json`, the page's of `words.json`;
 * what uses it waits for that file before it runs. Texts with values in them keep their values where they are and lend only their words.
 * Of the page's words, `words/en.ts` and `words/zh.ts`, only functions stay. Served for development, nothing is taken out.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULE = 'virtual:texts';
const WORKER_FILE = 'texts.json';
const PAGE_FILE = 'words.json';
/** Stands for a value in the words around it; no text has it. */
const GAP = '\u00a6';
const LANGUAGES = ['en', 'zh'];
const WORDS = /\/words\/(en|zh)\.ts$/;

/** @returns a plugin for the worker, which takes its texts out, and one for the page, which does so too and writes both files */
export function textPlugins(root) {
  const version = versionOf([join(root, 'src'), join(root, '../src')]);
  const [workers, pages, words] = [new Map(), new Map(), {}];
  const worker = taker(workers, WORKER_FILE, version, {});
  const page = {
    ...taker(pages, PAGE_FILE, version, words),
    generateBundle() {
      if (workers.size === 0) throw new Error('no text was taken out: has the worker been built?');
      this.emitFile({ type: 'asset', fileName: WORKER_FILE, source: JSON.stringify(columnsOf(workers)) });
      const source = JSON.stringify([...columnsOf(pages), ...LANGUAGES.map((language) => words[language])]);
      this.emitFile({ type: 'asset', fileName: PAGE_FILE, source });
    },
    // Loaded beside the script that waits for it.
    transformIndexHtml: () => [
      {
        tag: 'link',
        attrs: { rel: 'preload', href: `./${PAGE_FILE}?${version}`, as: 'fetch', crossorigin: true },
        injectTo: 'head',
      },
    ],
  };
  return { page, worker };
}

function taker(table, file, version, words) {
  return {
    name: file,
    apply: 'build',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load: (id) => (id === `\0${MODULE}` ? loader(file, version) : null),
    transform(code, id) {
      const language = WORDS.exec(id)?.[1];
      if (language !== undefined) return functionsOf(code, this.parse(code), language, words);
      return /\ben:/.test(code) ? taken(code, this.parse(code), (texts) => entryOf(table, texts)) : null;
    },
  };
}

/** The languages apart: what is alike stands together and packs smaller. */
function columnsOf(table) {
  const texts = [...table.keys()].map((key) => JSON.parse(key));
  return LANGUAGES.map((_, at) => texts.map((text) => text[at]));
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

function loader(file, version) {
  // The address is put together at run time: it is no file of the sources that a bundler could look for.
  return `const here = import.meta.url;
const [en, zh, ...words] = await (await fetch(new URL('../${file}?${version}', here))).json();
export const text = (index) => ({ en: en[index], zh: zh[index] });
export const filled = (index, language, ...values) =>
  (language === 'en' ? en : zh)[index].split('${GAP}').reduce((all, words, at) => all + values[at - 1] + words);
export const joined = (at, functions) => join(words[at], functions);
const join = (texts, functions) => {
  for (const [key, value] of Object.entries(functions)) {
    texts[key] = typeof value === 'object' ? join(texts[key] ?? {}, value) : value;
  }
  return texts;
};
`;
}

function entryOf(table, words) {
  const key = JSON.stringify(words);
  const known = table.get(key) ?? table.size;
  table.set(key, known);
  return known;
}

/** The words of a language without those that are plain text: these stand in `words`. */
function functionsOf(code, ast, language, words) {
  const { declaration } = ast.body.find(({ type }) => type === 'ExportNamedDeclaration') ?? {};
  const [{ init }] = declaration.declarations;
  const [texts, rest] = parted(code, init);
  words[language] = texts;
  const at = LANGUAGES.indexOf(language);
  return {
    code: `import { joined } from '${MODULE}';\nexport const ${language} = joined(${at}, ${rest});`,
    map: null,
  };
}

/** @returns what is plain text, as data, and what is left, as code */
function parted(code, { properties }) {
  const texts = {};
  const rest = [];
  for (const { key, value } of properties) {
    const name = key.name ?? key.value;
    if (value.type === 'ObjectExpression') {
      const [inner, left] = parted(code, value);
      texts[name] = inner;
      if (left !== '{}') rest.push(`${JSON.stringify(name)}: ${left}`);
    } else if (value.type === 'Literal') texts[name] = value.value;
    else rest.push(`${JSON.stringify(name)}: ${code.slice(value.start, value.end)}`);
  }
  return [texts, `{${rest.join(', ')}}`];
}

/** The module with its texts taken out, null when it has none. */
function taken(code, ast, enter) {
  const changes = [];
  visit(ast, (node) => {
    const text = textOf(node);
    if (text === null) return false;
    const index = enter(text.map(({ words }) => words));
    if (text.every(({ values }) => values.length === 0)) {
      changes.push({ from: node.start, to: node.end, now: `/* @__PURE__ */ text$(${index})` });
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
