/**
 * Our end of bench:tun with several queues: a worker for each, with a stack and the server of `bulk-server.ts` of its own, all of them at
 * 10.9.0.2. `argv[2]` is JSON, see `QueueSideOptions`. Asked, it tells what each queue has carried and which time of a processor it took.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort } from 'node:worker_threads';
import { Stack } from 'woshou';
import { DriverHost, openTunQueues, SystemRandom, SystemTime, takeTunQueue } from 'woshou/node';
import { BulkServer } from './bulk-server.ts';
import type { QueueUse } from './queue-use.ts';
import { serveUntilEnd } from './server-life.ts';

export interface QueueSideOptions {
  readonly mtu: number;
  readonly queues: number;
}

if (isMainThread) await openQueues();
else serveQueue();

async function openQueues(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as QueueSideOptions;
  const queues = await openTunQueues({
    name: 'ws0',
    ...options,
    addresses: ['10.9.0.1/24'],
    // What scripts/ts.mjs has made of this file.
    application: pathToFileURL(join(import.meta.dirname, '../../.cache', String(process.pid), 'program.mjs')),
  });
  const ask = async (): Promise<QueueUse[]> =>
    Promise.all(
      queues.workers.map(async (worker) => {
        worker.postMessage('how much');
        const [use] = (await once(worker, 'message')) as [QueueUse];
        return use;
      }),
    );
  serveUntilEnd(() => {
    void queues.close();
    return {};
  }, ask);
}

function serveQueue(): void {
  const { device } = takeTunQueue();
  const time = new SystemTime();
  const stack = new Stack({ name: 'bench', random: new SystemRandom(), epochUs: time.epochUs });
  const bulk = new BulkServer(stack);
  const host = new DriverHost({ stack, time, handler: { onEvent: bulk.onEvent } });
  const { id } = stack.addInterface({ name: device.name, capabilities: device.capabilities });
  stack.addAddress(id, '10.9.0.2/24');
  host.driver.attachDevice(device, id);
  host.ref();
  parentPort?.on('message', () => {
    // Nanoseconds on a processor come first (Linux Documentation/scheduler/sched-stats).
    const [ns = '0'] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    parentPort?.postMessage({ cpuUs: Number(ns) / 1000, bytes: bulk.bytes } satisfies QueueUse);
  });
}
