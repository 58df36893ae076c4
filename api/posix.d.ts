// What 'woshou/posix' exports. Written by "npm run api:update".

export interface ControlMessage {
    readonly level: number;
    readonly type: number;
    readonly data: number;
}

export const ERRNO: {
    readonly EPERM: 1;
    readonly ENOENT: 2;
    readonly EINTR: 4;
    readonly EBADF: 9;
    readonly EAGAIN: 11;
    readonly ENOMEM: 12;
    readonly EACCES: 13;
    readonly EEXIST: 17;
    readonly ENODEV: 19;
    readonly EINVAL: 22;
    readonly EMFILE: 24;
    readonly ENOTTY: 25;
    readonly EPIPE: 32;
    readonly EDOM: 33;
    readonly ENONET: 64;
    readonly EPROTO: 71;
    readonly ENOTSOCK: 88;
    readonly EDESTADDRREQ: 89;
    readonly EMSGSIZE: 90;
    readonly EPROTOTYPE: 91;
    readonly ENOPROTOOPT: 92;
    readonly EPROTONOSUPPORT: 93;
    readonly ESOCKTNOSUPPORT: 94;
    readonly EOPNOTSUPP: 95;
    readonly EAFNOSUPPORT: 97;
    readonly EADDRINUSE: 98;
    readonly EADDRNOTAVAIL: 99;
    readonly ENETUNREACH: 101;
    readonly ECONNABORTED: 103;
    readonly ECONNRESET: 104;
    readonly ENOBUFS: 105;
    readonly EISCONN: 106;
    readonly ENOTCONN: 107;
    readonly ETIMEDOUT: 110;
    readonly ECONNREFUSED: 111;
    readonly EHOSTDOWN: 112;
    readonly EHOSTUNREACH: 113;
    readonly EALREADY: 114;
    readonly EINPROGRESS: 115;
};

export interface EpollEvent {
    readonly events: number;
    readonly data: number | bigint;
}

export class EpollWaitCall extends PosixCall {
    events: readonly EpollEvent[];
    constructor(epoll: EpollFile, most: number);
    attempt(): void;
    expire(): void;
}

export type Errno = keyof typeof ERRNO;

export interface Linger {
    readonly onoff: number;
    readonly linger: number;
}

export interface Md5Signature {
    readonly address: string;
    readonly flags: number;
    readonly prefixLength: number;
    readonly keyLength: number;
    readonly key: Uint8Array;
}

export interface MessageHeader {
    readonly name?: NameArgument | null;
    readonly iov: readonly Uint8Array[];
    readonly hasControl?: boolean;
}

export interface NameArgument {
    readonly family?: number;
    readonly address: string;
    readonly port: number;
}

export abstract class OpenFile implements FileInUse {
    protected readonly keeper: FileKeeper;
    isNonBlocking: boolean;
    isClosedOnExec: boolean;
    isOpen: boolean;
    pendingCalls: number;
    readonly watchers: FileWatcher[];
    constructor(keeper: FileKeeper);
    abstract readiness(): number;
    abstract release(): PosixCall | null;
    socketEvents(events: number): void;
    wake(bits?: number): void;
}

export type OptionValue = number | string | Linger | Timeval | Md5Signature | Uint8Array | TcpInfo;

