// What 'woshou/scenes' exports. Written by "npm run api:update".

export interface CraftedSegment {
    readonly flags: string;
    readonly to: string;
    readonly fromPort: number;
    readonly toPort: number;
    readonly seq: number;
    readonly ack?: number;
    readonly window?: number;
    readonly payload?: string | Uint8Array;
    readonly from?: string;
    readonly mss?: number;
    readonly urgentPointer?: number;
}

export class HandMadePeer implements HostStack {
    readonly received: SeenSegment[];
    observer: Observer | null;
    protected nowUs: number;
    addInterface(options: HostInterfaceOptions): {
        readonly id: number;
    };
    addAddress(interfaceId: number, address: string): void;
    addRoute(): void;
    send(segment: CraftedSegment): void;
    sendVia(neighbor: string, segment: CraftedSegment): void;
    receive(slot: Slot, nowUs: number): void;
    pollTransmit(nowUs: number, slot: Slot): boolean;
    nextTimeoutUs(): number;
    handleTimeout(nowUs: number): void;
    pollEvent(): EventSocket | null;
    protected claim(segment: SeenSegment, from: string, to: string): void;
    protected segmentArrived(_segment: SeenSegment): void;
}

export interface LadderRow {
    readonly timeUs: number;
    readonly kind: 'segment' | 'state' | 'event' | 'note';
    readonly from: string;
    readonly to: string;
    readonly arrivedUs: number | null;
    readonly protocol: PacketProtocol | '';
    readonly source: string;
    readonly destination: string;
    readonly flags: string;
    readonly seq: number | null;
    readonly ack: number | null;
    readonly seqAbsolute: number | null;
    readonly ackAbsolute: number | null;
    readonly window: number | null;
    readonly length: number | null;
    readonly options: string;
    readonly payload: string;
    readonly status: PacketStatus | '';
    readonly reason: string | null;
    readonly isRepeat: boolean;
    readonly timer: TimerFact | null;
    readonly dropReason: string | null;
    readonly isCrafted: boolean;
    readonly isWhatIf: boolean;
    readonly fromState: StatePair | null;
    readonly toState: StatePair | null;
    readonly cause: string;
    readonly summary: string;
    readonly frame: Uint8Array | null;
    readonly medium: LinkMedium | null;
    readonly say: Text;
    readonly aside: Text | null;
}

export interface LayerBytes {
    readonly name: LayerName;
    readonly from: number;
    readonly to: number;
    readonly tcpIp: TcpIpLayerId;
    readonly osi: number;
    readonly hex: string;
    readonly text: string;
    readonly fields: readonly DecodedField[];
}

export type NetworkMaker = (options: NetworkOptions) => Network;

export const OSI_LAYERS: readonly OsiLayer[];

export interface OsiLayer {
    readonly number: number;
    readonly name: Text;
    readonly tcpIp: TcpIpLayerId;
    readonly task: Text;
    readonly unit: Text;
    readonly emptyBecause: Text | null;
}

export const PROTOCOL_PLACES: readonly ProtocolPlace[];

export type PacketStatus = 'delivered' | 'dropped' | 'duplicated' | 'delayed' | 'corrupted' | 'in-flight';

export interface PlayOptions {
    readonly seed?: number;
    readonly auth?: TcpAuthAlgorithms;
}

export interface ProtocolPlace {
    readonly name: string;
    readonly tcpIp: TcpIpLayerId;
    readonly osi: number;
    readonly remark: Text | null;
}

export const SCENES: readonly Scene[];

export interface Scene {
    readonly id: string;
    readonly group: SceneGroup;
    readonly title: Text;
    readonly summary: Text;
    readonly whatIf?: boolean;
    readonly needsAuth?: boolean;
    play(stage: Stage): void;
}

export interface SceneCheck {
    readonly text: Text;
    readonly ok: boolean;
}

export type SceneGroup = 'opening' | 'closing' | 'life' | 'mechanisms' | 'queues' | 'attack' | 'layers' | 'myths' | 'what-if';

export interface SceneMeasure {
    readonly name: Text;
    readonly value: number;
    readonly unit: Text;
}

export interface SceneResult {
    readonly id: string;
    readonly title: Text;
    readonly rows: readonly LadderRow[];
    readonly checks: readonly SceneCheck[];
    readonly pcapng: Uint8Array;
    readonly seed: number;
    readonly verdict?: Text;
    readonly measured?: SceneMeasure;
    readonly hosts: readonly string[];
}

export interface SeenSegment {
    readonly from: string;
    readonly to: string;
    readonly fromPort: number;
    readonly toPort: number;
    readonly flags: number;
    readonly seq: number;
    readonly ack: number;
    readonly window: number;
    readonly payload: Uint8Array;
    readonly timeUs: number;
}

