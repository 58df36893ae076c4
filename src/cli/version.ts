/** The version, from the package this program is part of. */
import { readFileSync } from 'node:fs';

/** Looked for upward from this file: it runs from dist/bin/ as well as from src/cli/. */
export function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'woshou' && version !== undefined) return version;
    } catch {
      // Not here.
    }
  }
  return '0.0.0';
}
