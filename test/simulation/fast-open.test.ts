/** Fast Open between two simulated hosts: the round trip it saves, what is left of it on a bad line, and copies of its caches. */
import { describe, expect, it } from 'vitest';
import { ClientApplication, EchoServer } from '../../src/sim/applications.ts';
import type { Host } from '../../src/sim/host.ts';
import { Network } from '../../src/sim/network.ts';
import type { StreamSocket } from '../../src/socket/index.ts';
import { type Profile, text } from '../requirements/bench.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const ONE_WAY_MS = 50;
/** The sum of one round trip. */
const ROUND_TRIP_US = 2 * ONE_WAY_MS * 1000;
const QUESTION = 400;

/** Asks, and closes when the whole question has come back. */
class Asker extends ClientApplication {
  askedAtUs = 0;
  answeredAtUs = -1;

  override onStart(host: Host): void {
    this.askedAtUs = host.nowUs;
    super.onStart(host);
  }

  protected override progress(host: Host, socket: StreamSocket): void {
    if (this.received.length < QUESTION || this.answeredAtUs >= 0) return;
    this.answeredAtUs = host.nowUs;
    socket.close();
  }

  get tookUs(): number {
    return this.answeredAtUs - this.askedAtUs;
  }
}

interface Line {
  readonly loss?: number;
  readonly reorder?: number;
  readonly duplicate?: number;
}

class World {
  readonly network: Network;
  readonly client: Host;
  readonly server: Host;
  readonly echo: EchoServer;

  constructor(profile: Profile, line: Line = {}, seed = 1) {
    this.network = new Network({ seed });
    const settings = { tcp: { fastopen: 0x403 } };
    this.client = this.network.host('client', { profile, settings });
    this.server = this.network.host('server', { profile, settings });
    this.network.link(this.client, this.server, { medium: 'ip', delayMs: ONE_WAY_MS, ...line });
    this.network.run({ forMs: 3_000 });
    this.echo = this.server.start(new EchoServer(80));
  }

  ask(fastOpen: boolean, forMs = 2_000): Asker {
    const remoteAddress = this.network.addressOf('server', { family: 4 });
    const asker = this.client.start(new Asker({ remoteAddress, remotePort: 80, fastOpen, data: text(QUESTION) }));
    this.network.run({ forMs });
    return asker;
  }
}

describe.each(PROFILES)('%s: between two hosts', (profile) => {
  // RFC 7413 §4.2.2 R7413-5: data on the SYN, the answer before the handshake is over.
  it('the answer comes one round trip earlier', () => {
    const world = new World(profile);
    const times = [world.ask(false), world.ask(true), world.ask(true), world.ask(true)].map(({ tookUs }) => tookUs);
    // Handshake and exchange; the same while a cookie is asked for; then the exchange alone.
    expect(times).toEqual([2, 2, 1, 1].map((trips) => trips * ROUND_TRIP_US));
    const { tcpExt } = world.server.stack.counters;
    expect([tcpExt.TCPFastOpenPassive, tcpExt.TCPFastOpenCookieReqd]).toEqual([2, 1]);
    expect(world.client.stack.counters.tcpExt.TCPFastOpenActive).toBe(2);
    expect(world.server.stack.tcp.listeners.hasPort(80)).toBe(true);
    expect([world.client.stack.counters.tcp.RetransSegs, world.server.stack.counters.tcp.RetransSegs]).toEqual([0, 0]);
  });

  it('on a bad line every octet arrives once, and nothing is left pending', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const world = new World(profile, { loss: 0.2, reorder: 0.2, duplicate: 0.1 }, seed);
      const askers = Array.from({ length: 10 }, () => world.ask(true, 500));
      world.network.run({ forMs: 400_000 });
      for (const asker of askers) {
        expect({ seed, error: asker.error, octets: Uint8Array.from(asker.received) }).toEqual({
          seed,
          error: null,
          octets: text(QUESTION),
        });
      }
      expect({ seed, pending: world.echo.listener?.listener.fastOpens.count }).toEqual({ seed, pending: 0 });
    }
  });

  it('a copy of the network knows the cookies, and runs as the original does', () => {
    const world = new World(profile);
    world.ask(true);
    const snapshot = world.network.snapshot();
    const times = [1, 2].map(() => {
      world.network.restore(snapshot);
      const client = world.network.hostNamed('client');
      const remoteAddress = world.network.addressOf('server', { family: 4 });
      const asker = client.start(new Asker({ remoteAddress, remotePort: 80, fastOpen: true, data: text(QUESTION) }));
      world.network.run({ forMs: 2_000 });
      return [asker.tookUs, client.stack.counters.tcpExt.TCPFastOpenActive];
    });
    expect(times).toEqual([
      [ROUND_TRIP_US, 1],
      [ROUND_TRIP_US, 1],
    ]);
  });
});
