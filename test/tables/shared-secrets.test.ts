/** Secrets that several machines have (RFC 4987, RFC 7323 section 5.4): any of them takes the last ACK of a handshake that another began. */
import { describe, expect, it } from 'vitest';
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Slot } from '../../src/base/slot.ts';
import { ListenSocket } from '../../src/socket/index.ts';
import { Stack } from '../../src/stack/stack.ts';
import type { Tcb } from '../../src/tcp/index.ts';
import { MSS_1460, OURS, text } from '../requirements/bench.ts';
import { buildSegment, readPacket, type Segment } from '../requirements/wire.ts';

const SCALE_7 = [1, 3, 3, 7];
const SACK_PERMITTED = [1, 1, 4, 2];
const accepted = (stack: Stack): Tcb | null => [...stack.tcp.listeners][0]?.accept() ?? null;

const SECRETS = {
  synCookies: ['1-2-3-4', 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4'],
  timestamps: '9-8-7-6',
} as const;

/** A machine behind the address: started at its own hour, with its own randomness. */
class Machine {
  readonly stack: Stack;
  readonly listener: ListenSocket;
  private readonly slot = Slot.allocate(4_000, false);
  private readonly epochUs: number;

  constructor(seed: number, startedUs: number, secrets: ConstructorParameters<typeof Stack>[0]['secrets']) {
    this.epochUs = startedUs;
    this.stack = new Stack({
      random: new SeededRandom(seed),
      epochUs: startedUs,
      settings: { tcp: { syncookies: 2 } },
      ...(secrets === undefined ? {} : { secrets }),
    });
    const { id } = this.stack.addInterface({ name: 'tun0', capabilities: plainCapabilities('ip', 1500) });
    this.stack.addAddress(id, `${OURS}/24`);
    this.slot.interfaceId = id;
    this.listener = new ListenSocket(this.stack, { port: 80 });
  }

  give(packet: Uint8Array, wallUs: number): Segment[] {
    const slot = Slot.allocate(4_000, false);
    slot.memory.u8.set(packet, slot.offset);
    slot.length = packet.length;
    slot.interfaceId = this.slot.interfaceId;
    const nowUs = wallUs - this.epochUs;
    this.stack.receive(slot, nowUs);
    const out: Segment[] = [];
    for (;;) {
      this.slot.reset();
      this.slot.interfaceId = slot.interfaceId;
      if (!this.stack.pollTransmit(nowUs, this.slot)) return out;
      const { memory, offset, length } = this.slot;
      const { segment } = readPacket(memory.u8.slice(offset, offset + length), wallUs);
      if (segment) out.push(segment);
    }
  }
}

describe('machines behind one address', () => {
  const WALL_US = 1_700_000_030e6;
  const stampOption = (value: number, echo: number): number[] => {
    const option = new Uint8Array(12);
    option.set([1, 1, 8, 10]);
    new DataView(option.buffer).setUint32(4, value >>> 0);
    new DataView(option.buffer).setUint32(8, echo >>> 0);
    return [...option];
  };
  const segment = (port: number, flags: string, seq: number, ack: number, options: number[], payload?: Uint8Array) =>
    buildSegment({
      source: '10.0.0.2',
      destination: OURS,
      sourcePort: port,
      destinationPort: 80,
      flags,
      seq,
      ack: ack >>> 0,
      window: 1_000,
      options,
      ...(payload === undefined ? {} : { payload }),
    });

  /** A splitter that sends each packet of a flow to whom it likes: the SYN to `first`, the rest to `second`. */
  function shakeHands(first: Machine, second: Machine, port: number): Segment[] {
    const syn = segment(port, 'S', 1_000, 0, [...MSS_1460, ...SACK_PERMITTED, ...SCALE_7, ...stampOption(50, 0)]);
    const [synAck] = first.give(syn, WALL_US);
    if (synAck === undefined) throw new Error('no SYN-ACK');
    const stamp = new DataView(synAck.options.get(8)?.buffer ?? new ArrayBuffer(8)).getUint32(0);
    const ack = synAck.seq + 1;
    return second.give(segment(port, 'PA', 1_001, ack, stampOption(51, stamp), text(20)), WALL_US + 20_000);
  }

  it('either takes the last ACK of a handshake that the other began', () => {
    const one = new Machine(1, WALL_US - 86_400e6, SECRETS);
    const other = new Machine(2, WALL_US - 90e6, SECRETS);
    for (const [first, second, port] of [
      [one, other, 1_001],
      [other, one, 1_002],
      [one, one, 1_003],
    ] as const) {
      shakeHands(first, second, port);
      const tcb = accepted(second.stack);
      expect(tcb).toMatchObject({ peerMss: 1460, sndScale: 7, bytesReceived: 20, agreed: 7 });
    }
  });

  it('their timestamps go on where those of the other stopped', () => {
    const one = new Machine(1, WALL_US - 86_400e6, SECRETS);
    const other = new Machine(2, WALL_US - 90e6, SECRETS);
    const syn = segment(7, 'S', 1_000, 0, [...MSS_1460, ...stampOption(50, 0)]);
    const [synAck] = one.give(syn, WALL_US);
    const before = new DataView(synAck?.options.get(8)?.buffer ?? new ArrayBuffer(8)).getInt32(0);
    other.give(segment(7, 'A', 1_001, (synAck?.seq ?? 0) + 1, stampOption(51, before)), WALL_US + 20_000);
    const tcb = accepted(other.stack);
    const now = ((other.stack.clock.ms | 0) + (tcb?.tsOffset ?? 0)) | 0;
    expect((now - before) | 0).toBeGreaterThanOrEqual(20);
    expect((now - before) | 0).toBeLessThan(20 + 128);
  });

  it('not without the secret', () => {
    const one = new Machine(1, WALL_US - 86_400e6, SECRETS);
    const stranger = new Machine(3, WALL_US - 90e6, undefined);
    expect(shakeHands(one, stranger, 1_001).map(({ flags }) => flags)).toEqual(['R']);
    expect(accepted(stranger.stack)).toBeNull();
  });

  it('a key is changed on one machine after the other without losing a handshake', () => {
    const fresh = '5-5-5-5';
    const [primary] = SECRETS.synCookies;
    const one = new Machine(1, WALL_US - 86_400e6, { synCookies: [primary], timestamps: SECRETS.timestamps });
    const other = new Machine(2, WALL_US - 90e6, { synCookies: [primary], timestamps: SECRETS.timestamps });
    // First everybody learns the new key, then it is used, then the old one goes.
    one.stack.tcp.secrets.setKeys([primary, fresh]);
    other.stack.tcp.secrets.setKeys([primary, fresh]);
    one.stack.tcp.secrets.setKeys([fresh, primary]);
    shakeHands(one, other, 1);
    shakeHands(other, one, 2);
    expect([accepted(one.stack)?.peerMss, accepted(other.stack)?.peerMss]).toEqual([1460, 1460]);
    one.stack.tcp.secrets.setKeys([fresh]);
    expect(shakeHands(other, one, 3).map(({ flags }) => flags)).toEqual(['R']);
  });

  it('a cookie of the last minute of the day is taken on the next', () => {
    const midnightUs = Math.ceil(WALL_US / 86_400e6) * 86_400e6;
    const one = new Machine(1, midnightUs - 3_600e6, SECRETS);
    const [synAck] = one.give(segment(9, 'S', 1_000, 0, [...MSS_1460]), midnightUs - 1e6);
    one.give(segment(9, 'A', 1_001, (synAck?.seq ?? 0) + 1, []), midnightUs + 1e6);
    expect(accepted(one.stack)).not.toBeNull();
  });

  it.each([
    [{ synCookies: [], timestamps: '1-2-3-4' }],
    [{ synCookies: ['1-2-3-4', '1-2-3-5', '1-2-3-6'], timestamps: '1-2-3-4' }],
    [{ synCookies: ['nonsense'], timestamps: '1-2-3-4' }],
    [{ synCookies: ['1-2-3-4'], timestamps: '' }],
  ])('refuses secrets that are none: %j', (secrets) => {
    expect(() => new Stack({ random: new SeededRandom(1), secrets })).toThrow(/secrets/);
  });
});
