/** Our sockets with promises, for tests of what drives them: as little as a test needs, no front end of the package. */
import {
  ListenSocket,
  SocketEvent,
  type SocketHost,
  type SocketListener,
  StreamSocket,
} from '../../src/socket/index.ts';

type Waiter = () => void;

/** Wakes everybody who waits whenever something happens. */
class Bell implements SocketListener {
  private waiters: Waiter[] = [];

  socketEvents(_events: number): void {
    for (const wake of this.waiters.splice(0)) wake();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }
}

/** One connection; holds a reference while it is open. */
export class PromiseSocket {
  readonly socket: StreamSocket;
  private readonly host: SocketHost;
  private readonly bell = new Bell();
  private isHeld = true;

  constructor(host: SocketHost, socket: StreamSocket) {
    this.host = host;
    this.socket = socket;
    socket.context = this.bell;
    host.ref();
    host.kick();
  }

  static async connect(host: SocketHost, to: string, port: number): Promise<PromiseSocket> {
    const remoteAddress = host.addressesOf(to)[0] ?? to;
    const made = new PromiseSocket(host, StreamSocket.connect(host.stack, { remoteAddress, remotePort: port }));
    const { socket } = made;
    await made.bell.until(() => socket.stateName !== 'SYN-SENT');
    made.mustWork();
    return made;
  }

  write(text: string): void {
    this.socket.write(new TextEncoder().encode(text));
    this.host.kick();
  }

  /** The next octets as text, empty at the end. */
  async read(): Promise<string> {
    const { socket } = this;
    await this.bell.until(() => socket.readableLength > 0 || socket.isReadEnded || socket.error !== null);
    this.mustWork();
    const bytes = new Uint8Array(socket.readableLength);
    socket.read(bytes);
    this.host.kick();
    return new TextDecoder().decode(bytes);
  }

  close(): void {
    this.socket.close();
    this.letGo();
  }

  /** Waits for the peer's end, then closes. */
  async closeAfterPeer(): Promise<void> {
    while ((await this.read()) !== '');
    this.close();
  }

  private mustWork(): void {
    const { error } = this.socket;
    if (error === null) return;
    this.letGo();
    throw Object.assign(new Error(`${error.code}: ${error.message}`), { code: error.code });
  }

  private letGo(): void {
    if (this.isHeld) this.host.unref();
    this.isHeld = false;
    this.host.kick();
  }
}

/** A listening socket that calls back for each connection. */
export class PromiseServer implements SocketListener {
  readonly listener: ListenSocket;
  private readonly host: SocketHost;
  private readonly serve: (socket: PromiseSocket) => unknown;

  constructor(host: SocketHost, port: number, serve: (socket: PromiseSocket) => unknown) {
    this.host = host;
    this.serve = serve;
    this.listener = new ListenSocket(host.stack, { port });
    this.listener.context = this;
    host.ref();
    host.kick();
  }

  socketEvents(events: number): void {
    if ((events & SocketEvent.acceptable) === 0) return;
    for (let socket = this.listener.accept(); socket !== null; socket = this.listener.accept()) {
      this.serve(new PromiseSocket(this.host, socket));
    }
  }

  close(): void {
    this.listener.close();
    this.host.unref();
    this.host.kick();
  }
}

/** Answers every piece with itself, and ends when the peer does. */
export async function echo(socket: PromiseSocket): Promise<void> {
  for (let text = await socket.read(); text !== ''; text = await socket.read()) socket.write(text);
  socket.close();
}
