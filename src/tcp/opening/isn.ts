/**
 * Initial sequence numbers (RFC 9293 section 3.4.1) and timestamp offsets (RFC 7323 section 5.4): a clock plus a keyed
 * hash of the four-tuple. One hash gives both.
 */
import type { Address } from '../../base/address.ts';
import type { KeyedHash } from '../../base/keyed-hash.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { TcpEnvironment } from '../environment.ts';

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

/** Where a connection's own numbers begin; of a Tcb or a half-open one. */
export interface Numbered {
  readonly key: ConnectionKey;
  iss: number;
  tsOffset: number;
}

/** ISS and the timestamp offset, from one keyed hash of the four-tuple (RFC 9293 section 3.4.1, RFC 7323 section 5.4). */
export function startSequence(env: TcpEnvironment, numbered: Numbered, initialSeq: number | null): void {
  const { key } = numbered;
  hashTuple(env.hash, key.localAddress, key.localPort, key.remoteAddress, key.remotePort);
  numbered.iss = initialSeq ?? initialSequenceNumber(env.hash.low, env.clock.nowUs);
  numbered.tsOffset = env.secrets.timestampOffset(key, env.hash.high);
}

/** The timestamp offset alone, of a connection whose ISS is known. */
export function startTimestamps(env: TcpEnvironment, numbered: Numbered): void {
  startSequence(env, numbered, numbered.iss);
}

/** The label of IPv6 packets, from the same hash. */
export function flowLabelOf(numbered: Pick<Numbered, 'tsOffset'>): number {
  return numbered.tsOffset & 0xfffff;
}
