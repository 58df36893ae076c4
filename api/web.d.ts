// What 'woshou/web' exports. Written by "npm run api:update".

export type Connect = (address: string | SocketAddress, options?: SocketOptions) => Socket;

export interface CreateConnectOptions {
    readonly tls?: TlsHook;
}

export interface CreateFetchOptions {
    readonly idleConnections?: number;
    readonly decompress?: boolean;
}

export interface DirectSockets {
    readonly TCPSocket: new (remoteAddress: string, remotePort: number, options?: TCPSocketOptions) => TCPSocket;
    readonly TCPServerSocket: new (localAddress: string, options?: TCPServerSocketOptions) => TCPServerSocket;
    readonly UDPSocket: new (options?: UDPSocketOptions) => UDPSocket;
}

export interface Duplex {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
}

export interface HostFetch {
    (...args: Parameters<typeof globalThis.fetch>): Promise<Response>;
    close(): void;
}

export const HttpResponse: HttpResponseConstructor;

export interface HttpResponseConstructor {
    new (...given: Given): Response;
    json(data: unknown, init?: ResponseInit): Response;
}

export interface HttpServer {
    readonly addr: NetAddr;
    readonly finished: Promise<void>;
    shutdown(): Promise<void>;
    ref(): void;
    unref(): void;
}

export interface NetAddr {
    readonly transport: 'tcp';
    readonly hostname: string;
    readonly port: number;
}

export type SecureTransportKind = 'off' | 'on' | 'starttls';

export type ServeHandler = (request: Request, info: ServeHandlerInfo) => Response | Promise<Response>;

export interface ServeHandlerInfo {
    readonly remoteAddr: NetAddr;
    readonly completed: Promise<void>;
}

export interface ServeOptions {
    readonly port?: number;
    readonly hostname?: string;
    readonly signal?: AbortSignal;
    readonly onListen?: (address: NetAddr) => void;
    readonly onError?: (error: unknown) => Response | Promise<Response>;
}

export class Socket {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
    readonly opened: Promise<SocketInfo>;
    readonly closed: Promise<void>;
    readonly secureTransport: SecureTransportKind;
    constructor(host: SocketHost, target: SocketAddress, options: SocketOptions, tls: TlsHook | null, plain: StreamConnection | null);
    get upgraded(): boolean;
    close(reason?: unknown): Promise<void>;
    startTls(): Socket;
}

export interface SocketAddress {
    readonly hostname: string;
    readonly port: number;
}

export type SocketDnsQueryType = 'ipv4' | 'ipv6';

export class SocketError extends TypeError {
    readonly name = "SocketError";
    readonly code: string;
    constructor(message: string, options?: {
        readonly code?: string;
        readonly cause?: unknown;
    });
}

export interface SocketInfo {
    readonly remoteAddress: string | null;
    readonly localAddress: string | null;
    readonly alpn: string | null;
}

export interface SocketOptions {
    readonly secureTransport?: SecureTransportKind;
    readonly allowHalfOpen?: boolean;
    readonly sni?: string;
    readonly alpn?: readonly string[];
}

export class TCPServerSocket implements SocketListener {
    readonly opened: Promise<TCPServerSocketOpenInfo>;
    readonly closed: Promise<void>;
    constructor(host: SocketHost, localAddress: string, options: TCPServerSocketOptions, wrap: (socket: NonNullable<ReturnType<ListenSocket['accept']>>) => TCPSocket);
    close(): Promise<void>;
    socketEvents(): void;
}

export interface TCPServerSocketOpenInfo {
    readonly readable: ReadableStream<TCPSocket>;
    readonly localAddress: string;
    readonly localPort: number;
}

export interface TCPServerSocketOptions {
    readonly localPort?: number;
    readonly backlog?: number;
    readonly ipv6Only?: boolean;
}

export class TCPSocket {
    readonly opened: Promise<TCPSocketOpenInfo>;
    readonly closed: Promise<void>;
    constructor(host: SocketHost, from: StreamSocket | ConnectionPlan, peer: string);
    close(): Promise<void>;
}

export interface TCPSocketOpenInfo {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly localAddress: string;
    readonly localPort: number;
}

