/** A simulated host as asynchronous sockets see it: driven by its network's pump, knowing the names of the network. */
import type { SocketHost } from '../socket/socket-host.ts';
import type { Stack } from '../stack/stack.ts';
import type { Host, HostNetwork } from './host.ts';

/** What moves the network of a host. */
export interface HostPump {
  readonly network: HostNetwork;
  /** How far the network's clock is behind the machine's, microseconds. */
  readonly lagUs: number;
  kick(): void;
  changeReferences(change: 1 | -1): void;
}

export class AttachedHost implements SocketHost {
  private readonly pump: HostPump;
  private readonly host: Host;
  private references = 0;

  constructor(pump: HostPump, host: Host) {
    this.pump = pump;
    this.host = host;
  }

  get name(): string {
    return this.host.name;
  }

  get stack(): Stack {
    return this.host.stack;
  }

  get nowUs(): number {
    return this.host.nowUs;
  }

  kick(): void {
    this.host.tellTime();
    this.pump.kick();
  }

  ref(): void {
    this.references++;
    this.pump.changeReferences(1);
  }

  unref(): void {
    // What was held before a crash is held no more.
    if (this.references === 0) return;
    this.references--;
    this.pump.changeReferences(-1);
  }

  /** The host has crashed: its programs are gone, and nothing of theirs keeps the process alive. */
  forgetReferences(): void {
    while (this.references > 0) this.unref();
  }

  addressesOf(name: string): readonly string[] {
    const { network } = this.pump;
    const found = network.hosts.find((host) => host.name === name);
    if (found === undefined) return [];
    if (found === this.host) return found.addresses.length > 0 ? found.addresses : ['127.0.0.1'];
    const near = network.links
      .filter((link) => link.hosts.includes(this.host) && link.hosts.includes(found))
      .flatMap((link) => [found.address(4, link.link), found.address(6, link.link)])
      .filter((address) => address !== null);
    return near.length > 0 ? near : found.addresses;
  }

  namesOf(address: string): readonly string[] {
    return this.pump.network.hosts.filter((host) => host.addresses.includes(address)).map((host) => host.name);
  }

  setTimer(callback: () => void, delayMs: number): void {
    this.host.setTimer({ onEvent: () => {}, onTimer: callback }, delayMs + this.pump.lagUs / 1000);
    this.pump.kick();
  }
}
