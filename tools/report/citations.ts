/**
 * Citation lines, the thread from a requirement to code and tests:
 *
 *   // RFC 9293 §3.5 MUST-10, MUST-11: text in our own words
 *   // RFC 8985 §6.2 R8985-4: text in our own words
 *   // draft-ietf-ccwg-bbr-05 §5.3.2 RBBR-24: text in our own words
 *
 * A file is read line by line; a line that looks like a citation and is not one is an error, not a silent loss. An RFC that
 * is named without an id is prose, not a citation.
 */
import type { Problem, Requirement } from './requirements.ts';

export interface Citation {
  readonly id: string;
  readonly section: string;
  /** Path relative to the project, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Every valid citation in one file; unknown ids, wrong sections and wrong forms are problems. */
export function readCitations(
  text: string,
  file: string,
  requirements: ReadonlyMap<string, Requirement>,
  problems: Problem[],
): Citation[] {
  const citations: Citation[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const body = commentBody(lines[index] ?? '');
    if (body === null || !LOOKS_LIKE_ONE.test(body)) continue;
    const place = `${file}:${index + 1}`;
    const match = FORM.exec(body);
    if (match === null) {
      problems.push({ place, message: `citation is not of the form "${exampleFor(body)}": ${body}` });
      continue;
    }
    const [, source = '', section = '', ids = '', words = ''] = match;
    for (const id of ids.split(/,\s*/)) {
      const message = misfit(id, source, section, requirements);
      if (message !== null) problems.push({ place, message });
      else citations.push({ id, section, file, line: index + 1, text: words });
    }
  }
  return citations;
}

const LABEL = '(?:(?:MUST|SHLD|MAY|REC)|R(?:\\d{4}|BBR))-\\d+';
const SOURCE = '(?:RFC \\d{4}|draft-[a-z0-9-]+)';
const LOOKS_LIKE_ONE = new RegExp(`^(?:RFC ?\\d{4}|draft-[a-z0-9-]+)\\b[^:]*?\\b${LABEL}\\b`);
const FORM = new RegExp(`^(${SOURCE}) §((?:\\d+|[A-Z])(?:\\.\\d+)*) (${LABEL}(?:, ${LABEL})*): (\\S.*)$`);

/** The words of a comment line: after `//`, or of a line inside a block comment. Null for code. */
function commentBody(line: string): string | null {
  const match =
    /^\s*(?:\/\/+|\/\*+|\*|#)\s*(.*?)\s*(?:\*\/)?$/.exec(line) ??
    /\s\/\/\s*((?:RFC ?\d{4}|draft-[a-z])\b.*)$/.exec(line);
  return match?.[1] ?? null;
}

function exampleFor(body: string): string {
  return /^RFC ?9293/.test(body) ? 'RFC 9293 §3.5 MUST-10, MUST-11: text' : 'RFC 8985 §6.2 R8985-4, R8985-5: text';
}

function misfit(
  id: string,
  source: string,
  section: string,
  requirements: ReadonlyMap<string, Requirement>,
): string | null {
  const requirement = requirements.get(id);
  if (requirement === undefined) return `${source} has no requirement ${id}`;
  if (requirement.source !== source) return `${id} is of ${requirement.source}, not of ${source}`;
  const isNear = requirement.list === 'tcp-rfcs' && isInside(requirement.section, section);
  if (requirement.section !== section && !isNear) return `${id} is of section ${requirement.section}, not ${section}`;
  return null;
}

/** Companion rules may be cited by a section above theirs, so that one line can name rules of several subsections. */
function isInside(section: string, above: string): boolean {
  return section.startsWith(`${above}.`);
}
