// What 'woshou/drill' exports. Written by "npm run api:update".

export type Action = CallAction | PacketAction | ShellAction | CodeAction;

export interface ArrayValue {
    readonly kind: 'array';
    readonly place: Place;
    readonly items: readonly CallValue[];
}

export const CALL_NAMES: readonly string[];

export interface CallAction {
    readonly kind: 'call';
    readonly place: Place;
    readonly name: string;
    readonly arguments: readonly CallValue[];
    readonly result: CallValue;
    readonly errno: string | undefined;
    readonly note: string | undefined;
}

export type CallValue = NumberValue | WordValue | StringValue | EllipsisValue | OrValue | ArrayValue | StructureValue | FunctionValue;

export interface CodeAction {
    readonly kind: 'code';
    readonly place: Place;
    readonly statements: readonly CodeStatement[];
}

export interface Complaint {
    readonly problem: string;
    readonly expected?: string;
    readonly advice?: string;
    readonly unsupportedWord?: string;
}

export type Direction = 'inbound' | 'outbound';

export interface DrillEvent {
    readonly place: Place;
    readonly time: EventTime;
    readonly action: Action;
}

export interface DrillFailure {
    readonly kind: 'packet' | 'call' | 'time' | 'assertion' | 'leftover' | 'script';
    readonly place: Place;
    readonly message: string;
    readonly expected: string;
    readonly actual: string;
    readonly differences: readonly Difference[];
}

export type DrillOption = {
    readonly place: Place;
} & ({
    readonly kind: 'nop';
} | {
    readonly kind: 'eol';
} | {
    readonly kind: 'mss';
    readonly mss: number;
} | {
    readonly kind: 'wscale';
    readonly shift: number;
} | {
    readonly kind: 'sack-permitted';
} | {
    readonly kind: 'sack';
    readonly blocks: readonly SackRange[];
} | {
    readonly kind: 'timestamps';
    readonly value: number;
    readonly echo: number;
}
 | {
    readonly kind: 'fast-open';
    readonly cookie: Uint8Array;
}
 | {
    readonly kind: 'experimental';
    readonly identifier: number;
    readonly data: Uint8Array;
}
 | {
    readonly kind: 'md5';
    readonly digest: Uint8Array | undefined;
}
 | {
    readonly kind: 'accecn';
    readonly optionKind: 172 | 174;
    readonly counters: readonly number[];
});

export interface DrillResult {
    readonly file: string;
    readonly hasPassed: boolean;
    readonly failure: DrillFailure | null;
    readonly trace: readonly TraceEntry[];
    readonly leftover: readonly string[];
    readonly pushDifferences: number;
    readonly elapsedUs: number;
    readonly printed: readonly string[];
}

export interface DrillRunOptions {
    readonly profile?: ProfileName;
    readonly settings?: SettingsChanges;
    readonly mode?: 'strict' | 'normal' | 'lenient';
    readonly options?: ReadonlyMap<string, string>;
    readonly seed?: number;
    readonly auth?: TcpAuthAlgorithms;
    readonly subject?: (surroundings: Surroundings, options: DrillRunOptions) => Subject;
}

export class DrillSyntaxError extends WoshouError {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly lineText: string;
    readonly problem: string;
    readonly expected: string | undefined;
    readonly advice: string | undefined;
    readonly unsupportedWord: string | undefined;
    constructor(file: string, text: string, place: Place, complaint: Complaint);
}

export interface EllipsisValue {
    readonly kind: 'ellipsis';
    readonly place: Place;
}

export type EventTime = {
    readonly kind: 'absolute';
    readonly timeUs: number;
} | {
    readonly kind: 'relative';
    readonly timeUs: number;
}
 | {
    readonly kind: 'any';
}
 | {
    readonly kind: 'absolute-range';
    readonly fromUs: number;
    readonly toUs: number;
} | {
    readonly kind: 'relative-range';
    readonly fromUs: number;
    readonly toUs: number;
}
 | {
    readonly kind: 'absolute-blocking';
    readonly startUs: number;
    readonly endUs: number;
} | {
    readonly kind: 'relative-blocking';
    readonly startUs: number;
    readonly endUs: number;
};

export const FUNCTION_NAMES: readonly string[];

export interface FunctionValue {
    readonly kind: 'function';
    readonly place: Place;
    readonly name: string;
    readonly arguments: readonly CallValue[];
}

