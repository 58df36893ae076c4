/** Long runs of rows that tell the same again and again, cut down to their beginning and a count. */
import type { LadderRow } from '../scenes/index.ts';

/** Rows left out: how many, and the payload bytes in them. */
export interface Omission {
  readonly omitted: number;
  readonly bytes: number;
}

/** A row is left out when this many of its kind stand among the rows shortly before it. */
const SAME_MOST = 8;
const LOOK_BACK = 20;

/** The rows to draw, with omissions where rows were left out. Rows that are no packets always stay. */
export function condenseRows(rows: readonly LadderRow[]): (LadderRow | Omission)[] {
  const out: (LadderRow | Omission)[] = [];
  const recent: string[] = [];
  let omitted = 0;
  let bytes = 0;
  const flush = (): void => {
    if (omitted > 0) out.push({ omitted, bytes });
    omitted = bytes = 0;
  };
  for (const row of rows) {
    const kind = kindOf(row);
    const isMore = row.kind === 'segment' && row.aside === null && count(recent, kind) >= SAME_MOST;
    recent.push(kind);
    if (recent.length > LOOK_BACK) recent.shift();
    if (isMore) {
      omitted++;
      bytes += row.length ?? 0;
      continue;
    }
    flush();
    out.push(row);
  }
  flush();
  return out;
}

/** What two packets have in common that tell the same: not their numbers, not their sizes. */
function kindOf(row: LadderRow): string {
  const states = [row.fromState?.before, row.fromState?.after, row.toState?.before, row.toState?.after];
  const size = (row.length ?? 0) > 0 ? 'data' : '';
  return [row.kind, row.from, row.to, row.protocol, row.flags, size, row.status, row.isRepeat, ...states].join('|');
}

function count(list: readonly string[], wanted: string): number {
  return list.reduce((sum, one) => sum + (one === wanted ? 1 : 0), 0);
}
