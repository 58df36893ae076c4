/**
 * A Node stream over one of our sockets, so that programs written for Node's streams (its HTTP parser above all) run on our
 * TCP. Nothing is buffered twice: reading stops when the reader does, and the window closes; writing waits for room.
 */
import { Duplex } from 'node:stream';
import { SocketEvent } from '../socket/socket-event.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';

/** Octets handed on at a time. */
const CHUNK = 64 * 1024;

/** What is told after calls that may have given the stack something to send. */
export interface Kicker {
  kick(): void;
}

/** A write the send buffer had no room for. */
interface WaitingWrite {
  readonly bytes: Uint8Array;
  offset: number;
  readonly done: (error?: Error | null) => void;
}

export class StreamDuplex extends Duplex {
  readonly socket: StreamSocket;
  private readonly driver: Kicker;
  private waiting: WaitingWrite | null = null;
  private wantsData = false;
  private hasEnded = false;

  constructor(socket: StreamSocket, driver: Kicker) {
    super({ allowHalfOpen: true });
    this.socket = socket;
    this.driver = driver;
    socket.context = this;
  }

  get remoteAddress(): string {
    return this.socket.remoteAddress;
  }

  get remotePort(): number {
    return this.socket.remotePort;
  }

  /** To be called with what the driver hands out for this socket. */
  eventsArrived(events: number): void {
    if (events & SocketEvent.connected) this.emit('connect');
    if (events & SocketEvent.error) {
      const { error } = this.socket;
      this.destroy(Object.assign(new Error(error?.message ?? 'the connection failed'), { code: error?.code ?? '' }));
      return;
    }
    if (events & (SocketEvent.writable | SocketEvent.connected)) this.writeMore();
    if (events & (SocketEvent.readable | SocketEvent.readEnd | SocketEvent.closed)) this.readMore();
  }

  override _read(): void {
    this.wantsData = true;
    this.readMore();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.waiting = { bytes: chunk, offset: 0, done };
    this.writeMore();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.shutdownWrite();
    this.driver.kick();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error === null) this.socket.close();
    else this.socket.abort();
    this.driver.kick();
    done(error);
  }

  private readMore(): void {
    const { socket } = this;
    let wasRead = false;
    while (this.wantsData && socket.readableLength > 0) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, socket.readableLength));
      const length = socket.read(chunk);
      wasRead = true;
      this.wantsData = this.push(length === chunk.length ? chunk : chunk.subarray(0, length));
    }
    // A failed connection has no end; the event that says so is on its way.
    if (!this.hasEnded && socket.isReadEnded && socket.error === null) {
      this.hasEnded = true;
      this.push(null);
    }
    // The window may have opened.
    if (wasRead) this.driver.kick();
  }

  private writeMore(): void {
    const { waiting, socket } = this;
    if (waiting === null) return;
    try {
      waiting.offset += socket.write(waiting.bytes, waiting.offset);
    } catch (error) {
      this.waiting = null;
      waiting.done(error as Error);
      return;
    }
    this.driver.kick();
    if (waiting.offset < waiting.bytes.length) return;
    this.waiting = null;
    waiting.done();
  }
}
