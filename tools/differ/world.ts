/**
 * A script while it is drawn: our stack in virtual time, its program, its peer, and what both will do next. Everything done to the stack becomes an
 * input of the plan. The peer reacts to what our stack sends; where the kernel sends something else, the first such difference is what is looked for.
 */

import type { Subject, Surroundings } from '../../src/drill/subject.ts';
import { TcpFlag } from '../../src/wire/tcp-segment.ts';
import type { Dice, Weighted } from './dice.ts';
import { Peer } from './peer.ts';
import type { Input, Plan } from './plan.ts';
import { Recorder, type Sent } from './recorder.ts';

/** What the path does to times: nothing, it lets a segment be overtaken now and then, or a queue grows with each burst. */
export type Lateness = 'none' | 'swaps' | 'rising';

/** How the peer and the path behave, drawn once per script. */
export interface Manners {
  readonly roundTripUs: number;
  /** Of a hundred segments of the stack's, and of the peer's. */
  readonly lossPercent: number;
  readonly peerLossPercent: number;
  readonly lateness?: Lateness;
  /** One acknowledgment for each segment, for two, for what came at once, later, or none. */
  readonly acknowledges: 'each' | 'pairs' | 'last' | 'later' | 'never';
  /** Of a hundred steps, how many look at the figures. */
  readonly probePercent: number;
  /** Milliseconds between two steps. */
  readonly pausesMs: Weighted<number>;
}

interface Scheduled {
  readonly atUs: number;
  readonly run: () => void;
}

/** Inputs keep away from what the stack does by itself: on the kernel's clock either could be first. */
const APART_US = 16_000;
/** Of longer timers the kernel makes less of a moment: it rounds them up to a tick of its wheel. */
const APART_FROM_TIMERS: readonly (readonly [longerThanUs: number, apartUs: number])[] = [
  [1_900_000, 290_000],
  [240_000, 45_000],
];
/** What goes again takes longer than any round trip before: the kernel believes it only then, and its clock is not exact. */
const SLOWER_US = 2000;
const LATE_ACK_US = 40_000;
const ACKS_MAX = 12;
/** No connection of a script gets so far. */
const FARTHEST = 2 ** 28;
/** By so much a queue grows with each burst, up to so much. */
const RISE_US = 4000;
const RISE_MAX_US = 40_000;

export class World {
  readonly dice: Dice;
  readonly manners: Manners;
  /** Of the connection that the script is at. */
  peer = new Peer();
  readonly recorder: Recorder;
  readonly inputs: Input[] = [];
  /** Descriptor of the connection; -1 while there is none, or none any more. */
  fd = -1;
  /** There is a connection, or there was one. */
  isOpen = true;
  /** The connection has been reset, by either side. */
  isReset = false;
  private readonly options: readonly string[];
  private readonly queue: Scheduled[] = [];
  private seen = 0;
  private lastInputUs = 0;
  private isOwedLate = false;
  private queuedUs = 0;

  /** The script goes on with another connection. */
  beginAnew(): void {
    this.peer = new Peer();
    this.fd = -1;
    this.isReset = false;
    this.isOwedLate = false;
    this.queue.length = 0;
    this.seen = this.recorder.sent.length;
  }

  constructor(
    dice: Dice,
    manners: Manners,
    plan: Pick<Plan, 'options' | 'command'>,
    makeSubject: (surroundings: Surroundings) => Subject,
  ) {
    this.dice = dice;
    this.manners = manners;
    this.options = plan.options;
    this.recorder = new Recorder(plan, makeSubject);
  }

  get isV6(): boolean {
    return this.options.includes('--ip_version=ipv6');
  }

  /** Whole milliseconds. */
  get nowUs(): number {
    return Math.ceil(this.recorder.nowUs / 1000) * 1000;
  }

  // --- inputs ---

  /** The result; null while the call sleeps, or another one does. */
  call(text: string): number | null {
    if (this.recorder.isAsleep) return null;
    const atUs = this.beginInput();
    const call = this.recorder.call(atUs, text);
    this.inputs.push({ atUs, kind: 'call', text });
    return call.isDone ? Number.parseInt(call.text, 10) : null;
  }

  packet(text: string): void {
    const atUs = this.beginInput();
    this.recorder.packet(atUs, text);
    this.inputs.push({ atUs, kind: 'packet', text });
  }

  probe(): void {
    if (this.fd < 0 || this.isReset) return;
    this.inputs.push({ atUs: this.beginInput(), kind: 'probe', text: '' });
  }

  private beginInput(): number {
    const { recorder } = this;
    recorder.advance(this.nowUs);
    for (let freeUs = this.freeUs(); recorder.nowUs < freeUs; freeUs = this.freeUs())
      recorder.advance(Math.ceil(freeUs / 1000) * 1000);
    this.lastInputUs = this.nowUs;
    return this.nowUs;
  }

  /** When inputs are far enough behind what the stack has done by itself. */
  private freeUs(): number {
    const { sent } = this.recorder;
    const last = sent.at(-1)?.atUs ?? Number.NEGATIVE_INFINITY;
    if (last - this.lastInputUs < 1) return 0;
    const before = sent.at(-2)?.atUs ?? 0;
    return last + (APART_FROM_TIMERS.find(([longerThanUs]) => last - before > longerThanUs)?.[1] ?? APART_US);
  }

  // --- time ---

