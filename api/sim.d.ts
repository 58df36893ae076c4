// What 'woshou/sim' exports. Written by "npm run api:update".

export interface Application {
    onStart?(host: Host): void;
    onEvent(host: Host, socket: EventSocket, events: number): void;
    onTimer?(host: Host, token: number): void;
}

export class BulkReceiver extends ServerApplication {
    readonly hash: StreamHash;
    finished: number;
    readonly readSize: number;
    readonly isHashing: boolean;
    receivedBytes: number;
    constructor(port: number, options?: {
        readSize?: number;
        isHashing?: boolean;
    });
    protected connectionEvent(host: Host, socket: StreamSocket): void;
}

export class BulkSender extends ClientApplication {
    readonly hash: StreamHash;
    readonly totalBytes: number;
    sentBytes: number;
    constructor(options: ConnectOptions, totalBytes: number, isHashing?: boolean);
    protected progress(_host: Host, socket: StreamSocket): void;
}

export class ClientApplication implements Application {
    readonly options: ConnectOptions;
    socket: StreamSocket | null;
    isConnected: boolean;
    isReadEnded: boolean;
    isClosed: boolean;
    error: string | null;
    connectedAtUs: number;
    closedAtUs: number;
    readonly received: number[];
    constructor(options: ConnectOptions);
    onStart(host: Host): void;
    onEvent(host: Host, socket: EventSocket, events: number): void;
    get receivedText(): string;
    protected progress(_host: Host, _socket: StreamSocket, _events: number): void;
}

export interface ClockGate {
    mayAdvance(dueUs: number): boolean;
}

export interface CompanionClock {
    readonly nowUs: number;
    readonly nextDueUs: number;
    advanceTo(timeUs: number): void;
}

export class EchoServer extends ServerApplication {
    echoedBytes: number;
    protected connectionEvent(host: Host, socket: StreamSocket): void;
}

export interface EventSocket {
    takeEvents(): number;
}

export const FAULT_NAMES: readonly FaultName[];

export class Fault {
    readonly name: FaultName;
    readonly options: FaultOptions;
    constructor(name: FaultName, options: FaultOptions, places: readonly FaultPlace[]);
    get hits(): number;
    remove(): void;
}

export type FaultName = 'syn-timeout' | 'refused' | 'reset' | 'half-open' | 'stall' | 'slow';

export interface FaultOptions {
    readonly port?: number;
    readonly delayMs?: number;
}

export interface FaultPlace {
    readonly link: NetworkLink;
    readonly host: Host | null;
}

export type FromHost = Host | string;

export class Host {
    readonly name: string;
    readonly network: Network;
    isReady: boolean;
    wasCalled: boolean;
    dueUs: number;
    missedFrames: number;
    constructor(network: Network, name: string, options: HostOptions, factory: StackFactory, clock: VirtualClock, random: SeededGenerator);
    get stack(): Stack;
    get drivenStack(): HostStack;
    get condition(): HostCondition;
    get nowUs(): number;
    get nowMs(): number;
    get applications(): readonly Application[];
    get portCount(): number;
    get addresses(): string[];
    address(family?: 4 | 6, link?: Link): string | null;
    plug(link: Link, port: number, mac: MacAddress | null, addresses: readonly string[]): number;
    addAddress(portIndex: number, address: string): void;
    addRoute(portIndex: number, prefix: string, gateway: string | null): void;
    start<A extends Application>(application: A): A;
    own(socket: EventSocket, application: Application): void;
    disown(socket: EventSocket): void;
    setTimer(application: Application, delayMs: number, token?: number): void;
    fault(name: FaultName, options?: FaultOptions): Fault;
    crash(): void;
    restart(): void;
    freeze(): void;
    thaw(): void;
    receive(portIndex: number, slot: Slot): void;
    linkDrained(portIndex: number): void;
    turn(): void;
    tellTime(): void;
}

