/**
 * `connect()` as WinterTC's Sockets API defines it (https://sockets-api.proposal.wintertc.org), over a stack of ours. What the
 * proposal leaves open: aborting `writable` resets the connection, so that the peer does not take a part for the whole.
 */
import type { SocketError as Failure } from '../socket/socket-event.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import { Deferred } from './deferred.ts';
import { endpointText, resolve, socketHostOf, type WebHost } from './host.ts';
import { StreamConnection } from './stream-connection.ts';

/** `SocketError` of the proposal: a TypeError whose message starts with `SocketError: `. */
export class SocketError extends TypeError {
  override readonly name = 'SocketError';
  /** An errno name where the network or the peer is the cause (`ECONNREFUSED`, `ENOTFOUND`), else empty. */
  readonly code: string;

  constructor(message: string, options: { readonly code?: string; readonly cause?: unknown } = {}) {
    super(`SocketError: ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? '';
  }
}

/** One end of a connection. */
export interface SocketAddress {
  /** A name the host knows, or an IP address. */
  readonly hostname: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** When TLS starts, in the words of the sockets API. */
export type SecureTransportKind = 'off' | 'on' | 'starttls';

/** Options of `connect`, in the words of the sockets API. */
export interface SocketOptions {
  /** Default `off`. `on` and `starttls` need the `tls` hook of `createConnect`. */
  readonly secureTransport?: SecureTransportKind;
  /** False (default): our direction is closed when the peer's end was read. */
  readonly allowHalfOpen?: boolean;
  /** Server name for TLS; default the host name. */
  readonly sni?: string;
  /** Protocols to offer by ALPN. */
  readonly alpn?: readonly string[];
}

/** What `opened` of a socket gives. */
export interface SocketInfo {
  /** `address:port` */
  readonly remoteAddress: string | null;
  /** `address:port` */
  readonly localAddress: string | null;
  readonly alpn: string | null;
}

/** Two streams of octets. */
export interface Duplex {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Speaks TLS over a plain connection; usable at once, `opened` tells of the handshake. */
export type TlsHook = (
  plain: Duplex,
  options: { readonly serverName: string; readonly alpn: readonly string[] },
) => Duplex & { readonly opened: Promise<{ readonly alpn: string | null }> };

/** What `createConnect` is given besides the host. */
export interface CreateConnectOptions {
  /** Without it every kind of secure transport is refused. */
  readonly tls?: TlsHook;
}

/** `connect` of the proposal. @throws SocketError for an address or option that cannot be */
export type Connect = (address: string | SocketAddress, options?: SocketOptions) => Socket;

/** Makes the `connect` of a host. Sockets run as soon as they are made; a simulated network needs no `run`. */
export function createConnect(host: WebHost, options: CreateConnectOptions = {}): Connect {
  const socketHost = socketHostOf(host);
  return (address, socketOptions = {}) => {
    const target = parseAddress(address);
    checkSecurity(socketOptions, options.tls);
    return new Socket(socketHost, target, socketOptions, options.tls ?? null, null);
  };
}

/** A connection. Its streams may be used at once; writes wait for the handshake. Made by `connect`. */
export class Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Rejected with SocketError, or the reason of `close`, when there will be no connection. */
  readonly opened: Promise<SocketInfo>;
  /** Fulfilled by `close` and, without `allowHalfOpen`, when the peer's end was read; rejected with SocketError. */
  readonly closed: Promise<void>;
  readonly secureTransport: SecureTransportKind;
  private readonly host: SocketHost;
  private readonly target: SocketAddress;
  private readonly options: SocketOptions;
  private readonly tls: TlsHook | null;
  private readonly connection: StreamConnection;
  private readonly closing = new Deferred<void>();
  private isUpgraded = false;

  /** @internal `plain` is the connection a secure socket takes over. */
  constructor(
    host: SocketHost,
    target: SocketAddress,
    options: SocketOptions,
    tls: TlsHook | null,
    plain: StreamConnection | null,
  ) {
    this.host = host;
    this.target = target;
    this.options = options;
    this.tls = tls;
    this.secureTransport = options.secureTransport ?? 'off';
    this.connection = plain ?? this.open();
    this.closed = this.closing.promise;
    this.connection.ended.catch((error) => this.closing.reject(error));
    const isSecure = tls !== null && (plain !== null || this.secureTransport === 'on');
    if (isSecure) {
      const serverName = options.sni ?? target.hostname;
      const secured = tls(this.connection, { serverName, alpn: options.alpn ?? [] });
      this.readable = secured.readable;
      this.writable = secured.writable;
      this.opened = secured.opened.then(({ alpn }) => this.info(alpn));
    } else {
      this.readable = this.connection.readable;
      this.writable = this.connection.writable;
      this.opened = this.connection.opened.then(() => this.info(null));
    }
    this.opened.catch(() => {});
  }

  /** This socket's connection has gone on as a secure one: see `startTls`. */
  get upgraded(): boolean {
    return this.isUpgraded;
  }

  /**
   * Closes both directions. What the connection has taken still goes out; what is queued or unread is dropped.
   * @param reason for pending reads and writes, and for `opened` while it is pending
   * @returns `closed`
   */
  close(reason?: unknown): Promise<void> {
    const why = reason ?? new SocketError('the socket was closed');
    this.closing.resolve();
    if (!this.isUpgraded) this.connection.close(why);
    return this.closed;
  }

  /**
   * Goes on with TLS over the same connection, on the socket returned. This socket's streams must not be locked.
   * @throws SocketError unless made with `secureTransport: 'starttls'`, and without a TLS hook
   */
  startTls(): Socket {
    if (this.secureTransport !== 'starttls') {
      throw new SocketError(
        `startTls needs a socket made with secureTransport 'starttls', this one has '${this.secureTransport}'`,
      );
    }
    if (this.isUpgraded) throw new SocketError('startTls: this socket was upgraded before; use the one it returned');
    if (this.tls === null) throw new SocketError(NO_TLS);
    if (this.readable.locked || this.writable.locked) {
      throw new SocketError('startTls: release the readers and writers of this socket first');
    }
    this.isUpgraded = true;
    this.closing.resolve();
    return new Socket(this.host, this.target, { ...this.options, secureTransport: 'on' }, this.tls, this.connection);
  }

  private open(): StreamConnection {
    const { hostname, port } = this.target;
    const connection: StreamConnection = new StreamConnection(
      this.host,
      { addresses: resolve(this.host, hostname), port },
      {
        abortResets: true,
        failure: (failure) => this.failure(failure),
        onReadEnd: () => {
          // Both directions have ended: nothing is left to close.
          connection.ended.then(() => this.closing.resolve()).catch(() => {});
          if (this.options.allowHalfOpen) return;
          connection.endWriting(new SocketError('the peer has ended the connection; allowHalfOpen is off'));
          this.closing.resolve();
        },
      },
    );
    return connection;
  }

  private failure({ code, message }: Failure): SocketError {
    const { hostname, port } = this.target;
    const what = code === 'ENOTFOUND' ? `${this.host.name} knows no address of '${hostname}'` : message;
    return new SocketError(`${endpointText(hostname, port)}: ${what} (${code})`, { code });
  }

  private info(alpn: string | null): SocketInfo {
    const { socket } = this.connection;
    if (socket === null) return { remoteAddress: null, localAddress: null, alpn };
    return {
      remoteAddress: endpointText(socket.remoteAddress, socket.remotePort),
      localAddress: endpointText(socket.localAddress, socket.localPort),
      alpn,
    };
  }
}

const NO_TLS = "TLS is not part of woshou; give createConnect a 'tls' hook that speaks it";

function checkSecurity(options: SocketOptions, tls: TlsHook | undefined): void {
  const { secureTransport = 'off', sni, alpn } = options;
  if (!['off', 'on', 'starttls'].includes(secureTransport)) {
    throw new SocketError(`secureTransport must be 'off', 'on' or 'starttls', got '${String(secureTransport)}'`);
  }
  if (secureTransport === 'off' && (sni !== undefined || (alpn !== undefined && alpn.length > 0))) {
    throw new SocketError("sni and alpn go with secureTransport 'on' or 'starttls' only");
  }
  if (secureTransport === 'on' && tls === undefined) throw new SocketError(NO_TLS);
}

function parseAddress(address: string | SocketAddress): SocketAddress {
  const { hostname, port } = typeof address === 'string' ? split(address) : address;
  if (typeof hostname !== 'string' || hostname === '') {
    throw new SocketError(`address: no host name in ${JSON.stringify(address)}; write 'name:port'`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SocketError(`address: the port of ${JSON.stringify(address)} must be 1 to 65535`);
  }
  return { hostname, port };
}

function split(text: string): SocketAddress {
  const match = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text);
  if (match === null) throw new SocketError(`address: '${text}' is not of the form name:port or [IPv6]:port`);
  return { hostname: match[1] ?? '', port: Number(match[2]) };
}
