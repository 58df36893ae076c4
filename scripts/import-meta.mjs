/** For bundles: `import.meta` says of a module where its source is. */
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A transformation for rolldown. */
export function keepImportMeta(code, id) {
  if (!code.includes('import.meta.')) return null;
  const replaced = code
    .replace(/\bimport\.meta\.url\b/g, JSON.stringify(pathToFileURL(id).href))
    .replace(/\bimport\.meta\.dirname\b/g, JSON.stringify(dirname(id)))
    .replace(/\bimport\.meta\.filename\b/g, JSON.stringify(id));
  // Columns move, lines do not: a source map that says "line n is line n" keeps stack traces right.
  const mappings = `AAAA${';AACA'.repeat(code.split('\n').length - 1)}`;
  return { code: replaced, map: { version: 3, sources: [id], names: [], mappings } };
}
