/**
 * Datagram path MTU discovery end to end (RFC 8899): two programs with a protocol of five octets of header, a narrow place
 * between them, a router there that answers or does not. The prober decides, the programs pad, send and confirm.
 */
import { describe, expect, it } from 'vitest';
import { DatagramSocket, PathMtuProber } from '../../src/index.ts';
import type { Application, EventSocket, Host } from '../../src/sim/index.ts';
import { type NarrowOptions, narrowPath } from '../support/narrow-path.ts';

const PORT = 4433;
const DATA = 0;
const PROBE = 1;
const CONFIRMED = 2;
const HEADER = 5;

/** Confirms probes and data by their number. */
class Confirming implements Application {
  socket: DatagramSocket | null = null;
  receivedBytes = 0;

  onStart(host: Host): void {
    this.socket = new DatagramSocket(host.stack, { port: PORT });
    host.own(this.socket, this);
  }

  onEvent(_host: Host, socket: EventSocket): void {
    if (!(socket instanceof DatagramSocket)) return;
    for (let got = socket.receiveFrom(); got !== null; got = socket.receiveFrom()) {
      if (got.bytes[0] === DATA) this.receivedBytes += got.bytes.length - HEADER;
      const answer = got.bytes.slice(0, HEADER);
      answer[0] = CONFIRMED + (got.bytes[0] ?? 0);
      socket.sendTo(answer, got.address, got.port);
    }
  }
}

/** Sends a datagram of data every 100 ms, as large as is known to pass, and probes. */
class Sending implements Application {
  readonly prober: PathMtuProber;
  readonly probed: number[] = [];
  socket: DatagramSocket | null = null;
  sent = 0;
  private readonly address: string;
  private readonly isProbing: boolean;

  constructor(address: string, isProbing: boolean) {
    this.address = address;
    this.isProbing = isProbing;
    const isV6 = address.includes(':');
    this.prober = new PathMtuProber({ maxSize: isV6 ? 1452 : 1472, headerLength: isV6 ? 48 : 28, probeTimerMs: 1000 });
  }

  onStart(host: Host): void {
    this.socket = new DatagramSocket(host.stack, {});
    this.socket.pathMtuDiscovery = 'probe';
    this.socket.connect(this.address, PORT);
    host.own(this.socket, this);
    if (this.isProbing) this.prober.start(host.nowUs);
    host.setTimer(this, 0);
  }

  onTimer(host: Host): void {
    this.prober.handleTimeout(host.nowUs);
    this.sendProbe(host);
    this.send(DATA, this.sent++, this.isProbing ? this.prober.plpmtu : 1472);
    host.setTimer(this, 100);
  }

  onEvent(host: Host, socket: EventSocket): void {
    if (!(socket instanceof DatagramSocket)) return;
    // A pending EMSGSIZE is news, not a failure of the next datagram.
    socket.takeError();
    const report = socket.takePathMtuReport();
    if (report !== null) this.prober.tooBig(report.mtu, host.nowUs);
    for (let got = socket.receiveFrom(); got !== null; got = socket.receiveFrom()) {
      const view = new DataView(got.bytes.buffer);
      if (got.bytes[0] === CONFIRMED + PROBE) this.prober.acknowledged(view.getUint32(1), host.nowUs);
    }
    this.sendProbe(host);
  }

  private sendProbe(host: Host): void {
    const probe = this.prober.takeProbe(host.nowUs);
    if (probe === null) return;
    this.probed.push(probe.size);
    if (this.send(PROBE, probe.id, probe.size) === 'EMSGSIZE') this.prober.refused(probe.id, host.nowUs);
  }

  private send(kind: number, number: number, length: number): string | null {
    const bytes = new Uint8Array(length);
    bytes[0] = kind;
    new DataView(bytes.buffer).setUint32(1, number);
    return this.socket?.send(bytes) ?? null;
  }
}

function run(options: NarrowOptions, isProbing: boolean, seconds: number) {
  const path = narrowPath(options);
  const confirming = path.server.start(new Confirming());
  const sending = path.client.start(new Sending(path.address, isProbing));
  path.network.run({ untilMs: seconds * 1000 });
  return { ...path, confirming, sending };
}

