/**
 * A tap: a Link around a Link that shows every frame that goes in or comes out at its ends to a listener, which copies
 * what it wants to keep. Super-segments are shown as the packets a wire would have carried, unfinished checksums finished.
 */
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { Slot } from '../base/slot.ts';
import type { FrameSink, Link, LinkStatistics } from './link.ts';
import { WireFrames } from './wire-frames.ts';

/** Direction as the host at that end sees it. */
export type FrameDirection = 'in' | 'out';

/** Sees frames; called in the order of events. Must not send or change anything. */
export interface FrameListener {
  /**
   * @param interfaceId the listener's own number for this end
   * @param timeUs the driver's time
   * @param slot valid during the call only
   */
  frameSeen(interfaceId: number, direction: FrameDirection, timeUs: number, slot: Slot): void;
}

/** The tap. Without a listener it costs one comparison per frame. */
export class TracerLink implements Link, FrameSink {
  readonly capabilities: LinkCapabilities;
  readonly portCount: number;
  /** By port: the listener's number for this end, -1 to leave the end out. */
  readonly interfaceIds: number[];
  private readonly inner: Link;
  private listener: FrameListener | null = null;
  private frames: WireFrames | null = null;
  private sink: FrameSink | null = null;
  private nowUs = 0;

  constructor(inner: Link) {
    this.inner = inner;
    this.capabilities = inner.capabilities;
    this.portCount = inner.portCount;
    this.interfaceIds = new Array<number>(inner.portCount).fill(-1);
  }

  get statistics(): LinkStatistics {
    return this.inner.statistics;
  }

  /** Starts showing frames to `listener` (null: stops); `interfaceIds` by port, -1 for an end that is left out. */
  listen(listener: FrameListener | null, interfaceIds: readonly number[]): void {
    this.listener = listener;
    for (let port = 0; port < this.portCount; port++) this.interfaceIds[port] = interfaceIds[port] ?? -1;
  }

  get isListening(): boolean {
    return this.listener !== null;
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    if (this.listener === null) return this.inner.send(port, slot, nowUs);
    if (!this.inner.send(port, slot, nowUs)) return false;
    this.show(this.interfaceIds[port] ?? -1, 'out', nowUs, slot);
    return true;
  }

  nextTimeoutUs(): number {
    return this.inner.nextTimeoutUs();
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    if (this.listener === null) return this.inner.poll(nowUs, sink, budget);
    this.sink = sink;
    this.nowUs = nowUs;
    const delivered = this.inner.poll(nowUs, this, budget);
    this.sink = null;
    return delivered;
  }

  frameArrived(port: number, slot: Slot): void {
    this.show(this.interfaceIds[port] ?? -1, 'in', this.nowUs, slot);
    this.sink?.frameArrived(port, slot);
  }

  private show(interfaceId: number, direction: FrameDirection, timeUs: number, slot: Slot): void {
    const { listener } = this;
    if (listener === null || interfaceId < 0) return;
    this.frames ??= new WireFrames(this.capabilities.medium);
    this.frames.begin(slot);
    for (let frame = this.frames.next(); frame !== null; frame = this.frames.next()) {
      listener.frameSeen(interfaceId, direction, timeUs, frame);
    }
  }
}
