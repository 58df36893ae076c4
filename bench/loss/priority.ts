/**
 * Ahead of all ordinary programs: the kernel's TCP runs in interrupts, so what stands for it in user space must not wait for
 * the processor either, or a busy machine would be measured. For processes that sleep most of the time.
 */
import { createRequire } from 'node:module';
import os from 'node:os';

const SCHED_FIFO = 1;
const PRIORITY = 10;

interface Library {
  load(path: null): { func(definition: string): (...args: unknown[]) => number };
}

/** Gives the calling thread a real-time priority; where that is not allowed, a better one than others have. */
export function runAhead(): void {
  const koffi = createRequire(import.meta.url)('koffi') as Library;
  const set = koffi.load(null).func('int sched_setscheduler(int pid, int policy, void *parameters)');
  if (set(0, SCHED_FIFO, new Uint8Array(new Int32Array([PRIORITY, 0, 0, 0]).buffer)) === 0) return;
  try {
    os.setPriority(-10);
  } catch {
    process.stderr.write('no right to a higher priority: look at the lateness and how busy the machine was\n');
  }
}
