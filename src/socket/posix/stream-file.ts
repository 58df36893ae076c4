/**
 * A TCP socket as a descriptor sees it: unconnected, bound, listening, connecting, connected, failed. The stack's own sockets
 * exist only from listen(2) and connect(2) on; before that there are options and a name.
 */
import type { Stack } from '../../stack/stack.ts';
import { FastOpenBit } from '../../tcp/fast-open/fast-open.ts';
import { isUnderPressure } from '../../tcp/input/receive-account.ts';
import { isWriterReady } from '../../tcp/output/send-tuning.ts';
import { seqGt } from '../../tcp/seq.ts';
import { TcpState } from '../../tcp/state.ts';
import { TcpInfo } from '../../tcp/tcp-info.ts';
import { ListenSocket } from '../listen-socket.ts';
import { StreamSocket } from '../stream-socket.ts';
import { CloseCall } from './close-call.ts';
import { POSIX } from './constants.ts';
import { type Errno, errnoOf } from './errno.ts';
import { keysFor } from './md5-keys.ts';
import { type FileKeeper, OpenFile, READABLE, WRITABLE } from './open-file.ts';
import type { SocketName } from './posix-call.ts';
import { anyAddress } from './socket-name.ts';
import { SocketOptions } from './socket-options.ts';
import { applyAll, applyOption, applyToListener, applyToSyn, connectOptions } from './stream-apply.ts';

/** What getsockopt(TCP_MAXSEG) says before anything is known (tcp(7)). */
const MAXSEG_UNKNOWN = 536;

/** States in which a connection that is given up is reset, or was not there yet. */
const LOST_STATES: ReadonlySet<number> = new Set([
  ...[TcpState.synSent, TcpState.synReceived, TcpState.established],
  ...[TcpState.finWait1, TcpState.finWait2, TcpState.closeWait],
]);

export class StreamFile extends OpenFile {
  readonly stack: Stack;
  readonly domain: number;
  options: SocketOptions;
  /** What bind(2) chose, in the stack's form. */
  bound: SocketName | null = null;
  listening: ListenSocket | null = null;
  connection: StreamSocket | null = null;
  /** connect(2) was told EINPROGRESS and has not been asked again. */
  isConnecting = false;
  /** The connection's error was reported: it is told once. */
  private isErrorTaken = false;
  /** An error that is the descriptor's, with no connection behind it. */
  private ownError: Errno | null = null;
  /** Octets of a segment of the connection before, 0 when there was none. */
  private formerMss = 0;
  isReadShut = false;
  isWriteShut = false;

  constructor(keeper: FileKeeper, stack: Stack, domain: number, options = new SocketOptions()) {
    super(keeper);
    this.stack = stack;
    this.domain = domain;
    this.options = options;
  }

  /** The present, the stack's microseconds. */
  get nowUs(): number {
    return this.keeper.nowUs;
  }

  // --- states ---

  /** Handshake done, and not failed. */
  get isConnected(): boolean {
    const { connection } = this;
    if (connection === null) return false;
    const { state, tcb } = connection;
    return state >= TcpState.established || (state === TcpState.synReceived && tcb?.isFastOpened === true);
  }

  /** A connection that is not over. */
  get isInUse(): boolean {
    return this.connection !== null && !isOver(this.connection);
  }

  /** A handshake is under way. */
  get isOpening(): boolean {
    const { connection } = this;
    if (connection === null) return false;
    return connection.state === TcpState.synSent || (connection.state === TcpState.synReceived && !this.isConnected);
  }

  /** TCP_FASTOPEN_CONNECT: the SYN waits for the first write. */
  get isDeferred(): boolean {
    return this.connection?.tcb?.fastOpen?.isDeferred ?? false;
  }

  /** The error nobody was told yet. */
  get error(): Errno | null {
    if (this.ownError !== null) return this.ownError;
    return this.isErrorTaken ? null : errnoOf(this.connection?.error?.code ?? null);
  }

