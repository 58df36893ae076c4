/**
 * Addresses and prefixes: text in and out by RFC 4291 and RFC 5952, kinds by their registries, masks against bit
 * strings.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address, BROADCAST_V4, LOOPBACK_V6, maskAddress, Prefix, UNSPECIFIED_V4, UNSPECIFIED_V6 } from './address.ts';
import { ArgumentError } from './errors.ts';

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const sparseWord = fc.oneof(word, fc.constantFrom(0, 1, 0x10000, 0xffff, -1));
const anyAddress = fc.oneof(
  word.map((value) => Address.v4(value)),
  fc.tuple(sparseWord, sparseWord, sparseWord, sparseWord).map((words) => Address.v6(...words)),
);

describe('Address text', () => {
  // RFC 5952 §4: lower case, no leading zeros, the longest run of zero groups shortened, the first one on a tie.
  const rows: [text: string, canonical: string][] = [
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['192.0.2.1', '192.0.2.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['2001:DB8::0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::192.0.2.1', '::c000:201'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ];
  it.each(rows)('%s is written %s', (text, canonical) => {
    expect(Address.parse(text).toString()).toBe(canonical);
  });

  const wrong = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.-4',
    '1.2.3.4 ',
    '0x7f.1.1.1',
    ':',
    ':::',
    '1:::2',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::1',
    '1.2.3.4::',
    '::1.2.3',
    '::1.2.3.4:5',
    'fe80::1%eth0',
    'localhost',
  ];
  it.each(wrong)("'%s' is refused", (text) => {
    expect(Address.tryParse(text)).toBeNull();
    expect(() => Address.parse(text)).toThrow(ArgumentError);
  });

  it('is read back as the same address', () => {
    fc.assert(fc.property(anyAddress, (address) => Address.parse(address.toString()).equals(address)));
  });

  it('never throws from tryParse', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcf:.::%') }), (text) => {
        const address = Address.tryParse(text);
        expect(address === null || Address.parse(address.toString()).equals(address)).toBe(true);
      }),
    );
  });
});

describe('Address kinds', () => {
  const kinds = [
    'isUnspecified',
    'isLoopback',
    'isMulticast',
    'isLimitedBroadcast',
    'isLinkLocal',
    'isUniqueLocal',
    'isPrivate',
    'isReservedV4',
  ] as const;
  const rows: [text: string, kind: string[]][] = [
    ['0.0.0.0', ['isUnspecified']],
    ['10.255.0.1', ['isPrivate']],
    ['11.0.0.0', []],
    ['127.255.255.255', ['isLoopback']],
    ['128.0.0.1', []],
    ['169.254.0.1', ['isLinkLocal']],
    ['172.15.255.255', []],
    ['172.16.0.0', ['isPrivate']],
    ['172.31.255.255', ['isPrivate']],
    ['172.32.0.0', []],
    ['192.168.1.1', ['isPrivate']],
    ['223.255.255.255', []],
    ['224.0.0.1', ['isMulticast']],
    ['239.255.255.255', ['isMulticast']],
    ['240.0.0.1', ['isReservedV4']],
    ['255.255.255.254', ['isReservedV4']],
    ['255.255.255.255', ['isLimitedBroadcast']],
    ['::', ['isUnspecified']],
    ['::1', ['isLoopback']],
    ['::2', []],
    ['fe80::1', ['isLinkLocal']],
    ['febf::1', ['isLinkLocal']],
    ['fec0::1', []],
    ['fc00::1', ['isUniqueLocal']],
    ['fdff::1', ['isUniqueLocal']],
    ['ff02::1', ['isMulticast']],
    ['2001:db8::1', []],
  ];
  it.each(rows)('%s: %j', (text, expected) => {
    const address = Address.parse(text);
    expect(kinds.filter((kind) => address[kind])).toEqual(expected);
  });

  it('tells families apart even where the words agree', () => {
    expect(Address.parse('::ffff:10.0.0.1').equals(Address.parse('10.0.0.1'))).toBe(false);
    expect(UNSPECIFIED_V4.equals(UNSPECIFIED_V6)).toBe(false);
    expect(LOOPBACK_V6.toBytes()).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
    expect(Address.parse('1.2.3.255').toBytes()).toEqual(Uint8Array.of(1, 2, 3, 255));
    expect(BROADCAST_V4.equals(Address.v4(-1))).toBe(true);
  });
});

describe('Prefix', () => {
  it('clears host bits, contains what begins alike, refuses bad lengths', () => {
    expect(Prefix.parse('10.1.2.3/8').toString()).toBe('10.0.0.0/8');
    expect(Prefix.parse('2001:db8:ffff::1/33').toString()).toBe('2001:db8:8000::/33');
    expect(Prefix.parse('1.2.3.4').toString()).toBe('1.2.3.4/32');
    expect(Prefix.parse('::1').length).toBe(128);
    expect(Prefix.parse('0.0.0.0/0').contains(Address.parse('255.1.1.1'))).toBe(true);
    expect(Prefix.parse('0.0.0.0/0').contains(Address.parse('::ffff:1.1.1.1'))).toBe(false);
    for (const text of ['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/a', '/8', '1.2.3.4/1.5']) {
      expect(() => Prefix.parse(text), text).toThrow(ArgumentError);
    }
    expect(() => new Prefix(UNSPECIFIED_V4, 1.5)).toThrow(ArgumentError);
  });

  it('agrees with a comparison bit by bit', () => {
    const bits = (address: Address): string =>
      [...address.toBytes()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(anyAddress, fc.nat(128), fc.nat(127), (address, rawLength, flipped) => {
        const size = address.family === 4 ? 32 : 128;
        const length = rawLength % (size + 1);
        const at = flipped % size;
        const text = bits(address);
        const masked = bits(maskAddress(address, length));
        expect(masked).toBe(text.slice(0, length).padEnd(size, '0'));
        const flip = (index: number): number => (at >> 5 === index ? (1 << (31 - (at & 31))) | 0 : 0);
        const other =
          address.family === 4
            ? Address.v4(address.w3 ^ flip(0))
            : Address.v6(address.w0 ^ flip(0), address.w1 ^ flip(1), address.w2 ^ flip(2), address.w3 ^ flip(3));
        expect(new Prefix(address, length).contains(other)).toBe(at >= length);
      }),
    );
  });
});