export type HostCondition = 'up' | 'frozen' | 'crashed';

export interface HostInterfaceOptions {
    readonly name: string;
    readonly capabilities: LinkCapabilities;
    readonly mac?: MacAddress;
}

export interface HostOptions {
    readonly profile?: ProfileName;
    readonly settings?: SettingsChanges;
    readonly observer?: Observer;
    readonly auth?: TcpAuthAlgorithms;
}

export interface HostStack {
    addInterface(options: HostInterfaceOptions): {
        readonly id: number;
    };
    addAddress(interfaceId: number, address: string): unknown;
    addRoute(prefix: string, gateway: string | null, interfaceId: number): unknown;
    receive(slot: Slot, nowUs: number): void;
    pollTransmit(nowUs: number, slot: Slot): boolean;
    nextTimeoutUs(): number;
    handleTimeout(nowUs: number): void;
    pollEvent(): EventSocket | null;
}

export class HttpClient extends ClientApplication {
    readonly path: string;
    constructor(options: ConnectOptions, path?: string);
    get status(): number;
    get body(): string;
    protected progress(_host: Host, socket: StreamSocket): void;
}

export class HttpServer extends ServerApplication {
    readonly pages: Map<string, string>;
    readonly requests: string[];
    constructor(port?: number, pages?: Readonly<Record<string, string>>);
    protected connectionEvent(host: Host, socket: StreamSocket): void;
    protected release(host: Host, socket: StreamSocket): void;
}

export class Network {
    readonly startUs: number;
    crashListener: ((host: Host) => void) | null;
    constructor(options?: NetworkOptions);
    get nowUs(): number;
    get nowMs(): number;
    get epochUs(): number;
    get hosts(): readonly Host[];
    get links(): readonly NetworkLink[];
    host(name: string, options?: HostOptions): Host;
    hostNamed(name: string): Host;
    linkNamed(name: string): NetworkLink;
    link(a: Host, b: Host, options?: NetworkLinkOptions): NetworkLink;
    switch(hosts: readonly Host[], options?: NetworkLinkOptions): NetworkLink;
    join(hosts: readonly Host[], carrier: Link, options?: NetworkLinkOptions): NetworkLink;
    nat(inside: Host, outside: Host, options?: Partial<NatOptions> & {
        readonly name?: string;
    }): NatLink;
    addressOf(name: string, options?: {
        readonly family?: 4 | 6;
        readonly from?: string;
    }): string;
    partition(a: FromHost, b: FromHost): Partition;
    heal(a?: FromHost, b?: FromHost): void;
    names(): [address: Address, names: string[]][];
    record(recorder: NetworkRecorder | null): void;
    step(untilUs?: number): boolean;
    get nextDueUs(): number;
    advanceTo(timeUs: number): void;
    run(options?: RunOptions): RunResult;
    get isIdle(): boolean;
    snapshot(shared?: Iterable<object>): NetworkSnapshot;
    restore(snapshot: NetworkSnapshot): void;
    get recorder(): NetworkRecorder | null;
}

export class NetworkLink implements FrameSink {
    readonly name: string;
    readonly link: Link;
    constructor(name: string, carrier: Link, settings: Partial<ImpairmentSettings>, seed: number | null);
    get hosts(): readonly Host[];
    attach(host: Host, portIndex: number): void;
    set(changes: Partial<ImpairmentSettings>, from?: FromHost): void;
    partition(from?: FromHost): void;
    heal(from?: FromHost): void;
    rule(match: Omit<FrameMatch, 'port'> & {
        readonly from?: FromHost;
    }, verdict: RuleVerdict): Rule;
    withRule<Result>(match: Omit<FrameMatch, 'port'> & {
        readonly from?: FromHost;
    }, verdict: RuleVerdict, callback: (rule: Rule) => Result | PromiseLike<Result>): Promise<Result>;
    fault(name: FaultName, options?: FaultOptions): Fault;
    get rules(): readonly Rule[];
    get impairment(): ImpairedLink;
    listen(listener: FrameListener | null, interfaceIds: readonly number[]): void;
    get canListen(): boolean;
    portOf(host: FromHost): number;
    poll(nowUs: number, budget: number): number;
    frameArrived(port: number, slot: Slot): void;
}