export const POSIX: {
    readonly AF_UNSPEC: 0;
    readonly AF_INET: 2;
    readonly AF_INET6: 10;
    readonly SOCK_STREAM: 1;
    readonly SOCK_DGRAM: 2;
    readonly SOCK_NONBLOCK: 2048;
    readonly SOCK_CLOEXEC: 524288;
    readonly IPPROTO_IP: 0;
    readonly IPPROTO_TCP: 6;
    readonly IPPROTO_UDP: 17;
    readonly IPPROTO_IPV6: 41;
    readonly SOL_SOCKET: 1;
    readonly SOL_IP: 0;
    readonly SOL_TCP: 6;
    readonly SOL_IPV6: 41;
    readonly SO_DEBUG: 1;
    readonly SO_REUSEADDR: 2;
    readonly SO_TYPE: 3;
    readonly SO_ERROR: 4;
    readonly SO_DONTROUTE: 5;
    readonly SO_BROADCAST: 6;
    readonly SO_SNDBUF: 7;
    readonly SO_RCVBUF: 8;
    readonly SO_KEEPALIVE: 9;
    readonly SO_OOBINLINE: 10;
    readonly SO_PRIORITY: 12;
    readonly SO_LINGER: 13;
    readonly SO_REUSEPORT: 15;
    readonly SO_RCVLOWAT: 18;
    readonly SO_SNDLOWAT: 19;
    readonly SO_RCVTIMEO: 20;
    readonly SO_SNDTIMEO: 21;
    readonly SO_ACCEPTCONN: 30;
    readonly SO_SNDBUFFORCE: 32;
    readonly SO_RCVBUFFORCE: 33;
    readonly SO_MARK: 36;
    readonly SO_PROTOCOL: 38;
    readonly SO_DOMAIN: 39;
    readonly SO_PEEK_OFF: 42;
    readonly SO_BUSY_POLL: 46;
    readonly SO_MAX_PACING_RATE: 47;
    readonly SO_INCOMING_CPU: 49;
    readonly SO_ZEROCOPY: 60;
    readonly SO_TXREHASH: 74;
    readonly IP_TOS: 1;
    readonly IP_TTL: 2;
    readonly IP_MTU_DISCOVER: 10;
    readonly IP_PKTINFO: 8;
    readonly IP_RECVTTL: 12;
    readonly IP_RECVTOS: 13;
    readonly IP_MTU: 14;
    readonly IP_FREEBIND: 15;
    readonly IP_TRANSPARENT: 19;
    readonly IP_MINTTL: 21;
    readonly IP_BIND_ADDRESS_NO_PORT: 24;
    readonly IP_PMTUDISC_DONT: 0;
    readonly IP_PMTUDISC_WANT: 1;
    readonly IP_PMTUDISC_DO: 2;
    readonly IP_PMTUDISC_PROBE: 3;
    readonly IP_PMTUDISC_INTERFACE: 4;
    readonly IP_PMTUDISC_OMIT: 5;
    readonly IPV6_UNICAST_HOPS: 16;
    readonly IPV6_MTU_DISCOVER: 23;
    readonly IPV6_MTU: 24;
    readonly IPV6_V6ONLY: 26;
    readonly IPV6_RECVPKTINFO: 49;
    readonly IPV6_RECVHOPLIMIT: 51;
    readonly IPV6_DONTFRAG: 62;
    readonly IPV6_RECVTCLASS: 66;
    readonly IPV6_TCLASS: 67;
    readonly IPV6_AUTOFLOWLABEL: 70;
    readonly IPV6_MINHOPCOUNT: 73;
    readonly IPV6_FREEBIND: 78;
    readonly IPV6_PMTUDISC_DONT: 0;
    readonly IPV6_PMTUDISC_WANT: 1;
    readonly IPV6_PMTUDISC_DO: 2;
    readonly IPV6_PMTUDISC_PROBE: 3;
    readonly TCP_NODELAY: 1;
    readonly TCP_MAXSEG: 2;
    readonly TCP_CORK: 3;
    readonly TCP_KEEPIDLE: 4;
    readonly TCP_KEEPINTVL: 5;
    readonly TCP_KEEPCNT: 6;
    readonly TCP_SYNCNT: 7;
    readonly TCP_LINGER2: 8;
    readonly TCP_DEFER_ACCEPT: 9;
    readonly TCP_WINDOW_CLAMP: 10;
    readonly TCP_INFO: 11;
    readonly TCP_QUICKACK: 12;
    readonly TCP_CONGESTION: 13;
    readonly TCP_MD5SIG: 14;
    readonly TCP_THIN_LINEAR_TIMEOUTS: 16;
    readonly TCP_THIN_DUPACK: 17;
    readonly TCP_USER_TIMEOUT: 18;
    readonly TCP_FASTOPEN: 23;
    readonly TCP_NOTSENT_LOWAT: 25;
    readonly TCP_SAVE_SYN: 27;
    readonly TCP_SAVED_SYN: 28;
    readonly TCP_FASTOPEN_CONNECT: 30;
    readonly TCP_MD5SIG_EXT: 32;
    readonly TCP_MD5SIG_FLAG_PREFIX: 1;
    readonly TCP_MD5SIG_FLAG_IFINDEX: 2;
    readonly TCP_FASTOPEN_KEY: 33;
    readonly TCP_FASTOPEN_NO_COOKIE: 34;
    readonly TCP_INQ: 36;
    readonly TCP_CM_INQ: 36;
    readonly TCP_TX_DELAY: 37;
    readonly TCP_RTO_MAX_MS: 44;
    readonly TCP_RTO_MIN_US: 45;
    readonly TCP_DELACK_MAX_US: 46;
    readonly MSG_OOB: 1;
    readonly MSG_PEEK: 2;
    readonly MSG_DONTROUTE: 4;
    readonly MSG_CTRUNC: 8;
    readonly MSG_TRUNC: 32;
    readonly MSG_DONTWAIT: 64;
    readonly MSG_EOR: 128;
    readonly MSG_WAITALL: 256;
    readonly MSG_NOSIGNAL: 16384;
    readonly MSG_CONFIRM: 2048;
    readonly MSG_MORE: 32768;
    readonly MSG_FASTOPEN: 536870912;
    readonly SHUT_RD: 0;
    readonly SHUT_WR: 1;
    readonly SHUT_RDWR: 2;
    readonly F_GETFD: 1;
    readonly F_SETFD: 2;
    readonly F_GETFL: 3;
    readonly F_SETFL: 4;
    readonly FD_CLOEXEC: 1;
    readonly O_RDWR: 2;
    readonly O_NONBLOCK: 2048;
    readonly SIOCINQ: 21531;
    readonly FIONREAD: 21531;
    readonly SIOCOUTQ: 21521;
    readonly SIOCOUTQNSD: 35147;
    readonly SIOCATMARK: 35077;
    readonly FIONBIO: 21537;
    readonly POLLIN: 1;
    readonly POLLPRI: 2;
    readonly POLLOUT: 4;
    readonly POLLERR: 8;
    readonly POLLHUP: 16;
    readonly POLLNVAL: 32;
    readonly POLLRDNORM: 64;
    readonly POLLRDBAND: 128;
    readonly POLLWRNORM: 256;
    readonly POLLWRBAND: 512;
    readonly POLLRDHUP: 8192;
    readonly EPOLL_CTL_ADD: 1;
    readonly EPOLL_CTL_DEL: 2;
    readonly EPOLL_CTL_MOD: 3;
    readonly EPOLLIN: 1;
    readonly EPOLLPRI: 2;
    readonly EPOLLOUT: 4;
    readonly EPOLLERR: 8;
    readonly EPOLLHUP: 16;
    readonly EPOLLRDNORM: 64;
    readonly EPOLLRDBAND: 128;
    readonly EPOLLWRNORM: 256;
    readonly EPOLLWRBAND: 512;
    readonly EPOLLRDHUP: 8192;
    readonly EPOLLEXCLUSIVE: 268435456;
    readonly EPOLLONESHOT: 1073741824;
    readonly EPOLLET: 2147483648;
    readonly EPOLL_CLOEXEC: 524288;
};

