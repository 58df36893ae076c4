/**
 * The three header bits AE, CWR and ECE of RFC 9768, as one number (AE is its high bit): a code for an ECN field during the
 * handshake, afterwards a counter of CE packets modulo 8. Arithmetic only.
 */
import { Ecn } from '../../wire/ip-packet.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';

// RFC 9768 §3.2.1 R9768-35: not 0, which is what a box that clears bits would leave.
/** Start values of the counters. */
export const CEP_START = 5;
export const E0B_START = 1;
export const E1B_START = 1;

const COUNTER_MASK = 0xff_ffff;
const COUNTER_HALF = 0x80_0000;

/** Every combination of the three bits. */
export const Ace = { none: 0b000, classicAnswer: 0b001, classicRequest: 0b011, request: 0b111 } as const;

/** The code by which an ECN field is told, indexed by the field. */
const CODE_OF_FIELD = [0b010, 0b011, 0b100, 0b110] as const;

/** AE, CWR and ECE of these header flags as a number from 0 to 7. */
export function aceOf(flags: number): number {
  return (flags >>> 6) & 7;
}

/** Header flags for the low three bits of `value`. */
export function aceFlags(value: number): number {
  return (value & 7) << 6;
}

/** RFC 9768 §3.1.1: the code for the ECN field that a SYN or SYN-ACK came with. */
export function codeOfField(field: number): number {
  return CODE_OF_FIELD[field & 3] ?? 0b010;
}

/** The ECN field that a code tells of; what tells of none counts as unchanged. */
export function fieldOfCode(code: number): number {
  const field = (CODE_OF_FIELD as readonly number[]).indexOf(code);
  return field < 0 ? Ecn.notEct : field;
}

/** The least number of packets by which `counted` can have grown, when the field shows `ace`. */
export function leastIncrement(ace: number, counted: number): number {
  return (ace - CEP_START - counted) & 7;
}

/** RFC 9768 §3.2.2.5.2: most CE packets that the field allows among `packets` newly acknowledged ones. */
export function safeIncrement(least: number, packets: number): number {
  return packets < least ? least : packets - ((packets - least) & 7);
}

/** RFC 9768 §3.2.3.1: by how much a 24-bit counter has grown since it stood at `known`; -1 when it went backwards. */
export function counterGrowth(field: number, known: number): number {
  return Math.max(-1, signedGrowth(field, known));
}

/** The same, below zero by as much as it went back. */
export function signedGrowth(field: number, known: number): number {
  const growth = (field - known) & COUNTER_MASK;
  return growth >= COUNTER_HALF ? growth - COUNTER_MASK - 1 : growth;
}

/** Nothing but these three. */
export const ACE_FLAGS = TcpFlag.ae | TcpFlag.cwr | TcpFlag.ece;
