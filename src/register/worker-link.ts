/**
 * Gives every worker a link to the thread that owns the stack. It travels with the environment data, which Node hands to a worker before
 * its first module runs.
 */
import { createRequire } from 'node:module';
import worker, { MessageChannel, type MessagePort, type WorkerOptions } from 'node:worker_threads';
import { StateError } from '../base/errors.ts';
import type { OwnerEnd, WorkerEnd } from './messages.ts';

const LINK_KEY = 'woshou/register: link';

const require = createRequire(import.meta.url);
const { getEnvironmentData, setEnvironmentData, Worker: NodeWorker } = worker;

/** The link of this worker. @throws StateError when whoever made the worker was not registered */
export function linkOfThisWorker(): WorkerEnd {
  const end = getEnvironmentData(LINK_KEY) as unknown as WorkerEnd | undefined;
  // Workers of this one get links of their own.
  setEnvironmentData(LINK_KEY);
  if (end !== undefined) return end;
  throw new StateError(
    'woshou/register runs in a worker whose maker is not registered: start the program with --import woshou/register',
  );
}

/**
 * From now on workers are born with a link.
 * @param attach takes the owner's end; what it returns is called when the worker has ended, before anyone else hears of that
 * @param registerUrl what a worker that is given options for Node of its own has to import
 */
export function linkWorkers(
  attach: (end: OwnerEnd) => (() => void) | null,
  dnsServers: readonly string[],
  registerUrl: string,
): void {
  class Worker extends NodeWorker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const events = new MessageChannel();
      const replies = new MessageChannel();
      const signal = new Int32Array(new SharedArrayBuffer(4));
      const end: WorkerEnd = { port: events.port2, replies: replies.port2, signal, dnsServers };
      setEnvironmentData(LINK_KEY, end as never);
      try {
        super(file, withLink(options, [events.port2, replies.port2], registerUrl));
      } finally {
        setEnvironmentData(LINK_KEY);
      }
      const finish = attach({ port: events.port1, replies: replies.port1, signal });
      if (finish !== null) this.once('exit', finish);
    }
  }
  Object.defineProperty(Worker, 'name', { value: NodeWorker.name });
  require('node:worker_threads').Worker = Worker;
}

function withLink(options: WorkerOptions, ports: readonly MessagePort[], registerUrl: string): WorkerOptions {
  const { execArgv, transferList = [] } = options;
  const isRegistered = execArgv === undefined || execArgv.some((word) => word.includes(registerUrl));
  return {
    ...options,
    transferList: [...transferList, ...ports],
    ...(isRegistered ? {} : { execArgv: [...execArgv, '--import', registerUrl] }),
  };
}
