/**
 * Knows every packet by number, in the order they were sent, and what a person has ordered to be done to it. Links ask it
 * when a packet is about to arrive. Plain data, part of a network's snapshots.
 */
import type { Slot } from '../../../src/base/slot.ts';
import type { NetworkRecorder } from '../../../src/sim/network-options.ts';
import type { PacketDeed } from './actions.ts';

/** A packet that has left and was not seen at the other end yet. */
interface OnItsWay {
  readonly packet: number;
  readonly link: string;
  readonly from: string;
  readonly key: number;
  readonly length: number;
}

/** What was ordered for a packet. */
export interface Order {
  readonly what: PacketDeed;
  readonly ms: number;
}

/** Lost packets are never seen again: no more than this many are waited for. */
const WAITING_MAX = 4096;
/** A packet nobody knows: the network itself made it. */
export const UNKNOWN_PACKET = -1;

/** The recorder of a watched network: passes on what it hears, and counts. */
export class WireWatch implements NetworkRecorder {
  /** Packets sent so far. */
  packets = 0;
  /** Those that a link keeps back. */
  readonly held = new Set<number>();
  private readonly next: NetworkRecorder;
  private readonly ends: { readonly host: string; readonly link: string }[] = [];
  private waiting: OnItsWay[] = [];
  private readonly orders = new Map<number, Order>();

  constructor(next: NetworkRecorder) {
    this.next = next;
  }

  addInterface(options: { name: string; description?: string; medium: 'ethernet' | 'ip' }): number {
    const [host = '', link = ''] = options.name.split('/');
    this.ends.push({ host, link });
    return this.next.addInterface(options);
  }

  frameSeen(interfaceId: number, direction: 'in' | 'out', timeUs: number, slot: Slot): void {
    const end = this.ends[interfaceId];
    if (direction === 'out' && end !== undefined) {
      const packet = this.packets++;
      this.waiting.push({ packet, link: end.link, from: end.host, key: keyOf(slot), length: slot.length });
      if (this.waiting.length > WAITING_MAX) this.waiting.shift();
    }
    this.next.frameSeen(interfaceId, direction, timeUs, slot);
  }

  /** What shall be done to packet `packet` when it arrives, or at once when it is held; the last order counts. */
  order(packet: number, order: Order): void {
    this.orders.set(packet, order);
  }

  /** True when a packet that is held has somewhere to go. */
  hasOrder(packet: number): boolean {
    return this.orders.has(packet);
  }

  /** The number of a packet that comes out of `link`: the oldest with these bytes, or one changed on the way. */
  arrived(link: string, slot: Slot): number {
    const key = keyOf(slot);
    const isOfLink = (one: OnItsWay): boolean => one.link === link && one.length === slot.length;
    let index = this.waiting.findIndex((one) => one.key === key && isOfLink(one));
    if (index < 0) index = this.waiting.findIndex(isOfLink);
    if (index < 0) return UNKNOWN_PACKET;
    const [found] = this.waiting.splice(index, 1);
    return found?.packet ?? UNKNOWN_PACKET;
  }

  /** The order for a packet; it is carried out once. */
  takeOrder(packet: number): Order | null {
    const order = this.orders.get(packet) ?? null;
    this.orders.delete(packet);
    return order;
  }
}

/** The headers tell packets apart; there is no need to read what they carry. */
const HEADERS_MAX = 94;

function keyOf(slot: Slot): number {
  const { u8 } = slot.memory;
  let key = 0x811c9dc5 | 0;
  for (let at = slot.offset; at < slot.offset + Math.min(slot.length, HEADERS_MAX); at++)
    key = Math.imul(key ^ (u8[at] ?? 0), 0x01000193);
  return key;
}
