/** Circles of imports: files that can be neither understood nor moved without each other. Types count as values do, and so does what is loaded later. */
import { importsOf, resolveFrom } from './layers.ts';
import type { Source } from './source.ts';

/** The circles that are there, as paths that import one another in turn, the last one the first. */
export function circles(sources: readonly Source[]): string[][] {
  const arrows = new Map(sources.map((source) => [source.path, targets(source)]));
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push(trail.slice(at));
    if (at >= 0 || done.has(path)) return;
    for (const next of arrows.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of arrows.keys()) visit(path, []);
  return found;
}

/** Paths of the files of the repository that the source names. */
function targets(source: Source): string[] {
  return importsOf(source)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => resolveFrom(source.path, specifier));
}
