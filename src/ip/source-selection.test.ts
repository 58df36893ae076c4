/** The examples of RFC 6724 section 10, and what they leave out. */
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { AddressState, Interface, InterfaceAddress } from './interface.ts';
import { ipSettings } from './settings.ts';
import { commonPrefixLength, orderDestinations, selectSource4, selectSource6 } from './source-selection.ts';

const settings = ipSettings('linux');
const interfaceWith = (id: number, ...texts: string[]): Interface => {
  const made = new Interface(id, { name: `if${id}`, capabilities: plainCapabilities('ip', 1500) }, settings, false);
  for (const text of texts) made.addresses.push(entryOf(made, text));
  return made;
};

/** `address/bits` with an optional `deprecated` or `temporary` behind it. */
const entryOf = (owner: Interface, text: string): InterfaceAddress => {
  const [prefix = '', ...marks] = text.split(' ');
  const [address = '', bits] = prefix.split('/');
  const state = marks.includes('deprecated') ? AddressState.deprecated : AddressState.preferred;
  const length = Number(bits ?? (address.includes(':') ? 64 : 24));
  const entry = new InterfaceAddress(owner, Address.parse(address), length, 'manual', state);
  entry.isTemporary = marks.includes('temporary');
  return entry;
};

describe('source selection, RFC 6724 §10.1', () => {
  it.each([
    ['same scope', '2001:db8:1::1', ['2001:db8:3::1', 'fe80::1'], '2001:db8:3::1'],
    ['site-local group takes the global source', 'ff05::1', ['2001:db8:3::1', 'fe80::1'], '2001:db8:3::1'],
    ['the same address', '2001:db8:1::1', ['2001:db8:1::1 deprecated', '2001:db8:2::1'], '2001:db8:1::1'],
    ['scope before deprecation', 'fe80::1', ['fe80::2 deprecated', '2001:db8:1::1'], 'fe80::2'],
    ['longest match', '2001:db8:1::1', ['2001:db8:1::2', '2001:db8:3::2'], '2001:db8:1::2'],
    [
      'matching label',
      '2002:c633:6401::1',
      ['2002:c633:6401::d5e3:7953:13eb:22e8 temporary', '2001:db8:1::2'],
      '2002:c633:6401::d5e3:7953:13eb:22e8',
    ],
    [
      'label beats temporary',
      '2002:c633:6401::1',
      ['2001:db8:1::d5e3:0:0:1 temporary', '2002:c633:6401::2'],
      '2002:c633:6401::2',
    ],
    [
      'temporary preferred',
      '2001:db8:1::d5e3:0:0:1',
      ['2001:db8:1::2', '2001:db8:1::d5e3:7953:13eb:22e8 temporary'],
      '2001:db8:1::d5e3:7953:13eb:22e8',
    ],
    ['deprecated loses', '2001:db8:9::1', ['2001:db8:1::1 deprecated', '2001:db8:2::1'], '2001:db8:2::1'],
  ])('%s: %s', (_name, destination, sources, expected) => {
    const out = interfaceWith(1, ...sources);
    expect(selectSource6(Address.parse(destination), out, [out])?.address.toString()).toBe(
      Address.parse(expected).toString(),
    );
  });

  it('prefers the outgoing interface (rule 5), whatever matches longer elsewhere', () => {
    const out = interfaceWith(1, '2001:db8:5::1');
    const other = interfaceWith(2, '2001:db8:1::2');
    const chosen = selectSource6(Address.parse('2001:db8:1::1'), out, [other, out]);
    expect(chosen?.address.toString()).toBe('2001:db8:5::1');
  });

  it('takes only addresses of the link for link-local destinations, none when there is none', () => {
    const out = interfaceWith(1);
    const other = interfaceWith(2, 'fe80::9', '2001:db8::1');
    expect(selectSource6(Address.parse('fe80::1'), out, [out, other])).toBeNull();
    expect(selectSource6(Address.parse('2001:db8::5'), out, [out, other])?.address.toString()).toBe('2001:db8::1');
  });

  it('never uses tentative or duplicate addresses', () => {
    const out = interfaceWith(1, '2001:db8::1');
    out.addresses[0]!.state = AddressState.tentative;
    expect(selectSource6(Address.parse('2001:db8::5'), out, [out])).toBeNull();
    out.addresses[0]!.state = AddressState.duplicate;
    expect(selectSource6(Address.parse('2001:db8::5'), out, [out])).toBeNull();
  });
});

