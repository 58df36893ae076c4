/**
 * Reads a growing tape into rows and says of each when it is born and when its packet comes to what ends, counted in
 * entries of the tape: so a view of any earlier moment shows what was known then and nothing of what came later.
 */
import { LadderBuilder, type LadderSetting } from '../../../src/scenes/ladder.ts';
import type { LadderRow } from '../../../src/scenes/ladder-row.ts';
import { NETWORK_HOST, type SentFrame, type Tape } from '../../../src/scenes/tape.ts';

/** Where a packet came out. */
export interface Arrival {
  readonly timeUs: number;
  readonly host: string;
  /** Entries of the tape before it. */
  readonly entry: number;
  readonly isTaken: boolean;
}

/** A row as the page gets it. */
export interface RowView extends Omit<LadderRow, 'frame'> {
  readonly number: number;
  /** Entries of the tape before it. */
  readonly entry: number;
  /** Number of its packet, by which it can be grabbed; -1 for other rows. */
  readonly packet: number;
  readonly link: string;
  readonly arrivals: readonly Arrival[];
}

interface Birth {
  readonly entry: number;
  readonly packet: number;
  readonly arrivals: Arrival[];
}

export class RowKeeper {
  private readonly tape: Tape;
  private readonly setting: LadderSetting;
  private builder: LadderBuilder;
  /** By row number. */
  private births: Birth[] = [];
  private readonly numbers = new Map<SentFrame, number>();
  private taken = 0;
  private packets = 0;
  /** Rows from here on may differ from what was given out. */
  private changedFrom = 0;

  constructor(tape: Tape, setting: LadderSetting) {
    this.tape = tape;
    this.setting = setting;
    this.builder = new LadderBuilder(setting);
  }

  /** Reads what is new on the tape. */
  catchUp(): void {
    const { entries } = this.tape;
    for (; this.taken < entries.length; this.taken++) {
      const entry = entries[this.taken];
      if (entry === undefined) continue;
      const before = this.builder.length;
      this.builder.take(entry);
      if (entry.kind === 'arrived') this.arrived(entry.frame, entry.arrival, this.taken);
      if (this.builder.length === before) continue;
      const isPacket = entry.kind === 'sent' && entry.host !== NETWORK_HOST;
      this.births.push({ entry: this.taken, packet: isPacket ? this.packets++ : -1, arrivals: [] });
      if (entry.kind === 'sent') this.numbers.set(entry, this.builder.length - 1);
    }
  }

  /** Begins anew, for a tape that went back. */
  restart(): void {
    this.builder = new LadderBuilder(this.setting);
    this.births = [];
    this.numbers.clear();
    this.taken = this.packets = this.changedFrom = 0;
    this.catchUp();
  }

  /** All rows, or (`onlyNew`) those that are new or differ since the last call. */
  rows(nowUs: number, onlyNew: boolean): { readonly from: number; readonly rows: RowView[] } {
    this.catchUp();
    const from = onlyNew ? this.changedFrom : 0;
    const rows: RowView[] = [];
    let changedFrom = this.builder.length;
    for (const { number, sent, row } of this.builder.told(from, nowUs)) {
      const birth = this.births[number];
      if (birth === undefined) continue;
      const { frame, ...rest } = row;
      rows.push({ ...rest, ...birth, number, link: sent?.link ?? '', arrivals: [...birth.arrivals] });
      if (row.status === 'in-flight' || (row.kind === 'state' && row.timeUs === nowUs)) {
        changedFrom = Math.min(changedFrom, number);
      }
    }
    this.changedFrom = Math.max(0, Math.min(changedFrom, this.builder.length - 8));
    return { from, rows };
  }

  /** The frame of a row. */
  frameOf(number: number): SentFrame | null {
    for (const [frame, its] of this.numbers) if (its === number) return frame;
    return null;
  }

  private arrived(frame: SentFrame, arrival: SentFrame['arrivals'][number], entry: number): void {
    const number = this.numbers.get(frame);
    if (number === undefined) return;
    const { timeUs, host, isTaken } = arrival;
    this.births[number]?.arrivals.push({ timeUs, host, entry, isTaken });
    this.changedFrom = Math.min(this.changedFrom, number);
  }
}
