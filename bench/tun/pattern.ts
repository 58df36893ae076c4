/** The bytes of every bulk transfer of this benchmark; kernel-peer.c makes the same. */

/** Prime, so that a lost or repeated block never looks right. */
const PERIOD = 65_521;
/** Bytes that are read or written at once. */
export const CHUNK = 256 * 1024;

const pattern = new Uint8Array(PERIOD + CHUNK);
for (let at = 0; at < pattern.length; at++) pattern[at] = Math.imul(at % PERIOD, 2_654_435_761) >>> 13;

/** The pattern from the transfer's byte `at` on: `bytes` and where in them; a chunk follows. */
export function patternAt(at: number): { readonly bytes: Uint8Array; readonly offset: number } {
  return { bytes: pattern, offset: at % PERIOD };
}

/** Whether `count` bytes that came as byte `at` and following are right. */
export function isPattern(bytes: Uint8Array, start: number, count: number, at: number): boolean {
  const offset = at % PERIOD;
  return Buffer.compare(bytes.subarray(start, start + count), pattern.subarray(offset, offset + count)) === 0;
}
