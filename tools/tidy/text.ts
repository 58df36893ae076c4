/** What no text file of the repository may hold: paths of one machine, hosts of package registries, download addresses. */
import { type Finding, finding, isTestPath } from './source.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

interface Pattern {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly message: string;
  /** Tests may look beside the repository, and say so when nothing is there. */
  readonly testsMay: boolean;
}

/** Spelled in pieces, so that this file does not find itself. */
const MACHINE_FOLDERS = ['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me/\\w+', 'Us' + 'ers/\\w+'].join('|');
const REGISTRY_PROGRAMS = ['npm' + 'mirror', 'arti' + 'factory', 'verd' + 'accio'].join('|');

const PATTERNS: readonly Pattern[] = [
  {
    rule: 'machine-paths',
    pattern: new RegExp(`(?<![\\w.\\-/])/(?:${MACHINE_FOLDERS})(?:/|\\b(?!-))`),
    message: 'a path of one machine',
    testsMay: false,
  },
  {
    rule: 'machine-paths',
    pattern: new RegExp(`\\.\\./${'sha' + 'red'}\\b`),
    message: 'a folder beside the repository',
    testsMay: true,
  },
  {
    rule: 'registry-hosts',
    pattern: new RegExp(`\\b${'regis' + 'try'}\\.[a-z-]+\\.[a-z]+|\\b(?:${REGISTRY_PROGRAMS})\\b`, 'i'),
    message: 'a package registry is the choice of the machine',
    testsMay: false,
  },
];

export function textRules(file: TextFile): Finding[] {
  const patterns = PATTERNS.filter(({ testsMay }) => !(testsMay && isTestPath(file.path)));
  return file.text.split('\n').flatMap((line, index) =>
    patterns.flatMap(({ rule, pattern, message }) => {
      const match = pattern.exec(line);
      return match ? [finding(rule, file, index + 1, `${message}: ${match[0]}`)] : [];
    }),
  );
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
