/** Sockets of a worker: each stands for one of the thread that owns the stack. */
import type { Membership, SocketName, UdpListener, UdpOption, UdpPort, UdpPorts } from '../dgram/udp-port.ts';
import { type Deliverable, deliverSoon } from '../net/deliveries.ts';
import type { RemoteLink, RemoteListener } from './remote.ts';
import type { TcpListener, TcpPort, TcpPorts } from './tcp-port.ts';

export class RemoteTcpPorts implements TcpPorts {
  private readonly link: RemoteLink;

  constructor(link: RemoteLink) {
    this.link = link;
  }

  open(): TcpPort {
    return new RemoteTcpPort(this.link, null);
  }
}

export class RemoteUdpPorts implements UdpPorts {
  private readonly link: RemoteLink;

  constructor(link: RemoteLink) {
    this.link = link;
  }

  open(family: 4 | 6, listener: UdpListener): UdpPort {
    return new RemoteUdpPort(this.link, family, listener);
  }

  addressesOf(name: string): readonly string[] {
    return this.link.names('addressesOf', name);
  }
}

/** Keeps the worker alive while something is under way, as a socket of its own would. */
class Keeper {
  private readonly link: RemoteLink;
  private readonly reasons = new Set<string>();
  private mayKeepAlive = true;
  private isReferenced = false;

  constructor(link: RemoteLink) {
    this.link = link;
  }

  set(reason: string, isOn: boolean): void {
    if (isOn) this.reasons.add(reason);
    else this.reasons.delete(reason);
    this.settle();
  }

  allow(isOn: boolean): void {
    this.mayKeepAlive = isOn;
    this.settle();
  }

  clear(): void {
    this.reasons.clear();
    this.settle();
  }

  private settle(): void {
    const isWanted = this.mayKeepAlive && this.reasons.size > 0;
    if (isWanted === this.isReferenced) return;
    this.isReferenced = isWanted;
    this.link.changeReferences(isWanted ? 1 : -1);
  }
}

class RemoteTcpPort implements TcpPort, Deliverable {
  isQueued = false;
  listener: TcpListener | null = null;
  private readonly link: RemoteLink;
  private readonly id: number;
  private readonly keeper: Keeper;
  private isReading = false;
  /** News of reading that came while nobody read. */
  private readonly waiting: (() => void)[] = [];

  constructor(link: RemoteLink, acceptedId: number | null) {
    this.link = link;
    this.keeper = new Keeper(link);
    const listener = this.remoteListener();
    if (acceptedId !== null) link.adopt(acceptedId, listener);
    this.id = acceptedId ?? link.open('tcp', listener);
  }

  bind(address: string, port: number, isIpv6Only: boolean): number {
    return this.link.call(this.id, 'bind', [address, port, isIpv6Only]) as number;
  }

  listen(backlog: number): number {
    const errno = this.link.call(this.id, 'listen', [backlog]) as number;
    if (errno === 0) this.keeper.set('listen', true);
    return errno;
  }

  connect(address: string, port: number): number {
    const errno = this.link.call(this.id, 'connect', [address, port]) as number;
    if (errno === 0) this.keeper.set('connect', true);
    return errno;
  }

  nameOf(end: 'local' | 'remote'): SocketName | number {
    return this.link.call(this.id, 'nameOf', [end]) as SocketName | number;
  }

  write(chunks: readonly Uint8Array[]): void {
    this.keeper.set('write', true);
    this.link.post(this.id, 'write', [chunks.map((chunk) => Uint8Array.prototype.slice.call(chunk))]);
  }

  shutdown(): void {
    this.keeper.set('shutdown', true);
    this.link.post(this.id, 'shutdown');
  }

  read(isOn: boolean): void {
    this.isReading = isOn;
    this.keeper.set('read', isOn);
    this.link.post(this.id, 'read', [isOn]);
    if (isOn) deliverSoon(this);
  }

  setNoDelay(isOn: boolean): void {
    this.link.post(this.id, 'setNoDelay', [isOn]);
  }

  setKeepAlive(isOn: boolean, idleSeconds: number): void {
    this.link.post(this.id, 'setKeepAlive', [isOn, idleSeconds]);
  }

  setTrafficClass(value: number): void {
    this.link.post(this.id, 'setTrafficClass', [value]);
  }

  keepAlive(isOn: boolean): void {
    this.keeper.allow(isOn);
    this.link.post(this.id, 'keepAlive', [isOn]);
  }

  reset(): void {
    this.end('reset');
  }

  close(): void {
    this.end('close');
  }

  private end(method: 'reset' | 'close'): void {
    this.listener = null;
    this.waiting.length = 0;
    this.keeper.clear();
    this.link.forget(this.id);
    this.link.post(this.id, method);
  }

