/**
 * The ladder of a real wire, drawn while packets pass: what goes in and out at the device, with the states and reasons our
 * stack tells its observer. Of the kernel's end nothing is known but its packets. Long transfers are summed up.
 */

import type { LinkMedium } from '../base/link-capabilities.ts';
import type { Observer, ObserverRecord, StateChangeRecord } from '../base/observer.ts';
import type { Slot } from '../base/slot.ts';
import type { StatePair } from '../scenes/index.ts';
import { type PacketFacts, PacketReader } from '../scenes/ladder-packet.ts';
import { type Draft, draft } from '../scenes/ladder-row.ts';
import { narrate } from '../scenes/narrator.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { LadderView } from './ladder-view.ts';
import type { Screen } from './screen.ts';
import type { PacketWatcher } from './tun-host.ts';

/** How to draw. */
export interface LiveLadderOptions {
  /** Draw every segment, however many. */
  readonly showsAll: boolean;
  /** Our role; the other end is the kernel. Default `server`. */
  readonly ownName?: 'client' | 'server';
}

/** Plain data and ACKs beyond this many in a second are counted instead of drawn. */
const ROWS_PER_SECOND = 24;
const SUMMARY_MS = 400;
/** The reader keeps what it needs of each connection: it starts anew after so many. */
const CONNECTIONS_MAX = 2000;

export class LiveLadder implements PacketWatcher, Observer {
  readonly seesWire = true;
  private readonly screen: Screen;
  private readonly showsAll: boolean;
  private readonly own: 'client' | 'server';
  private readonly view: LadderView;
  private reader = new PacketReader();
  private connections = 0;
  private isStarted = false;
  /** The packet that is being taken in: records of the observer tell what it did. */
  private current: Draft | null = null;
  private isScheduled = false;
  private reason: string | null = null;
  /** Our end of each connection, `local>remote`: its state, and the one last shown. */
  private readonly states = new Map<string, { now: string; shown: string }>();
  /** The last segment of each direction of a connection, its SYN apart. */
  private readonly last = new Map<string, Draft>();
  private lastConnection = '';
  private windowStartUs = 0;
  private windowRows = 0;
  private readonly skipped = { segments: 0, bytes: 0, fromUs: 0, toUs: 0 };
  private summaryTimer: NodeJS.Timeout | null = null;

  constructor(screen: Screen, options: LiveLadderOptions) {
    this.screen = screen;
    this.showsAll = options.showsAll;
    this.own = options.ownName ?? 'server';
    this.view = new LadderView(screen, ['client', 'server'], this.titles());
  }

  /** Prints the head; nothing is drawn before. */
  start(): void {
    this.isStarted = true;
    this.screen.lines(this.view.header());
  }

  /** Draws what is still held back. */
  stop(): void {
    this.flush();
    this.summarize();
    this.isStarted = false;
  }

