/**
 * Which local port an active open gets (RFC 6056 section 3.3.3): a keyed hash of the addresses gives the place to start, a counter moves
 * on, so that ports are not predictable and rarely reused soon. Where most ports towards one peer are taken, trying one after the
 * other would be a walk: from then on a map of them is kept, in which the next free one is found in constant time.
 */

import type { TcpSettings } from '../tcp/settings.ts';
import { SlotOrder } from '../tcp/tcb/slot-order.ts';

/** Says whether a local port may be used for one particular peer. */
export interface PortProbe {
  isFree(port: number): boolean;
  /** Since when a TIME-WAIT record holds the port, the clock's seconds; -1: none does. */
  waitingSinceS(port: number): number;
}

/** Ports tried before a map is made: with nine of ten taken that happens to one open in thirty. */
const TRIES = 32;
/** Peers for which a map is kept; more are served by walking. */
const CROWDS_MAX = 1024;

/** Chooses ephemeral ports. */
export class EphemeralPorts {
  private readonly next = new Int32Array(64);
  /** By the hash of addresses and remote port. */
  private readonly crowds = new Map<number, PortCrowd>();

  /** Nobody has to tell of connections that come and go. */
  get isQuiet(): boolean {
    return this.crowds.size === 0;
  }

  /**
   * A port for which `isFree` says yes, or -1 when the whole range is taken.
   * @param tupleHash keyed hash of the addresses and the remote port
   */
  choose(settings: TcpSettings, tupleHash: number, probe: PortProbe): number {
    const first = settings.ip_local_port_first;
    const count = settings.ip_local_port_last - first + 1;
    const cell = (tupleHash >>> 26) & 63;
    const start = (tupleHash & 0x3ffffff) % count;
    const known = this.crowds.get(tupleHash);
    if (known?.fits(first, count)) return known.choose((start + this.step(cell)) % count, probe);
    const mayGiveUp = this.crowds.size < CROWDS_MAX;
    for (let attempt = 0; attempt < (mayGiveUp ? Math.min(TRIES, count) : count); attempt++) {
      const port = first + ((start + this.step(cell)) % count);
      if (probe.isFree(port)) return port;
    }
    if (!mayGiveUp) return -1;
    const crowd = new PortCrowd(first, count, probe);
    this.crowds.set(tupleHash, crowd);
    return crowd.choose((start + this.step(cell)) % count, probe);
  }

  /** A connection, or a record of one, has this port now. */
  taken(tupleHash: number, port: number): void {
    this.crowds.get(tupleHash)?.take(port);
  }

  /** It has become a TIME-WAIT record, which may have to give way before it ends. */
  waits(tupleHash: number, port: number, probe: PortProbe): void {
    this.crowds.get(tupleHash)?.wait(port, probe);
  }

  /** Nothing has the port any more. */
  released(tupleHash: number, port: number): void {
    const crowd = this.crowds.get(tupleHash);
    crowd?.release(port);
    if (crowd?.isSparse) this.crowds.delete(tupleHash);
  }

  /** Ports that listeners kept may be free now. */
  forget(): void {
    this.crowds.clear();
  }

  private step(cell: number): number {
    const step = this.next[cell]!;
    this.next[cell] = (step + 1) | 0;
    return step >>> 0;
  }
}

/** The ports of the range towards one peer: a bit for each that is taken, and a bit for each word of these that is full. */
class PortCrowd {
  private readonly first: number;
  private readonly count: number;
  private readonly taken: Int32Array;
  private readonly full: Int32Array;
  private used = 0;
  /** Ports that went to TIME-WAIT, in that order; some have gone on since. */
  private readonly waiting = new SlotOrder(64);

  constructor(first: number, count: number, probe: PortProbe) {
    this.first = first;
    this.count = count;
    const words = (count + 31) >> 5;
    this.taken = new Int32Array(words);
    this.full = new Int32Array((words + 31) >> 5);
    // What lies beyond the range is never free.
    for (let index = count; index < words * 32; index++) this.mark(index);
    for (let index = words; index < this.full.length * 32; index++) this.full[index >> 5]! |= 1 << (index & 31);
    const waiting: [port: number, sinceS: number][] = [];
    for (let port = first; port < first + count; port++) {
      if (probe.isFree(port)) continue;
      this.take(port);
      const sinceS = probe.waitingSinceS(port);
      if (sinceS >= 0) waiting.push([port, sinceS]);
    }
    waiting.sort((one, other) => one[1] - other[1]);
    for (const [port] of waiting) this.waiting.push(port);
  }

  fits(first: number, count: number): boolean {
    return this.first === first && this.count === count;
  }

  get isSparse(): boolean {
    return this.used * 2 < this.count;
  }

  take(port: number): void {
    const index = port - this.first;
    if (index < 0 || index >= this.count || this.isTaken(index)) return;
    this.used++;
    this.mark(index);
  }

  release(port: number): void {
    const index = port - this.first;
    if (index < 0 || index >= this.count || !this.isTaken(index)) return;
    this.used--;
    this.taken[index >> 5]! &= ~(1 << (index & 31));
    this.full[index >> 10]! &= ~(1 << ((index >> 5) & 31));
  }

  wait(port: number, probe: PortProbe): void {
    // Records end in the order in which they began: those that have gone on stand in front.
    for (let turn = 0; turn < 2 && this.waiting.count > 0; turn++) {
      if (probe.waitingSinceS(this.waiting.at(0)) >= 0) break;
      this.waiting.shift();
    }
    this.waiting.push(port);
  }

  /** The next port from `start` on that is free, or the oldest TIME-WAIT that may give way; -1: neither. */
  choose(start: number, probe: PortProbe): number {
    for (let index = this.nextFree(start); index >= 0; index = this.nextFree(start)) {
      if (probe.isFree(this.first + index)) return this.first + index;
      // A listener has it.
      this.take(this.first + index);
    }
    while (this.waiting.count > 0) {
      const port = this.waiting.at(0);
      const isWaiting = probe.waitingSinceS(port) >= 0;
      if (isWaiting && !probe.isFree(port)) return -1;
      this.waiting.shift();
      if (isWaiting) return port;
    }
    return -1;
  }

  private isTaken(index: number): boolean {
    return (this.taken[index >> 5]! & (1 << (index & 31))) !== 0;
  }

  private mark(index: number): void {
    const word = index >> 5;
    this.taken[word]! |= 1 << (index & 31);
    if (this.taken[word] === -1) this.full[word >> 5]! |= 1 << (word & 31);
  }

  /** From `start` to the end and round to it; -1 when all are taken. */
  private nextFree(start: number): number {
    const word = start >> 5;
    const here = ~this.taken[word]! & (-1 << (start & 31));
    if (here !== 0) return word * 32 + lowestBit(here);
    const { full, taken } = this;
    // The word behind `start`'s, round to its own lower half.
    let group = (word + 1) >> 5;
    let open = group < full.length ? ~full[group]! & (-1 << ((word + 1) & 31)) : 0;
    for (let turn = 0; turn <= full.length; turn++) {
      if (open !== 0) {
        const found = group * 32 + lowestBit(open);
        return found * 32 + lowestBit(~taken[found]!);
      }
      group = group + 1 < full.length ? group + 1 : 0;
      open = ~full[group]!;
    }
    return -1;
  }
}

function lowestBit(bitmap: number): number {
  return 31 - Math.clz32(bitmap & -bitmap);
}
