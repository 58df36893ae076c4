/**
 * The tree of a packetdrill script: what the parser makes and the runner reads. Plain data only. Times are whole microseconds,
 * numbers are as the script writes them (sequence numbers unsigned, windows raw 16-bit fields), words stay words: the runner
 * gives symbolic constants their values. Every node a message may be about carries its place.
 */
import type { CodeStatement } from './code/code-tree.ts';
import type { Place } from './place.ts';

/** A whole script. `initCommand` and `cleanupCommand` are the shell lines without a time, first and last. */
export interface Script {
  /** The name given to the parser, for messages. */
  readonly file: string;
  /** The text parsed, for messages. */
  readonly text: string;
  readonly options: readonly ScriptOption[];
  /** Definitions in force: the caller's, then the script's own (`-D NAME=value`), the caller's winning. */
  readonly defines: ReadonlyMap<string, string>;
  readonly initCommand: ShellAction | undefined;
  readonly events: readonly DrillEvent[];
  readonly cleanupCommand: ShellAction | undefined;
}

/** `--name` or `--name=value`; quotes around the value are gone. `-D NAME=value` is `define` with `NAME=value`. */
export interface ScriptOption {
  readonly place: Place;
  readonly name: string;
  readonly value: string | undefined;
}

/** A line of a script: when, and what happens. */
export interface DrillEvent {
  readonly place: Place;
  readonly time: EventTime;
  readonly action: Action;
}

/** When an event happens. `relative` counts from the end of the event before it. */
export type EventTime =
  | { readonly kind: 'absolute'; readonly timeUs: number }
  | { readonly kind: 'relative'; readonly timeUs: number }
  /** `*`: at any time; only for outbound packets. */
  | { readonly kind: 'any' }
  /** `a~b`: within; only for outbound packets; `fromUs <= toUs`. */
  | { readonly kind: 'absolute-range'; readonly fromUs: number; readonly toUs: number }
  | { readonly kind: 'relative-range'; readonly fromUs: number; readonly toUs: number }
  /** `a...b`: a call begun at `startUs` and returning at `endUs`; only for calls; both count from the same origin. */
  | { readonly kind: 'absolute-blocking'; readonly startUs: number; readonly endUs: number }
  | { readonly kind: 'relative-blocking'; readonly startUs: number; readonly endUs: number };

/** What happens in an event: a call, a packet, code, or a command of the shell. */
export type Action = CallAction | PacketAction | ShellAction | CodeAction;

/** A command between backquotes, as written, without them. */
export interface ShellAction {
  readonly kind: 'shell';
  readonly place: Place;
  readonly command: string;
}

/** `%{ … }%`. */
export interface CodeAction {
  readonly kind: 'code';
  readonly place: Place;
  readonly statements: readonly CodeStatement[];
}

/** `name(arguments) = result ERRNO (note)`. `name` is one of CALL_NAMES. */
export interface CallAction {
  readonly kind: 'call';
  readonly place: Place;
  readonly name: string;
  readonly arguments: readonly CallValue[];
  /** What the call must return; `?` is the ellipsis: anything. */
  readonly result: CallValue;
  /** `EAGAIN` in `= -1 EAGAIN (…)`. */
  readonly errno: string | undefined;
  /** The text in parentheses after the result. It is for people. */
  readonly note: string | undefined;
}

/** An argument or a result of a call, as written. */
export type CallValue =
  | NumberValue
  | WordValue
  | StringValue
  | EllipsisValue
  | OrValue
  | ArrayValue
  | StructureValue
  | FunctionValue;

/** An integer, safe in a double; negative ones have their sign in. */
export interface NumberValue {
  readonly kind: 'number';
  readonly place: Place;
  readonly value: number;
}

/** A symbolic constant: `SOCK_STREAM`. */
export interface WordValue {
  readonly kind: 'word';
  readonly place: Place;
  readonly name: string;
}

/** A string: one character (0 to 255) per byte, escapes resolved, other characters of the script as their UTF-8 bytes. */
export interface StringValue {
  readonly kind: 'string';
  readonly place: Place;
  readonly bytes: string;
}

/** `...`: the tool supplies it; `?` as a result: anything. */
export interface EllipsisValue {
  readonly kind: 'ellipsis';
  readonly place: Place;
}

/** `A|B|C`: two or more operands, each a number or a word. */
export interface OrValue {
  readonly kind: 'or';
  readonly place: Place;
  readonly operands: readonly (NumberValue | WordValue)[];
}

/** `[a, b]`: an array, or a value passed by reference (`[4]`). */
export interface ArrayValue {
  readonly kind: 'array';
  readonly place: Place;
  readonly items: readonly CallValue[];
}

/** `{name=value, …}`, `{..., 1000}`: members in order, named or not. */
export interface StructureValue {
  readonly kind: 'structure';
  readonly place: Place;
  readonly members: readonly StructureMember[];
}

/** A named member of a structure in braces. */
export interface StructureMember {
  readonly place: Place;
  readonly name: string | undefined;
  /** The size in `msg_iov(1)=[…]`, `msg_name(...)=…`. */
  readonly size: CallValue | undefined;
  readonly value: CallValue;
}

/** `htons(8080)`, `inet_addr("192.0.2.1")`. `name` is one of FUNCTION_NAMES. */
export interface FunctionValue {
  readonly kind: 'function';
  readonly place: Place;
  readonly name: string;
  readonly arguments: readonly CallValue[];
}