export interface IcmpPacket extends PacketHead {
    readonly kind: 'icmp';
    readonly type: string;
    readonly code: number | string | undefined;
    readonly mtu: number | undefined;
    readonly id: number | undefined;
    readonly quoted: SequenceRange | undefined;
    readonly quotedUdpBytes: number | undefined;
}

export interface IpFields {
    readonly ecn: 'ect0' | 'ect1' | 'ect01' | 'ce' | 'noecn' | undefined;
    readonly tos: number | undefined;
    readonly ttl: number | undefined;
    readonly flowLabel: number | undefined;
}

export interface NumberValue {
    readonly kind: 'number';
    readonly place: Place;
    readonly value: number;
}

export const OPTION_NAMES: readonly string[];

export interface OrValue {
    readonly kind: 'or';
    readonly place: Place;
    readonly operands: readonly (NumberValue | WordValue)[];
}

export type PacketAction = TcpPacket | UdpPacket | IcmpPacket;

export interface PacketHead {
    readonly place: Place;
    readonly direction: Direction;
    readonly ip: IpFields;
}

export interface ParseOptions {
    readonly file?: string;
    readonly defines?: ReadonlyMap<string, string>;
    readonly ipVersion?: string | undefined;
}

export interface Ports {
    readonly source: number;
    readonly destination: number;
}

export interface SackRange {
    readonly left: number;
    readonly right: number;
}

export interface Script {
    readonly file: string;
    readonly text: string;
    readonly options: readonly ScriptOption[];
    readonly defines: ReadonlyMap<string, string>;
    readonly initCommand: ShellAction | undefined;
    readonly events: readonly DrillEvent[];
    readonly cleanupCommand: ShellAction | undefined;
}

export interface ScriptOption {
    readonly place: Place;
    readonly name: string;
    readonly value: string | undefined;
}

export interface SequenceRange {
    readonly place: Place;
    readonly start: number;
    readonly end: number;
    readonly length: number;
}

export interface ShellAction {
    readonly kind: 'shell';
    readonly place: Place;
    readonly command: string;
}

export interface StringValue {
    readonly kind: 'string';
    readonly place: Place;
    readonly bytes: string;
}

export interface StructureMember {
    readonly place: Place;
    readonly name: string | undefined;
    readonly size: CallValue | undefined;
    readonly value: CallValue;
}

export interface StructureValue {
    readonly kind: 'structure';
    readonly place: Place;
    readonly members: readonly StructureMember[];
}

export interface TcpFlags {
    readonly place: Place;
    readonly text: string;
    readonly fin: boolean;
    readonly syn: boolean;
    readonly rst: boolean;
    readonly psh: boolean;
    readonly ack: boolean;
    readonly urg: boolean;
    readonly ece: boolean;
    readonly cwr: boolean;
    readonly ae: boolean;
    readonly ace: number | undefined;
}

export interface TcpPacket extends PacketHead {
    readonly kind: 'tcp';
    readonly ports: Ports | undefined;
    readonly flags: TcpFlags;
    readonly sequence: SequenceRange;
    readonly ack: number | undefined;
    readonly window: number | undefined;
    readonly urgent: number | undefined;
    readonly options: readonly DrillOption[] | 'any';
}

export interface TraceEntry {
    readonly time: string;
    readonly line: number;
    readonly mark: '<' | '>' | '=' | '$';
    readonly expected: string;
    readonly actual: string;
    readonly isRight: boolean;
}

export interface UdpPacket extends PacketHead {
    readonly kind: 'udp';
    readonly ports: Ports | undefined;
    readonly lengthBytes: number;
}

export interface WordValue {
    readonly kind: 'word';
    readonly place: Place;
    readonly name: string;
}

export function failureLines(result: DrillResult, text: string): string[];

export function ladderLines(trace: readonly TraceEntry[]): string[];

export function lineAt(text: string, line: number): string;

export function parseDrillScript(text: string, given?: ParseOptions): Script;

export function runScript(script: Script, options?: DrillRunOptions): DrillResult;

// Not exported, but part of the above:

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '&' | '|' | '^' | '<<' | '>>';

export interface CodeBranch {
    readonly test: CodeExpression | undefined;
    readonly body: readonly CodeStatement[];
}

