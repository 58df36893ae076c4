// What 'woshou/tcp' exports. Written by "npm run api:update".

export class BufferPool {
    constructor(bytesPerSize?: number);
    acquire(log2: number): Uint8Array;
    release(buffer: Uint8Array): void;
}

export class ByteRing {
    get capacity(): number;
    reserve(pool: BufferPool, needed: number, used: number): void;
    copyIn(at: number, from: Uint8Array, offset: number, length: number): void;
    copyOut(at: number, into: Uint8Array, offset: number, length: number): void;
    byteAt(at: number): number;
    consume(count: number): void;
    release(pool: BufferPool): void;
}

export const CONGESTION_CONTROLS: readonly CongestionControl[];

export interface CongestionControl {
    readonly name: string;
    onAcked(tcb: Tcb, acked: number, flightBefore: number, settings: TcpSettings): void;
    thresholdAfterLoss(tcb: Tcb, flight: number): number;
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
}

export interface KeepAliveOptions {
    idleMs: number;
    intervalMs: number;
    probes: number;
}

export class Listener {
    readonly id: number;
    readonly address: Address | null;
    readonly family: 0 | 4 | 6;
    readonly port: number;
    readonly backlog: number;
    readonly synBacklog: number;
    readonly defaults: ListenerDefaults;
    halfOpen: number;
    readonly acceptQueue: Tcb[];
    isClosed: boolean;
    user: object | null;
    isNotified: boolean;
    overflows: number;
    constructor(id: number, address: Address | null, family: 0 | 4 | 6, port: number, backlog: number, synBacklog: number, defaults: ListenerDefaults);
    hasRoom(): boolean;
    hasSynRoom(): boolean;
    overflowed(env: TcpEnvironment): void;
    completed(env: TcpEnvironment, tcb: Tcb): void;
    accept(): Tcb | null;
}

export type ProfileName = 'linux' | 'rfc';

export const TCP_STATE_NAMES: readonly ['CLOSED', 'LISTEN', 'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'];

export const TRANSITIONS: readonly Transition[];

export class Tcb extends TimerEntry {
    readonly timerKind = 1;
    readonly id: number;
    readonly key: ConnectionKey;
    path: TcpPath;
    pathMtu: number;
    state: number;
    readonly listener: Listener | null;
    hasUser: boolean;
    isHalfOpen: boolean;
    isOrphan: boolean;
    user: object | null;
    error: TcpErrorCode | null;
    softError: TcpErrorCode | null;
    events: number;
    isNotified: boolean;
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
    rcvFinKnown: boolean;
    rcvFinDone: boolean;
    agreed: number;
    peerMss: number;
    sendMss: number;
    advertisedMss: number;
    receiveMss: number;
    sndScale: number;
    rcvScale: number;
    tsRecent: number;
    tsRecentUs: number;
    tsOffset: number;
    srttUs: number;
    rttvarUs: number;
    minRttUs: number;
    rtoUs: number;
    backoff: number;
    isTimingRtt: boolean;
    rttSeq: number;
    rttStartUs: number;
    timeouts: number;
    retransmitted: number;
    firstTimeoutTick: number;
    probes: number;
    persistStartTick: number;
    rtxNext: number;
    rtxEnd: number;
    congestion: CongestionControl;
    cwnd: number;
    ssthresh: number;
    duplicateAcks: number;
    recover: number;
    inRecovery: boolean;
    isAfterTimeout: boolean;
    ackedInRound: number;
    lastSendTick: number;
    pending: number;
    isAckDelayed: boolean;
    extraAcks: number;
    quickAcks: number;
    isInteractive: boolean;
    pushedSegments: number;
    lastReceiveTick: number;
    lastAnswerTick: number;
    hasAnswered: boolean;
    armed: number;
    retransmissionTick: number;
    persistTick: number;
    delayedAckTick: number;
    keepAliveTick: number;
    lifetimeTick: number;
    sendBuffer: SendBuffer | null;
    sendBufferSeq: number;
    receiveBuffer: ReceiveBuffer | null;
    reassembly: Reassembly | null;
    sendLimit: number;
    receiveLimit: number;
    hasSynData: boolean;
    smallSeq: number;
    isWriteBlocked: boolean;
    finQueued: boolean;
    finSent: boolean;
    urgent: UrgentState | null;
    noDelay: boolean;
    cork: boolean;
    keepAlive: KeepAliveOptions | null;
    keepAliveProbes: number;
    lingerMs: number;
    userTimeoutMs: number;
    trafficClass: number;
    hopLimit: number;
    flowLabel: number;
    ipOptions: Uint8Array | null;
    softErrorReports: boolean;
    isUrgentOutOfBand: boolean;
    isReadShut: boolean;
    bytesSent: number;
    bytesAcked: number;
    bytesReceived: number;
    segmentsIn: number;
    segmentsOut: number;
    isReady: boolean;
    nextReady: Tcb | null;
    constructor(id: number, key: ConnectionKey, path: TcpPath, listener: Listener | null, settings: TcpSettings, congestion: CongestionControl);
    get isPassive(): boolean;
    get rcvWnd(): number;
    get flightSize(): number;
    get unsentLength(): number;
    get usableWindow(): number;
    get hasUnsent(): boolean;
    has(option: number): boolean;
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
    readonly challengeBudget: ChallengeBudget;
    readonly observer: Observer | null;
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
    adviseReachable(tcb: Tcb): void;
}

