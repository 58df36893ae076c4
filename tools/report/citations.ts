/**
 * Citation lines, the thread from a requirement to code and tests:
 *
 *   // RFC 9293 §3.5 MUST-10, MUST-11: text in our own words
 *
 * A file is read line by line; a line that looks like a citation and is not one is an error, not a silent loss.
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

/** Every valid citation of RFC 9293 requirements in one file; unknown ids, wrong sections and wrong forms are problems. */
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
      problems.push({ place, message: `citation is not of the form "RFC 9293 §3.5 MUST-10, MUST-11: text": ${body}` });
      continue;
    }
    const [, section = '', ids = '', words = ''] = match;
    for (const id of ids.split(/,\s*/)) {
      const message = misfit(id, section, requirements);
      if (message !== null) problems.push({ place, message });
      else citations.push({ id, section, file, line: index + 1, text: words });
    }
  }
  return citations;
}

const LABEL = '(?:MUST|SHLD|MAY|REC)-\\d+';
const LOOKS_LIKE_ONE = new RegExp(`^RFC ?9293\\b[^:]*?\\b${LABEL}\\b`);
const FORM = new RegExp(`^RFC 9293 §(\\d+(?:\\.\\d+)*) (${LABEL}(?:, ${LABEL})*): (\\S.*)$`);

/** The words of a comment line: after `//`, or of a line inside a block comment. Null for code. */
function commentBody(line: string): string | null {
  const match = /^\s*(?:\/\/+|\/\*+|\*|#)\s*(.*?)\s*(?:\*\/)?$/.exec(line) ?? /\s\/\/\s*(RFC ?9293\b.*)$/.exec(line);
  return match?.[1] ?? null;
}

function misfit(id: string, section: string, requirements: ReadonlyMap<string, Requirement>): string | null {
  const requirement = requirements.get(id);
  if (requirement === undefined) return `RFC 9293 has no requirement ${id}`;
  if (requirement.section !== section) return `${id} is of section ${requirement.section}, not ${section}`;
  return null;
}
