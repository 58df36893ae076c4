/** A stack on a device or a link of this machine, driven by the event loop, as asynchronous sockets use it. */
import { type SocketHost, tellListener } from '../socket/socket-host.ts';
import type { SocketWithEvents, Stack } from '../stack/stack.ts';
import type { Device } from './device.ts';
import { Driver, type DriverHandler, type DriverOptions } from './driver.ts';

/** What a `DriverHost` is made of. */
export interface DriverHostOptions extends Omit<DriverOptions<SocketWithEvents>, 'stack' | 'handler'> {
  readonly stack: Stack;
  /** Told what happens to sockets that no asynchronous front end holds. */
  readonly handler?: DriverHandler<SocketWithEvents>;
  /** Names this host knows, as /etc/hosts does: name to addresses. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
}

export class DriverHost implements SocketHost {
  readonly stack: Stack;
  /** Attach devices and links here; close it when done. */
  readonly driver: Driver<SocketWithEvents>;
  private readonly hosts: ReadonlyMap<string, readonly string[]>;
  private readonly handler: DriverHandler<SocketWithEvents> | null;
  private references = 0;

  constructor(options: DriverHostOptions) {
    const { stack, handler, hosts, ...others } = options;
    this.stack = stack;
    this.handler = handler ?? null;
    this.hosts = new Map(Object.entries(hosts ?? {}));
    this.driver = new Driver({ ...others, stack, handler: this.dispatcher() });
    // Only what is open keeps the process alive.
    this.driver.unref();
  }

  get name(): string {
    return this.stack.name;
  }

  get nowUs(): number {
    return this.driver.nowUs();
  }

  kick(): void {
    this.driver.kick();
  }

  ref(): void {
    if (++this.references === 1) this.driver.ref();
  }

  unref(): void {
    if (--this.references === 0) this.driver.unref();
  }

  addressesOf(name: string): readonly string[] {
    return this.hosts.get(name) ?? [];
  }

  namesOf(address: string): readonly string[] {
    return [...this.hosts].filter(([, addresses]) => addresses.includes(address)).map(([name]) => name);
  }

  private dispatcher(): DriverHandler<SocketWithEvents> {
    const { handler } = this;
    return {
      onEvent: (socket, events) => {
        if (!tellListener(socket, events)) handler?.onEvent(socket, events);
      },
      onDeviceFailed: (device: Device, error: Error) => {
        if (handler?.onDeviceFailed === undefined) throw error;
        handler.onDeviceFailed(device, error);
      },
    };
  }
}
