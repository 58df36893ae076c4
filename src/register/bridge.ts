/**
 * The owner's side of a link to a worker: does what the worker's sockets ask for on the stack of this thread. So all threads of a
 * program are one host, with one set of ports, as they are on a real machine. When the worker ends its sockets are closed.
 */
import { receiveMessageOnPort } from 'node:worker_threads';
import type { LocalUdpPorts } from '../dgram/local-udp-port.ts';
import type { SocketName, UdpListener, UdpPort } from '../dgram/udp-port.ts';
import type { LocalTcpPorts } from './local-tcp-port.ts';
import { HOST_ID, type OwnerEnd, type Reply, WINDOW_BYTES, type WorkerMessage } from './messages.ts';
import type { TcpListener, TcpPort } from './tcp-port.ts';

/** What the owner of the stack lends to workers. */
export interface OwnedNetwork {
  readonly tcp: LocalTcpPorts;
  readonly udp: LocalUdpPorts;
  /** Functions about names, called by workers. */
  readonly names: Readonly<Record<string, (name: string) => readonly string[]>>;
}

type Methods = Readonly<Record<string, (...args: unknown[]) => unknown>>;

export class WorkerBridge {
  private readonly network: OwnedNetwork;
  private readonly end: OwnerEnd;
  private readonly objects = new Map<number, TcpPort | UdpPort>();
  private readonly windows = new Map<number, ReadWindow>();
  private lastOwnId = 0;

  constructor(network: OwnedNetwork, end: OwnerEnd) {
    this.network = network;
    this.end = end;
    end.port.on('message', (message: WorkerMessage) => this.take(message));
    end.port.on('close', () => this.closeAll());
    // The worker keeps the process alive, or has been told not to.
    end.port.unref();
  }

  /** The worker has ended: what it still said is heard, then everything of it is closed. */
  finish(): void {
    const next = () => receiveMessageOnPort(this.end.port)?.message as WorkerMessage | undefined;
    for (let message = next(); message !== undefined; message = next()) this.take(message);
    this.closeAll();
  }

  /** For listeners. */
  tell(id: number, method: string, args: readonly unknown[], transfer: readonly ArrayBuffer[] = []): void {
    this.end.port.postMessage({ id, method, args }, transfer);
  }

  private take(message: WorkerMessage): void {
    switch (message.kind) {
      case 'attach':
        new WorkerBridge(this.network, message.link);
        return;
      case 'open':
        this.open(message.id, message.type);
        return;
      case 'post':
        this.perform(message.id, message.method, message.args);
        return;
      default:
        this.answer(message.serial ?? 0, () => this.perform(message.id, message.method, message.args));
    }
  }

  private open(id: number, type: 'tcp' | 'udp4' | 'udp6'): void {
    if (type === 'tcp') this.adopt(id, this.network.tcp.open());
    else this.objects.set(id, this.network.udp.open(type === 'udp6' ? 6 : 4, new UdpTeller(this, id)));
  }

  private adopt(id: number, port: TcpPort): void {
    this.objects.set(id, port);
    const window = new ReadWindow(port);
    this.windows.set(id, window);
    port.listener = new TcpTeller(this, id, window);
  }

  /** A connection was accepted: the worker gets to know it by a number of ours. */
  accept(listenerId: number, connection: TcpPort): void {
    const id = --this.lastOwnId;
    this.adopt(id, connection);
    this.tell(listenerId, 'accepted', [id]);
  }

  private perform(id: number, method: string, args: readonly unknown[]): unknown {
    if (id === HOST_ID) return this.network.names[method]?.(String(args[0]));
    const object = this.objects.get(id);
    if (object === undefined) return undefined;
    if (method === 'taken') return this.windows.get(id)?.taken(Number(args[0]));
    if (method === 'read') return this.windows.get(id)?.read(Boolean(args[0]));
    if (method === 'send') return this.send(id, object as UdpPort, args);
    if (method === 'close' || method === 'reset') {
      this.objects.delete(id);
      this.windows.delete(id);
    }
    return (object as unknown as Methods)[method]?.(...args);
  }

  private send(id: number, port: UdpPort, [serial, bytes, address, remotePort]: readonly unknown[]): void {
    const done = (errno: number, sentBytes: number): void => this.tell(id, 'sendDone', [serial, errno, sentBytes]);
    const result = port.send(bytes as Uint8Array, address as string | null, remotePort as number, done);
    if (result !== 0) done(Math.min(result, 0), Math.max(result - 1, 0));
  }

  private answer(serial: number, perform: () => unknown): void {
    const { replies, signal } = this.end;
    let reply: Reply;
    try {
      reply = { serial, value: perform() };
    } catch (error) {
      reply = { serial, error: error instanceof Error ? error.message : String(error) };
    }
    replies.postMessage(reply);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  }

  private closeAll(): void {
    for (const object of this.objects.values()) object.close();
    this.objects.clear();
    this.windows.clear();
  }
}

/** Reading goes on only while the worker keeps up, so that memory is bounded by the window of TCP and ours. */
class ReadWindow {
  private readonly port: TcpPort;
  private isWanted = false;
  private onWayBytes = 0;

  constructor(port: TcpPort) {
    this.port = port;
  }

  read(isOn: boolean): void {
    this.isWanted = isOn;
    this.settle();
  }

  sent(bytes: number): void {
    this.onWayBytes += bytes;
    this.settle();
  }

  taken(bytes: number): void {
    const wasFull = this.onWayBytes >= WINDOW_BYTES;
    this.onWayBytes -= bytes;
    if (wasFull) this.settle();
  }

  private settle(): void {
    this.port.read(this.isWanted && this.onWayBytes < WINDOW_BYTES);
  }
}

class TcpTeller implements TcpListener {
  private readonly bridge: WorkerBridge;
  private readonly id: number;
  private readonly window: ReadWindow;

  constructor(bridge: WorkerBridge, id: number, window: ReadWindow) {
    this.bridge = bridge;
    this.id = id;
    this.window = window;
  }

  connectDone(errno: number): void {
    this.bridge.tell(this.id, 'connectDone', [errno]);
  }

  writeDone(errno: number): void {
    this.bridge.tell(this.id, 'writeDone', [errno]);
  }

  shutdownDone(errno: number): void {
    this.bridge.tell(this.id, 'shutdownDone', [errno]);
  }

  dataArrived(bytes: Uint8Array): void {
    this.window.sent(bytes.length);
    this.bridge.tell(this.id, 'dataArrived', [bytes], [bytes.buffer as ArrayBuffer]);
  }

  readEnded(): void {
    this.bridge.tell(this.id, 'readEnded', []);
  }

  readFailed(errno: number): void {
    this.bridge.tell(this.id, 'readFailed', [errno]);
  }

  accepted(connection: TcpPort): void {
    this.bridge.accept(this.id, connection);
  }
}

class UdpTeller implements UdpListener {
  private readonly bridge: WorkerBridge;
  private readonly id: number;

  constructor(bridge: WorkerBridge, id: number) {
    this.bridge = bridge;
    this.id = id;
  }

  datagramArrived(bytes: Uint8Array, from: SocketName): void {
    this.bridge.tell(this.id, 'datagramArrived', [bytes, from]);
  }

  receiveFailed(errno: number): void {
    this.bridge.tell(this.id, 'receiveFailed', [errno]);
  }
}
