/** A request under way on a server's connection, and its answer (RFC 9112 §6, RFC 9110 §10.1.1). */
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { AnswerOutput, OctetSupply } from './answer-output.ts';
import { Deferred } from './deferred.ts';
import { HttpError } from './http-error.ts';
import type { MessageHead } from './http-head.ts';
import type { RequestInput } from './request-input.ts';
import { reasonOf } from './status-text.ts';

/** How an answer begins. */
export interface Answer {
  /** 200 to 999. */
  readonly status: number;
  /** Default: what the RFCs call it. */
  readonly statusText?: string;
  /** Lines `name: value\r\n`, one octet a character; none about the length of the body or the connection. */
  readonly fields: string;
  /** There is a Date among them. */
  readonly hasDate?: boolean;
  /** Octets of the body; null: known at its end, or not told. */
  readonly length: number | null;
  /** The connection is to end after this answer. */
  readonly closes?: boolean;
}

/** What a turn needs of its connection. */
export interface TurnOwner {
  readonly socket: StreamSocket;
  readonly input: RequestInput;
  readonly output: AnswerOutput;
  /** This answer is to be the last. */
  readonly isFinishing: boolean;
  /** The line `date: …\r\n` of now. */
  dateField(): string;
  /** Lines of answers after which the connection goes on. */
  readonly keepAliveFields: string;
  /** Something was written, or asked for: let the stack have its turn. */
  kick(): void;
  /** The answer is complete. */
  turnAnswered(): void;
  /** The request turned out not to be one. */
  refuse(error: HttpError): void;
  /** Resets the connection. */
  abort(reason: unknown): void;
}

/** Told how a turn ends. */
export interface TurnListener {
  /** The send buffer has taken the whole answer. */
  turnCompleted(): void;
  /** The connection has failed, or has refused the rest of the request. */
  turnLost(error: unknown): void;
}

type Framing = 'none' | 'length' | 'chunked' | 'close';

/** What is left of a request nobody read is read up to here, so that the connection can go on. */
const DRAIN_BYTES = 65_536;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

export class Turn {
  readonly head: MessageHead;
  /** The answer is complete, if not yet sent. */
  isAnswered = false;
  /** The answer's head has been written. */
  hasBegun = false;
  /** Another request may follow. */
  keepsAlive = false;
  listener: TurnListener | null = null;
  private readonly owner: TurnOwner;
  private isChunked = false;
  private isBodyDone = false;
  private isBodyWanted = false;
  private isCompleted = false;
  private drainBytes = DRAIN_BYTES;
  private reader: Deferred<Uint8Array | null> | null = null;
  private failure: { readonly error: unknown } | null = null;

  constructor(owner: TurnOwner, head: MessageHead) {
    this.owner = owner;
    this.head = head;
  }

  /** The connection it came on. */
  get socket(): StreamSocket {
    return this.owner.socket;
  }

  /** Why nobody waits for the answer any more, null while somebody does. */
  get loss(): { readonly error: unknown } | null {
    return this.failure;
  }

  // --- the request's body ---

  /** Somebody will read the body: a client that waits with it is told to send it. */
  wantBody(): void {
    if (this.isBodyWanted) return;
    this.isBodyWanted = true;
    if (!expectsContinue(this.head) || this.hasBegun || this.failure !== null) return;
    this.owner.output.text(CONTINUE);
    this.owner.kick();
  }

  /** The next part of the body, null at its end. @throws HttpError; the connection's failure; as rejections */
  nextBody(): Promise<Uint8Array | null> {
    if (this.failure !== null) return Promise.reject(this.failure.error);
    if (this.isBodyDone) return Promise.resolve(null);
    this.wantBody();
    const reader = new Deferred<Uint8Array | null>();
    this.reader = reader;
    this.deliver();
    // The window may have opened.
    this.owner.kick();
    return reader.promise;
  }

  /** What has come of the body goes to who waits for it. */
  deliver(): void {
    const { reader } = this;
    if (reader === null) return;
    const part = this.owner.input.next();
    if (part === null) return;
    this.reader = null;
    if (part instanceof Uint8Array) {
      reader.resolve(part);
    } else if (part === 'end') {
      this.isBodyDone = true;
      reader.resolve(null);
    } else {
      const error = part instanceof HttpError ? part : new HttpError(400, 'a request began before the end of another');
      reader.reject(error);
      this.owner.refuse(error);
    }
  }

