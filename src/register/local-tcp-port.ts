/** A TCP socket of a stack in this thread, with the results libuv would give on Linux. */
import { Address } from '../base/address.ts';
import { WoshouError } from '../base/errors.ts';
import type { SocketName } from '../dgram/udp-port.ts';
import { unmapped, withoutZone } from '../net/address-text.ts';
import { type Deliverable, deliverSoon } from '../net/deliveries.ts';
import { HostHold } from '../net/host-hold.ts';
import { uvErrno } from '../node/uv-errors.ts';
import { ListenSocket } from '../socket/listen-socket.ts';
import { SocketEvent } from '../socket/socket-event.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import { StreamSocket } from '../socket/stream-socket.ts';
import type { TcpListener, TcpPort, TcpPorts } from './tcp-port.ts';

/** Taken when the module loads: a program's fake timers must not stop the network. */
const { setImmediate } = globalThis;

/** Octets handed over at once; as libuv's suggestion. */
const READ_BYTES = 65_536;

export class LocalTcpPorts implements TcpPorts {
  private readonly host: SocketHost;

  constructor(host: SocketHost) {
    this.host = host;
  }

  open(): TcpPort {
    return new LocalTcpPort(this.host, null);
  }
}

interface Bound {
  readonly address: Address;
  readonly port: number;
  readonly isIpv6Only: boolean;
}

class LocalTcpPort implements TcpPort, SocketListener, Deliverable {
  isQueued = false;
  listener: TcpListener | null = null;
  private readonly host: SocketHost;
  private readonly hold: HostHold;
  private bound: Bound | null = null;
  private stream: StreamSocket | null;
  private server: ListenSocket | null = null;
  private isConnecting = false;
  private isConnectOver = false;
  private isReading = false;
  private isReadOver = false;
  private isClosed = false;
  private readonly unwritten: Uint8Array[] = [];
  private isWriting = false;
  private isShuttingDown = false;
  private noDelay = false;
  private trafficClass = 0;
  private keepAliveIdleMs = -1;
  private mayKeepAlive = true;

  constructor(host: SocketHost, accepted: StreamSocket | null) {
    this.host = host;
    this.hold = new HostHold(host);
    this.stream = accepted;
    if (accepted !== null) accepted.context = this;
  }

  bind(address: string, port: number, isIpv6Only: boolean): number {
    const local = parse(address);
    if (local === null || this.bound !== null || this.stream !== null) return uvErrno('EINVAL');
    if (!local.isUnspecified && !this.host.stack.ip.routing.isOwn(local)) return uvErrno('EADDRNOTAVAIL');
    this.bound = { address: local, port, isIpv6Only };
    return 0;
  }

  listen(backlog: number): number {
    const { address, port, isIpv6Only } = this.bound ?? { address: parse('::'), port: 0, isIpv6Only: false };
    try {
      const server = new ListenSocket(this.host.stack, {
        address: address?.toString() ?? '::',
        port,
        ipv6Only: isIpv6Only,
        backlog,
      });
      server.context = this;
      this.server = server;
    } catch (error) {
      return errnoOf(error);
    }
    this.settle();
    return 0;
  }

  connect(address: string, port: number): number {
    const remote = parse(address);
    if (remote === null) return uvErrno('EINVAL');
    // Linux: connecting to the unspecified address reaches this host.
    const peer = !remote.isUnspecified ? remote.toString() : remote.family === 4 ? '127.0.0.1' : '::1';
    const { bound } = this;
    try {
      const stream = StreamSocket.connect(this.host.stack, {
        remoteAddress: peer,
        remotePort: port,
        noDelay: this.noDelay,
        trafficClass: this.trafficClass,
        ...(bound !== null && !bound.address.isUnspecified && { localAddress: bound.address.toString() }),
        ...(bound !== null && bound.port !== 0 && { localPort: bound.port }),
      });
      stream.context = this;
      this.stream = stream;
    } catch (error) {
      return errnoOf(error);
    }
    this.isConnecting = true;
    this.settle();
    return 0;
  }

  nameOf(end: 'local' | 'remote'): SocketName | number {
    const { stream, server, bound } = this;
    if (stream?.tcb != null) {
      return end === 'local'
        ? nameOf(stream.localAddress, stream.localPort)
        : nameOf(stream.remoteAddress, stream.remotePort);
    }
    if (end === 'remote') return uvErrno('ENOTCONN');
    if (server !== null) return nameOf(server.address, server.port);
    return bound === null ? uvErrno('EBADF') : nameOf(bound.address.toString(), bound.port);
  }

  write(chunks: readonly Uint8Array[]): void {
    this.isWriting = true;
    this.unwritten.push(...chunks.filter((chunk) => chunk.length > 0));
    this.settle();
    this.goOnWriting();
  }

  shutdown(): void {
    this.isShuttingDown = true;
    this.stream?.shutdownWrite();
    this.settle();
    setImmediate(() => {
      this.isShuttingDown = false;
      this.settle();
      this.listener?.shutdownDone(0);
    });
  }

