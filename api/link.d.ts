// What 'woshou/link' exports. Written by "npm run api:update".

export class AnswerBuilder {
    constructor(medium: LinkMedium);
    answer(view: FrameView, kind: RejectKind, mtu: number, router: Address | null): Slot | null;
}

export interface BottleneckSettings {
    readonly rateBps: number;
    readonly queuePackets: number;
    readonly queueBytes: number;
    readonly marking: MarkingSettings | null;
}

export interface BurstLoss {
    readonly enter: number;
    readonly leave: number;
    readonly lossGood?: number;
    readonly lossBad?: number;
}

export class Coalescer {
    readonly frames: Slot[];
    constructor(medium: LinkMedium, memory: PacketMemory);
    take(slots: readonly Slot[], count: number): number;
}

export class CompiledMatch {
    readonly match: FrameMatch;
    constructor(match: FrameMatch);
    fits(view: FrameView, port: number): boolean;
    wantsOccurrence(count: number): boolean;
}

export const ETHERNET_OVERHEAD = 18;

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

export interface FramePredicate {
    matches(view: FrameView, port: number): boolean;
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

export interface Link {
    readonly capabilities: LinkCapabilities;
    readonly portCount: number;
    readonly statistics: LinkStatistics;
    send(port: number, slot: Slot, nowUs: number): boolean;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
}

export interface LinkStatistics {
    sentFrames: number;
    deliveredFrames: number;
    droppedFrames: number;
}

export type MarkingSettings = RedMarking | StepMarking;

export class MemoryLink implements Link {
    readonly capabilities: LinkCapabilities;
    readonly portCount = 2;
    readonly statistics: LinkStatistics;
    constructor(options?: MemoryLinkOptions);
    send(port: number, slot: Slot, nowUs: number): boolean;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
}

export interface MemoryLinkOptions {
    readonly capabilities?: LinkCapabilities;
    readonly delayUs?: number;
    readonly queueFrames?: number;
    readonly queueBytes?: number;
    readonly memory?: PacketMemorySource;
}

export const NAT_INSIDE = 0;

export const NAT_OUTSIDE = 1;

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

export const SLIP_END = 192;

export const SLIP_ESC = 219;

export const SLIP_ESC_END = 220;

export const SLIP_ESC_ESC = 221;

export const SLIP_MTU = 1006;

export class Segmenter {
    constructor(medium: LinkMedium);
    begin(slot: Slot): boolean;
    get longestPart(): number;
    next(part?: Slot): Slot | null;
}

export class SlipDecoder {
    damagedPackets: number;
    readonly slot: Slot;
    constructor(maxLength?: number);
    push(byte: number): boolean;
}

export class SlipLink implements Link {
    readonly capabilities: import("../base/link-capabilities.js").LinkCapabilities;
    readonly portCount = 1;
    readonly statistics: LinkStatistics;
    constructor(options?: SlipOptions);
    send(_port: number, slot: Slot, _nowUs: number): boolean;
    get pendingBytes(): number;
    get damagedPackets(): number;
    takeBytes(max?: number): Uint8Array;
    pushBytes(bytes: Uint8Array, nowUs: number): void;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
}

export interface SlipOptions {
    readonly mtu?: number;
    readonly outputBytes?: number;
    readonly inputPackets?: number;
}

export interface StepMarking {
    readonly kind: 'step';
    readonly thresholdUs?: number;
    readonly marks?: 'ect1' | 'ect';
}

export interface SwitchCounters {
    forwarded: number;
    flooded: number;
    filtered: number;
    malformed: number;
}

export class SwitchLink implements Link {
    readonly capabilities: LinkCapabilities;
    readonly portCount: number;
    readonly statistics: LinkStatistics;
    readonly counters: SwitchCounters;
    constructor(options: SwitchOptions);
    portOf(high: number, low: number, nowUs: number): number;
    get tableLength(): number;
    send(port: number, slot: Slot, nowUs: number): boolean;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
}

export interface SwitchOptions {
    readonly portCount: number;
    readonly capabilities?: LinkCapabilities;
    readonly delayUs?: number;
    readonly ageingUs?: number;
    readonly tableSize?: number;
    readonly queueFrames?: number;
    readonly memory?: PacketMemorySource;
}

export class TracerLink implements Link, FrameSink {
    readonly capabilities: LinkCapabilities;
    readonly portCount: number;
    readonly interfaceIds: number[];
    constructor(inner: Link);
    get statistics(): LinkStatistics;
    listen(listener: FrameListener | null, interfaceIds: readonly number[]): void;
    get isListening(): boolean;
    send(port: number, slot: Slot, nowUs: number): boolean;
    nextTimeoutUs(): number;
    poll(nowUs: number, sink: FrameSink, budget: number): number;
    frameArrived(port: number, slot: Slot): void;
}

export const UNIMPAIRED: ImpairmentSettings;

export class WireFrames {
    constructor(medium: LinkMedium);
    begin(slot: Slot): void;
    next(): Slot | null;
}

export function carriesWhole(capabilities: LinkCapabilities, slot: Slot): boolean;

export function completeChecksum(slot: Slot): void;

export function impairmentSettings(base: ImpairmentSettings, changes: Partial<ImpairmentSettings>): ImpairmentSettings;

export function isUnimpaired(settings: ImpairmentSettings): boolean;

export function parseFlags(text: string | undefined): [set: number, clear: number];

export function routerAddress(text: string | undefined): Address | null;

export function segmentedLength(slot: Slot): number;

export function slipEncode(from: Uint8Array, offset: number, length: number, into: Uint8Array, at: number): number;

export function slipEncodedMax(length: number): number;

export function touchesEcn(settings: ImpairmentSettings): boolean;

export function wireSegments(slot: Slot): number;

// Not exported, but part of the above:

export class CompiledRewrite {
    constructor(rewrite: FrameRewrite);
    apply(slot: Slot, medium: LinkMedium): void;
}

export interface PacketMemorySource {
    allocate(size: number): PacketMemory;
}
