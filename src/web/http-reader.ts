/** The messages that arrive on a connection, one after the other, read no faster than they are used. */
import { HttpError } from './http-error.ts';
import type { MessageHead } from './http-head.ts';
import { MessageParser } from './http-parser.ts';

type Part = { readonly head: MessageHead } | { readonly body: Uint8Array } | 'end';

/** Octets taken from the connection at once: what is parsed and not yet used is bounded by it. */
const READ_BYTES = 16_384;

export class MessageReader {
  /** Set before `nextHead`: the answer to HEAD has no body whatever it says. */
  isAnswerToHead = false;
  /** Octets of any kind have come since this was last cleared. */
  hasArrived = false;
  private readonly reader: ReadableStreamBYOBReader;
  private readonly parser: MessageParser;
  private parts: Part[] = [];
  private at = 0;
  private isEnded = false;

  constructor(readable: ReadableStream<Uint8Array>, kind: 'request' | 'response') {
    this.reader = readable.getReader({ mode: 'byob' });
    this.parser = new MessageParser(kind, {
      onHead: (head) => {
        this.parts.push({ head });
        return this.isAnswerToHead && head.status >= 200;
      },
      onBody: (body) => this.parts.push({ body }),
      onEnd: () => this.parts.push('end'),
    });
  }

  /** The next message's head; null when the connection ended before one began. @throws HttpError; the connection's failure */
  async nextHead(): Promise<MessageHead | null> {
    const part = await this.next();
    if (part === null) return null;
    if (typeof part === 'object' && 'head' in part) return part.head;
    throw new HttpError(400, 'the body of the message before was not read to its end');
  }

  /** The next part of the body; null at its end. @throws HttpError; the connection's failure */
  async nextBody(): Promise<Uint8Array | null> {
    const part = await this.next();
    if (part === null) throw new HttpError(400, 'the connection ended in the middle of a message');
    if (part === 'end') return null;
    if ('body' in part) return part.body;
    throw new HttpError(400, 'a message began before the one before had ended');
  }

  /** Nothing has come that was not read. */
  get isDrained(): boolean {
    return this.at >= this.parts.length;
  }

  /** Reads on without looking, to the end of the connection or `maxBytes`: a peer that still sends gets no reset. */
  async discardRest(maxBytes: number): Promise<void> {
    let left = maxBytes;
    while (left > 0 && !this.isEnded) {
      const { value, done } = await this.reader.read(new Uint8Array(READ_BYTES));
      left -= value?.length ?? 0;
      this.isEnded = done;
    }
  }

  private async next(): Promise<Part | null> {
    while (this.at >= this.parts.length) {
      if (this.isEnded) return null;
      this.parts = [];
      this.at = 0;
      await this.fill();
    }
    return this.parts[this.at++] ?? null;
  }

  private async fill(): Promise<void> {
    const { value, done } = await this.reader.read(new Uint8Array(READ_BYTES));
    if (value !== undefined && value.length > 0) {
      this.hasArrived = true;
      this.parser.execute(value);
    }
    if (!done) return;
    this.isEnded = true;
    this.parser.finish();
  }
}
