/** What a zone is written as, and the checks that it can be served. */
import { Address } from '../base/address.ts';
import { ArgumentError } from '../base/errors.ts';
import { nameKey, RECORD_TYPES, type RecordType, type ResourceRecord } from './message.ts';

/** Records of one name. Where several can be, one may stand alone. */
export interface ZoneRecords {
  readonly A?: string | readonly string[];
  readonly AAAA?: string | readonly string[];
  /** Another name for this one; no other records may stand beside it. */
  readonly CNAME?: string;
  readonly NS?: string | readonly string[];
  readonly PTR?: string | readonly string[];
  /** Each text is one string or several, at most 255 octets each. */
  readonly TXT?: string | readonly (string | readonly string[])[];
  readonly MX?: ZoneMx | readonly ZoneMx[];
  readonly SRV?: ZoneSrv | readonly ZoneSrv[];
  /** The name is the top of a zone. With one of these in the table, names outside of all zones are refused. */
  readonly SOA?: ZoneSoa;
  readonly CAA?: ZoneCaa | readonly ZoneCaa[];
  readonly NAPTR?: ZoneNaptr | readonly ZoneNaptr[];
  /** Seconds the records may be kept, default 300. */
  readonly ttl?: number;
}

/** A mail exchanger (RFC 1035 section 3.3.9). */
export interface ZoneMx {
  readonly priority: number;
  readonly exchange: string;
}

/** The place of a service (RFC 2782). */
export interface ZoneSrv {
  readonly priority?: number;
  readonly weight?: number;
  readonly port: number;
  readonly name: string;
}

/** The start of a zone (RFC 1035 section 3.3.13). */
export interface ZoneSoa {
  readonly nsname: string;
  readonly hostmaster: string;
  readonly serial?: number;
  readonly refresh?: number;
  readonly retry?: number;
  readonly expire?: number;
  readonly minttl?: number;
}

/** Who may issue certificates (RFC 8659). */
export interface ZoneCaa {
  readonly critical?: number;
  readonly tag: 'issue' | 'issuewild' | 'iodef';
  readonly value: string;
}

