/**
 * HTTP on bare sockets of our stack: answers every request without a body, which is all wrk sends, and nothing else. What is left
 * when the streams and the HTTP server of Node are taken away.
 */
import { ListenSocket, type SocketWithEvents, type Stack, StreamSocket } from 'woshou';

const PORT = 81;
const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n' +
    'Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nhello, world\n',
);
const END = '\r\n\r\n';

/** What has come of a request whose end has not. */
class Request {
  rest = '';
}

export class HttpServer {
  private readonly listener: ListenSocket;
  private readonly buffer = Buffer.alloc(65_536);

  constructor(stack: Stack) {
    this.listener = new ListenSocket(stack, { port: PORT, backlog: 512 });
  }

  /** False when the socket is not one of this server's. */
  onEvent(socket: SocketWithEvents): boolean {
    if (socket === this.listener) {
      for (let next = this.listener.accept(); next !== null; next = this.listener.accept()) {
        next.noDelay = true;
        next.context = new Request();
        this.serve(next, next.context as Request);
      }
      return true;
    }
    if (!(socket instanceof StreamSocket) || !(socket.context instanceof Request)) return false;
    this.serve(socket, socket.context);
    return true;
  }

  private serve(socket: StreamSocket, request: Request): void {
    if (socket.error !== null) return;
    for (let count = socket.read(this.buffer); count > 0; count = socket.read(this.buffer)) {
      const text = request.rest + this.buffer.toString('latin1', 0, count);
      let from = 0;
      for (let end = text.indexOf(END); end >= 0; end = text.indexOf(END, from)) {
        socket.write(ANSWER);
        from = end + END.length;
      }
      request.rest = text.slice(from);
    }
    if (socket.isReadEnded && socket.stateName === 'CLOSE-WAIT') socket.close();
  }
}
