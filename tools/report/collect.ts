/** Reads a tree: requirement tables, citations in src and test, and which test each citation speaks of. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Citation, readCitations } from './citations.ts';
import { assignTests, type CitedTest } from './judge.ts';
import { type Problem, parseRequirements, parseStandings, type Requirement, type Standing } from './requirements.ts';
import { readTestPlaces, type TestPlace } from './test-places.ts';

export const REQUIREMENTS_FILE = 'docs/requirements/rfc9293.tsv';
export const STANDINGS_FILE = 'docs/requirements/rfc9293-standing.tsv';

export interface Collected {
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly standings: ReadonlyMap<string, Standing>;
  readonly code: readonly Citation[];
  readonly tests: readonly CitedTest[];
  readonly problems: readonly Problem[];
}

/** Reads everything below `root` that the report needs. */
export function collect(root: string): Collected {
  const problems: Problem[] = [];
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const requirements = parseRequirements(read(REQUIREMENTS_FILE), REQUIREMENTS_FILE, problems);
  const standings = parseStandings(read(STANDINGS_FILE), STANDINGS_FILE, requirements, problems);
  const code: Citation[] = [];
  const tests: CitedTest[] = [];
  for (const file of [...filesBelow(root, 'src'), ...filesBelow(root, 'test')]) {
    if (!file.endsWith('.ts')) continue;
    const text = read(file);
    const citations = readCitations(text, file, requirements, problems);
    if (citations.length === 0) continue;
    if (file.endsWith('.test.ts')) tests.push(...assignTests(citations, placesOf(text, file, problems), problems));
    else if (file.startsWith('src/')) code.push(...citations);
    else for (const { line, id } of citations) problems.push({ place: `${file}:${line}`, message: strayMessage(id) });
  }
  return { requirements, standings, code, tests, problems };
}

/** Files below a folder as sorted paths relative to the root, with forward slashes. */
export function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...filesBelow(root, path));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}

function strayMessage(id: string): string {
  return `${id}: a citation in a helper counts for nothing; put it over the test`;
}

function placesOf(text: string, file: string, problems: Problem[]): TestPlace[] {
  try {
    return readTestPlaces(text);
  } catch (error) {
    problems.push({
      place: file,
      message: `does not parse: ${error instanceof Error ? error.message : String(error)}`,
    });
    return [];
  }
}
