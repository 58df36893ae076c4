/**
 * One flow in virtual time: bulk data over a bottleneck with random loss or reordering. The same seed gives the same
 * result to the octet, so that every change of a figure is a change of the code.
 */
import { BulkReceiver, BulkSender, Network } from '../../src/sim/index.ts';
import { Stack } from '../../src/stack/stack.ts';
import { bufferBytes, type Cell, queuePackets, RATE_BPS } from './cells.ts';

const PORT = 5001;

/** What became of the flow. */
export interface VirtualResult {
  /** Octets read by the receiver per second of the run, start included. */
  readonly goodputMbps: number;
  readonly seconds: number;
  readonly segmentsOut: number;
  readonly retransmitted: number;
  /** Retransmission time-outs. */
  readonly timeouts: number;
  /** Packets the path lost by chance, and at the full queue. */
  readonly lost: number;
  readonly queueDropped: number;
}

/** Long enough for many cycles of the slowest control: 20 s, or 200 round trips. */
export function virtualSeconds(rttMs: number): number {
  return Math.max(20, (200 * rttMs) / 1000);
}

export function runVirtual(cell: Cell, seed: number, seconds = virtualSeconds(cell.rttMs)): VirtualResult {
  const { rttMs } = cell;
  const buffer = bufferBytes(rttMs);
  const settings = {
    tcp: { congestion_control: cell.control, rmem_default: buffer, rmem_max: buffer, wmem_default: buffer },
  };
  const network = new Network({ seed });
  const sender = network.host('sender', { settings });
  const receiver = network.host('receiver', { settings });
  const link = network.link(sender, receiver, {
    medium: 'ip',
    families: [4],
    delayMs: rttMs / 2,
    linkFrames: 65_536,
    name: 'path',
  });
  link.set(
    {
      rateBps: RATE_BPS,
      queuePackets: queuePackets(rttMs),
      loss: cell.lossPercent / 100,
      reorder: cell.reorderPercent / 100,
      reorderDelayMs: rttMs / 8,
    },
    'sender',
  );
  const sink = receiver.start(new BulkReceiver(PORT, { isHashing: false }));
  const remote = { remoteAddress: network.addressOf('receiver'), remotePort: PORT };
  sender.start(new BulkSender(remote, Number.MAX_SAFE_INTEGER, false));
  network.run({ forMs: seconds * 1000, maxEvents: Number.MAX_SAFE_INTEGER });
  const { stack } = sender;
  if (!(stack instanceof Stack)) throw new Error('the simulator runs another stack');
  const { tcp, tcpExt } = stack.counters;
  const harm = link.impairment.countersOf(link.portOf('sender'));
  return {
    goodputMbps: (sink.receivedBytes * 8) / seconds / 1e6,
    seconds,
    segmentsOut: tcp.OutSegs + tcp.RetransSegs,
    retransmitted: tcp.RetransSegs,
    timeouts: tcpExt.TCPTimeouts,
    lost: harm.lost,
    queueDropped: harm.queueDropped,
  };
}
