/** The keyed hash of a four-tuple, and what connections take from it. */
import type { Address } from '../../base/address.ts';
import type { KeyedHash } from '../../base/keyed-hash.ts';
import type { ConnectionKey } from '../connection-key.ts';

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

/** Where a connection's own numbers begin; of a Tcb or a half-open one. */
export interface Numbered {
  readonly key: ConnectionKey;
  iss: number;
  tsOffset: number;
}

/** The label of IPv6 packets, from the same hash. */
export function flowLabelOf(numbered: Pick<Numbered, 'tsOffset'>): number {
  return numbered.tsOffset & 0xfffff;
}
