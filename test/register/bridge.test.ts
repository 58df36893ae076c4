/** The link between a worker and the owner of the stack, both ends of it in one thread. */
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { OwnerEnd, Reply, WorkerEnd } from '../../src/register/messages.ts';
import { RemoteLink } from '../../src/register/remote.ts';

function ends(): { owner: OwnerEnd; worker: WorkerEnd } {
  const [events, replies] = [new MessageChannel(), new MessageChannel()];
  const signal = new Int32Array(new SharedArrayBuffer(4));
  return {
    owner: { port: events.port1, replies: replies.port1, signal },
    worker: { port: events.port2, replies: replies.port2, signal, dnsServers: [] },
  };
}

function close({ owner, worker }: ReturnType<typeof ends>): void {
  for (const port of [owner.port, owner.replies, worker.port, worker.replies]) port.close();
}

describe('a call over the link', () => {
  it('takes its own answer, not one that came too late for another call', () => {
    const link = ends();
    const remote = new RemoteLink(link.worker);
    const answer = (reply: Reply): void => link.owner.replies.postMessage(reply);
    answer({ serial: 1, value: 'first' });
    expect(remote.call(1, 'nameOf')).toBe('first');
    answer({ serial: 1, value: 'again' });
    answer({ serial: 2, value: 'second' });
    expect(remote.call(1, 'nameOf')).toBe('second');
    close(link);
  });

  it('throws what went wrong at the owner', () => {
    const link = ends();
    link.owner.replies.postMessage({ serial: 1, error: 'too many endpoints' } satisfies Reply);
    const remote = new RemoteLink(link.worker);
    expect(() => remote.call(1, 'bind')).toThrow('too many endpoints');
    close(link);
  });

  it('gives up when nobody answers, and says why', () => {
    const link = ends();
    const remote = new RemoteLink(link.worker, 500);
    expect(() => remote.call(1, 'bind')).toThrow('the main thread has not answered for 0.5 s');
    close(link);
  });
});