export type CodeCallable = {
    readonly kind: 'function';
    readonly tree: FunctionTree;
    readonly scope: CodeScope | null;
} | {
    readonly kind: 'builtin';
    readonly name: string;
}
 | {
    readonly kind: 'bound';
    readonly of: CodeValue;
    readonly name: string;
    readonly callee: CodeValue;
}
 | {
    readonly kind: 'wrapped';
    readonly name: 'property' | 'staticmethod' | 'classmethod';
    readonly callee: CodeValue;
};

export interface CodeClass {
    readonly kind: 'class';
    readonly name: string;
    readonly bases: readonly CodeClass[];
    readonly members: Map<string, CodeValue>;
}

export interface CodeClause {
    readonly target: CodeTarget;
    readonly over: CodeExpression;
    readonly tests: readonly CodeExpression[];
}

export interface CodeDict {
    readonly kind: 'dict';
    readonly entries: Map<string | number, {
        readonly key: CodeValue;
        value: CodeValue;
    }>;
}

export type CodeExpression = {
    readonly place: Place;
} & ({
    readonly kind: 'constant';
    readonly value: number | string | boolean | null | {
        readonly kind: 'float';
        readonly value: number;
    };
} | {
    readonly kind: 'name';
    readonly name: string;
} | {
    readonly kind: 'tuple' | 'list' | 'set';
    readonly items: readonly CodeExpression[];
} | {
    readonly kind: 'dict';
    readonly entries: readonly (readonly [key: CodeExpression, value: CodeExpression])[];
}
 | {
    readonly kind: 'comprehension';
    readonly makes: 'list' | 'set' | 'dict';
    readonly key: CodeExpression | undefined;
    readonly each: CodeExpression;
    readonly clauses: readonly CodeClause[];
}
 | {
    readonly kind: 'formatted';
    readonly parts: readonly (string | CodeFormatted)[];
} | {
    readonly kind: 'unary';
    readonly operator: '-' | '+' | '~' | 'not';
    readonly operand: CodeExpression;
} | {
    readonly kind: 'arithmetic';
    readonly operator: ArithmeticOperator;
    readonly left: CodeExpression;
    readonly right: CodeExpression;
}
 | {
    readonly kind: 'logical';
    readonly operator: 'and' | 'or';
    readonly operands: readonly CodeExpression[];
}
 | {
    readonly kind: 'comparison';
    readonly operators: readonly ComparisonOperator[];
    readonly operands: readonly CodeExpression[];
} | {
    readonly kind: 'conditional';
    readonly test: CodeExpression;
    readonly then: CodeExpression;
    readonly otherwise: CodeExpression;
} | {
    readonly kind: 'item';
    readonly of: CodeExpression;
    readonly index: CodeExpression;
} | {
    readonly kind: 'slice';
    readonly of: CodeExpression;
    readonly from: CodeExpression | undefined;
    readonly to: CodeExpression | undefined;
    readonly step: CodeExpression | undefined;
} | {
    readonly kind: 'attribute';
    readonly of: CodeExpression;
    readonly name: string;
} | {
    readonly kind: 'call';
    readonly callee: CodeExpression;
    readonly arguments: readonly CodeExpression[];
    readonly named: readonly (readonly [name: string, value: CodeExpression])[];
} | {
    readonly kind: 'lambda';
    readonly function: FunctionTree;
}
 | {
    readonly kind: 'spread';
    readonly of: CodeExpression;
}
 | {
    readonly kind: 'named';
    readonly name: string;
    readonly value: CodeExpression;
} | {
    readonly kind: 'yield';
    readonly isFrom: boolean;
    readonly value: CodeExpression | undefined;
});

export interface CodeFloat {
    readonly kind: 'float';
    readonly value: number;
}

export interface CodeFormatted {
    readonly value: CodeExpression;
    readonly conversion: '' | 'r' | 's' | 'a';
    readonly spec: readonly (string | CodeFormatted)[];
}

export interface CodeHandler {
    readonly place: Place;
    readonly expected: CodeExpression | undefined;
    readonly name: string | undefined;
    readonly body: readonly CodeStatement[];
}

export interface CodeImport {
    readonly module: string;
    readonly member: string | undefined;
    readonly name: string;
}

export interface CodeInstance {
    readonly kind: 'instance';
    readonly of: CodeClass;
    readonly members: Map<string, CodeValue>;
}

