/** The demultiplexer's hash remembers its last tuple: it must be that of the tuple asked about, whatever was asked before. */
import { expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { SipHash } from '../base/keyed-hash.ts';
import { TupleHash } from './tuple-hash.ts';

const KEY = Int32Array.of(1, 2, 3, 4);
const fresh = (): TupleHash => new TupleHash(new SipHash(KEY, 1, 2));

type Tuple = readonly [local: string, localPort: number, remote: string, remotePort: number];

const TUPLES: readonly Tuple[] = [
  ['0.0.0.0', 0, '0.0.0.0', 0],
  ['10.0.0.1', 80, '10.0.0.2', 40_000],
  ['10.0.0.1', 80, '10.0.0.2', 40_001],
  ['10.0.0.2', 80, '10.0.0.1', 40_000],
  ['10.0.0.1', 40_000, '10.0.0.2', 80],
  ['10.0.0.3', 80, '10.0.0.2', 40_000],
  ['fd00::1', 80, 'fd00::2', 40_000],
  ['::', 0, '::', 0],
];

function hashOf(hash: TupleHash, [local, localPort, remote, remotePort]: Tuple): number {
  return hash.of(Address.parse(local), localPort, Address.parse(remote), remotePort);
}

it('is the same after any other tuple, and after itself', () => {
  const kept = fresh();
  for (const first of TUPLES) {
    for (const then of TUPLES) {
      expect(hashOf(kept, first)).toBe(hashOf(fresh(), first));
      expect(hashOf(kept, then), `${then.join()} after ${first.join()}`).toBe(hashOf(fresh(), then));
    }
  }
  expect(new Set(TUPLES.map((tuple) => hashOf(kept, tuple))).size).toBe(TUPLES.length);
});
