/** A recording as a script: a line each, times absolute. */
import type { Entry, Plan } from './plan.ts';

const MARKS = { in: '< ', out: '> ', call: '', code: '', shell: '' } as const;

/** Seconds without zeros at the end; the stack's times to a tenth of a millisecond. */
export function secondsOf(timeUs: number): string {
  return (Math.round(timeUs / 100) / 10_000).toFixed(4).replace(/\.?0+$/, '');
}

export function scriptText(plan: Pick<Plan, 'name' | 'options' | 'command'>, entries: readonly Entry[]): string {
  return [
    `// ${plan.name}`,
    ...plan.options,
    ...(plan.command === '' ? [] : [`\`${plan.command}\``]),
    ...entries.map(lineOf),
    '',
  ].join('\n');
}

function lineOf({ atUs, untilUs, kind, text }: Entry): string {
  const time = untilUs === undefined ? secondsOf(atUs) : `${secondsOf(atUs)}...${secondsOf(untilUs)}`;
  const body = kind === 'code' ? `%{ ${text} }%` : kind === 'shell' ? `\`${text}\`` : `${MARKS[kind]}${text}`;
  return `${time.padEnd(7)} ${body}`;
}
