/**
 * A stream socket: one TCP connection as its user sees it (RFC 9293 section 3.10). Sans-IO: nothing blocks, nothing calls
 * back; `takeEvents` says what happened. Frames go out when the driver next asks the stack.
 */
import { checkInteger, StateError } from '../base/errors.ts';
import type { Stack } from '../stack/stack.ts';
import { AoConnection, type AoKeys } from '../tcp/auth/ao-connection.ts';
import { switchCongestionControl } from '../tcp/congestion/index.ts';
import { initialWindow } from '../tcp/congestion/initial-window.ts';
import { attemptFastOpen } from '../tcp/fast-open/client.ts';
import { urgentRemaining } from '../tcp/input/urgent.ts';
import { fixReceiveLimit } from '../tcp/input/window.ts';
import { fixSendLimit, wakeWriter, writeRoom } from '../tcp/output/send-tuning.ts';
import { TcpState, type TcpStateName, tcpStateName } from '../tcp/state.ts';
import type { KeepAliveOptions } from '../tcp/tcb/keep-alive.ts';
import { Pending, type Tcb } from '../tcp/tcb/tcb.ts';
import { fillTcpInfo, TcpInfo } from '../tcp/tcp-info.ts';
import { setKeepAlive } from '../tcp/timeouts.ts';
import * as calls from '../tcp/user-calls.ts';
import { advertiseUserTimeout, setUserTimeout, USER_TIMEOUT_MAX } from '../tcp/user-timeout.ts';
import { type ConnectOptions, FailedOpen, planConnect } from './connect.ts';
import { checkCongestionControl, checkOption, checkRange } from './option-ranges.ts';
import { type SocketError, type SocketErrorCode, SocketEvent, socketError } from './socket-event.ts';

export type { ConnectOptions } from './connect.ts';

/** One TCP connection. Made by `StreamSocket.connect` or `ListenSocket.accept`. */
export class StreamSocket {
  readonly stack: Stack;
  /** The connection; null when it could not even be started (`error` says why). */
  readonly tcb: Tcb | null;
  /**
   * Yours: whatever this connection means to the program that holds it; a `SocketListener` is told its events. Plain data
   * where snapshots are taken.
   */
  context: object | null = null;
  private birthError: SocketErrorCode | null = null;

  /** Wraps an accepted connection; use `StreamSocket.connect` or `ListenSocket.accept`. */
  constructor(stack: Stack, tcb: Tcb | null) {
    this.stack = stack;
    this.tcb = tcb;
    if (tcb === null) return;
    tcb.user = this;
    if (tcb.events !== 0) stack.events.push(tcb);
  }

  /**
   * OPEN, active: sends a SYN. A missing route or port is told as an `error` event, as connect(2) returns it.
   * @throws ArgumentError for arguments that cannot be
   */
  static connect(stack: Stack, options: ConnectOptions): StreamSocket {
    const plan = planConnect(stack, options);
    if (typeof plan === 'string') {
      const failed = new StreamSocket(stack, null);
      failed.birthError = plan;
      stack.events.push(new FailedOpen(failed));
      return failed;
    }
    const { tcp } = stack;
    tcp.releaseTimeWait(plan.key);
    const tcb = tcp.create(plan.key, plan.path, null);
    tcb.ipOptions = plan.ipOptions;
    tcb.auth = plan.auth;
    const socket = new StreamSocket(stack, tcb);
    if (options.noDelay !== undefined) socket.noDelay = options.noDelay;
    if (options.receiveBufferSize !== undefined) socket.receiveBufferSize = options.receiveBufferSize;
    if (options.sendBufferSize !== undefined) socket.sendBufferSize = options.sendBufferSize;
    if (options.notsentLowat !== undefined) socket.notsentLowat = options.notsentLowat;
    if (options.congestionControl !== undefined) socket.congestionControl = options.congestionControl;
    if (options.trafficClass !== undefined) socket.trafficClass = options.trafficClass;
    if (options.hopLimit !== undefined) socket.hopLimit = options.hopLimit;
    if (options.userTimeoutOption !== undefined) socket.userTimeoutOption = options.userTimeoutOption;
    if (options.fastOpen || options.fastOpenNoCookie) attemptFastOpen(tcp, tcb, options.fastOpenNoCookie ?? false);
    calls.openActively(tcp, tcb, options.data ?? null);
    return socket;
  }

  // --- SEND and RECEIVE ---

