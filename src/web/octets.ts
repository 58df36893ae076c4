/** Octets as callers may bring them. */

/** A BufferSource's octets, not copied. @throws TypeError for anything else */
export function octetsOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(`chunks must be ArrayBuffer or a view of one, got ${typeof chunk}; encode text with TextEncoder`);
}
