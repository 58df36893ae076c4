/**
 * The algorithms of TCP-AO (RFC 5926) made of three primitives that are injected: the core has no cryptography of its own.
 * Key derivation and MAC for HMAC-SHA-1-96 and AES-128-CMAC-96; all calls are synchronous and return fresh arrays.
 */

/**
 * What signatures are computed with. `NodeTcpAuth` of `woshou/node` is one; in a browser any well-kept library will do:
 * `{ md5, hmacSha1: (key, bytes) => hmac(sha1, key, bytes), aesCmac: (key, bytes) => cmac(bytes, key) }` with the functions of
 * `@noble/hashes` and `@noble/ciphers`. The arguments are valid during the call only and must not be changed.
 */
export interface TcpAuthAlgorithms {
  /** MD5 (RFC 1321): 16 octets. */
  md5(bytes: Uint8Array): Uint8Array;
  /** HMAC with SHA-1 (RFC 2104): 20 octets, the key of any length. */
  hmacSha1(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** CMAC with AES-128 (RFC 4493): 16 octets, the key of 16. */
  aesCmac(key: Uint8Array, bytes: Uint8Array): Uint8Array;
}

// RFC 5926 §3.1 R5926-1: both pairs are offered.
/** The two algorithms RFC 5926 section 2.1 makes mandatory, each with the key derivation that belongs to it. */
export type TcpAoAlgorithm = 'hmac-sha-1-96' | 'aes-128-cmac-96';

export const AO_ALGORITHMS: readonly TcpAoAlgorithm[] = ['hmac-sha-1-96', 'aes-128-cmac-96'];
// RFC 5926 §3.2 R5926-5, R5926-6: the first 96 bits count.
/** RFC 5926 §3.2: both algorithms are cut to 96 bits. */
export const AO_MAC_LENGTH = 12;

const SHA1_BITS = 160;
const AES_BITS = 128;
const AES_KEY_LENGTH = 16;
/** "TCP-AO" in ASCII, the label of every derivation. */
const LABEL = Uint8Array.of(0x54, 0x43, 0x50, 0x2d, 0x41, 0x4f);

// RFC 5926 §3.1.1 R5926-2, R5926-3, R5926-4: the block, and the two functions it goes through.
/** RFC 5926 §3.1.1: one block of the derivation in counter mode is as long as the key that is wanted. */
export function deriveTrafficKey(
  algorithms: TcpAuthAlgorithms,
  algorithm: TcpAoAlgorithm,
  masterKey: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  const isSha1 = algorithm === 'hmac-sha-1-96';
  const input = new Uint8Array(1 + LABEL.length + context.length + 2);
  input[0] = 1;
  input.set(LABEL, 1);
  input.set(context, 1 + LABEL.length);
  new DataView(input.buffer).setUint16(input.length - 2, isSha1 ? SHA1_BITS : AES_BITS);
  if (isSha1) return algorithms.hmacSha1(masterKey, input);
  return algorithms.aesCmac(aesKeyOf(algorithms, masterKey), input);
}

/** RFC 5926 §3.1.1.2: a master key that is not 128 bits long is made so by CMAC under a key of zeros. */
function aesKeyOf(algorithms: TcpAuthAlgorithms, masterKey: Uint8Array): Uint8Array {
  if (masterKey.length === AES_KEY_LENGTH) return masterKey;
  return algorithms.aesCmac(new Uint8Array(AES_KEY_LENGTH), masterKey);
}

/** The MAC of `message`; its first AO_MAC_LENGTH octets count. */
export function messageAuthenticationCode(
  algorithms: TcpAuthAlgorithms,
  algorithm: TcpAoAlgorithm,
  trafficKey: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  return algorithm === 'hmac-sha-1-96'
    ? algorithms.hmacSha1(trafficKey, message)
    : algorithms.aesCmac(trafficKey, message);
}

/** Compares `length` octets in a time that does not depend on where they differ. */
export function isSameCode(code: Uint8Array, bytes: Uint8Array, offset: number, length: number): boolean {
  let difference = code.length < length ? 1 : 0;
  for (let at = 0; at < length; at++) difference |= (code[at] ?? 0) ^ (bytes[offset + at] ?? 0);
  return difference === 0;
}