  /** The error, which is forgotten with that. */
  takeError(): Errno | null {
    const { error } = this;
    if (this.ownError !== null) this.ownError = null;
    else if (error !== null) this.isErrorTaken = true;
    return error;
  }

  /** SO_ERROR: the error, or else the soft one; told once. Time-outs are no news on Linux before the last one. */
  takeAnyError(): Errno | null {
    const soft = this.connection?.takeSoftError()?.code ?? null;
    return this.takeError() ?? (soft === 'ETIMEDOUT' ? null : errnoOf(soft));
  }

  override readiness(): number {
    const { listening, connection } = this;
    if (listening !== null) return listening.listener.acceptQueue.length > 0 ? READABLE : 0;
    if (connection === null) {
      const isReadShut = this.isReadShut ? READABLE | POSIX.POLLRDHUP : 0;
      return POSIX.POLLHUP | WRITABLE | isReadShut | (this.error === null ? 0 : POSIX.POLLERR);
    }
    if (this.isOpening) return this.isDeferred ? WRITABLE : 0;
    const isClosed = isOver(connection);
    const isReadOver = this.isReadShut || isClosed || (connection.tcb?.rcvFinDone ?? true);
    let bits = 0;
    if (isClosed || (isReadOver && this.isWriteShut)) bits |= POSIX.POLLHUP;
    if (isReadOver) bits |= READABLE | POSIX.POLLRDHUP;
    else if (this.isReaderReady()) bits |= READABLE;
    if (this.isWriteShut || isClosed || this.isWriterReady()) bits |= WRITABLE;
    if (this.hasUrgent()) bits |= POSIX.POLLPRI;
    if (this.error !== null) bits |= POSIX.POLLERR;
    return bits;
  }

  /** SO_RCVLOWAT is reached, or no more will come before something is read. An urgent octet counts until it is the next, if it is read apart. */
  private isReaderReady(): boolean {
    const length = this.connection?.readableLength ?? 0;
    const target = this.options.receiveLowat + (this.isAtMark && this.options.oobInline === 0 ? 1 : 0);
    if (length === 0 || length >= target) return length > 0;
    const tcb = this.connection?.tcb ?? null;
    return tcb !== null && (tcb.rcvWnd <= tcb.receiveMss || isUnderPressure(tcb.receiveAccount));
  }

  private isWriterReady(): boolean {
    const tcb = this.connection?.tcb ?? null;
    if (tcb === null || isWriterReady(this.stack.tcp.settings, tcb)) return true;
    // Whoever asks and is told no is to be told when that changes.
    tcb.isWriteBlocked = true;
    return false;
  }

  /** What is read next is the urgent octet, or behind one that was read apart (SIOCATMARK). */
  get isAtMark(): boolean {
    return this.connection?.urgentLength === 1;
  }

  private hasUrgent(): boolean {
    const tcb = this.connection?.tcb ?? null;
    const urgent = tcb?.urgent ?? null;
    if (tcb === null || urgent === null || !urgent.isReceiving || urgent.isOctetTaken) return false;
    // Announced is not there yet.
    return !seqGt(urgent.rcvUp, tcb.rcvNxt);
  }

  // --- what calls change ---

