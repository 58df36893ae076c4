/**
 * Answers questions about a running stack on a Unix domain socket (see control-protocol.ts). Only the owner may connect.
 * Memory is bounded: few connections, short requests, one request at a time, and no reading while a reply is unsent.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  ControlError,
  type ControlReply,
  type ControlRequest,
  defaultControlPath,
  errorReply,
  parseRequest,
  REQUEST_BYTES_MAX,
} from './control-protocol.ts';

/** Where the answers come from: plain data that JSON can carry. */
export interface ControlProvider {
  /** For `ss`. */
  describeSockets(): unknown;
  /** For `nstat`. */
  describeCounters(): unknown;
}

/** Where to serve. */
export interface ControlServerOptions {
  /** Default: woshou-<pid>.sock in XDG_RUNTIME_DIR or the folder for temporary files. */
  readonly path?: string;
}

const CLIENTS_MAX = 16;
/** A client that says nothing for so long is let go. */
const IDLE_MS = 10_000;
/** Time for a refused client to read why. */
const REFUSED_MS = 500;
const PATH_BYTES_MAX = 107;

/**
 * Starts to serve. A socket left behind by a process that is gone is replaced.
 * @throws ControlError ERR_CONTROL_IN_USE when another process serves this path, ERR_CONTROL_SYSTEM otherwise.
 */
export async function startControlServer(
  provider: ControlProvider,
  options: ControlServerOptions = {},
): Promise<ControlServer> {
  const path = options.path ?? defaultControlPath();
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw new ControlError('ERR_CONTROL_SYSTEM', `${path} is too long for a socket (${PATH_BYTES_MAX} bytes at most)`);
  }
  await removeStaleSocket(path);
  const server = new ControlServer(provider, path);
  await server.listen();
  return server;
}

/** Made by `startControlServer`. */
export class ControlServer {
  readonly path: string;
  private readonly provider: ControlProvider;
  private readonly server: Server;
  private readonly clients = new Set<Socket>();
  private isClosed = false;

  /** Not for callers: use `startControlServer`. */
  constructor(provider: ControlProvider, path: string) {
    this.provider = provider;
    this.path = path;
    this.server = createServer((client) => this.clientArrived(client));
    this.server.maxConnections = CLIENTS_MAX;
  }

  /** Not for callers. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        const isTaken = error.code === 'EADDRINUSE';
        reject(
          new ControlError(isTaken ? 'ERR_CONTROL_IN_USE' : 'ERR_CONTROL_SYSTEM', `${this.path}: ${error.message}`),
        );
      });
      // Node binds during the call: with this mask nobody else can connect, not even before the mode is set.
      const mask = setUmask(0o177);
      this.server.listen(this.path, () => {
        this.server.on('error', () => {});
        process.on('exit', this.removeSocket);
        resolve();
      });
      if (mask !== null) process.umask(mask);
      else this.server.once('listening', () => chmodSync(this.path, 0o600));
    });
  }

  /** Whether it keeps the process alive (it does, to begin with). */
  ref(): void {
    this.server.ref();
  }

  unref(): void {
    this.server.unref();
  }

  /** Ends all connections and removes the socket. */
  close(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.isClosed = true;
    process.off('exit', this.removeSocket);
    for (const client of this.clients) client.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private readonly removeSocket = (): void => {
    removeFile(this.path);
  };

  private clientArrived(client: Socket): void {
    this.clients.add(client);
    // Whatever a client does, the stack beside us goes on.
    client.on('error', () => client.destroy());
    client.on('close', () => this.clients.delete(client));
    client.setTimeout(IDLE_MS, () => client.destroy());
    client.unref();
    let pending = Buffer.alloc(0);
    const takeLines = (): void => {
      for (let end = pending.indexOf(NEWLINE); end >= 0; end = pending.indexOf(NEWLINE)) {
        const line = pending.toString('utf8', 0, end);
        pending = pending.subarray(end + 1);
        if (end > REQUEST_BYTES_MAX) {
          refuseLine(client);
          return;
        }
        if (line.trim() === '') continue;
        if (!this.reply(client, line)) {
          client.pause();
          client.once('drain', () => {
            client.resume();
            takeLines();
          });
          return;
        }
      }
      if (pending.length > REQUEST_BYTES_MAX) refuseLine(client);
    };
    client.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      takeLines();
    });
  }

  /** Writes the reply; false while it has not left. */
  private reply(client: Socket, line: string): boolean {
    const request = parseRequest(line);
    const text = 'cmd' in request && !('ok' in request) ? this.answer(request) : JSON.stringify(request);
    return client.write(`${text}\n`);
  }

  private answer(request: ControlRequest): string {
    try {
      const reply: ControlReply = { ok: true, cmd: request.cmd, data: this.dataFor(request) };
      return JSON.stringify(reply);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return JSON.stringify(errorReply('failed', `${request.cmd}: ${message}`));
    }
  }

  private dataFor(request: ControlRequest): unknown {
    switch (request.cmd) {
      case 'ping':
        return { pid: process.pid };
      case 'ss':
        return this.provider.describeSockets();
      case 'nstat':
        return this.provider.describeCounters();
    }
  }
}

const NEWLINE = 0x0a;

function refuseLine(client: Socket): void {
  const reply = errorReply('line-too-long', `a request has ${REQUEST_BYTES_MAX} bytes at most`);
  // What comes after is thrown away unread: there is no telling where the next request would begin.
  client.removeAllListeners('data');
  client.end(`${JSON.stringify(reply)}\n`);
  client.resume();
  setTimeout(() => client.destroy(), REFUSED_MS).unref();
}

/** Removes a socket at `path` that nobody serves any more; leaves files of other kinds alone. */
async function removeStaleSocket(path: string): Promise<void> {
  const kind = lstatSync(path, { throwIfNoEntry: false });
  if (kind === undefined) return;
  if (!kind.isSocket()) throw new ControlError('ERR_CONTROL_IN_USE', `${path} exists and is not a socket; remove it`);
  const isServed = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
  if (isServed)
    throw new ControlError('ERR_CONTROL_IN_USE', `${path} is served by another process; choose another path`);
  removeFile(path);
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Already gone.
  }
}

/** null in a worker thread, which may not change it. */
function setUmask(mask: number): number | null {
  try {
    return process.umask(mask);
  } catch {
    return null;
  }
}
