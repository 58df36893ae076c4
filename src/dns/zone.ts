/** Answers from a table (RFC 1034 section 4.3.2): exact names, aliases followed, wildcards, no such name. */
import { nameKey, Rcode, type ResourceRecord } from './message.ts';
import { parseZone, type ZoneTable } from './zone-table.ts';

export interface ZoneAnswer {
  readonly rcode: number;
  readonly answers: readonly ResourceRecord[];
  /** The SOA of the zone, where there is nothing to answer. */
  readonly authorities: readonly ResourceRecord[];
}

/** Aliases that lead to aliases, at most. */
const ALIASES_MAX = 16;

export class Zone {
  private readonly names: Map<string, readonly ResourceRecord[]>;
  private readonly tops: readonly ResourceRecord[];
  /** Names without records that have others below them (RFC 4592 section 2.2.2). */
  private readonly above = new Set<string>();

  /** @throws ArgumentError that names the record that cannot be served */
  constructor(table: ZoneTable) {
    this.names = parseZone(table);
    this.tops = [...this.names.values()].flat().filter((record) => record.type === 'SOA');
    for (const name of this.names.keys()) {
      for (let rest = parentOf(name); rest !== ''; rest = parentOf(rest)) this.above.add(rest);
    }
  }

  /** True when the table has something to say about a name: it is there, or a zone it lies in. */
  covers(name: string): boolean {
    const key = nameKey(name);
    return this.recordsAt(key) !== null || this.topOf(key) !== null;
  }

  /** @param type a record type, or `ANY` */
  answer(name: string, type: string): ZoneAnswer {
    const answers: ResourceRecord[] = [];
    let current = nameKey(name);
    for (let aliases = 0; aliases <= ALIASES_MAX; aliases++) {
      const records = this.recordsAt(current);
      if (records === null) return this.missing(current, answers);
      const wanted = records.filter((record) => type === 'ANY' || record.type === type);
      const alias = records.find((record) => record.type === 'CNAME');
      if (wanted.length > 0 || alias === undefined) {
        answers.push(...wanted);
        return { rcode: Rcode.noError, answers, authorities: wanted.length === 0 ? this.topRecords(current) : [] };
      }
      answers.push(alias);
      current = nameKey(String(alias.data));
    }
    return { rcode: Rcode.serverFailure, answers: [], authorities: [] };
  }

  private missing(name: string, answers: readonly ResourceRecord[]): ZoneAnswer {
    const isForeign = this.tops.length > 0 && this.topOf(name) === null;
    // An alias may lead out of the table: whoever asks has to go on from there.
    if (isForeign) return { rcode: answers.length > 0 ? Rcode.noError : Rcode.refused, answers, authorities: [] };
    return { rcode: Rcode.noSuchName, answers, authorities: this.topRecords(name) };
  }

  /** Null: no such name. */
  private recordsAt(name: string): readonly ResourceRecord[] | null {
    const exact = this.names.get(name);
    if (exact !== undefined) return exact;
    if (this.above.has(name)) return [];
    // RFC 4592 §3.3.1: a wildcard counts below the closest name that exists, and nowhere else.
    for (let rest = name; rest !== ''; ) {
      rest = parentOf(rest);
      const star = this.names.get(rest === '' ? '*' : `*.${rest}`);
      if (star !== undefined) return star.map((record) => ({ ...record, name }));
      if (this.names.has(rest) || this.above.has(rest)) return null;
    }
    return null;
  }

  private topOf(name: string): ResourceRecord | null {
    let best: ResourceRecord | null = null;
    for (const top of this.tops) {
      const isInside = name === top.name || top.name === '.' || name.endsWith(`.${top.name}`);
      if (isInside && (best === null || top.name.length > best.name.length)) best = top;
    }
    return best;
  }

  private topRecords(name: string): readonly ResourceRecord[] {
    const top = this.topOf(name);
    return top === null ? [] : [top];
  }
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}
