/** A worker's side of its link: asks the thread that owns the stack, and hands its news to the worker's sockets. */
import { receiveMessageOnPort } from 'node:worker_threads';
import { StateError } from '../base/errors.ts';
import {
  HOST_ID,
  type OwnerEnd,
  type OwnerMessage,
  type Reply,
  type WorkerEnd,
  type WorkerMessage,
} from './messages.ts';

/** Longer than this the owner does not turn its event loop: it waits for us, perhaps. */
const ANSWER_MS = 10_000;

/** Told of news by name of the method. */
export type RemoteListener = Readonly<Record<string, (...args: unknown[]) => void>>;

export class RemoteLink {
  private readonly end: WorkerEnd;
  private readonly answerMs: number;
  private readonly listeners = new Map<number, RemoteListener>();
  private lastId = 0;
  private lastCall = 0;
  private references = 0;

  /** @param answerMs how long a call waits for the owner, milliseconds */
  constructor(end: WorkerEnd, answerMs = ANSWER_MS) {
    this.end = end;
    this.answerMs = answerMs;
    end.port.on('message', ({ id, method, args }: OwnerMessage) => this.listeners.get(id)?.[method]?.(...args));
    end.port.unref();
  }

  /** Opens an object at the owner. */
  open(type: 'tcp' | 'udp4' | 'udp6', listener: RemoteListener): number {
    const id = ++this.lastId;
    this.listeners.set(id, listener);
    this.send({ kind: 'open', id, type });
    return id;
  }

  /** An object the owner has opened. */
  adopt(id: number, listener: RemoteListener): void {
    this.listeners.set(id, listener);
  }

  forget(id: number): void {
    this.listeners.delete(id);
  }

  post(id: number, method: string, args: readonly unknown[] = []): void {
    this.send({ kind: 'post', id, method, args });
  }

  /** Asks and waits. @throws StateError when the owner does not answer or could not do it */
  call(id: number, method: string, args: readonly unknown[] = []): unknown {
    const serial = ++this.lastCall;
    Atomics.store(this.end.signal, 0, 0);
    this.send({ kind: 'call', serial, id, method, args });
    const reply = this.awaitReply(serial);
    if (reply.error !== undefined) throw new StateError(reply.error);
    return reply.value;
  }

  private awaitReply(serial: number): Reply {
    const { signal, replies } = this.end;
    const deadlineMs = performance.now() + this.answerMs;
    for (;;) {
      const reply = receiveMessageOnPort(replies)?.message as Reply | undefined;
      if (reply?.serial === serial) return reply;
      // An answer that came too late for an earlier call is nobody's.
      if (reply !== undefined) continue;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) break;
      Atomics.wait(signal, 0, 0, leftMs);
      Atomics.store(signal, 0, 0);
    }
    throw new StateError(
      `the main thread has not answered for ${this.answerMs / 1000} s; the network is there, so it must not block (Atomics.wait)`,
    );
  }

  /** Names and addresses that need no question. */
  names(method: 'addressesOf' | 'namesOf', name: string): readonly string[] {
    return this.call(HOST_ID, method, [name]) as readonly string[];
  }

  /** A worker of this worker gets a link of its own to the owner. */
  attach(link: OwnerEnd): void {
    this.end.port.postMessage({ kind: 'attach', link } satisfies WorkerMessage, [link.port, link.replies]);
  }

  /** Counts what keeps this worker alive. */
  changeReferences(change: 1 | -1): void {
    this.references += change;
    if (this.references > 0) this.end.port.ref();
    else this.end.port.unref();
  }

  private send(message: WorkerMessage): void {
    this.end.port.postMessage(message);
  }
}
