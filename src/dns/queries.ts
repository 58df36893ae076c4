/** The kinds of questions Node's resolvers ask, and the shapes they give to the answers. */
import { nameKey, type RecordType, type ResourceRecord } from './message.ts';

/** One method of a resolver. */
export interface QueryKind {
  readonly method: string;
  /** Named in errors. */
  readonly syscall: string;
  readonly type: RecordType | 'ANY';
  /** What the caller gets; `hasTtl`: the option `ttl`. */
  readonly shape: (records: readonly ResourceRecord[], hasTtl: boolean) => unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const listOf =
  (shape: (record: ResourceRecord) => unknown): QueryKind['shape'] =>
  (records) =>
    records.map(shape);

const addresses: QueryKind['shape'] = (records, hasTtl) =>
  records.map(({ data, ttl }) => (hasTtl ? { address: data, ttl } : data));

function nameOf({ data }: ResourceRecord): string {
  return String(data);
}

function textsOf({ data }: ResourceRecord): string[] {
  return (Array.isArray(data) ? data : [data]).map(String);
}

function mxOf({ data }: ResourceRecord): object {
  const { preference, exchange } = data as Fields;
  return { exchange, priority: preference };
}

function srvOf({ data }: ResourceRecord): object {
  const { target, port, priority, weight } = data as Fields;
  return { name: target, port, priority, weight };
}

function soaOf({ data }: ResourceRecord): object {
  const { mname, rname, serial, refresh, retry, expire, minimum } = data as Fields;
  return { nsname: mname, hostmaster: rname, serial, refresh, retry, expire, minttl: minimum };
}

function naptrOf({ data }: ResourceRecord): object {
  const { flags, services, regexp, replacement, order, preference } = data as Fields;
  const text = { flags: String(flags), service: String(services), regexp: String(regexp) };
  return { ...text, replacement: replacement === '.' ? '' : replacement, order, preference };
}

function caaOf({ data }: ResourceRecord): object {
  const { flags, tag, value } = data as Fields;
  return { critical: flags, [String(tag)]: String(value) };
}

const ANY: Readonly<Record<string, (record: ResourceRecord) => object>> = {
  A: ({ data, ttl }) => ({ address: data, ttl }),
  AAAA: ({ data, ttl }) => ({ address: data, ttl }),
  CAA: caaOf,
  CNAME: (record) => ({ value: nameOf(record) }),
  MX: mxOf,
  NAPTR: naptrOf,
  NS: (record) => ({ value: nameOf(record) }),
  PTR: (record) => ({ value: nameOf(record) }),
  SOA: soaOf,
  SRV: srvOf,
  TXT: (record) => ({ entries: textsOf(record) }),
};

const anyShape: QueryKind['shape'] = (records) =>
  records.flatMap((record) => {
    const shape = ANY[record.type];
    return shape === undefined ? [] : [{ ...shape(record), type: record.type }];
  });

export const QUERY_KINDS: readonly QueryKind[] = [
  { method: 'resolveAny', syscall: 'queryAny', type: 'ANY', shape: anyShape },
  { method: 'resolve4', syscall: 'queryA', type: 'A', shape: addresses },
  { method: 'resolve6', syscall: 'queryAaaa', type: 'AAAA', shape: addresses },
  { method: 'resolveCaa', syscall: 'queryCaa', type: 'CAA', shape: listOf(caaOf) },
  { method: 'resolveCname', syscall: 'queryCname', type: 'CNAME', shape: listOf(nameOf) },
  { method: 'resolveMx', syscall: 'queryMx', type: 'MX', shape: listOf(mxOf) },
  { method: 'resolveNs', syscall: 'queryNs', type: 'NS', shape: listOf(nameOf) },
  { method: 'resolveTxt', syscall: 'queryTxt', type: 'TXT', shape: listOf(textsOf) },
  { method: 'resolveSrv', syscall: 'querySrv', type: 'SRV', shape: listOf(srvOf) },
  { method: 'resolvePtr', syscall: 'queryPtr', type: 'PTR', shape: listOf(nameOf) },
  { method: 'resolveNaptr', syscall: 'queryNaptr', type: 'NAPTR', shape: listOf(naptrOf) },
  { method: 'resolveSoa', syscall: 'querySoa', type: 'SOA', shape: ([first]) => first && soaOf(first) },
];

/** The records that answer: of the type, under the name or where its aliases lead. */
export function relevantRecords(
  answers: readonly ResourceRecord[],
  name: string,
  type: QueryKind['type'],
): readonly ResourceRecord[] {
  let current = nameKey(name);
  for (let step = 0; step <= answers.length; step++) {
    const here = answers.filter((record) => nameKey(record.name) === current);
    const found = here.filter((record) => type === 'ANY' || record.type === type);
    if (found.length > 0) return found;
    const alias = here.find((record) => record.type === 'CNAME');
    if (alias === undefined) return [];
    current = nameKey(String(alias.data));
  }
  return [];
}

/** The name under which an address is asked for (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseName(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${[...bytes].reverse().join('.')}.in-addr.arpa`;
  const nibbles = [...bytes].flatMap((byte) => [byte >> 4, byte & 15]).reverse();
  return `${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa`;
}