export interface NetworkLinkOptions extends Partial<ImpairmentSettings> {
    readonly name?: string;
    readonly medium?: 'ethernet' | 'ip';
    readonly mtu?: number;
    readonly offload?: boolean;
    readonly linkFrames?: number;
    readonly families?: readonly (4 | 6)[];
    readonly plain?: boolean;
}

export interface NetworkOptions {
    readonly seed?: number;
    readonly startUs?: number;
    readonly epochUs?: number;
    readonly batchFrames?: number;
    readonly stackFactory?: StackFactory;
}

export class NetworkPump {
    readonly network: Network;
    readonly time: NetworkTime;
    gate: ClockGate | null;
    isManual: boolean;
    constructor(network: Network, loop: EventLoop, options: NetworkPumpOptions);
    attach(host: Host): SocketHost;
    kick(): void;
    stop(): void;
    get hasStopped(): boolean;
    get referenceCount(): number;
    changeReferences(change: 1 | -1): void;
    get companion(): CompanionClock | null;
    set companion(clock: CompanionClock | null);
    advanceTo(timeUs: number): Promise<void>;
    drive(change: 1 | -1): void;
    hold(change: 1 | -1): void;
    get stoodStillUs(): number;
    get lagUs(): number;
}

export interface NetworkPumpOptions {
    readonly time?: NetworkTime;
}

export interface NetworkRecorder extends FrameListener {
    addInterface(options: {
        name: string;
        description?: string;
        medium: 'ethernet' | 'ip';
    }): number;
}

export class NetworkSnapshot {
    readonly state: NetworkState;
    constructor(state: NetworkState);
}

export type NetworkTime = 'virtual' | 'real';

export class Partition {
    readonly a: Host;
    readonly b: Host;
    constructor(a: Host, b: Host, links: readonly NetworkLink[]);
    get isRemoved(): boolean;
    isBetween(one: Host | null, other: Host | null): boolean;
    remove(): void;
}

export const RACE_FLOWS_MAX = 8;

export const RACE_FLOWS_MIN = 2;

export const RACE_MTU = 1500;

export class Race {
    readonly plan: RacePlan;
    readonly network: Network;
    readonly flows: readonly RaceFlow[];
    readonly timesMs: number[];
    readonly queue: RaceQueueSeries;
    constructor(options: RaceOptions);
    get nowMs(): number;
    get isOver(): boolean;
    advance(): boolean;
    run(): RaceResult;
    result(): RaceResult;
    queueDelayMs(): number;
}

export interface RaceBottleneckSummary {
    readonly utilization: number;
    readonly queueDelayMs: Spread | null;
    readonly queueDropped: number;
    readonly lost: number;
    readonly marked: number;
}

export interface RaceFairness {
    readonly fromMs: number;
    readonly toMs: number;
    readonly index: number;
}

export class RaceFlow {
    readonly plan: RaceFlowPlan;
    readonly series: RaceFlowSeries;
    readonly receivedByTime: number[];
    constructor(plan: RaceFlowPlan, source: Host, sink: Host, remoteAddress: string);
    get phase(): RaceFlowPhase;
    finishedMs: number | null;
    get receivedBytes(): number;
    get retransmitted(): number;
    get marks(): number;
    observe(nowMs: number): void;
    endInterval(intervalMs: number): void;
    summary(nowMs: number, share: number | null): RaceFlowSummary;
}

export interface RaceFlowOptions {
    readonly control: string;
    readonly startMs?: number;
    readonly extraRttMs?: number;
    readonly bytes?: number;
    readonly settings?: SettingsChanges;
}

