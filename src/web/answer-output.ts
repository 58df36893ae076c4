/**
 * What a server has to say on a connection, in order, written as the send buffer takes it. What was written in one turn of the driver
 * leaves together: head and short body are one segment.
 */
import type { StreamSocket } from '../socket/stream-socket.ts';
import { Deferred } from './deferred.ts';
import { writeLatin1 } from './latin1.ts';

/** A body that is made as it is sent, or lies somewhere else. */
export interface OctetSupply {
  /** Octets in all. */
  readonly length: number;
  /** Octets from `at` on, as many as are at hand and one at least; looked at before the next call only. */
  from(at: number): Uint8Array;
}

const SCRATCH_BYTES = 4096;

/** Heads are composed here, and copied from here into send buffers. */
const scratch = new Uint8Array(SCRATCH_BYTES);

export class AnswerOutput {
  private readonly socket: StreamSocket;
  /** What has not been taken; `at` octets of the first have. */
  private readonly waiting: (Uint8Array | OctetSupply)[] = [];
  private at = 0;
  private drain: Deferred<void> | null = null;
  private failure: { readonly error: unknown } | null = null;

  constructor(socket: StreamSocket) {
    this.socket = socket;
  }

  /** The send buffer has taken everything. */
  get isDrained(): boolean {
    return this.waiting.length === 0;
  }

  /** Text of which each character is one octet. */
  text(text: string): void {
    const into = text.length <= SCRATCH_BYTES ? scratch : new Uint8Array(text.length);
    writeLatin1(text, into);
    const taken = this.isDrained ? this.take(into, 0, text.length) : 0;
    if (taken < text.length) this.waiting.push(into.slice(taken, text.length));
  }

  /** @param octets must stay as they are until this is drained */
  octets(octets: Uint8Array | OctetSupply): void {
    if (octets.length === 0) return;
    this.waiting.push(octets);
    if (this.waiting.length === 1) this.advance();
  }

  /** The send buffer may have room. */
  advance(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      while (this.at < first.length) {
        const piece = first instanceof Uint8Array ? first : first.from(this.at);
        const offset = first instanceof Uint8Array ? this.at : 0;
        const length = Math.min(piece.length - offset, first.length - this.at);
        const taken = this.take(piece, offset, length);
        if (this.failure !== null) return;
        this.at += taken;
        if (taken < length) return;
      }
      this.waiting.shift();
      this.at = 0;
    }
    this.drain?.resolve();
    this.drain = null;
  }

  /** Fulfilled when it is drained. @throws what the connection failed with, as a rejection */
  drained(): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure.error);
    if (this.isDrained) return Promise.resolve();
    this.drain ??= new Deferred();
    return this.drain.promise;
  }

  /** Nothing of it will be taken any more. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.waiting.length = 0;
    this.at = 0;
    this.drain?.reject(error);
    this.drain = null;
  }

  private take(bytes: Uint8Array, offset: number, length: number): number {
    if (this.failure !== null) return length;
    try {
      return this.socket.write(bytes, offset, length);
    } catch (error) {
      // The connection has failed; its event is on the way.
      this.fail(error);
      return length;
    }
  }
}
