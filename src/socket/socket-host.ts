/**
 * Where asynchronous sockets (Node's `net` and `dgram`, the web shapes) meet whoever drives the stack. The stack says what
 * happened through `takeEvents`; a driver hands it on to the listener a front end has put into `socket.context`.
 */
import type { Stack } from '../stack/stack.ts';

/** A front end's socket. Put into `context` of a stream, listen or datagram socket, it is told the socket's events. */
export interface SocketListener {
  /** `events` are SocketEvent bits. Called while the driver has its turn: may call sockets, errors thrown reach the process. */
  socketEvents(events: number): void;
}

/** A stack that is driven by somebody, as asynchronous sockets see it. */
export interface SocketHost {
  /** The host's name, for messages and for `os.hostname`. */
  readonly name: string;
  /** The stack. Another object after a simulated host has crashed and booted again. */
  readonly stack: Stack;
  /** The present in microseconds of the stack's clock. */
  readonly nowUs: number;
  /** To be called after socket calls: sends what they caused, once for all calls of a turn. */
  kick(): void;
  /** One thing more that keeps the driver, and with it the process, alive. */
  ref(): void;
  /** Takes one `ref` back. */
  unref(): void;
  /** Addresses of a name this host knows without asking anybody, in order of preference; empty when it knows none. */
  addressesOf(name: string): readonly string[];
  /** Names of an address this host knows without asking anybody. */
  namesOf?(address: string): readonly string[];
  /** Calls back once, in so many milliseconds of the stack's clock. Without it the machine's timers have to do. */
  setTimer?(callback: () => void, delayMs: number): void;
}

/** Hands events to the listener in `context`; false when there is none. */
export function tellListener(socket: object, events: number): boolean {
  const { context } = socket as { readonly context?: object | null };
  if (context === undefined || context === null || !('socketEvents' in context)) return false;
  (context as SocketListener).socketEvents(events);
  return true;
}

/** What asynchronous drivers need of the platform's event loop. */
export interface EventLoop {
  /** Calls back once, after the loop has turned: everything that was ready has had its say. */
  afterTurn(callback: () => void): void;
  /** Calls back once, in about so many milliseconds; returns what `clearTimer` takes. */
  setTimer(callback: () => void, delayMs: number): unknown;
  clearTimer(timer: unknown): void;
  /** Microseconds of real time, monotonic. */
  nowUs(): number;
  /** Whether the process must go on although nothing is ready. */
  keepAlive(isWanted: boolean): void;
  /** Whether `pendingResource` will be asked: some platforms must look on from the beginning to know. */
  watchResources?(isWanted: boolean): void;
  /** The name of something outside that is not finished (a file, a thread pool's job), null when there is nothing. */
  pendingResource(): string | null;
}
