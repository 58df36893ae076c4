/** What became of the mutants, summed up. */

interface Place {
  readonly line: number;
  readonly column: number;
}

/** One line of the reporter. */
export interface Mutant {
  readonly fileName: string;
  /** Lines and columns count from 1. */
  readonly location: { readonly start: Place; readonly end: Place };
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'CompileError' | 'Ignored';
}

export interface Score {
  readonly killed: number;
  readonly survived: number;
  /** Of those that ran: killed or ended by the clock, in percent. */
  readonly percent: number;
}

export function readMutants(text: string, root: string): Mutant[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Mutant)
    .map((mutant) => ({ ...mutant, fileName: mutant.fileName.replace(`${root}/`, '') }));
}

/** What a second run has found takes the place of what the first one did. */
export function merged(first: readonly Mutant[], second: readonly Mutant[]): Mutant[] {
  const name = ({ fileName, location, mutatorName, replacement }: Mutant): string =>
    JSON.stringify([fileName, location, mutatorName, replacement]);
  const newer = new Map(second.map((mutant) => [name(mutant), mutant]));
  return first.map((mutant) => newer.get(name(mutant)) ?? mutant);
}

export function isSurvivor({ status }: Mutant): boolean {
  return status === 'Survived' || status === 'NoCoverage';
}

export function scoreOf(mutants: readonly Mutant[]): Score {
  const killed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  const survived = mutants.filter(isSurvivor).length;
  return { killed, survived, percent: Math.round((1_000 * killed) / Math.max(1, killed + survived)) / 10 };
}

/** A line for every file, the worst first, and one for all. */
export function toScoreText(mutants: readonly Mutant[]): string {
  const files = [...new Set(mutants.map(({ fileName }) => fileName))].map((file) => ({
    file,
    ...scoreOf(mutants.filter(({ fileName }) => fileName === file)),
  }));
  const rows = files.sort((a, b) => a.percent - b.percent || (a.file < b.file ? -1 : 1));
  const line = (name: string, { percent, killed, survived }: Score): string =>
    `${percent.toFixed(1).padStart(6)} %  ${String(killed).padStart(5)} killed ${String(survived).padStart(5)} survived  ${name}`;
  return [...rows.map((row) => line(row.file, row)), line('all', scoreOf(mutants))].join('\n');
}

/** The survivors, in the order of the sources. */
export function toSurvivorText(mutants: readonly Mutant[]): string {
  return mutants
    .filter(isSurvivor)
    .sort((a, b) => {
      if (a.fileName !== b.fileName) return a.fileName < b.fileName ? -1 : 1;
      return a.location.start.line - b.location.start.line;
    })
    .map(({ fileName, location, mutatorName, replacement, status }) => {
      const what = replacement.replace(/\s+/g, ' ').slice(0, 120);
      return `${fileName}:${location.start.line} ${mutatorName}${status === 'NoCoverage' ? ' (no test goes there)' : ''}: ${what}`;
    })
    .join('\n');
}