/** A rule that rewrites names (RFC 3403). */
export interface ZoneNaptr {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** A zone: names with their records. `*.` in front of a name stands for those below it that are not there. */
export type ZoneTable = Readonly<Record<string, ZoneRecords>>;

const DEFAULT_TTL = 300;
const TTL_MAX = 2 ** 31 - 1;
const KEYS = new Set<string>([...RECORD_TYPES, 'ttl']);

/**
 * The records of a table, by name.
 * @throws ArgumentError that names the record: `zone['www.test'].A[1]: …`
 */
export function parseZone(table: ZoneTable): Map<string, readonly ResourceRecord[]> {
  if (typeof table !== 'object' || table === null)
    throw new ArgumentError('zone', 'must be an object: name to records');
  const zone = new Map<string, readonly ResourceRecord[]>();
  for (const [name, records] of Object.entries(table)) {
    const where = `zone['${name}']`;
    const key = checkName(where, name, true);
    if (zone.has(key)) throw new ArgumentError(where, 'is there twice: case and a final dot make no difference');
    zone.set(key, recordsOf(where, key, records));
  }
  return zone;
}

function recordsOf(where: string, name: string, records: ZoneRecords): ResourceRecord[] {
  if (typeof records !== 'object' || records === null) throw new ArgumentError(where, 'must be an object of records');
  const unknown = Object.keys(records).find((key) => !KEYS.has(key));
  if (unknown !== undefined) {
    throw new ArgumentError(`${where}.${unknown}`, `is no type of record; there are ${RECORD_TYPES.join(', ')}`);
  }
  const ttl = checkNumber(`${where}.ttl`, records.ttl ?? DEFAULT_TTL, TTL_MAX);
  const made: ResourceRecord[] = [];
  for (const type of RECORD_TYPES) {
    const value: unknown = records[type];
    if (value === undefined) continue;
    const isList = Array.isArray(value);
    for (const [index, item] of (isList ? value : [value]).entries()) {
      made.push({ name, type, ttl, data: dataOf(`${where}.${type}${isList ? `[${index}]` : ''}`, type, item) });
    }
  }
  // RFC 1034 §3.6.2: an alias has no other records.
  if (made.length > 1 && made.some((record) => record.type === 'CNAME')) {
    throw new ArgumentError(`${where}.CNAME`, 'must be the only record of its name');
  }
  return made;
}

/** A record's data in the library's shape. */
function dataOf(where: string, type: RecordType, value: unknown): unknown {
  switch (type) {
    case 'A':
    case 'AAAA':
      return checkAddress(where, value, type === 'A' ? 4 : 6);
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return checkName(where, value, false);
    case 'TXT':
      return (Array.isArray(value) ? value : [value]).map((text) => checkText(where, text));
    default:
      return compositeOf(where, type, checkObject(where, value));
  }
}

function compositeOf(where: string, type: RecordType, value: Readonly<Record<string, unknown>>): unknown {
  const word = 2 ** 32 - 1;
  const number = (key: string, fallback?: number, max = 0xffff): number =>
    checkNumber(`${where}.${key}`, value[key] ?? fallback, max);
  const name = (key: string): string => checkName(`${where}.${key}`, value[key], false);
  const text = (key: string): string => checkText(`${where}.${key}`, value[key]);
  switch (type) {
    case 'MX':
      return { preference: number('priority'), exchange: name('exchange') };
    case 'SRV':
      return {
        priority: number('priority', 0),
        weight: number('weight', 0),
        port: number('port'),
        target: name('name'),
      };
    case 'SOA':
      return {
        mname: name('nsname'),
        rname: name('hostmaster'),
        serial: number('serial', 1, word),
        refresh: number('refresh', 3600, word),
        retry: number('retry', 600, word),
        expire: number('expire', 86_400, word),
        minimum: number('minttl', 60, word),
      };
    case 'CAA':
      if (!['issue', 'issuewild', 'iodef'].includes(String(value.tag))) {
        throw new ArgumentError(`${where}.tag`, `must be issue, issuewild or iodef, got ${show(value.tag)}`);
      }
      return { flags: number('critical', 0, 255), tag: value.tag, value: text('value') };
    default:
      return {
        order: number('order'),
        preference: number('preference'),
        flags: text('flags'),
        services: text('service'),
        regexp: text('regexp'),
        replacement: name('replacement'),
      };
  }
}

function checkAddress(where: string, value: unknown, family: 4 | 6): string {
  const address = typeof value === 'string' ? Address.tryParse(value) : null;
  if (address?.family === family) return address.toString();
  throw new ArgumentError(where, `must be an IPv${family} address, got ${show(value)}`);
}

// RFC 1035 §2.3.4: labels have at most 63 octets, names 255 with their length octets.
function checkName(where: string, value: unknown, mayBeWildcard: boolean): string {
  if (typeof value !== 'string' || value === '') throw new ArgumentError(where, `must be a name, got ${show(value)}`);
  const name = nameKey(value);
  if (name === '') return '.';
  for (const [index, label] of name.split('.').entries()) {
    const length = Buffer.byteLength(label);
    if (length < 1 || length > 63) {
      throw new ArgumentError(where, `labels of a name have 1 to 63 octets, got '${label}'`);
    }
    const isStar = mayBeWildcard && index === 0 && label === '*';
    if (!isStar && !/^[\w\u0080-\uffff/-]+$/.test(label)) {
      throw new ArgumentError(where, `'${label}' is no label of a name: letters, digits, '-' and '_'`);
    }
  }
  if (Buffer.byteLength(name) > 253) throw new ArgumentError(where, 'a name has at most 253 octets');
  return name;
}

function checkText(where: string, value: unknown): string {
  if (typeof value !== 'string') throw new ArgumentError(where, `must be text, got ${show(value)}`);
  const length = Buffer.byteLength(value);
  if (length <= 255) return value;
  throw new ArgumentError(where, `a text has at most 255 octets, got ${length}; split it into an array of texts`);
}

function checkNumber(where: string, value: unknown, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new ArgumentError(where, `must be an integer from 0 to ${max}, got ${show(value)}`);
}

function checkObject(where: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw new ArgumentError(where, `must be an object, got ${show(value)}`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