export type RaceFlowPhase = 'waiting' | 'running' | 'finished' | 'failed';

export interface RaceFlowPlan {
    readonly control: string;
    readonly startMs: number;
    readonly extraRttMs: number;
    readonly bytes: number | null;
    readonly settings: SettingsChanges;
}

export interface RaceFlowSeries {
    readonly cwndBytes: Series;
    readonly ssthreshBytes: Series;
    readonly srttMs: Series;
    readonly minRttMs: Series;
    readonly goodputBps: number[];
    readonly throughputBps: number[];
    readonly retransmits: number[];
    readonly marks: number[];
    readonly inFlightBytes: Series;
}

export interface RaceFlowSummary {
    readonly control: string;
    readonly startMs: number;
    readonly extraRttMs: number;
    readonly phase: RaceFlowPhase;
    readonly finishedMs: number | null;
    readonly error: string | null;
    readonly receivedBytes: number;
    readonly goodputBps: number;
    readonly share: number | null;
    readonly segmentsSent: number;
    readonly retransmitted: number;
    readonly retransmittedPercent: number;
    readonly marks: number;
    readonly srttMs: Spread | null;
    readonly minRttMs: number | null;
}

export interface RaceOptions {
    readonly flows: readonly RaceFlowOptions[];
    readonly rateBps: number;
    readonly rttMs: number;
    readonly queue?: RaceQueue;
    readonly loss?: number;
    readonly marking?: MarkingSettings | 'red' | 'step' | null;
    readonly impairments?: Partial<ImpairmentSettings>;
    readonly durationMs: number;
    readonly seed?: number;
    readonly intervalMs?: number;
    readonly windowMs?: number;
    readonly profile?: ProfileName;
    readonly settings?: SettingsChanges;
}

export interface RacePlan {
    readonly flows: readonly RaceFlowPlan[];
    readonly rateBps: number;
    readonly rttMs: number;
    readonly queuePackets: number;
    readonly queueBytes: number;
    readonly loss: number;
    readonly marking: MarkingSettings | null;
    readonly impairments: Partial<ImpairmentSettings>;
    readonly durationMs: number;
    readonly seed: number;
    readonly intervalMs: number;
    readonly windowMs: number;
    readonly profile: ProfileName;
    readonly settings: SettingsChanges;
    readonly bufferBytes: number;
}

export type RaceQueue = {
    readonly packets: number;
} | {
    readonly bytes: number;
}
 | {
    readonly bdp: number;
};

export interface RaceQueueSeries {
    readonly delayMs: number[];
    readonly dropped: number[];
    readonly lost: number[];
    readonly marked: number[];
}

export interface RaceResult {
    readonly plan: RacePlan;
    readonly nowMs: number;
    readonly timesMs: number[];
    readonly flows: readonly RaceFlowSeries[];
    readonly queue: RaceQueueSeries;
    readonly summary: {
        readonly flows: readonly RaceFlowSummary[];
        readonly bottleneck: RaceBottleneckSummary;
        readonly fairness: RaceFairness | null;
        readonly windowFairness: RaceFairness | null;
    };
}

export class RealStackFactory implements StackFactory {
    create(name: string, options: HostOptions, seed: number, clock: VirtualClock): Stack;
}

export interface RunOptions {
    readonly untilMs?: number;
    readonly forMs?: number;
    readonly untilIdle?: boolean;
    readonly until?: () => boolean;
    readonly maxEvents?: number;
}

export interface RunResult {
    readonly reason: 'time' | 'idle' | 'condition' | 'events';
    readonly events: number;
    readonly nowUs: number;
}

export type Series = (number | null)[];

