/**
 * What users have to be told, gathered while frames and timeouts are processed and handed out after the batch: the stack
 * calls no one from inside. An object stands in the queue at most once.
 */

/** Connections, listeners and endpoints as the queue sees them. */
export interface Notifier {
  /** The socket to hand out; null while nobody holds one. */
  readonly user: object | null;
  isNotified: boolean;
}

export class EventQueue {
  private items: Notifier[] = [];
  private head = 0;

  get isEmpty(): boolean {
    return this.head === this.items.length;
  }

  /** Without a user the bits stay with the object until there is one. */
  push(notifier: Notifier): void {
    if (notifier.isNotified || notifier.user === null) return;
    notifier.isNotified = true;
    this.items.push(notifier);
  }

  /** The next socket with news, or null. */
  shift(): object | null {
    while (this.head < this.items.length) {
      const notifier = this.items[this.head++]!;
      if (this.head === this.items.length) {
        this.items.length = 0;
        this.head = 0;
      } else if (this.head >= 1024) {
        this.items = this.items.slice(this.head);
        this.head = 0;
      }
      notifier.isNotified = false;
      if (notifier.user !== null) return notifier.user;
    }
    return null;
  }
}
