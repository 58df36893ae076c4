/**
 * A connection as `net.Socket` holds it, in `socket._handle`: calls that return at once and one piece of news at a time, in
 * the manner of Node's own handle, over a StreamSocket. It keeps the process alive while it is connecting, reading or
 * writing and has not been unref'd.
 */
import { AsyncResource } from 'node:async_hooks';
import { uvErrno } from '../node/uv-errors.ts';
import { SocketEvent } from '../socket/socket-event.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { TcpState } from '../tcp/state.ts';
import { Pending } from '../tcp/tcb/tcb.ts';
import { fillName, type SocketName } from './address-text.ts';
import { type Deliverable, deliverSoon } from './deliveries.ts';
import { HostHold } from './host-hold.ts';
import { type EarlyOptions, keepStreamAlive, localEnd, openStream } from './opening.ts';
import { readChunk } from './read-chunk.ts';
import { type Completion, isOpen, takesOctets, WaitingWrite } from './waiting-write.ts';

/** Taken when the module loads: fake timers of a test must not stop the network. */
const { setImmediate } = globalThis;

/** Who reads: a chunk, or null at the end or, with a `code`, at a failure. */
export interface HandleReader {
  handleRead(chunk: Buffer | null, code: string | null): void;
}

/** Whoever had the connection no longer listens. */
const NOBODY: SocketListener = { socketEvents: () => {} };

export class TcpHandle extends AsyncResource implements SocketListener, Deliverable {
  reader: HandleReader | null = null;
  /** Octets go here instead of into buffers of their own (option `onread`). */
  userBuffer: Uint8Array | null = null;
  reading = false;
  bytesRead = 0;
  /** Octets given to the handle, those that wait included. */
  bytesWritten = 0;
  /** Octets the send buffer had no room for yet. */
  writeQueueSize = 0;
  isQueued = false;
  private readonly host: SocketHost;
  private readonly hold: HostHold;
  private socket: StreamSocket | null;
  private readonly isMapped: boolean;
  private early: EarlyOptions | null = null;
  private mappedPeer = false;
  private connectDone: Completion | null = null;
  private waiting: WaitingWrite | null = null;
  private shutdownDone: Completion | null = null;
  private hasEnded = false;
  private wasFailureTold = false;
  private isClosing = false;
  private isRefed = true;

  /**
   * @param socket an accepted connection; null: to be connected
   * @param isMapped it came to a listener of both families, so IPv4 is shown in IPv6's form
   */
  constructor(host: SocketHost, socket: StreamSocket | null, isMapped = false) {
    super('TCPWRAP', { requireManualDestroy: true });
    this.host = host;
    this.hold = new HostHold(host);
    this.socket = socket;
    this.isMapped = isMapped;
    if (socket !== null) socket.context = this;
  }

  /** There is no file descriptor. */
  get fd(): number {
    return -1;
  }

  getAsyncId(): number {
    return this.asyncId();
  }

  /** The connection of the stack, for those who want to look inside; null before `connect`. */
  get stream(): StreamSocket | null {
    return this.socket;
  }

  // --- opening ---

  /** Chooses the local end. @returns the name of an errno, null when it may be */
  bindTo(address: string, port: number): string | null {
    const local = localEnd(this.host.stack, address, port);
    if (typeof local === 'string') return local;
    this.early = { ...this.early, ...local };
    return null;
  }

  /** @returns the name of an errno when it fails at once; else `done` is called later */
  connect(address: string, port: number, done: Completion): string | null {
    if (this.isClosing) return 'EBADF';
    if (this.socket !== null) return this.connectDone === null ? 'EISCONN' : 'EALREADY';
    const opened = openStream(this.host.stack, this.early ?? {}, address, port);
    if (typeof opened === 'string') return opened;
    this.socket = opened.socket;
    this.mappedPeer = opened.isMapped;
    this.socket.context = this;
    const keepAlive = this.early?.keepAlive;
    this.early = null;
    if (keepAlive !== undefined) keepStreamAlive(this.socket, ...keepAlive);
    this.connectDone = done;
    this.changed();
    return null;
  }

  // --- reading and writing ---

  readStart(): void {
    this.reading = true;
    this.updateHold();
    const { socket } = this;
    if (socket !== null && (socket.readableLength > 0 || socket.isReadEnded)) deliverSoon(this);
  }

