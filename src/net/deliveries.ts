/**
 * Hands out socket events one at a time. A driver's turn may bring news of many sockets, but Node's programs expect that
 * between two of them everything they have put off (`process.nextTick`, promises) is done, as it is between two callbacks
 * of the event loop.
 */

/** Something with news. */
export interface Deliverable {
  /** Kept by `deliverSoon`. */
  isQueued: boolean;
  /** Tells one piece of news; calls `deliverSoon` again when there is more. May throw what the program throws. */
  deliver(): void;
}

/** Taken when the module loads: fake timers of a test must not stop the network. */
const { nextTick } = process;
const { queueMicrotask } = globalThis;

let queue: Deliverable[] = [];
let head = 0;
let isScheduled = false;

/** Has its turn after everything that is put off now. At most once in the queue. */
export function deliverSoon(item: Deliverable): void {
  if (item.isQueued) return;
  item.isQueued = true;
  queue.push(item);
  if (isScheduled) return;
  isScheduled = true;
  nextTick(deliverNext);
}

function deliverNext(): void {
  const item = queue[head++];
  if (head >= 1024) {
    queue = queue.slice(head);
    head = 0;
  }
  if (item === undefined) return;
  item.isQueued = false;
  try {
    item.deliver();
  } finally {
    if (head < queue.length) queueMicrotask(afterMicrotasks);
    else {
      queue.length = 0;
      head = 0;
      isScheduled = false;
    }
  }
}

/** Ticks come before microtasks, and microtasks ask for ticks: so the next one waits for both. */
function afterMicrotasks(): void {
  nextTick(deliverNext);
}
