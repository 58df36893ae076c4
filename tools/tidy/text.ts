/** What no text file of the repository may hold: paths of one machine, hosts of package registries, download addresses. */
import { type Finding, finding } from './source.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Spelled in pieces, so that this file does not find itself. */
const PATTERNS: readonly { readonly rule: string; readonly pattern: RegExp; readonly message: string }[] = [
  {
    rule: 'machine-paths',
    pattern: new RegExp(
      `(?<![\\w.\\-/])/(?:${['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me/\\w+', 'Us' + 'ers/\\w+', 't' + 'mp/\\w+'].join('|')})(?:/|\\b(?!-))`,
    ),
    message: 'a path of one machine',
  },
  {
    rule: 'registry-hosts',
    pattern: new RegExp(
      `\\b${'regis' + 'try'}\\.[a-z-]+\\.[a-z]+|\\b(?:${'npm' + 'mirror'}|${'arti' + 'factory'}|${'verd' + 'accio'})\\b`,
      'i',
    ),
    message: 'a package registry is the choice of the machine',
  },
];

export function textRules(file: TextFile): Finding[] {
  const findings: Finding[] = [];
  const lines = file.text.split('\n');
  for (const [index, line] of lines.entries()) {
    for (const { rule, pattern, message } of PATTERNS) {
      const match = pattern.exec(line);
      if (match) findings.push(finding(rule, file, index + 1, `${message}: ${match[0]}`));
    }
  }
  return findings;
}

/** The lock file pins contents (integrity), not the place they were fetched from. */
export function lockFile(file: TextFile): Finding[] {
  const lines = file.text.split('\n');
  return lines.flatMap((line, index) =>
    line.includes(`"${'resol' + 'ved'}"`) ? [finding('lock-file', file, index + 1, 'a download address')] : [],
  );
}

/** Every package that another one may install on some platform must be in the lock file, or `npm ci` refuses to run. */
export function lockFileIsWhole(file: TextFile): Finding[] {
  const lock = JSON.parse(file.text) as { packages: Record<string, { optionalDependencies?: Record<string, string> }> };
  const present = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));
  const wanted = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  return [...new Set(wanted)]
    .filter((name) => !present.has(name))
    .map((name) =>
      finding('lock-file', file, 1, `${name} is missing: remove node_modules and the lock file, then npm install`),
    );
}