  readStop(): void {
    this.reading = false;
    this.updateHold();
  }

  /** Takes what the send buffer has room for, now. @returns how many octets, or the name of an errno */
  writeNow(bytes: Uint8Array, length: number): number | string {
    const { socket } = this;
    if (socket === null || this.isClosing) return 'EBADF';
    if (!takesOctets(socket)) return this.writeFailure(socket);
    const taken = socket.write(bytes, 0, length);
    this.bytesWritten += taken;
    if (taken > 0) this.host.kick();
    return taken;
  }

  /** @returns true when all octets were taken at once; else `done` is called later. One write at a time. */
  write(chunks: readonly Uint8Array[], done: Completion): string | boolean {
    if (this.socket === null || this.isClosing) return 'EBADF';
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    this.bytesWritten += length;
    this.writeQueueSize = length;
    const waiting = new WaitingWrite(chunks, done);
    const code = this.writeSome(waiting);
    if (code !== null) return code;
    if (waiting.isDone) return true;
    this.waiting = waiting;
    this.updateHold();
    return false;
  }

  /** A FIN follows what was written. @returns the name of an errno when there is nothing to be shut */
  shutdown(done: Completion): string | null {
    if (this.socket === null || this.isClosing) return 'ENOTCONN';
    this.shutdownDone = done;
    this.updateHold();
    if (this.waiting === null) this.sendFin();
    return null;
  }

  // --- closing ---

  /** Closes in good order, or with a RST where data is unread. `done` comes later. */
  close(done?: () => void): void {
    this.end(done, false);
  }

  /** Closes with a RST. @returns the name of an errno when a FIN is under way already */
  reset(done?: () => void): string | null {
    if (this.shutdownDone !== null) return 'EINVAL';
    this.end(done, true);
    return null;
  }

  // --- state and options ---

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

  get isUnrefed(): boolean {
    return !this.isRefed;
  }

  /** Fills `out`; 0, or the negative errno of a socket that has no peer. */
  getpeername(out: SocketName): number {
    const { socket } = this;
    // To the kernel a connection in TIME-WAIT is no longer the socket's.
    if (socket === null || !isOpen(socket.state) || socket.state === TcpState.timeWait) return uvErrno('ENOTCONN');
    fillName(out, socket.remoteAddress, socket.remotePort, this.isMapped || this.mappedPeer);
    return 0;
  }

  /** Fills `out` with the local end. */
  getsockname(out: SocketName): number {
    const { socket, early } = this;
    if (socket !== null) fillName(out, socket.localAddress, socket.localPort, this.isMapped || this.mappedPeer);
    else if (early?.isV6 === undefined) return uvErrno('EBADF');
    else fillName(out, early.localAddress ?? (early.isV6 ? '::' : '0.0.0.0'), early.localPort ?? 0, false);
    return 0;
  }

  setNoDelay(isOn: boolean): number {
    if (this.socket === null) this.early = { ...this.early, noDelay: isOn };
    else if (this.socket.noDelay !== isOn) {
      this.socket.noDelay = isOn;
      this.host.kick();
    }
    return 0;
  }

  /** @param delayS idle seconds before the first probe; 0: as the stack is set */
  setKeepAlive(isOn: boolean, delayS: number): number {
    if (this.socket === null) {
      this.early = { ...this.early, keepAlive: [isOn, delayS] };
      return 0;
    }
    keepStreamAlive(this.socket, isOn, delayS);
    this.host.kick();
    return 0;
  }

  // --- news ---

  socketEvents(events: number): void {
    if (events & TOLD) deliverSoon(this);
  }

  deliver(): void {
    if (this.isClosing || this.socket === null) return;
    if (this.connectDone !== null) this.runInAsyncScope(this.tellConnected, this);
    else if (this.reading && !this.hasEnded && this.hasNews(this.socket)) this.runInAsyncScope(this.tellRead, this);
    else if (this.waiting !== null) this.runInAsyncScope(this.goOnWriting, this);
    else if (this.shutdownDone !== null) this.runInAsyncScope(this.tellShutdown, this);
  }

  private hasNews(socket: StreamSocket): boolean {
    return socket.readableLength > 0 || socket.isReadEnded;
  }

