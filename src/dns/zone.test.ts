/** Tables that can be served and tables that cannot; messages that are none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, messageOf, queryIdOf, Rcode } from './message.ts';
import { Zone } from './zone.ts';
import type { ZoneTable } from './zone-table.ts';

describe('a zone that cannot be served', () => {
  it.each<[ZoneTable, string]>([
    [{ 'a.test': { A: '10.0.0' } }, "zone['a.test'].A: must be an IPv4 address, got '10.0.0'"],
    [{ 'a.test': { A: ['10.0.0.1', '::1'] } }, "zone['a.test'].A[1]: must be an IPv4 address, got '::1'"],
    [{ 'a.test': { AAAA: '10.0.0.1' } }, "zone['a.test'].AAAA: must be an IPv6 address"],
    [{ 'a.test': { CNAME: 'b.test', A: '10.0.0.1' } }, "zone['a.test'].CNAME: must be the only record of its name"],
    [{ 'a..test': {} }, "zone['a..test']: labels of a name have 1 to 63 octets, got ''"],
    [{ [`${'x'.repeat(64)}.test`]: {} }, 'labels of a name have 1 to 63 octets'],
    [{ [Array.from({ length: 60 }, () => 'label').join('.')]: {} }, 'a name has at most 253 octets'],
    [{ 'a b.test': {} }, "'a b' is no label of a name"],
    [{ 'x.*.test': {} }, "'*' is no label of a name"],
    [{ 'a.test': {}, 'A.TEST.': {} }, "zone['A.TEST.']: is there twice"],
    [{ 'a.test': { MX: { priority: -1, exchange: 'm.test' } } }, "zone['a.test'].MX.priority: must be an integer"],
    [{ 'a.test': { MX: [{ priority: 1, exchange: '' }] } }, "zone['a.test'].MX[0].exchange: must be a name, got ''"],
    [
      { 'a.test': { SRV: { port: 70_000, name: 'b.test' } } },
      "zone['a.test'].SRV.port: must be an integer from 0 to 65535",
    ],
    [{ 'a.test': { TXT: 'x'.repeat(256) } }, 'a text has at most 255 octets, got 256; split it'],
    [{ 'a.test': { ttl: 1.5 } }, "zone['a.test'].ttl: must be an integer"],
    [{ 'a.test': { HINFO: 'x' } as object }, "zone['a.test'].HINFO: is no type of record"],
    [{ 'a.test': null as never }, "zone['a.test']: must be an object of records"],
    [null as never, 'zone: must be an object'],
  ])('%j: %s', (table, message) => {
    expect(() => new Zone(table)).toThrow(message);
  });
});

describe('a zone', () => {
  const zone = new Zone({
    'z.test': { SOA: { nsname: 'n.z.test', hostmaster: 'h.z.test' } },
    'deep.below.z.test': { A: '10.0.0.1' },
    '*.z.test': { A: '10.0.0.2' },
    'here.z.test': { TXT: 'x' },
    'out.z.test': { CNAME: 'elsewhere.org' },
  });
  const ask = (name: string, type = 'A'): [number, unknown[]] => {
    const { rcode, answers } = zone.answer(name, type);
    return [rcode, answers.map((record) => record.data)];
  };

  // RFC 4592 §2.2.1, §2.2.2, §3.3.1: the closest name that exists decides whether a wildcard counts.
  it('has wildcards below the closest name that exists only', () => {
    expect(ask('any.z.test')).toEqual([Rcode.noError, ['10.0.0.2']]);
    expect(ask('many.labels.z.test')).toEqual([Rcode.noError, ['10.0.0.2']]);
    expect(ask('here.z.test')).toEqual([Rcode.noError, []]);
    expect(ask('x.here.z.test')).toEqual([Rcode.noSuchName, []]);
    expect(ask('below.z.test')).toEqual([Rcode.noError, []]);
    expect(ask('other.below.z.test')).toEqual([Rcode.noSuchName, []]);
  });

  it('gives aliases that lead out, and refuses what is not its own', () => {
    expect(ask('out.z.test')).toEqual([Rcode.noError, ['elsewhere.org']]);
    expect(ask('elsewhere.org')).toEqual([Rcode.refused, []]);
    expect(zone.answer('here.z.test', 'A').authorities).toMatchObject([{ type: 'SOA', name: 'z.test' }]);
  });
});

describe('malformed messages', () => {
  const good = encodeMessage(
    messageOf({
      id: 77,
      isResponse: true,
      questions: [{ name: 'a.b.test', type: 'TXT', class: 'IN' }],
      answers: [
        { name: 'a.b.test', type: 'TXT', ttl: 5, data: ['one', 'two'] },
        { name: 'a.b.test', type: 'A', ttl: 5, data: '10.0.0.1' },
        { name: 'a.b.test', type: 'SRV', ttl: 5, data: { port: 1, target: 'c.test' } },
      ],
      udpPayloadBytes: 1232,
    }),
  );

  it('reads what it writes', () => {
    expect(decodeMessage(good)).toMatchObject({ id: 77, isResponse: true, udpPayloadBytes: 1232, rcode: 0 });
    expect(decodeMessage(good)?.answers.map((record) => record.type)).toEqual(['TXT', 'A', 'SRV']);
  });

  it('are null or a message, never an exception: spoilt octets', () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(good.length), (changes, length) => {
        const bytes = good.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        const message = decodeMessage(bytes);
        return message === null || message.answers.length <= good.length / 11;
      }),
      { numRuns: 2000 },
    );
  });

  it('do not multiply: counts that the octets cannot hold are no message', () => {
    const bytes = good.slice();
    bytes.set([0xff, 0xff], 6);
    expect(decodeMessage(bytes)).toBeNull();
    // A text whose length leads out of its record.
    const text = good.slice();
    text[text.indexOf(3, 40)] = 200;
    expect(decodeMessage(text)).toBeNull();
  });

  it('are null or a message, never an exception: random octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        decodeMessage(bytes);
        const id = queryIdOf(bytes);
        return id === null || (bytes.length >= 12 && id <= 0xffff);
      }),
      { numRuns: 2000 },
    );
  });
});