export class Stage {
    readonly seed: number;
    readonly network: Network;
    readonly checks: {
        readonly text: Text;
        readonly ok: boolean;
    }[];
    verdict: Text | null;
    measured: SceneMeasure | null;
    readonly tape: Tape;
    readonly setting: LadderSetting;
    constructor(seed: number, auth?: TcpAuthAlgorithms | null, makeNetwork?: NetworkMaker);
    get auth(): TcpAuthAlgorithms;
    host(name: string, options?: StageHostOptions): Host;
    handMade<P extends HandMadePeer>(name: string, peer: P): Host;
    whatIf(host: Host): void;
    link(a: Host, b: Host, options?: NetworkLinkOptions): NetworkLink;
    linkMade(link: NetworkLink, options?: NetworkLinkOptions): void;
    pair(options?: {
        client?: StageHostOptions;
        server?: StageHostOptions;
        link?: NetworkLinkOptions;
    }): StagePair;
    addressOf(host: Host, from?: Host): string;
    listen(host: Host, port: number, options?: Omit<ListenOptions, 'port'>): ListenSocket;
    unlisten(listener: ListenSocket): void;
    connect(host: Host, to: Host, port: number, options?: Partial<ConnectOptions>): StreamSocket;
    accept(listener: ListenSocket): StreamSocket;
    write(socket: StreamSocket, data: string | Uint8Array): number;
    read(socket: StreamSocket): string;
    close(socket: StreamSocket): void;
    shutdown(socket: StreamSocket): void;
    abort(socket: StreamSocket): void;
    crash(host: Host): void;
    restart(host: Host): void;
    open(client: Host, server: Host, listener: ListenSocket, options?: Partial<ConnectOptions>): [StreamSocket, StreamSocket];
    pass(forMs: number): void;
    until(condition: () => boolean, limitMs?: number): boolean;
    settle(limitMs?: number): void;
    get nowMs(): number;
    say(text: Text): void;
    note(text: Text): void;
    act(host: string, predicate: Text, call?: StageCall | null): void;
    check(text: Text, ok: boolean): void;
    packets(filter?: {
        from?: string;
        flags?: string;
    }): LadderRow[];
    rows(): LadderRow[];
    get hostNames(): string[];
    finish(title: string): {
        rows: LadderRow[];
        pcapng: Uint8Array;
    };
}

export interface StageCall {
    readonly name: 'listen' | 'connect' | 'accept' | 'write' | 'read' | 'close' | 'shutdown' | 'abort';
    readonly port?: number;
    readonly connection?: number;
    readonly bytes?: number;
}

export type StageHostOptions = Omit<HostOptions, 'observer'>;

export interface StagePair {
    readonly client: Host;
    readonly server: Host;
    readonly link: NetworkLink;
}

export interface StatePair {
    readonly before: string;
    readonly after: string;
}

export const TCP_IP_LAYERS: readonly TcpIpLayer[];

export interface TcpIpLayer {
    readonly id: TcpIpLayerId;
    readonly name: Text;
    readonly osi: readonly number[];
}

export type TcpIpLayerId = 'application' | 'transport' | 'internet' | 'link';

export interface Text {
    readonly en: string;
    readonly zh: string;
}

export interface TimerFact {
    readonly name: string;
    readonly count: number;
}

export function bytesByLayer(frame: Uint8Array, medium: LinkMedium): LayerBytes[];

export function findScene(id: string): Scene | null;

export function playScene(scene: Scene, options?: PlayOptions): SceneResult;

// Not exported, but part of the above:

export interface ArrivedFrame {
    readonly kind: 'arrived';
    readonly timeUs: number;
    readonly host: string;
    readonly frame: SentFrame;
    readonly arrival: FrameArrival;
}

export interface FrameArrival {
    readonly timeUs: number;
    readonly host: string;
    readonly change: 'none' | 'corrupted' | 'translated';
    readonly isTaken: boolean;
    readonly bytes: Uint8Array | null;
}

export interface HostConditions {
    isUp(host: string): boolean;
}

export interface HostEntry {
    readonly kind: 'listening' | 'crashed';
    readonly timeUs: number;
    readonly host: string;
    readonly port: number;
    readonly isOn: boolean;
}

export interface LadderSetting {
    readonly addresses: Map<string, string>;
    readonly crafted: Set<string>;
    readonly whatIf: Set<string>;
    readonly delaysUs: Map<string, number>;
}

export interface ObservedRecord {
    readonly kind: 'observed';
    readonly timeUs: number;
    readonly host: string;
    readonly record: ObserverRecord;
}

export type PacketProtocol = 'tcp' | 'udp' | 'icmp' | 'arp' | 'other';

export interface SentFrame {
    readonly kind: 'sent';
    readonly timeUs: number;
    readonly host: string;
    readonly link: string;
    readonly medium: LinkMedium;
    readonly bytes: Uint8Array;
    readonly arrivals: FrameArrival[];
}

export interface SpokenEntry {
    readonly kind: 'event' | 'note' | 'say';
    readonly timeUs: number;
    readonly host: string;
    readonly text: Text;
    readonly call: StageCall | null;
}

export class Tape {
    readonly entries: TapeEntry[];
    forgotten: number;
    constructor(conditions: HostConditions, delaysUs: ReadonlyMap<string, number>);
    addInterface(options: {
        name: string;
        medium: LinkMedium;
    }): number;
    frameSeen(interfaceId: number, direction: 'in' | 'out', timeUs: number, slot: Slot): void;
    observed(host: string, record: ObserverRecord): void;
    speak(kind: SpokenEntry['kind'], timeUs: number, host: string, text: Text, call?: StageCall | null): void;
    changed(kind: HostEntry['kind'], timeUs: number, host: string, port: number, isOn: boolean): void;
    get length(): number;
    rewind(count: number): void;
    forget(count: number): void;
}

export type TapeEntry = SentFrame | ArrivedFrame | ObservedRecord | SpokenEntry | HostEntry;
