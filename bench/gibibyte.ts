/**
 * A gibibyte through a bad link in the simulator: 1 % loss, 1 % reordering, 0.1 % corruption that the checksum finds, 20 ms
 * one way. What counts is that every octet is right, both ends close, and memory stays flat.
 */
import { BulkReceiver, BulkSender, Network } from 'woshou/sim';

const PORT = 5001;

export interface BadLinkResult {
  readonly bytes: number;
  readonly virtualSeconds: number;
  readonly realSeconds: number;
  readonly segmentsOut: number;
  readonly retransmitted: number;
  readonly heapPeakMiB: number;
  /** Same hash at both ends, both ends closed, no connection left. */
  readonly isRight: boolean;
}

export function gibibyte(bytes: number, seed: number): BadLinkResult {
  const network = new Network({ seed });
  const server = network.host('server');
  const client = network.host('client');
  network.link(client, server, { delayMs: 20, loss: 0.01, reorder: 0.01, reorderDelayMs: 5, corrupt: 0.001 });
  const receiver = server.start(new BulkReceiver(PORT));
  const sender = client.start(new BulkSender({ remoteAddress: network.addressOf('server'), remotePort: PORT }, bytes));
  const start = process.hrtime.bigint();
  let peak = 0;
  while (!sender.isClosed || receiver.finished === 0) {
    if (network.nowMs > 100_000_000) break;
    network.run({ forMs: 60_000 });
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peak = Math.max(peak, heapUsed + arrayBuffers);
  }
  const virtualSeconds = (sender.closedAtUs - network.startUs) / 1e6;
  // TIME-WAIT ends too.
  network.run({ forMs: 300_000 });
  const left = client.stack.tcp.connections.size + server.stack.tcp.connections.size;
  const { OutSegs, RetransSegs } = client.stack.counters.tcp;
  return {
    bytes,
    virtualSeconds,
    realSeconds: Number(process.hrtime.bigint() - start) / 1e9,
    segmentsOut: OutSegs,
    retransmitted: RetransSegs,
    heapPeakMiB: peak / 2 ** 20,
    isRight: receiver.receivedBytes === bytes && receiver.hash.digest === sender.hash.digest && left === 0,
  };
}
