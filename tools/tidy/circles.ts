/** Circles of imports: files that need values of each other before either can run. Types do not count. */
import { importsOf, resolveFrom } from './layers.ts';
import type { Source } from './source.ts';

/** The circles that are there, as paths that import one another in turn, the last one the first. */
export function circles(sources: readonly Source[]): string[][] {
  const arrows = new Map(sources.filter(({ isTest }) => !isTest).map((source) => [source.path, targets(source)]));
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

/** Paths of the files of the repository that must be there before the source runs. */
function targets(source: Source): string[] {
  return importsOf(source)
    .filter(({ specifier, isLoaded }) => isLoaded && specifier.startsWith('.'))
    .map(({ specifier }) => resolveFrom(source.path, specifier));
}
