/** What became of the mutants, summed up. */

/** One line of the reporter. */
export interface Mutant {
  readonly fileName: string;
  readonly line: number;
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

export function scoreOf(mutants: readonly Mutant[]): Score {
  const killed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  const survived = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage').length;
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
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .sort((a, b) => (a.fileName === b.fileName ? a.line - b.line : a.fileName < b.fileName ? -1 : 1))
    .map(({ fileName, line, mutatorName, replacement, status }) => {
      const what = replacement.replace(/\s+/g, ' ').slice(0, 120);
      return `${fileName}:${line} ${mutatorName}${status === 'NoCoverage' ? ' (no test goes there)' : ''}: ${what}`;
    })
    .join('\n');
}