/** A packet sent to the stack (`<`) or expected from it (`>`). */
export type PacketAction = TcpPacket | UdpPacket | IcmpPacket;

/** Into the stack, or out of it. */
export type Direction = 'inbound' | 'outbound';

/** What every packet of a script may say about its IP header. */
export interface PacketHead {
  readonly place: Place;
  readonly direction: Direction;
  readonly ip: IpFields;
}

/** What brackets say of the IP header; undefined is not written: not compared, or the default. */
export interface IpFields {
  /** `ect01` is either of the two, `noecn` is Not-ECT. */
  readonly ecn: 'ect0' | 'ect1' | 'ect01' | 'ce' | 'noecn' | undefined;
  /** The whole octet, 0 to 255. */
  readonly tos: number | undefined;
  readonly ttl: number | undefined;
  /** 20 bits; IPv6 only. */
  readonly flowLabel: number | undefined;
}

/** `start:end(length)`; end is start + length, modulo 2^32. */
export interface SequenceRange {
  readonly place: Place;
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

/** Ports written out; scripts do without as a rule. */
export interface Ports {
  readonly source: number;
  readonly destination: number;
}

/** A TCP segment as a script writes it: flags, numbers, window, options. */
export interface TcpPacket extends PacketHead {
  readonly kind: 'tcp';
  readonly ports: Ports | undefined;
  readonly flags: TcpFlags;
  readonly sequence: SequenceRange;
  readonly ack: number | undefined;
  /** Always there on inbound packets. */
  readonly window: number | undefined;
  readonly urgent: number | undefined;
  /** In wire order; `any` is `<...>`; none written is an empty list. */
  readonly options: readonly DrillOption[] | 'any';
}

/** `ece`, `cwr` and `ae` are those of the ACE field when it is written as a digit. */
export interface TcpFlags {
  readonly place: Place;
  /** As written: `S.`, `P.5`, `-`. */
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
  /** RFC 9768 §3.2: AE, CWR and ECE as one number, 0 to 7; undefined when letters or nothing stood there. */
  readonly ace: number | undefined;
}

/** A TCP option as written. */
export type DrillOption = { readonly place: Place } & (
  | { readonly kind: 'nop' }
  | { readonly kind: 'eol' }
  | { readonly kind: 'mss'; readonly mss: number }
  | { readonly kind: 'wscale'; readonly shift: number }
  | { readonly kind: 'sack-permitted' }
  | { readonly kind: 'sack'; readonly blocks: readonly SackRange[] }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  /** Kind 34. An empty cookie is a request. */
  | { readonly kind: 'fast-open'; readonly cookie: Uint8Array }
  /** Kind 254 with a 16-bit identifier (0xF989: Fast Open, RFC 7413 Appendix A). */
  | { readonly kind: 'experimental'; readonly identifier: number; readonly data: Uint8Array }
  /** Kind 19; the digest is 16 bytes, or undefined when none is written. */
  | { readonly kind: 'md5'; readonly digest: Uint8Array | undefined }
  /** RFC 9768 §3.2.3: kind 172 carries EE0B, ECEB, EE1B, kind 174 the reverse; up to three 24-bit counters in wire order. */
  | { readonly kind: 'accecn'; readonly optionKind: 172 | 174; readonly counters: readonly number[] }
);

/** A block of a SACK option, first octet and the one behind the last. */
export interface SackRange {
  readonly left: number;
  readonly right: number;
}

/** `udp (length)`. */
export interface UdpPacket extends PacketHead {
  readonly kind: 'udp';
  readonly ports: Ports | undefined;
  readonly lengthBytes: number;
}

/** `icmp unreachable frag_needed mtu 1200 [1:1461(1460)]`. */
export interface IcmpPacket extends PacketHead {
  readonly kind: 'icmp';
  /** A name of ICMP_TYPES (icmp-names.ts). */
  readonly type: string;
  /** A number, or a name of the type's in ICMP_CODES; undefined is 0. */
  readonly code: number | string | undefined;
  readonly mtu: number | undefined;
  readonly id: number | undefined;
  /** The sequence range of the segment the message quotes; undefined: 0:0(0). */
  readonly quoted: SequenceRange | undefined;
  /** The length of the datagram's data, when it quotes one. */
  readonly quotedUdpBytes: number | undefined;
}

/** The calls the language knows; another name is an unsupported word. */
export const CALL_NAMES: readonly string[] = [
  ...[
    'socket',
    'bind',
    'listen',
    'accept',
    'accept4',
    'connect',
    'close',
    'shutdown',
    'setsockopt',
    'getsockopt',
    'fcntl',
    'ioctl',
    'getsockname',
    'getpeername',
  ],
  ...['read', 'readv', 'recv', 'recvfrom', 'recvmsg', 'write', 'writev', 'send', 'sendto', 'sendmsg', 'poll'],
  ...['epoll_create', 'epoll_create1', 'epoll_ctl', 'epoll_wait'],
];

/** What may be called inside an argument. */
export const FUNCTION_NAMES: readonly string[] = [
  'htons',
  'htonl',
  'ntohs',
  'ntohl',
  'inet_addr',
  'inet6_addr',
  'inet_pton',
];
