/** A host as the scan knows it, and finding hosts again by the address of what comes in. */
import type { Address } from '../base/address.ts';
import { MAC_ZERO, type MacAddress } from '../base/mac-address.ts';
import { RoundTrip } from './pace.ts';
import { Reason, type ReasonName } from './port-state.ts';
import type { PortTable } from './report.ts';
import type { TargetRange } from './target-expression.ts';
import type { Timing } from './timing.ts';

/** One host of the scan. */
export class TargetHost {
  readonly address: Address;
  /** Null where the interface has no address to ask from. */
  readonly source: Address | null;
  state: 'unknown' | 'up' | 'down' = 'unknown';
  reason: number = Reason['no-response'];
  /** Hop limit of the answer that showed it, 0 when there is none. */
  hopLimit = 0;
  /** Where its packets go: its own hardware address, or the gateway's. */
  mac: MacAddress = MAC_ZERO;
  /** Its own, when it is on our link. */
  ownMac: MacAddress | null = null;
  readonly roundTrip: RoundTrip;
  startedUs = 0;
  endedUs = 0;
  isTimedOut = false;
  readonly tables: PortTable[] = [];

  constructor(address: Address, source: Address | null, timing: Timing) {
    this.address = address;
    this.source = source;
    this.roundTrip = new RoundTrip(timing);
  }

  decide(state: 'up' | 'down', reason: ReasonName, hopLimit: number): void {
    this.state = state;
    this.reason = Reason[reason];
    this.hopLimit = hopLimit;
  }
}

/** Numbers of hosts by address. The last one found is tried first: answers come in runs. */
export class AddressIndex {
  private readonly byWord = new Map<number, number>();
  private readonly byText = new Map<string, number>();
  private readonly addresses: readonly Address[];
  private last = -1;

  constructor(addresses: readonly Address[]) {
    this.addresses = addresses;
    for (const [index, { family, w0, w1, w2, w3 }] of addresses.entries()) {
      if (family === 4) this.byWord.set(w3, index);
      else this.byText.set(`${w0},${w1},${w2},${w3}`, index);
    }
  }

  /** The number of the host with these words of `Address`, -1 when there is none. */
  find(family: 4 | 6, w0: number, w1: number, w2: number, w3: number): number {
    const known = this.addresses[this.last];
    if (known !== undefined && known.w3 === w3 && known.w2 === w2 && known.w1 === w1 && known.w0 === w0) {
      return this.last;
    }
    const found = family === 4 ? this.byWord.get(w3) : this.byText.get(`${w0},${w1},${w2},${w3}`);
    if (found === undefined) return -1;
    this.last = found;
    return found;
  }
}

/** Walks the addresses of all ranges, leaving out what is excluded and what came before in the same range. */
export class TargetCursor {
  readonly total: number;
  private readonly ranges: readonly TargetRange[];
  private readonly excluded: readonly TargetRange[];
  private range = 0;
  private index = 0;

  constructor(ranges: readonly TargetRange[], excluded: readonly TargetRange[]) {
    this.ranges = ranges;
    this.excluded = excluded;
    this.total = ranges.reduce((sum, { count }) => sum + count, 0);
  }

  /** The next address, or null at the end. */
  next(): Address | null {
    for (;;) {
      const range = this.ranges[this.range];
      if (range === undefined) return null;
      if (this.index >= range.count) {
        this.range++;
        this.index = 0;
        continue;
      }
      const address = range.at(this.index++);
      const isLeftOut = this.excluded.some((leave) => leave.contains(address));
      const isSeen = this.ranges.slice(0, this.range).some((before) => before.contains(address));
      if (!isLeftOut && !isSeen) return address;
    }
  }
}
