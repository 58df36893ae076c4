/** The requests of a connection, taken off its socket no faster than they are used, parsed where the octets lie. */
import { readInPlace } from '../socket/in-place.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { HttpError } from './http-error.ts';
import type { MessageHead } from './http-head.ts';
import { type MessageHandler, MessageParser } from './http-parser.ts';

/** A request's head, parts of its body, its end; or what is wrong with what came, and then nothing more. */
export type RequestPart = MessageHead | Uint8Array | 'end' | HttpError;

/** Octets parsed at once: what is parsed and not yet used is bounded by it. */
const READ_BYTES = 65_536;

export class RequestInput implements MessageHandler {
  private readonly socket: StreamSocket;
  private readonly parser: MessageParser;
  private readonly parts: RequestPart[] = [];
  private at = 0;
  private isOver = false;

  constructor(socket: StreamSocket) {
    this.socket = socket;
    this.parser = new MessageParser('request', this);
  }

  /** Nothing more will come, and everything was taken. */
  get isEnded(): boolean {
    return this.isOver && this.at >= this.parts.length;
  }

  /** A request has begun to come. */
  get isWithin(): boolean {
    return this.parser.isWithin || this.at < this.parts.length;
  }

  /** The next part, null when it has not come or nothing will. */
  next(): RequestPart | null {
    if (this.at >= this.parts.length) this.fill();
    return this.parts[this.at++] ?? this.nothing();
  }

  onHead(head: MessageHead): boolean {
    this.parts.push(head);
    return false;
  }

  onBody(bytes: Uint8Array): void {
    this.parts.push(bytes.slice());
  }

  onEnd(): void {
    this.parts.push('end');
  }

  private nothing(): null {
    this.at = this.parts.length;
    return null;
  }

  private fill(): void {
    this.parts.length = 0;
    this.at = 0;
    while (this.parts.length === 0 && !this.isOver) {
      if (readInPlace(this.socket, this.take, READ_BYTES) > 0) continue;
      if (!this.socket.isReadEnded) return;
      this.isOver = true;
      this.attempt(() => this.parser.finish());
    }
  }

  private readonly take = (bytes: Uint8Array, offset: number, length: number): number => {
    if (!this.isOver) this.attempt(() => this.parser.execute(bytes, offset, length));
    return length;
  };

  /** What is wrong has its place after what was right. */
  private attempt(parse: () => void): void {
    try {
      parse();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.isOver = true;
      this.parts.push(error);
    }
  }
}
