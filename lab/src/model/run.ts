/**
 * A run as the page keeps it: the moments and rows the worker has sent, and what can be seen of them at a playhead. Pure;
 * nothing here is changed once it is made.
 */
import type { CheckView, History } from '../engine/messages.ts';
import type { RowView } from '../engine/row-keeper.ts';
import type { Moment } from '../engine/session.ts';

/** What the worker has told so far, put together. */
export interface Run extends Omit<History, 'fromMoment' | 'fromRow'> {
  readonly moments: readonly Moment[];
  readonly rows: readonly RowView[];
}

/** `news` behind what of `run` still holds. */
export function joined(run: Run | null, news: History): Run {
  const { fromMoment, fromRow, ...rest } = news;
  const old = run === null ? [] : run.moments.slice(news.forgotten - run.forgotten, fromMoment - run.forgotten);
  const moments = [...old, ...news.moments];
  const first = news.forgotten === 0 ? 0 : (moments[0]?.entry ?? 0);
  const kept =
    run === null || fromRow === 0 ? [] : run.rows.filter((row) => row.number < fromRow && row.entry >= first);
  return { ...rest, moments, rows: [...kept, ...news.rows] };
}

/** Where the playhead stands: an hour, and the last moment that is not later. */
export interface Playhead {
  readonly timeUs: number;
  /** Index into `Run.moments`. */
  readonly moment: number;
}

/** The last moment that is not later than `timeUs`, 0 when all are. */
export function momentAt(moments: readonly Moment[], timeUs: number): number {
  let low = 0;
  let high = moments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((moments[middle]?.timeUs ?? 0) <= timeUs) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** What a reader may know of a row: it is not there yet, its packet is on its way, all about it is known. */
export type RowPhase = 'unborn' | 'on-its-way' | 'settled';

/** @param entry entries of the tape so far, as the moment at the playhead has them */
export function phaseOf(row: RowView, entry: number, timeUs: number, run: Run): RowPhase {
  if (row.entry >= entry) return 'unborn';
  if (row.kind !== 'segment') return 'settled';
  const first = row.arrivals[0];
  if (first !== undefined) return first.entry < entry ? 'settled' : 'on-its-way';
  if (row.status === 'in-flight') return 'on-its-way';
  return timeUs >= lostUs(row, run) ? 'settled' : 'on-its-way';
}

/** Where on its way a lost packet is last seen. */
export const LOST_AT = 0.62;
const DEFAULT_DELAY_US = 20_000;

/** The delay of a packet's line. */
export function delayOf(row: Pick<RowView, 'link'>, run: Pick<Run, 'links'>): number {
  const link = run.links.find(({ name }) => name === row.link);
  return link === undefined || link.delayMs <= 0 ? DEFAULT_DELAY_US : link.delayMs * 1000;
}

/** When a packet that never arrives is seen to be lost. */
export function lostUs(row: RowView, run: Run): number {
  return row.timeUs + delayOf(row, run) * LOST_AT;
}

/** A packet between its ends. */
export interface Flight {
  readonly row: RowView;
  /** 0 at the sender, 1 at the receiver. */
  readonly progress: number;
  /** It waits near the end until somebody lets it go. */
  readonly isHeld: boolean;
  readonly isLost: boolean;
}

const LOST_SHOWN_US = 30_000;
const HELD_AT = 0.86;

/** Packets that are on their way at an hour, the oldest first; of lost ones also where they were lost, for a while. */
export function flightsAt(run: Run, { timeUs, moment }: Playhead): Flight[] {
  const entry = run.moments[moment]?.entry ?? 0;
  const { slow, longestUs } = packetsOf(run);
  const flights: Flight[] = [];
  // Rows are in the order of their births: from the playhead back until everything quick has arrived.
  for (let index = rowsBefore(run.rows, entry) - 1; index >= 0; index--) {
    const row = run.rows[index];
    if (row === undefined || timeUs - row.timeUs > longestUs || flights.length >= FLIGHTS_MAX) break;
    if (row.kind !== 'segment' || slow.has(row)) continue;
    const flight = flightOf(row, run, entry, timeUs);
    if (flight !== null) flights.push(flight);
  }
  for (const row of slow) {
    const flight = row.entry < entry ? flightOf(row, run, entry, timeUs) : null;
    if (flight !== null) flights.push(flight);
  }
  return flights.reverse();
}

const FLIGHTS_MAX = 600;

interface Packets {
  /** Those that are lost, held or late: they may be shown long after they left. */
  readonly slow: ReadonlySet<RowView>;
  /** No other is on its way longer than this. */
  readonly longestUs: number;
}

const sorted = new WeakMap<Run, Packets>();

/** Found out once for a run. */
function packetsOf(run: Run): Packets {
  const known = sorted.get(run);
  if (known !== undefined) return known;
  const slow = new Set<RowView>();
  let longestUs = 0;
  for (const row of run.rows) {
    if (row.kind !== 'segment') continue;
    const last = row.arrivals.at(-1);
    const tookUs = last === undefined ? Number.POSITIVE_INFINITY : last.timeUs - row.timeUs;
    if (tookUs > delayOf(row, run) * SLOW) slow.add(row);
    else longestUs = Math.max(longestUs, tookUs);
  }
  const packets = { slow, longestUs };
  sorted.set(run, packets);
  return packets;
}

/** Behind a queue a packet takes longer than its line; beyond so many times it is an exception. */
const SLOW = 3;

/** How many rows were born by then; rows are in the order of their births. */
export function rowsBefore(rows: readonly RowView[], entry: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.entry ?? 0) < entry) low = middle + 1;
    else high = middle;
  }
  return low;
}

function flightOf(row: RowView, run: Run, entry: number, timeUs: number): Flight | null {
  const delayUs = delayOf(row, run);
  const share = (timeUs - row.timeUs) / delayUs;
  const last = row.arrivals.at(-1);
  if (last === undefined) {
    if (row.status === 'in-flight') {
      return { row, progress: Math.min(share, HELD_AT), isHeld: share > HELD_AT, isLost: false };
    }
    if (share >= LOST_AT) {
      const isFresh = timeUs - lostUs(row, run) < LOST_SHOWN_US;
      return isFresh ? { row, progress: LOST_AT, isHeld: false, isLost: true } : null;
    }
    return { row, progress: share, isHeld: false, isLost: false };
  }
  if (last.entry < entry) return null;
  const isLate = last.timeUs - row.timeUs > delayUs * 1.05;
  const ownShare = isLate ? share : (timeUs - row.timeUs) / Math.max(1, last.timeUs - row.timeUs);
  return { row, progress: Math.min(ownShare, isLate ? HELD_AT : 1), isHeld: isLate && share > HELD_AT, isLost: false };
}

/** What a host played by hand claimed its state to be, last of all; null when it claimed nothing yet. */
export function claimedState(run: Run, host: string, entry: number): string | null {
  for (let index = rowsBefore(run.rows, entry) - 1; index >= 0; index--) {
    const row = run.rows[index];
    if (row?.from === host && row.fromState !== null) return row.fromState.after;
    const arrival = row?.arrivals[0];
    if (row?.to === host && row.toState !== null && arrival !== undefined && arrival.entry < entry) {
      return row.toState.after;
    }
  }
  return null;
}

/** Outcomes judged by the playhead. */
export function checksAt(run: Run, moment: number): readonly CheckView[] {
  return run.checks.slice(0, run.moments[moment]?.checks ?? 0);
}
