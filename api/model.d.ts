// What 'woshou/model' exports. Written by "npm run api:update".

export interface Bounds {
    readonly opens: number;
    readonly accepts: number;
    readonly octets: number;
    readonly wire: number;
    readonly window: number;
    readonly isnStep: number;
    readonly mischief: number | null;
    readonly worldsMax: number;
}

export type Fault = 'ghost' | 'old-octet' | 'old-end' | 'two-owners';

export interface Host {
    readonly phase: Phase;
    readonly life: number;
    readonly iss: number;
    readonly irs: number;
    readonly sndUna: number;
    readonly sndNxt: number;
    readonly rcvNxt: number;
    readonly unsent: number;
}

export type Kind = (typeof KINDS)[number];

export interface ModelSegment {
    readonly kind: Kind;
    readonly seq: number;
    readonly ack: number;
    readonly life: number;
}

export interface Move {
    readonly kind: 'deliver' | 'repeat' | 'lose' | 'open' | 'close' | 'send' | 'again' | 'two-msl';
    readonly side: Side;
    readonly segment: ModelSegment | null;
}

export type Phase = (typeof PHASES)[number];

export interface Rules {
    readonly handshake: 'two' | 'three';
    readonly timeWait: boolean;
    readonly resetEndsTimeWait: boolean;
}

export interface Run {
    readonly trace: readonly TraceStep[];
    readonly fault: Fault | null;
}

export const SMALL_BOUNDS: Bounds;

export const STANDARD_RULES: Rules;

export type Side = 0 | 1;

export interface TraceStep {
    readonly move: Move;
    readonly world: World;
}

export interface Verdict {
    readonly result: 'safe' | 'fault' | 'hang' | 'unfinished';
    readonly fault: Fault | null;
    readonly trace: readonly TraceStep[];
    readonly worlds: number;
    readonly moves: number;
    readonly depth: number;
}

export interface World {
    readonly hosts: readonly [Host, Host];
    readonly wires: readonly [readonly number[], readonly number[]];
    readonly opens: number;
    readonly accepts: number;
    readonly mischief: number;
}

export function explore(rules: Rules, bounds: Bounds, sought?: Fault | null): Verdict;

export function nameOf(move: Move): string;

export function retrace(names: readonly string[], rules: Rules, bounds: Bounds): Run;

// Not exported, but part of the above:

export const KINDS: readonly ['SYN', 'SYN-ACK', 'ACK', 'DATA', 'FIN', 'RST'];

export const PHASES: readonly ['CLOSED', 'LISTEN', 'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'];
