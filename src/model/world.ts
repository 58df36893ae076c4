/**
 * The model's world: two hosts, one connection's name, and a wire that may lose, repeat and reorder (RFC 9293 §3.3.2, §3.4).
 *
 * A host keeps the few variables that decide whether a segment belongs to it. Numbers are small and never wrap. A wire is a *set* of
 * segments in each direction: any of them may arrive next, once or again and again, or never; so loss, duplication and reordering
 * are without limit and the world stays finite. `life` is a ghost: it counts the client's openings and travels with every segment,
 * but no rule of the protocol reads it; only the invariants do.
 */

export const PHASES = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const;
/** The states of RFC 9293 section 3.3.2. */
export type Phase = (typeof PHASES)[number];

/** The client opens; the server listens whenever it has no connection. */
export const CLIENT = 0;
export const SERVER = 1;
/** 0: the client, 1: the server. */
export type Side = 0 | 1;

/** One end: its state and the variables of RFC 9293 section 3.3.1 that the model keeps, as small numbers that do not wrap. */
export interface Host {
  readonly phase: Phase;
  /** Which opening of the client this connection belongs to, as far as this end was led to believe; 0 without a connection. */
  readonly life: number;
  readonly iss: number;
  readonly irs: number;
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly rcvNxt: number;
  /** Octets the user has not sent yet. */
  readonly unsent: number;
}

export const KINDS = ['SYN', 'SYN-ACK', 'ACK', 'DATA', 'FIN', 'RST'] as const;
/** What a segment is, of the kinds the model has. */
export type Kind = (typeof KINDS)[number];

/** All but SYN and RST carry an ACK. DATA is one octet. A RST is always one that answers an ACK: its sequence number is all it has. */
export interface ModelSegment {
  readonly kind: Kind;
  readonly seq: number;
  readonly ack: number;
  readonly life: number;
}

/** Everything at one moment: both ends and what is under way between them. */
export interface World {
  readonly hosts: readonly [Host, Host];
  /** Segments sent by each side and still under way: sorted codes without repeats, see `encodeSegment`. */
  readonly wires: readonly [readonly number[], readonly number[]];
  /** How often the client opened: its initial sequence number grows with it. */
  readonly opens: number;
  /** How often the server took up a SYN. */
  readonly accepts: number;
  /** How often the wire has lost or repeated something, while that is counted at all. */
  readonly mischief: number;
}

const EMPTY = { life: 0, iss: 0, irs: 0, sndUna: 0, sndNxt: 0, rcvNxt: 0, unsent: 0 };

/** A host without a connection. */
export function idle(side: Side): Host {
  return { phase: side === CLIENT ? 'CLOSED' : 'LISTEN', ...EMPTY };
}

export function firstWorld(): World {
  return { hosts: [idle(CLIENT), idle(SERVER)], wires: [[], []], opens: 0, accepts: 0, mischief: 0 };
}

/** A segment as a number below 2^16: life, kind, SEG.SEQ, SEG.ACK. */
export function encodeSegment(segment: ModelSegment): number {
  return (((segment.life * 8 + KINDS.indexOf(segment.kind)) * 32 + segment.seq) * 32 + segment.ack) | 0;
}

export function decodeSegment(code: number): ModelSegment {
  const kind = KINDS[(code >> 10) & 7] ?? 'RST';
  return { kind, seq: (code >> 5) & 31, ack: code & 31, life: code >> 13 };
}

/** The world as a string: equal worlds, equal strings. */
export function keyOf(world: World): string {
  const codes: number[] = [(world.opens * 16 + world.accepts) * 16 + world.mischief];
  for (const host of world.hosts) {
    codes.push((PHASES.indexOf(host.phase) * 8 + host.life) * 8 + host.unsent);
    codes.push((host.iss * 32 + host.irs) * 32 + host.sndUna, host.sndNxt * 32 + host.rcvNxt);
  }
  for (const wire of world.wires) codes.push(wire.length, ...wire);
  return String.fromCharCode(...codes);
}

/** The wire with one more segment on it. A full wire loses it. */
export function withSegment(wire: readonly number[], segment: ModelSegment, capacity: number): readonly number[] {
  const code = encodeSegment(segment);
  if (wire.includes(code) || wire.length >= capacity) return wire;
  return [...wire, code].sort((a, b) => a - b);
}

export function synchronized(phase: Phase): boolean {
  return phase !== 'CLOSED' && phase !== 'LISTEN' && phase !== 'SYN-SENT' && phase !== 'SYN-RECEIVED';
}
