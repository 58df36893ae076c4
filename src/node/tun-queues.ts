/**
 * A TUN device with several queues (IFF_MULTI_QUEUE): one worker, one stack and one copy of the application for each, all with the
 * same addresses. The kernel steers a flow by the hash of its addresses and ports, always to the same queue, so a connection lives
 * where its SYN came in and never moves: what SO_REUSEPORT means, without sockets that are shared.
 * The queues belong to the thread that opened them; a worker that ends gives its own back.
 */
import { closeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { ArgumentError, checkInteger, StateError } from '../base/errors.ts';
import { loadAddon } from './addon.ts';
import type { Device } from './device.ts';
import { DeviceError } from './device-error.ts';
import type { WatchKind } from './fd-watch.ts';
import { checkKernelSide, configureKernelSide } from './ip-command.ts';
import { loadNative } from './native.ts';
import { segmentInSoftware } from './segmenting-device.ts';
import { checkLinux, type TunOptions, tunDevice } from './tun.ts';
import { type AttachedTun, attachTun, detachQueue } from './tun-attach.ts';

/** How to open a device with several queues. */
export interface TunQueuesOptions extends Omit<TunOptions, 'watch' | 'addon'> {
  /** The program every worker runs; it takes its queue with `takeTunQueue`. */
  readonly application: URL;
  /** Queues and workers, 1 to 256. Default: one for each processor. */
  readonly queues?: number;
  /** For the workers, copied to each: `takeTunQueue().data`. */
  readonly data?: unknown;
}

/** What a worker gets. */
export interface TunQueue {
  /** Attach it to a driver; the stack on it has the addresses all of them have. */
  readonly device: Device;
  /** Which of them this is, from 0, and how many there are. */
  readonly index: number;
  readonly count: number;
  readonly data: unknown;
}

interface QueueHandle {
  readonly attached: AttachedTun;
  readonly hasSegments: boolean;
  readonly mtu: number;
  readonly index: number;
  readonly count: number;
  readonly data: unknown;
}

const KEY = 'woshou:tun-queue';
const QUEUES_MAX = 256;

/**
 * Opens the queues and starts the workers. Resolves when all of them run their program.
 * @throws DeviceError, ArgumentError as `openTun`; what a worker throws at its start.
 */
export async function openTunQueues(options: TunQueuesOptions): Promise<TunQueues> {
  const mtu = options.mtu ?? 1500;
  const count = checkInteger('queues', options.queues ?? availableParallelism(), 1, QUEUES_MAX);
  const side = { mtu, addresses: options.addresses ?? [] };
  checkKernelSide(side);
  checkLinux('TUN');
  const opened: AttachedTun[] = [];
  try {
    const native = loadNative();
    let name = options.name ?? 'woshou%d';
    for (let index = 0; index < count; index++) {
      const attached = attachTun(native, {
        name,
        kind: 'tun',
        offload: (options.offload ?? true) === true,
        isQueue: true,
      });
      opened.push(attached);
      name = attached.name;
    }
    const queues = new TunQueues(name, opened, mtu, options);
    // Only then packets come, and none to a queue that nobody reads.
    await queues.started;
    if (options.configure !== false) {
      await configureKernelSide(name, side).catch(async (error: unknown) => {
        await queues.close();
        throw error;
      });
    }
    return queues;
  } catch (error) {
    for (const { fd } of opened) closeQuietly(fd);
    throw error;
  }
}

/** In a worker that `openTunQueues` has started: its queue, once. @throws StateError anywhere else */
export function takeTunQueue(watch: WatchKind = 'auto'): TunQueue {
  const handle = isMainThread ? undefined : (workerData as Record<string, QueueHandle | undefined> | null)?.[KEY];
  if (handle === undefined) throw new StateError('this thread has no queue; start it with openTunQueues');
  const { attached, hasSegments, mtu, index, count, data } = handle;
  const native = loadNative();
  // The descriptor is closed by its owner when this worker has ended; until then no flow may come this way any more.
  const device = tunDevice(native, attached, 'tun', mtu, watch, loadAddon(), (fd) => detachQueue(native, fd));
  return { device: hasSegments ? segmentInSoftware(device) : device, index, count, data };
}

/** Made by `openTunQueues`. */
export class TunQueues {
  /** Of the interface. */
  readonly name: string;
  /** One for each queue, in order: for messages and their ends. */
  readonly workers: readonly Worker[];
  /** Not for callers. */
  readonly started: Promise<void>;
  private readonly ended: Promise<void>;
  private isClosed = false;

  /** Not for callers: use `openTunQueues`. */
  constructor(name: string, opened: AttachedTun[], mtu: number, options: TunQueuesOptions) {
    const { application, data } = options;
    if (application.protocol !== 'file:' && application.protocol !== 'data:') {
      throw new ArgumentError(
        'application',
        `'${application.href}' is no file; give new URL('./app.js', import.meta.url)`,
      );
    }
    this.name = name;
    const count = opened.length;
    this.workers = opened.map((attached, index) => {
      const hasSegments = options.offload !== false;
      const handle: QueueHandle = { attached, hasSegments, mtu, index, count, data };
      return new Worker(application, { workerData: { [KEY]: handle } });
    });
    this.ended = Promise.all(this.workers.map((worker, index) => this.untilEnd(worker, opened[index]?.fd ?? -1))).then(
      () => {},
    );
    this.started = Promise.all(this.workers.map(untilOnline)).then(() => {});
    // From here on the descriptors are closed with their workers.
    opened.length = 0;
    this.started.catch(() => this.close());
  }

  /** Ends the workers and with them the queues; the device is gone when this resolves, unless root made it persistent. */
  async close(): Promise<void> {
    if (!this.isClosed) for (const worker of this.workers) void worker.terminate();
    this.isClosed = true;
    await this.ended;
  }

  private untilEnd(worker: Worker, fd: number): Promise<void> {
    return new Promise((resolve) => {
      worker.once('exit', () => {
        closeQuietly(fd);
        resolve();
      });
    });
  }
}

function untilOnline(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('online', () => {
      // Later errors are the application's: they reach whoever listens, or end the process as Node does it.
      worker.off('error', reject);
      resolve();
    });
    worker.once('exit', () => reject(new DeviceError('ERR_DEVICE_CLOSED', 'a worker ended before it began')));
  });
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Nothing is left of it.
  }
}
