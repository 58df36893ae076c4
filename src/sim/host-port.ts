/**
 * Where a host is plugged into a link: the frame it wants to send and could not yet, and frames that pacing holds back.
 */
import { Slot } from '../base/slot.ts';
import { FrameHeap, FrameStore, NO_FRAME } from '../link/frame-store.ts';
import type { Link } from '../link/link.ts';
import type { HostStack } from './host-stack.ts';

const PACED_FRAMES_MAX = 4096;

/** One end of a link, on the host's side. */
export class HostPort {
  readonly name: string;
  readonly interfaceId: number;
  private readonly link: Link;
  private readonly port: number;
  private readonly slot: Slot;
  private readonly paced: FrameHeap;
  private readonly pacedStore: FrameStore;
  private readonly pacedSlot = Slot.allocate(64, false);
  /** A frame in `slot` that the link had no room for. */
  private isHeld = false;

  constructor(name: string, interfaceId: number, link: Link, port: number) {
    const { capabilities } = link;
    const isLarge = capabilities.tso4 || capabilities.tso6 || capabilities.uso;
    const isEthernet = capabilities.medium === 'ethernet';
    this.name = name;
    this.interfaceId = interfaceId;
    this.link = link;
    this.port = port;
    this.slot = Slot.allocate((isLarge ? 65_536 : capabilities.mtu) + 64, isEthernet);
    this.slot.interfaceId = interfaceId;
    this.pacedStore = new FrameStore({
      maxFrames: PACED_FRAMES_MAX,
      maxBytes: 64 << 20,
      slabBytes: isLarge ? 512 * 1024 : Math.max(64 * 1024, capabilities.mtu + 256),
      ethernet: isEthernet,
    });
    this.paced = new FrameHeap(this.pacedStore);
  }

  /** A frame waits for room in the link. */
  get isBlocked(): boolean {
    return this.isHeld;
  }

  /** When the next paced frame may leave, Infinity when none waits. */
  get nextDueUs(): number {
    return this.isHeld ? Number.POSITIVE_INFINITY : this.paced.nextDueUs;
  }

  /** Sends all that the stack has and the link takes; returns the number of frames. */
  transmit(stack: HostStack, nowUs: number): number {
    const { slot, link, port } = this;
    let sent = 0;
    if (this.isHeld) {
      if (!link.send(port, slot, nowUs)) return 0;
      this.isHeld = false;
      sent++;
    }
    if (!this.sendPaced(nowUs)) return sent;
    for (;;) {
      slot.reset();
      if (!stack.pollTransmit(nowUs, slot)) return sent;
      if (slot.departUs > nowUs && this.hold()) continue;
      if (!link.send(port, slot, nowUs)) {
        this.isHeld = true;
        return sent;
      }
      sent++;
    }
  }

  /** Forgets what was to be sent, as a crash does. */
  clear(): void {
    this.isHeld = false;
    for (let frame = this.paced.pop(); frame !== NO_FRAME; frame = this.paced.pop()) this.pacedStore.release(frame);
  }

  private hold(): boolean {
    const frame = this.pacedStore.add(this.slot);
    if (frame === NO_FRAME) return false;
    this.paced.push(frame, this.slot.departUs);
    return true;
  }

  /** False when the link took no more. */
  private sendPaced(nowUs: number): boolean {
    while (this.paced.nextDueUs <= nowUs) {
      const frame = this.paced.first;
      this.pacedStore.load(frame, this.pacedSlot);
      if (!this.link.send(this.port, this.pacedSlot, nowUs)) {
        // Kept as the held frame, so that the host is asked again when the link has room.
        if (!this.slot.copyFrom(this.pacedSlot)) return true;
        this.slot.interfaceId = this.interfaceId;
        this.isHeld = true;
      }
      this.paced.pop();
      this.pacedStore.release(frame);
      if (this.isHeld) return false;
    }
    return true;
  }
}
