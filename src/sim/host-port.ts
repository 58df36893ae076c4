/**
 * Where a host is plugged into a link: the frame it wants to send and could not yet, and frames that pacing holds back.
 */
import { Slot } from '../base/slot.ts';
import type { Link } from '../link/link.ts';
import { PacedFrames } from '../link/paced-frames.ts';
import type { HostStack } from './host-stack.ts';

/** One end of a link, on the host's side. */
export class HostPort {
  readonly name: string;
  readonly interfaceId: number;
  private readonly link: Link;
  private readonly port: number;
  private readonly slot: Slot;
  private readonly paced: PacedFrames;
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
    this.paced = new PacedFrames(capabilities);
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
    while (!this.paced.isFull) {
      slot.reset();
      if (!stack.pollTransmit(nowUs, slot)) return sent;
      if (slot.departUs > nowUs && this.paced.hold(slot)) continue;
      if (!link.send(port, slot, nowUs)) {
        this.isHeld = true;
        return sent;
      }
      sent++;
    }
    return sent;
  }

  /** Forgets what was to be sent, as a crash does. */
  clear(): void {
    this.isHeld = false;
    this.paced.clear();
  }

  /** False when the link took no more. */
  private sendPaced(nowUs: number): boolean {
    for (let frame = this.paced.firstDue(nowUs); frame !== null; frame = this.paced.firstDue(nowUs)) {
      // A frame the link has no room for is kept as the held one, so that the host is asked again when there is.
      this.isHeld = !this.link.send(this.port, frame, nowUs) && this.slot.copyFrom(frame);
      this.paced.release();
      if (this.isHeld) return false;
    }
    return true;
  }
}