  private remoteListener(): RemoteListener {
    const over = (reason: string, tell: (listener: TcpListener, errno: number) => void) => (errno: unknown) => {
      this.keeper.set(reason, false);
      if (this.listener !== null) tell(this.listener, Number(errno));
    };
    return {
      connectDone: over('connect', (listener, errno) => listener.connectDone(errno)),
      writeDone: over('write', (listener, errno) => listener.writeDone(errno)),
      shutdownDone: over('shutdown', (listener, errno) => listener.shutdownDone(errno)),
      dataArrived: (bytes) => this.readSoon(() => this.take(bytes as Uint8Array)),
      readEnded: () => this.readSoon(() => this.readOver((listener) => listener.readEnded())),
      readFailed: (errno) => this.readSoon(() => this.readOver((listener) => listener.readFailed(Number(errno)))),
      accepted: (id) => this.accept(Number(id)),
    };
  }

  private accept(id: number): void {
    const connection = new RemoteTcpPort(this.link, id);
    if (this.listener === null) connection.reset();
    else this.listener.accepted(connection);
  }

  private take(bytes: Uint8Array): void {
    this.link.post(this.id, 'taken', [bytes.length]);
    this.listener?.dataArrived(bytes);
  }

  private readOver(tell: (listener: TcpListener) => void): void {
    this.keeper.set('read', false);
    if (this.listener !== null) tell(this.listener);
  }

  private readSoon(news: () => void): void {
    this.waiting.push(news);
    deliverSoon(this);
  }

  /** One piece of news at a time, as long as somebody reads. */
  deliver(): void {
    const news = this.isReading ? this.waiting.shift() : undefined;
    if (news === undefined) return;
    if (this.waiting.length > 0) deliverSoon(this);
    news();
  }
}

class RemoteUdpPort implements UdpPort {
  private readonly link: RemoteLink;
  private readonly id: number;
  private readonly keeper: Keeper;
  private readonly sends = new Map<number, (errno: number, sentBytes: number) => void>();
  private lastSerial = 0;

  constructor(link: RemoteLink, family: 4 | 6, listener: UdpListener) {
    this.link = link;
    this.keeper = new Keeper(link);
    this.id = link.open(family === 6 ? 'udp6' : 'udp4', {
      datagramArrived: (bytes, from) => listener.datagramArrived(bytes as Uint8Array, from as SocketName),
      receiveFailed: (errno) => listener.receiveFailed(Number(errno)),
      sendDone: (serial, errno, sentBytes) => this.sendDone(Number(serial), Number(errno), Number(sentBytes)),
    });
  }

  bind(address: string, port: number, flags: number): number {
    return this.call('bind', address, port, flags);
  }

  connect(address: string, port: number): number {
    return this.call('connect', address, port);
  }

  disconnect(): number {
    return this.call('disconnect');
  }

  send(
    bytes: Uint8Array,
    address: string | null,
    port: number,
    complete: (errno: number, sentBytes: number) => void,
  ): number {
    const serial = ++this.lastSerial;
    this.sends.set(serial, complete);
    this.keeper.set('send', true);
    this.link.post(this.id, 'send', [serial, Uint8Array.prototype.slice.call(bytes), address, port]);
    return 0;
  }

  nameOf(end: 'local' | 'remote'): SocketName | number {
    return this.link.call(this.id, 'nameOf', [end]) as SocketName | number;
  }

  setOption(option: UdpOption, value: number): number {
    return this.call('setOption', option, value);
  }

  setMulticastInterface(interfaceAddress: string): number {
    return this.call('setMulticastInterface', interfaceAddress);
  }

  changeMembership(membership: Membership): number {
    return this.call('changeMembership', membership);
  }

  bufferSize(sizeBytes: number, isReceive: boolean): number {
    return this.call('bufferSize', sizeBytes, isReceive);
  }

  receive(isOn: boolean): void {
    this.keeper.set('receive', isOn);
    this.link.post(this.id, 'receive', [isOn]);
  }

  keepAlive(isOn: boolean): void {
    this.keeper.allow(isOn);
    this.link.post(this.id, 'keepAlive', [isOn]);
  }

  close(): void {
    this.keeper.clear();
    this.link.forget(this.id);
    this.link.post(this.id, 'close');
  }

  private call(method: string, ...args: unknown[]): number {
    return this.link.call(this.id, method, args) as number;
  }

  private sendDone(serial: number, errno: number, sentBytes: number): void {
    const complete = this.sends.get(serial);
    this.sends.delete(serial);
    if (this.sends.size === 0) this.keeper.set('send', false);
    complete?.(errno, sentBytes);
  }
}