  /** listen(2). */
  listen(backlog: number): Errno | null {
    // Also of a connection that is over, as long as connect(2) has not told its user.
    if (this.connection !== null) return 'EINVAL';
    if (this.listening !== null) {
      this.listening.listener.setBacklog(this.stack.tcp.settings, Math.max(0, backlog));
      return null;
    }
    const { options, bound } = this;
    try {
      this.listening = new ListenSocket(this.stack, {
        address: bound?.address ?? anyAddress(this.domain),
        port: bound?.port ?? 0,
        ipv6Only: options.v6Only !== 0,
        backlog: Math.max(0, backlog),
        fastOpen: options.fastOpenQueue,
        fastOpenNoCookie: options.fastOpenNoCookie !== 0,
        ...(options.md5Keys.length > 0 && { auth: { md5: options.md5Keys } }),
        ...(options.fastOpenKeys.length > 0 && { fastOpenKeys: options.fastOpenKeys }),
      });
    } catch (error) {
      return String(error).includes('EADDRNOTAVAIL') ? 'EADDRNOTAVAIL' : 'EADDRINUSE';
    }
    const { fastopen, somaxconn } = this.stack.tcp.settings;
    const isOfAll = (fastopen & FastOpenBit.allListeners) !== 0 && (fastopen & FastOpenBit.server) !== 0;
    if (isOfAll && options.fastOpenQueue === 0) options.fastOpenQueue = Math.max(0, Math.min(backlog, somaxconn));
    // Linux: a socket that listens begins anew with this one.
    options.quickAck = 1;
    applyToListener(this.listening.listener, options);
    this.listening.context = this;
    this.connection = null;
    return null;
  }

  /** An accepted connection of this listener, or null. */
  acceptOne(): StreamFile | null {
    const socket = this.listening?.accept() ?? null;
    if (socket === null) return null;
    const file = new StreamFile(this.keeper, this.stack, this.domain, this.options.inherit());
    file.take(socket);
    applyAll(socket, file.options);
    return file;
  }

  /** connect(2): begins. @param early MSG_FASTOPEN */
  open(peer: SocketName, early: boolean): Errno | null {
    const auth = keysFor(this.options.md5Keys, peer.address);
    const socket = StreamSocket.connect(this.stack, {
      remoteAddress: peer.address,
      remotePort: peer.port,
      ...(this.bound !== null && { localPort: this.bound.port }),
      ...(this.bound !== null &&
        this.bound.address !== anyAddress(this.domain) && { localAddress: this.bound.address }),
      ...connectOptions(this.options, early),
      ...(auth !== null && { auth }),
    });
    if (socket.tcb === null) {
      const code = socket.error?.code ?? 'ENETUNREACH';
      // To Linux there is no way to a multicast or broadcast address.
      return errnoOf(code === 'EACCES' ? 'ENETUNREACH' : code);
    }
    this.take(socket);
    applyAll(socket, this.options);
    applyToSyn(socket, this.options);
    return null;
  }

  /** AF_UNSPEC, or an attempt that was shut down: as it was before, but for the next call, which is told. */
  disconnect(): void {
    const { connection } = this;
    const isLoss = connection !== null && LOST_STATES.has(connection.state);
    this.unlisten();
    this.dissolve();
    if (isLoss) this.ownError = 'ECONNRESET';
  }

  /** How the attempt of connect(2) has ended; who is told of a failure may try again. */
  concludeConnect(): Errno | null {
    this.isConnecting = false;
    if (this.isConnected) return null;
    const errno = this.takeError() ?? 'ECONNABORTED';
    this.dissolve();
    return errno;
  }

  /** A failed attempt: as it was before. */
  dissolve(): void {
    const { connection } = this;
    this.formerMss = connection?.tcpInfo().sndMss || this.formerMss;
    this.connection = null;
    this.isConnecting = false;
    this.isReadShut = false;
    this.isWriteShut = false;
    if (connection !== null) {
      connection.context = null;
      connection.abort();
    }
    this.wake();
  }

  private take(socket: StreamSocket): void {
    this.connection = socket;
    this.isErrorTaken = false;
    socket.context = this;
    socket.urgentOutOfBand = this.options.oobInline === 0;
  }

  /** An option has changed: tells the socket, when there is one. */
  optionChanged(key: keyof SocketOptions): void {
    const { connection, listening, options } = this;
    if (listening !== null) applyToListener(listening.listener, options);
    if (connection !== null) applyOption(connection, options, key);
  }