  schedule(delayUs: number, run: () => void): void {
    const atUs = this.nowUs + delayUs;
    const index = this.queue.findIndex((other) => other.atUs > atUs);
    this.queue.splice(index < 0 ? this.queue.length : index, 0, { atUs, run });
  }

  pass(durationUs: number): void {
    const untilUs = this.nowUs + durationUs;
    for (;;) {
      this.notice();
      const [head] = this.queue;
      const nextUs = Math.min(untilUs, head?.atUs ?? Number.POSITIVE_INFINITY);
      if (this.recorder.nowUs < nextUs) {
        this.recorder.advance(nextUs, true);
        continue;
      }
      if (head === undefined || head.atUs > this.recorder.nowUs) {
        if (this.recorder.nowUs >= untilUs) return;
        continue;
      }
      this.queue.shift();
      head.run();
    }
  }

  /** Whether what the stack did by itself came so soon behind an input that the kernel's clock could turn them round. */
  get isTight(): boolean {
    return this.recorder.sent.some(({ atUs }) => {
      const before = this.inputs.filter((input) => input.atUs <= atUs).at(-1)?.atUs ?? 0;
      return atUs - before > 0 && atUs - before < APART_US;
    });
  }

  /** Whether a RST that answers nobody's number was sent: of a connection that is forgotten its 0 is another number each time. */
  get isNameless(): boolean {
    const reset = TcpFlag.rst | TcpFlag.ack;
    return this.recorder.sent.some(({ flags, seq }) => (flags & reset) === reset && seq > FARTHEST);
  }

  // --- the peer's reactions ---

  private notice(): void {
    const fresh = this.recorder.sent.slice(this.seen);
    this.seen = this.recorder.sent.length;
    const bunches = new Map<number, Sent[]>();
    const slow = new Set<number>();
    for (const sent of fresh) {
      if (sent.seq < this.peer.stackNxt) slow.add(sent.atUs);
      this.learn(sent);
      if (sent.length === 0 && (sent.flags & TcpFlag.fin) === 0) continue;
      if (sent.flags & (TcpFlag.syn | TcpFlag.rst) || this.dice.percent(this.manners.lossPercent)) continue;
      bunches.set(sent.atUs, [...(bunches.get(sent.atUs) ?? []), sent]);
    }
    for (const [atUs, bunch] of bunches) {
      this.schedule(this.manners.roundTripUs + (slow.has(atUs) ? SLOWER_US : 0) + this.queueUs(), () =>
        this.deliver(this.inOrderOfArrival(bunch)),
      );
    }
  }

  private queueUs(): number {
    if (this.manners.lateness !== 'rising') return 0;
    this.queuedUs = this.dice.percent(20) ? 0 : Math.min(this.queuedUs + RISE_US, RISE_MAX_US);
    return this.queuedUs;
  }

  /** Now and then one comes behind some that left later. */
  private inOrderOfArrival(bunch: readonly Sent[]): readonly Sent[] {
    if (this.manners.lateness !== 'swaps' || bunch.length < 2 || !this.dice.percent(30)) return bunch;
    const late = this.dice.between(0, bunch.length - 2);
    const behind = this.dice.between(late + 1, bunch.length - 1);
    const order = [...bunch];
    order.splice(behind, 0, ...order.splice(late, 1));
    return order;
  }

  private learn({ flags, seq, length, ack, window, mss, windowShift, timestamp }: Sent): void {
    const { peer } = this;
    if (flags & TcpFlag.rst) {
      this.isReset = true;
      return;
    }
    if (flags & TcpFlag.syn) {
      peer.traits.stackShift = windowShift ?? 0;
      peer.pathMss = mss ?? 536;
      if (timestamp !== null) peer.echo = timestamp;
      peer.edge = 1 + window;
      return;
    }
    peer.una = Math.max(peer.una, ack);
    peer.edge = Math.max(peer.edge, ack + window * 2 ** peer.traits.stackShift);
    peer.stackNxt = Math.max(peer.stackNxt, seq + length + (flags & TcpFlag.fin ? 1 : 0));
    if (flags & TcpFlag.fin) peer.stackFin = seq + length;
  }

  private deliver(bunch: readonly Sent[]): void {
    const { peer, manners } = this;
    let owed = 0;
    let acks = 0;
    for (const { seq, length, flags, timestamp } of bunch) {
      const isEarly = seq > peer.received.next;
      peer.arrive(seq, length, (flags & TcpFlag.fin) !== 0, timestamp);
      peer.ecn?.arrive(length, flags);
      owed++;
      if (manners.acknowledges === 'never' || this.isReset || acks >= ACKS_MAX) continue;
      const isDue = isEarly || manners.acknowledges === 'each' || (manners.acknowledges === 'pairs' && owed >= 2);
      if (!isDue) continue;
      this.acknowledge();
      owed = 0;
      acks++;
    }
    if (owed === 0 || this.isReset || manners.acknowledges === 'never') return;
    if (manners.acknowledges === 'later' || manners.acknowledges === 'pairs') this.acknowledgeLater();
    else this.acknowledge();
  }

  acknowledge(): void {
    this.isOwedLate = false;
    this.packet(this.peer.acknowledgment(this.nowUs));
  }

  private acknowledgeLater(): void {
    if (this.isOwedLate) return;
    this.isOwedLate = true;
    this.schedule(LATE_ACK_US, () => {
      if (this.isOwedLate && !this.isReset) this.acknowledge();
    });
  }
}