export interface CodeModule {
    readonly kind: 'module';
    readonly name: string;
}

export interface CodeParameter {
    readonly name: string;
    readonly kind: 'plain' | 'named' | 'rest' | 'names';
    readonly standard: CodeExpression | undefined;
}

export interface CodeScope {
    readonly variables: Map<string, CodeValue>;
    readonly globals: Set<string>;
    readonly outer: Set<string>;
    readonly yielded: CodeValue[];
    readonly isClass: boolean;
    readonly parent: CodeScope | null;
}

export interface CodeSequence {
    readonly kind: 'tuple' | 'list' | 'set' | 'range';
    readonly items: CodeValue[];
}

export type CodeStatement = {
    readonly place: Place;
} & ({
    readonly kind: 'assert';
    readonly test: CodeExpression;
    readonly message: CodeExpression | undefined;
}
 | {
    readonly kind: 'assign';
    readonly targets: readonly CodeTarget[];
    readonly value: CodeExpression;
}
 | {
    readonly kind: 'augment';
    readonly target: CodeTarget;
    readonly operator: ArithmeticOperator;
    readonly value: CodeExpression;
} | {
    readonly kind: 'expression';
    readonly value: CodeExpression;
}
 | {
    readonly kind: 'if';
    readonly branches: readonly CodeBranch[];
} | {
    readonly kind: 'while';
    readonly test: CodeExpression;
    readonly body: readonly CodeStatement[];
    readonly otherwise: readonly CodeStatement[];
} | {
    readonly kind: 'for';
    readonly target: CodeTarget;
    readonly over: CodeExpression;
    readonly body: readonly CodeStatement[];
    readonly otherwise: readonly CodeStatement[];
} | {
    readonly kind: 'def';
    readonly name: string;
    readonly function: FunctionTree;
    readonly decorators: readonly CodeExpression[];
} | {
    readonly kind: 'return';
    readonly value: CodeExpression | undefined;
} | {
    readonly kind: 'break' | 'continue' | 'pass';
} | {
    readonly kind: 'global' | 'nonlocal';
    readonly names: readonly string[];
} | {
    readonly kind: 'class';
    readonly name: string;
    readonly bases: readonly CodeExpression[];
    readonly body: readonly CodeStatement[];
    readonly decorators: readonly CodeExpression[];
} | {
    readonly kind: 'try';
    readonly body: readonly CodeStatement[];
    readonly handlers: readonly CodeHandler[];
    readonly otherwise: readonly CodeStatement[];
    readonly finally: readonly CodeStatement[];
}
 | {
    readonly kind: 'raise';
    readonly value: CodeExpression | undefined;
} | {
    readonly kind: 'delete';
    readonly targets: readonly CodeTarget[];
}
 | {
    readonly kind: 'import';
    readonly imports: readonly CodeImport[];
});

export type CodeTarget = {
    readonly place: Place;
} & ({
    readonly kind: 'name';
    readonly name: string;
} | {
    readonly kind: 'item';
    readonly of: CodeExpression;
    readonly index: CodeExpression;
} | {
    readonly kind: 'attribute';
    readonly of: CodeExpression;
    readonly name: string;
}
 | {
    readonly kind: 'tuple';
    readonly items: readonly CodeTarget[];
    readonly rest: number;
});

export type CodeValue = number | string | boolean | null | CodeFloat | CodeSequence | CodeDict | CodeCallable | CodeModule | CodeClass | CodeInstance;

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'is' | 'is not';

export interface Difference {
    readonly field: string;
    readonly expected: string;
    readonly actual: string;
}

export interface DrillSettings {
    readonly toleranceUs: number;
    readonly tolerancePercent: number;
    readonly mss: number | null;
    readonly timestampTickUs: number;
    readonly isEchoScaled: boolean;
    readonly comparesEcho: boolean;
    readonly isStrictSegments: boolean;
    readonly initScripts: readonly string[];
    readonly isDryRun: boolean;
    readonly nonFatal: readonly string[];
    readonly ipVersion: IpVersion;
    readonly family: 4 | 6;
    readonly local: Address;
    readonly remote: Address;
    readonly bindPort: number;
    readonly connectPort: number;
    readonly mtu: number;
}