export abstract class ServerApplication implements Application {
    readonly port: number;
    readonly backlog: number;
    listener: ListenSocket | null;
    readonly connections: Set<StreamSocket>;
    accepted: number;
    readonly failures: string[];
    constructor(port: number, backlog?: number);
    onStart(host: Host): void;
    onEvent(host: Host, socket: EventSocket, events: number): void;
    protected abstract connectionEvent(host: Host, socket: StreamSocket, events: number): void;
    protected release(host: Host, socket: StreamSocket): void;
}

export interface Spread {
    readonly mean: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
}

export interface StackFactory {
    create(name: string, options: HostOptions, seed: number, clock: VirtualClock): HostStack;
}

export class StateNotes implements FrameCommenter {
    attach(recorder: Recorder): void;
    observerFor(hostName: string, next?: Observer | null): Observer;
    comment(frame: RecordedFrame): string | null;
}

export class StreamHash {
    length: number;
    update(bytes: Uint8Array, offset?: number, length?: number): void;
    get digest(): string;
}

export class VirtualClock {
    nowUs: number;
    readonly epochUs: number;
    constructor(startUs: number, epochUs: number);
    get nowMs(): number;
    advanceTo(timeUs: number): void;
}

export function isOpen(socket: StreamSocket): boolean;

export function jainIndex(amounts: readonly number[]): number;

export function planRace(options: RaceOptions): RacePlan;

export function pumpOf(network: Network, loop: EventLoop, options?: NetworkPumpOptions): NetworkPump;

export function raceControlNamed(given: string): string | null;

export function raceControls(): string[];

export function raceCsv(result: RaceResult): string;

export function spreadOf(values: readonly number[]): Spread | null;

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

export interface BottleneckSettings {
    readonly rateBps: number;
    readonly queuePackets: number;
    readonly queueBytes: number;
    readonly marking: MarkingSettings | null;
}

export class BufferPool {
    constructor(bytesPerSize?: number);
    acquire(log2: number): Uint8Array;
    release(buffer: Uint8Array): void;
}

