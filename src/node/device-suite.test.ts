/**
 * What every device keeps: an echo, bulk both ways with its hash, nonsense from the other end, the plug pulled. Those that need
 * root stand in test/interop/devices.test.ts.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { bulkBothWays, DEVICE_PAIRS, DeviceHost, type DevicePair, echoBytes } from '../../test/support/device-hosts.ts';

const BULK_BYTES = 1_500_000;

// On other systems only the pairs without native code could run; the system calls are Linux's.
describe.skipIf(process.platform !== 'linux').each(Object.keys(DEVICE_PAIRS))('%s', (name) => {
  let pair: DevicePair | null = null;
  let hosts: DeviceHost[] = [];

  async function setUp(): Promise<[DeviceHost, DeviceHost]> {
    pair = (await DEVICE_PAIRS[name]?.()) ?? null;
    if (pair === null) throw new Error(name);
    const made: [DeviceHost, DeviceHost] = [
      new DeviceHost(pair.a, '10.9.0.1/24', 'fd00:9::1/64'),
      new DeviceHost(pair.b, '10.9.0.2/24', 'fd00:9::2/64'),
    ];
    hosts = made;
    return made;
  }

  afterEach(() => {
    for (const host of hosts) host.close();
    pair?.release();
    hosts = [];
    pair = null;
  });

  it.each(['10.9.0.2', 'fd00:9::2'])('echoes single bytes at %s', async (address) => {
    const [a, b] = await setUp();
    expect(await echoBytes(b, a, address, 100)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it.each(['10.9.0.2', 'fd00:9::2'])('moves megabytes both ways at once at %s, every byte right', async (address) => {
    const [a, b] = await setUp();
    expect(await bulkBothWays(b, a, address, BULK_BYTES)).toBe(true);
    for (const { device, stack } of [a, b]) {
      expect(device.statistics).toMatchObject({ malformedFrames: 0, refusedFrames: 0 });
      expect(stack.counters.tcp.InCsumErrors).toBe(0);
    }
  });

  it('takes nonsense from the other end and goes on', async () => {
    const [a, b] = await setUp();
    // The stack of this end has nothing to do while frames of ours go out in its name.
    for (let round = 0; round < 200; round++) {
      const slot = b.device.transmitSlot();
      if (slot === null) break;
      slot.reset();
      slot.length = 1 + ((round * 71) % Math.min(1500, slot.capacity));
      for (let index = 0; index < slot.length; index++) {
        slot.memory.u8[slot.offset + index] = (Math.imul(round + 1, 2_654_435_761) >>> (index & 15)) & 255;
      }
      // Seemingly IP, half the time.
      if (round % 2 === 0) slot.memory.u8[slot.offset] = round % 4 === 0 ? 0x45 : 0x60;
      if (round % 3 === 0) slot.checksumOffset = 16;
      if (round % 3 === 0) slot.checksumStart = (round % 7) * 400;
      if (round % 5 === 0) slot.gsoType = [1, 3, 4, 5, 77][(round / 5) % 5] ?? 0;
      if (round % 5 === 0) slot.gsoSize = [1, 9, 1448, 65_535][(round / 5) % 4] ?? 0;
      b.device.commit();
      if (round % 16 === 15) b.device.flush();
    }
    b.device.flush();
    expect(await echoBytes(a, b, '10.9.0.1', 20)).toHaveLength(20);
    expect(a.failures).toEqual([]);
  });

  it('says when the other end is gone, or loses what it is told, and never throws', async () => {
    const [a, b] = await setUp();
    await echoBytes(b, a, '10.9.0.2', 1);
    b.close();
    const socket = a.net.connect({ host: '10.9.0.2', port: 9 });
    socket.on('error', () => {});
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    // Datagrams tell nobody that nobody is there.
    if (name.includes('dgram')) expect(a.failures).toEqual([]);
    else expect(a.failures).toMatchObject([{ code: 'ERR_DEVICE_CLOSED' }]);
    expect(a.device.isClosed).toBe(!name.includes('dgram'));
    socket.destroy();
  });
});
