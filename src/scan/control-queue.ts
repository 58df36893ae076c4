/** What a scan owes others beside probes: resets that end what a SYN had begun, and answers to those who ask for our address. Bounded. */
import type { Address } from '../base/address.ts';
import type { MacAddress } from '../base/mac-address.ts';
import type { SegmentNumbers } from './packet-writer.ts';
import type { TargetHost } from './target-host.ts';

/** A segment to a host, or the answer to a neighbor. */
export type ControlFrame =
  | { readonly kind: 'segment'; readonly host: TargetHost; readonly numbers: SegmentNumbers }
  | { readonly kind: 'neighbor'; readonly mac: MacAddress; readonly own: Address; readonly asker: Address };

const LENGTH_MAX = 1024;

/** First in, first out. */
export class ControlQueue {
  dropped = 0;
  private frames: ControlFrame[] = [];
  private head = 0;

  get isEmpty(): boolean {
    return this.head === this.frames.length;
  }

  push(frame: ControlFrame): void {
    if (this.frames.length - this.head >= LENGTH_MAX) this.dropped++;
    else this.frames.push(frame);
  }

  shift(): ControlFrame | null {
    const frame = this.frames[this.head];
    if (frame === undefined) return null;
    this.head++;
    if (this.head === this.frames.length) {
      this.frames = [];
      this.head = 0;
    }
    return frame;
  }
}
