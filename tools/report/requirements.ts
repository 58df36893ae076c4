/**
 * The requirements of both lists (docs/requirements/rfc9293.tsv and tcp-rfcs.tsv) and where the stack stands on each of them
 * (the tables named …-standing.tsv), read and checked. Pure: text in, records and problems out.
 */
import type { ListName, RuleList } from './lists.ts';

/** Levels as RFC 9293 appendix B names them; `step` is a step of an algorithm that is written without such words. */
export const LEVELS = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY', 'RECOMMENDED', 'step'] as const;
export type Level = (typeof LEVELS)[number];

/** How a companion rule was checked: see docs/requirements/README.md. */
export const CHECKS = ['against-text', 'against-draft', 'section-only', 'from-knowledge'] as const;

export interface Requirement {
  readonly id: string;
  readonly list: ListName;
  /** The document as citations name it: `RFC 9293`, `draft-ietf-ccwg-bbr-05`. */
  readonly source: string;
  readonly level: Level;
  readonly section: string;
  readonly description: string;
}

/**
 * kept: done as the RFC says. deviates: done otherwise, or not done. not-taken: a MAY that was left out, or a rule of a
 * mechanism that was. application: a rule for programs above the stack. later: not decided yet, in an incomplete list only.
 */
export const STANDINGS = ['kept', 'deviates', 'not-taken', 'application', 'later'] as const;
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

/** Reads a requirement table; throws nothing, wrong lines become problems. */
export function parseRequirements(text: string, list: RuleList, problems: Problem[]): Map<string, Requirement> {
  const found = new Map<string, Requirement>();
  const columns = list.name === 'rfc9293' ? LABELLED_COLUMNS : COMPANION_COLUMNS;
  for (const { cells, place } of tableRows(text, list.requirementsFile, columns, problems)) {
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
    const [id, level, section, rfc] = [cell('id'), cell('level'), cell('section'), cell('rfc')];
    const prefix = rfc.startsWith('bbr-') ? 'RBBR-' : `R${rfc}-`;
    if (!LEVELS.includes(level as Level)) problems.push({ place, message: `unknown level "${level}"` });
    else if (found.has(id)) problems.push({ place, message: `${id} stands twice` });
    else if (list.name === 'tcp-rfcs' && !id.startsWith(prefix))
      problems.push({ place, message: `${id} should begin with ${prefix}` });
    else if (list.name === 'tcp-rfcs' && !(CHECKS as readonly string[]).includes(cell('checked')))
      problems.push({ place, message: `${id}: unknown check "${cell('checked')}"` });
    else {
      const description = cell('description') || cell('rule');
      found.set(id, { id, list: list.name, source: sourceOf(rfc), level: level as Level, section, description });
    }
  }
  return found;
}

const LABELLED_COLUMNS: readonly string[] = ['id', 'level', 'section', 'description'];
const COMPANION_COLUMNS: readonly string[] = ['id', 'rfc', 'section', 'level', 'rule', 'checked'];

function sourceOf(rfc: string): string {
  if (rfc === '') return 'RFC 9293';
  return rfc.startsWith('bbr-') ? `draft-ietf-ccwg-${rfc}` : `RFC ${rfc}`;
}

/** Reads a standing table and checks it against its requirements: complete, known words, lawful, with reasons. */
export function parseStandings(
  text: string,
  list: RuleList,
  requirements: ReadonlyMap<string, Requirement>,
  problems: Problem[],
): Map<string, Standing> {
  const found = new Map<string, Standing>();
  const file = list.standingsFile;
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
      for (const message of unlawful(requirement, standing, list))
        problems.push({ place, message: `${id}: ${message}` });
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

function unlawful(requirement: Requirement, standing: Standing, list: RuleList): string[] {
  const words: readonly StandingWord[] = [standing.rfc, standing.linux];
  const messages = list.isStrict ? unlawfulWhenStrict(requirement, standing, words) : [];
  if (words.includes('later') && list.isComplete) {
    messages.push('stands as "later", yet the list is complete');
  }
  const needsReason = words.some((word) => word !== 'kept' && word !== 'later');
  if (needsReason && standing.reason.length < REASON_LENGTH_MIN) {
    messages.push(`not kept under both profiles, so it needs a reason of at least ${REASON_LENGTH_MIN} characters`);
  }
  const isKept = words.every((word) => word === 'kept');
  if (isKept && standing.reason !== '') messages.push('kept under both profiles, yet a reason is given');
  return messages;
}

function unlawfulWhenStrict(requirement: Requirement, standing: Standing, words: readonly StandingWord[]): string[] {
  const messages: string[] = [];
  if (isAbsolute(requirement.level) && standing.rfc !== 'kept') {
    messages.push(`a ${requirement.level} cannot be "${standing.rfc}" under the rfc profile`);
  }
  if (words.includes('not-taken') && requirement.level !== 'MAY') {
    messages.push(`only a MAY can be "not-taken", this is a ${requirement.level}`);
  }
  if (words.includes('application') && isAbsolute(requirement.level)) {
    messages.push(`a ${requirement.level} cannot be left to the application`);
  }
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
