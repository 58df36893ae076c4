/** Draws a plan from a seed, by playing it against our stack in virtual time. The same seed and the same stack give the same plan. */
import { DrillError } from '../../src/drill/drill-error.ts';
import type { Subject, Surroundings } from '../../src/drill/subject.ts';
import { Dice } from './dice.ts';
import { drawSettings } from './families.ts';
import type { Family } from './family.ts';
import { open } from './opening.ts';
import type { Plan } from './plan.ts';
import { Unplayable } from './recorder.ts';
import { World } from './world.ts';

const TRIES_MAX = 20;
const TAIL_US = 300_000;
/** Beyond this it is over, microseconds. */
const LONGEST_US = 8_000_000;

/** Null when chance has drawn something that could go either way on a real clock, or cannot be played. */
export function drawPlan(
  family: Family,
  seed: number,
  makeSubject: (surroundings: Surroundings) => Subject,
): Plan | null {
  const dice = new Dice(seed);
  const { command, options, style } = drawSettings(dice, family);
  const manners = family.manners(dice);
  const plan = { name: `${family.name} ${seed}`, options, command };
  const world = new World(dice, manners, plan, makeSubject);
  try {
    (family.open ?? open)(world, style);
    const [least, most] = family.steps;
    for (let left = dice.between(least, most); left > 0 && world.nowUs < LONGEST_US; left--) {
      world.pass(dice.weighted(manners.pausesMs) * 1000);
      for (let tries = 0; tries < TRIES_MAX && !dice.weighted(family.actions)(world); tries++);
      if (dice.percent(manners.probePercent)) world.probe();
    }
    world.pass(dice.of([0, 50_000, TAIL_US]));
    if (dice.percent(80)) world.probe();
    world.pass(TAIL_US);
    if (world.recorder.isAsleep || world.isTight || world.isNameless) return null;
    return { ...plan, inputs: world.inputs, endUs: world.nowUs };
  } catch (error) {
    // A call has slept for too long, before the next could be made; an echo is of a timestamp that no connection of this name has sent.
    if (error instanceof Unplayable || error instanceof DrillError) return null;
    throw error;
  } finally {
    world.recorder.end();
  }
}
