/**
 * The other end of a connection: what it has sent and received, and its segments as a script writes them. It is a whole TCP's memory without a TCP's
 * decisions: when to send what is drawn elsewhere.
 */
import { type Range, Ranges } from './ranges.ts';

/** What both ends have agreed on, and what the peer is like. */
export interface PeerTraits {
  hasTimestamps: boolean;
  hasSack: boolean;
  /** Of the windows the peer offers. */
  shift: number;
  /** Of those the stack offers. */
  stackShift: number;
  mss: number;
}

/** How it speaks of congestion. */
export interface PeerEcn {
  /** A segment of the stack's arrives. */
  arrive(length: number, flags: number): void;
  /** Behind the flags of its next segment, with so many octets of text. */
  suffix(length: number): string;
  /** The ECN field of that segment. */
  drawField(length: number): string;
  /** Its options. */
  drawOption(): string[];
}

const OPTIONS_MAX = 40;
const ACC_ECN_LENGTH = 12;

function sackLength(blocks: readonly Range[]): number {
  return blocks.length === 0 ? 0 : 4 + 8 * blocks.length;
}

/** SACK blocks beside timestamps, and without. */
const BLOCKS_MAX = { timestamps: 3, plain: 4 } as const;

export class Peer {
  readonly traits: PeerTraits = { hasTimestamps: false, hasSack: false, shift: 0, stackShift: 0, mss: 1460 };
  /** First number that was not sent yet. */
  nxt = 1;
  /** First number that the stack has not acknowledged. */
  una = 1;
  /** Right edge of the window the stack offers. */
  edge = 1;
  hasSentFin = false;
  /** What has come from the stack. */
  readonly received = new Ranges(1);
  /** Where the stack's numbers end so far. */
  stackNxt = 1;
  /** Number of the stack's FIN; -1 none. */
  stackFin = -1;
  /** What the stack has said it takes at most. */
  pathMss = 1460;
  /** Octets it offers. */
  window = 32_000;
  /** The stack's timestamp it echoes. */
  echo = 0;
  /** Stretches of its own that it has sent, and that may go again. */
  readonly log: { readonly start: number; readonly length: number; readonly isFin: boolean }[] = [];
  /** Null: it knows nothing of it. */
  ecn: PeerEcn | null = null;
  /** To be told as a D-SACK with the next acknowledgment. */
  double: Range | null = null;

  /** Octets the stack would still take. */
  get room(): number {
    return Math.max(0, this.edge - this.nxt);
  }

  /** A segment as a script writes it. `seq` is where it starts, `length` its text. */
  segment(nowUs: number, part: SegmentPart): string {
    const { traits } = this;
    const window = Math.min(65_535, Math.floor((part.window ?? this.window) / 2 ** traits.shift));
    const list: string[] = [];
    const blocks = part.blocks ?? [];
    if (traits.hasTimestamps && !part.bareOptions) {
      list.push('nop', 'nop', `TS val ${part.stamp ?? this.stamp(nowUs)} ecr ${part.echo ?? this.echo}`);
    }
    if (blocks.length > 0) list.push('nop', 'nop', `sack ${blocks.map(([from, to]) => `${from}:${to}`).join(' ')}`);
    const hasRoom =
      OPTIONS_MAX - (list.length > 0 && list[0] === 'nop' && traits.hasTimestamps ? 12 : 0) - sackLength(blocks) >=
      ACC_ECN_LENGTH;
    const speaks = this.ecn !== null && !part.flags.includes('R');
    if (this.ecn !== null && speaks && hasRoom) list.push(...this.ecn.drawOption());
    const options = list.length === 0 ? '' : ` <${list.join(',')}>`;
    const ack = part.flags.includes('.') ? ` ack ${part.ack ?? this.received.next}` : '';
    const field = part.mark ?? (this.ecn !== null && speaks ? this.ecn.drawField(part.length) : undefined);
    const mark = field === undefined ? '' : `[${field}] `;
    const ace = this.ecn !== null && speaks && part.flags.includes('.') ? this.ecn.suffix(part.length) : '';
    const urgent = part.urgent === undefined ? '' : ` urg ${part.urgent}`;
    const { seq, length } = part;
    return `${mark}${part.flags}${ace} ${seq}:${seq + length}(${length})${ack} win ${window}${urgent}${options}`;
  }

  /** Octets of text that fit into a segment of the peer, beside its options. */
  get most(): number {
    const blocks = this.traits.hasSack ? Math.min(BLOCKS_MAX.timestamps, this.received.early.length + 1) : 0;
    return this.pathMss - (this.traits.hasTimestamps ? 12 : 0) - (this.received.early.length > 0 ? 4 + 8 * blocks : 0);
  }

  stamp(nowUs: number): number {
    return 5000 + Math.floor(nowUs / 1000);
  }

  /** An acknowledgment of what has come, with SACK blocks as a receiver has them. */
  acknowledgment(nowUs: number, changes: Partial<SegmentPart> = {}): string {
    return this.segment(nowUs, { flags: '.', seq: this.nxt, length: 0, blocks: this.blocks(), ...changes });
  }

  blocks(): Range[] {
    if (!this.traits.hasSack) return [];
    const most = this.traits.hasTimestamps ? BLOCKS_MAX.timestamps : BLOCKS_MAX.plain;
    const { double } = this;
    this.double = null;
    const blocks = this.received.blocks(double === null ? most : most - 1);
    return double === null ? blocks : [double, ...blocks];
  }

  /** Text or a FIN arrives. */
  arrive(seq: number, length: number, isFin: boolean, timestamp: number | null): void {
    const isNext = seq <= this.received.next;
    this.double = this.received.add(seq, seq + length + (isFin ? 1 : 0)) ?? this.double;
    if (timestamp !== null && isNext) this.echo = Math.max(this.echo, timestamp);
  }
}

export interface SegmentPart {
  /** `.`, `P.`, `F.`, `R`, `R.`. */
  readonly flags: string;
  readonly seq: number;
  readonly length: number;
  readonly ack?: number;
  /** Octets, not scaled. */
  readonly window?: number;
  readonly blocks?: readonly Range[];
  readonly stamp?: number;
  readonly echo?: number;
  /** The urgent pointer. */
  readonly urgent?: number;
  /** Without timestamps, agreed or not. */
  readonly bareOptions?: boolean;
  /** `ect0`, `ce`. */
  readonly mark?: string;
}