export type TcpErrorCode = 'ECONNREFUSED' | 'ECONNRESET' | 'ECONNABORTED' | 'ETIMEDOUT' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'EPROTO' | 'ENOPROTOOPT' | 'EACCES' | 'EMSGSIZE' | 'EPIPE' | 'EADDRNOTAVAIL';

export const TcpEvent: {
    readonly readable: 1;
    readonly writable: 2;
    readonly connected: 4;
    readonly acceptable: 8;
    readonly readEnd: 16;
    readonly error: 32;
    readonly closed: 64;
    readonly urgent: 128;
    readonly softError: 256;
};

export class TcpExtCounters {
    ListenOverflows: number;
    ListenDrops: number;
    TCPReqQFullDrop: number;
    TCPTimeouts: number;
    TCPSynRetrans: number;
    TCPFastRetrans: number;
    TCPSlowStartRetrans: number;
    TCPRenoRecovery: number;
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
    TCPUrgentData: number;
}

export interface TcpPath {
    readonly pathMtu: number;
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
    wmem_default: number;
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
    nagle: 'rfc' | 'minshall';
    zero_window_probe: 'octet' | 'empty';
    hard_icmp_aborts: boolean;
    stdurg: boolean;
    accept_syn_data: boolean;
    require_timestamps: boolean;
    rto_min_on_variance: boolean;
    rfc1337: boolean;
    ip_local_port_first: number;
    ip_local_port_last: number;
    default_hop_limit: number;
    min_snd_mss: number;
    reassembly_ranges_max: number;
}

export const TcpState: {
    readonly closed: 0;
    readonly listen: 1;
    readonly synSent: 2;
    readonly synReceived: 3;
    readonly established: 4;
    readonly finWait1: 5;
    readonly finWait2: 6;
    readonly closeWait: 7;
    readonly closing: 8;
    readonly lastAck: 9;
    readonly timeWait: 10;
};

export type TcpStateName = (typeof TCP_STATE_NAMES)[number];

export const TcpTimer: {
    readonly retransmission: 1;
    readonly persist: 2;
    readonly delayedAck: 4;
    readonly keepAlive: 8;
    readonly lifetime: 16;
};

