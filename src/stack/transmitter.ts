/**
 * Which connection sends next: a queue of those that want to for each interface, in turns of a few segments, and the last
 * look at the way a segment takes before it is written.
 */
import { Slot } from '../base/slot.ts';
import type { Destination } from '../ip/destination.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import type { TcpEnvironment } from '../tcp/environment.ts';
import { pathMtuChanged } from '../tcp/input/icmp-errors.ts';
import { TransmitResult, transmit, transmitText, waitForRoute } from '../tcp/output/output.ts';
import { PushMode } from '../tcp/output/transmission.ts';
import type { Tcb } from '../tcp/tcb/tcb.ts';
import { ReadyQueue } from './ready-queue.ts';

/** Segments one connection may send before others on the interface have their turn. */
const TURN_SEGMENTS = 16;
/** Room for the largest super-segment. */
const FRAME_BYTES = 65_700;

export class Transmitter {
  private readonly ip: IpLayer;
  private readonly ready: ReadyQueue[] = [];
  /** Where frames are made that do not go to the driver at once; null before the first. */
  private slot: Slot | null = null;
  /** The IP layer's generation for which the queues are right. */
  private generation = 0;

  constructor(ip: IpLayer) {
    this.ip = ip;
  }

  /** Puts a connection at the end of the queue of its interface, unless it waits already. */
  schedule(tcb: Tcb): void {
    if (tcb.isReady) return;
    // After a change of routes the queue of the old interface may be one that nobody asks any more.
    this.refreshRoute(tcb);
    this.queueOf(tcb.path.interface.id).enqueue(tcb);
  }

  /** Who waits to send over an interface; the same queue for as long as the stack lives. */
  queueOf(interfaceId: number): ReadyQueue {
    let queue = this.ready[interfaceId];
    while (queue === undefined) {
      this.ready.push(new ReadyQueue());
      queue = this.ready[interfaceId];
    }
    return queue;
  }

  /** Writes the next segment of the connections that send over `slot.interfaceId`; false when there is none. */
  pollTransmit(env: TcpEnvironment, slot: Slot): boolean {
    if (this.generation !== this.ip.generation) this.redistribute(env);
    const queue = this.ready[slot.interfaceId];
    return queue !== undefined && queue.head !== null && this.transmitFrom(env, queue, slot);
  }

  private transmitFrom(env: TcpEnvironment, queue: ReadyQueue, slot: Slot): boolean {
    for (let tcb = queue.head; tcb !== null; tcb = queue.head) {
      if (!this.refreshPath(env, tcb)) {
        queue.dequeue();
        waitForRoute(env, tcb);
        continue;
      }
      if (tcb.path.interface.id !== slot.interfaceId) {
        queue.dequeue();
        this.schedule(tcb);
        continue;
      }
      const result = transmit(env, tcb, slot);
      if (result === TransmitResult.idle || result === TransmitResult.last) queue.dequeue();
      else if (++queue.turn >= TURN_SEGMENTS) queue.rotate();
      if (result === TransmitResult.sent || result === TransmitResult.last) return true;
    }
    return false;
  }

  /** Makes frames of what a connection may send in the middle of a write or an arrival; they wait with IP's own. @param mode a `PushMode` */
  pushText(env: TcpEnvironment, tcb: Tcb, mode: number): void {
    if (!this.refreshPath(env, tcb)) return;
    this.slot ??= Slot.allocate(FRAME_BYTES, true);
    const { slot } = this;
    const owner = (tcb.path as Destination).interface;
    let result: number;
    do {
      slot.reset();
      slot.interfaceId = owner.id;
      result = transmitText(env, tcb, slot, mode);
      if (result === TransmitResult.sent) this.ip.output.enqueueCopy(owner, slot);
    } while (result !== TransmitResult.idle && mode !== PushMode.burst);
  }

  /** Routes have changed: who waits at an interface that is down may have a way over another one. */
  private redistribute(env: TcpEnvironment): void {
    this.generation = this.ip.generation;
    const waiting: Tcb[] = [];
    for (const queue of this.ready) {
      for (let tcb = queue.head; tcb !== null; tcb = queue.head) {
        queue.dequeue();
        waiting.push(tcb);
      }
    }
    for (const tcb of waiting) {
      if (this.refreshPath(env, tcb)) this.schedule(tcb);
      else waitForRoute(env, tcb);
    }
  }

  // RFC 9293 §3.9.1.1 MUST-45: a new route never changes the local address.
  /** False: routes have changed and there is no way any more; the old one is kept until there is. */
  private refreshRoute(tcb: Tcb): boolean {
    const path = tcb.path as Destination;
    if (path.generation === this.ip.generation) return true;
    const fresh = this.ip.lookup(path.remote, tcb.key.localAddress, -1);
    if (fresh === null) return false;
    tcb.path = fresh;
    return true;
  }

  /** Routes or path MTU may have changed since the connection last sent. False: there is no way any more. */
  private refreshPath(env: TcpEnvironment, tcb: Tcb): boolean {
    if (!this.refreshRoute(tcb)) return false;
    if (tcb.pathMtu !== tcb.path.pathMtu) pathMtuChanged(env, tcb);
    return true;
  }
}
