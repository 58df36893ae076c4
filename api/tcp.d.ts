// What 'woshou/tcp' exports. Written by "npm run api:update".

export const AccEcnFail: {
    readonly aceSend: 1;
    readonly aceReceive: 2;
    readonly optionSend: 4;
    readonly optionReceive: 8;
};

export const AccEcnOptionSeen: {
    readonly none: 0;
    readonly empty: 1;
    readonly counters: 2;
    readonly invalid: 3;
};

export class AckSample {
    acked: number;
    delivered: number;
    sackPadding: number;
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

export class BufferPool {
    heldBytes: number;
    constructor(bytesPerSize?: number, bytesOfLarge?: number, plentyBytes?: number);
    acquire(log2: number): Uint8Array;
    release(buffer: Uint8Array): void;
    isPlentyWith(log2: number): boolean;
    recount(holder: Charged, octets: number): void;
}

export class ByteRing {
    get capacity(): number;
    growthFor(needed: number): number;
    reserve(pool: BufferPool, needed: number, used: number): void;
    shrink(pool: BufferPool, used: number): void;
    copyIn(at: number, from: Uint8Array, offset: number, length: number): void;
    copyOut(at: number, into: Uint8Array, offset: number, length: number): void;
    visit(at: number, length: number, visitor: OctetVisitor): number;
    byteAt(at: number): number;
    consume(count: number): void;
    release(pool: BufferPool): void;
}

export const CONGESTION_CONTROLS: readonly string[];

export const CaEvent: {
    readonly transmitStart: 0;
    readonly idleRestart: 1;
    readonly reductionComplete: 2;
    readonly timeout: 3;
    readonly rest: 4;
};

export const CaState: {
    readonly open: 0;
    readonly disorder: 1;
    readonly cwr: 2;
    readonly recovery: 3;
    readonly loss: 4;
};

export interface CongestionControl {
    readonly name: string;
    readonly isPaced: boolean;
    readonly isDctcp: boolean;
    readonly bufferedWindows?: number;
    start(env: TcpSurroundings, tcb: Tcb): void;
    onAcked(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void;
    thresholdAfterLoss(env: TcpSurroundings, tcb: Tcb, flight: number, isMark: boolean): number;
    windowAfterUndo(env: TcpSurroundings, tcb: Tcb): number;
    control?(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void;
    onSample?(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void;
    onLost?(env: TcpSurroundings, tcb: Tcb, weight: number, txInFlight: number, lostAtSend: number, isAppLimited: boolean): void;
    onState?(env: TcpSurroundings, tcb: Tcb, state: number): void;
    onEvent?(env: TcpSurroundings, tcb: Tcb, event: number): void;
}

export class ConnectionKey {
    readonly localAddress: Address;
    readonly remoteAddress: Address;
    readonly hash: number;
    constructor(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number, hash: number);
    get localPort(): number;
    get remotePort(): number;
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
    auth?: ConnectionAuth | null;
    synAck?: HalfOpen;
    codepoint?: number;
    accEcn?: AccEcnTold | null;
    early?: Tcb | null;
}

export const EcnMode: {
    readonly asking: 0;
    readonly classic: 1;
    readonly accurate: 2;
};

export class EcnState {
    mode: number;
    readonly asked: number;
    sendsEct: boolean;
    answersMarks: boolean;
    codepoint: number;
    isEctSeen: boolean;
    isEchoing: boolean;
    isOpen: boolean;
    synField: number;
    synSentField: number;
    synCode: number;
    owesHandshakeField: boolean;
    isOpeningMarked: boolean;
    synsReceived: number;
    isAskedAgain: boolean;
    isAceRead: boolean;
    isFirstFeedback: boolean;
    receivedCe: number;
    receivedE0Bytes: number;
    receivedE1Bytes: number;
    receivedCeBytes: number;
    untoldCe: number;
    lastField: number;
    isAnswerDue: boolean;
    isAckOfAcks: boolean;
    optionMode: number;
    optionDemand: number;
    isOptionDue: boolean;
    isFirstDataOption: boolean;
    optionFloor: number;
    isOptionWithDuplicate: boolean;
    duplicateSeq: number;
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
    isTimeNewer: boolean;
    packetsPerAck: number;
    estimatedField: number;
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

export class FastOpen {
    readonly keys: CookieKeys;
    readonly cache: CookieCache;
    readonly blackHole: BlackHole;
    setKeys(keys: readonly string[]): void;
    rotateKeys(env: TcpSurroundings): void;
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

export const FastOpenBit: {
    readonly client: 1;
    readonly server: 2;
    readonly clientWithoutCookie: 4;
    readonly serverWithoutCookie: 512;
    readonly allListeners: 1024;
};

export const FastOpenFailure: {
    readonly none: 0;
    readonly cookieUnavailable: 1;
    readonly dataNotAcked: 2;
    readonly synRetransmitted: 3;
};

export class HalfOpen extends TimerEntry implements SendParameters, SynTerms {
    readonly timerKind = 3;
    readonly id: number;
    readonly key: ConnectionKey;
    readonly path: TcpPath;
    readonly listener: Listener;
    readonly ipOptions: Uint8Array | null;
    auth: ConnectionAuth | null;
    iss: number;
    readonly irs: number;
    rcvNxt: number;
    rcvWnd: number;
    readonly sndWnd: number;
    agreed: number;
    peerMss: number;
    sndScale: number;
    offeredScale: number;
    tsRecent: number;
    tsRecentS: number;
    tsOffset: number;
    ecn: EcnState | null;
    cookieOwed: number;
    remoteTimeoutSeconds: number;
    heldText: Uint8Array | null;
    isFinHeld: boolean;
    savedSyn: Uint8Array | null;
    isDeferred: boolean;
    timeouts: number;
    repetitions: number;
    synSentUs: number;
    isSynTimed: boolean;
    hasAnswered: boolean;
    lastAnswerTick: number;
    sourceHash: number | null;
    queuePrevious: HalfOpen | null;
    queueNext: HalfOpen | null;
    constructor(id: number, listener: Listener, back: RouteBack, irs: number, sndWnd: number);
    get trafficClass(): number;
    get flowLabel(): number;
    has(option: number): boolean;
    get rcvScale(): number;
    get hopLimit(): number;
}

export interface KeepAliveOptions {
    idleMs: number;
    intervalMs: number;
    probes: number;
}

export class Listener implements AcceptingListener {
    readonly id: number;
    readonly address: Address | null;
    readonly family: 0 | 4 | 6;
    readonly port: number;
    backlog: number;
    readonly defaults: ListenerDefaults;
    readonly synQueue: SynQueue<HalfOpen>;
    readonly acceptQueue: Tcb[];
    lastCookieUs: number;
    isClosed: boolean;
    user: object | null;
    isNotified: boolean;
    overflows: number;
    readonly fastOpens: PendingFastOpens;
    readonly fastOpenNoCookie: boolean;
    readonly fastOpenKeys: CookieKeys | null;
    keys: KeyStore | null;
    constructor(id: number, address: Address | null, family: 0 | 4 | 6, port: number, settings: TcpSettings, backlog: number, defaults: ListenerDefaults, fastOpen?: ListenerFastOpen);
    setBacklog({ profile, somaxconn, max_syn_backlog }: TcpSettings, backlog: number): void;
    hasRoom(): boolean;
    get halfOpen(): number;
    isDctcp(settings: TcpSettings): boolean;
    overflowed(env: TcpSurroundings): void;
    turnedAway(env: TcpSurroundings): void;
    accept(): Tcb | null;
}

export type ProfileName = 'linux' | 'rfc';

export const TCP_STATE_NAMES: readonly ['CLOSED', 'LISTEN', 'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'];

export const TRANSITIONS: readonly Transition[];

export class Tcb extends TcbWithWork {
    readonly id: number;
    readonly key: ConnectionKey;
    path: TcpPath;
    readonly listener: AcceptingListener | null;
    user: object | null;
    events: number;
    pending: number;
    armed: number;
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
    sendMss: number;
    tsRecent: number;
    tsRecentS: number;
    tsOffset: number;
    srttUs: number;
    rttvarUs: number;
    minRttUs: number;
    rtoUs: number;
    rttvarRoundUs: number;
    rttvarRtoUs: number;
    minRttTick: number;
    congestion: CongestionControl;
    cwnd: number;
    ssthresh: number;
    windowUsedTick: number;
    delivered: number;
    appLimitedUntil: number;
    rateDelivered: number;
    rateIntervalUs: number;
    lastSendTick: number;
    ackDelayMs: number;
    lastReceiveTick: number;
    sendLimit: number;
    receiveLimit: number;
    receiveRttUs: number;
    bytesSent: number;
    bytesAcked: number;
    bytesReceived: number;
    segmentsIn: number;
    segmentsOut: number;
    dataSegmentsIn: number;
    lastAckTick: number;
    dataSegmentsOut: number;
    busyTicks: number;
    constructor(id: number, key: ConnectionKey, path: TcpPath, listener: AcceptingListener | null, settings: TcpSettings, congestion: CongestionControl);
    get timerKind(): number;
    get flowLabel(): number;
    get isPassive(): boolean;
    get isFastOpenPending(): boolean;
    get rcvWnd(): number;
    get flightSize(): number;
    get usableWindow(): number;
    get hasUnsent(): boolean;
    startSending(): void;
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

export interface TcpEnvironment extends TcpSurroundings {
    readonly secrets: CookieSecrets;
    readonly pool: BufferPool;
    readonly memory: TcpMemory;
    readonly connections: Iterable<HalfOpen | Tcb | TimeWait>;
    readonly scoreboards: ScoreboardPool;
    readonly ackSample: AckSample;
    readonly challengeBudget: ChallengeBudget;
    readonly fastOpen: FastOpen;
    readonly synShedding: SynShedding;
    readonly authAlgorithms: TcpAuthAlgorithms | null;
    readonly keys: KeyStore;
    readonly timeWaits: TimeWaits;
    timeWaitCount: number;
    orphanCount: number;
    scheduleOutput(tcb: Tcb): void;
    pushText(tcb: Tcb, mode: number): void;
    deferTimer(tcb: Tcb, timer: number, ticks: number): void;
    forgetTimeWait(tcb: Tcb): void;
    notify(tcb: Tcb, bits: number): void;
    notifyListener(listener: AcceptingListener): void;
    sendResetFor(segment: TcpSegment): void;
    transportOffset(tcb: Tcb, slot: Slot): number;
    seal(tcb: Tcb, slot: Slot, length: number): boolean;
    sendControl(control: ControlSegment): void;
    takeId(): number;
    routeBack(segment: TcpSegment, isOnce: boolean): RouteBack | null;
    add(connection: HalfOpen | Tcb): void;
    promoted(entry: HalfOpen, tcb: Tcb): void;
    forget(entry: HalfOpen): void;
    remove(tcb: Tcb): void;
    replaceByTimeWait(tcb: Tcb, timeWait: TimeWait): void;
    removeTimeWait(timeWait: TimeWait): void;
    reopen(timeWait: TimeWait, segment: TcpSegment, initialSeq: number): boolean;
    adviseRouteFailure(connection: {
        readonly path: TcpPath;
    }): void;
    lowerPathMtu(tcb: Tcb, mtu: number): void;
    adviseReachable(tcb: Tcb): void;
}

export type TcpErrorCode = 'ECONNREFUSED' | 'ECONNRESET' | 'ECONNABORTED' | 'ETIMEDOUT' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'EHOSTDOWN' | 'ENONET' | 'EOPNOTSUPP' | 'EPROTO' | 'ENOPROTOOPT' | 'EACCES' | 'EMSGSIZE' | 'EPIPE' | 'EADDRNOTAVAIL';

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
    readonly finAcknowledged: 512;
};

export class TcpExtCounters {
    SyncookiesSent: number;
    SyncookiesRecv: number;
    SyncookiesFailed: number;
    ListenOverflows: number;
    ListenDrops: number;
    TCPDeferAcceptDrop: number;
    TCPReqQFullDoCookies: number;
    TCPReqQFullDrop: number;
    SynsShed: number;
    TCPMinTTLDrop: number;
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
    PruneCalled: number;
    RcvPruned: number;
    OfoPruned: number;
    TCPRcvCollapsed: number;
    TCPMemoryPressures: number;
    TCPMemoryPressuresChrono: number;
    TCPChallengeACK: number;
    TCPSYNChallenge: number;
    TCPACKSkippedChallenge: number;
    TCPACKSkippedSeq: number;
    TCPACKSkippedFinWait2: number;
    TCPACKSkippedSynRecv: number;
    TCPACKSkippedTimeWait: number;
    PAWSEstab: number;
    PAWSActive: number;
    PAWSTimewait: number;
    DelayedACKs: number;
    DelayedACKLost: number;
    TCPPureAcks: number;
    TCPAckCompressed: number;
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

export interface TcpPath {
    readonly pathMtu: number;
    readonly linkMtu: number;
    readonly metrics?: {
        readonly advmss: number;
        readonly initrwnd: number;
        readonly window: number;
        readonly fastopenNoCookie: boolean;
    } | null;
    readonly interface: {
        readonly id: number;
        readonly mtu: number;
        readonly capabilities: Pick<LinkCapabilities, 'tso4' | 'tso6' | 'tsoAccEcn' | 'checksum'>;
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
    thin_linear_timeouts: boolean;
    fin_timeout: number;
    time_wait_ms: number;
    tw_reuse: number;
    max_tw_buckets: number;
    max_orphans: number;
    max_syn_backlog: number;
    max_syn_per_source: number;
    syncookies: number;
    syn_shedding: boolean;
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
    skb_accounting: boolean;
    shrink_window: boolean;
    workaround_signed_windows: boolean;
    app_win: number;
    wmem_default: number;
    wmem_max: number;
    mem_low: number;
    mem_pressure: number;
    mem_high: number;
    notsent_lowat: number;
    challenge_ack_limit: number;
    invalid_ratelimit: number;
    rto_initial_us: number;
    rto_min_us: number;
    rto_max_us: number;
    rto_after_syn_loss_us: number;
    delayed_ack_us: number;
    quick_acks: number;
    quickack: boolean;
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
    comp_sack_nr: number;
    comp_sack_delay_ns: number;
    comp_sack_slack_ns: number;
    ecn: number;
    ecn_fallback: boolean;
    ecn_option: number;
    ecn_option_beacon: number;
    min_rtt_wlen: number;
    pacing: boolean;
    min_tso_segs: number;
    tso_rtt_log: number;
    tso_win_divisor: number;
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
    readonly reordering: 32;
    readonly lossProbe: 64;
    readonly pacing: 128;
};

export class TimeWait implements SendParameters, TimeWaitPlace {
    readonly id: number;
    readonly key: ConnectionKey;
    readonly path: TcpPath;
    older: TimeWaitPlace | null;
    newer: TimeWaitPlace | null;
    dueTick: number;
    readonly sndNxt: number;
    readonly rcvNxt: number;
    readonly window: number;
    readonly tsOffset: number;
    tsRecent: number;
    tsRecentS: number;
    lastAnswerTick: number;
    constructor(tcb: Tcb, hasTimestamps: boolean, ecnFlags: number);
    get trafficClass(): number;
    get hopLimit(): number;
    get rcvScale(): number;
    get ecnFlags(): number;
    get hasTimestamps(): boolean;
    get hasAnswered(): boolean;
    set hasAnswered(is: boolean);
    get flowLabel(): number;
    get ipOptions(): Uint8Array | null;
    get auth(): ConnectionAuth | null;
}

export interface Transition {
    readonly from: TcpStateName;
    readonly on: string;
    readonly to: TcpStateName;
}

export function isCongestionControl(name: string): boolean;

export function linuxTcpSettings(): TcpSettings;

export function makeCongestionControl(name: string): CongestionControl;

export function rfcTcpSettings(): TcpSettings;

export function seqDistance(a: number, b: number): number;

export function seqGe(a: number, b: number): boolean;

export function seqGt(a: number, b: number): boolean;

export function seqLe(a: number, b: number): boolean;

export function seqLt(a: number, b: number): boolean;

export function seqMax(a: number, b: number): number;

export function seqMin(a: number, b: number): number;

export function switchCongestionControl(env: TcpSurroundings, tcb: Tcb, name: string, initialWindow: number): void;

export function tcpSettingsFor(profile: ProfileName): TcpSettings;

export function tcpStateName(state: number): TcpStateName;

// Not exported, but part of the above:

export interface AccEcnTold {
    readonly ecn: EcnState;
    readonly counters: number;
}

export interface AcceptingListener {
    readonly acceptQueue: Tcb[];
    readonly fastOpens: PendingFastOpens;
    readonly fastOpenKeys: CookieKeys | null;
    readonly user: object | null;
    isNotified: boolean;
}

export class BlackHole {
    seen(env: TcpSurroundings): void;
    get isSuspected(): boolean;
    isPausing(env: TcpSurroundings): boolean;
    passed(): void;
}

export class ChallengeBudget {
    take(env: TcpSurroundings): boolean;
}

export interface Charged {
    charged: number;
}

export class Clock {
    nowUs: number;
    us: number;
    tick: number;
    ms: number;
    seconds: number;
    readonly epochUs: number;
    constructor(epochUs: number);
    set(nowUs: number): void;
    tickToUs(tick: number): number;
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

export interface ConnectionLabel {
    readonly connectionId: number;
    readonly localAddress: string;
    readonly localPort: number;
    readonly remoteAddress: string;
    readonly remotePort: number;
}

export class CookieCache {
    get size(): number;
    find(connection: Keyed): CookieEntry | null;
    entryOf(connection: Keyed): CookieEntry;
    refused(env: TcpSurroundings, connection: Keyed): void;
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
    write(env: TcpSurroundings, key: ConnectionKey, into: Uint8Array): void;
    check(env: TcpSurroundings, key: ConnectionKey, bytes: Uint8Array, offset: number, length: number): number;
}

export class CookieSecrets {
    readonly isShared: boolean;
    readonly epochMs: number;
    constructor(random: RandomSource, given: TcpSecrets | null, epochUs: number);
    setKeys(keys: readonly string[]): void;
    making(count: number): KeyedHash;
    backupOf(count: number): KeyedHash | null;
    timestampOffset(key: ConnectionKey, drawn: number): number;
}

export interface DropRecord {
    readonly kind: 'drop';
    readonly timeUs: number;
    readonly interfaceId: number;
    readonly reason: string;
}

export class DuplicateReports {
    readonly edges: Int32Array;
    count: number;
    add(left: number, right: number): void;
    extend(left: number, right: number): boolean;
    shift(): void;
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

interface Keyed {
    readonly key: ConnectionKey;
}

export interface KeyedHash {
    readonly low: number;
    readonly high: number;
    hashWords(words: Int32Array, count: number): number;
}

export interface LinkCapabilities {
    readonly medium: LinkMedium;
    readonly mtu: number;
    readonly tso4: boolean;
    readonly tso6: boolean;
    readonly tsoAccEcn?: boolean;
    readonly uso: boolean;
    readonly checksum: boolean;
}

export type LinkMedium = 'ethernet' | 'ip';

export interface ListenerDefaults {
    noDelay: boolean;
    keepAliveMs: number;
    trafficClass: number;
    receiveBufferSize: number | null;
    sendBufferSize: number | null;
    congestionControl: string | null;
    hopLimit?: number;
    deferredRetries?: number;
    isInteractive?: boolean;
    rare?: RareOptions | null;
}

export interface ListenerFastOpen {
    readonly limit: number;
    readonly withoutCookie: boolean;
    readonly keys: CookieKeys | null;
}

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

export class MtuProbe {
    searchLow: number;
    searchHigh: number;
    size: number;
    start: number;
    end: number;
    startedTick: number;
    bound: number;
    constructor(searchLow: number, searchHigh: number, startedTick: number);
}

export interface Observer {
    observe(record: ObserverRecord): void;
}

export type ObserverRecord = StateChangeRecord | SegmentSentRecord | DropRecord | TimeoutRecord;

export type OctetVisitor = (bytes: Uint8Array, offset: number, length: number) => number;

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

export class PendingFastOpens {
    readonly limit: number;
    count: number;
    constructor(limit: number);
    hasRoom(env: TcpSurroundings): boolean;
    ended(env: TcpSurroundings, isReset: boolean): void;
}

export class Prefix {
    readonly address: Address;
    readonly length: number;
    constructor(address: Address, length: number);
    static parse(text: string): Prefix;
    contains(address: Address): boolean;
    toString(): string;
}

export interface QueuedSyn<Entry> {
    readonly key: ConnectionKey;
    readonly timeouts: number;
    sourceHash: number | null;
    queuePrevious: Entry | null;
    queueNext: Entry | null;
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
    mayBeCut: boolean;
    isNeverCut: boolean;
    ignoresTooBig: boolean;
    rtoMinUs: number;
    rtoMaxUs: number;
    delayedAckMaxUs: number;
    receiveLowat: number;
    isThinLinear: boolean;
    minHopLimit: number;
    savesSyn: boolean;
    savedSyn: Uint8Array | null;
    recordEnds: SlotOrder | null;
    isMoreComing: boolean;
    isHeldForMore: boolean;
    copy(): RareOptions;
}

export class Reassembly {
    charged: number;
    repeatedLeft: number;
    repeatedRight: number;
    readonly blocks: SackBlocks;
    answeredNext: number;
    answers: number;
    heldAcks: number;
    heldBlocks: SackBlocks | null;
    constructor(tellsAll: boolean);
    get rangeCount(): number;
    get isEmpty(): boolean;
    get lowest(): number;
    get highest(): number;
    add(left: number, right: number, rangesMax: number): number;
    advance(next: number): number;
    cut(end: number): void;
    writeSackBlocks(into: Int32Array, max: number, first?: number): number;
    clear(): void;
}

export class ReceiveAccount {
    space: number;
    share: number;
    clamp: number;
    threshold: number;
    held: number;
    readonly firstSpace: number;
    readonly mayShrink: boolean;
    isStarved: boolean;
    isPredicting: boolean;
    isPredicted: boolean;
    constructor(space: number, clamp: number, threshold: number, firstSpace: number, mayShrink: boolean);
    get isEmpty(): boolean;
    readBehindFirst(left: number): number;
    textOf(memory: number): number;
    memoryFor(octets: number): number;
    get free(): number;
    reserve(memory: number): void;
    isSpare(memory: number, sending: number): boolean;
    resize(space: number): void;
    append(length: number, packetOctets: number, repeated?: number): void;
    hasEarly(left: number, right: number): boolean;
    addEarly(left: number, right: number, packetOctets: number): boolean;
    advance(from: number, next: number): void;
    consume(left: number): void;
    rescale(length: number, packetOctets: number): void;
    collapse(): void;
    dropEarly(seq: number): number | null;
    get mayHold(): boolean;
}

export class ReceiveBuffer {
    length: number;
    get capacity(): number;
    growthFor(ahead: number, length: number): number;
    trim(pool: BufferPool): void;
    store(pool: BufferPool, ahead: number, from: Uint8Array, offset: number, length: number): void;
    advance(count: number): void;
    read(pool: BufferPool, into: Uint8Array, offset: number, length: number): number;
    readInPlace(pool: BufferPool, length: number, visitor: OctetVisitor): number;
    peek(at: number, into: Uint8Array, offset: number, length: number): number;
    byteAt(at: number): number;
    discard(pool: BufferPool, count: number): void;
    clear(pool: BufferPool): void;
}

export class ReceiveTuning {
    space: number;
    readSeq: number;
    readSinceUs: number;
    arrivedUs: number;
    windowEnd: number;
    windowSinceUs: number;
    lastEcho: number;
    constructor(space: number, readSeq: number, windowEnd: number, us: number);
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
    burstEnd: number;
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

export interface RouteBack {
    readonly key: ConnectionKey;
    readonly path: TcpPath;
    readonly ipOptions: Uint8Array | null;
}

export class SackBlocks {
    readonly edges: Int32Array;
    count: number;
    find(left: number, right: number): number;
    report(left: number, right: number): void;
    forget(next: number): void;
    copy(): SackBlocks;
    clear(): void;
}

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
    unit: number;
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
    append(seq: number, end: number, mss: number, marks?: number): number;
    stamp(slot: number, sentUs: number, sendOrder: number, delivered: number, deliveredUs: number, firstSentUs: number, lost: number, isAppLimited: boolean): void;
    ordinal(index: number): number;
    indexBeyond(seq: number, hint?: number): number;
    split(index: number, seq: number): void;
    changeUnit(unit: number): void;
    resize(slot: number, mss: number): void;
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
    acquire(unit: number): Scoreboard;
    release(board: Scoreboard): void;
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
    charged: number;
    protected records: Int32Array;
    protected newest: number;
    get capacity(): number;
    get weightOctets(): number;
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

export class SendAccount {
    unpushed: number;
    get count(): number;
    get head(): number;
    room(goal: number): number;
    begin(): void;
    add(octets: number): void;
    growHead(most: number): number;
    close(): void;
    follow(unsent: number): void;
}

export class SendBuffer {
    length: number;
    account: SendAccount | null;
    get capacity(): number;
    growthFor(length: number): number;
    append(pool: BufferPool, from: Uint8Array, offset: number, length: number, limit: number): number;
    appendInPlace(pool: BufferPool, length: number, limit: number, fill: OctetVisitor): number;
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
    segmentsDeliveredBefore: number;
    deliveredBefore: number;
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
    set(index: number, value: number): void;
    push(value: number): void;
    shift(): void;
    insert(index: number, value: number): void;
    remove(index: number): void;
    clear(): void;
}

export interface StateChangeRecord extends ConnectionLabel {
    readonly kind: 'state';
    readonly timeUs: number;
    readonly from: string;
    readonly to: string;
    readonly cause: string;
}

export class SynQueue<Entry extends QueuedSyn<Entry>> {
    limit: number;
    length: number;
    young: number;
    constructor(limit: number);
    get isFull(): boolean;
    isFullFor(env: TcpSurroundings, segment: TcpSegment): boolean;
    add(env: TcpSurroundings, entry: Entry): void;
    remove(entry: Entry): void;
    aged(): void;
    retries(most: number, backlog: number): number;
    [Symbol.iterator](): IterableIterator<Entry>;
}

export class SynShedding {
    share: number;
    batchTaken(isFull: boolean): void;
    peerProven(env: TcpSurroundings, address: Address): void;
    admits(env: TcpSurroundings, segment: TcpSegment): boolean;
}

export interface SynTerms {
    agreed: number;
    peerMss: number;
    sndScale: number;
    tsRecent: number;
    tsRecentS: number;
}

export abstract class TcbFlags extends TimerEntry {
    constructor(hasUser: boolean, isPaced: boolean);
    get hasUser(): boolean;
    set hasUser(is: boolean);
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
    get isReadDone(): boolean;
    set isReadDone(is: boolean);
    get isBlockNew(): boolean;
    set isBlockNew(is: boolean);
    get isReady(): boolean;
    set isReady(is: boolean);
    get isWindowShut(): boolean;
    set isWindowShut(is: boolean);
}

export abstract class TcbPacked extends TcbFlags {
    get state(): number;
    set state(value: number);
    get caState(): number;
    set caState(value: number);
    get agreed(): number;
    set agreed(value: number);
    get sndScale(): number;
    set sndScale(value: number);
    get rcvScale(): number;
    set rcvScale(value: number);
    get offeredScale(): number;
    set offeredScale(value: number);
    get occupation(): number;
    set occupation(value: number);
    get trafficClass(): number;
    set trafficClass(value: number);
    get hopLimit(): number;
    set hopLimit(value: number);
    get quickAcks(): number;
    set quickAcks(value: number);
    get pathMtu(): number;
    set pathMtu(value: number);
    get provenSize(): number;
    set provenSize(value: number);
    get peerMss(): number;
    set peerMss(value: number);
    get advertisedMss(): number;
    set advertisedMss(value: number);
    get receiveMss(): number;
    set receiveMss(value: number);
    get lastSegmentSize(): number;
    set lastSegmentSize(value: number);
}

export abstract class TcbWithExtras extends TcbPacked {
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
    get retransmitted(): number;
    set retransmitted(value: number);
    get lost(): number;
    set lost(value: number);
    get earlySegmentsIn(): number;
    set earlySegmentsIn(value: number);
    get lastAnswerTick(): number;
    set lastAnswerTick(value: number);
    get pacingRate(): number;
    set pacingRate(value: number);
    get departUs(): number;
    set departUs(value: number);
    get sendQuantum(): number;
    set sendQuantum(value: number);
    get ecn(): EcnState | null;
    set ecn(value: EcnState | null);
    get receiveAccount(): ReceiveAccount | null;
    set receiveAccount(value: ReceiveAccount | null);
}

export abstract class TcbWithWork extends TcbWithExtras {
    abstract sndUna: number;
    abstract sndNxt: number;
    abstract rcvNxt: number;
    forgetWork(): void;
    get unsentLength(): number;
    get inFlight(): number;
    get sendBuffer(): SendBuffer | null;
    set sendBuffer(value: SendBuffer | null);
    get pushMarks(): SlotOrder | null;
    set pushMarks(value: SlotOrder | null);
    get receiveBuffer(): ReceiveBuffer | null;
    set receiveBuffer(value: ReceiveBuffer | null);
    get reassembly(): Reassembly | null;
    set reassembly(value: Reassembly | null);
    get receiveTuning(): ReceiveTuning | null;
    set receiveTuning(value: ReceiveTuning | null);
    get scoreboard(): Scoreboard | null;
    set scoreboard(value: Scoreboard | null);
    get recovery(): RecoveryState | null;
    set recovery(value: RecoveryState | null);
    get pathProof(): PathProof | null;
    set pathProof(value: PathProof | null);
    get nextReady(): this | null;
    set nextReady(value: this | null);
    get retransmissionTick(): number;
    set retransmissionTick(value: number);
    get delayedAckTick(): number;
    set delayedAckTick(value: number);
    get lossProbeTick(): number;
    set lossProbeTick(value: number);
    get lifetimeTick(): number;
    set lifetimeTick(value: number);
    get synSentUs(): number;
    set synSentUs(value: number);
    get timeouts(): number;
    set timeouts(value: number);
    get backoff(): number;
    set backoff(value: number);
    get firstTimeoutTick(): number;
    set firstTimeoutTick(value: number);
    get priorCwnd(): number;
    set priorCwnd(value: number);
    get priorSsthresh(): number;
    set priorSsthresh(value: number);
    get ackedInRound(): number;
    set ackedInRound(value: number);
    get maxInFlight(): number;
    set maxInFlight(value: number);
    get windowUsed(): number;
    set windowUsed(value: number);
    get extraAcks(): number;
    set extraAcks(value: number);
    get pushedSegments(): number;
    set pushedSegments(value: number);
    get occupiedSinceTick(): number;
    set occupiedSinceTick(value: number);
    get sendBufferSeq(): number;
    set sendBufferSeq(value: number);
    get smallSeq(): number;
    set smallSeq(value: number);
    get rttSeq(): number;
    set rttSeq(value: number);
    get rcvFinSeq(): number;
    set rcvFinSeq(value: number);
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

export interface TcpKeyScope {
    readonly peer?: string;
    readonly localPort?: number;
    readonly remotePort?: number;
}

export interface TcpMd5KeyOptions extends TcpKeyScope {
    readonly key: Uint8Array;
}

export class TcpMemory {
    level: number;
    pressedSinceUs: number;
    heldAfterSweep: number;
}

export interface TcpSecrets {
    readonly synCookies: readonly string[];
    readonly timestamps: string;
}

export interface TcpSurroundings {
    readonly clock: Clock;
    readonly wheel: TimerWheel;
    readonly settings: TcpSettings;
    readonly counters: TcpCounters;
    readonly extCounters: TcpExtCounters;
    readonly random: RandomSource;
    readonly hash: KeyedHash;
    readonly observer: Observer | null;
}

export interface TimeWaitPlace {
    older: TimeWaitPlace | null;
    newer: TimeWaitPlace | null;
}

export class TimeWaits {
    start(env: TcpSurroundings, record: TimeWait, waitTicks: number): void;
    stop(env: TcpSurroundings, record: TimeWait): void;
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

export interface UserTimeoutState {
    advertisedSeconds: number;
    remoteSeconds: number;
    isChangeable: boolean;
    isDue: boolean;
}
