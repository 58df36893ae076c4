/**
 * The ladder: the tape of a play as rows a person reads from top to bottom. A packet, its way, what it did to the states
 * of both ends and why it was sent become one row; what a program or a timer did stands between. Nothing is invented
 * here: every row comes from a frame at a tap, a record of an observer, or an action of the scene.
 */
import type { SegmentSentRecord, StateChangeRecord, TimeoutRecord } from '../base/observer.ts';
import { PacketReader } from './ladder-packet.ts';
import { type Draft, draft, type LadderRow, NO_WORDS, type PacketStatus, type StatePair } from './ladder-row.ts';
import { narrate } from './narrator.ts';
import type { ArrivedFrame, ObservedRecord, SentFrame, SpokenEntry, TapeEntry } from './tape.ts';
import type { Text } from './text.ts';

export type { LadderRow, PacketStatus, StatePair, TimerFact } from './ladder-row.ts';

/** What the ladder must know of the stage. */
export interface LadderSetting {
  /** Host by address. */
  readonly addresses: Map<string, string>;
  readonly crafted: Set<string>;
  readonly whatIf: Set<string>;
  /** The longest time a frame takes through a link when nothing special happens to it. */
  readonly delaysUs: Map<string, number>;
}

/** The ladder, and which row belongs to which frame. */
export interface Ladder {
  readonly rows: LadderRow[];
  readonly rowOf: ReadonlyMap<SentFrame, LadderRow>;
}

/** A row in its words. */
export interface ToldRow {
  /** Counts the rows begun, merged ones included; it stays when the ladder grows. */
  readonly number: number;
  /** The frame it shows, null when it shows none. */
  readonly sent: SentFrame | null;
  readonly row: LadderRow;
}

/** Causes of state changes that come with an arriving segment. */
const ARRIVAL_CAUSES: ReadonlySet<string> = new Set(['segment', 'reset', 'syn-in-window', 'syn-cookie']);

/** Makes the rows. `nowUs` is when the play ended. */
export function buildLadder(entries: readonly TapeEntry[], setting: LadderSetting, nowUs: number): Ladder {
  const builder = new LadderBuilder(setting);
  for (const entry of entries) builder.take(entry);
  return builder.finish(nowUs);
}

/** Makes rows of a tape entry by entry, for those who read along while it grows. */
export class LadderBuilder {
  private readonly setting: LadderSetting;
  private readonly rows: Draft[] = [];
  /** Rows before the first of `rows`. */
  private dropped = 0;
  private readonly drafts = new Map<SentFrame, Draft>();
  private readonly reader = new PacketReader();
  /** By host and connection: the state now, and as last shown in a row. */
  private readonly states = new Map<string, string>();
  private readonly shown = new Map<string, string>();
  private readonly lastArrival = new Map<string, Draft>();
  /** By host: what its stack said it sent and no frame has shown yet. */
  private readonly announced = new Map<string, SegmentSentRecord[]>();
  /** By host and connection: rows of this very moment that the next packet explains. */
  private readonly open = new Map<string, Draft[]>();
  /** By host and connection: those that have been in SYN-SENT. */
  private readonly active = new Set<string>();
  /** By host and connection: the last segment behind the SYN. */
  private readonly last = new Map<string, Draft>();
  /** Who listens: `server:80`. */
  private readonly listening = new Set<string>();
  private aside: Text | null = null;

  /** @param firstNumber the number of its first row, for a tape whose beginning was forgotten */
  constructor(setting: LadderSetting, firstNumber = 0) {
    this.setting = setting;
    this.dropped = firstNumber;
  }

  /** Rows begun so far, those included that became part of another one. */
  get length(): number {
    return this.dropped + this.rows.length;
  }

  /** Lets go of the rows before number `from`; what they told of states stays known. */
  letGo(from: number): void {
    const gone = Math.max(0, Math.min(from - this.dropped, this.rows.length));
    for (const { sent } of this.rows.splice(0, gone)) if (sent !== null) this.drafts.delete(sent);
    this.dropped += gone;
  }

  /** Takes the next entry. */
  take(entry: TapeEntry): void {
    switch (entry.kind) {
      case 'sent':
        this.frameSent(entry);
        break;
      case 'arrived':
        this.frameArrived(entry);
        break;
      case 'observed':
        this.observed(entry);
        break;
      case 'listening':
        if (entry.isOn) this.listening.add(`${entry.host}:${entry.port}`);
        else this.listening.delete(`${entry.host}:${entry.port}`);
        break;
      case 'crashed':
        this.forget(entry.host);
        break;
      default:
        this.spoken(entry);
    }
  }

  /** The ladder of all that was taken. */
  finish(nowUs: number): Ladder {
    if (this.aside !== null) this.rows.push(draft({ kind: 'note', timeUs: nowUs, say: this.aside }));
    const rowOf = new Map<SentFrame, LadderRow>();
    const rows: LadderRow[] = [];
    for (const { row, sent } of this.told(0, nowUs)) {
      rows.push(row);
      if (sent !== null) rowOf.set(sent, row);
    }
    return { rows, rowOf };
  }

