/**
 * What the simulator needs of a stack. `Stack` fulfils it; tests of the simulator use a smaller one.
 */
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { MacAddress } from '../base/mac-address.ts';
import type { Slot } from '../base/slot.ts';

/** How the simulator plugs a stack into a link. */
export interface HostInterfaceOptions {
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  readonly mac?: MacAddress;
}

/** The driven side of a stack: frames in, frames out, time, events. */
export interface HostStack {
  addInterface(options: HostInterfaceOptions): { readonly id: number };
  addAddress(interfaceId: number, address: string): unknown;
  addRoute(prefix: string, gateway: string | null, interfaceId: number): unknown;
  /** These five as `Stack` has them. */
  receive(slot: Slot, nowUs: number): void;
  pollTransmit(nowUs: number, slot: Slot): boolean;
  nextTimeoutUs(): number;
  handleTimeout(nowUs: number): void;
  pollEvent(): EventSocket | null;
}

/** What a program needs to know of any socket: the SocketEvent bits that happened since it last asked. */
export interface EventSocket {
  takeEvents(): number;
}