  /**
   * SEND: takes octets into the send buffer.
   * @returns how many were taken: 0 to `length`; `writable` tells when a full buffer has room again
   * @throws StateError after `shutdownWrite`, `close`, or the end of the connection
   */
  write(bytes: Uint8Array, offset = 0, length = bytes.length - offset): number {
    checkRange(bytes, offset, length);
    const taken = this.tcb === null ? -1 : calls.send(this.stack.tcp, this.tcb, bytes, offset, length, false);
    if (taken < 0) throw new StateError(`EPIPE: this end of the connection is closed for writing (${this.stateName})`);
    return taken;
  }

  /** As `write`; the last octet taken is the last urgent one (RFC 9293 section 3.8.5). */
  writeUrgent(bytes: Uint8Array): number {
    const taken = this.tcb === null ? -1 : calls.send(this.stack.tcp, this.tcb, bytes, 0, bytes.length, true);
    if (taken < 0) throw new StateError(`EPIPE: this end of the connection is closed for writing (${this.stateName})`);
    return taken;
  }

  /** RECEIVE: moves octets out of the receive buffer. @returns how many, 0 when there are none now */
  read(into: Uint8Array, offset = 0, length = into.length - offset): number {
    checkRange(into, offset, length);
    return this.tcb === null ? 0 : calls.receive(this.stack.tcp, this.tcb, into, offset, length);
  }

  /** Copies octets without taking them; `at` counts from the next to be read. */
  peek(into: Uint8Array, offset = 0, length = into.length - offset, at = 0): number {
    checkRange(into, offset, length);
    checkInteger('at', at, 0, 2 ** 30);
    return this.tcb === null ? 0 : calls.peek(this.stack.tcp, this.tcb, at, into.subarray(offset, offset + length));
  }

  /** Drops up to `count` octets unread. */
  discard(count: number): void {
    checkInteger('count', count, 0, 2 ** 30);
    if (this.tcb !== null) calls.discard(this.stack.tcp, this.tcb, count);
  }

  /** The out-of-band octet (needs `urgentOutOfBand`), -1 when there is none. */
  readUrgent(): number {
    return this.tcb === null ? -1 : calls.receiveUrgentOctet(this.tcb);
  }

  /** Octets ready to be read. */
  get readableLength(): number {
    return this.tcb?.receiveBuffer?.length ?? 0;
  }

  /** Octets `write` takes now: the room in the send buffer, as far as `notsentLowat` lets it be used. */
  get writableLength(): number {
    const { tcb, stack } = this;
    return tcb === null || tcb.finQueued || tcb.state === TcpState.closed ? 0 : writeRoom(stack.tcp.settings, tcb);
  }

  /** Octets written and not yet acknowledged. */
  get unacknowledgedLength(): number {
    return this.tcb?.sendBuffer?.length ?? 0;
  }

  /** The peer's FIN is in order and everything before it was read. */
  get isReadEnded(): boolean {
    return (
      this.tcb === null || (this.readableLength === 0 && (this.tcb.rcvFinDone || this.tcb.state === TcpState.closed))
    );
  }

  /** Octets up to the end of the peer's urgent data, 0 when there is none. */
  get urgentLength(): number {
    return this.tcb === null ? 0 : urgentRemaining(this.tcb);
  }

  // --- CLOSE and ABORT ---

  /** Closes our direction: a FIN follows the data. Reading goes on. */
  shutdownWrite(): void {
    if (this.tcb !== null) calls.shutdownSend(this.stack.tcp, this.tcb);
  }

  /** What the peer still sends is acknowledged and thrown away. */
  shutdownRead(): void {
    if (this.tcb === null) return;
    this.tcb.isReadShut = true;
    this.discard(this.readableLength);
  }

  /** CLOSE: done with both directions; data already written is still sent. With unread data the peer gets a RST. */
  close(): void {
    if (this.tcb !== null) calls.close(this.stack.tcp, this.tcb);
  }

  /** ABORT: a RST, everything is dropped. */
  abort(): void {
    if (this.tcb !== null) calls.abort(this.stack.tcp, this.tcb);
  }

  // --- STATUS ---

  /** A TcpState as a small integer; `stateName` for people. */
  get state(): number {
    return this.tcb?.state ?? TcpState.closed;
  }

  /** As RFC 9293 writes it: `ESTABLISHED`. */
  get stateName(): TcpStateName {
    return tcpStateName(this.state);
  }

