/** Connections that want to send over one interface, in order; linked through the connections themselves. */
import type { Tcb } from '../tcp/tcb/tcb.ts';

export class ReadyQueue {
  head: Tcb | null = null;
  private tail: Tcb | null = null;
  /** Segments the head has sent in its present turn. */
  turn = 0;

  get isEmpty(): boolean {
    return this.head === null;
  }

  enqueue(tcb: Tcb): void {
    tcb.isReady = true;
    tcb.nextReady = null;
    if (this.tail === null) this.head = tcb;
    else this.tail.nextReady = tcb;
    this.tail = tcb;
  }

  /** Takes the head out. */
  dequeue(): void {
    const tcb = this.head;
    if (tcb === null) return;
    this.head = tcb.nextReady;
    if (this.head === null) this.tail = null;
    tcb.nextReady = null;
    tcb.isReady = false;
    this.turn = 0;
  }

  /** The head goes to the end. */
  rotate(): void {
    const tcb = this.head;
    if (tcb === null) return;
    this.dequeue();
    this.enqueue(tcb);
  }
}