  packetSeen(direction: 'in' | 'out', timeUs: number, slot: Slot, medium: LinkMedium): void {
    this.flush();
    const start = slot.offset + (medium === 'ethernet' ? ETHERNET_HEADER_LENGTH : 0);
    const bytes = slot.memory.u8.slice(start, slot.offset + slot.length);
    // Address resolution: nothing of this ladder's.
    if (medium === 'ethernet' && !isIp(slot)) return;
    if (!this.showsAll && isKernelChatter(bytes)) return;
    const facts = this.reader.read(bytes, 'ip');
    if (facts.protocol === 'tcp' && facts.shown.flags === 'SYN') this.countConnection();
    const isOurs = direction === 'out';
    const row = rowOf(facts, timeUs, isOurs ? this.own : this.other(), isOurs ? this.other() : this.own);
    const state = this.states.get(isOurs ? `${row.source}>${row.destination}` : `${row.destination}>${row.source}`);
    const pair = state === undefined ? null : { before: state.shown, after: state.now };
    if (isOurs) {
      row.reason = this.reason;
      row.fromState = pair;
      this.reason = null;
    } else row.toState = pair;
    if (state !== undefined) state.shown = state.now;
    this.compare(row);
    this.current = row;
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  observe(record: ObserverRecord): void {
    switch (record.kind) {
      case 'state':
        this.stateChanged(record);
        break;
      case 'segment-sent':
        this.reason = record.reason;
        break;
      case 'drop':
        if (this.current !== null && this.current.from !== this.own) this.current.dropReason ??= record.reason;
        break;
      default:
        break;
    }
  }

  /** With what the same end sent before. */
  private compare(row: Draft): void {
    const { connection, flags } = row;
    if (row.protocol !== 'tcp') return;
    const last = this.last.get(connection);
    row.isFirst = last === undefined && !flags.includes('SYN');
    row.isSameAck =
      last !== undefined &&
      flags === 'ACK' &&
      row.length === 0 &&
      last.ackAbsolute === row.ackAbsolute &&
      last.seqAbsolute === row.seqAbsolute &&
      last.window === row.window;
    if (flags.includes('SYN')) this.last.delete(connection);
    else this.last.set(connection, row);
    if (this.last.size > 2 * CONNECTIONS_MAX) this.last.clear();
  }

  private stateChanged(record: StateChangeRecord): void {
    const { current } = this;
    const local = `${record.localAddress}:${record.localPort}`;
    const remote = `${record.remoteAddress}:${record.remotePort}`;
    const key = `${local}>${remote}`;
    const known = this.states.get(key);
    const isOfArrival = current !== null && current.source === remote && current.destination === local;
    const isByArrival = isOfArrival && (record.cause === 'segment' || record.cause === 'reset');
    if (isByArrival) {
      const former = record.to === 'SYN-RECEIVED' && record.from === 'CLOSED' ? 'LISTEN' : record.from;
      current.toState = { before: current.toState?.before ?? former, after: record.to };
    } else if (record.from === 'TIME-WAIT') this.timeWaitOver(record);
    if (record.to === 'CLOSED') this.states.delete(key);
    else this.states.set(key, { now: record.to, shown: isByArrival ? record.to : (known?.shown ?? record.from) });
  }

  private timeWaitOver(record: StateChangeRecord): void {
    this.flush();
    const pair: StatePair = { before: record.from, after: record.to };
    const { timeUs, cause } = record;
    this.draw(draft({ kind: 'state', timeUs, from: this.own, fromState: pair, cause }));
  }

  private flush(): void {
    const row = this.current;
    this.current = null;
    if (row !== null && this.isStarted) this.draw(row);
  }

  private draw(row: Draft): void {
    if (!this.isStarted) return;
    if (this.isTooMuch(row)) {
      if (this.skipped.segments === 0) this.skipped.fromUs = row.timeUs;
      this.skipped.segments++;
      this.skipped.bytes += row.length ?? 0;
      this.skipped.toUs = row.timeUs;
      this.summaryTimer ??= setTimeout(() => this.summarize(), SUMMARY_MS).unref();
      return;
    }
    this.summarize();
    this.nameConnection(row);
    this.screen.lines(this.view.row({ ...row, say: narrate(row) }));
  }

  /** Rows that tell nothing new, when there are many of them. */
  private isTooMuch(row: Draft): boolean {
    if (this.showsAll) return false;
    if (row.timeUs - this.windowStartUs > 1_000_000) {
      this.windowStartUs = row.timeUs;
      this.windowRows = 0;
    }
    this.windowRows++;
    const isPlain =
      row.protocol === 'tcp' && !/SYN|FIN|RST/.test(row.flags) && !row.isRepeat && row.dropReason === null;
    const isChange = isStep(row.fromState) || isStep(row.toState);
    return isPlain && !isChange && this.windowRows > ROWS_PER_SECOND;
  }

  private summarize(): void {
    if (this.summaryTimer !== null) clearTimeout(this.summaryTimer);
    this.summaryTimer = null;
    const { segments, bytes, fromUs, toUs } = this.skipped;
    if (segments === 0) return;
    this.skipped.segments = this.skipped.bytes = 0;
    const ms = ((toUs - fromUs) / 1000).toFixed(1);
    const text = this.screen.say({
      en: `⋮ ${segments} more segment${segments === 1 ? '' : 's'} with ${bytes} bytes in ${ms} ms (--all draws them)`,
      zh: `⋮ 另有 ${segments} 个报文段，共 ${bytes} 字节，用时 ${ms} 毫秒（--all 全部画出）`,
    });
    this.screen.line(`${' '.repeat(11)}${this.screen.colors.dim(text)}`);
  }

  /** Where another connection goes on, its ends are named. */
  private nameConnection(row: Draft): void {
    if (row.protocol !== 'tcp') return;
    const isReversed = row.from === 'server';
    const connection = isReversed ? `${row.destination} ↔ ${row.source}` : `${row.source} ↔ ${row.destination}`;
    if (connection === this.lastConnection) return;
    this.lastConnection = connection;
    this.view.forgetStates();
    this.screen.line(`${' '.repeat(11)}${this.screen.colors.cyan(`── ${connection} ──`)}`);
  }

  private countConnection(): void {
    if (++this.connections <= CONNECTIONS_MAX) return;
    this.connections = 0;
    this.reader = new PacketReader();
  }

  private other(): 'client' | 'server' {
    return this.own === 'server' ? 'client' : 'server';
  }

  private titles(): string[] {
    const kernel = this.screen.say({ en: 'kernel', zh: '内核' });
    return this.own === 'server' ? [kernel, 'woshou'] : ['woshou', kernel];
  }
}

function isStep(pair: StatePair | null): boolean {
  return pair !== null && pair.before !== pair.after;
}

/** A row as far as the packet itself tells it. */
function rowOf(facts: PacketFacts, timeUs: number, from: string, to: string): Draft {
  const row = draft({
    kind: 'segment',
    timeUs,
    from,
    to,
    arrivedUs: timeUs,
    ...facts.shown,
    status: 'delivered',
    medium: 'ip',
  });
  row.connection = `${row.source}>${row.destination}`;
  row.wasActive = from === 'client';
  return row;
}

function isIp(slot: Slot): boolean {
  const etherType = slot.memory.view.getUint16(slot.offset + ETHERNET_HEADER_LENGTH - 2);
  return etherType === 0x0800 || etherType === 0x86dd;
}

/** What a kernel says to any new interface: router solicitations, multicast listener reports, names by multicast. */
function isKernelChatter(packet: Uint8Array): boolean {
  const isV6 = (packet[0] ?? 0) >>> 4 === 6;
  return isV6 ? packet[24] === 0xff : ((packet[16] ?? 0) & 0xf0) === 0xe0;
}
