/** Reads a tree: requirement tables, citations in src and test, and which test each citation speaks of. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Citation, readCitations } from './citations.ts';
import type { CitedTest, Collected } from './collected.ts';
import { assignTests } from './judge.ts';
import { LISTS, type RuleList } from './lists.ts';
import { type Problem, parseRequirements, parseStandings, type Requirement, type Standing } from './requirements.ts';
import { readTestPlaces, type TestPlace } from './test-places.ts';

/** Reads everything below `root` that the report needs. */
export function collect(root: string, lists: readonly RuleList[] = LISTS): Collected {
  const problems: Problem[] = [];
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const requirements = new Map<string, Requirement>();
  const standings = new Map<string, Standing>();
  for (const list of lists) {
    const found = parseRequirements(read(list.requirementsFile), list, problems);
    for (const [id, requirement] of found) requirements.set(id, requirement);
    const stands = parseStandings(read(list.standingsFile), list, found, problems);
    for (const [id, standing] of stands) standings.set(id, standing);
  }
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
  return { lists, requirements, standings, code, tests, problems };
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
