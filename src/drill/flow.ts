/**
 * A connection of the script: how its numbers and those on the wire belong together. Segments with SYN carry absolute numbers of
 * the script, all others count from the initial sequence number of their side, as the language has it.
 */
import type { Tcb } from '../tcp/tcb/tcb.ts';

/** Numbers of one direction. */
export class SequenceMap {
  private scriptIsn = 0;
  private liveIsn = 0;
  /** The initial sequence number was seen. */
  isKnown = false;

  /** The script's initial number and the one on the wire. */
  learn(scriptIsn: number, liveIsn: number): void {
    this.scriptIsn = scriptIsn;
    this.liveIsn = liveIsn;
    this.isKnown = true;
  }

  toLive(scriptNumber: number, isSyn: boolean): number {
    return (scriptNumber + this.offset(isSyn)) >>> 0;
  }

  toScript(liveNumber: number, isSyn: boolean): number {
    return (liveNumber - this.offset(isSyn)) >>> 0;
  }

  private offset(isSyn: boolean): number {
    return isSyn ? this.liveIsn - this.scriptIsn : this.liveIsn;
  }
}

/** Timestamps of the stack: the script's values and those on the wire. */
export class TimestampMap {
  private readonly live = new Map<number, number>();
  private base: { readonly script: number; readonly live: number; readonly timeUs: number } | null = null;

  /** A timestamp of the stack was matched with the script's. */
  learn(scriptValue: number, liveValue: number, timeUs: number): void {
    this.base ??= { script: scriptValue, live: liveValue, timeUs };
    this.live.set(scriptValue, liveValue);
  }

  /** What an inbound echo of the script's value is on the wire; undefined when the stack never sent it. */
  echo(scriptValue: number, isScaled: boolean): number | undefined {
    if (this.base !== null && isScaled) return (scriptValue - this.base.script + this.base.live) >>> 0;
    return this.live.get(scriptValue) ?? (scriptValue === 0 ? 0 : undefined);
  }

  /** The script's value for one on the wire, as far as the base tells. */
  toScript(liveValue: number): number {
    return this.base === null ? liveValue : (liveValue - this.base.live + this.base.script) >>> 0;
  }

  /** By how many microseconds a timestamp is off. */
  errorUs(scriptValue: number, liveValue: number, tickUs: number): number {
    if (this.base === null) return 0;
    const script = (scriptValue - this.base.script) | 0;
    const live = (liveValue - this.base.live) | 0;
    return Math.abs(script - live) * tickUs;
  }
}

export class Flow {
  readonly localPort: number;
  readonly remotePort: number;
  readonly local: SequenceMap = new SequenceMap();
  readonly remote: SequenceMap = new SequenceMap();
  readonly timestamps: TimestampMap = new TimestampMap();
  /** Number of the SYN by which the stack has opened it; -1: it has not. */
  openedSeq = -1;
  /** The stack's connection once it was found; it stays when the connection is over. */
  tcb: Tcb | null = null;

  constructor(localPort: number, remotePort: number) {
    this.localPort = localPort;
    this.remotePort = remotePort;
  }
}
