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

export { FrameCommenter } // described in sim.d.ts

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

export { PcapngRecordingOptions } // described in sim.d.ts

export { PcapngSectionOptions } // described in sim.d.ts

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

export { RecordedFrame } // described in sim.d.ts

export { RecordedInterface } // described in sim.d.ts

export { Recorder } // described in sim.d.ts

export { RecorderOptions } // described in sim.d.ts

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
