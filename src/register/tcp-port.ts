/**
 * One TCP socket as Node's own `net` front end uses it. Results are libuv's: 0, or an error number below 0. The socket may be of
 * this thread (`LocalTcpPort`) or of the one that owns the stack.
 */
import type { SocketName } from '../dgram/udp-port.ts';

/** Told what happens to a socket. */
export interface TcpListener {
  /** `connect` is over. */
  connectDone(errno: number): void;
  /** `write` is over: everything is with the stack, or nothing will go any more. */
  writeDone(errno: number): void;
  /** `shutdown` is over. */
  shutdownDone(errno: number): void;
  dataArrived(bytes: Uint8Array): void;
  /** The peer has closed its direction. */
  readEnded(): void;
  /** Reading is over, for this reason. */
  readFailed(errno: number): void;
  /** A connection of a listening socket. It has no listener yet. */
  accepted(connection: TcpPort): void;
}

export interface TcpPort {
  listener: TcpListener | null;
  bind(address: string, port: number, isIpv6Only: boolean): number;
  listen(backlog: number): number;
  /** Starts a connection; `connectDone` follows when 0 is returned. */
  connect(address: string, port: number): number;
  nameOf(end: 'local' | 'remote'): SocketName | number;
  /** Takes the bytes; `writeDone` follows. One write at a time. */
  write(chunks: readonly Uint8Array[]): void;
  /** Closes our direction after what was written; `shutdownDone` follows. */
  shutdown(): void;
  /** Starts and stops handing octets to the listener. */
  read(isOn: boolean): void;
  setNoDelay(isOn: boolean): void;
  setKeepAlive(isOn: boolean, idleSeconds: number): void;
  /** DSCP and ECN of what is sent, 0 to 255. */
  setTrafficClass(value: number): void;
  /** Whether the socket keeps the process alive while something is under way. */
  keepAlive(isOn: boolean): void;
  /** Ends the connection with a RST. */
  reset(): void;
  close(): void;
}

/** Where sockets are made. */
export interface TcpPorts {
  open(): TcpPort;
}