export interface PollEntry {
    readonly fd: number;
    readonly events: number;
    revents: number;
}

export class PosixCall {
    readonly name: string;
    isDone: boolean;
    result: number;
    errno: Errno | null;
    signal: 'SIGPIPE' | null;
    peer: SocketName | null;
    value: OptionValue | null;
    length: number;
    messageFlags: number;
    control: readonly ControlMessage[];
    readonly files: readonly FileInUse[];
    deadlineUs: number;
    constructor(name: string, files?: readonly FileInUse[]);
    succeed(result?: number): this;
    fail(errno: Errno): this;
    attempt(): void;
    expire(): void;
}

export class PosixSockets extends FileTable {
    socket(domain: number, type: number, protocol?: number): PosixCall;
    close(fd: number): PosixCall;
    fcntl(fd: number, command: number, argument?: number): PosixCall;
    ioctl(fd: number, request: number, argument?: number): PosixCall;
    bind(fd: number, name: NameArgument): PosixCall;
    listen(fd: number, backlog: number): PosixCall;
    accept(fd: number): PosixCall;
    accept4(fd: number, flags: number): PosixCall;
    connect(fd: number, name: NameArgument): PosixCall;
    shutdown(fd: number, how: number): PosixCall;
    getsockname(fd: number): PosixCall;
    getpeername(fd: number): PosixCall;
    write(fd: number, bytes: Uint8Array): PosixCall;
    writev(fd: number, iov: readonly Uint8Array[]): PosixCall;
    send(fd: number, bytes: Uint8Array, flags?: number): PosixCall;
    sendto(fd: number, bytes: Uint8Array, flags: number, name: NameArgument | null): PosixCall;
    sendmsg(fd: number, message: MessageHeader, flags?: number): PosixCall;
    read(fd: number, into: Uint8Array): PosixCall;
    readv(fd: number, iov: readonly Uint8Array[]): PosixCall;
    recv(fd: number, into: Uint8Array, flags?: number): PosixCall;
    recvfrom(fd: number, into: Uint8Array, flags?: number): PosixCall;
    recvmsg(fd: number, message: MessageHeader, flags?: number): PosixCall;
    setsockopt(fd: number, level: number, name: number, value: OptionValue, length?: number): PosixCall;
    getsockopt(fd: number, level: number, name: number, room?: number): PosixCall;
    poll(entries: readonly PollEntry[], timeoutMs: number): PosixCall;
    epollCreate(flags?: number): PosixCall;
    epollCtl(epfd: number, operation: number, fd: number, event?: EpollEvent | null): PosixCall;
    epollWait(epfd: number, maxEvents: number, timeoutMs: number): EpollWaitCall;
}

