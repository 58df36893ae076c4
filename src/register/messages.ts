/** What a worker and the thread that owns the stack tell each other. */
import type { MessagePort } from 'node:worker_threads';

/** Objects a worker opens count up from 1, those of the other side (accepted connections) down from -1; 0 is the host. */
export const HOST_ID = 0;

/** From the worker. `call` waits for an answer on the reply port, `post` does not. */
export type WorkerMessage =
  | { readonly kind: 'open'; readonly id: number; readonly type: 'tcp' | 'udp4' | 'udp6' }
  | {
      readonly kind: 'call' | 'post';
      /** Of a call: its answer bears it. */
      readonly serial?: number;
      readonly id: number;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'attach'; readonly link: OwnerEnd };

/** To the worker: a call of the listener of one of its objects. */
export interface OwnerMessage {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The answer to a `call`. */
export interface Reply {
  readonly serial: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** The owner's end of a link: ports, and the word the worker sleeps on while it waits for an answer. */
export interface OwnerEnd {
  readonly port: MessagePort;
  readonly replies: MessagePort;
  readonly signal: Int32Array;
}

/** The worker's end; it comes with the environment data of the thread that makes the worker. */
export interface WorkerEnd extends OwnerEnd {
  readonly dnsServers: readonly string[];
}

/** Octets on their way to a worker that it has not taken yet, at most. */
export const WINDOW_BYTES = 1 << 20;
