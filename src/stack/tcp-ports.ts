/** Local ports of TCP: who listens where. */
import { type Address, UNSPECIFIED_V4, UNSPECIFIED_V6 } from '../base/address.ts';
import type { Listener } from '../tcp/opening/listener.ts';
import type { IpPacket } from '../wire/ip-packet.ts';

export class ListenerTable {
  private readonly byPort = new Map<number, Listener[]>();

  get size(): number {
    let count = 0;
    for (const list of this.byPort.values()) count += list.length;
    return count;
  }

  hasPort(port: number): boolean {
    return this.byPort.has(port);
  }

  /** The listener for a packet to `port`: an exact address before the wildcard of the family before the wildcard of both. */
  find(packet: IpPacket, port: number): Listener | null {
    const list = this.byPort.get(port);
    if (list === undefined) return null;
    let best: Listener | null = null;
    for (const listener of list) {
      if (listener.address !== null) {
        if (isDestination(packet, listener.address)) return listener;
      } else if (listener.family === 0 ? best === null : listener.family === packet.family) {
        best = listener;
      }
    }
    return best;
  }

  /** True when a listener on `address` (null: any) and `port` would get in the way of one that is there. */
  conflicts(address: Address | null, family: 0 | 4 | 6, port: number): boolean {
    const list = this.byPort.get(port) ?? [];
    return list.some((known) => {
      if (known.address === null || address === null) {
        const mine = address?.family ?? family;
        const theirs = known.address?.family ?? known.family;
        return mine === 0 || theirs === 0 || mine === theirs;
      }
      return known.address.equals(address);
    });
  }

  add(listener: Listener): void {
    const list = this.byPort.get(listener.port);
    if (list === undefined) this.byPort.set(listener.port, [listener]);
    else list.push(listener);
  }

  remove(listener: Listener): void {
    const list = this.byPort.get(listener.port);
    const index = list?.indexOf(listener) ?? -1;
    if (list === undefined || index < 0) return;
    list.splice(index, 1);
    if (list.length === 0) this.byPort.delete(listener.port);
  }

  *[Symbol.iterator](): IterableIterator<Listener> {
    for (const list of this.byPort.values()) yield* list;
  }
}

function isDestination(packet: IpPacket, address: Address): boolean {
  return (
    packet.destination3 === address.w3 &&
    packet.destination2 === address.w2 &&
    packet.destination1 === address.w1 &&
    packet.destination0 === address.w0 &&
    packet.family === address.family
  );
}

/** The unspecified address of a family, as listeners on a wildcard are shown. */
export function wildcardText(family: 0 | 4 | 6): string {
  return (family === 4 ? UNSPECIFIED_V4 : UNSPECIFIED_V6).toString();
}
