/**
 * A router between a link that carries super-segments with unfinished checksums and one that does not: what comes in whole
 * leaves in packets of the wire, and the path MTU is found through it.
 */
import { describe, expect, it } from 'vitest';
import type { Slot } from '../base/slot.ts';
import { BulkReceiver, BulkSender } from './applications.ts';
import { Network } from './network.ts';
import type { NetworkLinkOptions, NetworkRecorder } from './network-options.ts';

const BULK_BYTES = 200_000;
const PORT = 9;

/** The longest frame that each host sent on each wire, by the order in which they were plugged in. */
class Longest implements NetworkRecorder {
  readonly sent: number[] = [];

  addInterface(): number {
    return this.sent.push(0) - 1;
  }

  frameSeen(id: number, direction: string, _timeUs: number, { length }: Slot): void {
    if (direction === 'out' && length > this.sent[id]!) this.sent[id] = length;
  }
}

/** client - router - second - server: the near link, the far one, and one whose MTU hides what lies behind it. */
function routed(family: 4 | 6, near: NetworkLinkOptions, far: NetworkLinkOptions) {
  const network = new Network({ seed: 5 });
  const client = network.host('client');
  const router = network.host('router', { settings: { ip: { forwarding: true } } });
  const second = network.host('second', { settings: { ip: { forwarding: true } } });
  const server = network.host('server');
  network.link(client, router, { families: [family], ...near });
  network.link(router, second, { families: [family], ...far });
  network.link(second, server, { families: [family] });
  const everywhere = family === 4 ? '0.0.0.0/0' : '::/0';
  client.addRoute(0, everywhere, network.addressOf('router', { from: 'client', family }));
  router.addRoute(1, everywhere, network.addressOf('second', { from: 'router', family }));
  second.addRoute(0, everywhere, network.addressOf('router', { from: 'second', family }));
  server.addRoute(0, everywhere, network.addressOf('second', { from: 'server', family }));
  const longest = new Longest();
  network.record(longest);
  return { network, client, router, second, server, longest };
}

/** A transfer from the client to the server, which arrives unharmed and without a retransmission timeout. */
function bulk(family: 4 | 6, near: NetworkLinkOptions, far: NetworkLinkOptions) {
  const made = routed(family, near, far);
  const { network, client, server } = made;
  const receiver = server.start(new BulkReceiver(PORT));
  const remoteAddress = network.addressOf('server', { family });
  const sender = client.start(new BulkSender({ remoteAddress, remotePort: PORT }, BULK_BYTES));
  network.run({ untilMs: 60_000, until: () => receiver.finished > 0 && sender.isClosed });
  expect([receiver.hash.length, receiver.hash.digest]).toEqual([BULK_BYTES, sender.hash.digest]);
  expect(client.stack.counters.tcpExt.TCPTimeouts).toBe(0);
  return made;
}

const OFFLOADED: NetworkLinkOptions = { delayMs: 2, offload: true };

describe.each([4, 6] as const)('a router for IPv%i', (family) => {
  const counted = family === 4 ? 'ip' : 'ip6';

  it.each([
    ['Ethernet', 'Ethernet', {}, {}],
    ['Ethernet', 'bare IP', {}, { medium: 'ip' }],
    ['bare IP', 'Ethernet', { medium: 'ip' }, {}],
  ] as const)('cuts what comes whole by %s for %s without offload', (_from, _to, near, far) => {
    const { router, client, server } = bulk(family, { ...OFFLOADED, ...near }, { delayMs: 2, ...far });
    const { tcp } = client.stack.counters;
    expect(tcp.RetransSegs).toBe(0);
    expect(server.stack.counters.tcp.InCsumErrors).toBe(0);
    // The super-segment is one datagram to the router as to its sender, and a packet for each segment behind it.
    expect(router.stack.counters[counted].ForwDatagrams).toBeLessThan(tcp.OutSegs);
    expect(server.stack.counters[counted].InReceives).toBeGreaterThan(BULK_BYTES / 1460);
    expect(router.stack.counters[counted].FragCreates).toBe(0);
  });

  it.each([
    ['plain', {}],
    ['offloaded', { offload: true }],
  ] as const)('tells senders of super-segments of a narrow link, %s', (_kind, far) => {
    const { router, longest } = bulk(family, OFFLOADED, { delayMs: 2, mtu: 1300, ...far });
    expect(router.stack.counters[counted].FragFails).toBeGreaterThan(0);
    expect(router.stack.counters[counted].FragCreates).toBe(0);
    // The sender has learned: it was told a few times, not for every super-segment.
    expect(router.stack.counters[counted].FragFails).toBeLessThan(8);
    expect(longest.sent[2]).toBe(1300 + 14);
  });

  it('passes super-segments on whole where the next link carries them', () => {
    const { second } = bulk(family, OFFLOADED, OFFLOADED);
    expect(second.stack.counters[counted].InReceives).toBeLessThan(BULK_BYTES / 1460);
  });
});
