/** Amounts on the command line. */
import { describe, expect, it } from 'vitest';
import {
  figures,
  formatRate,
  formatSize,
  parseDuration,
  parseList,
  parsePercent,
  parseQueue,
  parseRate,
  parseSize,
} from './units.ts';

describe('amounts of the command line', () => {
  it.each([
    ['20mbit', 20e6],
    ['1.5gbit', 1.5e9],
    ['500 kbit', 500e3],
    ['10Mbit/s', 10e6],
    ['64bit', 64],
    // tc: bps are bytes.
    ['1mbps', 8e6],
    ['20', null],
    ['mbit', null],
    ['-1mbit', null],
    ['20mb', null],
    ['1e3mbit', null],
    ['', null],
  ])('rate %s is %s bit/s', (text, bps) => expect(parseRate(text)).toBe(bps));

  it.each([
    ['40ms', 40],
    ['10s', 10_000],
    ['500us', 0.5],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['0', 0],
    ['.5s', 500],
    ['40', null],
    ['4 parsecs', null],
    ['1:30', null],
  ])('time %s is %s ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    ['0.1%', 0.001],
    ['100%', 1],
    ['3', 0.03],
    ['101%', null],
    ['-1%', null],
    ['%', null],
    ['toString', null],
  ])('percentage %s is %s', (text, probability) => expect(parsePercent(text)).toBe(probability));

  it.each([
    ['10MB', 10e6],
    ['512KiB', 524_288],
    ['64k', 65_536],
    ['1gb', 1e9],
    ['700', 700],
    ['1.5kb', 1500],
    ['10mbit', null],
    ['constructor', null],
  ])('size %s is %s octets', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each([
    ['1bdp', { bdp: 1 }],
    ['0.5 BDP', { bdp: 0.5 }],
    ['100p', { packets: 100 }],
    ['1packet', { packets: 1 }],
    ['256KiB', { bytes: 262_144 }],
    ['1.5p', null],
    // Packets or octets? Nobody can know.
    ['100', null],
    ['bdp', null],
  ])('queue %s is %o', (text, queue) => expect(parseQueue(text)).toEqual(queue));

  it('lists are separated by commas, Chinese ones too, and wrong as a whole when one part is', () => {
    expect(parseList('0,10s，20s', parseDuration)).toEqual([0, 10_000, 20_000]);
    expect(parseList('0,x', parseDuration)).toBeNull();
    expect(parseList('0,', parseDuration)).toBeNull();
  });

  it('are printed with three figures that count', () => {
    expect([1_234_000, 20e6, 999_900, 1_500_000_000, 512].map(formatRate)).toEqual([
      '1.23 Mbit/s',
      '20 Mbit/s',
      '1 Mbit/s',
      '1.5 Gbit/s',
      '0.512 kbit/s',
    ]);
    expect([100_000, 1_234_567, 999, 2e9].map(formatSize)).toEqual(['100 kB', '1.23 MB', '999 B', '2 GB']);
    expect([0, 39.96, 123.4, 0.04].map(figures)).toEqual(['0', '40', '123', '0.04']);
  });
});
