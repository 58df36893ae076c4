// What 'woshou/capture' exports. Written by "npm run api:update".

export type CaptureDirection = 'in' | 'out' | 'unknown';

export interface CaptureError {
    readonly offset: number;
    readonly message: string;
}

export interface CaptureFile {
    readonly format: 'pcap' | 'pcapng' | 'unknown';
    readonly interfaces: readonly CapturedInterface[];
    readonly packets: readonly CapturedPacket[];
    readonly names: readonly (readonly [address: Address, names: readonly string[]])[];
    readonly hardware: string | null;
    readonly os: string | null;
    readonly application: string | null;
    readonly error: CaptureError | null;
}

export interface CapturedInterface {
    readonly linkType: number;
    readonly snapLength: number;
    name: string | null;
    description: string | null;
    unitsPerSecond: number;
    offsetSeconds: number;
    received: number | null;
    dropped: number | null;
}

export interface CapturedPacket {
    readonly interfaceId: number;
    readonly timeUs: number;
    readonly nanoseconds: number;
    readonly bytes: Uint8Array;
    readonly originalLength: number;
    readonly direction: 'in' | 'out' | 'unknown';
    readonly comment: string | null;
}

export interface DecodedField {
    readonly name: string;
    readonly offset: number;
    readonly length: number;
    readonly value: number | string;
    readonly text?: string;
}

export interface DecodedFrame {
    readonly length: number;
    readonly layers: readonly DecodedLayer[];
    readonly summary: string;
    readonly sourceAddress: string | null;
    readonly destinationAddress: string | null;
}

export interface DecodedLayer {
    readonly name: LayerName;
    readonly offset: number;
    length: number;
    readonly fields: DecodedField[];
    summary: string;
    problem: string | null;
}

export interface FrameCommenter {
    comment(frame: RecordedFrame): string | null;
}

export type LayerName = 'ethernet' | 'llc' | 'arp' | 'ipv4' | 'ipv6' | 'ipv6-extension' | 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'igmp'
 | 'quoted' | 'payload'
 | 'padding';

export const LinkType: {
    readonly ethernet: 1;
    readonly raw: 101;
    readonly ipv4: 228;
    readonly ipv6: 229;
    readonly nullLoopback: 0;
    readonly linuxCooked: 113;
};

export const PCAPNG_BYTE_ORDER_MAGIC = 439041101;

export interface PcapOptions {
    readonly linkType: number;
    readonly resolution?: 'us' | 'ns';
    readonly snapLength?: number;
}

export class PcapWriter {
    constructor(options: PcapOptions);
    writePacket(timeUs: number, bytes: Uint8Array, originalLength?: number): void;
    toBytes(): Uint8Array;
    take(): Uint8Array;
}

export const PcapngBlock: {
    readonly section: 168627466;
    readonly interface: 1;
    readonly obsoletePacket: 2;
    readonly simplePacket: 3;
    readonly nameResolution: 4;
    readonly interfaceStatistics: 5;
    readonly enhancedPacket: 6;
};

export interface PcapngInterfaceOptions {
    readonly linkType: number;
    readonly name?: string;
    readonly description?: string;
    readonly resolution?: 'us' | 'ns';
    readonly snapLength?: number;
}

export interface PcapngPacketOptions {
    readonly direction?: CaptureDirection;
    readonly comment?: string;
    readonly originalLength?: number;
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

export interface PcapngStatistics {
    readonly received?: number;
    readonly dropped?: number;
    readonly startUs?: number;
    readonly endUs?: number;
}

export class PcapngWriter {
    constructor(section?: PcapngSectionOptions);
    addInterface(options: PcapngInterfaceOptions): number;
    writePacket(interfaceId: number, timeUs: number, bytes: Uint8Array, offset?: number, length?: number, options?: PcapngPacketOptions): void;
    writeNames(records: readonly (readonly [address: Address, names: readonly string[]])[]): void;
    writeStatistics(interfaceId: number, timeUs: number, statistics: PcapngStatistics): void;
    get length(): number;
    toBytes(): Uint8Array;
    take(): Uint8Array;
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

export function decodeFrame(bytes: Uint8Array, medium: LinkMedium): DecodedFrame;

export function fieldOf(frame: DecodedFrame, layer: LayerName, name: string): DecodedField | null;

export function flagsText(flags: number): string;

export function isPcap(bytes: Uint8Array): boolean;

export function layerAt(frame: DecodedFrame, offset: number): DecodedLayer | null;

export function linkTypeOf(medium: LinkMedium): number;

export function readCapture(bytes: Uint8Array): CaptureFile;

export function readPcap(bytes: Uint8Array): CaptureFile;

export function readPcapng(bytes: Uint8Array): CaptureFile;

export function splitTime(high: number, low: number, unitsPerSecond: number, offsetSeconds: number): [number, number];

export function unreadable(format: CaptureFile['format'], offset: number, message: string): CaptureFile;

// Not exported, but part of the above:

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

export type LinkMedium = 'ethernet' | 'ip';

export interface PacketMemory {
    readonly u8: Uint8Array;
    readonly u32: Uint32Array;
    readonly view: DataView;
    sum(offset: number, length: number): number;
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