export class Flow {
    readonly localPort: number;
    readonly remotePort: number;
    readonly local: SequenceMap;
    readonly remote: SequenceMap;
    readonly timestamps: TimestampMap;
    openedSeq: number;
    tcb: Tcb | null;
    constructor(localPort: number, remotePort: number);
}

export interface FunctionTree {
    readonly name: string;
    readonly parameters: readonly CodeParameter[];
    readonly yields: boolean;
    readonly body: readonly CodeStatement[];
}

export type IpVersion = 'ipv4' | 'ipv6' | 'ipv4-mapped-ipv6';

export interface LiveIcmp {
    readonly type: number;
    readonly code: number;
    readonly rest: number;
    readonly quotedSeq: number | null;
}

export interface LiveOption {
    readonly kind: number;
    readonly body: Uint8Array;
}

export interface LivePacket {
    readonly timeUs: number;
    readonly family: 4 | 6;
    readonly source: string;
    readonly destination: string;
    readonly trafficClass: number;
    readonly hopLimit: number;
    readonly flowLabel: number;
    readonly protocol: number;
    readonly totalLength: number;
    readonly fault: string | null;
    readonly tcp: LiveTcp | null;
    readonly icmp: LiveIcmp | null;
    readonly udpLength: number | null;
    readonly udpPorts: {
        readonly source: number;
        readonly destination: number;
    } | null;
}

export interface LiveTcp {
    readonly sourcePort: number;
    readonly destinationPort: number;
    readonly seq: number;
    readonly ack: number;
    readonly flags: number;
    readonly window: number;
    readonly urgentPointer: number;
    readonly options: readonly LiveOption[] | null;
    readonly payloadLength: number;
    readonly isPayloadZero: boolean;
}

export interface Place {
    readonly line: number;
    readonly column: number;
}

export class SequenceMap {
    isKnown: boolean;
    learn(scriptIsn: number, liveIsn: number): void;
    toLive(scriptNumber: number, isSyn: boolean): number;
    toScript(liveNumber: number, isSyn: boolean): number;
}

export interface ShellTarget {
    readonly family: 4 | 6;
    setSysctl(key: string, value: string): void;
    sysctl(key: string): string | null;
    counters(): ReadonlyMap<string, number>;
    seenCounters: ReadonlyMap<string, number>;
    flushMetrics(): void;
    setMtu(mtu: number): void;
    setRoute(metrics: ReadonlyMap<string, string>): void;
    setQueue(isPaced: boolean): void;
    sleep(durationUs: number): void;
    note(text: string): void;
}

export type SocketCalls = Pick<PosixSockets, 'socket' | 'bind' | 'listen' | 'accept' | 'accept4' | 'connect' | 'close' | 'shutdown' | 'getsockname' | 'getpeername' | 'setsockopt' | 'getsockopt' | 'fcntl' | 'ioctl' | 'read' | 'readv' | 'recv' | 'recvfrom' | 'recvmsg' | 'write' | 'writev' | 'send' | 'sendto' | 'sendmsg' | 'epollCreate' | 'epollCtl'> & {
    poll(entries: readonly PollEntry[], timeoutMs: number): PosixCall;
    epollWait(epfd: number, maxEvents: number, timeoutMs: number): Pick<EpollWaitCall, 'events'> & PosixCall;
};

export interface Subject {
    readonly sockets: SocketCalls;
    readonly nowUs: number;
    readonly sent: LivePacket[];
    readonly anyTimeUs: number;
    readonly isIdle: boolean;
    readonly shell: ShellTarget;
    start(): void;
    advance(untilUs: number, stop?: () => boolean): void;
    injectAll(packets: readonly Uint8Array[]): void;
    settle(): void;
    stateOf(flow: Flow): 'living' | 'time-wait' | 'none';
    remember(flow: Flow): void;
    figures(flow: Flow | null): ReadonlyMap<string, CodeValue>;
    end(): void;
}

export interface Surroundings {
    readonly settings: DrillSettings;
    readonly afterStep: () => void;
    readonly note: (text: string) => void;
}

export class TimestampMap {
    learn(scriptValue: number, liveValue: number, timeUs: number): void;
    echo(scriptValue: number, isScaled: boolean): number | undefined;
    toScript(liveValue: number): number;
    errorUs(scriptValue: number, liveValue: number, tickUs: number): number;
}
