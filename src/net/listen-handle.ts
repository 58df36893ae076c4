/** A listening socket as `net.Server` holds it, in `server._handle`. Connections are handed out one at a time. */
import { AsyncResource } from 'node:async_hooks';
import { Address } from '../base/address.ts';
import { WoshouError } from '../base/errors.ts';
import { uvErrno } from '../node/uv-errors.ts';
import { ListenSocket } from '../socket/listen-socket.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import { fillName, type SocketName, withoutZone } from './address-text.ts';
import { type Deliverable, deliverSoon } from './deliveries.ts';
import { TcpHandle } from './handle.ts';
import { HostHold } from './host-hold.ts';

const { setImmediate } = globalThis;

/** What is decided before the port is taken. */
export interface ListenPlan {
  /** An address, `0.0.0.0` or `::`. */
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  readonly ipv6Only: boolean;
  readonly backlog: number;
}

export class ListenHandle extends AsyncResource implements SocketListener, Deliverable {
  /** Called with each connection; the server puts it here. */
  onconnection: ((error: number, handle: TcpHandle) => void) | null = null;
  isQueued = false;
  private readonly host: SocketHost;
  private readonly hold: HostHold;
  private socket: ListenSocket | null = null;
  private isRefed = true;
  private isClosing = false;
  private isDual = false;

  constructor(host: SocketHost) {
    super('TCPSERVERWRAP', { requireManualDestroy: true });
    this.host = host;
    this.hold = new HostHold(host);
  }

  /** There is no file descriptor. */
  get fd(): number {
    return -1;
  }

  getAsyncId(): number {
    return this.asyncId();
  }

  /** The socket of the stack; null before `listen`. */
  get listener(): ListenSocket | null {
    return this.socket;
  }

  /** @returns the name of an errno, null when it listens */
  listen(plan: ListenPlan): string | null {
    const { port, ipv6Only, backlog } = plan;
    const address = withoutZone(plan.address);
    const parsed = Address.tryParse(address);
    if (parsed === null) return 'EINVAL';
    const { stack } = this.host;
    if (!parsed.isUnspecified && !stack.ip.routing.isOwn(parsed)) return 'EADDRNOTAVAIL';
    try {
      this.socket = new ListenSocket(stack, { address, port, ipv6Only, backlog: Math.max(0, backlog) });
    } catch (error) {
      if (error instanceof WoshouError && !error.code.startsWith('ERR_')) return error.code;
      throw error;
    }
    this.isDual = address === '::' && !ipv6Only;
    this.socket.context = this;
    this.updateHold();
    this.host.kick();
    return null;
  }

  getsockname(out: SocketName): number {
    if (this.socket === null) return uvErrno('EBADF');
    fillName(out, this.socket.address, this.socket.port, false);
    return 0;
  }

  /** Connections nobody has taken are reset. `done` comes later. */
  close(done?: () => void): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.socket?.close();
    this.updateHold();
    this.host.kick();
    setImmediate(() => {
      if (done !== undefined) this.runInAsyncScope(done, this);
      this.emitDestroy();
    });
  }

  ref(): void {
    this.isRefed = true;
    this.updateHold();
  }

  unref(): void {
    this.isRefed = false;
    this.updateHold();
  }

  hasRef(): boolean {
    return this.isRefed && !this.isClosing;
  }

  socketEvents(): void {
    deliverSoon(this);
  }

  deliver(): void {
    if (this.isClosing || this.socket === null) return;
    const accepted = this.socket.accept();
    if (accepted === null) return;
    deliverSoon(this);
    this.runInAsyncScope(() => {
      const handle = new TcpHandle(this.host, accepted, this.isDual);
      this.onconnection?.(0, handle);
    });
  }

  private updateHold(): void {
    this.hold.update(this.isRefed && !this.isClosing && this.socket !== null);
  }
}