  /**
   * The rows from number `from` on as they stand now, with their numbers; merged ones are left out. Of a frame that `isHeld` on its way nobody
   * says that it is lost, however late it is.
   */
  *told(from: number, nowUs: number, isHeld: (frame: SentFrame) => boolean = isNever): Generator<ToldRow> {
    for (let number = Math.max(from, this.dropped); number < this.length; number++) {
      const one = this.rows[number - this.dropped]!;
      if (one.isMerged) continue;
      if (one.sent !== null) one.status = isHeld(one.sent) ? 'in-flight' : this.statusOf(one.sent, one.to, nowUs);
      one.isWhatIf = this.setting.whatIf.has(one.from);
      const { isMerged, wasActive, isFirst, isSameAck, connection, arrivedAs, sent, ...row } = one;
      const isTold = one.kind === 'note' || one.say !== NO_WORDS;
      yield {
        number,
        sent,
        row: isTold ? row : { ...row, say: narrate({ ...row, wasActive, isFirst, isSameAck }) },
      };
    }
  }

  private frameSent(frame: SentFrame): void {
    const facts = this.reader.read(frame.bytes, frame.medium);
    const { host, timeUs } = frame;
    const row = draft({ kind: 'segment', timeUs, from: host, ...facts.shown });
    row.to = this.setting.addresses.get(facts.destinationAddress) ?? (facts.isBroadcast ? '*' : '');
    row.frame = frame.bytes;
    row.medium = frame.medium;
    row.isCrafted = this.setting.crafted.has(host);
    row.connection = `${row.source}>${row.destination}`;
    row.arrivedAs = row.connection;
    row.sent = frame;
    row.aside = this.aside;
    this.aside = null;
    if (row.protocol === 'tcp') {
      const key = `${host}|${row.connection}`;
      this.explain(row, key);
      row.wasActive = this.active.has(key);
      this.compare(row, key);
      row.fromState = this.pairOf(key, host, row.source);
      const announced = this.takeAnnounced(host, row, facts.flagBits);
      row.reason = announced?.reason ?? null;
    }
    this.lastArrival.delete(host);
    this.drafts.set(frame, row);
    this.rows.push(row);
  }

  /** With what the sender sent before it. */
  private compare(row: Draft, key: string): void {
    if (row.flags.includes('SYN')) {
      if (!row.isRepeat) this.last.delete(key);
      // In a simultaneous open the SYN+ACK is what completes it: what comes behind is no third step.
      if (row.isRepeat && row.wasActive && row.flags.includes('ACK')) this.last.set(key, row);
      return;
    }
    const last = this.last.get(key);
    row.isFirst = last === undefined;
    row.isSameAck =
      last !== undefined &&
      row.length === 0 &&
      row.flags === 'ACK' &&
      last.ackAbsolute === row.ackAbsolute &&
      last.seqAbsolute === row.seqAbsolute &&
      last.window === row.window;
    this.last.set(key, row);
  }

  /** After a crash nothing is known any more. */
  private forget(host: string): void {
    for (const names of [this.states, this.shown, this.active, this.open, this.last]) {
      for (const name of names.keys()) if (name.startsWith(`${host}|`)) names.delete(name);
    }
    for (const name of this.listening) if (name.startsWith(`${host}:`)) this.listening.delete(name);
    this.lastArrival.delete(host);
    this.announced.delete(host);
  }

  /** State changes and timers of the same moment are told by the packet they led to. */
  private explain(row: Draft, key: string): void {
    for (const earlier of this.open.get(key) ?? []) {
      if (earlier.timeUs !== row.timeUs) {
        if (earlier.fromState !== null) this.shown.set(key, earlier.fromState.after);
        continue;
      }
      earlier.isMerged = true;
      if (earlier.timer !== null) row.timer = earlier.timer;
      if (earlier.cause !== '') row.cause = earlier.cause;
    }
    this.open.delete(key);
  }

  /** Changes no packet explained have their own rows: what follows starts from there. */
  private settle(key: string): void {
    for (const row of this.open.get(key) ?? []) {
      if (!row.isMerged && row.fromState !== null) this.shown.set(key, row.fromState.after);
    }
  }

  private frameArrived({ host, frame, timeUs, arrival }: ArrivedFrame): void {
    const row = this.drafts.get(frame);
    if (row === undefined) return;
    if (row.to === '') row.to = host;
    if (row.to !== host) return;
    row.arrivedUs ??= timeUs;
    if (row.protocol !== 'tcp' || !arrival.isTaken) return;
    if (arrival.bytes !== null) row.arrivedAs = this.reader.translated(arrival.bytes, frame.medium, row.connection);
    const [source = '', destination = ''] = row.arrivedAs.split('>');
    const key = `${host}|${destination}>${source}`;
    this.settle(key);
    // A second arrival of the same frame must not hide what the first one did.
    if (row.toState === null) row.toState = this.pairOf(key, host, destination);
    this.lastArrival.set(host, row);
  }

