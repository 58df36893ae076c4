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

export interface FaultHost {
    readonly name: string;
    address(family: 4 | 6, link: Link): string | null;
}

export interface FaultLink {
    readonly link: Link;
    rule(match: Omit<FrameMatch, 'port'> & {
        readonly from?: string;
    }, verdict: RuleVerdict): Rule;
}

export type FaultName = 'syn-timeout' | 'refused' | 'reset' | 'half-open' | 'stall' | 'slow';

export interface FaultOptions {
    readonly port?: number;
    readonly delayMs?: number;
}

export interface FaultPlace {
    readonly link: FaultLink;
    readonly host: FaultHost | null;
}

export type FromHost = Host | string;

export class Host {
    readonly name: string;
    readonly network: HostNetwork;
    isReady: boolean;
    wasCalled: boolean;
    dueUs: number;
    missedFrames: number;
    constructor(network: HostNetwork, name: string, options: HostOptions, factory: StackFactory, clock: VirtualClock, random: SeededGenerator);
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

export interface HostLink extends FaultLink {
    readonly hosts: readonly Host[];
}

export interface HostNetwork {
    readonly hosts: readonly Host[];
    readonly links: readonly HostLink[];
    readonly nowUs: number;
    readonly nextDueUs: number;
    crashListener: ((host: Host) => void) | null;
    step(untilUs?: number): boolean;
    advanceTo(timeUs: number): void;
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

export class Network implements HostNetwork {
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
    readonly mtu?: number | 'none';
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
    readonly network: HostNetwork;
    readonly time: NetworkTime;
    gate: ClockGate | null;
    isManual: boolean;
    constructor(network: HostNetwork, loop: EventLoop, options: NetworkPumpOptions);
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

export class StandInFactory implements StackFactory {
    readonly standIns: Map<string, HostStack>;
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

export function pumpOf(network: HostNetwork, loop: EventLoop, options?: NetworkPumpOptions): NetworkPump;

export function raceControlNamed(given: string): string | null;

export function raceControls(): string[];

export function raceCsv(result: RaceResult): string;

export function spreadOf(values: readonly number[]): Spread | null;

// Not exported, but part of the above:

export interface FrameCommenter {
    comment(frame: RecordedFrame): string | null;
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

export interface PcapngRecordingOptions extends PcapngSectionOptions {
    readonly epochUs: number;
    readonly resolution?: 'us' | 'ns';
    readonly names?: readonly (readonly [address: Address, names: readonly string[]])[];
    readonly interfaceIds?: readonly number[];
    readonly direction?: 'in' | 'out';
}

export interface PcapngSectionOptions {
    readonly hardware?: string;
    readonly os?: string;
    readonly application?: string;
    readonly comment?: string;
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
