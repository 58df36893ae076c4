/**
 * Sequence number arithmetic modulo 2^32 on int32 (RFC 9293 section 3.4). Two numbers compare only while they lie
 * less than 2^31 apart, which windows of at most 2^30 guarantee. Unsigned only when printed.
 */

/** a < b */
export function seqLt(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** a <= b */
export function seqLe(a: number, b: number): boolean {
  return ((a - b) | 0) <= 0;
}

/** a > b */
export function seqGt(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** a >= b */
export function seqGe(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0;
}

/** The later of two sequence numbers (RFC 9293 section 3.4). */
export function seqMax(a: number, b: number): number {
  return ((a - b) | 0) >= 0 ? a : b;
}

/** The earlier of two sequence numbers (RFC 9293 section 3.4). */
export function seqMin(a: number, b: number): number {
  return ((a - b) | 0) <= 0 ? a : b;
}

/** b - a as a signed distance. */
export function seqDistance(a: number, b: number): number {
  return (b - a) | 0;
}
