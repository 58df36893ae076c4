/**
 * A capture brought in: its TCP connections as ladders, with states concluded from the packets. Any file may be given;
 * what cannot be read is told, what can be read of a broken one is shown.
 */

import type { LinkMedium } from '../../../src/base/link-capabilities.ts';
import { type CapturedPacket, LinkType, readCapture } from '../../../src/capture/index.ts';
import { type PacketFacts, PacketReader } from '../../../src/scenes/ladder-packet.ts';
import { draft } from '../../../src/scenes/ladder-row.ts';
import { narrate } from '../../../src/scenes/narrator.ts';
import type { Text } from '../../../src/scenes/text.ts';
import type { TcpStateName } from '../../../src/tcp/state.ts';
import { TcpFlag } from '../../../src/wire/tcp-segment.ts';
import { InferredStates } from './inferred-states.ts';
import type { RowView } from './row-keeper.ts';

/** One connection of a file. */
export interface CapturedConnection {
  /** `10.0.0.1:40000`; the first one sent the first segment. */
  readonly ends: readonly [string, string];
  readonly rows: readonly RowView[];
  /** States after each row. */
  readonly states: readonly (readonly [TcpStateName, TcpStateName])[];
  /** Microseconds since 1970 of the first packet. */
  readonly startUs: number;
  /** The recording began when the connection was there already. */
  readonly isPartial: boolean;
  /** Packets beyond those shown. */
  readonly more: number;
}

export interface CaptureView {
  readonly format: 'pcap' | 'pcapng' | 'unknown';
  readonly packets: number;
  readonly connections: readonly CapturedConnection[];
  /** Packets that belong to no TCP connection. */
  readonly others: number;
  /** Connections beyond those shown. */
  readonly more: number;
  /** Where and why reading stopped, null when it did not. */
  readonly error: { readonly offset: number; readonly message: string } | null;
  readonly frames: readonly (readonly Uint8Array[])[];
  readonly mediums: readonly LinkMedium[];
}

const CONNECTIONS_MAX = 100;
const ROWS_MAX = 1500;

export const HOSTS = ['client', 'server'] as const;

/** Reads a pcap or pcapng file. Never throws on what is in it. */
export function viewCapture(bytes: Uint8Array): CaptureView {
  const file = readCapture(bytes);
  const sorter = new ConnectionSorter();
  for (const packet of file.packets) {
    const linkType = file.interfaces[packet.interfaceId]?.linkType ?? -1;
    const bytes = packet.bytes.subarray(BEFORE_IP.get(linkType) ?? 0);
    const medium = mediumOf(linkType, bytes);
    if (medium === null) sorter.others++;
    else sorter.take({ ...packet, bytes }, medium);
  }
  return {
    format: file.format,
    packets: file.packets.length,
    connections: sorter.found.map((one) => one.view()),
    frames: sorter.found.map((one) => one.frames),
    mediums: sorter.found.map((one) => one.medium),
    others: sorter.others,
    more: sorter.more,
    error: file.error,
  };
}

/** Headers of a recording's own, which say nothing that a packet does not. */
const BEFORE_IP: ReadonlyMap<number, number> = new Map([
  [LinkType.nullLoopback, 4],
  [LinkType.linuxCooked, 16],
]);

function mediumOf(linkType: number, bytes: Uint8Array): LinkMedium | null {
  if (linkType === LinkType.ethernet) return 'ethernet';
  const version = (bytes[0] ?? 0) >>> 4;
  return version === 4 || version === 6 ? 'ip' : null;
}

class ConnectionSorter {
  others = 0;
  more = 0;
  readonly found: Conversation[] = [];
  private readonly byEnds = new Map<string, Conversation | null>();
  private readonly reader = new PacketReader();

  take(packet: CapturedPacket, medium: LinkMedium): void {
    const facts = this.reader.read(packet.bytes, medium);
    if (facts.protocol !== 'tcp') {
      this.others++;
      return;
    }
    const { source, destination } = facts.shown;
    const key = [source, destination].sort().join(' ');
    let known = this.byEnds.get(key);
    const isSyn = (facts.flagBits & TcpFlag.syn) !== 0 && (facts.flagBits & TcpFlag.ack) === 0;
    // The same ports again, after an end: another connection.
    if (known === undefined || (isSyn && known?.isOver === true)) {
      const hasRoom = this.found.length < CONNECTIONS_MAX;
      known = hasRoom ? new Conversation([source, destination], isSyn, packet.timeUs, medium) : null;
      if (known === null) this.more++;
      else this.found.push(known);
      this.byEnds.set(key, known);
    }
    known?.take(packet, facts);
  }
}

class Conversation {
  readonly frames: Uint8Array[] = [];
  readonly medium: LinkMedium;
  private readonly ends: readonly [string, string];
  private readonly startUs: number;
  private readonly isPartial: boolean;
  private readonly rows: RowView[] = [];
  private readonly states: (readonly [TcpStateName, TcpStateName])[] = [];
  private readonly inferred: InferredStates;
  private more = 0;

  constructor(ends: readonly [string, string], isFromBeginning: boolean, startUs: number, medium: LinkMedium) {
    this.ends = ends;
    this.startUs = Number.isNaN(startUs) ? 0 : startUs;
    this.isPartial = !isFromBeginning;
    this.medium = medium;
    this.inferred = new InferredStates(isFromBeginning);
  }

  get isOver(): boolean {
    return this.inferred.states.some((state) => state === 'CLOSED' || state === 'TIME-WAIT');
  }

  take(packet: CapturedPacket, facts: PacketFacts): void {
    if (this.rows.length >= ROWS_MAX) {
      this.more++;
      return;
    }
    const from = facts.shown.source === this.ends[0] ? 0 : 1;
    const before = this.inferred.states;
    const { seqAbsolute, ackAbsolute, length } = facts.shown;
    const has = (bit: number): boolean => (facts.flagBits & bit) !== 0;
    this.inferred.take(from, {
      isSyn: has(TcpFlag.syn),
      isAck: has(TcpFlag.ack),
      isFin: has(TcpFlag.fin),
      isRst: has(TcpFlag.rst),
      seq: seqAbsolute ?? 0,
      ack: ackAbsolute ?? 0,
      length: length ?? 0,
    });
    const after = this.inferred.states;
    const to = from === 0 ? 1 : 0;
    const timeUs = Number.isNaN(packet.timeUs) ? 0 : Math.max(0, packet.timeUs - this.startUs);
    const number = this.rows.length;
    const { wasActive, isFirst, isSameAck, connection, arrivedAs, sent, isMerged, frame, ...row } = draft({
      ...facts.shown,
      kind: 'segment',
      timeUs,
      from: HOSTS[from],
      to: HOSTS[to],
      arrivedUs: timeUs,
      status: 'delivered',
      fromState: { before: before[from], after: after[from] },
      toState: { before: before[to], after: after[to] },
    });
    const say: Text = narrate({ ...row, frame: null, wasActive: from === 0, isFirst: number === 2, isSameAck });
    this.frames.push(packet.bytes);
    this.states.push(after);
    this.rows.push({
      ...row,
      say,
      number,
      entry: number,
      packet: -1,
      link: '',
      arrivals: [{ timeUs, host: HOSTS[to], entry: number, isTaken: true }],
    });
  }

  view(): CapturedConnection {
    const { ends, rows, states, startUs, isPartial, more } = this;
    return { ends, rows, states, startUs, isPartial, more };
  }
}