export interface SocketName {
    readonly family: number;
    readonly address: string;
    readonly port: number;
}

export class StreamFile extends OpenFile {
    readonly stack: Stack;
    readonly domain: number;
    options: SocketOptions;
    bound: SocketName | null;
    listening: ListenSocket | null;
    connection: StreamSocket | null;
    isConnecting: boolean;
    isReadShut: boolean;
    isWriteShut: boolean;
    constructor(keeper: FileKeeper, stack: Stack, domain: number, options?: SocketOptions);
    get nowUs(): number;
    get isConnected(): boolean;
    get isInUse(): boolean;
    get isOpening(): boolean;
    get isDeferred(): boolean;
    get error(): Errno | null;
    takeError(): Errno | null;
    takeAnyError(): Errno | null;
    readiness(): number;
    get isAtMark(): boolean;
    listen(backlog: number): Errno | null;
    acceptOne(): StreamFile | null;
    open(peer: SocketName, early: boolean): Errno | null;
    disconnect(): void;
    concludeConnect(): Errno | null;
    dissolve(): void;
    optionChanged(key: keyof SocketOptions): void;
    refuses(key: keyof SocketOptions, value: number): Errno | null;
    shutdown(how: number): Errno | null;
    release(): CloseCall | null;
    get sendBufferSize(): number;
    get receiveBufferSize(): number;
    get maxSegmentSize(): number;
    takeSavedSyn(room: number | undefined): Uint8Array | {
        readonly errno: Errno;
    };
    tcpInfo(): TcpInfo;
}

// Not exported, but part of the above:

export class CloseCall extends PosixCall {
    constructor(connection: StreamSocket);
    attempt(): void;
    expire(): void;
}

export class EpollFile extends OpenFile {
    readiness(): number;
    release(): null;
    control(operation: number, fd: number, file: OpenFile, event: EpollEvent | null): Errno | null;
    take(most: number): EpollEvent[];
}

export interface FileInUse {
    readonly isOpen: boolean;
    pendingCalls: number;
    release(): PosixCall | null;
}

export interface FileKeeper {
    retry(): void;
    readonly nowUs: number;
}

export class FileTable implements FileKeeper {
    readonly stack: Stack;
    protected readonly table: Map<number, OpenFile>;
    constructor(stack: Stack);
    get nowUs(): number;
    get nextDeadlineUs(): number;
    get pendingCalls(): readonly PosixCall[];
    settle(nowUs?: number): void;
    retry(): void;
    protected run<T extends PosixCall>(call: T, mustNotWait: boolean, timeoutUs?: number): T;
    protected get isFull(): boolean;
    install(file: OpenFile): number;
    fileOf(fd: number): OpenFile | null;
}

export interface FileWatcher {
    readonly events: number;
    isTriggered: boolean;
}

export interface Md5KeyOfPeer {
    readonly peer: string;
    readonly key: Uint8Array;
}

export class SocketOptions {
    reuseAddress: number;
    reusePort: number;
    broadcast: number;
    sendBuffer: number;
    receiveBuffer: number;
    receiveLowat: number;
    peekOffset: number;
    keepAlive: number;
    oobInline: number;
    isLingering: boolean;
    lingerSeconds: number;
    receiveTimeoutUs: number;
    sendTimeoutUs: number;
    trafficClass: number;
    hopLimit: number;
    mtuDiscover: number;
    minHopLimit: number;
    v6Only: number;
    noDelay: number;
    cork: number;
    maxSegment: number;
    keepIdleSeconds: number;
    keepIntervalSeconds: number;
    keepCount: number;
    synCount: number;
    linger2Seconds: number;
    windowClamp: number;
    quickAck: number;
    userTimeoutMs: number;
    deferredRetries: number;
    notsentLowat: number;
    wantsInq: number;
    saveSyn: number;
    thinLinear: number;
    rtoMinUs: number;
    rtoMaxMs: number;
    delayedAckMaxUs: number;
    fastOpenQueue: number;
    fastOpenConnect: number;
    fastOpenNoCookie: number;
    fastOpenKeys: readonly string[];
    md5Keys: readonly Md5KeyOfPeer[];
    congestion: string;
    maxPacingRate: number;
    inert: ReadonlyMap<number, number> | null;
    inherit(): SocketOptions;
}

export interface Timeval {
    readonly seconds: number;
    readonly micros: number;
}
