/** Connections of an HTTP client, kept for the next request (RFC 9112 §9.3). */
import type { SocketHost } from '../socket/socket-host.ts';
import { endpointText, resolve } from './host.ts';
import { MessageReader } from './http-reader.ts';
import { MessageWriter } from './http-writer.ts';
import { StreamConnection } from './stream-connection.ts';

/** One connection to a server. */
export class ClientConnection {
  readonly connection: StreamConnection;
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** It has carried an exchange before. */
  isReused = false;
  /** It waits for one now. */
  isIdle = false;

  constructor(connection: StreamConnection) {
    this.connection = connection;
    this.reader = new MessageReader(connection.readable, 'response');
    this.writer = new MessageWriter(connection.writable);
  }

  /** Nothing speaks against another request. */
  get isUsable(): boolean {
    const { connection, reader } = this;
    // Octets nobody asked for would be taken for the answer to the next request.
    return connection.isAlive && reader.isDrained && connection.socket?.readableLength === 0;
  }
}

/** Idle connections by server. */
export class ConnectionPool {
  private readonly host: SocketHost;
  private readonly idleMax: number;
  private readonly idle = new Map<string, ClientConnection[]>();

  constructor(host: SocketHost, idleMax: number) {
    this.host = host;
    this.idleMax = idleMax;
  }

  /** A connection to the server, an idle one unless `isFresh`. */
  take(hostname: string, port: number, isFresh: boolean): ClientConnection {
    const list = isFresh ? undefined : this.idle.get(endpointText(hostname, port));
    for (let found = list?.pop(); found !== undefined; found = list?.pop()) {
      if (!found.isUsable) {
        found.connection.close(new Error('the server has closed this idle connection'));
        continue;
      }
      found.connection.hold(true);
      found.isIdle = false;
      found.isReused = true;
      found.reader.hasArrived = false;
      return found;
    }
    const server = endpointText(hostname, port);
    const made: ClientConnection = new ClientConnection(
      new StreamConnection(
        this.host,
        { addresses: resolve(this.host, hostname), port, options: { noDelay: true } },
        {
          abortResets: true,
          // Servers end idle connections when they like; ours then ends as well.
          onReadEnd: () => {
            if (made.isIdle) made.connection.close(new Error('the server has closed this idle connection'));
          },
          failure: ({ code, message }) => {
            const what = code === 'ENOTFOUND' ? `${this.host.name} knows no address of '${hostname}'` : message;
            return Object.assign(new Error(`${server}: ${what} (${code})`), { code });
          },
        },
      ),
    );
    return made;
  }

  /** An exchange is over and the connection is good for another one. It does not keep the program running. */
  give(hostname: string, port: number, used: ClientConnection): void {
    const key = endpointText(hostname, port);
    const list = this.idle.get(key) ?? [];
    if (!used.isUsable || list.length >= this.idleMax) {
      used.connection.close(new Error('the connection is not needed any more'));
      return;
    }
    used.connection.hold(false);
    used.isIdle = true;
    list.push(used);
    this.idle.set(key, list);
  }

  /** Closes what is idle. */
  close(): void {
    for (const list of this.idle.values()) {
      for (const { connection } of list) {
        connection.hold(true);
        connection.close(new Error('the client was closed'));
      }
    }
    this.idle.clear();
  }
}
