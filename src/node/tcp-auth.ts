/**
 * The algorithms of TCP's signatures (RFC 2385, RFC 5926) by Node's own cryptography. CMAC (RFC 4493) is made of AES in CBC
 * mode, whose last block it is once the message's end is masked.
 */
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';

const BLOCK = 16;
/** RFC 4493 §2.3: the polynomial that doubling in the field is reduced by. */
const REDUCTION = 0x87;
const ZEROS = new Uint8Array(BLOCK);

/** For `StackOptions.auth`: `new Stack({ …, auth: new NodeTcpAuth() })`. MD5 needs a Node that is not in FIPS mode. */
export class NodeTcpAuth implements TcpAuthAlgorithms {
  md5(bytes: Uint8Array): Uint8Array {
    return createHash('md5').update(bytes).digest();
  }

  hmacSha1(key: Uint8Array, bytes: Uint8Array): Uint8Array {
    return createHmac('sha1', key).update(bytes).digest();
  }

  aesCmac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
    const isWhole = bytes.length > 0 && bytes.length % BLOCK === 0;
    const padded = new Uint8Array(isWhole ? bytes.length : bytes.length + BLOCK - (bytes.length % BLOCK));
    padded.set(bytes);
    // RFC 4493 §2.4: a message that ends inside a block is padded and masked with the second subkey.
    if (!isWhole) padded[bytes.length] = 0x80;
    const first = double(encrypt(key, ZEROS));
    const mask = isWhole ? first : double(first);
    const last = padded.length - BLOCK;
    for (let at = 0; at < BLOCK; at++) padded[last + at] = (padded[last + at] ?? 0) ^ (mask[at] ?? 0);
    return encrypt(key, padded).subarray(last);
  }
}

function encrypt(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-cbc', key, ZEROS).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** Shifts left by one bit; what falls out comes back as the reduction. */
function double(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK);
  let carry = 0;
  for (let at = BLOCK - 1; at >= 0; at--) {
    const octet = block[at] ?? 0;
    out[at] = (octet << 1) | carry;
    carry = octet >> 7;
  }
  if (carry) out[BLOCK - 1] = (out[BLOCK - 1] ?? 0) ^ REDUCTION;
  return out;
}
