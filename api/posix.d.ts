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

export interface MessageHeader {
    readonly name?: NameArgument | null;
    readonly iov: readonly Uint8Array[];
}

export interface NameArgument {
    readonly family?: number;
    readonly address: string;
    readonly port: number;
}

export abstract class OpenFile {
    protected readonly keeper: FileKeeper;
    isNonBlocking: boolean;
    isOpen: boolean;
    pendingCalls: number;
    readonly watchers: EpollInterest[];
    constructor(keeper: FileKeeper);
    abstract readiness(): number;
    abstract release(): PosixCall | null;
    socketEvents(_events: number): void;
    wake(): void;
}

export type OptionValue = number | string | Linger | Uint8Array | TcpInfo;

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
    readonly SO_REUSEADDR: 2;
    readonly SO_TYPE: 3;
    readonly SO_ERROR: 4;
    readonly SO_BROADCAST: 6;
    readonly SO_SNDBUF: 7;
    readonly SO_RCVBUF: 8;
    readonly SO_KEEPALIVE: 9;
    readonly SO_OOBINLINE: 10;
    readonly SO_LINGER: 13;
    readonly SO_REUSEPORT: 15;
    readonly SO_RCVLOWAT: 18;
    readonly SO_SNDLOWAT: 19;
    readonly SO_RCVTIMEO: 20;
    readonly SO_SNDTIMEO: 21;
    readonly SO_ACCEPTCONN: 30;
    readonly SO_PROTOCOL: 38;
    readonly SO_DOMAIN: 39;
    readonly IP_TOS: 1;
    readonly IP_TTL: 2;
    readonly IP_MTU_DISCOVER: 10;
    readonly IP_MTU: 14;
    readonly IP_PMTUDISC_DONT: 0;
    readonly IP_PMTUDISC_WANT: 1;
    readonly IP_PMTUDISC_DO: 2;
    readonly IP_PMTUDISC_PROBE: 3;
    readonly IP_PMTUDISC_INTERFACE: 4;
    readonly IP_PMTUDISC_OMIT: 5;
    readonly IPV6_UNICAST_HOPS: 16;
    readonly IPV6_V6ONLY: 26;
    readonly IPV6_TCLASS: 67;
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
    readonly TCP_USER_TIMEOUT: 18;
    readonly TCP_FASTOPEN: 23;
    readonly TCP_NOTSENT_LOWAT: 25;
    readonly TCP_SAVE_SYN: 27;
    readonly TCP_SAVED_SYN: 28;
    readonly TCP_FASTOPEN_CONNECT: 30;
    readonly TCP_FASTOPEN_KEY: 33;
    readonly TCP_FASTOPEN_NO_COOKIE: 34;
    readonly TCP_INQ: 36;
    readonly TCP_CM_INQ: 36;
    readonly TCP_TX_DELAY: 37;
    readonly MSG_OOB: 1;
    readonly MSG_PEEK: 2;
    readonly MSG_CTRUNC: 8;
    readonly MSG_TRUNC: 32;
    readonly MSG_DONTWAIT: 64;
    readonly MSG_EOR: 128;
    readonly MSG_WAITALL: 256;
    readonly MSG_NOSIGNAL: 16384;
    readonly MSG_MORE: 32768;
    readonly MSG_FASTOPEN: 536870912;
    readonly SHUT_RD: 0;
    readonly SHUT_WR: 1;
    readonly SHUT_RDWR: 2;
    readonly F_GETFL: 3;
    readonly F_SETFL: 4;
    readonly O_RDWR: 2;
    readonly O_NONBLOCK: 2048;
    readonly SIOCINQ: 21531;
    readonly FIONREAD: 21531;
    readonly SIOCOUTQ: 21521;
    readonly SIOCOUTQNSD: 35147;
    readonly POLLIN: 1;
    readonly POLLPRI: 2;
    readonly POLLOUT: 4;
    readonly POLLERR: 8;
    readonly POLLHUP: 16;
    readonly POLLNVAL: 32;
    readonly POLLRDNORM: 64;
    readonly POLLWRNORM: 256;
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
    readonly EPOLLWRNORM: 256;
    readonly EPOLLRDHUP: 8192;
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
    messageFlags: number;
    control: readonly ControlMessage[];
    readonly files: readonly OpenFile[];
    deadlineUs: number;
    constructor(name: string, files?: readonly OpenFile[]);
    succeed(result?: number): this;
    fail(errno: Errno): this;
    attempt(): void;
    expire(): void;
}

export class PosixSockets extends FileTable {
    socket(domain: number, type: number, protocol?: number): PosixCall;
    close(fd: number): PosixCall;
    fcntl(fd: number, command: number, argument?: number): PosixCall;
    ioctl(fd: number, request: number): PosixCall;
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
    setsockopt(fd: number, level: number, name: number, value: OptionValue): PosixCall;
    getsockopt(fd: number, level: number, name: number): PosixCall;
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
    get isOpening(): boolean;
    get isDeferred(): boolean;
    get error(): Errno | null;
    takeError(): Errno | null;
    readiness(): number;
    get readableLength(): number;
    listen(backlog: number): Errno | null;
    acceptOne(): StreamFile | null;
    open(peer: SocketName, early: boolean): Errno | null;
    dissolve(): void;
    optionChanged(key: keyof SocketOptions): void;
    refuses(key: keyof SocketOptions, value: number): Errno | null;
    setMore(isMore: boolean): void;
    shutdown(how: number): Errno | null;
    release(): CloseCall | null;
    get sendBufferSize(): number;
    get receiveBufferSize(): number;
    get maxSegmentSize(): number;
    tcpInfo(): TcpInfo;
}

// Not exported, but part of the above:

export class AckSample {
    acked: number;
    delivered: number;
    lost: number;
    priorInFlight: number;
    rttUs: number;
    latestRttUs: number;
    echoAgeUs: number;
    isAdvance: boolean;
    isMarked: boolean;
    deliveredCe: number;
    priorDelivered: number;
    rateDelivered: number;
    intervalUs: number;
    isAppLimited: boolean;
    txInFlight: number;
    lostSince: number;
    isSacked: boolean;
    isDataAcked: boolean;
    isRetransmissionAcked: boolean;
    isOriginalDelivered: boolean;
    isDsack: boolean;
    isDsackForProbe: boolean;
    isReneged: boolean;
    isNotDuplicate: boolean;
    hasSackTime: boolean;
    sackSentUs: number;
    lastSackSentUs: number;
    hasRateSample: boolean;
    rateSentUs: number;
    rateSendOrder: number;
    rateEndSeq: number;
    priorDeliveredUs: number;
    sendElapsedUs: number;
    lostAtSend: number;
    reset(priorInFlight: number): void;
}

export class Address {
    readonly family: AddressFamily;
    readonly w0: number;
    readonly w1: number;
    readonly w2: number;
    readonly w3: number;
    static v4(word: number): Address;
    static v6(w0: number, w1: number, w2: number, w3: number): Address;
    static fromWords(family: AddressFamily, w0: number, w1: number, w2: number, w3: number): Address;
    static parse(text: string): Address;
    static tryParse(text: string): Address | null;
    equals(other: Address): boolean;
    get isUnspecified(): boolean;
    get isLoopback(): boolean;
    get isMulticast(): boolean;
    get isLimitedBroadcast(): boolean;
    get isLinkLocal(): boolean;
    get isUniqueLocal(): boolean;
    get isPrivate(): boolean;
    get isReservedV4(): boolean;
    toBytes(): Uint8Array;
    toString(): string;
}

export type AddressFamily = 4 | 6;

export type AddressGenerationMode = 'eui64' | 'stable-privacy';

export interface AddressKeyed<T> {
    readonly key: Address;
    tableNext: T | null;
}

export interface AddressOptions {
    readonly skipDad?: boolean;
}

export type AddressOrigin = 'manual' | 'link-local' | 'advertised';

export interface AddressPair {
    readonly source: Address;
    readonly remote: Address;
}

export class Addresses implements DadListener {
    readonly dad: DuplicateAddressDetection;
    constructor(context: IpContext, routes: RouteTable, cache: DestinationCache, multicast: Multicast, arp: Arp, discovery: NeighborDiscovery, listener: LinkLocalListener);
    add(owner: Interface, address: Address, prefixLength: number, origin: AddressOrigin, skipDad: boolean): InterfaceAddress;
    remove(entry: InterfaceAddress): boolean;
    setLifetime(entry: InterfaceAddress, preferredUntilUs: number, validUntilUs: number): void;
    lifetimeExpired(entry: InterfaceAddress): void;
    addressUnique(entry: InterfaceAddress): void;
    addressDuplicate(entry: InterfaceAddress): void;
    ensureLinkLocal(owner: Interface, skipDad: boolean): void;
    interfaceAddress(owner: Interface, prefix: Address, dadCounter: number): Address;
}

export interface AoKeys {
    readonly sendId: number;
    readonly receiveId: number;
    acceptsIcmp: boolean;
    addKey(options: TcpAoKeyOptions): void;
    requestKey(receiveId: number): void;
    useKey(sendId: number): void;
    removeKey(sendId: number): void;
}

export class Arp {
    constructor(context: IpContext, output: IpOutput, neighbors: NeighborCache);
    receive(owner: Interface, memory: PacketMemory, offset: number, end: number, isGroup: boolean): DropReason;
    solicit(neighbor: Neighbor, isUnicast: boolean): void;
    announce(entry: InterfaceAddress): void;
}

export class BlackHole {
    seen(env: TcpEnvironment): void;
    get isSuspected(): boolean;
    isPausing(env: TcpEnvironment): boolean;
    passed(): void;
}

export class BufferPool {
    constructor(bytesPerSize?: number);
    acquire(log2: number): Uint8Array;
    release(buffer: Uint8Array): void;
}

export const CA_STATE_NAMES: readonly ['Open', 'Disorder', 'CWR', 'Recovery', 'Loss'];

export type CaStateName = (typeof CA_STATE_NAMES)[number];

export class ChallengeBudget {
    take(env: TcpEnvironment): boolean;
}

export class Clock {
    nowUs: number;
    us: number;
    tick: number;
    ms: number;
    readonly epochUs: number;
    constructor(epochUs: number);
    set(nowUs: number): void;
    tickToUs(tick: number): number;
}

export class CloseCall extends PosixCall {
    constructor(connection: StreamSocket);
    attempt(): void;
    expire(): void;
}

export interface ConflictListener {
    addressConflict(entry: InterfaceAddress): void;
}

