/**
 * Amounts as people write them on a command line, in the words of `tc`: `20mbit`, `40ms`, `1bdp`, `0.1%`. Every parser
 * returns the number in the program's own unit, or null when the text is none of this kind; the forms are in `UNIT_FORMS`.
 */
import type { RaceQueue } from '../sim/index.ts';

/** What to write instead, for messages. */
export const UNIT_FORMS = {
  rate: '20mbit, 500kbit, 1gbit, 2.5MBps',
  duration: '40ms, 10s, 500us, 2m',
  percent: '0.1%',
  size: '10MB, 512KiB, 1gb',
  queue: '1bdp, 100p, 256KiB',
} as const;

const RATES: Readonly<Record<string, number>> = {
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  'bit/s': 1,
  'kbit/s': 1e3,
  'mbit/s': 1e6,
  'gbit/s': 1e9,
  bps: 8,
  kbps: 8e3,
  mbps: 8e6,
  gbps: 8e9,
};

const DURATIONS: Readonly<Record<string, number>> = {
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1000,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1e9,
  gib: 1024 ** 3,
};

/** Bits per second. As `tc` has it, `bit` counts bits and `bps` bytes per second; a number alone is not enough. */
export function parseRate(text: string): number | null {
  return scaled(text, RATES);
}

/** Milliseconds. Zero needs no unit. */
export function parseDuration(text: string): number | null {
  return text.trim() === '0' ? 0 : scaled(text, DURATIONS);
}

/** A probability from 0 to 1; the percent sign may be left out, as in `woshou serve --loss`. */
export function parsePercent(text: string): number | null {
  const percent = scaled(text, { '': 1, '%': 1 });
  return percent === null || percent > 100 ? null : percent / 100;
}

/** Octets, whole. */
export function parseSize(text: string): number | null {
  const size = scaled(text, SIZES);
  return size === null ? null : Math.round(size);
}

/** The length of a queue: multiples of the bandwidth-delay product, packets, or octets (which need a unit). */
export function parseQueue(text: string): RaceQueue | null {
  const bdp = scaled(text, { bdp: 1 });
  if (bdp !== null) return { bdp };
  const packets = scaled(text, { p: 1, pkt: 1, pkts: 1, packet: 1, packets: 1 });
  if (packets !== null) return Number.isInteger(packets) ? { packets } : null;
  const bytes = /[a-z]\s*$/i.test(text) ? parseSize(text) : null;
  return bytes === null ? null : { bytes };
}

/** `0,10s` one by one; null when one of them is not of the kind. */
export function parseList<T>(text: string, parse: (part: string) => T | null): T[] | null {
  const values: T[] = [];
  for (const part of text.split(/[,，]/)) {
    const value = parse(part);
    if (value === null) return null;
    values.push(value);
  }
  return values;
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-zµ%/]*)\s*$/i.exec(text);
  const unit = (match?.[2] ?? '').toLowerCase();
  if (match === null || !Object.hasOwn(units, unit)) return null;
  return Number(match[1]) * (units[unit] ?? 0);
}

/** `20 Mbit/s`, three figures that count. */
export function formatRate(bps: number): string {
  return bps >= 999.5e6
    ? `${figures(bps / 1e9)} Gbit/s`
    : bps >= 999.5e3
      ? `${figures(bps / 1e6)} Mbit/s`
      : `${figures(bps / 1e3)} kbit/s`;
}

/** `1.2 MB`. */
export function formatSize(bytes: number): string {
  if (bytes >= 999.5e6) return `${figures(bytes / 1e9)} GB`;
  if (bytes >= 999.5e3) return `${figures(bytes / 1e6)} MB`;
  return bytes >= 999.5 ? `${figures(bytes / 1e3)} kB` : `${Math.round(bytes)} B`;
}

/** Three figures that count, without zeros behind the point. */
export function figures(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
