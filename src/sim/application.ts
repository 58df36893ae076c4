/**
 * Programs that run on simulated hosts. They are class instances, never closures, so that a network with its programs
 * can be snapshotted and restored.
 */
import type { Host } from './host.ts';

/** What a program needs to know of any socket: the SocketEvent bits that happened since it last asked. */
export interface EventSocket {
  takeEvents(): number;
}

/** A program. Methods are called with the host's stack at the present hour. */
export interface Application {
  /** Once, when the program is started. */
  onStart?(host: Host): void;
  /** Something happened to a socket of the program; `events` are SocketEvent bits. */
  onEvent(host: Host, socket: EventSocket, events: number): void;
  /** A timer of `Host.setTimer` ran out. */
  onTimer?(host: Host, token: number): void;
}
