/**
 * The servers of stack-side.ts on Node's own net and http: port 9000 speaks kernel-peer.c's protocol, port 80 HTTP, and port 83
 * answers as `woshou serve` does.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { answerSite } from './node-site.ts';
import { CHUNK, isPattern, patternAt } from './pattern.ts';
import { serveUntilEnd } from './server-life.ts';

createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  socket.once('end', () => socket.end());
  socket.once('data', (first: Buffer) => {
    const command = String.fromCharCode(first[0] ?? 0);
    if (command === 'S') sink(socket, first.subarray(1));
    else if (command === 'R') source(socket);
    else {
      socket.on('data', (data: Buffer) => socket.write(data));
      if (first.length > 1) socket.write(first.subarray(1));
    }
  });
}).listen(9000, '127.0.0.1', 512);

createHttpServer((_request, response) => response.end('hello, world\n')).listen(80, '127.0.0.1');

createHttpServer(answerSite).listen(83, '127.0.0.1');

function sink(socket: Socket, first: Buffer): void {
  let count = 0;
  const take = (data: Buffer): void => {
    for (let at = 0; at < data.length; at += CHUNK) {
      const length = Math.min(CHUNK, data.length - at);
      if (!isPattern(data, at, length, count + at)) throw new Error(`wrong bytes at ${count + at}`);
    }
    count += data.length;
  };
  take(first);
  socket.on('data', take);
  socket.prependOnceListener('end', () => {
    const answer = Buffer.alloc(8);
    answer.writeBigUInt64LE(BigInt(count));
    socket.write(answer);
  });
}

function source(socket: Socket): void {
  let sent = 0;
  const pump = (): void => {
    for (let hasRoom = true; hasRoom && !socket.destroyed; ) {
      const { bytes, offset } = patternAt(sent);
      hasRoom = socket.write(bytes.subarray(offset, offset + CHUNK));
      sent += CHUNK;
    }
  };
  socket.on('drain', pump);
  pump();
}

serveUntilEnd(() => ({}));
