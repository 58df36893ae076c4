// What 'woshou/wire' exports. Written by "npm run api:update".

export const ARP_LENGTH = 28;

export const ArpOperation: {
    readonly request: 1;
    readonly reply: 2;
    readonly reverseRequest: 3;
    readonly reverseReply: 4;
};

export class ArpPacket {
    operation: number;
    senderHardwareHigh: number;
    senderHardwareLow: number;
    senderAddress: number;
    targetHardwareHigh: number;
    targetHardwareLow: number;
    targetAddress: number;
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

export const ETHERNET_FRAME_MIN = 60;

export const ETHERNET_HEADER_LENGTH = 14;

export const ETHER_TYPE_MIN = 1536;

export const Ecn: {
    readonly notEct: 0;
    readonly ect1: 1;
    readonly ect0: 2;
    readonly ce: 3;
};

export const EtherType: {
    readonly ipv4: 2048;
    readonly arp: 2054;
    readonly rarp: 32821;
    readonly vlan: 33024;
    readonly ipv6: 34525;
    readonly providerVlan: 34984;
};

export class EthernetFrame {
    destinationHigh: number;
    destinationLow: number;
    sourceHigh: number;
    sourceLow: number;
    etherType: number;
    payloadOffset: number;
    payloadEnd: number;
    vlanTags: number;
    vlanId: number;
    vlanPriority: number;
    vlanDropEligible: boolean;
    outerVlanId: number;
    isLlc: boolean;
    dsap: number;
    ssap: number;
    control: number;
    snapOui: number;
    get isGroup(): boolean;
    get isBroadcast(): boolean;
}

export const FAST_OPEN_COOKIE_MAX = 16;

export const FAST_OPEN_COOKIE_MIN = 4;

export const FAST_OPEN_MAGIC = 63881;

export const ICMP_HEADER_LENGTH = 8;

export const IGMPV3_QUERY_LENGTH = 12;

export const IGMPV3_REPORT_HEADER_LENGTH = 8;

export const IGMP_LENGTH = 8;

export const IPV4_HEADER_LENGTH = 20;

export const IPV4_OPTIONS_MAX = 40;

export const IPV6_EXTENSIONS_MAX = 8;

export const IPV6_FRAGMENT_HEADER_LENGTH = 8;

export const IPV6_HEADER_LENGTH = 40;

export const IPV6_OPTIONS_MAX = 8;

export class IcmpMessage {
    type: number;
    code: number;
    rest: number;
    offset: number;
    length: number;
    bodyOffset: number;
    bodyLength: number;
    originateTimestamp: number;
    receiveTimestamp: number;
    transmitTimestamp: number;
    get identifier(): number;
    get sequence(): number;
    get gateway(): number;
    get pointer(): number;
    get nextHopMtu(): number;
}

export const IcmpType: {
    readonly echoReply: 0;
    readonly destinationUnreachable: 3;
    readonly sourceQuench: 4;
    readonly redirect: 5;
    readonly echoRequest: 8;
    readonly timeExceeded: 11;
    readonly parameterProblem: 12;
    readonly timestampRequest: 13;
    readonly timestampReply: 14;
};

export const IcmpUnreachableCode: {
    readonly network: 0;
    readonly host: 1;
    readonly protocol: 2;
    readonly port: 3;
    readonly fragmentationNeeded: 4;
    readonly sourceRouteFailed: 5;
    readonly networkUnknown: 6;
    readonly hostUnknown: 7;
    readonly sourceHostIsolated: 8;
    readonly networkProhibited: 9;
    readonly hostProhibited: 10;
    readonly networkForTypeOfService: 11;
    readonly hostForTypeOfService: 12;
    readonly communicationProhibited: 13;
    readonly hostPrecedenceViolation: 14;
    readonly precedenceCutoff: 15;
};

export const Icmpv6ParameterCode: {
    readonly erroneousField: 0;
    readonly unknownNextHeader: 1;
    readonly unknownOption: 2;
    readonly incompleteHeaderChain: 3;
};

export const Icmpv6Type: {
    readonly destinationUnreachable: 1;
    readonly packetTooBig: 2;
    readonly timeExceeded: 3;
    readonly parameterProblem: 4;
    readonly echoRequest: 128;
    readonly echoReply: 129;
    readonly multicastListenerQuery: 130;
    readonly multicastListenerReport: 131;
    readonly multicastListenerDone: 132;
    readonly routerSolicitation: 133;
    readonly routerAdvertisement: 134;
    readonly neighborSolicitation: 135;
    readonly neighborAdvertisement: 136;
    readonly redirect: 137;
    readonly multicastListenerReportV2: 143;
};

export const Icmpv6UnreachableCode: {
    readonly noRoute: 0;
    readonly prohibited: 1;
    readonly beyondScope: 2;
    readonly address: 3;
    readonly port: 4;
    readonly sourcePolicy: 5;
    readonly rejectRoute: 6;
};

export class IgmpMessage {
    type: number;
    version: number;
    maxResponseTenths: number;
    group: number;
    suppressRouterProcessing: boolean;
    robustness: number;
    queryIntervalSeconds: number;
    sourceCount: number;
    sourcesOffset: number;
    recordCount: number;
    recordsOffset: number;
    end: number;
}

export const IgmpType: {
    readonly query: 17;
    readonly reportV1: 18;
    readonly reportV2: 22;
    readonly leave: 23;
    readonly reportV3: 34;
};

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

export const IpProtocol: {
    readonly hopByHop: 0;
    readonly icmp: 1;
    readonly igmp: 2;
    readonly tcp: 6;
    readonly udp: 17;
    readonly routing: 43;
    readonly fragment: 44;
    readonly authentication: 51;
    readonly icmpv6: 58;
    readonly noNext: 59;
    readonly destinationOptions: 60;
};

export const Ipv4OptionType: {
    readonly endOfList: 0;
    readonly noOperation: 1;
    readonly recordRoute: 7;
    readonly timestamp: 68;
    readonly security: 130;
    readonly looseSourceRoute: 131;
    readonly streamId: 136;
    readonly strictSourceRoute: 137;
    readonly routerAlert: 148;
};

export class Ipv4OptionView {
    type: number;
    offset: number;
    length: number;
    pointer: number;
}

export const LLC_CONTROL_UI = 3;

export const LLC_SAP_SNAP = 170;

export const LLC_SNAP_LENGTH = 8;

export const MLDV1_LENGTH = 24;

export const MLDV2_QUERY_LENGTH = 28;

export const MLDV2_REPORT_HEADER_LENGTH = 8;

export class MldMessage {
    type: number;
    version: number;
    maxResponseMs: number;
    group0: number;
    group1: number;
    group2: number;
    group3: number;
    suppressRouterProcessing: boolean;
    robustness: number;
    queryIntervalSeconds: number;
    sourceCount: number;
    sourcesOffset: number;
    recordCount: number;
    recordsOffset: number;
    end: number;
}

export class MulticastRecord {
    type: number;
    group0: number;
    group1: number;
    group2: number;
    group3: number;
    sourceCount: number;
    sourcesOffset: number;
    nextOffset: number;
}

export const MulticastRecordType: {
    readonly modeIsInclude: 1;
    readonly modeIsExclude: 2;
    readonly changeToInclude: 3;
    readonly changeToExclude: 4;
    readonly allowNewSources: 5;
    readonly blockOldSources: 6;
};

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

export const NdpOptionSize: {
    readonly linkAddress: 8;
    readonly prefixInformation: 32;
    readonly mtu: 8;
};

export const NdpOptionType: {
    readonly sourceLinkAddress: 1;
    readonly targetLinkAddress: 2;
    readonly prefixInformation: 3;
    readonly redirectedHeader: 4;
    readonly mtu: 5;
    readonly recursiveDnsServer: 25;
};

export const NeighborFlag: {
    readonly router: number;
    readonly solicited: 1073741824;
    readonly override: 536870912;
};

export class PrefixInformation {
    prefix0: number;
    prefix1: number;
    prefix2: number;
    prefix3: number;
    prefixLength: number;
    isOnLink: boolean;
    isAutonomous: boolean;
    validSeconds: number;
    preferredSeconds: number;
    nextOffset: number;
}

export const ROUTER_ALERT_HEADER_LENGTH = 8;

export class ReturnRoute {
    firstHop: number;
    readonly bytes: Uint8Array;
    length: number;
}

export const SACK_BLOCKS_MAX = 4;

export const TCP_CHECKSUM_OFFSET = 16;

export const TCP_HEADER_LENGTH = 20;

export const TCP_OPTIONS_MAX = 40;

export const TcpFlag: {
    readonly fin: 1;
    readonly syn: 2;
    readonly rst: 4;
    readonly psh: 8;
    readonly ack: 16;
    readonly urg: 32;
    readonly ece: 64;
    readonly cwr: 128;
    readonly ae: 256;
};

export const TcpOptionBit: {
    readonly mss: 1;
    readonly windowScale: 2;
    readonly sackPermitted: 4;
    readonly sack: 8;
    readonly timestamps: 16;
    readonly fastOpen: 32;
    readonly userTimeout: 64;
    readonly md5: 128;
    readonly authentication: 256;
    readonly accEcn: 512;
    readonly unknown: 1024;
    readonly malformed: 2048;
};

export const TcpOptionKind: {
    readonly endOfList: 0;
    readonly noOperation: 1;
    readonly maximumSegmentSize: 2;
    readonly windowScale: 3;
    readonly sackPermitted: 4;
    readonly sack: 5;
    readonly timestamps: 8;
    readonly md5: 19;
    readonly userTimeout: 28;
    readonly authentication: 29;
    readonly multipath: 30;
    readonly fastOpen: 34;
    readonly accEcn0: 172;
    readonly accEcn1: 174;
    readonly experiment: 254;
};

export const TcpOptionSize: {
    readonly mss: 4;
    readonly windowScale: 4;
    readonly sackPermitted: 4;
    readonly timestamps: 12;
    readonly sackPermittedAndTimestamps: 12;
    readonly userTimeout: 4;
    readonly md5: 20;
};

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

export const TimeExceededCode: {
    readonly inTransit: 0;
    readonly reassembly: 1;
};

export const UDP_CHECKSUM_OFFSET = 6;

export const UDP_HEADER_LENGTH = 8;

export class UdpDatagram {
    readonly packet: IpPacket;
    sourcePort: number;
    destinationPort: number;
    payloadOffset: number;
    payloadLength: number;
    checksum: number;
    constructor(packet: IpPacket);
}

export const VLAN_TAG_LENGTH = 4;

export function accEcnAndSackSize(counters: number, blocks: number): number;

export function accEcnOptionSize(count: number): number;

export function buildReturnRoute(packet: IpPacket, route: ReturnRoute): boolean;

export function checkIpv4Options(packet: IpPacket): DropReason;

export function clearTcpOptions(segment: TcpSegment): void;

export function computeChecksum(memory: PacketMemory, offset: number, length: number, partialSum: number): number;

export function copyQuotation(memory: PacketMemory, offset: number, from: PacketMemory, fromOffset: number, length: number): void;

export function decodeExponential(code: number, bits: 8 | 16): number;

export function dropReasonName(reason: number): string;

export function echoRest(identifier: number, sequence: number): number;

export function emitArp(memory: PacketMemory, offset: number, packet: ArpPacket): number;

export function emitEthernet(memory: PacketMemory, offset: number, destinationHigh: number, destinationLow: number, sourceHigh: number, sourceLow: number, etherType: number): number;

export function emitIcmp(memory: PacketMemory, offset: number, type: number, code: number, rest: number, length: number): number;

export function emitIcmpTimestamp(memory: PacketMemory, offset: number, type: number, rest: number, originate: number, receive: number, transmit: number): number;

export function emitIcmpv6(memory: PacketMemory, offset: number, type: number, code: number, rest: number, length: number, pseudoSum: number): number;

export function emitIgmp(memory: PacketMemory, offset: number, type: number, maxResponseTenths: number, group: number): number;

export function emitIgmpV3Query(memory: PacketMemory, offset: number, message: IgmpMessage, sources: Int32Array, sourceCount: number): number;

export function emitIgmpV3Report(memory: PacketMemory, offset: number, end: number, recordCount: number): number;

export function emitIpv4Header(memory: PacketMemory, offset: number, packet: IpPacket, totalLength: number, options?: Uint8Array | null): number;

export function emitIpv6FragmentHeader(memory: PacketMemory, offset: number, nextHeader: number, fragmentOffset: number, moreFragments: boolean, identification: number): number;

export function emitIpv6Header(memory: PacketMemory, offset: number, packet: IpPacket, totalLength: number, nextHeader?: number): number;

export function emitLlcSnap(memory: PacketMemory, offset: number, etherType: number, payloadLength: number): number;

export function emitMldV1(memory: PacketMemory, offset: number, packet: IpPacket, message: MldMessage): number;

export function emitMldV2Query(memory: PacketMemory, offset: number, packet: IpPacket, message: MldMessage, sources: Int32Array, sourceCount: number): number;

export function emitMldV2Report(memory: PacketMemory, offset: number, packet: IpPacket, end: number, recordCount: number): number;

export function emitNdp(memory: PacketMemory, offset: number, packet: IpPacket, message: NdpMessage, optionsEnd: number): number;

export function emitRouterAlertHeader(memory: PacketMemory, offset: number, nextHeader: number): number;

export function emitTcpHeader(memory: PacketMemory, offset: number, sourcePort: number, destinationPort: number, seq: number, ack: number, flags: number, window: number, urgentPointer: number, headerLength: number): number;

export function emitUdpHeader(memory: PacketMemory, offset: number, sourcePort: number, destinationPort: number, length: number): number;

export function emitVlanTag(memory: PacketMemory, offset: number, vlanId: number, priority: number, dropEligible: boolean, innerType: number, tagType?: number): number;

export function encodeExponential16(value: number): number;

export function encodeExponential8(value: number): number;

export function fillIcmp(memory: PacketMemory, offset: number, length: number, out: IcmpMessage): void;

export function fillIpv4(memory: PacketMemory, offset: number, headerLength: number, totalLength: number, packet: IpPacket): void;

export function fillIpv6(memory: PacketMemory, offset: number, totalLength: number, packet: IpPacket): void;

export function finishChecksum(sum: number): number;

export function foldSum(sum: number): number;

export function icmpv6Offset(packet: IpPacket): number;

export function ipv4OptionsSize(options: Uint8Array | null): number;

export function isChecksumRight(memory: PacketMemory, offset: number, length: number, partialSum: number): boolean;

export function isExtensionHeader(nextHeader: number): boolean;

export function isIcmpError(type: number): boolean;

export function isIcmpv6Error(type: number): boolean;

export function isMld(type: number): boolean;

export function isNdp(type: number): boolean;

export function isTimestampsOnly(memory: PacketMemory, offset: number): boolean;

export function isVlanType(type: number): boolean;

export function limitQuotation(out: IcmpMessage, quotedLength: number): void;

export function ndpOptionsOffset(type: number, offset: number): number;

export function nextIpv4Option(packet: IpPacket, option: Ipv4OptionView): boolean;

export function nextMulticastRecord(memory: PacketMemory, addressLength: 4 | 16, end: number, record: MulticastRecord): boolean;

export function nextPrefix(memory: PacketMemory, message: NdpMessage, out: PrefixInformation): boolean;

export function padTcpOptions(memory: PacketMemory, start: number, offset: number): number;

export function parseArp(memory: PacketMemory, offset: number, end: number, out: ArpPacket): DropReason;

export function parseEthernet(memory: PacketMemory, offset: number, end: number, out: EthernetFrame): DropReason;

export function parseIcmp(packet: IpPacket, out: IcmpMessage): DropReason;

export function parseIcmpv6(packet: IpPacket, out: IcmpMessage): DropReason;

export function parseIgmp(packet: IpPacket, out: IgmpMessage): DropReason;

export function parseIpv4(memory: PacketMemory, offset: number, end: number, packet: IpPacket): DropReason;

export function parseIpv6(memory: PacketMemory, offset: number, end: number, packet: IpPacket): DropReason;

export function parseLlc(memory: PacketMemory, out: EthernetFrame): DropReason;

export function parseMld(packet: IpPacket, icmp: IcmpMessage, out: MldMessage): DropReason;

export function parseNdp(packet: IpPacket, icmp: IcmpMessage, out: NdpMessage): DropReason;

export function parseQuotedPacket(memory: PacketMemory, offset: number, end: number, packet: IpPacket): DropReason;

export function parseSegmentOptions(segment: TcpSegment): void;

export function parseTcp(segment: TcpSegment): DropReason;

export function parseTcpHeader(segment: TcpSegment): DropReason;

export function parseTcpOptions(segment: TcpSegment, offset: number, end: number): void;

export function parseUdp(datagram: UdpDatagram): DropReason;

export function parseVlanTags(memory: PacketMemory, out: EthernetFrame): DropReason;

export function pseudoHeaderSum(packet: IpPacket, protocol: number, length: number): number;

export function pseudoHeaderSumOf(source: Address, destination: Address, protocol: number, length: number): number;

export function readNdpOptions(memory: PacketMemory, message: NdpMessage): boolean;

export function sackOptionSize(count: number): number;

export function skipQuotedExtensions(packet: IpPacket): boolean;

export function startIpv4Options(packet: IpPacket, option: Ipv4OptionView): void;

export function updateChecksum16(checksum: number, before: number, after: number): number;

export function updateChecksum32(checksum: number, before: number, after: number): number;

export function walkIpv6Options(packet: IpPacket, start: number, end: number): DropReason;

export function writeAccEcn(memory: PacketMemory, offset: number, kind: number, count: number, first: number, second: number, third: number): number;

export function writeFastOpen(memory: PacketMemory, offset: number, cookie: Uint8Array, length: number, experimental: boolean): number;

export function writeLinkAddress(memory: PacketMemory, offset: number, type: number, high: number, low: number): number;

export function writeMd5(memory: PacketMemory, offset: number): number;

export function writeMss(memory: PacketMemory, offset: number, mss: number): number;

export function writeMtuOption(memory: PacketMemory, offset: number, mtu: number): number;

export function writeMulticastRecord(memory: PacketMemory, offset: number, addressLength: 4 | 16, record: MulticastRecord, sources: Int32Array, sourceCount: number): number;

export function writeNoOperation(memory: PacketMemory, offset: number): number;

export function writeNoOperations(memory: PacketMemory, start: number, offset: number, residue: number): number;

export function writePrefixInformation(memory: PacketMemory, offset: number, prefix: PrefixInformation): number;

export function writeSack(memory: PacketMemory, start: number, offset: number, blocks: Int32Array, count: number): number;

export function writeSackPermitted(memory: PacketMemory, start: number, offset: number): number;

export function writeSackPermittedAndTimestamps(memory: PacketMemory, offset: number, value: number, echo: number): number;

export function writeTcpChecksum(memory: PacketMemory, offset: number, length: number, pseudoSum: number): void;

export function writeTimestamps(memory: PacketMemory, offset: number, value: number, echo: number): number;

export function writeUdpChecksum(memory: PacketMemory, offset: number, length: number, pseudoSum: number): void;

export function writeUserTimeout(memory: PacketMemory, offset: number, seconds: number): number;

export function writeWindowScale(memory: PacketMemory, start: number, offset: number, shift: number): number;

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

export interface PacketMemory {
    readonly u8: Uint8Array;
    readonly u32: Uint32Array;
    readonly view: DataView;
    sum(offset: number, length: number): number;
}
