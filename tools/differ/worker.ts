/** A process that plays one order after the other against the kernel, each in a network namespace of its own. Started by pool.ts. */
import { stackSubject } from '../../src/drill/stack-subject.ts';
import type { Subject, Surroundings } from '../../src/drill/subject.ts';
import { kernelSubject } from '../../src/node/drill-kernel/kernel-subject.ts';
import { type Difference, judge } from './judge.ts';
import type { Plan } from './plan.ts';
import { recordPlan } from './recorder.ts';
import { scriptText } from './script-text.ts';

export type Order =
  | { readonly id: number; readonly what: 'record'; readonly plan: Plan }
  | { readonly id: number; readonly what: 'play'; readonly text: string };

export interface Answer {
  readonly id: number;
  /** Of a recording; null when the plan could not be played. */
  readonly text: string | null;
  /** Of a script that was played: what the kernel does otherwise this time. */
  readonly difference: Difference | null;
  /** The largest delay of an input. */
  readonly latestUs: number;
  readonly error: string | null;
}

/** What runs for the first time is slow: so often in virtual time before. */
const WARM_UPS = 3;

let played = 0;

process.on('message', (order: Order) => process.send?.(answer(order)));

function answer(order: Order): Answer {
  const none = { id: order.id, text: null, difference: null, latestUs: 0, error: null };
  try {
    if (order.what === 'play') return { ...none, difference: judge(order.text, kernelSubject) };
    const { plan } = order;
    for (; played < WARM_UPS; played++) scriptText(plan, recordPlan(plan, ours).entries);
    const { entries, latestUs } = recordPlan(plan, kernelSubject);
    return { ...none, text: scriptText(plan, entries), latestUs };
  } catch (error) {
    return { ...none, error: String(error) };
  }
}

function ours(surroundings: Surroundings): Subject {
  return stackSubject(surroundings, {});
}
