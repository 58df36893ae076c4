/**
 * The writable side of a connection. A write is done when the send buffer has taken all of it; until then the stream's own
 * queue holds the next ones back and `writer.ready` tells producers to wait. Direct Sockets §1.3.
 */
import { Deferred } from './deferred.ts';
import type { Side, SideOwner } from './octet-source.ts';
import { octetsOf } from './octets.ts';

interface PendingWrite {
  readonly bytes: Uint8Array;
  at: number;
  readonly done: Deferred<void>;
}

export class OctetSink {
  readonly stream: WritableStream<Uint8Array>;
  side: Side = 'open';
  private readonly owner: SideOwner;
  private controller!: WritableStreamDefaultController;
  private pending: PendingWrite | null = null;

  constructor(owner: SideOwner) {
    this.owner = owner;
    this.stream = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.controller = controller;
        // `abort` below is called only when the write under way is settled: the signal settles it. Not every platform's types know it.
        const { signal } = controller as { readonly signal?: AbortSignal };
        signal?.addEventListener('abort', () => this.drop(signal.reason));
      },
      write: (chunk) => this.write(chunk),
      close: async () => {
        await owner.opened;
        this.shutdown();
      },
      abort: (reason) => {
        if (!owner.writingAborted(reason)) this.shutdown();
      },
    });
  }

  /** The send buffer may have room again. */
  advance(): void {
    const { pending } = this;
    if (pending === null || !this.owner.isOpen) return;
    try {
      pending.at += this.take(pending.bytes, pending.at);
    } catch (error) {
      this.drop(error);
      return;
    }
    if (pending.at < pending.bytes.length) return;
    this.pending = null;
    pending.done.resolve();
  }

  /** Ends the stream with an error; what it has queued is dropped. */
  fail(reason: unknown): void {
    if (this.side !== 'open') return;
    this.side = 'failed';
    this.drop(reason);
    this.controller.error(reason);
    this.owner.sideEnded();
  }

  /** Ends our direction after what was written. A stream somebody holds a writer of gets `reason` for writes to come. */
  end(reason: Error): void {
    if (this.side !== 'open') return;
    if (!this.stream.locked) {
      this.stream.close().catch(() => {});
      return;
    }
    // The queue of a locked stream is not ours to see: what could be taken of it has been by the next turn.
    const written = this.pending?.done.promise ?? Promise.resolve();
    const later = () => setTimeout(() => (this.pending === null ? this.cut(reason) : this.end(reason)), 0);
    written.then(later, () => {});
  }

  private cut(reason: Error): void {
    if (this.side !== 'open') return;
    this.shutdown();
    this.controller.error(reason);
  }

  private async write(chunk: unknown): Promise<void> {
    const bytes = octetsOf(chunk);
    if (bytes.length === 0) return;
    const { isOpen, opened } = this.owner;
    const taken = isOpen ? this.take(bytes, 0) : 0;
    if (taken === bytes.length) return;
    // The rest is copied: the caller may use its buffer again.
    const done = new Deferred<void>();
    this.pending = { bytes: bytes.slice(taken), at: 0, done };
    if (!isOpen) {
      opened.then(
        () => this.advance(),
        () => {},
      );
    }
    await done.promise;
  }

  private take(bytes: Uint8Array, at: number): number {
    const { socket, error, isGone } = this.owner;
    if (error !== null) throw error;
    if (socket === null || isGone) throw this.owner.failure('EPIPE');
    const taken = socket.write(bytes, at);
    this.owner.kick();
    return taken;
  }

  private drop(reason: unknown): void {
    this.pending?.done.reject(reason);
    this.pending = null;
  }

  private shutdown(): void {
    if (this.side !== 'open') return;
    this.side = 'done';
    this.owner.socket?.shutdownWrite();
    this.owner.kick();
    this.owner.sideEnded();
  }
}