  /** Options that can be set in some states only (tcp(7)). */
  refuses(key: keyof SocketOptions, value: number): Errno | null {
    switch (key) {
      case 'fastOpenConnect':
        if ((this.stack.tcp.settings.fastopen & FastOpenBit.client) === 0) return 'EOPNOTSUPP';
        return !this.isInUse && this.listening === null ? null : 'EINVAL';
      case 'fastOpenQueue':
      case 'fastOpenNoCookie':
        return this.isInUse ? 'EINVAL' : null;
      case 'windowClamp':
        return value === 0 && (this.isInUse || this.listening !== null) ? 'EINVAL' : null;
      case 'v6Only':
        return this.bound !== null || this.listening !== null || this.isInUse ? 'EINVAL' : null;
      default:
        return null;
    }
  }

  /** shutdown(2). */
  shutdown(how: number): Errno | null {
    const { connection, listening } = this;
    if (listening !== null) {
      if (how !== POSIX.SHUT_WR) this.unlisten();
      return null;
    }
    if (this.isOpening && !this.isDeferred) {
      this.disconnect();
      return null;
    }
    // Whoever has not asked how connect(2) ended knows by now; and what is shut is so without a connection, too.
    if (this.isConnected) this.isConnecting = false;
    this.isReadShut ||= how !== POSIX.SHUT_WR;
    this.isWriteShut ||= how !== POSIX.SHUT_RD;
    if (connection === null || isOver(connection)) return 'ENOTCONN';
    if (how !== POSIX.SHUT_WR && connection.tcb !== null) connection.tcb.isReadDone = true;
    if (how !== POSIX.SHUT_RD) connection.shutdownWrite();
    return null;
  }

  private unlisten(): void {
    this.listening?.close();
    this.listening = null;
  }

  override release(): CloseCall | null {
    this.unlisten();
    const { connection, options } = this;
    if (connection === null) return null;
    if (options.isLingering && options.lingerSeconds === 0) connection.lingerMs = 0;
    // O_NONBLOCK changes nothing: close(2) waits all the same.
    const mayLinger = options.isLingering && options.lingerSeconds > 0;
    connection.close();
    if (!mayLinger) return null;
    const call = new CloseCall(connection);
    call.deadlineUs = this.nowUs + options.lingerSeconds * 1e6;
    return call;
  }

  // --- what options read ---

  get sendBufferSize(): number {
    const { connection, options, stack } = this;
    if (connection?.tcb != null) return connection.sendBufferSize;
    return options.sendBuffer === 0 ? stack.tcp.settings.wmem_default : 2 * options.sendBuffer;
  }

  /** Doubled, as socket(7) says. */
  get receiveBufferSize(): number {
    const { connection, options, stack } = this;
    if (options.receiveBuffer !== 0) return 2 * options.receiveBuffer;
    // What the first window is made of is seen when there is one.
    if (connection?.tcb != null && !this.isOpening) return 2 * connection.receiveBufferSize;
    return 2 * Math.max(stack.tcp.settings.rmem_default, options.receiveLowat);
  }

  get maxSegmentSize(): number {
    const { options, listening, isInUse } = this;
    if ((!isInUse || listening !== null) && options.maxSegment !== 0) return options.maxSegment;
    return this.connection?.tcpInfo().sndMss || this.formerMss || MAXSEG_UNKNOWN;
  }

  /** TCP_SAVED_SYN: told once, to whoever has room for it. */
  takeSavedSyn(room: number | undefined): Uint8Array | { readonly errno: Errno } {
    const rare = this.connection?.tcb?.rare ?? null;
    const syn = rare?.savedSyn ?? new Uint8Array(0);
    if (room !== undefined && room < syn.length) return { errno: 'EINVAL' };
    if (rare !== null) rare.savedSyn = null;
    return syn;
  }

  tcpInfo(): TcpInfo {
    if (this.connection !== null) return this.connection.tcpInfo();
    const info = new TcpInfo();
    if (this.listening !== null) info.state = 'LISTEN';
    return info;
  }
}

/** No connection any more, or only what is left of one. */
function isOver(connection: StreamSocket): boolean {
  return connection.state === TcpState.closed || connection.state === TcpState.timeWait;
}
