// What 'woshou' exports. Written by "npm run api:update".

export { Address } // described in wire.d.ts

export { AddressFamily } // described in wire.d.ts

export interface AoKeys {
    readonly sendId: number;
    readonly receiveId: number;
    acceptsIcmp: boolean;
    addKey(options: TcpAoKeyOptions): void;
    requestKey(receiveId: number): void;
    useKey(sendId: number): void;
    removeKey(sendId: number): void;
}

export class ArgumentError extends WoshouError {
    readonly code: 'ERR_INVALID_ARGUMENT';
    constructor(argument: string, message: string);
}

export class AssertionError extends WoshouError {
    readonly code: 'ERR_ASSERTION';
    constructor(message: string);
}

export const CA_STATE_NAMES: readonly ['Open', 'Disorder', 'CWR', 'Recovery', 'Loss'];

export type CaStateName = (typeof CA_STATE_NAMES)[number];

export { Clock } // described in tcp.d.ts

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

export { ConnectionLabel } // described in tcp.d.ts

export interface DatagramMessage {
    readonly bytes: Uint8Array;
    readonly address: string;
    readonly port: number;
    readonly localAddress: string;
    readonly interfaceId: number;
}

export class DatagramSocket implements DatagramOwner, Notifier {
    context: object | null;
    readonly user: object;
    isNotified: boolean;
    readonly endpoint: DatagramEndpoint;
    constructor(stack: DatagramStack, options?: DatagramSocketOptions);
    get localPort(): number;
    get localAddress(): string;
    get nextLength(): number;
    get isReadable(): boolean;
    get pathMtuDiscovery(): PathMtuDiscovery;
    set pathMtuDiscovery(mode: PathMtuDiscovery);
    get pathMtu(): number;
    get isClosed(): boolean;
    bind(port?: number): void;
    connect(address: string, port: number): void;
    disconnect(): void;
    sendTo(bytes: Uint8Array, address: string, port: number): DatagramErrno | null;
    send(bytes: Uint8Array): DatagramErrno | null;
    receiveFrom(): DatagramMessage | null;
    takeError(): DatagramErrno | null;
    takePathMtuReport(): {
        readonly address: string;
        readonly port: number;
        readonly mtu: number;
        readonly quotedLength: number;
    } | null;
    joinGroup(group: string, interfaceId?: number): void;
    leaveGroup(group: string, interfaceId?: number): void;
    close(): void;
    takeEvents(): number;
    datagramEvent(_endpoint: DatagramEndpoint, bits: number): void;
}

export interface DatagramSocketOptions {
    readonly address?: string;
    readonly port?: number;
    readonly reuseAddress?: boolean;
    readonly v6Only?: boolean;
    readonly receiveBufferBytes?: number;
}

export interface DatagramStack {
    readonly events: EventQueue;
    readonly transports: {
        readonly udp: UdpLayer;
    };
}

export { DropRecord } // described in tcp.d.ts

