/**
 * One connection of an HTTP server, directly on its socket: its requests one after the other, each with its answer (RFC 9112 §9.3).
 * An answer that is at hand leaves in the same turn of the driver in which its request came.
 */
import { type SocketError, SocketEvent } from '../socket/socket-event.ts';
import type { SocketListener } from '../socket/socket-host.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { AnswerOutput } from './answer-output.ts';
import { HttpError } from './http-error.ts';
import { MessageHead } from './http-head.ts';
import { RequestInput } from './request-input.ts';
import { Turn, type TurnOwner } from './server-turn.ts';
import { reasonOf } from './status-text.ts';

/** What a peer may still send after the last response before it is reset. */
const LINGER_BYTES = 1 << 20;

/** The server, as its connections see it. */
export interface ConnectionOwner {
  /** Answers a request, at once or later; what it throws reaches the driver. */
  readonly handler: (turn: Turn) => void;
  dateField(nowUs: number): string;
  /** What answers say on a connection that goes on. */
  readonly keepAliveFields: string;
  readonly nowUs: number;
  kick(): void;
  /** The program runs as long as there is one `hold` without its `release`. */
  hold(): void;
  release(): void;
  connectionEnded(connection: ServerConnection): void;
}

/** How long a client may take, microseconds. */
export interface PatienceUs {
  /** Between a response and the next request. */
  readonly idle: number;
  /** For a head, and for its end of the connection after ours. */
  readonly head: number;
}

/** `serving` requests; `refusing` what was none; `leaving`: our end is said, the peer's is waited for. */
type Phase = 'serving' | 'refusing' | 'leaving' | 'gone';

export class ServerConnection implements SocketListener, TurnOwner {
  readonly socket: StreamSocket;
  readonly input: RequestInput;
  readonly output: AnswerOutput;
  /** The response under way is the last. */
  isFinishing = false;
  private readonly owner: ConnectionOwner;
  private phase: Phase = 'serving';
  private current: Turn | null = null;
  private isAdvancing = false;
  /** The driver has its turn: the stack knows the hour. */
  private isTold = false;
  private isHeld = false;
  private hasServed = false;
  private lingerBytes = LINGER_BYTES;
  /** Since when the client is waited for. */
  private sinceUs: number;

  constructor(owner: ConnectionOwner, socket: StreamSocket) {
    this.owner = owner;
    this.socket = socket;
    this.input = new RequestInput(socket);
    this.output = new AnswerOutput(socket);
    this.sinceUs = owner.nowUs;
  }

  /** Begins to serve. */
  start(): void {
    this.socket.context = this;
    // What came before somebody listened was told to nobody.
    this.socketEvents(this.socket.takeEvents());
  }

  /** The driver tells what happened. */
  socketEvents(events: number): void {
    this.isTold = true;
    try {
      if (events & SocketEvent.error) this.lose(failureOf(this.socket.error));
      if (events & SocketEvent.writable) this.output.advance();
      this.advance();
    } finally {
      this.isTold = false;
    }
  }

  /** The response under way is the last; an idle connection ends now. */
  finish(): void {
    this.isFinishing = true;
    if (this.current === null && this.phase === 'serving') this.end();
  }

  /** Resets the connection. */
  abort(reason: unknown): void {
    if (this.phase === 'gone') return;
    this.socket.abort();
    this.owner.kick();
    this.lose(reason);
  }

  /** Ends the connection if the client has kept it waiting too long. */
  expire(nowUs: number, patience: PatienceUs): void {
    const waitedUs = nowUs - this.sinceUs;
    if (this.phase === 'refusing' || this.phase === 'leaving') {
      if (waitedUs > patience.head) this.abort(new Error('the client does not end the connection'));
    } else if (this.phase === 'serving' && this.current === null) {
      if (!this.hasServed || this.input.isWithin) {
        if (waitedUs > patience.head) this.refuse(new HttpError(408, 'the request does not come'));
      } else if (waitedUs > patience.idle) this.end();
    }
  }

  // --- for turns ---

  dateField(): string {
    return this.owner.dateField(this.isTold ? this.socket.stack.clock.nowUs : this.owner.nowUs);
  }

  get keepAliveFields(): string {
    return this.owner.keepAliveFields;
  }

  kick(): void {
    this.owner.kick();
  }

  turnAnswered(): void {
    this.advance();
  }