export interface TCPSocketOptions {
    readonly sendBufferSize?: number;
    readonly receiveBufferSize?: number;
    readonly noDelay?: boolean;
    readonly keepAliveDelay?: number;
    readonly dnsQueryType?: SocketDnsQueryType;
}

export type TlsHook = (plain: Duplex, options: {
    readonly serverName: string;
    readonly alpn: readonly string[];
}) => Duplex & {
    readonly opened: Promise<{
        readonly alpn: string | null;
    }>;
};

export interface UDPMessage {
    readonly data: Uint8Array | ArrayBuffer | ArrayBufferView;
    readonly remoteAddress?: string;
    readonly remotePort?: number;
    readonly dnsQueryType?: SocketDnsQueryType;
}

export class UDPSocket implements SocketListener {
    readonly opened: Promise<UDPSocketOpenInfo>;
    readonly closed: Promise<void>;
    constructor(host: SocketHost, options: UDPSocketOptions);
    close(): Promise<void>;
    socketEvents(events: number): void;
}

export interface UDPSocketOpenInfo {
    readonly readable: ReadableStream<UDPMessage & {
        readonly data: Uint8Array;
    }>;
    readonly writable: WritableStream<UDPMessage>;
    readonly remoteAddress?: string;
    readonly remotePort?: number;
    readonly localAddress: string;
    readonly localPort: number;
}

export interface UDPSocketOptions {
    readonly remoteAddress?: string;
    readonly remotePort?: number;
    readonly localAddress?: string;
    readonly localPort?: number;
    readonly sendBufferSize?: number;
    readonly receiveBufferSize?: number;
    readonly dnsQueryType?: SocketDnsQueryType;
    readonly ipv6Only?: boolean;
}

export class WebEventLoop implements EventLoop {
    afterTurn(callback: () => void): void;
    setTimer(callback: () => void, delayMs: number): unknown;
    clearTimer(timer: unknown): void;
    nowUs(): number;
    keepAlive(isWanted: boolean): void;
    pendingResource(): string | null;
    waitFor<T>(work: Promise<T>, name: string): Promise<T>;
}

export type WebHost = Host | SocketHost;

export function createConnect(host: WebHost, options?: CreateConnectOptions): Connect;

export function createDirectSockets(host: WebHost): DirectSockets;

export function createFetch(host: WebHost, options?: CreateFetchOptions): HostFetch;

export function serve(host: WebHost, options: ServeOptions, handler: ServeHandler): HttpServer;

// Not exported, but part of the above:

export interface ConnectionPlan {
    readonly addresses: readonly string[];
    readonly port: number;
    readonly options?: Omit<ConnectOptions, 'remoteAddress' | 'remotePort'>;
    readonly prepare?: (socket: StreamSocket) => void;
}

export interface ConnectionStyle {
    failure(failure: Failure): Error;
    readonly abortResets: boolean;
    onReadEnd?(): void;
}

type Given = ConstructorParameters<typeof Response>;

export interface SideOwner {
    readonly socket: StreamSocket | null;
    readonly isOpen: boolean;
    readonly error: Error | null;
    readonly opened: Promise<void>;
    readonly isGone: boolean;
    kick(): void;
    readEnded(): void;
    sideEnded(): void;
    failure(code: string): Error;
    writingAborted(reason: unknown): boolean;
}

export class StreamConnection implements SocketListener, SideOwner {
    readonly opened: Promise<void>;
    readonly ended: Promise<void>;
    constructor(host: SocketHost, from: StreamSocket | ConnectionPlan, style: ConnectionStyle);
    get readable(): ReadableStream<Uint8Array>;
    get writable(): WritableStream<Uint8Array>;
    get socket(): StreamSocket | null;
    get isOpen(): boolean;
    get isGone(): boolean;
    get error(): Error | null;
    get isAlive(): boolean;
    hold(isWanted: boolean): void;
    close(reason: unknown): void;
    abort(reason: unknown): void;
    stopReading(): void;
    endWriting(reason: Error): void;
    socketEvents(events: number): void;
    kick(): void;
    readEnded(): void;
    sideEnded(): void;
    failure(code: SocketErrorCode): Error;
    writingAborted(reason: unknown): boolean;
}
