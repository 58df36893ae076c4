/**
 * Receive windows that tune themselves, on whole stacks in virtual time: how soon a connection fills a long fat path, what it
 * never does on the way, and for whom the window stays as it is.
 */
import { describe, expect, it } from 'vitest';
import { BulkReceiver, BulkSender, type Host, Network, ServerApplication } from '../../src/sim/index.ts';
import type { StreamSocket } from '../../src/socket/index.ts';
import type { SettingsChanges } from '../../src/stack/profile.ts';
import type { Tcb } from '../../src/tcp/index.ts';

const RTT_MS = 100;
const RATE_BPS = 1e9;
/** The window at the start: under `linux` whole segments of half the buffer, under `rfc` all of it. */
const START_OCTETS = { linux: 65_160, rfc: 131_072 } as const;

/** Reads `octets` every `everyMs`, whatever lies there. */
class SlowReader extends ServerApplication {
  private readonly buffer: Uint8Array;
  socket: StreamSocket | null = null;

  constructor(octets: number) {
    super(80);
    this.buffer = new Uint8Array(octets);
  }

  protected connectionEvent(_host: Host, socket: StreamSocket): void {
    this.socket = socket;
  }

  read(): number {
    return this.socket?.read(this.buffer) ?? 0;
  }
}

interface Flow {
  readonly network: Network;
  readonly sender: BulkSender;
  readonly receiver: () => Tcb;
}

function flow(application: ServerApplication, profile: 'linux' | 'rfc', tcp: SettingsChanges['tcp'] = {}): Flow {
  const network = new Network({ seed: 3 });
  // What is tested is the receiver: the sender's buffer is large from the start.
  const a = network.host('a', { profile, settings: { tcp: { wmem_default: 64 << 20 } } });
  const b = network.host('b', { profile, settings: { tcp } });
  network.link(a, b, {
    medium: 'ip',
    families: [4],
    linkFrames: 1 << 16,
    delayMs: RTT_MS / 2,
    rateBps: RATE_BPS,
    queuePackets: 10_000,
  });
  b.start(application);
  const sender = a.start(new BulkSender({ remoteAddress: network.addressOf('b'), remotePort: 80 }, 2 ** 40, false));
  let found: Tcb | undefined;
  const receiver = (): Tcb => {
    found ??= [...b.stack.tcp.connections].find((tcb): tcb is Tcb => 'receiveLimit' in tcb);
    if (found === undefined) throw new Error('no connection');
    return found;
  };
  network.run({ untilMs: 2 * RTT_MS, until: () => sender.socket?.stateName === 'ESTABLISHED' });
  network.run({ forMs: RTT_MS / 2 + 1 });
  return { network, sender, receiver };
}

describe.each(['linux', 'rfc'] as const)('%s: from the first window on', (profile) => {
  it('fills nine tenths of 1 Gbit/s x 100 ms within 15 round trips; the edge never retreats, the limit holds', () => {
    const { network, receiver } = flow(new BulkReceiver(80, { isHashing: false }), profile);
    const tcb = receiver();
    expect(tcb.receiveLimit).toBe(START_OCTETS[profile]);
    let [edge, widest, ring, retreats] = [tcb.rcvAdv, 0, 0, 0];
    const startMs = network.nowMs;
    let round = 0;
    for (let share = 0; share < 0.9 && round < 20; ) {
      const before = tcb.bytesReceived;
      round++;
      network.run({
        untilMs: startMs + round * RTT_MS,
        until: () => {
          if (((tcb.rcvAdv - edge) | 0) < 0) retreats++;
          edge = tcb.rcvAdv;
          widest = Math.max(widest, tcb.rcvWnd);
          ring = Math.max(ring, tcb.receiveBuffer?.capacity ?? 0);
          return false;
        },
      });
      share = ((tcb.bytesReceived - before) * 8) / (RATE_BPS * (RTT_MS / 1e3));
    }
    expect(round).toBeLessThanOrEqual(15);
    expect(retreats).toBe(0);
    expect(widest).toBeGreaterThan(0.9 * RATE_BPS * (RTT_MS / 8e3));
    expect(widest).toBeLessThanOrEqual(33_554_432);
    // Nothing is lost and everything read at once: the memory is that of a batch, whatever the window.
    expect(ring).toBeLessThanOrEqual(1 << 17);
  });
});

describe('the window stays as it is', () => {
  it.each([
    [1_000, 10],
    [100_000, 1_000],
    [1 << 20, 10_000],
  ])('for a user who reads %i octets every %i ms', (octets, everyMs) => {
    const reader = new SlowReader(octets);
    const { network, receiver } = flow(reader, 'linux');
    for (let k = 0; k < 5_000 / everyMs + 3; k++) {
      reader.read();
      network.run({ forMs: everyMs });
    }
    expect(receiver().bytesReceived).toBeGreaterThan(START_OCTETS.linux);
    expect(receiver().receiveLimit).toBe(START_OCTETS.linux);
    expect(receiver().receiveBuffer?.capacity).toBeLessThanOrEqual(4 * START_OCTETS.linux);
  });

  it.each([
    ['tuning is switched off', 0, { moderate_rcvbuf: false }, START_OCTETS.linux],
    ['the user chose it', 200_000, {}, 200_000],
    ['the limit says so', 0, { rmem_max: 150_000 }, 150_000],
  ] as const)('because %s', (_, chosen, tcp, most) => {
    const program = new BulkReceiver(80, { isHashing: false });
    const { network, receiver } = flow(program, 'linux', tcp);
    for (const socket of program.connections) if (chosen > 0) socket.receiveBufferSize = chosen;
    network.run({ forMs: 1_500 });
    expect(receiver().bytesReceived).toBeGreaterThan(3 * most);
    expect(receiver().receiveLimit).toBe(most);
    expect(receiver().receiveRttUs).toBeGreaterThanOrEqual(RTT_MS * 1_000);
    expect(receiver().receiveRttUs).toBeLessThan(1.2 * RTT_MS * 1_000);
  });
});
