/**
 * The optional accelerator (addon/woshou-io.c): whole batches in one call, and a wake-up by the event loop itself instead of one
 * that has to find its way to JavaScript. Used when it was built and loads; everything works without.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Slot } from '../base/slot.ts';
import { BATCH_BYTES } from './device.ts';
import { type FdWatch, type WatchKind, watchReadable } from './fd-watch.ts';
import type { FrameIo } from './frame-io.ts';
import type { NativeCalls } from './native.ts';

/** The addon's functions, as documented there. What is opaque here is an external value. */
export interface Addon {
  open(fd: number, bytes: Uint8Array, table: Int32Array, headerLength: number): object;
  read(channel: object, capacity: number, mostBytes: number): number;
  write(channel: object, from: number, to: number): number;
  watch(fd: number, ready: () => void): object;
  unwatch(watcher: object): void;
  reference(watcher: object, isReferenced: boolean): void;
}

/** The folder of the source and of what was built from it. */
export const ADDON_FOLDER = fileURLToPath(new URL('../../addon/', import.meta.url));

/** Where the addon for this machine is, once built; Node's ABI for addons is stable. */
export function addonPath(): string {
  return `${ADDON_FOLDER}build/woshou-io-${process.platform}-${process.arch}.node`;
}

let loaded: Addon | null | undefined;

/** The addon, or null when it was not built, does not load, or WOSHOU_ADDON is `0`. */
export function loadAddon(): Addon | null {
  if (loaded !== undefined) return loaded;
  loaded = null;
  const path = addonPath();
  if (process.env.WOSHOU_ADDON === '0' || !existsSync(path)) return null;
  try {
    loaded = createRequire(import.meta.url)(path) as Addon;
  } catch {
    // Built for another machine: the same calls are made without it.
  }
  return loaded;
}

/** As `DescriptorIo`, a batch at a time. */
export class AddonIo implements FrameIo {
  readonly headerLength: 0 | 10 | 12;
  errno = '';
  private readonly addon: Addon;
  private readonly native: NativeCalls;
  private readonly fd: number;
  private readonly watchKind: WatchKind;
  private readonly closeFd: (fd: number) => void;
  private incoming: Channel | null = null;
  private outgoing: Channel | null = null;

  constructor(
    addon: Addon,
    native: NativeCalls,
    fd: number,
    headerLength: 0 | 10 | 12,
    watchKind: WatchKind,
    closeFd: (fd: number) => void,
  ) {
    this.addon = addon;
    this.native = native;
    this.fd = fd;
    this.headerLength = headerLength;
    this.watchKind = watchKind;
    this.closeFd = closeFd;
  }

  read(slots: readonly Slot[]): number {
    this.incoming ??= this.open(slots);
    const channel = this.incoming;
    const { table } = channel;
    for (let index = 0; index < slots.length; index++) table[2 * index] = slots[index]!.offset;
    const count = this.addon.read(channel.handle, slots[0]!.capacity, BATCH_BYTES);
    for (let index = 0; index < count; index++) {
      const slot = slots[index]!;
      slot.reset();
      slot.length = table[2 * index + 1]!;
    }
    this.takeErrno(table);
    return count;
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    this.outgoing ??= this.open(slots);
    const channel = this.outgoing;
    const { table } = channel;
    for (let index = from; index < to; index++) {
      table[2 * index] = slots[index]!.offset;
      table[2 * index + 1] = slots[index]!.length;
    }
    const next = this.addon.write(channel.handle, from, to);
    this.takeErrno(table);
    return next;
  }

  watch(ready: () => boolean): FdWatch {
    if (this.watchKind !== 'auto') return watchReadable(this.native, this.fd, this.watchKind, ready);
    return new AddonWatch(this.addon, this.fd, ready);
  }

  close(): void {
    this.closeFd(this.fd);
  }

  /** All slots of one direction lie in one memory. */
  private open(slots: readonly Slot[]): Channel {
    const table = new Int32Array(2 * slots.length + 1);
    const handle = this.addon.open(this.fd, slots[0]!.memory.u8, table, this.headerLength);
    return { handle, table };
  }

  private takeErrno(table: Int32Array): void {
    const errno = table[table.length - 1]!;
    this.errno = errno === 0 ? '' : errno < 0 ? 'EOF' : this.native.errnoName(errno);
  }
}

interface Channel {
  readonly handle: object;
  readonly table: Int32Array;
}

class AddonWatch implements FdWatch {
  readonly kind = 'loop';
  private readonly addon: Addon;
  private watcher: object | null;

  constructor(addon: Addon, fd: number, ready: () => boolean) {
    this.addon = addon;
    // Level-triggered: what `ready` leaves behind is reported again in the next turn of the loop.
    this.watcher = addon.watch(fd, ready);
  }

  ref(): void {
    if (this.watcher !== null) this.addon.reference(this.watcher, true);
  }

  unref(): void {
    if (this.watcher !== null) this.addon.reference(this.watcher, false);
  }

  close(): void {
    if (this.watcher !== null) this.addon.unwatch(this.watcher);
    this.watcher = null;
  }
}
