/** The server of kernel-peer.c's protocol on sockets of our stack, without streams: what the stack itself can do. */
import { ListenSocket, type SocketWithEvents, type Stack, StreamSocket } from 'woshou';
import { CHUNK, isPattern, patternAt } from './pattern.ts';

const PORT = 9000;

interface Conversation {
  /** What the first byte said; 0 before. */
  command: number;
  /** Bytes so far. */
  count: number;
}

/** Call `onEvent` from the driver's handler. */
export class BulkServer {
  /** Of all transfers so far, both ways. */
  bytes = 0;
  private readonly listener: ListenSocket;
  private readonly buffer = new Uint8Array(CHUNK);
  private readonly octet = new Uint8Array(1);

  constructor(stack: Stack) {
    this.listener = new ListenSocket(stack, { port: PORT, backlog: 512 });
  }

  readonly onEvent = (socket: SocketWithEvents): void => {
    if (socket === this.listener) {
      for (let next = this.listener.accept(); next !== null; next = this.listener.accept()) {
        next.noDelay = true;
        next.context = { command: 0, count: 0 };
        this.serve(next, next.context as Conversation);
      }
    } else if (socket instanceof StreamSocket && socket.context !== null) {
      this.serve(socket, socket.context as unknown as Conversation);
    }
  };

  private serve(socket: StreamSocket, talk: Conversation): void {
    if (socket.error !== null) return;
    if (talk.command === 0 && socket.read(this.octet) === 1) talk.command = this.octet[0] ?? 0;
    if (talk.command === SINK) this.sink(socket, talk);
    else if (talk.command === SOURCE) this.source(socket, talk);
    else if (talk.command === ECHO) this.echo(socket);
    if (socket.isReadEnded && socket.stateName === 'CLOSE-WAIT') socket.close();
  }

  private sink(socket: StreamSocket, talk: Conversation): void {
    for (;;) {
      const count = socket.read(this.buffer);
      if (count === 0) break;
      if (!isPattern(this.buffer, 0, count, talk.count)) throw new Error(`wrong bytes at ${talk.count}`);
      talk.count += count;
      this.bytes += count;
    }
    if (!socket.isReadEnded || socket.stateName !== 'CLOSE-WAIT') return;
    const answer = Buffer.alloc(8);
    answer.writeBigUInt64LE(BigInt(talk.count));
    socket.write(answer);
  }

  private source(socket: StreamSocket, talk: Conversation): void {
    if (socket.isReadEnded || socket.stateName !== 'ESTABLISHED') return;
    for (;;) {
      const { bytes, offset } = patternAt(talk.count);
      const taken = socket.write(bytes, offset, CHUNK);
      talk.count += taken;
      this.bytes += taken;
      if (taken < CHUNK) return;
    }
  }

  private echo(socket: StreamSocket): void {
    for (let count = socket.read(this.buffer); count > 0; count = socket.read(this.buffer)) {
      socket.write(this.buffer, 0, count);
    }
  }
}

const SINK = 'S'.charCodeAt(0);
const SOURCE = 'R'.charCodeAt(0);
const ECHO = 'P'.charCodeAt(0);