describe('destination ordering, RFC 6724 §10.2', () => {
  it.each([
    ['scope matches', ['2001:db8:1::1', '2001:db8:1::2'], ['198.51.100.121', '169.254.13.78/16'], '2001:db8:1::1'],
    ['scope matches, IPv4', ['2001:db8:1::1', 'fe80::1'], ['198.51.100.121', '198.51.100.117'], '198.51.100.121'],
    ['higher precedence', ['2001:db8:1::1', '2001:db8:1::2'], ['10.1.2.3', '10.1.2.4'], '2001:db8:1::1'],
    ['smaller scope', ['2001:db8:1::1', '2001:db8:1::2'], ['fe80::1', 'fe80::2'], 'fe80::1'],
    ['deprecated source loses', ['2001:db8:1::1', '2001:db8:1::2'], ['fe80::1', 'fe80::2 deprecated'], '2001:db8:1::1'],
    ['longest match', ['2001:db8:1::1', '2001:db8:1::2'], ['2001:db8:3ffe::1', '2001:db8:3f44::2'], '2001:db8:1::1'],
    ['matching label', ['2002:c633:6401::1', '2002:c633:6401::2'], ['2001:db8:1::1', 'fe80::2'], '2002:c633:6401::1'],
    [
      'precedence of native over 6to4',
      ['2002:c633:6401::1', '2002:c633:6401::2'],
      ['2001:db8:1::1', '2001:db8:1::2'],
      '2001:db8:1::1',
    ],
  ])('%s', (_name, first, second, expected) => {
    const owner = interfaceWith(1);
    const candidate = ([address = '', source = '']: string[]) => ({
      address: Address.parse(address),
      source: entryOf(owner, source),
    });
    for (const pair of [
      [first, second],
      [second, first],
    ]) {
      const [best] = orderDestinations(pair.map(candidate));
      expect(best?.address.toString()).toBe(expected);
    }
  });

  it('puts destinations without a source last and keeps the order of equals', () => {
    const owner = interfaceWith(1);
    const source = entryOf(owner, '2001:db8::1');
    const [unusable, a, b] = [
      { address: Address.parse('2001:db8::9'), source: null },
      { address: Address.parse('2001:db8:5::1'), source },
      { address: Address.parse('2001:db8:5::2'), source },
    ];
    expect(orderDestinations([unusable!, a!, b!])).toEqual([a, b, unusable]);
    expect(orderDestinations([unusable!, b!, a!])).toEqual([b, a, unusable]);
  });
});

describe('IPv4 source', () => {
  it("is of the next hop's subnet", () => {
    const out = interfaceWith(1, '10.0.0.1/24', '10.1.0.1/16');
    expect(selectSource4(Address.parse('10.1.0.254'), out, [out])?.address.toString()).toBe('10.1.0.1');
    expect(selectSource4(Address.parse('192.0.2.1'), out, [out])?.address.toString()).toBe('10.0.0.1');
  });

  it('comes from another interface when the outgoing one has none', () => {
    const out = interfaceWith(1);
    const other = interfaceWith(2, '169.254.1.1/16', '10.0.0.1/24');
    expect(selectSource4(Address.parse('192.0.2.1'), out, [out, other])?.address.toString()).toBe('10.0.0.1');
  });
});

it.each([
  ['2001:db8::1', '2001:db8::1', 128],
  ['2001:db8::', '2001:db9::', 31],
  ['::', '8000::', 0],
  ['10.0.0.0', '10.128.0.0', 104],
])('common prefix of %s and %s is %i bits', (a, b, bits) => {
  expect(commonPrefixLength(Address.parse(a), Address.parse(b))).toBe(bits);
});
