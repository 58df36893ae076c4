/**
 * The labelled requirements (docs/requirements/rfc9293.tsv) and where the stack stands on each of them
 * (docs/requirements/rfc9293-standing.tsv), read and checked. Pure: text in, records and problems out.
 */

/** Levels as RFC 9293 appendix B names them. */
export const LEVELS = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY', 'RECOMMENDED'] as const;
export type Level = (typeof LEVELS)[number];

export interface Requirement {
  readonly id: string;
  readonly level: Level;
  readonly section: string;
  readonly description: string;
}

/**
 * kept: done as the RFC says. deviates: done otherwise, or not done. not-taken: a MAY that was left out.
 * application: a rule for programs above the stack, so nothing for the stack to keep.
 */
export const STANDINGS = ['kept', 'deviates', 'not-taken', 'application'] as const;
export type StandingWord = (typeof STANDINGS)[number];

/** Standing under each profile; `reason` explains whatever is not `kept`. */
export interface Standing {
  readonly id: string;
  readonly rfc: StandingWord;
  readonly linux: StandingWord;
  readonly reason: string;
}

/** Something wrong, with the place to look at: `docs/requirements/x.tsv:12`. */
export interface Problem {
  readonly place: string;
  readonly message: string;
}

/** Reads the requirement table; throws nothing, wrong lines become problems. */
export function parseRequirements(text: string, file: string, problems: Problem[]): Map<string, Requirement> {
  const found = new Map<string, Requirement>();
  for (const { cells, place } of tableRows(text, file, ['id', 'level', 'section', 'description'], problems)) {
    const [id = '', level = '', section = '', description = ''] = cells;
    if (!LEVELS.includes(level as Level)) problems.push({ place, message: `unknown level "${level}"` });
    else if (found.has(id)) problems.push({ place, message: `${id} stands twice` });
    else found.set(id, { id, level: level as Level, section, description });
  }
  return found;
}

/** Reads the standing table and checks it against the requirements: complete, known words, lawful, with reasons. */
export function parseStandings(
  text: string,
  file: string,
  requirements: ReadonlyMap<string, Requirement>,
  problems: Problem[],
): Map<string, Standing> {
  const found = new Map<string, Standing>();
  for (const { cells, place } of tableRows(text, file, ['id', 'rfc', 'linux', 'reason'], problems)) {
    const [id = '', rfc = '', linux = '', reason = ''] = cells;
    const requirement = requirements.get(id);
    const unknown = [rfc, linux].find((word) => !STANDINGS.includes(word as StandingWord));
    if (requirement === undefined) problems.push({ place, message: `unknown requirement "${id}"` });
    else if (found.has(id)) problems.push({ place, message: `${id} stands twice` });
    else if (unknown !== undefined) problems.push({ place, message: `${id}: unknown standing "${unknown}"` });
    else {
      const standing: Standing = { id, rfc: rfc as StandingWord, linux: linux as StandingWord, reason };
      found.set(id, standing);
      for (const message of unlawful(requirement, standing)) problems.push({ place, message: `${id}: ${message}` });
    }
  }
  for (const id of requirements.keys()) {
    if (!found.has(id)) problems.push({ place: file, message: `${id} has no standing` });
  }
  return found;
}

/** True for MUST and MUST NOT. */
export function isAbsolute(level: Level): boolean {
  return level === 'MUST' || level === 'MUST NOT';
}

const REASON_LENGTH_MIN = 15;

function unlawful(requirement: Requirement, standing: Standing): string[] {
  const messages: string[] = [];
  const words: readonly StandingWord[] = [standing.rfc, standing.linux];
  if (isAbsolute(requirement.level) && standing.rfc !== 'kept') {
    messages.push(`a ${requirement.level} cannot be "${standing.rfc}" under the rfc profile`);
  }
  if (words.includes('not-taken') && requirement.level !== 'MAY') {
    messages.push(`only a MAY can be "not-taken", this is a ${requirement.level}`);
  }
  if (words.includes('application') && isAbsolute(requirement.level)) {
    messages.push(`a ${requirement.level} cannot be left to the application`);
  }
  const needsReason = words.some((word) => word !== 'kept');
  if (needsReason && standing.reason.length < REASON_LENGTH_MIN) {
    messages.push(`not kept under both profiles, so it needs a reason of at least ${REASON_LENGTH_MIN} characters`);
  }
  if (!needsReason && standing.reason !== '') messages.push('kept under both profiles, yet a reason is given');
  return messages;
}

interface TableRow {
  readonly cells: readonly string[];
  readonly place: string;
}

function tableRows(text: string, file: string, columns: readonly string[], problems: Problem[]): TableRow[] {
  const lines = text.split(/\r?\n/);
  if (lines[0] !== columns.join('\t')) {
    problems.push({ place: `${file}:1`, message: `the columns must be ${columns.join(', ')}, tab separated` });
    return [];
  }
  const rows: TableRow[] = [];
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    rows.push({ cells: line.split('\t').map((cell) => cell.trim()), place: `${file}:${index + 1}` });
  }
  return rows;
}
