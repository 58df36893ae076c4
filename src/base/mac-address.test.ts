/** Hardware addresses: text in and out, group and broadcast. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from './errors.ts';
import { MAC_BROADCAST, MAC_ZERO, MacAddress } from './mac-address.ts';

describe('MacAddress', () => {
  it('is written and read back the same', () => {
    const octets = fc.tuple(fc.nat(0xffff), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(octets, ([high, low]) => {
        const mac = new MacAddress(high, low);
        expect(MacAddress.parse(mac.toString()).equals(mac)).toBe(true);
        expect(mac.isGroup).toBe(((high >> 8) & 1) === 1);
      }),
    );
  });

  it('takes colons, hyphens and both cases', () => {
    expect(MacAddress.parse('02-00-AB-cd-00-FF').toString()).toBe('02:00:ab:cd:00:ff');
    expect(MacAddress.parse('ff:ff:ff:ff:ff:ff').equals(MAC_BROADCAST)).toBe(true);
    expect(MAC_BROADCAST.isBroadcast && MAC_BROADCAST.isGroup).toBe(true);
    expect(MacAddress.parse('01:00:5e:00:00:01').isBroadcast).toBe(false);
    expect(MAC_ZERO.isGroup).toBe(false);
  });

  it.each(['', '02:00:00:00:00', '02:00:00:00:00:00:00', '2:0:0:0:0:1', '0g:00:00:00:00:01', '020000000001'])(
    "refuses '%s'",
    (text) => {
      expect(() => MacAddress.parse(text)).toThrow(ArgumentError);
    },
  );
});