export interface EventLoop {
    afterTurn(callback: () => void): void;
    setTimer(callback: () => void, delayMs: number): unknown;
    clearTimer(timer: unknown): void;
    nowUs(): number;
    keepAlive(isWanted: boolean): void;
    watchResources?(isWanted: boolean): void;
    pendingResource(): string | null;
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

export const GSO_ACCECN = 64;

export const GsoType: {
    readonly none: 0;
    readonly tcp4: 1;
    readonly udp: 3;
    readonly tcp6: 4;
    readonly udpL4: 5;
};

export interface InterfaceSpec {
    readonly name: string;
    readonly capabilities: LinkCapabilities;
    readonly mac?: MacAddress;
}

export { KeyStore } // described in tcp.d.ts

export { KeyedHash } // described in tcp.d.ts

export { LinkCapabilities } // described in tcp.d.ts

export { LinkMedium } // described in tcp.d.ts

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

export { Observer } // described in tcp.d.ts

export { ObserverRecord } // described in tcp.d.ts

export { OctetVisitor } // described in tcp.d.ts

export class PacketFilter {
    get isEmpty(): boolean;
    add(options: FilterRuleOptions): FilterRule;
    remove(rule: FilterRule): void;
    judge(packet: IpPacket): FilterVerdict;
}

export { PacketMemory } // described in wire.d.ts

export type PathMtuDiscovery = 'dont' | 'want' | 'do' | 'probe' | 'interface' | 'omit';

export interface PathMtuProbe {
    readonly id: number;
    readonly size: number;
}

export class PathMtuProber {
    sent: number;
    confirmed: number;
    failed: number;
    blackHoles: number;
    reportsTaken: number;
    reportsIgnored: number;
    constructor(options: PathMtuProberOptions);
    get state(): ProberState;
    get plpmtu(): number;
    nextTimeoutUs(): number;
    start(nowUs: number): void;
    stop(): void;
    takeProbe(nowUs: number): PathMtuProbe | null;
    acknowledged(id: number, nowUs: number): boolean;
    refused(id: number, nowUs: number): void;
    tooBig(mtu: number, nowUs: number): void;
    delivered(size: number, nowUs: number): void;
    lost(size: number, nowUs: number): void;
    handleTimeout(nowUs: number): void;
}

export interface PathMtuProberOptions {
    readonly maxSize: number;
    readonly baseSize?: number;
    readonly minSize?: number;
    readonly headerLength?: number;
    readonly maxProbes?: number;
    readonly probeTimerMs?: number;
    readonly raiseTimerMs?: number;
    readonly confirmationTimerMs?: number;
    readonly precision?: number;
}

export interface PingResult {
    readonly sequence: number;
    readonly from: Address;
    readonly rttUs: number;
    readonly hopLimit: number;
    readonly length: number;
    readonly isDataRight: boolean;
    readonly error: {
        readonly kind: IcmpErrorKind;
        readonly code: IcmpErrno | null;
    } | null;
}

export class PingSocket {
    readonly identifier: number;
    readonly remote: Address;
    unexpectedReplies: number;
    constructor(layer: EchoLayer, output: DatagramOutput, clock: Clock, remote: Address, local?: Address | null, options?: Partial<IpSendOptions>);
    get pendingCount(): number;
    send(sequence: number, data: Uint8Array): number;
    receive(): PingResult | null;
    expire(untilUs: number): number;
    close(): void;
    replyArrived(packet: IpPacket, sequence: number): boolean;
    errorArrived(report: IcmpErrorView, sequence: number): boolean;
}

export class PlainPacketMemory implements PacketMemory {
    readonly u8: Uint8Array;
    readonly u32: Uint32Array;
    readonly view: DataView;
    constructor(size: number);
    sum(offset: number, length: number): number;
}

export { Prefix } // described in tcp.d.ts

export type ProberState = 'DISABLED' | 'BASE' | 'SEARCHING' | 'SEARCH_COMPLETE' | 'ERROR';

export { ProfileName } // described in tcp.d.ts

export { RandomSource } // described in tcp.d.ts

export class SeededGenerator {
    constructor(seed: number);
    nextInt32(): number;
    nextFraction(): number;
    nextBelow(bound: number): number;
}

export class SeededRandom implements RandomSource {
    constructor(seed: number);
    publicInt32(): number;
    secretInt32(): number;
}

export { SegmentSentRecord } // described in tcp.d.ts

export interface SettingsChanges {
    readonly tcp?: Partial<Omit<TcpSettings, 'profile'>>;
    readonly ip?: Partial<IpSettings>;
    readonly udp?: Partial<UdpSettings>;
}

export class SipHash implements KeyedHash {
    low: number;
    high: number;
    constructor(key: Int32Array, compressionRounds?: number, finalRounds?: number);
    static keyedBy(random: RandomSource, compressionRounds?: number, finalRounds?: number): SipHash;
    hashWords(words: Int32Array, count: number): number;
    hashBytes(bytes: Uint8Array, length: number): number;
}

export { Slot } // described in tcp.d.ts

export interface SocketError {
    readonly code: SocketErrorCode;
    readonly message: string;
}

export type SocketErrorCode = TcpErrorCode | DatagramErrno | 'EADDRINUSE' | 'ENOTFOUND';

export const SocketEvent: {
    readonly readable: 1;
    readonly writable: 2;
    readonly connected: 4;
    readonly acceptable: 8;
    readonly readEnd: 16;
    readonly error: 32;
    readonly closed: 64;
    readonly urgent: 128;
    readonly softError: 256;
    readonly finAcknowledged: 512;
};

export interface SocketHost {
    readonly name: string;
    readonly stack: Stack;
    readonly nowUs: number;
    kick(): void;
    ref(): void;
    unref(): void;
    addressesOf(name: string): readonly string[];
    namesOf?(address: string): readonly string[];
    setTimer?(callback: () => void, delayMs: number): void;
}

export interface SocketListener {
    socketEvents(events: number): void;
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
    batchTaken(isFull: boolean): void;
    pollTransmit(nowUs: number, slot: Slot): boolean;
    nextTimeoutUs(): number;
    handleTimeout(nowUs: number): void;
    pollEvent(): SocketWithEvents | null;
    snapshot(): Stack;
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
    readonly secrets?: TcpSecrets;
}

export interface StackSettings {
    readonly tcp: TcpSettings;
    readonly ip: IpSettings;
    readonly udp: UdpSettings;
}

export { StateChangeRecord } // described in tcp.d.ts

export class StateError extends WoshouError {
    readonly code: 'ERR_INVALID_STATE';
    constructor(message: string);
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

export const TICK_US = 100;

export { TcpAoAlgorithm } // described in tcp.d.ts

export { TcpAoKeyOptions } // described in tcp.d.ts

export { TcpAuthAlgorithms } // described in tcp.d.ts

export { TcpAuthOptions } // described in tcp.d.ts

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

export const TcpInfoOption: {
    readonly timestamps: 1;
    readonly sack: 2;
    readonly windowScale: 4;
    readonly ecn: 8;
    readonly ecnSeen: 16;
    readonly synData: 32;
    readonly microsecondTimestamps: 64;
    readonly fastOpenChild: 128;
};

export { TcpKeyScope } // described in tcp.d.ts

export { TcpMd5KeyOptions } // described in tcp.d.ts

export { TimeoutRecord } // described in tcp.d.ts

export class WoshouError extends Error {
    readonly code: string;
    readonly argument: string | undefined;
    constructor(code: string, message: string, argument?: string);
}

export function cloneGraph<T extends object>(root: T, shared?: SharedObjects): T;

export function errnoMessage(code: string): string;

export function openPing(stack: Stack, address: string): PingSocket;

export function plainCapabilities(medium: LinkMedium, mtu: number): LinkCapabilities;

export function readInPlace(socket: StreamSocket, visitor: OctetVisitor, most?: number): number;

export function setTcpSetting(settings: TcpSettings, name: string, value: unknown): void;

export function socketError(code: SocketErrorCode): SocketError;

export function tellListener(socket: object, events: number): boolean;

export function writeInPlace(socket: StreamSocket, length: number, fill: OctetVisitor): number;

// Not exported, but part of the above:

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

export class Arp {
    constructor(context: IpContext, output: IpOutput, neighbors: NeighborCache);
    receive(owner: Interface, memory: PacketMemory, offset: number, end: number, isGroup: boolean): DropReason;
    solicit(neighbor: Neighbor, isUnicast: boolean): void;
    announce(entry: InterfaceAddress): void;
}

export interface ConflictListener {
    addressConflict(entry: InterfaceAddress): void;
}

export interface Connection {
    readonly key: ConnectionKey;
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
    constructor(layer: DatagramLayer, family: 4 | 6, settings: UdpSettings, options: DatagramOptions);
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

export interface DatagramLayer {
    bind(endpoint: DatagramEndpoint, local: Address | null, port: number): DatagramErrno | null;
    connect(endpoint: DatagramEndpoint, remote: Address, port: number): DatagramErrno | null;
    disconnect(endpoint: DatagramEndpoint): void;
    send(endpoint: DatagramEndpoint, remote: Address, remotePort: number, bytes: Uint8Array, offset: number, length: number): DatagramErrno | null;
    pathMtuOf(endpoint: DatagramEndpoint, remote: Address): number;
    joinGroup(endpoint: DatagramEndpoint, group: Address, interfaceId: number): DatagramErrno | null;
    leaveGroup(join: GroupJoin): void;
    remove(endpoint: DatagramEndpoint): void;
}

export interface DatagramOptions {
    readonly reuseAddress?: boolean;
    readonly v6Only?: boolean;
}

export interface DatagramOutput {
    lookup(remote: Address, local: Address | null, interfaceId: number): DatagramPath | null;
    sendDatagram(path: DatagramPath, protocol: number, bytes: PacketMemory, length: number, options: IpSendOptions): number;
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
    metrics: RouteMetrics | null;
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

export class DuplicateAddressDetection implements ConflictListener {
    constructor(context: IpContext, discovery: NeighborDiscovery, listener: DadListener);
    start(entry: InterfaceAddress): void;
    restart(owner: Interface): void;
    cancel(entry: InterfaceAddress): void;
    timerExpired(process: DadProcess): void;
    addressConflict(entry: InterfaceAddress): void;
}

export interface EchoLayer {
    freeIdentifier(): number;
    addPingSocket(socket: PingSocket): boolean;
    removePingSocket(socket: PingSocket): void;
    sendEcho(path: DatagramPath, identifier: number, sequence: number, data: Uint8Array, options: IpSendOptions): number;
}

export class EphemeralPorts {
    get isQuiet(): boolean;
    choose(settings: TcpSettings, tupleHash: number, probe: PortProbe): number;
    taken(tupleHash: number, port: number): void;
    waits(tupleHash: number, port: number, probe: PortProbe): void;
    released(tupleHash: number, port: number): void;
    forget(): void;
}

export class EventQueue {
    get isEmpty(): boolean;
    push(notifier: Notifier): void;
    shift(): object | null;
}

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

export type IcmpErrno = 'ECONNREFUSED' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'EHOSTDOWN' | 'ENONET' | 'ENOPROTOOPT' | 'EMSGSIZE' | 'EOPNOTSUPP' | 'EPROTO' | 'EACCES';

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

export class IcmpErrorView implements IcmpErrorReport {
    family: 4 | 6;
    kind: IcmpErrorKind;
    type: number;
    code: number;
    mtu: number;
    local: boolean;
    protocol: number;
    source: Address;
    destination: Address;
    interfaceId: number;
    memory: PacketMemory;
    quotedOffset: number;
    quotedLength: number;
    reporter: Address;
    pointer: number;
    quotedTotalLength: number;
    readonly quoted: IpPacket;
    constructor();
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
    constructor(clock: Clock, hash: KeyedHash);
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
    sendDatagram(destination: Destination, protocol: number, bytes: PacketMemory, length: number, options: IpSendOptions): number;
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
    sendDatagram(destination: Destination, protocol: number, bytes: PacketMemory, length: number, options: IpSendOptions): number;
    sendFragments(memory: PacketMemory, ipOffset: number, destination: Destination, mtu: number, dontFragment: boolean, isForwarded?: boolean): number;
    beginFrame(owner: Interface, totalLength: number): QueuedFrame;
    sendFrame(frame: QueuedFrame, destination: Destination): number;
    sendResolved(frame: QueuedFrame, neighbor: Neighbor): void;
    messageHeaderLength(family: number, routerAlert: boolean): number;
    sendMessage(frame: QueuedFrame, owner: Interface, message: LinkMessage, length: number): void;
    sendMessageTo(frame: QueuedFrame, neighbor: Neighbor, message: LinkMessage, length: number): void;
    enqueue(owner: Interface, frame: QueuedFrame): number;
    enqueueCopy(owner: Interface, slot: Slot): void;
    pollTransmit(owner: Interface, slot: Slot): boolean;
    discardQueue(owner: Interface): void;
    writeIpHeader(memory: PacketMemory, offset: number, destination: Destination, protocol: number, totalLength: number, options: IpSendOptions): void;
    countOut(destination: Destination, totalLength: number): void;
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
    readonly pmtuPlateaus: boolean;
    readonly mtuExpiresMs: number;
    readonly icmpRatelimitMs: number;
    readonly icmpMsgsPerSec: number;
    readonly icmpMsgsBurst: number;
    readonly inetPeerThreshold: number;
    readonly icmpEchoIgnoreAll: boolean;
    readonly icmpEchoIgnoreBroadcasts: boolean;
    readonly icmpAnswerTimestamps: boolean;
    readonly txqueuelen: number;
}

export interface LinkLocalListener {
    linkLocalReady(owner: Interface): void;
}

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

export class ListenerTable {
    get size(): number;
    hasPort(port: number): boolean;
    find(packet: IpPacket, port: number): Listener | null;
    conflicts(address: Address | null, family: 0 | 4 | 6, port: number): boolean;
    add(listener: Listener): void;
    remove(listener: Listener): void;
    [Symbol.iterator](): IterableIterator<Listener>;
}

export interface MembershipListener {
    queryArrived(owner: Interface, family: 4 | 6, query: MembershipQuery): void;
    reportArrived(owner: Interface, group: Address): void;
}

export interface MembershipQuery {
    version: number;
    maxResponseMs: number;
    group: Address | null;
    robustness: number;
    queryIntervalSeconds: number;
}

export class Multicast implements MembershipListener {
    constructor(context: IpContext, output: IpOutput);
    join(owner: Interface, group: Address, isOwed?: boolean): GroupMembership | null;
    restart(owner: Interface): void;
    leave(owner: Interface, group: Address): boolean;
    queryArrived(owner: Interface, family: 4 | 6, query: MembershipQuery): void;
    reportArrived(owner: Interface, group: Address): void;
    membershipTimerExpired(membership: GroupMembership): void;
    querierTimerExpired(querier: QuerierState): void;
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
    askedBefore: Neighbor | null;
    askedAfter: Neighbor | null;
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
    unresolvedEvictions: number;
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

export class PathMtuCache {
    generation: number;
    constructor(clock: Clock, hash: KeyedHash, settings: PathMtuSettings, entriesMax: number);
    get size(): number;
    find(remote: Address): PathMtuEntry | null;
    mtuFor(remote: Address, linkMtu: number): number;
    candidate(remote: Address, currentMtu: number, reportedMtu: number, quotedTotalLength: number): number;
    lockFor(remote: Address, currentMtu: number, reportedMtu: number): number;
    accept(remote: Address, mtu: number): PathMtuEntry | null;
    forget(remote: Address): void;
}

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
    readonly pmtuPlateaus: boolean;
}

export interface PortProbe {
    isFree(port: number): boolean;
    waitingSinceS(port: number): number;
}

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

export class ReadyQueue {
    head: Tcb | null;
    turn: number;
    get isEmpty(): boolean;
    enqueue(tcb: Tcb): void;
    dequeue(): void;
    rotate(): void;
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
    metrics: RouteMetrics | null;
    constructor(prefix: Prefix, gateway: Address | null, owner: Interface, metric: number, origin: RouteOrigin);
}

export interface RouteMetrics {
    readonly advmss: number;
    readonly initrwnd: number;
    readonly window: number;
    readonly fastopenNoCookie: boolean;
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
    lookupOnce(remote: Address, local: Address | null, interfaceId: number): Destination | null;
    setMetrics(route: Route, metrics: RouteMetrics | null): void;
    refreshPathMtu(destination: Destination): void;
    isPathMtuOld(destination: Destination): boolean;
    pathMtuCandidate(remote: Address, currentMtu: number, reportedMtu: number, quotedTotalLength: number): number;
    lowerPathMtu(remote: Address, reportedMtu: number, quotedTotalLength: number): number;
    lookupForward(remote: Address): Destination | null;
    findOwn(w0: number, w1: number, w2: number, w3: number): InterfaceAddress | null;
    isOwn(address: Address): boolean;
    isProbablyReachable(owner: Interface, gateway: Address): boolean;
}

export class SentSizes {
    note(remote: Address, size: number): void;
    largestTo(remote: Address): number;
}

export type SharedObjects = ReadonlySet<object>;

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

export interface StackLayers {
    readonly ip: IpLayer;
    readonly tcp: TcpLayer;
    readonly context: StackContext;
    readonly random: RandomSource;
    readonly settings: StackSettings;
    readonly counters: StackCounters;
}

export class TcpLayer implements TcpEnvironment {
    readonly clock: Clock;
    readonly wheel: TimerWheel;
    readonly settings: TcpSettings;
    readonly counters: TcpCounters;
    readonly extCounters: TcpExtCounters;
    readonly random: RandomSource;
    readonly hash: KeyedHash;
    readonly secrets: CookieSecrets;
    readonly pool: BufferPool;
    readonly memory: TcpMemory;
    readonly scoreboards: ScoreboardPool;
    readonly ackSample: AckSample;
    readonly challengeBudget: ChallengeBudget;
    readonly fastOpen: FastOpen;
    readonly synShedding: SynShedding;
    readonly observer: Observer | null;
    readonly authAlgorithms: TcpAuthAlgorithms | null;
    readonly keys: KeyStore;
    readonly timeWaits: TimeWaits;
    timeWaitCount: number;
    orphanCount: number;
    readonly connections: ConnectionTable<HalfOpen | Tcb | TimeWait>;
    readonly listeners: ListenerTable;
    readonly ports: EphemeralPorts;
    readonly tuples: TupleHash;
    constructor(context: StackContext, settings: TcpSettings, ip: IpLayer, events: EventQueue, algorithms: TcpAuthAlgorithms | null, secrets: TcpSecrets | null);
    arrived(packet: IpPacket): void;
    refuse(packet: IpPacket): void;
    queueOf(interfaceId: number): ReadyQueue;
    pollTransmit(slot: Slot): boolean;
    scheduleOutput(tcb: Tcb): void;
    pushText(tcb: Tcb, mode: number): void;
    transportOffset(tcb: Tcb, slot: Slot): number;
    seal(tcb: Tcb, slot: Slot, length: number): boolean;
    sendControl(control: ControlSegment): void;
    sendResetFor(segment: TcpSegment): void;
    routeBack(segment: TcpSegment, isOnce: boolean): RouteBack | null;
    create(key: ConnectionKey, path: Destination, listener: Listener | null): Tcb;
    takeId(): number;
    releaseTimeWait(key: ConnectionKey): void;
    add(connection: HalfOpen | Tcb): void;
    promoted(entry: HalfOpen, tcb: Tcb): void;
    forget(entry: HalfOpen): void;
    remove(tcb: Tcb): void;
    replaceByTimeWait(tcb: Tcb, timeWait: TimeWait): void;
    removeTimeWait(timeWait: TimeWait): void;
    reopen(timeWait: TimeWait, segment: TcpSegment, initialSeq: number): boolean;
    deferTimer(tcb: Tcb, timer: number, ticks: number): void;
    startDeferred(): void;
    forgetTimeWait(tcb: Tcb): void;
    notify(tcb: Tcb, bits: number): void;
    notifyListener(listener: AcceptingListener): void;
    adviseRouteFailure({ path }: {
        readonly path: TcpPath;
    }): void;
    lowerPathMtu(tcb: Tcb, mtu: number): void;
    adviseReachable(tcb: Tcb): void;
    tcbExpired(tcb: Tcb): void;
    halfOpenExpired(entry: HalfOpen): void;
    timeWaitsExpired(queue: TimeWaitQueue): void;
}

export class TimeWaitQueue extends TimerEntry implements TimeWaitPlace {
    older: TimeWaitPlace | null;
    newer: TimeWaitPlace | null;
    readonly waitTicks: number;
    constructor(waitTicks: number);
    get timerKind(): number;
    get oldest(): TimeWait | null;
    wake(fromTick: number, sleptTicks: number, nowTick: number): void;
}

export interface TransportProtocols {
    transportArrived(packet: IpPacket): boolean;
    icmpErrorArrived(error: IcmpErrorReport): void;
}

export class Transports implements TransportProtocols, UdpOutput, UdpFeedback {
    readonly filter: PacketFilter;
    plug(stack: StackLayers): void;
    get stack(): StackLayers;
    get udp(): UdpLayer;
    transportArrived(packet: IpPacket): boolean;
    icmpErrorArrived(report: IcmpErrorReport): void;
    pathMtuReported(report: IcmpErrorReport): void;
    portUnreachable(packet: IpPacket): void;
    lookup(remote: Address, local: Address | null, interfaceId: number): DatagramPath | null;
    sendDatagram(path: DatagramPath, protocol: number, bytes: PacketMemory, length: number, options: IpSendOptions): number;
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

export class UdpLayer implements DatagramLayer {
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
