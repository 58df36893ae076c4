/**
 * A `FdWatch` for carriers that bring frames as JavaScript events: whoever has put something into a queue wakes it. The device
 * is asked after the event is over, and again after other work of the loop as long as it says that there is more.
 */
import type { FdWatch } from './fd-watch.ts';

export class QueueWatch implements FdWatch {
  readonly kind = 'loop';
  private readonly ready: () => boolean;
  private readonly onReference: (isReferenced: boolean) => void;
  private immediate: NodeJS.Immediate | null = null;
  private isClosed = false;

  constructor(ready: () => boolean, onReference: (isReferenced: boolean) => void) {
    this.ready = ready;
    this.onReference = onReference;
  }

  /** There is something to read. */
  wake(): void {
    if (this.isClosed) return;
    this.immediate ??= setImmediate(() => {
      this.immediate = null;
      if (this.ready()) this.wake();
    });
  }

  ref(): void {
    this.onReference(true);
  }

  unref(): void {
    this.onReference(false);
  }

  close(): void {
    this.isClosed = true;
    if (this.immediate !== null) clearImmediate(this.immediate);
    this.immediate = null;
  }
}
