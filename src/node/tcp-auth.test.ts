/** The three primitives against published values: RFC 1321 (MD5), RFC 2202 (HMAC-SHA-1), RFC 4493 section 4 (AES-CMAC). */
import { describe, expect, it } from 'vitest';
import { NodeTcpAuth } from './tcp-auth.ts';

const auth = new NodeTcpAuth();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe('NodeTcpAuth', () => {
  it('digests with MD5', () => {
    expect(hex(auth.md5(new Uint8Array(0)))).toBe('d41d8cd98f00b204e9800998ecf8427e');
    expect(hex(auth.md5(Uint8Array.from(Buffer.from('abc'))))).toBe('900150983cd24fb0d6963f7d28e17f72');
  });

  it('authenticates with HMAC-SHA-1', () => {
    const code = auth.hmacSha1(new Uint8Array(20).fill(0x0b), Uint8Array.from(Buffer.from('Hi There')));
    expect(hex(code)).toBe('b617318655057264e28bc0b6fb378c8ef146be00');
  });

  // RFC 4493 §4: messages of no, one, two and a half, and four blocks under one key.
  const MESSAGE =
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710';
  it.each([
    [0, 'bb1d6929e95937287fa37d129b756746'],
    [16, '070a16b46b4d4144f79bdd9dd04a287c'],
    [40, 'dfa66747de9ae63030ca32611497c827'],
    [64, '51f0bebf7e3b9d92fc49741779363cfe'],
  ])('authenticates %i octets with AES-CMAC', (length, code) => {
    const key = octets('2b7e151628aed2a6abf7158809cf4f3c');
    expect(hex(auth.aesCmac(key, octets(MESSAGE).subarray(0, length)))).toBe(code);
  });
});
