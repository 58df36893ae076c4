/**
 * The readable side of a connection: a byte stream that holds nothing back. Octets stay in the connection's receive buffer
 * until a reader asks, and go straight into the reader's own buffer when there is one; so a reader that pauses closes the
 * peer's window. Direct Sockets §1.2.
 */
import { readInPlace } from '../socket/in-place.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { Deferred } from './deferred.ts';

/** What the two sides of a connection know of it. */
export interface SideOwner {
  /** The connection below, null when none could be tried. */
  readonly socket: StreamSocket | null;
  /** The handshake is complete. */
  readonly isOpen: boolean;
  /** Why it failed, null while it has not. */
  readonly error: Error | null;
  /** Fulfilled when `isOpen`. */
  readonly opened: Promise<void>;
  /** Nothing more will happen to the socket. */
  readonly isGone: boolean;
  /** Lets the stack have its turn. */
  kick(): void;
  /** The peer's FIN has been read. */
  readEnded(): void;
  /** One of the sides is done or has failed. */
  sideEnded(): void;
  /** The error for an errno name. */
  failure(code: string): Error;
  /** `writable.abort(reason)` was called: true when that has reset the connection. */
  writingAborted(reason: unknown): boolean;
}

/** `open`, ended in good order, or failed. */
export type Side = 'open' | 'done' | 'failed';

/**
 * Largest piece handed to a reader who brings no buffer. The stream allocates it, as if the reader had: a read that follows a
 * reader who went away with his read pending would otherwise not be answered (Streams, RespondInReadableState).
 */
const CHUNK_BYTES = 32_768;

export class OctetSource {
  readonly stream: ReadableStream<Uint8Array>;
  side: Side = 'open';
  private readonly owner: SideOwner;
  private controller!: ReadableByteStreamController;
  private pulled: Deferred<void> | null = null;

  constructor(owner: SideOwner) {
    this.owner = owner;
    this.stream = new ReadableStream(
      {
        type: 'bytes',
        autoAllocateChunkSize: CHUNK_BYTES,
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.pull(),
        cancel: () => this.stop(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Octets, the end or a failure may have come. */
  advance(): void {
    if (this.side !== 'open') return;
    try {
      if (this.pulled !== null && this.move()) this.settle();
      this.tellEnd();
    } catch (error) {
      // A reader took its buffer away meanwhile: the reader's own fault, the stream's end.
      this.fail(error);
    }
  }

  /** Nobody reads any more; what still arrives is acknowledged and thrown away, so that the peer is not stopped by it. */
  stop(): void {
    if (this.side !== 'open') return;
    this.side = 'done';
    this.owner.socket?.shutdownRead();
    this.settle();
    this.owner.sideEnded();
  }

  /** Ends the stream with an error. */
  fail(reason: unknown): void {
    if (this.side !== 'open') return;
    this.side = 'failed';
    this.controller.error(reason);
    this.settle();
    this.owner.sideEnded();
  }

  private pull(): Promise<void> | undefined {
    if (this.move()) {
      this.tellEnd();
      return undefined;
    }
    if (this.tellEnd()) return undefined;
    this.pulled ??= new Deferred();
    return this.pulled.promise;
  }

  /** Moves octets to who asked for them; false when there are none. */
  private move(): boolean {
    const { socket, isOpen } = this.owner;
    if (!isOpen || socket === null) return false;
    const available = socket.readableLength;
    if (available === 0) return false;
    const request = this.controller.byobRequest;
    const view = request?.view ?? null;
    if (request && view !== null) {
      request.respond(socket.read(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)));
    } else {
      const count = readInPlace(socket, this.enqueue, CHUNK_BYTES);
      if (count === 0) return false;
    }
    // The window may have opened.
    this.owner.kick();
    return true;
  }

  /** Tells the stream its end, when that was reached. True: nothing more will come. */
  private tellEnd(): boolean {
    if (this.side !== 'open') return true;
    const { socket, error, isOpen } = this.owner;
    if (error !== null) {
      // What came before the failure may still be read.
      if (socket !== null && socket.readableLength > 0) return false;
      this.fail(error);
      return true;
    }
    if (!isOpen || socket === null || !socket.isReadEnded) return false;
    this.side = 'done';
    this.controller.close();
    // A reader with a buffer of its own waits for an answer even at the end.
    this.controller.byobRequest?.respond(0);
    this.settle();
    this.owner.readEnded();
    this.owner.sideEnded();
    return true;
  }

  /** A slice is filled as it is made; an array to be read into would be cleared first. */
  private readonly enqueue = (bytes: Uint8Array, offset: number, length: number): number => {
    this.controller.enqueue(bytes.slice(offset, offset + length));
    return length;
  };

  private settle(): void {
    this.pulled?.resolve();
    this.pulled = null;
  }
}