  private observed({ host, record }: ObservedRecord): void {
    switch (record.kind) {
      case 'state':
        this.stateChanged(host, record);
        break;
      case 'segment-sent': {
        const list = this.announced.get(host) ?? [];
        list.push(record);
        this.announced.set(host, list);
        break;
      }
      case 'timeout':
        this.timedOut(host, record);
        break;
      default: {
        const row = this.lastArrival.get(host);
        if (row !== undefined && row.arrivedUs !== null && record.timeUs >= row.arrivedUs) {
          row.dropReason ??= record.reason;
        }
      }
    }
  }

  private stateChanged(host: string, record: StateChangeRecord): void {
    const connection = connectionOf(record);
    const key = `${host}|${connection}`;
    const isClaim = this.setting.crafted.has(host);
    const before = isClaim ? record.from : this.stateNow(key, host, `${record.localAddress}:${record.localPort}`);
    this.states.set(key, record.to);
    if (record.to === 'SYN-SENT') this.active.add(key);
    const arrived = this.lastArrival.get(host);
    const isOfArrival = arrived !== undefined && reverse(arrived.arrivedAs) === connection;
    if (isOfArrival && ARRIVAL_CAUSES.has(record.cause)) {
      const was = arrived.toState?.before ?? before;
      arrived.toState = { before: was, after: record.to };
      this.shown.set(key, record.to);
      return;
    }
    // The timer that ends a connection needs no row beside the end.
    for (const earlier of this.open.get(key) ?? []) {
      if (earlier.timeUs === record.timeUs && earlier.timer !== null && record.to === 'CLOSED') earlier.isMerged = true;
    }
    const row = draft({ kind: 'state', timeUs: record.timeUs, from: host, cause: record.cause });
    row.fromState = { before, after: record.to };
    row.connection = connection;
    this.pushOpen(key, row);
  }

  private timedOut(host: string, record: TimeoutRecord): void {
    const row = draft({ kind: 'event', timeUs: record.timeUs, from: host });
    row.timer = { name: record.timer, count: record.count };
    row.connection = connectionOf(record);
    this.pushOpen(`${host}|${row.connection}`, row);
  }

  private pushOpen(key: string, row: Draft): void {
    this.rows.push(row);
    const list = this.open.get(key) ?? [];
    list.push(row);
    this.open.set(key, list);
  }

  private spoken(entry: SpokenEntry): void {
    if (entry.kind === 'say') {
      this.aside = entry.text;
      return;
    }
    if (entry.kind === 'event') this.lastArrival.delete(entry.host);
    this.rows.push(draft({ kind: entry.kind, timeUs: entry.timeUs, from: entry.host, say: entry.text }));
  }

  /** The state since the connection's last row at this host. */
  private pairOf(key: string, host: string, local: string): StatePair | null {
    if (this.setting.crafted.has(host) && !this.states.has(key)) return null;
    const after = this.stateNow(key, host, local);
    const shown = this.shown.get(key) ?? 'CLOSED';
    const before = shown === 'CLOSED' ? this.initialState(host, local) : shown;
    this.shown.set(key, after);
    return { before, after };
  }

  private stateNow(key: string, host: string, local: string): string {
    const state = this.states.get(key);
    return state === undefined || state === 'CLOSED' ? this.initialState(host, local) : state;
  }

  /** LISTEN when a listener has the port, for a connection that is not there yet or no more. */
  private initialState(host: string, local: string): string {
    return this.listening.has(`${host}:${local.slice(local.lastIndexOf(':') + 1)}`) ? 'LISTEN' : 'CLOSED';
  }

  private takeAnnounced(host: string, row: Draft, flagBits: number): SegmentSentRecord | null {
    const list = this.announced.get(host) ?? [];
    const index = list.findIndex(
      (record) =>
        record.seq >>> 0 === row.seqAbsolute &&
        record.flags === flagBits &&
        record.payloadLength === row.length &&
        connectionOf(record) === row.connection,
    );
    return index < 0 ? null : (list.splice(index, 1)[0] ?? null);
  }

  private statusOf(frame: SentFrame, to: string, nowUs: number): PacketStatus {
    const arrivals = frame.arrivals.filter((arrival) => to === '*' || arrival.host === to);
    const delayUs = this.setting.delaysUs.get(frame.link) ?? Number.POSITIVE_INFINITY;
    const first = arrivals[0];
    if (first === undefined) return nowUs - frame.timeUs < delayUs ? 'in-flight' : 'dropped';
    if (!first.isTaken) return 'dropped';
    if (first.change === 'corrupted') return 'corrupted';
    if (to !== '*' && arrivals.length > 1) return 'duplicated';
    return first.timeUs - frame.timeUs > delayUs + 1000 ? 'delayed' : 'delivered';
  }
}

function connectionOf(record: StateChangeRecord | SegmentSentRecord | TimeoutRecord): string {
  return `${record.localAddress}:${record.localPort}>${record.remoteAddress}:${record.remotePort}`;
}

function isNever(): boolean {
  return false;
}

function reverse(connection: string): string {
  const [source = '', destination = ''] = connection.split('>');
  return `${destination}>${source}`;
}
