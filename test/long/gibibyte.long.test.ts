/**
 * A gibibyte through a bad link in virtual time: 1 % loss, 1 % reordering, 0.1 % detectable corruption, 20 ms one way.
 * Every byte right, both ends closed, memory flat.
 */
import { describe, expect, it } from 'vitest';
import { BulkReceiver, BulkSender } from '../../src/sim/applications.ts';
import { Network } from '../../src/sim/network.ts';

const PORT = 5001;

function transfer(
  bytes: number,
  seed: number,
): { network: Network; sender: BulkSender; receiver: BulkReceiver; peakBytes: number } {
  const network = new Network({ seed });
  const server = network.host('server');
  const client = network.host('client');
  network.link(client, server, { delayMs: 20, loss: 0.01, reorder: 0.01, reorderDelayMs: 5, corrupt: 0.001 });
  const receiver = server.start(new BulkReceiver(PORT));
  const sender = client.start(new BulkSender({ remoteAddress: network.addressOf('server'), remotePort: PORT }, bytes));
  let peakBytes = 0;
  for (let seconds = 10; !sender.isClosed || receiver.finished === 0; seconds += 100) {
    network.run({ untilMs: seconds * 1000 });
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peakBytes = Math.max(peakBytes, heapUsed + arrayBuffers);
    if (seconds > 100_000) break;
  }
  network.run({ untilMs: network.nowMs + 300_000 });
  return { network, sender, receiver, peakBytes };
}

describe('a gibibyte through a bad link', () => {
  it.each([
    [64 * 2 ** 20, 1],
    [2 ** 30, 7],
  ])('%d bytes, seed %d', (bytes, seed) => {
    const { network, sender, receiver, peakBytes } = transfer(bytes, seed);
    expect(sender.isClosed).toBe(true);
    expect(sender.error).toBeNull();
    expect(receiver.receivedBytes).toBe(bytes);
    expect(receiver.hash.digest).toBe(sender.hash.digest);
    expect(receiver.finished).toBe(1);
    const stacks = ['client', 'server'].map((name) => network.hostNamed(name).stack);
    for (const stack of stacks) expect(stack.tcp.connections.size).toBe(0);
    const seconds = (sender.closedAtUs - network.startUs) / 1e6;
    const { RetransSegs, OutSegs } = stacks[0]!.counters.tcp;
    process.stdout.write(
      `${bytes} bytes in ${seconds.toFixed(0)} s of virtual time, ${OutSegs} segments out, ${RetransSegs} of them again, ` +
        `peak heap ${(peakBytes / 2 ** 20).toFixed(0)} MiB\n`,
    );
    // The buffers of two connections, frames in flight and the runner itself.
    expect(peakBytes).toBeLessThan(400 * 2 ** 20);
  });
});