  /** Why the connection failed, or null. */
  get error(): SocketError | null {
    const code = this.birthError ?? this.tcb?.error ?? null;
    return code === null ? null : socketError(code);
  }

  /** The last trouble the connection survived; reading clears it. */
  takeSoftError(): SocketError | null {
    const code = this.tcb?.softError ?? null;
    if (this.tcb !== null) this.tcb.softError = null;
    return code === null ? null : socketError(code);
  }

  /** TCPI_OPT_SYN_DATA: the octets that rode on our SYN were acknowledged by its answer: Fast Open has saved a round trip. */
  get isSynDataAcked(): boolean {
    return this.tcb?.isSynDataAcked ?? false;
  }

  /** Our address as text; empty, and ports 0, when the connection could not be started. */
  get localAddress(): string {
    return this.tcb?.key.localAddress.toString() ?? '';
  }

  get localPort(): number {
    return this.tcb?.key.localPort ?? 0;
  }

  get remoteAddress(): string {
    return this.tcb?.key.remoteAddress.toString() ?? '';
  }

  get remotePort(): number {
    return this.tcb?.key.remotePort ?? 0;
  }

  /**
   * The connection in figures, as Linux's TCP_INFO has them; cheap enough to be asked for with every segment.
   * @param into a record to fill again instead of making one
   */
  tcpInfo(into: TcpInfo = new TcpInfo()): TcpInfo {
    const { tcb, stack } = this;
    return tcb === null ? into : fillTcpInfo(stack.tcp, tcb, into, stack.clock.nowUs);
  }

  /** SocketEvent bits that happened since the last call. */
  takeEvents(): number {
    if (this.tcb === null) return SocketEvent.error | SocketEvent.closed;
    const bits = this.tcb.events;
    this.tcb.events = 0;
    return bits;
  }

  // --- options ---

  /** TCP_NODELAY. RFC 9293 §3.7.4 MUST-17: Nagle's algorithm can be switched off. */
  get noDelay(): boolean {
    return this.tcb?.noDelay ?? false;
  }

  set noDelay(on: boolean) {
    this.change((tcb) => calls.setNoDelay(tcb, on));
  }

  /** TCP_CORK: partial segments wait up to 200 ms. */
  get cork(): boolean {
    return this.tcb?.cork ?? false;
  }

  set cork(on: boolean) {
    this.change((tcb) => calls.setCork(tcb, on));
  }

  /** Keep-alive as it is set, null while it is off. */
  get keepAlive(): KeepAliveOptions | null {
    return this.tcb?.keepAlive ?? null;
  }

  /** SO_KEEPALIVE with TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT; null switches it off. */
  setKeepAlive(options: Partial<KeepAliveOptions> | null): void {
    const { tcb, stack } = this;
    if (tcb === null) return;
    const { settings } = stack.tcp;
    if (options === null) {
      setKeepAlive(stack.tcp, tcb, null);
      return;
    }
    setKeepAlive(stack.tcp, tcb, {
      idleMs: checkInteger('idleMs', options.idleMs ?? settings.keepalive_time * 1000, 1, 32_767_000),
      intervalMs: checkInteger('intervalMs', options.intervalMs ?? settings.keepalive_intvl * 1000, 1, 32_767_000),
      probes: checkInteger('probes', options.probes ?? settings.keepalive_probes, 1, 127),
    });
  }

  /** SO_LINGER in milliseconds; -1 off, 0: close sends a RST. */
  set lingerMs(ms: number) {
    checkInteger('lingerMs', ms, -1, 2 ** 27);
    if (this.tcb !== null) this.tcb.lingerMs = ms;
  }

  /** TCP_USER_TIMEOUT in milliseconds, 0 off. RFC 9293 §3.8.3 MUST-21: R2 is the user's to set. */
  set userTimeoutMs(ms: number) {
    checkInteger('userTimeoutMs', ms, 0, 2 ** 27);
    if (this.tcb !== null) setUserTimeout(this.stack.tcp, this.tcb, ms);
  }

  /** The user timeout in force, the peer's advice included; 0: as many retransmissions as the settings say. */
  get userTimeoutMs(): number {
    return this.tcb?.userTimeoutMs ?? 0;
  }

  /** Seconds advertised to the peer by the user timeout option (RFC 5482); 0: the option is neither sent nor heeded. */
  get userTimeoutOption(): number {
    return this.tcb?.userTimeout?.advertisedSeconds ?? 0;
  }

