/** Makes a plan smaller while the kernel and our stack still differ in it in the same way. Candidates are played at once, as many as there are workers. */
import { type Difference, figureOf, judgeAll } from './judge.ts';
import type { Input, Plan } from './plan.ts';
import type { Pool } from './pool.ts';

/** The smallest plan found, its script, and the difference in it. */
export interface Shrunk {
  readonly plan: Plan;
  readonly text: string;
  readonly difference: Difference;
}

/** What differs by one removal. */
export function smallerPlans(plan: Plan, chunk: number): Plan[] {
  const plans: Plan[] = [];
  for (let at = 0; at < plan.inputs.length; at += chunk) {
    const inputs = plan.inputs.filter((input, index) => index < at || index >= at + chunk || isNeeded(plan, input));
    if (inputs.length < plan.inputs.length) plans.push({ ...plan, inputs });
  }
  return plans;
}

/** Figures belong to a descriptor: whoever asks for them has one. */
function isNeeded({ inputs }: Plan, { kind, text }: Input): boolean {
  return kind === 'call' && / = \d+$/.test(text) && inputs.some((other) => other.kind === 'probe');
}

/** Fewer settings, and an end right behind the last input. */
export function simplerPlans(plan: Plan): Plan[] {
  const lines = plan.command.split('\n ').filter((line) => line !== '');
  const without = lines.map((_, index) => ({ ...plan, command: lines.filter((_, at) => at !== index).join('\n ') }));
  const isNeeded = (line: string): boolean => line.startsWith('--tolerance');
  const options = plan.options.filter(isNeeded);
  return [...without, ...(plan.options.length > options.length ? [{ ...plan, options }] : [])];
}

/** Only what happens until the difference shows, only the figure it is about. */
export function cutPlan(plan: Plan, text: string, { kind, line }: Difference): Plan {
  const figure = figureOf(kind);
  const atUs = untilUs(text, line) ?? plan.endUs;
  const inputs = plan.inputs
    .filter((input) => input.atUs <= atUs && (input.kind !== 'probe' || figure !== null))
    .map((input) => (input.kind === 'probe' ? { ...input, text: figure ?? '' } : input));
  return { ...plan, inputs, endUs: Math.min(plan.endUs, atUs + 1000) };
}

/** The time of the event that a line belongs to, and a moment more; null when there is none. */
function untilUs(text: string, line: number): number | null {
  const [time] = text
    .split('\n')
    .slice(0, line)
    .reverse()
    .flatMap((candidate) => /^[\d.]+(?= )/.exec(candidate)?.[0] ?? []);
  return line === 0 || time === undefined ? null : Number(time) * 1e6 + 1000;
}

export async function shrink(
  pool: Pool,
  plan: Plan,
  text: string,
  difference: Difference,
  atOnce: number,
): Promise<Shrunk> {
  const { kind } = difference;
  let best: Shrunk = { plan, text, difference };
  best = (await firstThat(pool, [cutPlan(plan, text, difference)], kind, atOnce)) ?? best;
  for (let chunk = Math.ceil(best.plan.inputs.length / 4); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
    for (let found: Shrunk | null = best; found !== null; ) {
      found = await firstThat(pool, smallerPlans(best.plan, chunk).reverse(), kind, atOnce);
      best = found ?? best;
    }
  }
  for (let found: Shrunk | null = best; found !== null; ) {
    found = await firstThat(pool, simplerPlans(best.plan), kind, atOnce);
    best = found ?? best;
  }
  return best;
}

async function firstThat(pool: Pool, plans: readonly Plan[], kind: string, atOnce: number): Promise<Shrunk | null> {
  for (let at = 0; at < plans.length; at += atOnce) {
    const results = await Promise.all(plans.slice(at, at + atOnce).map((plan) => tried(pool, plan, kind)));
    const found = results.find((result) => result !== null);
    if (found != null) return found;
  }
  return null;
}

async function tried(pool: Pool, plan: Plan, kind: string): Promise<Shrunk | null> {
  const { text } = await pool.record(plan);
  if (text === null) return null;
  const difference = judgeAll(text).find((other) => other.kind === kind);
  if (difference === undefined) return null;
  return (await pool.play(text)) === null ? { plan, text, difference } : null;
}
