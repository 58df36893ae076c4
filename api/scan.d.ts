// What 'woshou/scan' exports. Written by "npm run api:update".

export type AnswerFacts = {
    readonly kind: 'segment';
    readonly flags: number;
    readonly window: number;
    readonly seq: number;
    readonly ack: number;
} | {
    readonly kind: 'datagram';
    readonly payloadLength: number;
} | {
    readonly kind: 'icmp';
    readonly type: number;
    readonly code: number;
    readonly from: string;
} | {
    readonly kind: 'echo-reply';
} | {
    readonly kind: 'neighbor';
    readonly mac: string;
} | {
    readonly kind: 'silence';
};

export type DiscoveryWay = 'echo' | 'syn' | 'ack' | 'neighbor';

export class ExpressionError extends WoshouError {
    readonly code: 'ERR_SCAN_EXPRESSION';
    readonly expression: string;
    readonly at: number;
    readonly length: number;
    readonly problem: ExpressionProblem;
    constructor(argument: string, expression: string, at: number, length: number, problem: ExpressionProblem);
}

export type ExpressionProblem = 'empty' | 'not-a-port' | 'port-too-large' | 'range-backwards' | 'unknown-name' | 'unknown-prefix' | 'not-an-address' | 'octet-too-large' | 'bad-length' | 'too-many';

export interface HostReport {
    readonly address: string;
    readonly state: 'up' | 'down';
    readonly reason: ReasonName;
    readonly hopLimit: number;
    readonly mac: string | null;
    readonly srttUs: number;
    readonly rttVarianceUs: number;
    readonly rtoUs: number;
    readonly startedUs: number;
    readonly endedUs: number;
    readonly isTimedOut: boolean;
    readonly tables: readonly PortTable[];
}

export interface PortSelection {
    readonly tcp: Uint16Array;
    readonly udp: Uint16Array;
}

export const PortState: {
    readonly unknown: 0;
    readonly open: 1;
    readonly closed: 2;
    readonly filtered: 3;
    readonly unfiltered: 4;
    readonly openFiltered: 5;
};
export type PortState = (typeof PortState)[keyof typeof PortState];

export type PortStateName = (typeof STATE_NAMES)[number];

export interface PortTable {
    readonly technique: TechniqueName;
    readonly protocol: 'tcp' | 'udp';
    readonly ports: Uint16Array;
    readonly states: Uint8Array;
    readonly reasons: Uint8Array;
    readonly hopLimits: Uint8Array;
}

export interface ProbeConcludedRecord extends ProbeLabel {
    readonly event: 'concluded';
    readonly answer: AnswerFacts;
    readonly state: PortStateName;
    readonly reason: ReasonName;
    readonly reply: 'none' | 'rst' | 'ack-rst';
}

export interface ProbeLabel {
    readonly timeUs: number;
    readonly address: string;
    readonly technique: TechniqueName | null;
    readonly way: DiscoveryWay | null;
    readonly port: number;
    readonly tryNumber: number;
}

export interface ProbeSentRecord extends ProbeLabel {
    readonly event: 'sent';
    readonly flags: number;
    readonly seq: number;
    readonly ack: number;
    readonly sourcePort: number;
    readonly payloadLength: number;
}

export const RANGE_FREE_MAX: number;

export const Reason: Readonly<Record<ReasonName, number>>;

export type ReasonName = (typeof REASON_NAMES)[number];

export const SCAN_END = 2;

export const SCAN_REPORT = 1;

export const SERVICES: readonly Service[];

export class ScanCounters {
    sentPackets: number;
    sentBytes: number;
    receivedPackets: number;
    receivedBytes: number;
    probes: number;
    retries: number;
    answers: number;
    duplicates: number;
    forged: number;
    forgedErrors: number;
    contradicted: number;
    unrelated: number;
    malformed: number;
    losses: number;
    controlDropped: number;
}

export interface ScanListener {
    observe(record: ScanRecord): void;
}

export interface ScanOptions {
    readonly targets: readonly TargetRange[];
    readonly exclude?: readonly TargetRange[];
    readonly techniques: readonly TechniqueName[];
    readonly ports: PortSelection;
    readonly looksForHosts?: boolean;
    readonly isShuffled?: boolean;
    readonly timing?: Timing;
    readonly listener?: ScanListener;
}

