/**
 * Send buffers that grow with the congestion window, and unsent octets that wait with the program instead (TCP_NOTSENT_LOWAT):
 * whole stacks in virtual time.
 */
import { describe, expect, it } from 'vitest';
import { BulkReceiver, BulkSender, Network } from '../../src/sim/index.ts';
import type { ConnectOptions, StreamSocket } from '../../src/socket/index.ts';
import type { SettingsChanges } from '../../src/stack/profile.ts';

type Profile = 'linux' | 'rfc';

interface Play {
  readonly options?: Partial<ConnectOptions>;
  readonly tcp?: SettingsChanges['tcp'];
  readonly profile?: Profile;
  readonly bytes?: number;
}

/** A sender over 100 Mbit/s x 40 ms, half a megabyte on the way when it is full. */
function flow({ options = {}, tcp = {}, profile = 'linux', bytes = 2 ** 40 }: Play) {
  const network = new Network({ seed: 5 });
  const a = network.host('a', { profile, settings: { tcp } });
  const b = network.host('b', { profile });
  network.link(a, b, {
    medium: 'ip',
    families: [4],
    linkFrames: 4_096,
    delayMs: 20,
    rateBps: 100e6,
    queuePackets: 400,
  });
  const receiver = b.start(new BulkReceiver(80, { isHashing: false }));
  const to = { remoteAddress: network.addressOf('b'), remotePort: 80, ...options };
  const sender = a.start(new BulkSender(to, bytes, false));
  const socket = (): StreamSocket => {
    if (sender.socket === null) throw new Error('not started');
    return sender.socket;
  };
  network.run({ untilMs: 100, until: () => sender.isConnected });
  return { network, sender, receiver, socket };
}

describe.each(['linux', 'rfc'] as const)('%s: the send buffer', (profile) => {
  it('grows from 128 KiB with the congestion window, and the path is full', () => {
    const { network, socket, receiver } = flow({ profile });
    expect(socket().sendBufferSize).toBe(131_072);
    network.run({ forMs: 1_000 });
    const { tcb } = socket();
    expect(socket().sendBufferSize).toBeGreaterThan(500_000);
    expect(socket().sendBufferSize).toBeLessThanOrEqual(4_194_304);
    expect(tcb?.sendBuffer?.length).toBeLessThanOrEqual(socket().sendBufferSize);
    const before = receiver.receivedBytes;
    network.run({ forMs: 1_000 });
    expect(((receiver.receivedBytes - before) * 8) / 100e6).toBeGreaterThan(0.85);
    const { sndbufLimitedUs, busyTimeUs } = socket().tcpInfo();
    expect(sndbufLimitedUs).toBeLessThan(0.05 * busyTimeUs);
  });

  it.each([
    ['the user chose it', { options: { sendBufferSize: 100_000 } }, profile === 'linux' ? 200_000 : 100_000],
    ['wmem_max says so', { tcp: { wmem_max: 150_000 } }, 150_000],
  ] as const)('grows no further because %s, and the time is told', (_, play, most) => {
    const { network, socket } = flow({ ...play, profile });
    network.run({ forMs: 2_000 });
    expect(socket().sendBufferSize).toBe(most);
    const { sndbufLimitedUs, busyTimeUs, rwndLimitedUs } = socket().tcpInfo();
    expect(sndbufLimitedUs).toBeGreaterThan(0.4 * busyTimeUs);
    expect(rwndLimitedUs).toBe(0);
  });

  it('stays as it is while the path is what takes the time', () => {
    const { network, socket } = flow({
      profile,
      tcp: { congestion_control: 'none', wmem_default: 1 << 20, wmem_max: 1 << 20 },
    });
    network.run({ forMs: 500 });
    expect(socket().sendBufferSize).toBe(1 << 20);
  });
});

describe('notsentLowat', () => {
  it.each([
    ['the option', { options: { notsentLowat: 20_000 } }],
    ['the setting', { tcp: { notsent_lowat: 20_000 } }],
  ] as const)('%s leaves with the program what cannot go, and all of it arrives', (_, play) => {
    const { network, socket, sender, receiver } = flow({ ...play, bytes: 2_000_000 });
    let most = 0;
    network.run({
      untilMs: 5_000,
      until: () => {
        most = Math.max(most, socket().tcpInfo().notsentBytes);
        return receiver.receivedBytes === 2_000_000;
      },
    });
    expect(receiver.receivedBytes).toBe(2_000_000);
    expect(sender.sentBytes).toBe(2_000_000);
    // A write goes on while less than that waits, and fills the super-segment it has begun.
    expect(most).toBeLessThan(20_000 + 65_536);
    expect(most).toBeGreaterThan(10_000);
    const seconds = network.nowMs / 1_000;
    expect((2_000_000 * 8) / seconds).toBeGreaterThan(0.3 * 100e6);
  });

  it('writes up to a whole super-segment, then nothing until less than half of it waits', () => {
    const { network, socket } = flow({ bytes: 0, options: { notsentLowat: 1 } });
    network.run({ forMs: 100 });
    const client = socket();
    expect(client.notsentLowat).toBe(1);
    const text = new Uint8Array(100_000);
    const whole = client.writableLength;
    expect(whole % 1_448).toBe(0);
    expect(whole).toBeLessThan(65_536);
    expect(client.write(text)).toBe(whole);
    expect([client.write(text), client.writableLength]).toEqual([0, 0]);
    client.notsentLowat = 0;
    expect(client.writableLength).toBe(client.sendBufferSize - whole);
    expect(() => {
      client.notsentLowat = -1;
    }).toThrow('notsentLowat');
    client.notsentLowat = 0xffff_ffff;
    expect(client.write(text.subarray(0, 10_000))).toBe(10_000);
  });
});