export interface CongestionControl {
    readonly name: string;
    readonly isPaced: boolean;
    readonly isDctcp: boolean;
    readonly bufferedWindows?: number;
    start(env: TcpEnvironment, tcb: Tcb): void;
    onAcked(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void;
    thresholdAfterLoss(env: TcpEnvironment, tcb: Tcb, flight: number, isMark: boolean): number;
    windowAfterUndo(env: TcpEnvironment, tcb: Tcb): number;
    control?(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void;
    onSample?(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void;
    onLost?(env: TcpEnvironment, tcb: Tcb, weight: number, txInFlight: number, lostAtSend: number, isAppLimited: boolean): void;
    onState?(env: TcpEnvironment, tcb: Tcb, state: number): void;
    onEvent?(env: TcpEnvironment, tcb: Tcb, event: number): void;
}

export interface ConnectOptions {
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly localAddress?: string;
    readonly localPort?: number;
    readonly noDelay?: boolean;
    readonly receiveBufferSize?: number;
    readonly sendBufferSize?: number;
    readonly notsentLowat?: number;
    readonly congestionControl?: string;
    readonly trafficClass?: number;
    readonly hopLimit?: number;
    readonly sourceRoute?: readonly string[];
    readonly fastOpen?: boolean;
    readonly fastOpenNoCookie?: boolean;
    readonly data?: Uint8Array;
    readonly userTimeoutOption?: number;
    readonly auth?: TcpAuthOptions;
}

export interface Connection {
    readonly key: ConnectionKey;
}

export interface ConnectionAuth {
    readonly kind: 'md5' | 'ao';
    readonly optionLength: number;
    reserve(memory: PacketMemory, offset: number): number;
    sign(algorithms: TcpAuthAlgorithms, key: ConnectionKey, place: SegmentPlace): void;
    verify(algorithms: TcpAuthAlgorithms, counters: TcpExtCounters, segment: TcpSegment, isOpening: boolean): boolean;
    canSign(): boolean;
    timestampsFit(isAnswer: boolean, hasSack: boolean): boolean;
}

export class ConnectionKey {
    readonly localAddress: Address;
    readonly remoteAddress: Address;
    readonly localPort: number;
    readonly remotePort: number;
    readonly hash: number;
    constructor(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number, hash: number);
    matches(segment: TcpSegment): boolean;
    equals(local: Address, localPort: number, remote: Address, remotePort: number): boolean;
}

export interface ConnectionLabel {
    readonly connectionId: number;
    readonly localAddress: string;
    readonly localPort: number;
    readonly remoteAddress: string;
    readonly remotePort: number;
}

export class ConnectionTable<T extends Connection> {
    constructor();
    get size(): number;
    find(segment: TcpSegment, hash: number): T | null;
    findTuple(hash: number, local: Address, localPort: number, remote: Address, remotePort: number): T | null;
    add(entry: T): void;
    replace(former: T, entry: T): void;
    remove(entry: T): void;
    [Symbol.iterator](): IterableIterator<T>;
}

export interface ControlSegment {
    key: ConnectionKey;
    seq: number;
    ack: number;
    flags: number;
    window: number;
    hasTimestamps: boolean;
    timestampValue: number;
    timestampEcho: number;
    parameters: SendParameters | null;
    auth?: ConnectionAuth | null;
}

export class CookieCache {
    get size(): number;
    find(tcb: Tcb): CookieEntry | null;
    entryOf(tcb: Tcb): CookieEntry;
    refused(env: TcpEnvironment, tcb: Tcb): void;
    clear(): void;
}

export class CookieEntry {
    cookie: Uint8Array;
    isExperimental: boolean;
    mss: number;
    experiment: number;
    isRefused(port: number, nowUs: number): boolean;
    refused(port: number, nowUs: number, pauseUs: number): void;
    worked(port: number): void;
}

export class CookieKeys {
    set(keys: readonly string[]): void;
    rotate(random: RandomSource, nowUs: number): KeyedHash;
    write(env: TcpEnvironment, key: ConnectionKey, into: Uint8Array): void;
    check(env: TcpEnvironment, key: ConnectionKey, bytes: Uint8Array, offset: number, length: number): number;
}

export interface DadListener {
    addressUnique(entry: InterfaceAddress): void;
    addressDuplicate(entry: InterfaceAddress): void;
}

export class DadProcess extends TimerEntry {
    readonly timerKind: 101;
    readonly entry: InterfaceAddress;
    probesLeft: number;
    constructor(entry: InterfaceAddress, probes: number);
}

export class DatagramEndpoint {
    readonly family: 4 | 6;
    localAddress: Address | null;
    localPort: number;
    remoteAddress: Address | null;
    remotePort: number;
    interfaceId: number;
    owner: DatagramOwner | null;
    reuseAddress: boolean;
    v6Only: boolean;
    allowBroadcast: boolean;
    trafficClass: number;
    hopLimit: number;
    multicastHopLimit: number;
    multicastLoopback: boolean;
    multicastInterfaceId: number;
    mtuDiscovery: PathMtuDiscovery;
    receiveBufferBytes: number;
    droppedDatagrams: number;
    readonly joins: GroupJoin[];
    readonly sentSizes: SentSizes;
    constructor(layer: UdpLayer, family: 4 | 6, settings: UdpSettings, options: DatagramOptions);
    get isClosed(): boolean;
    get dontFragment(): boolean;
    set dontFragment(isSet: boolean);
    get pathMtu(): number;
    get queuedCount(): number;
    get queuedLength(): number;
    get nextLength(): number;
    bind(address: Address | null, port: number): DatagramErrno | null;
    connect(address: Address, port: number): DatagramErrno | null;
    disconnect(): void;
    send(bytes: Uint8Array, address?: Address | null, port?: number, offset?: number, length?: number): DatagramErrno | null;
    receive(): ReceivedDatagram | null;
    takeError(): DatagramErrno | null;
    takePathMtuReport(): PathMtuReport | null;
    joinGroup(group: Address, interfaceId?: number): DatagramErrno | null;
    leaveGroup(group: Address, interfaceId?: number): DatagramErrno | null;
    close(): void;
    deliver(datagram: ReceivedDatagram): void;
    hasRoomFor(length: number): boolean;
    fail(error: DatagramErrno): void;
    tooBig(report: PathMtuReport): void;
    hears(group: Address, interfaceId: number): boolean;
    sendOptions(remote: Address, fits: boolean): IpSendOptions;
}

export type DatagramErrno = 'EACCES' | 'EADDRINUSE' | 'EADDRNOTAVAIL' | 'EAFNOSUPPORT' | 'ECONNREFUSED' | 'EDESTADDRREQ' | 'EHOSTDOWN' | 'EHOSTUNREACH' | 'EMSGSIZE' | 'ENETUNREACH' | 'ENOBUFS' | 'ENONET' | 'ENOPROTOOPT' | 'EOPNOTSUPP' | 'EPROTO';

export interface DatagramOptions {
    readonly reuseAddress?: boolean;
    readonly v6Only?: boolean;
}

export interface DatagramOutput {
    lookup(remote: Address, local: Address | null, interfaceId: number): DatagramPath | null;
    sendDatagram(path: DatagramPath, protocol: number, bytes: Uint8Array, length: number, options: IpSendOptions): number;
}

export interface DatagramOwner {
    datagramEvent(endpoint: DatagramEndpoint, bits: number): void;
}

export interface DatagramPath {
    readonly source: Address;
    readonly remote: Address;
    readonly pathMtu: number;
    readonly interface: {
        readonly id: number;
        readonly mtu: number;
    };
    readonly kind: number;
}

export class Destination implements AddressKeyed<Destination> {
    readonly remote: Address;
    readonly family: AddressFamily;
    readonly interface: Interface;
    readonly source: Address;
    readonly nextHop: Address;
    readonly kind: number;
    readonly requestedLocal: Address | null;
    readonly requestedInterfaceId: number;
    readonly generation: number;
    readonly headerLength: number;
    pathMtu: number;
    pathMtuUntilUs: number;
    pathMtuGeneration: number;
    isPathMtuLocked: boolean;
    neighbor: Neighbor | null;
    macHigh: number;
    macLow: number;
    flowLabel: number;
    wasUsed: boolean;
    ringIndex: number;
    tableNext: Destination | null;
    constructor(remote: Address, source: Address, owner: Interface, nextHop: Address, kind: number, requestedLocal: Address | null, requestedInterfaceId: number, generation: number);
    get key(): Address;
    get linkMtu(): number;
}

export class DestinationCache {
    generation: number;
    constructor(hash: KeyedHash, capacity: number);
    get size(): number;
    invalidate(): void;
    find(remote: Address, local: Address | null, interfaceId: number): Destination | null;
    first(remote: Address): Destination | null;
    next(destination: Destination): Destination | null;
    add(destination: Destination, former: Destination | null): void;
}

export const DropReason: {
    readonly none: 0;
    readonly ethernetTruncated: 1;
    readonly ethernetBadLength: 2;
    readonly vlanTruncated: 3;
    readonly vlanTooManyTags: 4;
    readonly llcTruncated: 5;
    readonly arpTruncated: 6;
    readonly arpUnsupported: 7;
    readonly unknownEtherType: 8;
    readonly notForUs: 9;
    readonly ipTruncated: 10;
    readonly ipBadVersion: 11;
    readonly ipBadHeaderLength: 12;
    readonly ipBadTotalLength: 13;
    readonly ipBadChecksum: 14;
    readonly ipBadOption: 15;
    readonly ipBadFragment: 16;
    readonly ipv6ExtensionTruncated: 17;
    readonly ipv6TooManyExtensions: 18;
    readonly ipv6HopByHopMisplaced: 19;
    readonly ipv6OptionDiscard: 20;
    readonly ipv6OptionReport: 21;
    readonly ipv6OptionReportUnicast: 22;
    readonly ipv6RoutingHeader: 23;
    readonly ipv6Jumbogram: 24;
    readonly ipv6BadFragmentLength: 25;
    readonly ipv6FragmentTooLong: 26;
    readonly ipv6HeaderChainSplit: 27;
    readonly tcpTruncated: 30;
    readonly tcpBadDataOffset: 31;
    readonly tcpBadChecksum: 32;
    readonly udpTruncated: 33;
    readonly udpBadLength: 34;
    readonly udpBadChecksum: 35;
    readonly udpNoChecksum: 36;
    readonly icmpTruncated: 37;
    readonly icmpBadChecksum: 38;
    readonly ndpInvalid: 39;
    readonly igmpTruncated: 40;
    readonly igmpBadChecksum: 41;
    readonly igmpInvalid: 42;
    readonly mldInvalid: 43;
    readonly hopLimitExceeded: 50;
    readonly noRoute: 51;
    readonly martianSource: 52;
    readonly forwardingOff: 53;
    readonly reassemblyOverlap: 54;
    readonly reassemblyTimeout: 55;
    readonly reassemblyLimit: 56;
    readonly unknownProtocol: 57;
    readonly neighborUnreachable: 58;
    readonly neighborQueueFull: 59;
    readonly transmitQueueFull: 60;
    readonly packetTooBig: 61;
    readonly icmpRateLimited: 62;
    readonly icmpNotForUs: 63;
    readonly interfaceDown: 64;
    readonly noMemory: 65;
    readonly udpNoPort: 66;
    readonly udpReceiveQueueFull: 67;
    readonly filtered: 68;
    readonly icmpImplausible: 69;
};
export type DropReason = (typeof DropReason)[keyof typeof DropReason];

export interface DropRecord {
    readonly kind: 'drop';
    readonly timeUs: number;
    readonly interfaceId: number;
    readonly reason: string;
}

export class DuplicateAddressDetection implements ConflictListener {
    constructor(context: IpContext, discovery: NeighborDiscovery, listener: DadListener);
    start(entry: InterfaceAddress): void;
    restart(owner: Interface): void;
    cancel(entry: InterfaceAddress): void;
    timerExpired(process: DadProcess): void;
    addressConflict(entry: InterfaceAddress): void;
}

export class DuplicateReports {
    readonly edges: Int32Array;
    count: number;
    add(left: number, right: number): void;
    shift(): void;
}

export class EcnState {
    mode: number;
    readonly asked: number;
    sendsEct: boolean;
    answersMarks: boolean;
    codepoint: number;
    isEctSeen: boolean;
    isEchoing: boolean;
    synField: number;
    synCode: number;
    owesHandshakeField: boolean;
    isOpeningMarked: boolean;
    synsReceived: number;
    isAceRead: boolean;
    isFirstFeedback: boolean;
    receivedCe: number;
    receivedE0Bytes: number;
    receivedE1Bytes: number;
    receivedCeBytes: number;
    untoldCe: number;
    wasCe: boolean;
    isAckOfAcks: boolean;
    optionMode: number;
    optionDemand: number;
    isOptionDue: boolean;
    isFirstDataOption: boolean;
    optionSentUs: number;
    optionToldBytes: number;
    deliveredCe: number;
    deliveredE0Bytes: number;
    deliveredE1Bytes: number;
    deliveredCeBytes: number;
    optionSeen: number;
    failMode: number;
    newestTimestamp: number;
    hasTimestamp: boolean;
    packetsPerAck: number;
    marksLeftBytes: number;
    deliveredCeAtOption: number;
    guessedBytes: number;
    roundEndSeq: number;
    roundPackets: number;
    roundMarks: number;
    markedRounds: number;
    constructor(asked: number);
    get isAccurate(): boolean;
}

export class EphemeralPorts {
    choose(settings: TcpSettings, tupleHash: number, probe: PortProbe): number;
}

export class EpollFile extends OpenFile {
    readiness(): number;
    release(): null;
    control(operation: number, fd: number, file: OpenFile, event: EpollEvent | null): Errno | null;
    take(most: number): EpollEvent[];
}

export class EpollInterest {
    readonly fd: number;
    readonly file: OpenFile;
    events: number;
    data: number | bigint;
    isTriggered: boolean;
    isDisabled: boolean;
    constructor(fd: number, file: OpenFile, event: EpollEvent);
    ready(): number;
    reported(): void;
}

export class EventQueue {
    get isEmpty(): boolean;
    push(notifier: Notifier): void;
    shift(): object | null;
}

export class FastOpen {
    readonly keys: CookieKeys;
    readonly cache: CookieCache;
    readonly blackHole: BlackHole;
    setKeys(keys: readonly string[]): void;
    rotateKeys(env: TcpEnvironment): void;
}

export class FastOpenAttempt {
    readonly mayCarryData: boolean;
    readonly hasOption: boolean;
    readonly cookie: Uint8Array;
    readonly isExperimental: boolean;
    readonly mss: number;
    isDeferred: boolean;
    dataLength: number;
    failure: number;
    readonly isProbe: boolean;
    constructor(entry: CookieEntry | null, needsNoCookie: boolean, mss: number, isProbe: boolean);
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

export class FilterRule {
    readonly verdict: FilterVerdict;
    hits: number;
    constructor(owner: PacketFilter, options: FilterRuleOptions);
    remove(): void;
    matches(packet: IpPacket, port: number): boolean;
}

export interface FilterRuleOptions {
    readonly protocol?: 'tcp' | 'udp';
    readonly port?: number | readonly [first: number, last: number];
    readonly from?: string;
    readonly onlySyn?: boolean;
    readonly verdict: FilterVerdict;
}

export type FilterVerdict = 'pass' | 'drop' | 'reset' | 'port-unreachable' | 'admin-prohibited';

export class FramePool {
    take(length: number): QueuedFrame;
    give(frame: QueuedFrame): void;
}

export class FrameQueue {
    count: number;
    bytes: number;
    push(frame: QueuedFrame): void;
    shift(): QueuedFrame | null;
}

export interface GatewayJudge {
    isProbablyReachable(owner: Interface, gateway: Address): boolean;
}

export interface GroupJoin {
    readonly group: Address;
    readonly interfaceId: number;
    readonly joinedInterfaceId: number;
}

export class GroupMembership extends TimerEntry {
    readonly timerKind: 105;
    readonly group: Address;
    readonly interface: Interface;
    references: number;
    reportsLeft: number;
    isAnswerDue: boolean;
    isLastReporter: boolean;
    constructor(owner: Interface, group: Address);
}

export class Icmp6Counters {
    InMsgs: number;
    InErrors: number;
    InCsumErrors: number;
    InDestUnreachs: number;
    InPktTooBigs: number;
    InTimeExcds: number;
    InParmProblems: number;
    InEchos: number;
    InEchoReplies: number;
    InGroupMembQueries: number;
    InGroupMembResponses: number;
    InGroupMembReductions: number;
    InRouterSolicits: number;
    InRouterAdvertisements: number;
    InNeighborSolicits: number;
    InNeighborAdvertisements: number;
    InRedirects: number;
    InMLDv2Reports: number;
    OutMsgs: number;
    OutErrors: number;
    OutRateLimitHost: number;
    OutDestUnreachs: number;
    OutPktTooBigs: number;
    OutTimeExcds: number;
    OutParmProblems: number;
    OutEchos: number;
    OutEchoReplies: number;
    OutGroupMembResponses: number;
    OutGroupMembReductions: number;
    OutRouterSolicits: number;
    OutNeighborSolicits: number;
    OutNeighborAdvertisements: number;
    OutMLDv2Reports: number;
}

export class IcmpCounters {
    InMsgs: number;
    InErrors: number;
    InCsumErrors: number;
    InDestUnreachs: number;
    InTimeExcds: number;
    InParmProbs: number;
    InSrcQuenchs: number;
    InRedirects: number;
    InEchos: number;
    InEchoReps: number;
    InTimestamps: number;
    InTimestampReps: number;
    InAddrMasks: number;
    InAddrMaskReps: number;
    OutMsgs: number;
    OutErrors: number;
    OutRateLimitGlobal: number;
    OutRateLimitHost: number;
    OutDestUnreachs: number;
    OutTimeExcds: number;
    OutParmProbs: number;
    OutRedirects: number;
    OutEchos: number;
    OutEchoReps: number;
    OutTimestamps: number;
    OutTimestampReps: number;
}

export type IcmpErrorKind = 'net-unreachable' | 'host-unreachable' | 'protocol-unreachable' | 'port-unreachable' | 'packet-too-big' | 'source-route-failed' | 'administratively-prohibited' | 'time-exceeded' | 'parameter-problem' | 'source-quench' | 'other';

export interface IcmpErrorReport {
    family: AddressFamily;
    kind: IcmpErrorKind;
    type: number;
    code: number;
    mtu: number;
    quotedTotalLength?: number;
    local: boolean;
    protocol: number;
    source: Address;
    destination: Address;
    interfaceId: number;
    memory: PacketMemory;
    quotedOffset: number;
    quotedLength: number;
}

export interface IcmpErrors {
    portUnreachable(packet: IpPacket): boolean;
    protocolUnreachable(packet: IpPacket): boolean;
    hostUnreachable(packet: IpPacket): boolean;
    netUnreachable(packet: IpPacket): boolean;
    prohibited(packet: IpPacket): boolean;
    hopLimitExceeded(packet: IpPacket): boolean;
    reassemblyTimedOut(first: IpPacket): boolean;
    packetTooBig(packet: IpPacket, mtu: number): boolean;
    parameterProblem(packet: IpPacket, code: number, pointer: number): boolean;
}

export type IcmpMaker = (context: IpContext, ip: IpLayer) => IcmpParts;

export interface IcmpParts {
    readonly receiver: IcmpReceiver;
    readonly errors: IcmpErrors;
}

export interface IcmpReceiver {
    arrived(packet: IpPacket): number;
}

export class IdentificationSource {
    constructor(random: RandomSource, hash: KeyedHash);
    next(pair: AddressPair): number;
    flowLabel(pair: AddressPair, protocol: number, ports: number): number;
}

export class Interface {
    readonly id: number;
    readonly name: string;
    readonly capabilities: LinkCapabilities;
    readonly mac: MacAddress;
    readonly isEthernet: boolean;
    readonly isLoopback: boolean;
    readonly linkHeaderLength: number;
    readonly mtu: number;
    mtu6: number;
    hopLimit: number;
    isUp: boolean;
    isAutoconfigured: boolean;
    baseReachableTimeMs: number;
    retransTimeMs: number;
    readonly addresses: InterfaceAddress[];
    readonly groups: GroupMembership[];
    readonly querier4: QuerierState;
    readonly querier6: QuerierState;
    readonly queue: FrameQueue;
    constructor(id: number, options: InterfaceOptions, settings: IpSettings, isLoopback: boolean);
    findAddress(w0: number, w1: number, w2: number, w3: number): InterfaceAddress | null;
    findGroup(w0: number, w1: number, w2: number, w3: number): GroupMembership | null;
    get linkLocalAddress(): InterfaceAddress | null;
    requireIpv6(argument: string): void;
    isBroadcast(word: number): boolean;
}

export class InterfaceAddress extends TimerEntry {
    readonly timerKind: 102;
    readonly address: Address;
    readonly prefix: Prefix;
    readonly interface: Interface;
    readonly origin: AddressOrigin;
    readonly broadcastWord: number;
    readonly scope: number;
    state: number;
    isTemporary: boolean;
    dadCounter: number;
    preferredUntilUs: number;
    validUntilUs: number;
    constructor(owner: Interface, address: Address, prefixLength: number, origin: AddressOrigin, state: number);
    get isUsable(): boolean;
}

export interface InterfaceOptions {
    readonly name: string;
    readonly capabilities: LinkCapabilities;
    readonly mac?: MacAddress | undefined;
}

export interface InterfaceSpec {
    readonly name: string;
    readonly capabilities: LinkCapabilities;
    readonly mac?: MacAddress;
}

export interface IpContext {
    readonly clock: Clock;
    readonly wheel: TimerWheel;
    readonly random: RandomSource;
    readonly hash: KeyedHash;
    readonly settings: IpSettings;
    readonly counters: IpCounters;
    dropped(reason: number, interfaceId: number): void;
}

export class IpCounters {
    readonly ip: IpFamilyCounters;
    readonly ip6: IpFamilyCounters;
    readonly icmp: IcmpCounters;
    readonly icmp6: Icmp6Counters;
    readonly neighbor: NeighborCounters;
}

export class IpFamilyCounters {
    InReceives: number;
    InHdrErrors: number;
    InAddrErrors: number;
    InTooBigErrors: number;
    InNoRoutes: number;
    InUnknownProtos: number;
    InTruncatedPkts: number;
    InDiscards: number;
    InDelivers: number;
    InCsumErrors: number;
    InMcastPkts: number;
    InBcastPkts: number;
    InOctets: number;
    InNoECTPkts: number;
    InECT1Pkts: number;
    InECT0Pkts: number;
    InCEPkts: number;
    ForwDatagrams: number;
    OutRequests: number;
    OutDiscards: number;
    OutNoRoutes: number;
    OutMcastPkts: number;
    OutBcastPkts: number;
    OutOctets: number;
    ReasmTimeout: number;
    ReasmReqds: number;
    ReasmOKs: number;
    ReasmFails: number;
    ReasmOverlaps: number;
    FragOKs: number;
    FragFails: number;
    FragCreates: number;
}

export class IpLayer implements UnreachableReporter, LinkLocalListener {
    readonly interfaces: Interface[];
    readonly routing: Routing;
    readonly resolution: Resolution;
    readonly output: IpOutput;
    readonly addresses: Addresses;
    readonly multicast: Multicast;
    readonly icmp: IcmpReceiver;
    readonly icmpErrors: IcmpErrors;
    constructor(context: IpContext, transports: TransportProtocols, makeIcmp: IcmpMaker);
    get loopback(): Interface;
    get generation(): number;
    addInterface(options: InterfaceOptions): Interface;
    addAddress(owner: Interface, address: Address, prefixLength: number, options?: AddressOptions): InterfaceAddress;
    removeAddress(owner: Interface, address: Address): boolean;
    startAutoconfiguration(owner: Interface): void;
    setUp(owner: Interface, isUp: boolean): void;
    joinGroup(owner: Interface, group: Address): void;
    leaveGroup(owner: Interface, group: Address): boolean;
    addNeighbor(owner: Interface, address: Address, mac: MacAddress): boolean;
    addRoute(prefix: Prefix, gateway: Address | null, owner: Interface, metric?: number): Route;
    removeRoute(route: Route): boolean;
    lookup(remote: Address, local: Address | null, interfaceId: number): Destination | null;
    sortDestinations(addresses: readonly Address[]): Address[];
    transportOffset(slot: Slot, destination: Destination, ipOptionsLength: number): number;
    seal(slot: Slot, destination: Destination, protocol: number, transportLength: number, options: IpSendOptions): boolean;
    sendDatagram(destination: Destination, protocol: number, bytes: Uint8Array, length: number, options: IpSendOptions): number;
    confirm(destination: Destination): void;
    hasTransmit(interfaceId: number): boolean;
    pollTransmit(slot: Slot): boolean;
    flowLabel(destination: Destination, protocol: number, ports: number): number;
    pathMtuReported(report: IcmpErrorReport): number;
    timerExpired(entry: TimerEntry): boolean;
    receive(slot: Slot): void;
    isOwnAddress(packet: IpPacket): boolean;
    isBroadcast(packet: IpPacket): boolean;
    isLoopback(interfaceId: number): boolean;
    icmpErrorArrived(error: IcmpErrorReport): void;
    neighborUnreachable(packet: IpPacket, isForwarded: boolean): void;
    linkLocalReady(owner: Interface): void;
}

export class IpOutput {
    readonly pool: FramePool;
    readonly identifications: IdentificationSource;
    constructor(context: IpContext, neighbors4: NeighborCache, neighbors6: NeighborCache);
    seal(slot: Slot, destination: Destination, protocol: number, transportLength: number, options: IpSendOptions): boolean;
    sendDatagram(destination: Destination, protocol: number, bytes: Uint8Array, length: number, options: IpSendOptions): number;
    sendFragments(memory: PacketMemory, ipOffset: number, destination: Destination, mtu: number, dontFragment: boolean, isForwarded?: boolean): number;
    beginFrame(owner: Interface, totalLength: number): QueuedFrame;
    sendFrame(frame: QueuedFrame, destination: Destination): number;
    sendResolved(frame: QueuedFrame, neighbor: Neighbor): void;
    messageHeaderLength(family: number, routerAlert: boolean): number;
    sendMessage(frame: QueuedFrame, owner: Interface, message: LinkMessage, length: number): void;
    sendMessageTo(frame: QueuedFrame, neighbor: Neighbor, message: LinkMessage, length: number): void;
    enqueue(owner: Interface, frame: QueuedFrame): number;
    pollTransmit(owner: Interface, slot: Slot): boolean;
    discardQueue(owner: Interface): void;
    writeIpHeader(memory: PacketMemory, offset: number, destination: Destination, protocol: number, totalLength: number, options: IpSendOptions): void;
    countOut(destination: Destination, totalLength: number): void;
}

export class IpPacket {
    memory: PacketMemory;
    family: 4 | 6;
    source0: number;
    source1: number;
    source2: number;
    source3: number;
    destination0: number;
    destination1: number;
    destination2: number;
    destination3: number;
    trafficClass: number;
    flowLabel: number;
    hopLimit: number;
    protocol: number;
    headerOffset: number;
    headerLength: number;
    totalLength: number;
    payloadOffset: number;
    payloadLength: number;
    identification: number;
    dontFragment: boolean;
    moreFragments: boolean;
    fragmentOffset: number;
    fragmentHeaderOffset: number;
    lastNextHeaderOffset: number;
    optionsOffset: number;
    optionsLength: number;
    sourceRouteOffset: number;
    hasRouterAlert: boolean;
    problemPointer: number;
    interfaceId: number;
    linkBroadcast: boolean;
    checksumVerified: number;
    gsoSize: number;
    constructor(memory: PacketMemory);
    get isFragment(): boolean;
    sourceAddress(): Address;
    destinationAddress(): Address;
    setAddresses(source: Address, destination: Address): void;
    setSourceV4(word: number): void;
    setDestinationV4(word: number): void;
}

export interface IpSendOptions {
    trafficClass: number;
    hopLimit: number;
    flowLabel: number;
    dontFragment: boolean;
    ignorePathMtu?: boolean;
    ipOptions: Uint8Array | null;
}

export interface IpSettings {
    readonly ipDefaultTtl: number;
    readonly hopLimit: number;
    readonly forwarding: boolean;
    readonly routeMaxSize: number;
    readonly routesMax: number;
    readonly gcThresh1: number;
    readonly gcThresh2: number;
    readonly gcThresh3: number;
    readonly gcStaleTimeMs: number;
    readonly baseReachableTimeMs: number;
    readonly retransTimeMs: number;
    readonly delayFirstProbeTimeMs: number;
    readonly ucastSolicit: number;
    readonly mcastSolicit: number;
    readonly unresQlenBytes: number;
    readonly arpNotify: boolean;
    readonly dadTransmits: number;
    readonly acceptRa: boolean;
    readonly acceptRaDefrtr: boolean;
    readonly acceptRaPinfo: boolean;
    readonly acceptRaMtu: boolean;
    readonly autoconf: boolean;
    readonly acceptRedirects: boolean;
    readonly acceptSourceRoute: boolean;
    readonly routerSolicitations: number;
    readonly routerSolicitationIntervalMs: number;
    readonly routerSolicitationMaxIntervalMs: number;
    readonly routerSolicitationDelayMs: number;
    readonly addrGenMode: AddressGenerationMode;
    readonly maxAddresses: number;
    readonly igmpVersion: number;
    readonly mldVersion: number;
    readonly igmpMaxMemberships: number;
    readonly igmpQrv: number;
    readonly ipfragHighThreshBytes: number;
    readonly ipfragTimeMs: number;
    readonly ip6fragTimeMs: number;
    readonly ipfragMaxDatagrams: number;
    readonly ipfragMaxFragments: number;
    readonly minPmtu: number;
    readonly mtuExpiresMs: number;
    readonly icmpRatelimitMs: number;
    readonly icmpMsgsPerSec: number;
    readonly icmpMsgsBurst: number;
    readonly icmpEchoIgnoreAll: boolean;
    readonly icmpEchoIgnoreBroadcasts: boolean;
    readonly icmpAnswerTimestamps: boolean;
    readonly txqueuelen: number;
}

export interface KeepAliveOptions {
    idleMs: number;
    intervalMs: number;
    probes: number;
}

export class KeyStore {
    constructor(hasAlgorithms: boolean);
    get isEmpty(): boolean;
    addAll(options: TcpAuthOptions): void;
    addMd5(options: TcpMd5KeyOptions): void;
    addAo(options: TcpAoKeyOptions): void;
    removeMd5(scope: TcpKeyScope): void;
    removeAo(sendId: number, receiveId: number): void;
    findMd5(peer: Address, localPort: number, remotePort: number): Md5Key | null;
    findAo(peer: Address, localPort: number, remotePort: number): MasterKey[];
}

export interface KeyedHash {
    readonly low: number;
    readonly high: number;
    hashWords(words: Int32Array, count: number): number;
}

export interface LinkCapabilities {
    readonly medium: LinkMedium;
    readonly mtu: number;
    readonly tso4: boolean;
    readonly tso6: boolean;
    readonly uso: boolean;
    readonly checksum: boolean;
}

export interface LinkLocalListener {
    linkLocalReady(owner: Interface): void;
}

export type LinkMedium = 'ethernet' | 'ip';

export interface LinkMessage {
    readonly source: Address;
    readonly destination: Address;
    readonly macHigh: number;
    readonly macLow: number;
    readonly protocol: number;
    readonly hopLimit: number;
    readonly trafficClass: number;
    readonly routerAlert: boolean;
}

export interface ListenOptions {
    readonly port?: number;
    readonly address?: string;
    readonly ipv6Only?: boolean;
    readonly backlog?: number;
    readonly noDelay?: boolean;
    readonly keepAliveMs?: number;
    readonly trafficClass?: number;
    readonly receiveBufferSize?: number;
    readonly sendBufferSize?: number;
    readonly fastOpen?: number;
    readonly fastOpenNoCookie?: boolean;
    readonly fastOpenKeys?: readonly string[];
    readonly congestionControl?: string;
    readonly auth?: TcpAuthOptions;
}

export class ListenSocket {
    readonly stack: Stack;
    context: object | null;
    readonly listener: Listener;
    constructor(stack: Stack, options: ListenOptions);
    get port(): number;
    get address(): string;
    get keys(): KeyStore;
    accept(): StreamSocket | null;
    takeEvents(): number;
    close(): void;
}

export class Listener {
    readonly id: number;
    readonly address: Address | null;
    readonly family: 0 | 4 | 6;
    readonly port: number;
    backlog: number;
    readonly synBacklog: number;
    readonly defaults: ListenerDefaults;
    halfOpen: number;
    readonly acceptQueue: Tcb[];
    isClosed: boolean;
    user: object | null;
    isNotified: boolean;
    overflows: number;
    readonly fastOpens: PendingFastOpens;
    readonly fastOpenNoCookie: boolean;
    readonly fastOpenKeys: CookieKeys | null;
    keys: KeyStore | null;
    constructor(id: number, address: Address | null, family: 0 | 4 | 6, port: number, backlog: number, synBacklog: number, defaults: ListenerDefaults, fastOpen?: ListenerFastOpen);
    hasRoom(): boolean;
    hasSynRoom(): boolean;
    overflowed(env: TcpEnvironment): void;
    completed(env: TcpEnvironment, tcb: Tcb): void;
    accept(): Tcb | null;
}

export interface ListenerDefaults {
    noDelay: boolean;
    keepAliveMs: number;
    trafficClass: number;
    receiveBufferSize: number | null;
    sendBufferSize: number | null;
    congestionControl: string | null;
    hopLimit?: number;
    rare?: RareOptions | null;
}

export interface ListenerFastOpen {
    readonly limit: number;
    readonly withoutCookie: boolean;
    readonly keys: CookieKeys | null;
}

export class ListenerTable {
    get size(): number;
    hasPort(port: number): boolean;
    find(packet: IpPacket, port: number): Listener | null;
    conflicts(address: Address | null, family: 0 | 4 | 6, port: number): boolean;
    add(listener: Listener): void;
    remove(listener: Listener): void;
    [Symbol.iterator](): IterableIterator<Listener>;
}

export class MacAddress {
    readonly high: number;
    readonly low: number;
    constructor(high: number, low: number);
    static parse(text: string): MacAddress;
    equals(other: MacAddress): boolean;
    get isGroup(): boolean;
    get isBroadcast(): boolean;
    toString(): string;
}

export class MasterKey {
    readonly scope: Scope;
    readonly key: Uint8Array;
    readonly sendId: number;
    readonly receiveId: number;
    readonly algorithm: TcpAoAlgorithm;
    readonly coversOptions: boolean;
    constructor(options: TcpAoKeyOptions);
}

export class Md5Key {
    readonly scope: Scope;
    readonly key: Uint8Array;
    constructor(options: TcpMd5KeyOptions);
}

export interface MembershipQuery {
    version: number;
    maxResponseMs: number;
    group: Address | null;
    robustness: number;
    queryIntervalSeconds: number;
}

export class MtuProbe {
    searchLow: number;
    searchHigh: number;
    size: number;
    start: number;
    end: number;
    startedTick: number;
    constructor(searchLow: number, searchHigh: number, startedTick: number);
}

export class Multicast {
    constructor(context: IpContext, output: IpOutput);
    join(owner: Interface, group: Address, isOwed?: boolean): GroupMembership | null;
    restart(owner: Interface): void;
    leave(owner: Interface, group: Address): boolean;
    queryArrived(owner: Interface, family: 4 | 6, query: MembershipQuery): void;
    reportArrived(owner: Interface, group: Address): void;
    membershipTimerExpired(membership: GroupMembership): void;
    querierTimerExpired(querier: QuerierState): void;
}

export class NdpMessage {
    type: number;
    target0: number;
    target1: number;
    target2: number;
    target3: number;
    destination0: number;
    destination1: number;
    destination2: number;
    destination3: number;
    isRouter: boolean;
    isSolicited: boolean;
    isOverride: boolean;
    hopLimit: number;
    isManaged: boolean;
    hasOtherConfiguration: boolean;
    routerLifetimeSeconds: number;
    reachableMs: number;
    retransmitMs: number;
    hasSourceLink: boolean;
    sourceLinkHigh: number;
    sourceLinkLow: number;
    hasTargetLink: boolean;
    targetLinkHigh: number;
    targetLinkLow: number;
    mtu: number;
    prefixCount: number;
    optionsOffset: number;
    optionsEnd: number;
}

export class Neighbor extends TimerEntry implements AddressKeyed<Neighbor> {
    readonly timerKind: 100;
    readonly key: Address;
    readonly interface: Interface;
    state: number;
    macHigh: number;
    macLow: number;
    isRouter: boolean;
    probes: number;
    confirmedTick: number;
    usedTick: number;
    isRemoved: boolean;
    readonly pending: FrameQueue;
    tableNext: Neighbor | null;
    constructor(owner: Interface, address: Address);
    get stateName(): string;
}

export class NeighborCache {
    readonly family: AddressFamily;
    constructor(family: AddressFamily, context: IpContext, owner: NeighborOwner);
    get all(): readonly Neighbor[];
    find(owner: Interface, address: Address): Neighbor | null;
    obtain(owner: Interface, address: Address): Neighbor | null;
    prepareSend(neighbor: Neighbor): boolean;
    hold(neighbor: Neighbor, frame: QueuedFrame): void;
    heard(owner: Interface, address: Address, macHigh: number, macLow: number, mayCreate: boolean): Neighbor | null;
    advertised(neighbor: Neighbor, hasMac: boolean, macHigh: number, macLow: number, isSolicited: boolean, isOverride: boolean, isRouter: boolean): void;
    confirm(neighbor: Neighbor): void;
    suspect(neighbor: Neighbor): void;
    setPermanent(neighbor: Neighbor, macHigh: number, macLow: number): void;
    timerExpired(neighbor: Neighbor): void;
    remove(neighbor: Neighbor): void;
    flushInterface(owner: Interface): void;
}

export class NeighborCounters {
    allocs: number;
    destroys: number;
    resFailed: number;
    rcvProbesMcast: number;
    rcvProbesUcast: number;
    forcedGcRuns: number;
    unresolvedDiscards: number;
    tableFulls: number;
    addressConflicts: number;
}

export class NeighborDiscovery {
    constructor(context: IpContext, output: IpOutput, neighbors: NeighborCache);
    solicitationArrived(owner: Interface, packet: IpPacket, message: NdpMessage, conflicts: ConflictListener): void;
    advertisementArrived(owner: Interface, message: NdpMessage, conflicts: ConflictListener): void;
    solicit(neighbor: Neighbor, isUnicast: boolean): void;
    probe(entry: InterfaceAddress): void;
    solicitRouters(owner: Interface): void;
}

export interface NeighborOwner {
    solicit(neighbor: Neighbor, isUnicast: boolean): void;
    release(neighbor: Neighbor, frame: QueuedFrame): void;
    unreachable(neighbor: Neighbor, frame: QueuedFrame): void;
    discard(neighbor: Neighbor, frame: QueuedFrame, reason: number): void;
    lost(neighbor: Neighbor): void;
}

export interface Notifier {
    readonly user: object | null;
    isNotified: boolean;
}

export interface Observer {
    observe(record: ObserverRecord): void;
}

export type ObserverRecord = StateChangeRecord | SegmentSentRecord | DropRecord | TimeoutRecord;

export class PacketFilter {
    get isEmpty(): boolean;
    add(options: FilterRuleOptions): FilterRule;
    remove(rule: FilterRule): void;
    judge(packet: IpPacket): FilterVerdict;
}

export interface PacketMemory {
    readonly u8: Uint8Array;
    readonly u32: Uint32Array;
    readonly view: DataView;
    sum(offset: number, length: number): number;
}

export class PathMtuCache {
    generation: number;
    constructor(clock: Clock, hash: KeyedHash, settings: PathMtuSettings);
    get size(): number;
    find(remote: Address): PathMtuEntry | null;
    mtuFor(remote: Address, linkMtu: number): number;
    candidate(remote: Address, currentMtu: number, reportedMtu: number, quotedTotalLength: number): number;
    lockFor(remote: Address, currentMtu: number, reportedMtu: number): number;
    accept(remote: Address, mtu: number): PathMtuEntry | null;
    forget(remote: Address): void;
}

export type PathMtuDiscovery = 'dont' | 'want' | 'do' | 'probe' | 'interface' | 'omit';

export class PathMtuEntry implements AddressKeyed<PathMtuEntry> {
    key: Address;
    tableNext: PathMtuEntry | null;
    mtu: number;
    isLocked: boolean;
    untilUs: number;
}

export interface PathMtuReport {
    readonly address: Address;
    readonly port: number;
    readonly mtu: number;
    readonly quotedLength: number;
}

export interface PathMtuSettings {
    readonly minPmtu: number;
    readonly mtuExpiresMs: number;
    readonly entriesMax: number;
}

export class PathProof {
    sentSize: number;
    trialSize: number;
    trialStart: number;
    trialEnd: number;
    heldMtu: number;
    heldSeq: number;
    reductions: number;
    get isForgettable(): boolean;
}

export class PendingFastOpens {
    readonly limit: number;
    count: number;
    constructor(limit: number);
    hasRoom(env: TcpEnvironment): boolean;
    ended(env: TcpEnvironment, isReset: boolean): void;
}

export interface PortProbe {
    isFree(port: number): boolean;
}

export class Prefix {
    readonly address: Address;
    readonly length: number;
    constructor(address: Address, length: number);
    static parse(text: string): Prefix;
    contains(address: Address): boolean;
    toString(): string;
}

export type ProfileName = 'linux' | 'rfc';

export class QuerierState extends TimerEntry {
    readonly timerKind: 106;
    readonly interface: Interface;
    readonly family: AddressFamily;
    olderVersion: number;
    olderUntilUs: number;
    robustness: number;
    queryIntervalSeconds: number;
    constructor(owner: Interface, family: AddressFamily);
}

export class QueuedFrame {
    readonly slot: Slot;
    next: QueuedFrame | null;
    ipOffset: number;
    isForwarded: boolean;
    constructor(capacity: number);
}

export interface RandomSource {
    publicInt32(): number;
    secretInt32(): number;
}

export class RareOptions {
    maxSegment: number;
    synRetries: number;
    finTimeoutSeconds: number;
    windowClamp: number;
    recordEnds: SlotOrder | null;
    copy(): RareOptions;
}

export class Reassembly {
    repeatedLeft: number;
    repeatedRight: number;
    get rangeCount(): number;
    get isEmpty(): boolean;
    get highest(): number;
    add(left: number, right: number, rangesMax: number): number;
    advance(next: number): number;
    covers(left: number, right: number): boolean;
    writeSackBlocks(into: Int32Array, max: number, first?: number): number;
    clear(): void;
    touch(seq: number): void;
}

export class ReceiveBuffer {
    length: number;
    get capacity(): number;
    store(pool: BufferPool, ahead: number, from: Uint8Array, offset: number, length: number): void;
    advance(count: number): void;
    read(pool: BufferPool, into: Uint8Array, offset: number, length: number): number;
    peek(at: number, into: Uint8Array, offset: number, length: number): number;
    byteAt(at: number): number;
    discard(pool: BufferPool, count: number): void;
    clear(pool: BufferPool): void;
}

export class ReceiveTuning {
    space: number;
    readSeq: number;
    readSinceUs: number;
    windowEnd: number;
    windowSinceUs: number;
    lastEcho: number;
    constructor(tcb: Tcb, us: number);
}

export interface ReceivedDatagram {
    readonly bytes: Uint8Array;
    readonly address: Address;
    readonly port: number;
    readonly localAddress: Address;
    readonly interfaceId: number;
    readonly hopLimit: number;
    readonly trafficClass: number;
}

export class RecoveryState {
    highSeq: number;
    highestSacked: number;
    retransmitSeq: number;
    sackHint: number;
    lossHint: number;
    knownBlocks: Int32Array | null;
    knownCount: number;
    renoSacked: number;
    mayUndo: boolean;
    undoMarker: number;
    undoRetransmitted: number;
    retransmitStamp: number;
    hasRetransmitStamp: boolean;
    priorSrttUs: number;
    priorRttvarUs: number;
    prrDelivered: number;
    prrOut: number;
    recoverFlight: number;
    isFrto: boolean;
    isFrtoProbing: boolean;
    isProbeOut: boolean;
    probeHighSeq: number;
    isProbeRetransmission: boolean;
    hasRttSinceProbe: boolean;
    reordering: number;
    reorderingSeen: number;
    sendOrder: number;
    rackSentUs: number;
    rackSendOrder: number;
    rackEndSeq: number;
    rackRttUs: number;
    hasRack: boolean;
    isRackAdvanced: boolean;
    isDsackSeen: boolean;
    windowSteps: number;
    windowPersist: number;
    windowDelivered: number;
    duplicated: number;
    windowUseSeq: number;
    pipeAck: number;
    isPipeAckStarted: boolean;
    pipeAckRound: number;
    pipeAckSeq: number;
    pipeAckUs: number;
    validatedTick: number;
    firstSentUs: number;
    deliveredUs: number;
    constructor(seq: number, reordering: number);
    isForgettable(reordering: number): boolean;
}

export class Resolution implements NeighborOwner {
    readonly neighbors4: NeighborCache;
    readonly neighbors6: NeighborCache;
    readonly output: IpOutput;
    readonly arp: Arp;
    readonly discovery: NeighborDiscovery;
    constructor(context: IpContext, reporter: UnreachableReporter, routes: RouteTable, destinations: DestinationCache);
    cacheOf(neighbor: Neighbor): NeighborCache;
    solicit(neighbor: Neighbor, isUnicast: boolean): void;
    release(neighbor: Neighbor, frame: QueuedFrame): void;
    discard(neighbor: Neighbor, frame: QueuedFrame, reason: number): void;
    unreachable(neighbor: Neighbor, frame: QueuedFrame): void;
    lost(neighbor: Neighbor): void;
}

export class Route extends TimerEntry {
    readonly timerKind: 104;
    readonly prefix: Prefix;
    readonly gateway: Address | null;
    readonly interface: Interface;
    readonly metric: number;
    readonly origin: RouteOrigin;
    validUntilUs: number;
    constructor(prefix: Prefix, gateway: Address | null, owner: Interface, metric: number, origin: RouteOrigin);
}

export type RouteOrigin = 'static' | 'connected' | 'advertised' | 'redirect';

export class RouteTable {
    constructor(maxCount: number);
    get all(): readonly Route[];
    add(route: Route): void;
    get isFull(): boolean;
    remove(route: Route): boolean;
    find(prefix: Prefix, gateway: Address | null, interfaceId: number): Route | null;
    lookup(address: Address, interfaceId: number, judge: GatewayJudge | null): Route | null;
}

export class Routing implements GatewayJudge {
    readonly routes: RouteTable;
    readonly cache: DestinationCache;
    readonly pathMtus: PathMtuCache;
    readonly interfaces: Interface[];
    constructor(clock: Clock, interfaces: Interface[], routes: RouteTable, cache: DestinationCache, pathMtus: PathMtuCache, resolution: Resolution, identifications: IdentificationSource);
    lookup(remote: Address, local: Address | null, interfaceId: number): Destination | null;
    refreshPathMtu(destination: Destination): void;
    isPathMtuOld(destination: Destination): boolean;
    pathMtuCandidate(remote: Address, currentMtu: number, reportedMtu: number, quotedTotalLength: number): number;
    lowerPathMtu(remote: Address, reportedMtu: number, quotedTotalLength: number): number;
    lookupForward(remote: Address): Destination | null;
    findOwn(w0: number, w1: number, w2: number, w3: number): InterfaceAddress | null;
    isOwn(address: Address): boolean;
    isProbablyReachable(owner: Interface, gateway: Address): boolean;
}

class Scope {
    readonly peer: Prefix | null;
    readonly localPort: number;
    readonly remotePort: number;
    constructor(scope: TcpKeyScope);
    matches(peer: Address, localPort: number, remotePort: number): boolean;
    overlaps(other: Scope): boolean;
    get prefixLength(): number;
}

export class Scoreboard extends SegmentStore {
    isWhole: boolean;
    totalWeight: number;
    sackedWeight: number;
    lostWeight: number;
    retransmittedWeight: number;
    waitingWeight: number;
    get count(): number;
    get isEmpty(): boolean;
    get isFull(): boolean;
    get inFlight(): number;
    slotAt(index: number): number;
    append(seq: number, end: number, mss: number, isPushed?: boolean): number;
    stamp(slot: number, sentUs: number, sendOrder: number, delivered: number, deliveredUs: number, firstSentUs: number, lost: number, isAppLimited: boolean): void;
    ordinal(index: number): number;
    indexBeyond(seq: number, hint?: number): number;
    split(index: number, seq: number): void;
    trimFirst(seq: number): number;
    removeFirst(): void;
    markSacked(slot: number): void;
    markLost(slot: number): void;
    unmarkLost(slot: number): void;
    unmarkSacked(slot: number): void;
    markRetransmitted(slot: number): void;
    unmarkRetransmitted(slot: number): void;
    mergeSacked(index: number): number;
    clear(): void;
    joinNext(index: number): void;
    isWaiting(slot: number): boolean;
}

export class ScoreboardPool {
    acquire(isWhole: boolean): Scoreboard;
    release(board: Scoreboard): void;
}

export interface SegmentPlace {
    readonly memory: PacketMemory;
    readonly offset: number;
    readonly headerLength: number;
    readonly length: number;
}

export interface SegmentSentRecord extends ConnectionLabel {
    readonly kind: 'segment-sent';
    readonly timeUs: number;
    readonly reason: string;
    readonly seq: number;
    readonly ack: number;
    readonly flags: number;
    readonly payloadLength: number;
}

export class SegmentStore {
    visited: number;
    protected records: Int32Array;
    protected newest: number;
    get capacity(): number;
    seq(slot: number): number;
    end(slot: number): number;
    weight(slot: number): number;
    flags(slot: number): number;
    sentUs(slot: number): number;
    sendOrder(slot: number): number;
    deliveredAtSend(slot: number): number;
    deliveredUs(slot: number): number;
    firstSentUs(slot: number): number;
    txInFlight(slot: number): number;
    lostAtSend(slot: number): number;
    mss(slot: number): number;
    get oldestSent(): number;
    nextSent(slot: number): number;
    protected forgetAll(): void;
    protected enlist(slot: number, after: number): void;
    protected enlistByTime(slot: number): void;
    protected unlist(slot: number): void;
    protected takeSlot(): number;
    protected giveSlot(slot: number): void;
}

export class SendBuffer {
    length: number;
    append(pool: BufferPool, from: Uint8Array, offset: number, length: number, limit: number): number;
    copyTo(at: number, into: Uint8Array, offset: number, length: number): void;
    acknowledge(pool: BufferPool, count: number): void;
    clear(pool: BufferPool): void;
}

export class SendHistory {
    receiveWindowTicks: number;
    sendBufferTicks: number;
    timeouts: number;
    timeoutRuns: number;
    timeoutUs: number;
    runStartUs: number;
    octetsRetransmitted: number;
    dsacksReceived: number;
    timeoutTimeUs(nowUs: number): number;
}

export interface SendParameters {
    readonly path: TcpPath;
    readonly trafficClass: number;
    readonly hopLimit: number;
    readonly flowLabel: number;
    readonly ipOptions: Uint8Array | null;
    readonly auth: ConnectionAuth | null;
}

export class SentSizes {
    note(remote: Address, size: number): void;
    largestTo(remote: Address): number;
}

export interface SettingsChanges {
    readonly tcp?: Partial<Omit<TcpSettings, 'profile'>>;
    readonly ip?: Partial<IpSettings>;
    readonly udp?: Partial<UdpSettings>;
}

export class Slot {
    memory: PacketMemory;
    offset: number;
    capacity: number;
    headroom: number;
    interfaceId: number;
    length: number;
    gsoSize: number;
    gsoType: number;
    checksumStart: number;
    checksumOffset: number;
    checksumVerified: number;
    departUs: number;
    constructor(memory: PacketMemory, offset: number, capacity: number, headroom: number);
    static allocate(capacity: number, ethernet: boolean): Slot;
    reset(): void;
    copyFrom(other: Slot): boolean;
}

export class SlotOrder {
    count: number;
    removed: number;
    constructor(capacity: number);
    at(index: number): number;
    push(value: number): void;
    shift(): void;
    insert(index: number, value: number): void;
    remove(index: number): void;
    clear(): void;
}

export interface SocketError {
    readonly code: SocketErrorCode;
    readonly message: string;
}

export type SocketErrorCode = TcpErrorCode | DatagramErrno | 'EADDRINUSE' | 'ENOTFOUND';

export class SocketOptions {
    reuseAddress: number;
    reusePort: number;
    broadcast: number;
    sendBuffer: number;
    receiveBuffer: number;
    receiveLowat: number;
    keepAlive: number;
    oobInline: number;
    isLingering: boolean;
    lingerSeconds: number;
    receiveTimeoutUs: number;
    sendTimeoutUs: number;
    trafficClass: number;
    hopLimit: number;
    mtuDiscover: number;
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
    notsentLowat: number;
    wantsInq: number;
    fastOpenQueue: number;
    fastOpenConnect: number;
    fastOpenNoCookie: number;
    fastOpenKeys: readonly string[];
    congestion: string;
    inherit(): SocketOptions;
}

export interface SocketWithEvents {
    takeEvents(): number;
}

export class Stack {
    readonly name: string;
    readonly profile: ProfileName;
    readonly settings: StackSettings;
    readonly counters: StackCounters;
    readonly clock: Clock;
    readonly ip: IpLayer;
    readonly tcp: TcpLayer;
    readonly transports: Transports;
    readonly events: EventQueue;
    readonly random: RandomSource;
    readonly observer: Observer | null;
    readonly context: StackContext;
    constructor(options: StackOptions);
    get filter(): PacketFilter;
    addInterface(spec: InterfaceSpec): Interface;
    addAddress(interfaceId: number, address: string): void;
    addRoute(prefix: string, gateway: string | null, interfaceId: number): void;
    interfaceAt(interfaceId: number): Interface;
    setTime(nowUs: number): void;
    receive(slot: Slot, nowUs: number): void;
    pollTransmit(nowUs: number, slot: Slot): boolean;
    nextTimeoutUs(): number;
    handleTimeout(nowUs: number): void;
    pollEvent(): SocketWithEvents | null;
    snapshot(): Stack;
}

export class StackContext implements IpContext {
    readonly clock: Clock;
    readonly wheel: TimerWheel;
    readonly random: RandomSource;
    readonly hash: KeyedHash;
    readonly settings: IpSettings;
    readonly counters: StackCounters;
    readonly observer: Observer | null;
    constructor(clock: Clock, wheel: TimerWheel, random: RandomSource, settings: IpSettings, counters: StackCounters, observer: Observer | null);
    dropped(reason: number, interfaceId: number): void;
}

export class StackCounters extends IpCounters {
    tcp: TcpCounters;
    tcpExt: TcpExtCounters;
    readonly udp: UdpCounters;
    readonly udp6: UdpCounters;
    readonly drops: Map<string, number>;
}

export interface StackOptions {
    readonly name?: string;
    readonly profile?: ProfileName;
    readonly settings?: SettingsChanges;
    readonly random: RandomSource;
    readonly epochUs?: number;
    readonly startUs?: number;
    readonly observer?: Observer | null;
    readonly auth?: TcpAuthAlgorithms;
}

export interface StackSettings {
    readonly tcp: TcpSettings;
    readonly ip: IpSettings;
    readonly udp: UdpSettings;
}

export interface StateChangeRecord extends ConnectionLabel {
    readonly kind: 'state';
    readonly timeUs: number;
    readonly from: string;
    readonly to: string;
    readonly cause: string;
}

export class StreamSocket {
    readonly stack: Stack;
    readonly tcb: Tcb | null;
    context: object | null;
    constructor(stack: Stack, tcb: Tcb | null);
    static connect(stack: Stack, options: ConnectOptions): StreamSocket;
    write(bytes: Uint8Array, offset?: number, length?: number): number;
    writeUrgent(bytes: Uint8Array): number;
    read(into: Uint8Array, offset?: number, length?: number): number;
    peek(into: Uint8Array, offset?: number, length?: number, at?: number): number;
    discard(count: number): void;
    readUrgent(): number;
    get readableLength(): number;
    get writableLength(): number;
    get unacknowledgedLength(): number;
    get isReadEnded(): boolean;
    get urgentLength(): number;
    shutdownWrite(): void;
    shutdownRead(): void;
    close(): void;
    abort(): void;
    get state(): number;
    get stateName(): TcpStateName;
    get error(): SocketError | null;
    takeSoftError(): SocketError | null;
    get isSynDataAcked(): boolean;
    get localAddress(): string;
    get localPort(): number;
    get remoteAddress(): string;
    get remotePort(): number;
    tcpInfo(into?: TcpInfo): TcpInfo;
    takeEvents(): number;
    get noDelay(): boolean;
    set noDelay(on: boolean);
    get cork(): boolean;
    set cork(on: boolean);
    get keepAlive(): KeepAliveOptions | null;
    setKeepAlive(options: Partial<KeepAliveOptions> | null): void;
    set lingerMs(ms: number);
    set userTimeoutMs(ms: number);
    get userTimeoutMs(): number;
    get userTimeoutOption(): number;
    set userTimeoutOption(seconds: number);
    get congestionControl(): string;
    set congestionControl(name: string);
    set trafficClass(value: number);
    set hopLimit(value: number);
    get receiveBufferSize(): number;
    set receiveBufferSize(bytes: number);
    get sendBufferSize(): number;
    set sendBufferSize(bytes: number);
    get notsentLowat(): number;
    set notsentLowat(bytes: number);
    set urgentOutOfBand(on: boolean);
    set softErrorReports(on: boolean);
    get aoKeys(): AoKeys | null;
}

export const TCP_STATE_NAMES: readonly ['CLOSED', 'LISTEN', 'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'];

export class Tcb extends TcbWithExtras {
    readonly id: number;
    readonly key: ConnectionKey;
    path: TcpPath;
    pathMtu: number;
    pathProof: PathProof | null;
    provenSize: number;
    state: number;
    readonly listener: Listener | null;
    user: object | null;
    events: number;
    iss: number;
    sndUna: number;
    sndNxt: number;
    sndWnd: number;
    sndWl1: number;
    sndWl2: number;
    maxSndWnd: number;
    irs: number;
    rcvNxt: number;
    rcvAdv: number;
    lastAckSent: number;
    rcvFinSeq: number;
    agreed: number;
    peerMss: number;
    sendMss: number;
    advertisedMss: number;
    receiveMss: number;
    lastSegmentSize: number;
    sndScale: number;
    rcvScale: number;
    offeredScale: number;
    tsRecent: number;
    tsRecentUs: number;
    tsOffset: number;
    srttUs: number;
    rttvarUs: number;
    minRttUs: number;
    rtoUs: number;
    backoff: number;
    rttvarRoundUs: number;
    rttvarRtoUs: number;
    rttSeq: number;
    minRttTick: number;
    synSentUs: number;
    timeouts: number;
    retransmitted: number;
    firstTimeoutTick: number;
    congestion: CongestionControl;
    caState: number;
    cwnd: number;
    ssthresh: number;
    priorCwnd: number;
    priorSsthresh: number;
    ackedInRound: number;
    maxInFlight: number;
    windowUsed: number;
    windowUsedTick: number;
    delivered: number;
    lost: number;
    appLimitedUntil: number;
    rateDelivered: number;
    rateIntervalUs: number;
    scoreboard: Scoreboard | null;
    recovery: RecoveryState | null;
    ecn: EcnState | null;
    pacingRate: number;
    departUs: number;
    sendQuantum: number;
    lastSendTick: number;
    pending: number;
    extraAcks: number;
    quickAcks: number;
    pushedSegments: number;
    lastReceiveTick: number;
    lastAnswerTick: number;
    armed: number;
    retransmissionTick: number;
    delayedAckTick: number;
    lossProbeTick: number;
    sendBuffer: SendBuffer | null;
    sendBufferSeq: number;
    pushMarks: SlotOrder | null;
    receiveBuffer: ReceiveBuffer | null;
    reassembly: Reassembly | null;
    sendLimit: number;
    receiveLimit: number;
    receiveRttUs: number;
    receiveTuning: ReceiveTuning | null;
    smallSeq: number;
    trafficClass: number;
    hopLimit: number;
    flowLabel: number;
    bytesSent: number;
    bytesAcked: number;
    bytesReceived: number;
    segmentsIn: number;
    segmentsOut: number;
    dataSegmentsIn: number;
    earlySegmentsIn: number;
    lastAckTick: number;
    dataSegmentsOut: number;
    occupation: number;
    occupiedSinceTick: number;
    busyTicks: number;
    nextReady: Tcb | null;
    constructor(id: number, key: ConnectionKey, path: TcpPath, listener: Listener | null, settings: TcpSettings, congestion: CongestionControl);
    get timerKind(): number;
    get isPassive(): boolean;
    get isEmbryo(): boolean;
    get isFastOpenPending(): boolean;
    get rcvWnd(): number;
    get flightSize(): number;
    get unsentLength(): number;
    get usableWindow(): number;
    get hasUnsent(): boolean;
    has(option: number): boolean;
}

export abstract class TcbFlags extends TimerEntry {
    constructor(hasUser: boolean, isPaced: boolean);
    get hasUser(): boolean;
    set hasUser(is: boolean);
    get isHalfOpen(): boolean;
    set isHalfOpen(is: boolean);
    get isOrphan(): boolean;
    set isOrphan(is: boolean);
    get isNotified(): boolean;
    set isNotified(is: boolean);
    get rcvFinKnown(): boolean;
    set rcvFinKnown(is: boolean);
    get rcvFinDone(): boolean;
    set rcvFinDone(is: boolean);
    get isSynTimed(): boolean;
    set isSynTimed(is: boolean);
    get isCwndLimited(): boolean;
    set isCwndLimited(is: boolean);
    get isRateAppLimited(): boolean;
    set isRateAppLimited(is: boolean);
    get cwrQueued(): boolean;
    set cwrQueued(is: boolean);
    get isPaced(): boolean;
    set isPaced(is: boolean);
    get isAckDelayed(): boolean;
    set isAckDelayed(is: boolean);
    get isInteractive(): boolean;
    set isInteractive(is: boolean);
    get hasAnswered(): boolean;
    set hasAnswered(is: boolean);
    get isReceiveLimitFixed(): boolean;
    set isReceiveLimitFixed(is: boolean);
    get isSendLimitFixed(): boolean;
    set isSendLimitFixed(is: boolean);
    get isSynDataAcked(): boolean;
    set isSynDataAcked(is: boolean);
    get isFastOpened(): boolean;
    set isFastOpened(is: boolean);
    get isWriteBlocked(): boolean;
    set isWriteBlocked(is: boolean);
    get finQueued(): boolean;
    set finQueued(is: boolean);
    get finSent(): boolean;
    set finSent(is: boolean);
    get noDelay(): boolean;
    set noDelay(is: boolean);
    get cork(): boolean;
    set cork(is: boolean);
    get softErrorReports(): boolean;
    set softErrorReports(is: boolean);
    get isUrgentOutOfBand(): boolean;
    set isUrgentOutOfBand(is: boolean);
    get isReadShut(): boolean;
    set isReadShut(is: boolean);
    get isReady(): boolean;
    set isReady(is: boolean);
}

export abstract class TcbWithExtras extends TcbFlags {
    get mtuProbe(): MtuProbe | null;
    set mtuProbe(value: MtuProbe | null);
    get error(): TcpErrorCode | null;
    set error(value: TcpErrorCode | null);
    get softError(): TcpErrorCode | null;
    set softError(value: TcpErrorCode | null);
    get retransmittedOctets(): number;
    set retransmittedOctets(value: number);
    get probes(): number;
    set probes(value: number);
    get persistStartTick(): number;
    set persistStartTick(value: number);
    get cwndClamp(): number;
    set cwndClamp(value: number);
    get deliveredCe(): number;
    set deliveredCe(value: number);
    get maxPacingRate(): number;
    set maxPacingRate(value: number);
    get persistTick(): number;
    set persistTick(value: number);
    get keepAliveTick(): number;
    set keepAliveTick(value: number);
    get lifetimeTick(): number;
    set lifetimeTick(value: number);
    get reorderingTick(): number;
    set reorderingTick(value: number);
    get pacingTick(): number;
    set pacingTick(value: number);
    get duplicates(): DuplicateReports | null;
    set duplicates(value: DuplicateReports | null);
    get fastOpen(): FastOpenAttempt | null;
    set fastOpen(value: FastOpenAttempt | null);
    get cookieOwed(): number;
    set cookieOwed(value: number);
    get notsentLowat(): number;
    set notsentLowat(value: number);
    get urgent(): UrgentState | null;
    set urgent(value: UrgentState | null);
    get keepAlive(): KeepAliveOptions | null;
    set keepAlive(value: KeepAliveOptions | null);
    get keepAliveProbes(): number;
    set keepAliveProbes(value: number);
    get lingerMs(): number;
    set lingerMs(value: number);
    get userTimeoutMs(): number;
    set userTimeoutMs(value: number);
    get userTimeout(): UserTimeoutState | null;
    set userTimeout(value: UserTimeoutState | null);
    get rare(): RareOptions | null;
    set rare(value: RareOptions | null);
    get ipOptions(): Uint8Array | null;
    set ipOptions(value: Uint8Array | null);
    get auth(): ConnectionAuth | null;
    set auth(value: ConnectionAuth | null);
    get sendHistory(): SendHistory | null;
    set sendHistory(value: SendHistory | null);
}

export type TcpAoAlgorithm = 'hmac-sha-1-96' | 'aes-128-cmac-96';

export interface TcpAoKeyOptions extends TcpKeyScope {
    readonly key: Uint8Array;
    readonly sendId: number;
    readonly receiveId: number;
    readonly algorithm?: TcpAoAlgorithm;
    readonly coversOptions?: boolean;
}

export interface TcpAuthAlgorithms {
    md5(bytes: Uint8Array): Uint8Array;
    hmacSha1(key: Uint8Array, bytes: Uint8Array): Uint8Array;
    aesCmac(key: Uint8Array, bytes: Uint8Array): Uint8Array;
}

export interface TcpAuthOptions {
    readonly md5?: readonly TcpMd5KeyOptions[];
    readonly ao?: readonly TcpAoKeyOptions[];
}

export class TcpCounters {
    ActiveOpens: number;
    PassiveOpens: number;
    AttemptFails: number;
    EstabResets: number;
    CurrEstab: number;
    InSegs: number;
    OutSegs: number;
    RetransSegs: number;
    InErrs: number;
    OutRsts: number;
    InCsumErrors: number;
}

export interface TcpEnvironment {
    readonly clock: Clock;
    readonly wheel: TimerWheel;
    readonly settings: TcpSettings;
    readonly counters: TcpCounters;
    readonly extCounters: TcpExtCounters;
    readonly random: RandomSource;
    readonly hash: KeyedHash;
    readonly pool: BufferPool;
    readonly scoreboards: ScoreboardPool;
    readonly ackSample: AckSample;
    readonly challengeBudget: ChallengeBudget;
    readonly fastOpen: FastOpen;
    readonly observer: Observer | null;
    readonly authAlgorithms: TcpAuthAlgorithms | null;
    readonly keys: KeyStore;
    timeWaitCount: number;
    orphanCount: number;
    scheduleOutput(tcb: Tcb): void;
    deferTimer(tcb: Tcb, timer: number, ticks: number): void;
    forgetTimeWait(tcb: Tcb): void;
    notify(tcb: Tcb, bits: number): void;
    notifyListener(listener: Listener): void;
    sendResetFor(segment: TcpSegment): void;
    transportOffset(tcb: Tcb, slot: Slot): number;
    seal(tcb: Tcb, slot: Slot, length: number): boolean;
    sendControl(control: ControlSegment): void;
    createPassive(listener: Listener, segment: TcpSegment): Tcb | null;
    remove(tcb: Tcb): void;
    replaceByTimeWait(tcb: Tcb, timeWait: TimeWait): void;
    removeTimeWait(timeWait: TimeWait): void;
    reopen(timeWait: TimeWait, segment: TcpSegment, initialSeq: number): boolean;
    adviseRouteFailure(tcb: Tcb): void;
    lowerPathMtu(tcb: Tcb, mtu: number): void;
    adviseReachable(tcb: Tcb): void;
}

export type TcpErrorCode = 'ECONNREFUSED' | 'ECONNRESET' | 'ECONNABORTED' | 'ETIMEDOUT' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'EHOSTDOWN' | 'ENONET' | 'EOPNOTSUPP' | 'EPROTO' | 'ENOPROTOOPT' | 'EACCES' | 'EMSGSIZE' | 'EPIPE' | 'EADDRNOTAVAIL';

export class TcpExtCounters {
    ListenOverflows: number;
    ListenDrops: number;
    TCPReqQFullDrop: number;
    TCPTimeouts: number;
    TCPSynRetrans: number;
    TCPFastRetrans: number;
    TCPSlowStartRetrans: number;
    TCPRenoRecovery: number;
    TCPSackRecovery: number;
    TCPSACKReneging: number;
    TCPSACKReorder: number;
    TCPSACKDiscard: number;
    TCPFullUndo: number;
    TCPPartialUndo: number;
    TCPDSACKUndo: number;
    TCPLossUndo: number;
    TCPSpuriousRTOs: number;
    TCPLostRetransmit: number;
    TCPLossProbes: number;
    TCPLossProbeRecovery: number;
    TCPDeliveredCE: number;
    TCPDSACKRecv: number;
    TCPDSACKIgnoredDubious: number;
    TCPDSACKOldSent: number;
    TCPDSACKOfoSent: number;
    TCPAbortOnData: number;
    TCPAbortOnClose: number;
    TCPAbortOnMemory: number;
    TCPAbortOnTimeout: number;
    TCPAbortOnLinger: number;
    TCPOFOQueue: number;
    TCPOFODrop: number;
    TCPOFOMerge: number;
    TCPRcvQDrop: number;
    TCPChallengeACK: number;
    TCPSYNChallenge: number;
    TCPACKSkippedChallenge: number;
    TCPACKSkippedSeq: number;
    TCPACKSkippedTimeWait: number;
    PAWSEstab: number;
    PAWSActive: number;
    PAWSTimewait: number;
    DelayedACKs: number;
    DelayedACKLost: number;
    TCPPureAcks: number;
    TCPKeepAlive: number;
    TCPWinProbe: number;
    TCPFromZeroWindowAdv: number;
    TCPToZeroWindowAdv: number;
    TCPWantZeroWindowAdv: number;
    TW: number;
    TWRecycled: number;
    TCPTimeWaitOverflow: number;
    OutOfWindowIcmps: number;
    EmbryonicRsts: number;
    TCPOrigDataSent: number;
    TCPFastOpenActive: number;
    TCPFastOpenActiveFail: number;
    TCPFastOpenPassive: number;
    TCPFastOpenPassiveFail: number;
    TCPFastOpenListenOverflow: number;
    TCPFastOpenCookieReqd: number;
    TCPFastOpenBlackhole: number;
    TCPFastOpenPassiveAltKey: number;
    TCPHystartTrainDetect: number;
    TCPHystartTrainCwnd: number;
    TCPHystartDelayDetect: number;
    TCPHystartDelayCwnd: number;
    TCPUrgentData: number;
    TCPMTUPFail: number;
    TCPMTUPSuccess: number;
    PmtuClaimsHeld: number;
    PmtuClaimsRefuted: number;
    TCPMD5NotFound: number;
    TCPMD5Unexpected: number;
    TCPMD5Failure: number;
    TCPAORequired: number;
    TCPAOBad: number;
    TCPAOKeyNotFound: number;
    TCPAOGood: number;
    TCPAODroppedIcmps: number;
}

export class TcpInfo {
    state: TcpStateName;
    caState: CaStateName;
    retransmits: number;
    probes: number;
    backoff: number;
    options: number;
    sndWscale: number;
    rcvWscale: number;
    deliveryRateAppLimited: boolean;
    fastopenClientFail: number;
    rtoUs: number;
    atoUs: number;
    sndMss: number;
    rcvMss: number;
    unacked: number;
    sacked: number;
    lost: number;
    retrans: number;
    fackets: number;
    lastDataSentMs: number;
    lastAckSentMs: number;
    lastDataRecvMs: number;
    lastAckRecvMs: number;
    pmtu: number;
    rcvSsthresh: number;
    rttUs: number;
    rttvarUs: number;
    sndSsthresh: number;
    sndCwnd: number;
    advmss: number;
    reordering: number;
    rcvRttUs: number;
    rcvSpace: number;
    totalRetrans: number;
    pacingRate: number;
    maxPacingRate: number;
    bytesAcked: number;
    bytesReceived: number;
    segsOut: number;
    segsIn: number;
    notsentBytes: number;
    minRttUs: number;
    dataSegsIn: number;
    dataSegsOut: number;
    deliveryRate: number;
    busyTimeUs: number;
    rwndLimitedUs: number;
    sndbufLimitedUs: number;
    delivered: number;
    deliveredCe: number;
    bytesSent: number;
    bytesRetrans: number;
    dsackDups: number;
    reordSeen: number;
    rcvOoopack: number;
    sndWnd: number;
    rcvWnd: number;
    rehash: number;
    totalRto: number;
    totalRtoRecoveries: number;
    totalRtoTimeMs: number;
    receivedCe: number;
    deliveredE1Bytes: number;
    deliveredE0Bytes: number;
    deliveredCeBytes: number;
    receivedE1Bytes: number;
    receivedE0Bytes: number;
    receivedCeBytes: number;
    accecnFailMode: number;
    accecnOptSeen: number;
}

export interface TcpKeyScope {
    readonly peer?: string;
    readonly localPort?: number;
    readonly remotePort?: number;
}

export class TcpLayer implements TcpEnvironment {
    readonly clock: Clock;
    readonly wheel: TimerWheel;
    readonly settings: TcpSettings;
    readonly counters: TcpCounters;
    readonly extCounters: TcpExtCounters;
    readonly random: RandomSource;
    readonly hash: KeyedHash;
    readonly pool: BufferPool;
    readonly scoreboards: ScoreboardPool;
    readonly ackSample: AckSample;
    readonly challengeBudget: ChallengeBudget;
    readonly fastOpen: FastOpen;
    readonly observer: Observer | null;
    readonly authAlgorithms: TcpAuthAlgorithms | null;
    readonly keys: KeyStore;
    timeWaitCount: number;
    orphanCount: number;
    readonly connections: ConnectionTable<Tcb | TimeWait>;
    readonly listeners: ListenerTable;
    readonly ports: EphemeralPorts;
    readonly tuples: TupleHash;
    constructor(context: StackContext, settings: TcpSettings, ip: IpLayer, events: EventQueue, algorithms: TcpAuthAlgorithms | null);
    arrived(packet: IpPacket): void;
    refuse(packet: IpPacket): void;
    hasTransmit(interfaceId: number): boolean;
    pollTransmit(slot: Slot): boolean;
    scheduleOutput(tcb: Tcb): void;
    transportOffset(tcb: Tcb, slot: Slot): number;
    seal(tcb: Tcb, slot: Slot, length: number): boolean;
    sendControl(control: ControlSegment): void;
    sendResetFor(segment: TcpSegment): void;
    createPassive(listener: Listener, segment: TcpSegment): Tcb | null;
    create(key: ConnectionKey, path: Destination, listener: Listener | null): Tcb;
    takeId(): number;
    mayReuse(timeWait: TimeWait): boolean;
    releaseTimeWait(key: ConnectionKey): void;
    remove(tcb: Tcb): void;
    replaceByTimeWait(tcb: Tcb, timeWait: TimeWait): void;
    removeTimeWait(timeWait: TimeWait): void;
    reopen(timeWait: TimeWait, segment: TcpSegment, initialSeq: number): boolean;
    halfOpenOf(listener: Listener): Tcb[];
    deferTimer(tcb: Tcb, timer: number, ticks: number): void;
    startDeferred(): void;
    forgetTimeWait(tcb: Tcb): void;
    notify(tcb: Tcb, bits: number): void;
    notifyListener(listener: Listener): void;
    adviseRouteFailure(tcb: Tcb): void;
    lowerPathMtu(tcb: Tcb, mtu: number): void;
    adviseReachable(tcb: Tcb): void;
    tcbExpired(tcb: Tcb): void;
    timeWaitExpired(timeWait: TimeWait): void;
}

export interface TcpMd5KeyOptions extends TcpKeyScope {
    readonly key: Uint8Array;
}

export interface TcpPath {
    readonly pathMtu: number;
    readonly linkMtu: number;
    readonly interface: {
        readonly id: number;
        readonly mtu: number;
        readonly capabilities: {
            readonly tso4: boolean;
            readonly tso6: boolean;
            readonly checksum: boolean;
        };
    };
}

export class TcpSegment {
    packet: IpPacket;
    sourcePort: number;
    destinationPort: number;
    seq: number;
    ack: number;
    flags: number;
    window: number;
    urgentPointer: number;
    headerLength: number;
    payloadOffset: number;
    payloadLength: number;
    optionsPresent: number;
    mss: number;
    windowScale: number;
    timestampValue: number;
    timestampEcho: number;
    sackCount: number;
    readonly sackBlocks: Int32Array;
    fastOpenOffset: number;
    fastOpenLength: number;
    fastOpenExperimental: boolean;
    userTimeoutSeconds: number;
    authOffset: number;
    authLength: number;
    accEcnKind: number;
    accEcnOffset: number;
    accEcnLength: number;
    constructor(packet: IpPacket);
    get length(): number;
}

export interface TcpSettings {
    readonly profile: ProfileName;
    syn_retries: number;
    syn_linear_timeouts: number;
    synack_retries: number;
    retries1: number;
    retries2: number;
    orphan_retries: number;
    fin_timeout: number;
    time_wait_ms: number;
    tw_reuse: number;
    max_tw_buckets: number;
    max_orphans: number;
    max_syn_backlog: number;
    somaxconn: number;
    abort_on_overflow: boolean;
    keepalive_time: number;
    keepalive_intvl: number;
    keepalive_probes: number;
    timestamps: boolean;
    window_scaling: boolean;
    sack: boolean;
    rmem_default: number;
    rmem_max: number;
    moderate_rcvbuf: boolean;
    wmem_default: number;
    wmem_max: number;
    notsent_lowat: number;
    challenge_ack_limit: number;
    invalid_ratelimit: number;
    rto_initial_us: number;
    rto_min_us: number;
    rto_max_us: number;
    rto_after_syn_loss_us: number;
    delayed_ack_us: number;
    quick_acks: number;
    ack_every_segments: number;
    initial_window_segments: number;
    initial_window_bytes: number;
    slow_start_after_idle: boolean;
    abc_limit: number;
    congestion_control: string;
    recovery: number;
    early_retrans: number;
    frto: number;
    limited_transmit: boolean;
    prr: boolean;
    reordering: number;
    max_reordering: number;
    dsack: boolean;
    ecn: number;
    ecn_fallback: boolean;
    ecn_option: number;
    ecn_option_beacon: number;
    min_rtt_wlen: number;
    pacing: boolean;
    pacing_ss_ratio: number;
    pacing_ca_ratio: number;
    window_validation: boolean;
    hystart: 'classic' | 'plusplus' | 'off';
    ecn_alternative_backoff: boolean;
    nagle: 'rfc' | 'minshall';
    zero_window_probe: 'octet' | 'empty';
    hard_icmp_aborts: boolean;
    pmtu_confirm_timeouts: number;
    mtu_probing: number;
    base_mss: number;
    mtu_probe_floor: number;
    probe_interval: number;
    probe_threshold: number;
    stdurg: boolean;
    accept_syn_data: boolean;
    fastopen: number;
    fastopen_blackhole_timeout_sec: number;
    fastopen_refused_sec: number;
    fastopen_key_lifetime_sec: number;
    require_timestamps: boolean;
    rto_min_on_variance: boolean;
    rfc1337: boolean;
    user_timeout_option: number;
    user_timeout_min: number;
    user_timeout_max: number;
    accept_unexpected_signatures: boolean;
    ip_local_port_first: number;
    ip_local_port_last: number;
    default_hop_limit: number;
    min_snd_mss: number;
    reassembly_ranges_max: number;
}

export type TcpStateName = (typeof TCP_STATE_NAMES)[number];

export class TimeWait extends TimerEntry implements SendParameters {
    readonly timerKind = 2;
    readonly id: number;
    readonly key: ConnectionKey;
    readonly sndNxt: number;
    readonly rcvNxt: number;
    readonly window: number;
    readonly ecnFlags: number;
    readonly hasTimestamps: boolean;
    readonly tsOffset: number;
    readonly path: TcpPath;
    readonly trafficClass: number;
    readonly hopLimit: number;
    readonly flowLabel: number;
    readonly ipOptions: Uint8Array | null;
    readonly auth: ConnectionAuth | null;
    tsRecent: number;
    tsRecentUs: number;
    hasAnswered: boolean;
    lastAnswerTick: number;
    constructor(tcb: Tcb, hasTimestamps: boolean);
}

export interface TimeoutRecord extends ConnectionLabel {
    readonly kind: 'timeout';
    readonly timeUs: number;
    readonly timer: string;
    readonly count: number;
}

export abstract class TimerEntry {
    abstract readonly timerKind: number;
    dueTick: number;
    wheelSlot: number;
    wheelPrevious: TimerEntry | null;
    wheelNext: TimerEntry | null;
    get isArmed(): boolean;
}

export class TimerWheel {
    constructor(startTick: number);
    get count(): number;
    schedule(entry: TimerEntry, tick: number): void;
    cancel(entry: TimerEntry): void;
    get isPending(): boolean;
    nextTick(): number;
    popDue(tick: number): TimerEntry | null;
    skipTo(tick: number): void;
}

export interface TransportProtocols {
    transportArrived(packet: IpPacket): boolean;
    icmpErrorArrived(error: IcmpErrorReport): void;
}

export class Transports implements TransportProtocols, UdpOutput, UdpFeedback {
    readonly filter: PacketFilter;
    plug(stack: Stack): void;
    get stack(): Stack;
    get udp(): UdpLayer;
    transportArrived(packet: IpPacket): boolean;
    icmpErrorArrived(report: IcmpErrorReport): void;
    pathMtuReported(report: IcmpErrorReport): void;
    portUnreachable(packet: IpPacket): void;
    lookup(remote: Address, local: Address | null, interfaceId: number): DatagramPath | null;
    sendDatagram(path: DatagramPath, protocol: number, bytes: Uint8Array, length: number, options: IpSendOptions): number;
    isLocalAddress(address: Address): boolean;
    isBroadcast(packet: IpPacket): boolean;
    joinGroup(group: Address, interfaceId: number): number;
    leaveGroup(group: Address, interfaceId: number): void;
}

export class TupleHash {
    constructor(hash: KeyedHash);
    ofSegment(segment: TcpSegment): number;
    of(local: Address, localPort: number, remote: Address, remotePort: number): number;
}

export interface UdpContext {
    readonly random: RandomSource;
    readonly hash: KeyedHash;
    readonly settings: UdpSettings;
    readonly counters: UdpCounters;
    readonly counters6: UdpCounters;
    dropped(reason: number, interfaceId: number): void;
}

export class UdpCounters {
    InDatagrams: number;
    NoPorts: number;
    InErrors: number;
    OutDatagrams: number;
    RcvbufErrors: number;
    SndbufErrors: number;
    InCsumErrors: number;
    InMulti: number;
}

export interface UdpFeedback {
    portUnreachable(packet: IpPacket): void;
    pathMtuReported(report: IcmpErrorReport): void;
}

export class UdpLayer {
    constructor(context: UdpContext, output: UdpOutput, feedback: UdpFeedback);
    get endpointCount(): number;
    [Symbol.iterator](): IterableIterator<DatagramEndpoint>;
    createEndpoint(family: 4 | 6, options?: DatagramOptions): DatagramEndpoint;
    arrived(packet: IpPacket): void;
    icmpErrorArrived(report: IcmpErrorReport): void;
    pathMtuOf(endpoint: DatagramEndpoint, remote: Address): number;
    bind(endpoint: DatagramEndpoint, local: Address | null, port: number): DatagramErrno | null;
    connect(endpoint: DatagramEndpoint, remote: Address, remotePort: number): DatagramErrno | null;
    disconnect(endpoint: DatagramEndpoint): void;
    send(endpoint: DatagramEndpoint, remote: Address, remotePort: number, bytes: Uint8Array, offset: number, length: number): DatagramErrno | null;
    joinGroup(endpoint: DatagramEndpoint, group: Address, interfaceId: number): DatagramErrno | null;
    leaveGroup(join: GroupJoin): void;
    remove(endpoint: DatagramEndpoint): void;
}

export interface UdpOutput extends DatagramOutput {
    isLocalAddress(address: Address): boolean;
    isBroadcast(packet: IpPacket): boolean;
    joinGroup(group: Address, interfaceId: number): number;
    leaveGroup(group: Address, interfaceId: number): void;
}

export interface UdpSettings {
    readonly localPortFirst: number;
    readonly localPortLast: number;
    readonly rmemDefaultBytes: number;
    readonly endpointsMax: number;
    readonly noPmtuDisc: number;
    readonly membershipsMax: number;
}

export interface UnreachableReporter {
    neighborUnreachable(packet: IpPacket, isForwarded: boolean): void;
}

export class UrgentState {
    sndUp: number;
    isSending: boolean;
    rcvUp: number;
    isReceiving: boolean;
    isOctetTaken: boolean;
}

export interface UserTimeoutState {
    advertisedSeconds: number;
    remoteSeconds: number;
    isChangeable: boolean;
    isDue: boolean;
}
