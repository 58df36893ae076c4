/** SipHash against its authors' published vectors; two independent implementations gave the same 64 results. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from './errors.ts';
import { SipHash } from './keyed-hash.ts';
import { SeededRandom } from './random.ts';

/** The authors' vectors of SipHash-2-4 (64 bits): key 00..0f, message i is 00..i-1; bytes of the result in order. */
const VECTORS = `
  310e0edd47db6f72 fd67dc93c539f874 5a4fa9d909806c0d 2d7efbd796666785 b7877127e09427cf 8da699cd64557618
  cee3fe586e46c9cb 37d1018bf50002ab 6224939a79f5f593 b0e4a90bdf82009e f3b9dd94c5bb5d7a a7ad6b22462fb3f4
  fbe50e86bc8f1e75 903d84c02756ea14 eef27a8e90ca23f7 e545be4961ca29a1 db9bc2577fcc2a3f 9447be2cf5e99a69
  9cd38d96f0b3c14b bd6179a71dc96dbb 98eea21af25cd6be c7673b2eb0cbf2d0 883ea3e395675393 c8ce5ccd8c030ca8
  94af49f6c650adb8 eab8858ade92e1bc f315bb5bb835d817 adcf6b0763612e2f a5c91da7acaa4dde 716595876650a2a6
  28ef495c53a387ad 42c341d8fa92d832 ce7cf2722f512771 e37859f94623f3a7 381205bb1ab0e012 ae97a10fd434e015
  b4a31508beff4d31 81396229f0907902 4d0cf49ee5d4dcca 5c73336a76d8bf9a d0a704536ba93e0e 925958fcd6420cad
  a915c29bc8067318 952b79f3bc0aa6d4 f21df2e41d4535f9 87577519048f53a9 10a56cf5dfcd9adb eb75095ccd986cd0
  51a9cb9ecba312e6 96afadfc2ce666c7 72fe52975a4364ee 5a1645b276d592a1 b274cb8ebf87870a 6f9bb4203de7b381
  eaecb2a30b22a87f 9924a43cc1315724 bd838d3aafbf8db7 0b1a2a3265d51aea 135079a3231ce660 932b2846e4d70666
  e1915f5cb1eca46c f325965ca16d629f 575ff28e60381be5 724506eb4c328a95
`
  .trim()
  .split(/\s+/);

const KEY = Int32Array.of(0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c);

function resultHex(hash: SipHash): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setInt32(0, hash.low, true);
  view.setInt32(4, hash.high, true);
  return [...new Uint8Array(view.buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('SipHash-2-4', () => {
  it('gives the 64 published results over bytes', () => {
    const hash = new SipHash(KEY);
    const message = Uint8Array.from({ length: 64 }, (_, index) => index);
    const results = VECTORS.map((_, length) => {
      hash.hashBytes(message, length);
      return resultHex(hash);
    });
    expect(VECTORS).toHaveLength(64);
    expect(results).toEqual(VECTORS);
  });

  it('gives the same over words as over their little-endian bytes', () => {
    const hash = new SipHash(KEY);
    const bytes = Uint8Array.from({ length: 64 }, (_, index) => index);
    const view = new DataView(bytes.buffer);
    const words = Int32Array.from({ length: 16 }, (_, index) => view.getInt32(index * 4, true));
    for (let count = 0; count <= 15; count++) {
      expect(hash.hashWords(words, count)).toBe(hash.low);
      expect(resultHex(hash)).toBe(VECTORS[count * 4]);
    }
  });

  it('depends on rounds, key, words and count', () => {
    const words = Int32Array.of(1, 2, 3, 0);
    const reference = new SipHash(KEY).hashWords(words, 3);
    expect(new SipHash(KEY, 1, 3).hashWords(words, 3)).not.toBe(reference);
    expect(new SipHash(Int32Array.of(0, 1, 2, 3)).hashWords(words, 3)).not.toBe(reference);
    expect(new SipHash(KEY).hashWords(words, 4)).not.toBe(reference);
  });

  it('has no memory of earlier calls', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.array(word, { maxLength: 12 }), (first, second) => {
        const used = new SipHash(KEY);
        used.hashWords(Int32Array.from(first), first.length);
        used.hashWords(Int32Array.from(second), second.length);
        const fresh = new SipHash(KEY);
        fresh.hashWords(Int32Array.from(second), second.length);
        expect([used.low, used.high]).toEqual([fresh.low, fresh.high]);
      }),
    );
  });

  it('keeps its key when the caller changes the array, and refuses one of the wrong size', () => {
    const key = KEY.slice();
    const hash = new SipHash(key);
    key.fill(0);
    hash.hashBytes(new Uint8Array(0), 0);
    expect(resultHex(hash)).toBe(VECTORS[0]);
    expect(() => new SipHash(new Int32Array(3))).toThrow(ArgumentError);
  });

  it('draws its key from the secret stream', () => {
    const words = Int32Array.of(7);
    const random = new SeededRandom(5);
    const keyed = SipHash.keyedBy(random).hashWords(words, 1);
    expect(SipHash.keyedBy(new SeededRandom(5)).hashWords(words, 1)).toBe(keyed);
    expect(SipHash.keyedBy(random).hashWords(words, 1)).not.toBe(keyed);
    expect(random.publicInt32()).toBe(new SeededRandom(5).publicInt32());
  });
});
