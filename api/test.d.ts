// What 'woshou/test' exports. Written by "npm run api:update".

export { FAULT_NAMES } // described in sim.d.ts

export { Fault } // described in sim.d.ts

export { FaultName } // described in sim.d.ts

export { FaultOptions } // described in sim.d.ts

export interface FrameworkTimers {
    useFakeTimers(...options: never[]): unknown;
    useRealTimers(): unknown;
}

export { Host } // described in sim.d.ts

export { HostOptions } // described in sim.d.ts

export class LeakError extends StateError {
}

export interface MatcherContext {
    readonly isNot?: boolean;
    readonly currentTestName?: string | undefined;
}

export interface MatcherResult {
    readonly pass: boolean;
    readonly message: () => string;
}

export class Network extends SimulatedNetwork {
    readonly seed: number;
    readonly name: string;
    readonly leaksAreErrors: boolean;
    constructor(options?: NetworkOptions);
    socketHost(host: Host | string): SocketHost;
    useTimers(source: TimerSource | null): void;
    advance(ms: number): Promise<void>;
    settle<Result>(callback: () => Result | PromiseLike<Result>, limits?: RunLimits): Promise<Awaited<Result>>;
    outside<Result>(work: PromiseLike<Result>): Promise<Result>;
    get outsideResources(): readonly string[];
    get determinism(): string;
    get connections(): readonly TracedConnection[];
    get leaks(): readonly string[];
    toPcapng(): Uint8Array;
    report(testName?: string, connections?: readonly TracedConnection[]): string;
    dispose(): void;
    [Symbol.dispose](): void;
}

export { NetworkLink } // described in sim.d.ts

export { NetworkLinkOptions } // described in sim.d.ts

export interface NetworkMatchers<Returned = void> {
    toHaveHandshaken(): Returned;
    toHaveRetransmitted(count?: number): Returned;
    toHaveLostSegments(count?: number): Returned;
    toHaveSentSegments(count?: number): Returned;
    toHaveClosedBy(who: 'client' | 'server' | 'network' | (string & {})): Returned;
    toHaveBeenReset(by?: string): Returned;
    toHaveOpenSockets(count?: number): Returned;
    toBeDeterministic(): Returned;
}

export interface NetworkOptions extends SimulatedOptions {
    readonly seed?: number;
    readonly name?: string;
    readonly clock?: 'auto' | 'manual';
    readonly leaks?: 'error' | 'ignore';
}

export interface NodeMockTimers {
    enable(options?: never): void;
    tick(ms: number): void;
    runAll(): void;
    reset(): void;
}

export { Partition } // described in sim.d.ts

export { Rule } // described in link.d.ts

export { RuleVerdict } // described in link.d.ts

export interface RunLimits {
    readonly limitMs?: number;
    readonly stallMs?: number;
}

export interface SinonClock {
    readonly now: number;
    tick(ms: number): unknown;
    next?(): unknown;
    countTimers(): number;
    readonly timers?: object;
    readonly jobs?: readonly unknown[];
}

export class StalledError extends StateError {
}

export type Subject = Network | Host | NetworkLink | TracedConnection;

export type TimerSource = FrameworkTimers | SinonClock | NodeMockTimers;

export interface TracedConnection {
    readonly network: object;
    readonly client: string;
    readonly server: string;
    readonly clientHost: string;
    readonly serverHost: string;
    readonly segments: TracedSegment[];
    isHandshaken: boolean;
    closedBy: string | null;
}

export interface TracedSegment {
    readonly timeUs: number;
    readonly from: string;
    readonly to: string;
    readonly link: string;
    arrivedUs: number | null;
    arrivals: number;
    isLost: boolean;
    readonly isRepeat: boolean;
    readonly flags: number;
    readonly seq: number;
    readonly ack: number;
    readonly length: number;
    readonly window: number;
}

export interface WithNetworkOptions extends NetworkOptions, RunLimits {
}

export function ladderText(connections: readonly TracedConnection[], startUs: number, lines?: number): string;

export function livingNetworks(): readonly Network[];

export const matchers: {
    toHaveHandshaken(this: MatcherContext, subject: Subject): MatcherResult;
    toHaveRetransmitted(this: MatcherContext, subject: Subject, count?: number): MatcherResult;
    toHaveLostSegments(this: MatcherContext, subject: Subject, count?: number): MatcherResult;
    toHaveSentSegments(this: MatcherContext, subject: Subject, count?: number): MatcherResult;
    toHaveClosedBy(this: MatcherContext, subject: Subject, who: string): MatcherResult;
    toHaveBeenReset(this: MatcherContext, subject: Subject, by?: string): MatcherResult;
    toHaveOpenSockets(this: MatcherContext, subject: Subject, count?: number): MatcherResult;
    toBeDeterministic(this: MatcherContext, subject: Subject): MatcherResult;
};

export function setFailureFolder(path: string | null): void;

export function withNetwork<Result>(options: WithNetworkOptions, test: (network: Network) => Result | PromiseLike<Result>): Promise<Awaited<Result>>;