export interface BurstLoss {
    readonly enter: number;
    readonly leave: number;
    readonly lossGood?: number;
    readonly lossBad?: number;
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

export class CompiledMatch {
    readonly match: FrameMatch;
    constructor(match: FrameMatch);
    fits(view: FrameView, port: number): boolean;
    wantsOccurrence(count: number): boolean;
}

export class CompiledRewrite {
    constructor(rewrite: FrameRewrite);
    apply(slot: Slot, medium: LinkMedium): void;
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

export interface EventLoop {
    afterTurn(callback: () => void): void;
    setTimer(callback: () => void, delayMs: number): unknown;
    clearTimer(timer: unknown): void;
    nowUs(): number;
    keepAlive(isWanted: boolean): void;
    watchResources?(isWanted: boolean): void;
    pendingResource(): string | null;
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

export interface FrameCommenter {
    comment(frame: RecordedFrame): string | null;
}

export type FrameDirection = 'in' | 'out';

export interface FrameListener {
    frameSeen(interfaceId: number, direction: FrameDirection, timeUs: number, slot: Slot): void;
}

export interface FrameMatch {
    readonly port?: number;
    readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'arp' | number;
    readonly flags?: string;
    readonly source?: string;
    readonly destination?: string;
    readonly sourcePort?: number;
    readonly destinationPort?: number;
    readonly icmpType?: number;
    readonly icmpCode?: number;
    readonly payloadMin?: number;
    readonly payloadMax?: number;
    readonly nth?: number | readonly number[];
    readonly first?: number;
    readonly predicate?: FramePredicate;
}

export class FramePool {
    take(length: number): QueuedFrame;
    give(frame: QueuedFrame): void;
}

export interface FramePredicate {
    matches(view: FrameView, port: number): boolean;
}

export class FrameQueue {
    count: number;
    bytes: number;
    push(frame: QueuedFrame): void;
    shift(): QueuedFrame | null;
}

export interface FrameRewrite {
    readonly ecn?: 'not-ect' | 'ect0' | 'ect1' | 'ce';
    readonly flags?: string;
    readonly blankOption?: number;
}

export interface FrameSink {
    frameArrived(port: number, slot: Slot): void;
}

export class FrameView {
    memory: PacketMemory;
    frameStart: number;
    frameEnd: number;
    etherType: number;
    family: 0 | 4 | 6;
    ipStart: number;
    ipEnd: number;
    protocol: number;
    transportStart: number;
    isFragment: boolean;
    isLaterFragment: boolean;
    hasTransport: boolean;
    sourcePort: number;
    destinationPort: number;
    seq: number;
    ack: number;
    flags: number;
    window: number;
    icmpType: number;
    icmpCode: number;
    payloadStart: number;
    payloadLength: number;
    look(slot: Slot, medium: LinkMedium): boolean;
    lookAt(memory: PacketMemory, start: number, end: number, medium: LinkMedium): boolean;
    sourceAddress(): Address;
    destinationAddress(): Address;
    get sequenceLength(): number;
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

export class ImpairedLink implements Link {
    readonly capabilities: LinkCapabilities;
    readonly portCount: number;
    readonly statistics: LinkStatistics;
    constructor(inner: Link, options: ImpairedLinkOptions);
    set(changes: Partial<ImpairmentSettings>, port?: number): void;
    settingsOf(port: number): ImpairmentSettings;
    countersOf(port: number): Readonly<ImpairmentCounters>;
    queueDelayUs(port: number, nowUs: number): number;
    send(port: number, slot: Slot, nowUs: number): boolean;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
}

export interface ImpairedLinkOptions {
    readonly seed: number;
    readonly settings?: Partial<ImpairmentSettings>;
    readonly maxBytes?: number;
    readonly maxFrames?: number;
    readonly memory?: PacketMemorySource;
}

export interface ImpairmentCounters {
    lost: number;
    burstLost: number;
    queueDropped: number;
    markDropped: number;
    marked: number;
    bleached: number;
    cutDropped: number;
    duplicated: number;
    reordered: number;
    corrupted: number;
    corruptedUndetected: number;
}

export interface ImpairmentSettings extends BottleneckSettings {
    readonly delayMs: number;
    readonly jitterMs: number;
    readonly jitterReorders: boolean;
    readonly loss: number;
    readonly burstLoss: BurstLoss | null;
    readonly reorder: number;
    readonly reorderDelayMs: number;
    readonly duplicate: number;
    readonly corrupt: number;
    readonly corruptPart: 'transport' | 'ip-header';
    readonly corruptUndetected: number;
    readonly bleach: number;
    readonly mark: number;
    readonly cut: boolean;
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

export interface Link {
    readonly capabilities: LinkCapabilities;
    readonly portCount: number;
    readonly statistics: LinkStatistics;
    send(port: number, slot: Slot, nowUs: number): boolean;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
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

export interface LinkStatistics {
    sentFrames: number;
    deliveredFrames: number;
    droppedFrames: number;
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

export type MarkingSettings = RedMarking | StepMarking;

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

export interface NatCounters {
    translatedOut: number;
    translatedIn: number;
    unmapped: number;
    refused: number;
    expired: number;
    unsupported: number;
    tableFull: number;
}

export class NatLink implements Link {
    readonly capabilities: import("../base/link-capabilities.js").LinkCapabilities;
    readonly portCount = 2;
    readonly statistics: LinkStatistics;
    readonly counters: NatCounters;
    constructor(options: NatOptions);
    mappingCount(nowUs: number): number;
    forgetAll(): void;
    send(port: number, slot: Slot, nowUs: number): boolean;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
}

export interface NatOptions {
    readonly publicAddress: string;
    readonly mtu?: number;
    readonly delayUs?: number;
    readonly tcpIdleMs?: number;
    readonly udpIdleMs?: number;
    readonly icmpIdleMs?: number;
    readonly tcpClosingIdleMs?: number;
    readonly forgotten?: 'drop' | 'rst';
    readonly maxMappings?: number;
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

interface NetworkState {
    readonly clock: VirtualClock;
    readonly random: SeededGenerator;
    readonly hosts: Map<string, Host>;
    readonly links: NetworkLink[];
    readonly partitions: Partition[];
    recorder: NetworkRecorder | null;
    eventCount: number;
    subnets: number;
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

export interface PacketMemorySource {
    allocate(size: number): PacketMemory;
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

export interface PcapngRecordingOptions extends PcapngSectionOptions {
    readonly epochUs: number;
    readonly resolution?: 'us' | 'ns';
    readonly names?: readonly (readonly [address: Address, names: readonly string[]])[];
    readonly interfaceIds?: readonly number[];
}

export interface PcapngSectionOptions {
    readonly hardware?: string;
    readonly os?: string;
    readonly application?: string;
    readonly comment?: string;
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

export interface RecordedFrame {
    readonly interfaceId: number;
    readonly direction: 'in' | 'out';
    readonly timeUs: number;
    readonly bytes: Uint8Array;
    readonly originalLength: number;
    comment: string | null;
}

export interface RecordedInterface {
    readonly name: string;
    readonly description: string;
    readonly medium: LinkMedium;
    frames: number;
    missed: number;
}

export class Recorder {
    readonly interfaces: RecordedInterface[];
    constructor(options?: RecorderOptions);
    addInterface(options: {
        name: string;
        description?: string;
        medium: LinkMedium;
    }): number;
    get frames(): readonly RecordedFrame[];
    get frameCount(): number;
    frameSeen(interfaceId: number, direction: 'in' | 'out', timeUs: number, slot: Slot): void;
    clear(): void;
    toPcapng(options: PcapngRecordingOptions): Uint8Array;
    toPcap(interfaceId: number, epochUs: number): Uint8Array;
}

export interface RecorderOptions {
    readonly maxFrames?: number;
    readonly maxBytes?: number;
    readonly snapLength?: number;
    readonly drop?: 'newest' | 'oldest';
    readonly commenter?: FrameCommenter;
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

export interface RedMarking {
    readonly kind: 'red';
    readonly minPackets?: number;
    readonly maxPackets?: number;
    readonly minBytes?: number;
    readonly maxBytes?: number;
    readonly maxProbability?: number;
    readonly weight?: number;
}

export type RejectKind = 'rst' | 'net-unreachable' | 'host-unreachable' | 'port-unreachable' | 'admin-prohibited' | 'frag-needed';

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

export class Rule {
    readonly verdict: RuleVerdict;
    hits: number;
    occurrences: number;
    readonly compiled: CompiledMatch;
    readonly router: Address | null;
    readonly rewrite: CompiledRewrite | null;
    constructor(owner: RuleLink, match: FrameMatch, verdict: RuleVerdict);
    get match(): FrameMatch;
    remove(): void;
}

export class RuleLink implements Link {
    readonly capabilities: LinkCapabilities;
    readonly portCount: number;
    readonly statistics: LinkStatistics;
    constructor(inner: Link);
    get rules(): readonly Rule[];
    addRule(match: FrameMatch, verdict: RuleVerdict): Rule;
    removeRule(rule: Rule): void;
    send(port: number, slot: Slot, nowUs: number): boolean;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
}

export type RuleVerdict = 'pass' | 'drop' | 'duplicate' | {
    readonly delayMs: number;
}
 | {
    readonly rewrite: FrameRewrite;
}
 | {
    readonly reject: RejectKind;
    readonly mtu?: number;
    readonly router?: string;
};

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

export class SeededGenerator {
    constructor(seed: number);
    nextInt32(): number;
    nextFraction(): number;
    nextBelow(bound: number): number;
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

export interface StepMarking {
    readonly kind: 'step';
    readonly thresholdUs?: number;
    readonly marks?: 'ect1' | 'ect';
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
