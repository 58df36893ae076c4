/** The HTTP server on a connection: whatever a client sends, in whatever pieces. */
import { Network } from '../../../src/sim/index.ts';
import { StreamSocket } from '../../../src/socket/index.ts';
import type { SocketHost } from '../../../src/socket/socket-host.ts';
import { HttpListener } from '../../../src/web/http-listener.ts';
import { MessageParser } from '../../../src/web/http-parser.ts';
import type { Turn } from '../../../src/web/server-turn.ts';
import { fromText, InputReader, must, type Target } from '../target.ts';

/** TIME-WAIT is over. */
const CLOSING_MS = 300_000;

/** The client's end, and what it hears. */
class Conversation {
  readonly methods: string[] = [];
  private readonly network = new Network({ seed: 1 });
  private readonly server = this.network.host('server');
  private readonly socket: StreamSocket;
  private readonly listener: HttpListener;
  private readonly heard: Uint8Array[] = [];

  constructor() {
    const client = this.network.host('client');
    this.network.link(client, this.server, { plain: true });
    this.listener = new HttpListener(hostOf(this.server), { port: 80, hostname: '::' }, (turn) => this.answer(turn));
    const remoteAddress = this.network.addressOf('server', { family: 4 });
    this.socket = StreamSocket.connect(client.stack, { remoteAddress, remotePort: 80, noDelay: true });
    this.settle();
  }

  /** Sends it in pieces, ends, and gives what came back. */
  say(bytes: Uint8Array, size: number): Uint8Array {
    for (let at = 0; at < bytes.length && this.socket.error === null; at += size) {
      const count = Math.min(size, bytes.length - at);
      must(this.socket.write(bytes, at, count) === count, 'a few octets do not fit');
      this.settle();
    }
    if (this.socket.error === null) this.socket.shutdownWrite();
    this.settle();
    must(this.socket.error === null, `the connection failed: ${this.socket.error?.code}`);
    must(this.socket.isReadEnded, 'the server does not end the connection');
    this.socket.close();
    this.network.run({ forMs: CLOSING_MS });
    must(this.listener.size === 0, 'a connection is left');
    return Uint8Array.from(this.heard.flatMap((part) => [...part]));
  }

  private answer(turn: Turn): void {
    const { method, target } = turn.head;
    this.methods.push(method);
    const body = fromText(`${method} ${target}`);
    const length = target.length % 3 === 0 ? null : body.length;
    turn.answer(
      { status: target.includes('204') ? 204 : 200, fields: 'x-by: fuzz\r\n', length },
      length === null ? null : body,
    );
  }

  private settle(): void {
    this.network.run({ forMs: 50 });
    const part = new Uint8Array(this.socket.readableLength);
    this.socket.read(part);
    this.heard.push(part);
  }
}

function hostOf(host: ReturnType<Network['host']>): SocketHost {
  return {
    name: host.name,
    stack: host.stack,
    get nowUs() {
      return host.nowUs;
    },
    kick: () => host.tellTime(),
    ref: () => {},
    unref: () => {},
    addressesOf: () => [],
  };
}

/** What a client understands: statuses, fields but for the date, bodies. */
function understood(bytes: Uint8Array, methods: readonly string[]): string {
  let told = '';
  let count = 0;
  const parser = new MessageParser('response', {
    onHead: ({ status, headers }) => {
      headers.delete('date');
      told += `[${[status, ...[...headers].flat()].join('|')}]`;
      // What is expected in vain, nobody is asked.
      if (status === 417) return false;
      // The answer to what was no request comes last, and has a body.
      return methods[count++] === 'HEAD';
    },
    onBody: (body) => {
      told += String.fromCharCode(...body);
    },
    onEnd: () => {
      told += '$';
    },
  });
  parser.execute(bytes);
  parser.finish();
  must(count === methods.length || count === methods.length + 1, `${count} answers to ${methods.length} requests`);
  return told;
}

/** Every request has its answer, in its order, whatever the pieces; nothing is left behind. */
function checkServer(bytes: Uint8Array): void {
  const input = new InputReader(bytes);
  const size = 1 + (input.u8() & 31);
  const text = input.rest();
  const said = [Math.max(1, text.length), size].map((pieces) => {
    const talk = new Conversation();
    return understood(talk.say(text, pieces), talk.methods);
  });
  must(said[0] === said[1], `pieces of ${size} are answered otherwise: ${said.join(' and ')}`);
}

const TALKS: readonly string[] = [
  'GET /ab HTTP/1.1\r\nHost: h\r\n\r\nHEAD /abc HTTP/1.1\r\nHost: h\r\n\r\nGET /204 HTTP/1.1\r\nHost: h\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: t\r\n\r\nGET / HTTP/1.0\r\n\r\n',
  'PUT /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhelloGET /c HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /d HTTP/1.1\nHost: h\nConnection: upgrade, close\n\nGET /e HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /f HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\n\r\nGET /g HTTP/1.1\r\nHost : h\r\n\r\n',
];

export const WEB_SERVER_TARGET: Target = {
  name: 'http-server',
  covers: ['src/web/server-', 'src/web/request-input', 'src/web/answer-output', 'src/web/http-head'],
  maxLength: 300,
  isText: false,
  seeds: () => TALKS.map((talk) => Uint8Array.of(6, ...fromText(talk))),
  run: checkServer,
};