  private tellConnected(): void {
    const { socket, connectDone } = this;
    if (socket === null || connectDone === null) return;
    const { tcb, error } = socket;
    if (tcb === null || (error === null && !isOpen(tcb.state))) return;
    this.connectDone = null;
    if (error !== null) this.wasFailureTold = true;
    else deliverSoon(this);
    this.updateHold();
    connectDone(error?.code ?? null);
  }

  private tellRead(): void {
    const { socket, reader } = this;
    if (socket === null || reader === null) return;
    const available = socket.readableLength;
    if (available > 0) {
      const chunk = readChunk(socket, available, this.userBuffer);
      this.bytesRead += chunk.length;
      // The window may have opened, and there may be more, or the end.
      this.host.kick();
      if (this.hasNews(socket) || this.waiting !== null || this.shutdownDone !== null) deliverSoon(this);
      reader.handleRead(chunk, null);
      return;
    }
    this.hasEnded = true;
    this.updateHold();
    const code = socket.tcb?.rcvFinDone ? null : (socket.error?.code ?? null);
    if (code !== null) this.wasFailureTold = true;
    if (this.waiting !== null || this.shutdownDone !== null) deliverSoon(this);
    reader.handleRead(null, code);
  }

  private goOnWriting(): void {
    const { waiting } = this;
    if (waiting === null) return;
    const code = this.writeSome(waiting);
    if (code === null && !waiting.isDone) return;
    this.waiting = null;
    if (this.shutdownDone !== null && code === null) this.sendFin();
    this.updateHold();
    deliverSoon(this);
    waiting.done(code);
  }

  private tellShutdown(): void {
    const { shutdownDone } = this;
    if (shutdownDone === null) return;
    this.shutdownDone = null;
    this.updateHold();
    shutdownDone(null);
  }

  // --- inside ---

  private writeSome(waiting: WaitingWrite): string | null {
    const { socket } = this;
    if (socket === null) return 'EBADF';
    const taken = waiting.advance(socket);
    if (taken < 0) return this.writeFailure(socket);
    this.writeQueueSize -= taken;
    if (taken > 0) this.host.kick();
    return null;
  }

  /** The reason is told once, from then on the pipe is broken. */
  private writeFailure(socket: StreamSocket): string {
    const code = this.wasFailureTold ? null : (socket.error?.code ?? null);
    this.wasFailureTold = true;
    return code ?? 'EPIPE';
  }

  private sendFin(): void {
    this.socket?.shutdownWrite();
    this.changed();
    deliverSoon(this);
  }

  private end(done: (() => void) | undefined, isReset: boolean): void {
    if (this.isClosing) return;
    this.isClosing = true;
    const { socket, waiting } = this;
    if (socket !== null) {
      socket.context = NOBODY;
      this.closeStream(socket, isReset);
    }
    this.reading = false;
    this.connectDone = null;
    this.shutdownDone = null;
    this.waiting = null;
    this.reader = null;
    this.updateHold();
    setImmediate(() => {
      this.runInAsyncScope(() => {
        try {
          // What was under way is over; whether it failed, nobody can say.
          waiting?.done(null);
        } finally {
          done?.();
        }
      });
      this.emitDestroy();
    });
  }

  private closeStream(socket: StreamSocket, isReset: boolean): void {
    const close = (): void => {
      if (isReset) socket.abort();
      else socket.close();
      this.host.kick();
    };
    // A RST drops what waits to be sent, a FIN too; to a kernel it would have been handed at once.
    const isAbrupt = isReset || socket.readableLength > 0;
    if (isAbrupt && socket.tcb !== null && (socket.tcb.pending & Pending.data) !== 0) {
      this.host.kick();
      setImmediate(close);
    } else {
      close();
    }
  }

  private changed(): void {
    this.updateHold();
    this.host.kick();
  }

  private updateHold(): void {
    this.hold.update(
      this.isRefed &&
        !this.isClosing &&
        ((this.reading && !this.hasEnded && this.socket !== null) ||
          this.connectDone !== null ||
          this.waiting !== null ||
          this.shutdownDone !== null),
    );
  }
}

const TOLD =
  SocketEvent.readable |
  SocketEvent.writable |
  SocketEvent.connected |
  SocketEvent.readEnd |
  SocketEvent.error |
  SocketEvent.closed;