  /** Seconds, 0 to 1,966,020; beyond 32,767 whole minutes. Default: setting user_timeout_option. @throws ArgumentError */
  set userTimeoutOption(seconds: number) {
    checkInteger('userTimeoutOption', seconds, 0, USER_TIMEOUT_MAX);
    if (this.tcb !== null) advertiseUserTimeout(this.stack.tcp, this.tcb, seconds);
  }

  /** Name of the congestion control in use. */
  get congestionControl(): string {
    return this.tcb?.congestion.name ?? '';
  }

  /** TCP_CONGESTION: another control from now on, of `CONGESTION_CONTROLS`. @throws ArgumentError */
  set congestionControl(name: string) {
    checkCongestionControl(name);
    this.change((tcb) => {
      switchCongestionControl(this.stack.tcp, tcb, name, initialWindow(this.stack.tcp, tcb));
    });
  }

  // RFC 9293 §3.9.1.9 MUST-48, SHLD-21: may change under way.
  /** DSCP and ECN of what is sent from now on, 0 to 255. */
  set trafficClass(value: number) {
    checkOption('trafficClass', value);
    if (this.tcb !== null) this.tcb.trafficClass = value;
  }

  // RFC 9293 §3.9.2 MUST-49: the user's to set.
  /** TTL or hop limit, 1 to 255. */
  set hopLimit(value: number) {
    checkOption('hopLimit', value);
    if (this.tcb !== null) this.tcb.hopLimit = value;
  }

  /** Bytes the window may offer now; tuning lets it grow. */
  get receiveBufferSize(): number {
    const { tcb } = this;
    return tcb === null ? 0 : (tcb.receiveAccount?.space ?? 2 * tcb.receiveLimit) / 2;
  }

  /** SO_RCVBUF in bytes, 256 to 2^30 - 1: ends tuning. A window once offered is not taken back. @throws ArgumentError */
  set receiveBufferSize(bytes: number) {
    checkOption('receiveBufferSize', bytes);
    if (this.tcb !== null) fixReceiveLimit(this.tcb, bytes);
  }

  /** Octets the send buffer holds now: tuning lets it grow; under `linux` twice what was set, as getsockopt tells. */
  get sendBufferSize(): number {
    return this.tcb?.sendLimit ?? 0;
  }

  /** SO_SNDBUF in bytes, 256 to 2^30 - 1: ends tuning; `linux` doubles it. Drops nothing already held. @throws ArgumentError */
  set sendBufferSize(bytes: number) {
    checkOption('sendBufferSize', bytes);
    if (this.tcb !== null) fixSendLimit(this.stack.tcp.settings, this.tcb, bytes);
  }

  /** TCP_NOTSENT_LOWAT as it was set, bytes; 0: the setting notsent_lowat counts. */
  get notsentLowat(): number {
    return this.tcb?.notsentLowat ?? 0;
  }

  /**
   * Bytes, 0 to 2^32 - 1, that may wait unsent: `write` takes so much, filled up to a whole segment, and `writable` comes when less
   * than half of it waits. Data stays with the program until it can go. @throws ArgumentError
   */
  set notsentLowat(bytes: number) {
    checkOption('notsentLowat', bytes);
    if (this.tcb === null) return;
    this.tcb.notsentLowat = bytes;
    wakeWriter(this.stack.tcp, this.tcb);
  }

  /** Read the last urgent octet apart (BSD) instead of in line. */
  set urgentOutOfBand(on: boolean) {
    if (this.tcb !== null) this.tcb.isUrgentOutOfBand = on;
  }

  /** RFC 9293 §3.9.1.8 SHLD-20: soft errors need not be reported. */
  set softErrorReports(on: boolean) {
    if (this.tcb !== null) this.tcb.softErrorReports = on;
  }

  /** Keys of a connection signed with TCP-AO, null for any other: for changing keys while it lives. */
  get aoKeys(): AoKeys | null {
    const auth = this.tcb?.auth;
    return auth instanceof AoConnection ? auth : null;
  }

  private change(apply: (tcb: Tcb) => void): void {
    if (this.tcb === null) return;
    apply(this.tcb);
    this.tcb.pending |= Pending.data;
    if (this.tcb.state !== TcpState.closed) this.stack.tcp.scheduleOutput(this.tcb);
  }
}