  /**
   * Throws away what has come of a body that nobody wants.
   * @returns true: it has ended. False: there is more to come, or there was too much, and then `keepsAlive` is false
   */
  drainBody(): boolean {
    while (!this.isBodyDone && this.drainBytes >= 0 && this.reader === null) {
      const part = this.owner.input.next();
      if (part === null) return false;
      if (part instanceof Uint8Array) this.drainBytes -= part.length;
      else if (part === 'end') this.isBodyDone = true;
      else break;
    }
    if (!this.isBodyDone) this.keepsAlive = false;
    return this.isBodyDone;
  }

  // --- the answer ---

  /** The whole answer at once. @param body must stay as it is until it was sent; ignored where no body may be */
  answer(answer: Answer, body: Uint8Array | OctetSupply | null): void {
    const sendsBody = this.begin(answer);
    if (sendsBody && body !== null) this.owner.output.octets(body);
    this.end();
  }

  /** Writes the head. @returns whether a body is to follow */
  begin(answer: Answer): boolean {
    const { owner, head } = this;
    if (this.failure !== null || this.hasBegun) return false;
    this.hasBegun = true;
    const { status, length, fields } = answer;
    const framing = framingOf(answer, head);
    const sendsBody = framing !== 'none' && head.method !== 'HEAD';
    this.isChunked = framing === 'chunked' && sendsBody;
    const mayBeLeftOut = expectsContinue(head) && head.hasBody && !this.isBodyWanted;
    const closes = answer.closes === true || (framing === 'close' && sendsBody) || mayBeLeftOut || owner.isFinishing;
    this.keepsAlive = head.keepsAlive && !closes;
    let text = `HTTP/1.1 ${status} ${answer.statusText || reasonOf(status)}\r\n${fields}`;
    if (framing === 'chunked') text += 'transfer-encoding: chunked\r\n';
    else if (length !== null && status !== 204) text += `content-length: ${length}\r\n`;
    if (answer.hasDate !== true) text += owner.dateField();
    owner.output.text(`${text}${this.connectionFields()}\r\n`);
    return sendsBody;
  }

  private connectionFields(): string {
    if (!this.keepsAlive) return 'connection: close\r\n';
    const { keepAliveFields } = this.owner;
    return keepAliveFields === '' && this.head.minorVersion < 1 ? 'connection: keep-alive\r\n' : keepAliveFields;
  }

  /** A part of the body, after `begin`. @returns fulfilled when it was taken. @throws the connection's failure, as a rejection */
  write(octets: Uint8Array): Promise<void> {
    const { output } = this.owner;
    if (octets.length > 0) {
      if (this.isChunked) output.text(`${octets.length.toString(16)}\r\n`);
      output.octets(octets);
      if (this.isChunked) output.text('\r\n');
      this.owner.kick();
    }
    return output.drained();
  }

  /** The answer is complete. */
  end(): void {
    if (this.failure !== null || this.isAnswered) return;
    if (this.isChunked) this.owner.output.text(LAST_CHUNK);
    this.isAnswered = true;
    this.owner.kick();
    this.owner.turnAnswered();
  }

  /** Answers that this is no request, and ends the connection. */
  refuse(error: HttpError): void {
    if (this.failure === null) this.owner.refuse(error);
  }

  /** Gives the connection up. */
  abort(reason: unknown): void {
    if (this.failure === null) this.owner.abort(reason);
  }

  /** For the connection: the send buffer has taken all of it. */
  complete(): void {
    if (this.isCompleted) return;
    this.isCompleted = true;
    this.listener?.turnCompleted();
  }

  /** For the connection: nothing will become of it. */
  lose(error: unknown): void {
    if (this.failure !== null) return;
    this.failure = { error };
    this.reader?.reject(error);
    this.reader = null;
    this.listener?.turnLost(error);
  }
}

function framingOf({ status, length }: Answer, head: MessageHead): Framing {
  if (status === 204 || status === 304) return 'none';
  if (length !== null) return 'length';
  // RFC 9112 §6.1: HTTP/1.0 knows no chunks; its body ends with the connection.
  return head.minorVersion >= 1 ? 'chunked' : 'close';
}

function expectsContinue({ expect, minorVersion }: MessageHead): boolean {
  return minorVersion >= 1 && expect !== null;
}