export interface ScanProgress {
    readonly phase: 'discovery' | 'ports' | 'done';
    readonly technique: TechniqueName | null;
    readonly hostsDone: number;
    readonly hostsTotal: number;
    readonly hostsUp: number;
    readonly share: number;
    readonly elapsedUs: number;
    readonly leftUs: number;
}

export type ScanRecord = ProbeSentRecord | ProbeConcludedRecord | StrangeRecord;

export class Scanner {
    readonly counters: ScanCounters;
    constructor(options: ScanOptions, random: RandomSource);
    addInterface(options: {
        readonly capabilities: LinkCapabilities;
        readonly mac?: MacAddress;
    }): {
        readonly id: number;
    };
    addAddress(_interfaceId: number, text: string): void;
    addRoute(prefix: string, gateway: string | null, _interfaceId: number): void;
    receive(slot: Slot, nowUs: number): void;
    pollTransmit(nowUs: number, slot: Slot): boolean;
    nextTimeoutUs(): number;
    handleTimeout(nowUs: number): void;
    pollEvent(): this | null;
    takeEvents(): number;
    takeReport(): HostReport | null;
    get isFinished(): boolean;
    stop(nowUs: number): void;
    progress(nowUs: number): ScanProgress;
}

export interface Service {
    readonly port: number;
    readonly name: string;
    readonly tcp: boolean;
    readonly udp: boolean;
}

export interface StrangeRecord extends ProbeLabel {
    readonly event: 'strange';
    readonly kind: 'forged' | 'forged-error' | 'duplicate' | 'contradicted';
    readonly answer: AnswerFacts;
}

export const TARGETS_MAX: number;

export const TECHNIQUES: Readonly<Record<TechniqueName, Technique>>;

export const TIMING_NAMES: readonly ['paranoid', 'sneaky', 'polite', 'normal', 'aggressive', 'insane'];

export const TIMING_TEMPLATES: readonly Timing[];

export interface TargetName {
    readonly name: string;
    readonly prefixLength: number;
}

export interface TargetRange {
    readonly family: 4 | 6;
    readonly count: number;
    at(index: number): Address;
    contains(address: Address): boolean;
}

export interface Technique {
    readonly name: TechniqueName;
    readonly letter: string;
    readonly protocol: 'tcp' | 'udp';
    readonly flags: number;
    readonly silence: PortState;
}

export type TechniqueName = 'syn' | 'connect' | 'fin' | 'null' | 'xmas' | 'ack' | 'window' | 'maimon' | 'udp';

export interface Timing {
    readonly initialRtoUs: number;
    readonly minRtoUs: number;
    readonly maxRtoUs: number;
    readonly maxRetries: number;
    readonly scanDelayUs: number;
    readonly maxTcpDelayUs: number;
    readonly maxUdpDelayUs: number;
    readonly hostTimeoutUs: number;
    readonly initialWindow: number;
    readonly maxWindow: number;
    readonly minRate: number;
    readonly maxRate: number;
}

export function defaultPorts(): PortSelection;

export function fastPorts(): PortSelection;

export function formatPorts(ports: Uint16Array): string;

export function isOwnGround(address: Address): boolean;

export function needsWord(range: TargetRange): {
    readonly address: Address;
} | 'size' | null;

export function parsePorts(expression: string): PortSelection;

export function parseTarget(expression: string): TargetRange | TargetName;

export function portStateName(state: number): PortStateName;

export function prefixRange(address: Address, length: number, tooMany?: () => Error): TargetRange;

export function reasonName(reason: number): ReasonName;

export function serviceName(protocol: 'tcp' | 'udp', port: number): string | null;

export function timingOf(template: number, changes?: Partial<Timing>): Timing;

export function topPorts(count: number, among?: PortSelection | null): PortSelection;

export function withoutPorts(first: PortSelection, second: PortSelection): PortSelection;

// Not exported, but part of the above:

const REASON_NAMES: readonly ['unknown-response', 'no-response', 'syn-ack', 'split-handshake-syn', 'reset', 'conn-refused', 'udp-response', 'net-unreach', 'host-unreach', 'proto-unreach', 'port-unreach', 'net-prohibited', 'host-prohibited', 'admin-prohibited', 'time-exceeded', 'no-route', 'beyond-scope', 'reject-route', 'echo-reply', 'arp-response', 'nd-response', 'user-set', 'dest-unreach'];

const STATE_NAMES: readonly ['unknown', 'open', 'closed', 'filtered', 'unfiltered', 'open|filtered'];