describe.each([4, 6] as const)('datagrams over IPv%i', (family) => {
  const headers = family === 4 ? 28 : 48;

  // RFC 8899 §4.3: without a word from the router, and without probing, everything of full size is lost.
  it('are all lost in a black hole that nobody looks for', () => {
    const { confirming, sending } = run({ mtu: 1300, silent: true, family }, false, 20);
    console.log(
      `IPv${family}, silent 1300, no probing: ${confirming.receivedBytes} octets of ${sending.sent} datagrams`,
    );
    expect([confirming.receivedBytes, sending.sent > 100]).toEqual([0, true]);
  });

  // RFC 8899 §3 R8899-5, R8899-4: no data is sent larger than what was confirmed.
  // RFC 8899 §6.1 R8899-21: the program sends, confirms and reports.
  it('arrive when they probe, whatever the router says', () => {
    for (const silent of [true, false]) {
      const { confirming, sending } = run({ mtu: 1300, silent, family }, true, 40);
      const { prober, probed, sent } = sending;
      console.log(
        `IPv${family}, ${silent ? 'silent' : 'answering'} 1300: ${confirming.receivedBytes} octets of ${sent} datagrams, ` +
          `size ${prober.plpmtu}, ${probed.length} probes, ${prober.reportsTaken} reports`,
      );
      expect(prober.state).toBe('SEARCH_COMPLETE');
      expect(prober.plpmtu).toBeLessThanOrEqual(1300 - headers);
      expect(prober.plpmtu).toBeGreaterThan(1300 - headers - 8);
      // Nothing but probes was lost.
      expect(confirming.receivedBytes).toBeGreaterThan((sent - 1) * (1200 - HEADER));
      expect(prober.reportsTaken).toBe(silent ? 0 : 1);
      if (!silent) expect(probed.length).toBe(3);
    }
  });

  // RFC 8899 §5.2: a size that stops working is found by confirmation probes.
  it('find out when the path gets narrower without a word', () => {
    const { network, sending, confirming } = run({ mtu: 1500, silent: true, family }, true, 5);
    expect(sending.prober.plpmtu).toBe(1500 - headers);
    network.linkNamed('client-left').rule({ from: 'client', protocol: 'udp', payloadMin: 1300 - headers + 1 }, 'drop');
    network.run({ forMs: 150_000 });
    const before = confirming.receivedBytes;
    network.run({ forMs: 1_000 });
    const { prober } = sending;
    expect([prober.blackHoles, prober.state]).toEqual([1, 'SEARCH_COMPLETE']);
    expect(prober.plpmtu).toBeGreaterThan(1300 - headers - 8);
    expect(confirming.receivedBytes - before).toBeGreaterThan(9 * (prober.plpmtu - HEADER));
  });

  it('go on after a snapshot in the middle of the search', () => {
    const { network } = run({ mtu: 1300, silent: true, family }, true, 5);
    const snapshot = network.snapshot();
    const seen: string[] = [];
    for (let time = 0; time < 2; time++) {
      if (time > 0) network.restore(snapshot);
      network.run({ untilMs: 30_000 });
      const [program] = network.hostNamed('client').applications;
      if (program instanceof Sending) seen.push(`${program.probed.join(' ')} ${program.prober.plpmtu} ${program.sent}`);
    }
    expect(seen.length).toBe(2);
    expect(seen[0]).toBe(seen[1]);
  });
});

describe('IP_MTU_DISCOVER end to end', () => {
  function socketOf(options: NarrowOptions) {
    const path = narrowPath(options);
    const socket = new DatagramSocket(path.client.stack, {});
    socket.connect(path.address, PORT);
    const confirming = path.server.start(new Confirming());
    return { ...path, socket, confirming };
  }

  it('`do`: the router’s word makes EMSGSIZE of what is too big, and IP_MTU tells it', () => {
    const { network, socket } = socketOf({ mtu: 1300, silent: false });
    socket.pathMtuDiscovery = 'do';
    expect([socket.pathMtu, socket.send(new Uint8Array(1472))]).toEqual([1500, null]);
    network.run({ forMs: 100 });
    expect([socket.pathMtu, socket.takeError()]).toEqual([1300, 'EMSGSIZE']);
    expect(socket.send(new Uint8Array(1273))).toBe('EMSGSIZE');
    expect(socket.send(new Uint8Array(1272))).toBeNull();
  });

  it('`want`: the first is lost, the next go in fragments', () => {
    const { network, socket, confirming } = socketOf({ mtu: 1300, silent: false });
    socket.send(new Uint8Array(1472));
    network.run({ forMs: 100 });
    expect([confirming.receivedBytes, socket.takeError()]).toEqual([0, 'EMSGSIZE']);
    socket.send(new Uint8Array(1472));
    network.run({ forMs: 100 });
    expect(confirming.receivedBytes).toBe(1472 - HEADER);
  });

  it('`dont`: the router cuts, and nothing is lost', () => {
    const { network, socket, confirming } = socketOf({ mtu: 1300, silent: true });
    socket.pathMtuDiscovery = 'dont';
    socket.send(new Uint8Array(1472));
    network.run({ forMs: 100 });
    expect(confirming.receivedBytes).toBe(1472 - HEADER);
  });

  it('`probe` goes by the interface, whatever is known of the path', () => {
    const { network, socket } = socketOf({ mtu: 1300, silent: false });
    socket.pathMtuDiscovery = 'probe';
    socket.send(new Uint8Array(1472));
    network.run({ forMs: 100 });
    socket.takeError();
    expect([socket.pathMtu, socket.send(new Uint8Array(1472)), socket.send(new Uint8Array(1473))]).toEqual([
      1300,
      null,
      'EMSGSIZE',
    ]);
  });

  it('`interface` and `omit` do not listen to routers', () => {
    for (const mode of ['interface', 'omit'] as const) {
      const { network, socket, client } = socketOf({ mtu: 1300, silent: false, family: 6 });
      socket.pathMtuDiscovery = mode;
      socket.send(new Uint8Array(1452));
      network.run({ forMs: 100 });
      expect([socket.pathMtu, socket.takeError(), client.stack.counters.icmp6.InPktTooBigs]).toEqual([1500, null, 1]);
      expect(socket.send(new Uint8Array(2000))).toBe(mode === 'interface' ? 'EMSGSIZE' : null);
    }
  });

  it('names a mode that is none', () => {
    const { socket } = socketOf({ mtu: 1500, silent: true });
    expect(() => {
      socket.pathMtuDiscovery = 'sometimes' as 'do';
    }).toThrow('pathMtuDiscovery');
  });
});
