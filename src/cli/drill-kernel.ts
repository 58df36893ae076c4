/**
 * Scripts against the Linux kernel (`woshou drill --kernel`): each in a process of its own, because a network namespace belongs to a
 * process; several at once, because they mostly wait. What failed is played once more, alone: a busy machine is no difference.
 */
import { spawn } from 'node:child_process';
import { WoshouError } from '../base/errors.ts';
import { DeviceError } from '../node/device-error.ts';
import { kernelObstacle } from '../node/drill-kernel/kernel-subject.ts';
import type { DrillOutcome } from './drill-outcome.ts';

/** Real time a script may take, beyond which its process is ended. */
const LONGEST_MS = 180_000;

/** @throws DeviceError when this process may not do it */
export function checkKernel(): void {
  const obstacle = kernelObstacle();
  if (obstacle !== null) throw new DeviceError('ERR_DEVICE_PERMISSION', obstacle, 'run `sudo woshou drill --kernel …`');
}

/** Plays each file; `told` hears the outcomes in the order of the files. */
export async function playOnKernel(
  files: readonly string[],
  childArgs: readonly string[],
  atOnce: number,
  told: (outcome: DrillOutcome) => void,
): Promise<void> {
  const outcomes: DrillOutcome[] = [];
  await inParallel(files, atOnce, async (file, index) => {
    outcomes[index] = await playFile(file, childArgs);
  });
  for (const [index, file] of files.entries()) {
    if (outcomes[index]?.outcome === 'fail') outcomes[index] = await playFile(file, childArgs);
    const outcome = outcomes[index];
    if (outcome !== undefined) told(outcome);
  }
}

async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function playFile(file: string, childArgs: readonly string[]): Promise<DrillOutcome> {
  const args = [...process.execArgv, ...process.argv.slice(1, 2), 'drill', '--kernel-child', ...childArgs, '--', file];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    child.once('error', reject);
    child.once('close', () => {
      try {
        resolve(JSON.parse(output.stdout) as DrillOutcome);
      } catch {
        const reason = output.stderr.trim() || output.stdout.trim() || `it took longer than ${LONGEST_MS / 1000} s`;
        reject(new WoshouError('ERR_DRILL_KERNEL', `${file} could not be played: ${reason}`));
      }
    });
  });
}
