/**
 * The Linux kernel and our stack (profile `linux`) side by side: the same segments made by hand and the same socket calls, and
 * what comes back is compared in words that do not depend on the side (differential/play.ts). The kernel runs in a network
 * namespace of its own behind a TUN device, in real time; the stack in virtual time.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARRIVING } from './differential/arriving.ts';
import { CLOSING } from './differential/closing.ts';
import { compareSteps } from './differential/compare.ts';
import { KernelProgram } from './differential/kernel-side.ts';
import { KERNEL_SETTINGS, KNOWN_DIFFERENCES } from './differential/known-differences.ts';
import { OPENING } from './differential/opening.ts';
import { Play, type Scenario, type Step } from './differential/play.ts';
import { SENDING } from './differential/sending.ts';
import type { Side } from './differential/side.ts';
import { StackSide } from './differential/stack-side.ts';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const SCENARIOS: readonly Scenario[] = [...OPENING, ...ARRIVING, ...SENDING, ...CLOSING];
/** Scenarios in flight at once: mostly they wait, but the times of each must not suffer from the others. */
const AT_ONCE = 12;
/** What differs is played again with fewer beside it: a machine that was busy for a moment is no difference. */
const AGAIN_AT_ONCE = [4, 2, 1, 1, 1];

const FAILED = 'the scenario failed';

const obstacle = namespaceObstacle(['python3']);
let namespace: NetworkNamespace;
let kernel: KernelProgram;
let plays = 0;
let kernelReplies = 0;

async function playOn(scenario: Scenario, side: Side, number: number): Promise<readonly Step[]> {
  const play = new Play(side, peerAddress(number), 2000 + number);
  try {
    await scenario.play(play);
  } finally {
    await side.end();
  }
  return play.steps;
}

/** Each play has a peer of its own, so that nothing the kernel keeps about a peer reaches the next. */
function peerAddress(number: number): string {
  return `10.0.${1 + (number >> 7)}.${1 + (number & 127)}`;
}

async function differenceOf(scenario: Scenario): Promise<string | null> {
  const number = plays++;
  try {
    const [ours, theirs] = await Promise.all([
      playOn(scenario, new StackSide(), number),
      playOn(scenario, kernel.side(peerAddress(number)), number),
    ]);
    kernelReplies += theirs.reduce((count, step) => count + step.replies.length, 0);
    return compareSteps(theirs, ours);
  } catch (error) {
    return `${FAILED}: ${error instanceof Error ? error.stack : error}`;
  }
}

const differences = new Map<string, string | null>();

async function playAll(): Promise<void> {
  await playInParallel(SCENARIOS, AT_ONCE);
  for (const atOnce of AGAIN_AT_ONCE) {
    const suspects = SCENARIOS.filter(({ name }) => differences.get(name) !== null && !KNOWN_DIFFERENCES.has(name));
    await playInParallel(suspects, atOnce);
  }
}

async function playInParallel(scenarios: readonly Scenario[], atOnce: number): Promise<void> {
  const waiting = [...scenarios];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      differences.set(next.name, await differenceOf(next));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

if (obstacle !== null) console.warn(`kernel-differential is skipped: ${obstacle}`);

// Skipped, with the reason printed and in the title, where no namespace or device can be made or python3 is missing.
describe.skipIf(obstacle !== null)(`kernel and stack${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  beforeAll(async () => {
    namespace = NetworkNamespace.create();
    const started = await KernelProgram.start(namespace, KERNEL_SETTINGS);
    kernel = started.program;
    if (started.missing.length > 0) console.warn(`this kernel has no ${started.missing.join(', ')}`);
    namespace.run('ip', ['route', 'add', '10.0.0.0/16', 'dev', 'ws0']);
    await playAll();
  });

  afterAll(async () => {
    await kernel?.finish();
    namespace?.delete();
  });

  it('has heard the kernel, and every known difference is one of a scenario', () => {
    expect(kernelReplies).toBeGreaterThan(4 * SCENARIOS.length);
    for (const name of KNOWN_DIFFERENCES.keys()) expect(SCENARIOS.map((scenario) => scenario.name)).toContain(name);
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });

  it.each(SCENARIOS.map(({ name }) => name))('%s', (name) => {
    const difference = differences.get(name);
    expect(difference ?? '').not.toContain(FAILED);
    const known = KNOWN_DIFFERENCES.get(name);
    if (known === undefined) expect(difference, difference ?? '').toBeNull();
    // The list stays honest: who no longer differs leaves it.
    else expect(difference, `no longer differs, remove it from KNOWN_DIFFERENCES: ${known}`).not.toBeNull();
  });
});
