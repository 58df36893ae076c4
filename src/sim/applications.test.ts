/** Programs on real stacks in simulated networks: good links, bad links, crashes, snapshots, the ends of the clocks. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Recorder } from '../capture/recorder.ts';
import { DatagramSocket } from '../socket/datagram-socket.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { BulkReceiver, BulkSender, ClientApplication, EchoServer } from './applications.ts';
import type { Application, Host } from './host.ts';
import type { EventSocket } from './host-stack.ts';
import { HttpClient, HttpServer } from './http.ts';
import { Network } from './network.ts';
import type { NetworkLinkOptions, NetworkOptions } from './network-options.ts';
import { StateNotes } from './state-notes.ts';

function pair(link: NetworkLinkOptions = {}, options: NetworkOptions = {}) {
  const network = new Network(options);
  const client = network.host('client');
  const server = network.host('server');
  return { network, client, server, link: network.link(client, server, link) };
}

function transfer(bytes: number, link: NetworkLinkOptions = {}, options: NetworkOptions = {}) {
  const made = pair(link, options);
  const receiver = made.server.start(new BulkReceiver(5001));
  const remoteAddress = made.network.addressOf('server', { family: link.families?.[0] ?? 4 });
  const sender = made.client.start(new BulkSender({ remoteAddress, remotePort: 5001 }, bytes));
  return { ...made, receiver, sender };
}

describe('programs on real stacks', () => {
  it.each([4, 6] as const)('HTTP over IPv%d', (family) => {
    const { network, client, server } = pair({ delayMs: 10, families: [family] });
    const web = server.start(new HttpServer(80, { '/': 'hello', '/big': 'x'.repeat(100_000) }));
    const remoteAddress = network.addressOf('server');
    const [page, big, missing] = ['/', '/big', '/none'].map((path) =>
      client.start(new HttpClient({ remoteAddress, remotePort: 80 }, path)),
    );
    network.run({ untilMs: 5000 });
    expect([page?.status, page?.body]).toEqual([200, 'hello']);
    expect([big?.status, big?.body.length]).toEqual([200, 100_000]);
    expect(missing?.status).toBe(404);
    expect([page?.isClosed, big?.isClosed, page?.error]).toEqual([true, true, null]);
    expect(web.requests).toEqual(['GET / HTTP/1.1', 'GET /big HTTP/1.1', 'GET /none HTTP/1.1']);
    expect(web.connections.size).toBe(0);
  });

  it.each([
    ['a good link', {}],
    ['bare IP with offloads', { medium: 'ip', offload: true }],
    ['Ethernet with offloads', { offload: true, mtu: 9000 }],
    ['a link without MTU', { mtu: 'none' }],
    ['bare IP without MTU or checksums', { medium: 'ip', mtu: 'none', offload: true }],
    ['a lossy link without MTU', { mtu: 'none', delayMs: 10, loss: 0.02 }],
    ['a long way', { delayMs: 100 }],
    ['a lossy link', { delayMs: 10, loss: 0.02 }],
    [
      'every harm at once',
      { delayMs: 5, jitterMs: 5, jitterReorders: true, loss: 0.01, duplicate: 0.01, reorder: 0.02, corrupt: 0.01 },
    ],
    ['a bottleneck', { delayMs: 10, rateBps: 10e6, queuePackets: 20 }],
    ['a small MTU, IPv6', { mtu: 1280, families: [6], loss: 0.01 }],
  ] as [string, NetworkLinkOptions][])('bulk over %s', (_name, link) => {
    const { network, receiver, sender } = transfer(300_000, link);
    const result = network.run({ untilMs: 600_000, until: () => receiver.finished > 0 && sender.isClosed });
    expect(result.reason).toBe('condition');
    expect([receiver.hash.length, receiver.hash.digest]).toEqual([300_000, sender.hash.digest]);
  });

  it('echo, several at once through a switch', () => {
    const network = new Network({ seed: 4 });
    const hosts = ['a', 'b', 'c', 'd'].map((name) => network.host(name));
    network.switch(hosts, { delayMs: 1 });
    const echo = hosts[3]!.start(new EchoServer(7));
    const senders = hosts
      .slice(0, 3)
      .map((host) => host.start(new BulkSender({ remoteAddress: network.addressOf('d'), remotePort: 7 }, 20_000)));
    network.run({ untilMs: 10_000 });
    expect(senders.map(({ received, isClosed, error }) => [received.length, isClosed, error])).toEqual(
      senders.map(() => [20_000, true, null]),
    );
    expect([echo.accepted, echo.echoedBytes]).toEqual([3, 60_000]);
  });

  it('a rule loses exactly the first SYN-ACK', () => {
    const { network, client, server, link } = pair({ delayMs: 10 });
    server.start(new EchoServer(7));
    const rule = link.rule({ from: server, flags: 'SYN+ACK', nth: 1 }, 'drop');
    const program = client.start(new ClientApplication({ remoteAddress: network.addressOf('server'), remotePort: 7 }));
    network.run({ untilMs: 5000 });
    expect(rule.hits).toBe(1);
    expect(program.connectedAtUs).toBeGreaterThan(1_000_000);
    expect(program.connectedAtUs).toBeLessThan(1_200_000);
  });

  it('a firewall refuses by reset', () => {
    const { network, client, server, link } = pair({ delayMs: 10 });
    server.start(new EchoServer(7));
    link.rule({ destinationPort: 7 }, { reject: 'rst' });
    const program = client.start(new ClientApplication({ remoteAddress: network.addressOf('server'), remotePort: 7 }));
    network.run({ untilMs: 100 });
    expect([program.error, program.isClosed]).toEqual(['ECONNREFUSED', true]);
  });

  it('goes through a translator, which forgets', () => {
    const network = new Network();
    const [inside, outside] = [network.host('inside'), network.host('outside')];
    const box = network.nat(inside, outside, { tcpIdleMs: 60_000 });
    const echo = outside.start(new EchoServer(7));
    const sender = inside.start(new BulkSender({ remoteAddress: network.addressOf('outside'), remotePort: 7 }, 10_000));
    network.run({ untilMs: 1000, until: () => sender.isClosed });
    expect([sender.received.length, sender.error, echo.accepted]).toEqual([10_000, null, 1]);
    expect(box.counters.translatedIn).toBeGreaterThan(5);
    network.run({ untilMs: 400_000 });
    expect(box.mappingCount(network.nowUs)).toBe(0);
  });

  it('datagrams reach the program that owns the socket', () => {
    class Collector implements Application {
      readonly texts: string[] = [];
      socket: DatagramSocket | null = null;

      onStart(host: Host): void {
        this.socket = new DatagramSocket(host.stack, { port: 9 });
        host.own(this.socket, this);
      }

      onEvent(_host: Host, socket: EventSocket): void {
        if (!(socket instanceof DatagramSocket)) return;
        for (let got = socket.receiveFrom(); got !== null; got = socket.receiveFrom()) {
          this.texts.push(`${got.address} ${got.bytes.length}`);
        }
      }
    }
    const { network, client, server } = pair({ delayMs: 3, mtu: 1280 });
    server.start(new EchoServer(7));
    const program = server.start(new Collector());
    const sender = new DatagramSocket(client.stack, {});
    for (const family of [4, 6] as const)
      sender.sendTo(new Uint8Array(2000), network.addressOf('server', { family }), 9);
    network.run({ untilMs: 100 });
    expect(program.texts).toEqual(['10.0.1.1 2000', 'fd00:0:0:1::1 2000']);
  });

  it('notes state changes beside the frames that show them', () => {
    const notes = new StateNotes();
    const recorder = new Recorder({ commenter: notes });
    notes.attach(recorder);
    const network = new Network();
    const client = network.host('client', { observer: notes.observerFor('client') });
    const server = network.host('server', { observer: notes.observerFor('server') });
    network.link(client, server, { delayMs: 1, medium: 'ip', families: [4] });
    network.record(recorder);
    server.start(new HttpServer());
    client.start(new HttpClient({ remoteAddress: network.addressOf('server'), remotePort: 80 }));
    network.run({ untilMs: 1000 });
    const comments = recorder.frames.map(({ comment }) => comment).filter((comment) => comment !== null);
    expect(comments[0]).toBe('client: CLOSED → SYN-SENT');
    expect(comments[1]).toMatch(/^server: .* → SYN-RECEIVED$/);
    expect(comments.join('; ')).toContain('client: SYN-SENT → ESTABLISHED');
    expect(comments.join('; ')).toContain('TIME-WAIT');
  });

  it('a crash says nothing; the restarted host resets what it does not know', () => {
    const { network, client, server, sender } = transfer(50_000_000, { delayMs: 10, rateBps: 10e6 });
    network.run({ untilMs: 1000 });
    expect(sender.isConnected).toBe(true);
    server.crash();
    network.run({ forMs: 5000 });
    expect([sender.error, client.stack.counters.tcp.RetransSegs > 0]).toEqual([null, true]);
    server.restart();
    network.run({ forMs: 60_000 });
    expect(sender.error).toBe('ECONNRESET');
  });

  it('a partition stops a transfer and healing lets it go on', () => {
    const { network, link, receiver, sender } = transfer(3_000_000, { delayMs: 10, rateBps: 20e6 });
    network.run({ untilMs: 500 });
    const before = receiver.receivedBytes;
    link.partition();
    network.run({ forMs: 5000 });
    expect(receiver.receivedBytes - before).toBeLessThan(100_000);
    link.heal();
    network.run({ forMs: 60_000 });
    expect(receiver.hash.digest).toBe(sender.hash.digest);
  });

  it.each([
    2 ** 31 * 1e6 - 1e6,
    2 ** 32 * 1e6 - 1e6,
    2 ** 31 - 50_000,
    2 ** 32 - 50_000,
    2 ** 31 * 100 - 50_000,
    2 ** 32 * 100 - 50_000,
  ])('works across the wrap of its clocks: start at %d us', (startUs) => {
    const { network, receiver, sender } = transfer(300_000, { delayMs: 10, loss: 0.03 }, { startUs });
    const result = network.run({ untilMs: 120_000, until: () => receiver.finished > 0 && sender.isClosed });
    expect(result.reason).toBe('condition');
    expect(receiver.hash.digest).toBe(sender.hash.digest);
  });

  it('a day of an idle connection takes no time', () => {
    const { network, client, server } = pair({ delayMs: 10 });
    server.start(new EchoServer(7));
    const program = client.start(new ClientApplication({ remoteAddress: network.addressOf('server'), remotePort: 7 }));
    const started = process.hrtime.bigint();
    network.run({ untilMs: 86_400_000 });
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(2000);
    expect([program.isConnected, program.isClosed]).toEqual([true, false]);
  });
});

describe('determinism with real stacks', () => {
  const harm = { delayMs: 5, jitterMs: 5, jitterReorders: true, loss: 0.02, duplicate: 0.02 };

  function recorded(seed: number) {
    const made = transfer(100_000, harm, { seed });
    made.network.record(new Recorder());
    return made;
  }

  function text(network: Network): string {
    return Buffer.from((network.recorder as Recorder).toPcapng({ epochUs: network.epochUs })).toString('latin1');
  }

  it('the same seed gives the same bytes, another seed others', () => {
    const [a, b, c] = [5, 5, 6].map((seed) => {
      const { network } = recorded(seed);
      network.run({ untilMs: 20_000 });
      return text(network);
    });
    expect(a === b).toBe(true);
    expect(a === c).toBe(false);
  });

  it('restore and run equals run, programs and stacks included', () => {
    const { network } = recorded(8);
    network.run({ untilMs: 60 });
    const snapshot = network.snapshot();
    network.run({ untilMs: 20_000 });
    const first = text(network);
    network.restore(snapshot);
    network.run({ untilMs: 20_000 });
    expect(text(network) === first).toBe(true);
    const receiver = network.hostNamed('server').applications[0] as BulkReceiver;
    const sender = network.hostNamed('client').applications[0] as BulkSender;
    expect([receiver.finished, receiver.hash.digest]).toEqual([1, sender.hash.digest]);
  });
});

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

// Skipped where Wireshark's command line is not installed: nothing else reads our files with other eyes.
describe.skipIf(!hasTshark)('tshark (skipped where it is not installed)', () => {
  it.each([{}, { offload: true }])('finds nothing wrong with a whole conversation %o', (link) => {
    const { network, receiver } = transfer(100_000, { delayMs: 5, ...link });
    const recorder = new Recorder();
    network.record(recorder);
    network.run({ untilMs: 130_000 });
    expect(receiver.finished).toBe(1);
    const folder = mkdtempSync(join(tmpdir(), 'capture-'));
    try {
      const path = join(folder, 'bulk.pcapng');
      const names = network.names();
      writeFileSync(
        path,
        recorder.toPcapng({ epochUs: network.epochUs, application: 'woshou', names, interfaceIds: [0] }),
      );
      const checks = ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'udp.check_checksum:TRUE'];
      const args = [
        '-r',
        path,
        ...checks.flatMap((check) => ['-o', check]),
        '-Y',
        '_ws.malformed || _ws.expert.severity >= "Warning"',
      ];
      const { status, stdout } = spawnSync('tshark', args, { encoding: 'utf8' });
      expect([status, stdout]).toEqual([0, '']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('send nothing more once they have crashed or frozen their host', () => {
    for (const end of ['crash', 'freeze'] as const) {
      class Dying extends ClientApplication {
        protected override progress(host: Host, socket: StreamSocket): void {
          if (!this.isConnected || host.condition !== 'up') return;
          socket.write(new Uint8Array(100));
          host[end]();
        }
      }
      const network = new Network({ seed: 1 });
      const client = network.host('client');
      const server = network.host('server');
      network.link(client, server, { delayMs: 1 });
      const echo = server.start(new EchoServer(7));
      client.start(new Dying({ remoteAddress: network.addressOf('server'), remotePort: 7 }));
      network.run({ forMs: 100 });
      expect(client.condition).toBe(end === 'crash' ? 'crashed' : 'frozen');
      expect(echo.accepted).toBe(0);
      expect(echo.echoedBytes).toBe(0);
    }
  });

  it('leave the network idle when nothing is to be done any more', () => {
    const network = new Network({ seed: 1 });
    const client = network.host('client');
    const server = network.host('server');
    network.link(client, server, { delayMs: 1 });
    server.start(new EchoServer(7));
    expect(network.isIdle).toBe(false);
    expect(network.run().reason).toBe('idle');
    expect(network.isIdle).toBe(true);
    client.start(new ClientApplication({ remoteAddress: network.addressOf('server'), remotePort: 7 }));
    expect(network.isIdle).toBe(false);
  });
});
