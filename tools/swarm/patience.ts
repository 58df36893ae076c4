/**
 * Ends what does not end. A run that is slow is told from one that hangs by its events, not by the clock: given twice the time,
 * a run that hangs is stopped at the same event. The engine stops it, so that nothing needs a thread of its own.
 */
import { createContext, Script } from 'node:vm';

const holder: { task: () => void } = { task: () => {} };
const context = createContext(holder);
const script = new Script('task()');

/** How far an attempt has come; it is told from outside of what may hang. */
export interface Progress {
  events: number;
}

/**
 * Does something, again and again from its beginning with ever more time, until it ends or is stopped twice at the same event.
 * @param attempt what to do; must do the same each time it is called
 * @param patienceMs how long the first attempt may last
 * @returns the event at which it hangs, or null when it has ended
 */
export function hangsAt(attempt: (progress: Progress) => void, patienceMs: number): number | null {
  for (let [forMs, stoppedAt] = [patienceMs, -1]; ; forMs *= 2) {
    const progress: Progress = { events: 0 };
    if (endsWithin(() => attempt(progress), forMs)) return null;
    if (progress.events === stoppedAt) return stoppedAt;
    stoppedAt = progress.events;
  }
}

/** Whether `task` ended; it is stopped wherever it is when the time is over. */
function endsWithin(task: () => void, forMs: number): boolean {
  holder.task = task;
  try {
    script.runInContext(context, { timeout: forMs });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return false;
  } finally {
    holder.task = () => {};
  }
}
