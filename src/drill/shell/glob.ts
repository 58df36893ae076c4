/** Patterns of the shell: `*`, `?`, `[a-z]`. */

export function matchesGlob(pattern: string, text: string): boolean {
  let source = '';
  for (const [, set, mark] of pattern.matchAll(/\[(!?[^\]]+)\]|([\s\S])/g)) {
    if (set !== undefined) source += `[${set.replace(/^!/, '^').replace(/\\/g, '\\\\')}]`;
    else if (mark === '*') source += source.endsWith('.*') ? '' : '.*';
    else source += mark === '?' ? '.' : (mark ?? '').replace(/[.+^${}()|[\]\\]/, '\\$&');
  }
  try {
    return new RegExp(`^(?:${source})$`, 's').test(text);
  } catch {
    return pattern === text;
  }
}