export class TimeWait extends TimerEntry implements SendParameters {
    readonly timerKind = 2;
    readonly id: number;
    readonly key: ConnectionKey;
    readonly sndNxt: number;
    readonly rcvNxt: number;
    readonly window: number;
    readonly hasTimestamps: boolean;
    readonly tsOffset: number;
    readonly path: TcpPath;
    readonly trafficClass: number;
    readonly hopLimit: number;
    readonly flowLabel: number;
    readonly ipOptions: Uint8Array | null;
    tsRecent: number;
    tsRecentUs: number;
    hasAnswered: boolean;
    lastAnswerTick: number;
    constructor(tcb: Tcb, hasTimestamps: boolean);
}

export interface Transition {
    readonly from: TcpStateName;
    readonly on: string;
    readonly to: TcpStateName;
}

export function congestionControlNamed(name: string): CongestionControl;

export function linuxTcpSettings(): TcpSettings;

export function rfcTcpSettings(): TcpSettings;

export function seqDistance(a: number, b: number): number;

export function seqGe(a: number, b: number): boolean;

export function seqGt(a: number, b: number): boolean;

export function seqLe(a: number, b: number): boolean;

export function seqLt(a: number, b: number): boolean;

export function seqMax(a: number, b: number): number;

export function seqMin(a: number, b: number): number;

export function tcpSettingsFor(profile: ProfileName): TcpSettings;

export function tcpStateName(state: number): TcpStateName;

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

export interface ConnectionLabel {
    readonly connectionId: number;
    readonly localAddress: string;
    readonly localPort: number;
    readonly remoteAddress: string;
    readonly remotePort: number;
}

export interface DropRecord {
    readonly kind: 'drop';
    readonly timeUs: number;
    readonly interfaceId: number;
    readonly reason: string;
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

export interface KeyedHash {
    readonly low: number;
    readonly high: number;
    hashWords(words: Int32Array, count: number): number;
}

export interface ListenerDefaults {
    noDelay: boolean;
    keepAliveMs: number;
    trafficClass: number;
    receiveLimit: number;
    sendLimit: number;
}

export interface Observer {
    observe(record: ObserverRecord): void;
}

export type ObserverRecord = StateChangeRecord | SegmentSentRecord | DropRecord | TimeoutRecord;

export interface PacketMemory {
    readonly u8: Uint8Array;
    readonly u32: Uint32Array;
    readonly view: DataView;
    sum(offset: number, length: number): number;
}

export interface RandomSource {
    publicInt32(): number;
    secretInt32(): number;
}

export class Reassembly {
    get rangeCount(): number;
    get isEmpty(): boolean;
    get highest(): number;
    add(left: number, right: number, rangesMax: number): number;
    advance(next: number): number;
    covers(left: number, right: number): boolean;
    writeSackBlocks(into: Int32Array, max: number): number;
    clear(): void;
}

export class ReceiveBuffer {
    length: number;
    store(pool: BufferPool, ahead: number, from: Uint8Array, offset: number, length: number): void;
    advance(count: number): void;
    read(pool: BufferPool, into: Uint8Array, offset: number, length: number): number;
    peek(at: number, into: Uint8Array, offset: number, length: number): number;
    byteAt(at: number): number;
    discard(pool: BufferPool, count: number): void;
    clear(pool: BufferPool): void;
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

export class SendBuffer {
    length: number;
    append(pool: BufferPool, from: Uint8Array, offset: number, length: number, limit: number): number;
    copyTo(at: number, into: Uint8Array, offset: number, length: number): void;
    acknowledge(pool: BufferPool, count: number): void;
    clear(pool: BufferPool): void;
}

export interface SendParameters {
    readonly path: TcpPath;
    readonly trafficClass: number;
    readonly hopLimit: number;
    readonly flowLabel: number;
    readonly ipOptions: Uint8Array | null;
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

export interface StateChangeRecord extends ConnectionLabel {
    readonly kind: 'state';
    readonly timeUs: number;
    readonly from: string;
    readonly to: string;
    readonly cause: string;
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

export class UrgentState {
    sndUp: number;
    isSending: boolean;
    rcvUp: number;
    isReceiving: boolean;
    isOctetTaken: boolean;
}