  read(isOn: boolean): void {
    this.isReading = isOn;
    this.settle();
    if (isOn) deliverSoon(this);
  }

  setNoDelay(isOn: boolean): void {
    this.noDelay = isOn;
    if (this.stream !== null && !this.isConnecting) this.stream.noDelay = isOn;
    this.host.kick();
  }

  setKeepAlive(isOn: boolean, idleSeconds: number): void {
    this.keepAliveIdleMs = isOn ? idleSeconds * 1000 : -1;
    if (this.stream !== null && !this.isConnecting) this.applyKeepAlive();
  }

  setTrafficClass(value: number): void {
    this.trafficClass = value;
    if (this.stream !== null) this.stream.trafficClass = value;
  }

  keepAlive(isOn: boolean): void {
    this.mayKeepAlive = isOn;
    this.settle();
  }

  reset(): void {
    this.stream?.abort();
    this.close();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listener = null;
    this.unwritten.length = 0;
    this.stream?.close();
    this.server?.close();
    this.settle();
  }

  socketEvents(events: number): void {
    if (this.isConnecting && (events & (SocketEvent.connected | SocketEvent.error)) !== 0) this.isConnectOver = true;
    deliverSoon(this);
  }

  /** One piece of news at a time: what a program has put off comes before the next. */
  deliver(): void {
    if (this.isClosed) return;
    if (this.server !== null) this.acceptOne(this.server);
    else if (this.isConnectOver) {
      deliverSoon(this);
      this.connectOver();
    } else {
      if (this.isWriting) this.goOnWriting();
      this.readSome();
    }
  }

  private acceptOne(server: ListenSocket): void {
    const stream = server.accept();
    if (stream === null) return;
    deliverSoon(this);
    const connection = new LocalTcpPort(this.host, stream);
    if (this.listener === null) connection.reset();
    else this.listener.accepted(connection);
  }

  private connectOver(): void {
    this.isConnecting = this.isConnectOver = false;
    const error = this.stream?.error ?? null;
    if (error === null) this.applyKeepAlive();
    else this.isReadOver = true;
    this.settle();
    this.listener?.connectDone(error === null ? 0 : uvErrno(error.code));
  }

  private goOnWriting(): void {
    const { stream, unwritten } = this;
    if (stream === null || this.isConnecting) return;
    const failure = stream.error;
    for (let chunk = unwritten[0]; chunk !== undefined && failure === null; chunk = unwritten[0]) {
      let taken: number;
      try {
        taken = stream.write(chunk);
      } catch {
        this.writeOver(uvErrno('EPIPE'));
        return;
      }
      if (taken < chunk.length) {
        unwritten[0] = chunk.subarray(taken);
        this.host.kick();
        return;
      }
      unwritten.shift();
    }
    this.writeOver(failure === null ? 0 : uvErrno(failure.code));
  }

  private writeOver(errno: number): void {
    this.unwritten.length = 0;
    this.isWriting = false;
    // Node's streams must be out of `write` before they learn that it is over.
    setImmediate(() => {
      this.settle();
      this.listener?.writeDone(errno);
    });
    this.host.kick();
  }

  private readSome(): void {
    const { stream } = this;
    if (stream === null || this.isConnecting || !this.isReading || this.isReadOver) return;
    const length = Math.min(stream.readableLength, READ_BYTES);
    if (length > 0) {
      const bytes = Buffer.allocUnsafeSlow(length);
      stream.read(bytes);
      this.host.kick();
      deliverSoon(this);
      this.listener?.dataArrived(bytes);
      return;
    }
    // Linux: what ended in order has ended, whatever came after the FIN.
    const error = stream.tcb?.rcvFinDone ? null : stream.error;
    if (error === null && !stream.isReadEnded) return;
    this.isReadOver = true;
    this.settle();
    if (error === null) this.listener?.readEnded();
    else this.listener?.readFailed(uvErrno(error.code));
  }

  private applyKeepAlive(): void {
    const idleMs = this.keepAliveIdleMs;
    this.stream?.setKeepAlive(idleMs < 0 ? null : idleMs === 0 ? {} : { idleMs });
    this.host.kick();
  }

  /** After every call: what it caused is sent, and the process stays alive while something is under way. */
  private settle(): void {
    this.host.kick();
    const isActive =
      this.server !== null ||
      this.isConnecting ||
      this.isWriting ||
      this.isShuttingDown ||
      (this.isReading && !this.isReadOver);
    this.hold.update(isActive && this.mayKeepAlive && !this.isClosed);
  }
}

/** Mapped addresses are IPv4 below; zones are not needed, a host knows its links. */
function parse(text: string): Address | null {
  const address = Address.tryParse(withoutZone(text));
  return address === null ? null : unmapped(address);
}

function nameOf(address: string, port: number): SocketName {
  return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', port };
}

/** What the stack throws has an errno as its code; anything else is about an argument. */
function errnoOf(error: unknown): number {
  if (!(error instanceof WoshouError)) throw error;
  return uvErrno(error.code.startsWith('ERR_') ? 'EINVAL' : error.code);
}
