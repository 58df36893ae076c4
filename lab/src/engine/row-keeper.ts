/**
 * Reads a growing tape into rows and says of each when it is born and when its packet comes to what ends, counted in
 * entries of the tape: so a view of any earlier moment shows what was known then and nothing of what came later. Of a tape
 * without end the oldest part is let go; numbers of rows, packets and entries go on counting.
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

/** Rows a reader of the news gets again, in case they have grown together with a neighbour. */
const UNSETTLED_ROWS = 8;

export class RowKeeper {
  private readonly tape: Tape;
  private readonly setting: LadderSetting;
  private builder: LadderBuilder;
  private births = new Map<number, Birth>();
  private readonly numbers = new Map<SentFrame, number>();
  /** Entries read. */
  private taken = 0;
  private packets = 0;
  /** What had been counted where the tape begins now. */
  private before = { rows: 0, packets: 0 };
  /** Rows from here on may differ from what was given out. */
  private changedFrom = 0;

  constructor(tape: Tape, setting: LadderSetting) {
    this.tape = tape;
    this.setting = setting;
    this.builder = new LadderBuilder(setting);
  }

  /** Reads what is new on the tape. */
  catchUp(): void {
    const { entries, forgotten } = this.tape;
    for (; this.taken < forgotten + entries.length; this.taken++) {
      const entry = entries[this.taken - forgotten];
      if (entry === undefined) continue;
      const before = this.builder.length;
      this.builder.take(entry);
      if (entry.kind === 'arrived') this.arrived(entry.frame, entry.arrival, this.taken);
      if (this.builder.length === before) continue;
      const isPacket = entry.kind === 'sent' && entry.host !== NETWORK_HOST;
      this.births.set(before, { entry: this.taken, packet: isPacket ? this.packets++ : -1, arrivals: [] });
      if (entry.kind === 'sent') this.numbers.set(entry, before);
    }
  }

  /** Begins anew, for a tape that went back. */
  restart(): void {
    this.builder = new LadderBuilder(this.setting, this.before.rows);
    this.births = new Map();
    this.numbers.clear();
    this.taken = this.tape.forgotten;
    this.packets = this.before.packets;
    this.changedFrom = this.before.rows;
    this.catchUp();
  }

  /** Lets go of everything born before entry `entry`; the tape must still have it. */
  forget(entry: number): void {
    this.catchUp();
    for (const [number, birth] of this.births) {
      if (birth.entry >= entry) break;
      this.before.rows = number + 1;
      if (birth.packet >= 0) this.before.packets = birth.packet + 1;
      this.births.delete(number);
    }
    for (const [frame, number] of this.numbers) {
      if (number >= this.before.rows) break;
      this.numbers.delete(frame);
    }
    this.builder.letGo(this.before.rows);
  }

  /** All rows, or (`onlyNew`) those that are new or differ since the last call. `held` are packets kept back on their way. */
  rows(
    nowUs: number,
    onlyNew: boolean,
    held: ReadonlySet<number> = new Set(),
  ): { readonly from: number; readonly rows: RowView[] } {
    this.catchUp();
    const from = onlyNew ? this.changedFrom : 0;
    const rows: RowView[] = [];
    let changedFrom = this.builder.length;
    const isHeld = (frame: SentFrame): boolean => {
      const birth = this.births.get(this.numbers.get(frame) ?? -1);
      return birth !== undefined && birth.arrivals.length === 0 && held.has(birth.packet);
    };
    for (const { number, sent, row } of this.builder.told(from, nowUs, isHeld)) {
      const birth = this.births.get(number);
      if (birth === undefined) continue;
      const { frame, ...rest } = row;
      rows.push({ ...rest, ...birth, number, link: sent?.link ?? '', arrivals: [...birth.arrivals] });
      if (row.status === 'in-flight' || (row.kind === 'state' && row.timeUs === nowUs)) {
        changedFrom = Math.min(changedFrom, number);
      }
    }
    this.changedFrom = Math.max(0, Math.min(changedFrom, this.builder.length - UNSETTLED_ROWS));
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
    this.births.get(number)?.arrivals.push({ timeUs, host, entry, isTaken });
    this.changedFrom = Math.min(this.changedFrom, number);
  }
}
