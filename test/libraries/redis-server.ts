/** As much of a Redis server as a client needs to store and fetch strings: RESP 2 and 3 (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
import type { Socket } from 'node:net';

const CRLF = Buffer.from('\r\n');

/** One connection to a store of strings. */
export function serveRedis(socket: Socket, store: Map<string, Buffer>): void {
  const reader = new CommandReader();
  socket.on('data', (chunk: Buffer) => {
    for (const command of reader.push(chunk)) {
      socket.write(answerTo(command, store));
      if (nameOf(command) === 'quit') socket.end();
    }
  });
  // A connection that fails is closed by itself.
  socket.on('error', () => {});
}

function nameOf(command: readonly Buffer[]): string {
  return command[0]?.toString().toLowerCase() ?? '';
}

function answerTo(command: readonly Buffer[], store: Map<string, Buffer>): Buffer {
  const [, ...args] = command;
  const key = args[0]?.toString() ?? '';
  switch (nameOf(command)) {
    case 'hello':
      return Buffer.from(`%2\r\n${bulk('server')}${bulk('redis')}${bulk('proto')}:${key}\r\n`);
    case 'info':
      return Buffer.from(bulk('redis_version:7.0.0\r\nloading:0\r\n'));
    case 'client':
      return Buffer.from('+OK\r\n');
    case 'set':
      store.set(key, args[1] ?? Buffer.alloc(0));
      return Buffer.from('+OK\r\n');
    case 'get': {
      const value = store.get(key);
      return value === undefined
        ? Buffer.from('$-1\r\n')
        : Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, CRLF]);
    }
    case 'incr': {
      const count = Number(store.get(key)?.toString() ?? 0) + 1;
      store.set(key, Buffer.from(String(count)));
      return Buffer.from(`:${count}\r\n`);
    }
    case 'quit':
      return Buffer.from('+OK\r\n');
    default:
      return Buffer.from(`-ERR unknown command '${nameOf(command)}'\r\n`);
  }
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** Takes arrays of bulk strings out of a stream, however it is cut. */
class CommandReader {
  private bytes = Buffer.alloc(0);
  private readonly waiting: Buffer[] = [];
  private neededBytes = 0;

  push(chunk: Buffer): Buffer[][] {
    this.waiting.push(chunk);
    const commands: Buffer[][] = [];
    // Joined only when a command may be complete, so that a long value is not copied for every chunk of it.
    if (this.bytes.length + sum(this.waiting) < this.neededBytes) return commands;
    this.bytes = Buffer.concat([this.bytes, ...this.waiting.splice(0)]);
    for (let command = this.take(); command !== null; command = this.take()) commands.push(command);
    return commands;
  }

  private take(): Buffer[] | null {
    this.neededBytes = 0;
    let offset = 0;
    const line = (mark: string): number | null => {
      const end = this.bytes.indexOf(CRLF, offset);
      if (end < 0) return null;
      const text = this.bytes.toString('latin1', offset, end);
      if (text[0] !== mark) throw new Error(`RESP: '${mark}' expected, but '${text.slice(0, 20)}'`);
      offset = end + 2;
      return Number(text.slice(1));
    };
    const count = line('*');
    if (count === null) return null;
    const command: Buffer[] = [];
    for (let index = 0; index < count; index++) {
      const length = line('$');
      if (length === null) return null;
      if (this.bytes.length < offset + length + 2) {
        this.neededBytes = offset + length + 2;
        return null;
      }
      command.push(this.bytes.subarray(offset, offset + length));
      offset += length + 2;
    }
    this.bytes = this.bytes.subarray(offset);
    return command;
  }
}

function sum(chunks: readonly Buffer[]): number {
  return chunks.reduce((bytes, chunk) => bytes + chunk.length, 0);
}
