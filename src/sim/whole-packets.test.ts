/** A link without MTU: what the stack makes goes over it in one piece, the rest of the work is done as on any link. */
import { describe, expect, it } from 'vitest';
import type { Slot } from '../base/slot.ts';
import { DatagramSocket } from '../socket/index.ts';
import { BulkReceiver, BulkSender } from './applications.ts';
import type { Host } from './host.ts';
import { Network } from './network.ts';
import type { NetworkLinkOptions, NetworkRecorder } from './network-options.ts';

const LARGEST_DATAGRAM = 65_507;
const BULK_BYTES = 2_000_000;
const PORT = 9;
/** Linux fills at most half of the widest window it was offered, which is 64 kB at first. */
const LARGE = 32_000;

/** Lengths of the frames that were put on the wire. */
class Lengths implements NetworkRecorder {
  readonly lengths: number[] = [];

  addInterface(): number {
    return 0;
  }

  frameSeen(_interfaceId: number, direction: string, _timeUs: number, slot: Slot): void {
    if (direction === 'out') this.lengths.push(slot.length);
  }
}

interface Wire {
  readonly network: Network;
  readonly a: Host;
  readonly b: Host;
  readonly seen: Lengths;
}

function wire(options: NetworkLinkOptions): Wire {
  const network = new Network({ seed: 3 });
  const a = network.host('a');
  const b = network.host('b');
  network.link(a, b, { families: [4], medium: 'ip', ...options });
  const seen = new Lengths();
  network.record(seen);
  return { network, a, b, seen };
}

function bulk(options: NetworkLinkOptions): Wire {
  const made = wire(options);
  const { network, a, b } = made;
  const receiver = b.start(new BulkReceiver(PORT));
  const sender = a.start(
    new BulkSender({ remoteAddress: network.addressOf('b'), remotePort: PORT, noDelay: true }, BULK_BYTES),
  );
  network.run({ untilMs: 600_000, until: () => receiver.finished > 0 && sender.isClosed });
  expect([receiver.hash.length, receiver.hash.digest]).toEqual([BULK_BYTES, sender.hash.digest]);
  return made;
}

describe('a link without MTU', () => {
  it.each([
    ['takes the largest datagram in one piece', 'none', 1],
    ['which is 45 pieces elsewhere', 1500, 45],
  ] as const)('%s', (_, mtu, pieces) => {
    const { network, a, b, seen } = wire({ mtu });
    const receiver = new DatagramSocket(b.stack, { receiveBufferBytes: 200_000 });
    receiver.bind(PORT);
    const sender = new DatagramSocket(a.stack);
    const data = Uint8Array.from({ length: LARGEST_DATAGRAM }, (_value, index) => (index * 13) & 255);
    expect(sender.sendTo(data, network.addressOf('b'), PORT)).toBeNull();
    network.run({ forMs: 100 });
    expect(receiver.receiveFrom()?.bytes).toEqual(data);
    expect(seen.lengths.length).toBe(pieces);
  });

  it('carries segments as large as the window allows, with checksums that are made and verified', () => {
    const { seen, b } = bulk({ mtu: 'none', corrupt: 0.05 });
    expect(Math.max(...seen.lengths)).toBeGreaterThan(LARGE);
    expect(Math.max(...seen.lengths)).toBeLessThanOrEqual(65_535);
    expect(b.stack.counters.tcp.InCsumErrors).toBeGreaterThan(0);
  });

  it('needs a fraction of the frames', () => {
    const whole = bulk({ mtu: 'none' }).seen.lengths.length;
    const cut = bulk({ mtu: 1500 }).seen.lengths.length;
    expect(cut / whole).toBeGreaterThan(10);
  });

  it('leaves checksums out when told so', () => {
    const { seen } = bulk({ mtu: 'none', offload: true });
    expect(Math.max(...seen.lengths)).toBeGreaterThan(LARGE);
  });
});
