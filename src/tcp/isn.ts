/**
 * Initial sequence numbers (RFC 9293 section 3.4.1) and timestamp offsets (RFC 7323 section 5.4): a clock plus a keyed
 * hash of the four-tuple. One hash gives both.
 */
import type { Address } from '../base/address.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';

const WORDS = new Int32Array(9);

/** Hashes the four-tuple; the result stands in `hash.low` and `hash.high`. */
export function hashTuple(
  hash: KeyedHash,
  local: Address,
  localPort: number,
  remote: Address,
  remotePort: number,
): number {
  WORDS[0] = local.w0;
  WORDS[1] = local.w1;
  WORDS[2] = local.w2;
  WORDS[3] = local.w3;
  WORDS[4] = remote.w0;
  WORDS[5] = remote.w1;
  WORDS[6] = remote.w2;
  WORDS[7] = remote.w3;
  WORDS[8] = (localPort << 16) | remotePort;
  return hash.hashWords(WORDS, 9);
}

// RFC 9293 §3.4.1 MUST-8: the ISN has a component that a clock of about 4 microseconds drives.
// RFC 9293 §3.4.1 MUST-9, SHLD-1: the rest is a keyed hash that nobody outside can compute.
/** The ISN for a tuple whose hash is `tupleHash`, at `nowUs` of the driver's time. */
export function initialSequenceNumber(tupleHash: number, nowUs: number): number {
  return (Math.floor(nowUs / 4) + tupleHash) | 0;
}