  /** A request that is none is answered once, then the connection ends. */
  refuse(error: HttpError): void {
    if (this.phase !== 'serving') return;
    if (this.current?.hasBegun === true) {
      // Half a response must not pass for a whole one.
      this.abort(error);
      return;
    }
    this.phase = 'refusing';
    this.sinceUs = this.owner.nowUs;
    this.current?.lose(error);
    this.current = null;
    const text = `${error.message}\n`.replace(/[^\n\x20-\x7e]/g, '?');
    this.output.text(
      `HTTP/1.1 ${error.status} ${reasonOf(error.status)}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
        `content-length: ${text.length}\r\n${this.dateField()}connection: close\r\n\r\n${text}`,
    );
    this.owner.kick();
    this.advance();
  }

  // --- from one request to the next ---

  private advance(): void {
    if (this.isAdvancing) return;
    this.isAdvancing = true;
    try {
      while (this.step()) {
        // Requests that came together are answered together.
      }
    } finally {
      this.isAdvancing = false;
    }
  }

  /** False: something has to happen first. */
  private step(): boolean {
    switch (this.phase) {
      case 'serving':
        return this.current === null ? this.next() : this.goOn(this.current);
      case 'refusing':
        if (this.output.isDrained) this.leave();
        return false;
      case 'leaving':
        this.discard();
        return false;
      default:
        return false;
    }
  }

  private next(): boolean {
    const part = this.input.next();
    if (part instanceof MessageHead) {
      this.begin(part);
      return true;
    }
    // Whoever waits for this server's answers keeps the program running, or nobody does.
    this.hold(false);
    if (part instanceof HttpError) this.refuse(part);
    else if (this.input.isEnded) this.leave();
    return this.phase === 'refusing';
  }

  private begin(head: MessageHead): void {
    const turn = new Turn(this, head);
    this.current = turn;
    this.hasServed = true;
    this.hold(true);
    const isUnknown = head.expect !== null && head.minorVersion >= 1 && !/^100-continue$/i.test(head.expect);
    if (isUnknown) {
      turn.answer({ status: 417, fields: '', length: 0 }, null);
      return;
    }
    try {
      this.owner.handler(turn);
    } catch (error) {
      this.abort(error);
      throw error;
    }
  }

  private goOn(turn: Turn): boolean {
    if (!turn.isAnswered) {
      turn.deliver();
      return this.phase === 'refusing';
    }
    if (!this.output.isDrained) return false;
    turn.complete();
    if (turn.keepsAlive && !turn.drainBody() && turn.keepsAlive) return false;
    this.current = null;
    // The last hour the stack was told will do, and costs no look at the clock.
    this.sinceUs = this.socket.stack.clock.nowUs;
    if (turn.keepsAlive && !this.isFinishing) return true;
    this.leave();
    return false;
  }

  /** Ends our direction and waits for the peer's end, so that no reset overtakes the last response (RFC 9112 §9.6). */
  private leave(): void {
    if (this.phase === 'gone') return;
    this.phase = 'leaving';
    this.sinceUs = this.owner.nowUs;
    this.socket.shutdownWrite();
    this.owner.kick();
    this.hold(false);
    this.discard();
  }

  private discard(): void {
    const count = Math.min(this.socket.readableLength, this.lingerBytes);
    this.socket.discard(count);
    this.lingerBytes -= count;
    if (this.socket.isReadEnded || this.lingerBytes === 0) this.end();
  }

  private end(): void {
    this.socket.close();
    this.owner.kick();
    this.go();
  }

  private lose(error: unknown): void {
    if (this.phase === 'gone') return;
    const { current } = this;
    this.go();
    this.output.fail(error);
    current?.lose(error);
  }

  private go(): void {
    this.phase = 'gone';
    this.current = null;
    this.socket.context = null;
    this.hold(false);
    this.owner.connectionEnded(this);
  }

  private hold(isWanted: boolean): void {
    if (isWanted === this.isHeld) return;
    this.isHeld = isWanted;
    if (isWanted) this.owner.hold();
    else this.owner.release();
  }
}

function failureOf(error: SocketError | null): Error {
  const { code, message } = error ?? { code: 'ECONNABORTED', message: 'connection aborted' };
  return Object.assign(new Error(`HTTP client: ${message} (${code})`), { code });
}
