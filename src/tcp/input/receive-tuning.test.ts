/** How the receive window finds its size (dynamic right-sizing): which arrivals tell a round trip, and what reading makes of it. */
import { describe, expect, it } from 'vitest';
import { type BareSender, type BareSenderOptions, bareSender } from '../../../test/support/bare-sender.ts';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { IpPacket } from '../../wire/ip-packet.ts';
import { TcpOptionBit, TcpSegment } from '../../wire/tcp-segment.ts';
import { MemoryLevel } from '../memory-level.ts';
import { BufferPool } from '../tcb/byte-ring.ts';
import { Reassembly } from '../tcb/reassembly.ts';
import { ReceiveBuffer } from '../tcb/receive-buffer.ts';
import { ReceiveTuning } from '../tcb/receive-tuning.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { firstSpace, measureArrival, measureRead } from './receive-tuning.ts';

const NOW_US = 10_000_000;
const NOW_MS = NOW_US / 1_000;
const MSS = 1_460;

/** RCV.NXT is 50,000, of which all was read; a window of 20,000 was offered a second ago. */
function receiving(
  changes: Partial<Tcb> = {},
  options: BareSenderOptions = {},
): BareSender & { tuning: ReceiveTuning } {
  const made = bareSender({ atUs: NOW_US, ...options });
  const { tcb } = made;
  Object.assign(tcb, {
    rcvNxt: 50_000,
    rcvAdv: 70_000,
    receiveMss: MSS,
    receiveLimit: 65_536,
    rcvScale: 7,
    ...changes,
  });
  const tuning = new ReceiveTuning(firstSpace(tcb), 50_000, tcb.rcvAdv, NOW_US - 1_000_000);
  tcb.receiveTuning = tuning;
  return { ...made, tuning };
}

function holding(octets: number): ReceiveBuffer {
  const buffer = new ReceiveBuffer();
  buffer.store(new BufferPool(), 0, new Uint8Array(octets), 0, octets);
  buffer.advance(octets);
  return buffer;
}

function segmentOf(length: number, echo: number | null = null): TcpSegment {
  const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
  segment.payloadLength = length;
  segment.timestampEcho = echo ?? 0;
  segment.optionsPresent = echo === null ? 0 : TcpOptionBit.timestamps;
  return segment;
}

describe('a round trip', () => {
  /** What is believed after a segment has come; before it was `before`. */
  function believed(segment: TcpSegment, before: number, changes: Partial<Tcb> = {}, lastEcho = 0): number {
    const made = receiving({ receiveRttUs: before, ...changes });
    made.tcb.agreed |= Agreed.timestamps;
    made.tuning.lastEcho = lastEcho;
    measureArrival(made.env, made.tcb, segment);
    return made.tcb.receiveRttUs;
  }

  it.each<[name: string, length: number, echo: number | null, before: number, after: number]>([
    ['is that of the first echo', MSS, NOW_MS - 40, 0, 40_000],
    ['is the least', MSS, NOW_MS - 40, 60_000, 40_000],
    ['follows a longer echo by an eighth', MSS, NOW_MS - 100, 60_000, 65_000],
    ['is not told by a small segment', MSS - 1, NOW_MS - 40, 60_000, 60_000],
    ['is not told by an echo of this millisecond', MSS, NOW_MS, 60_000, 60_000],
    ['is a millisecond at least', MSS, NOW_MS - 1, 60_000, 1_000],
    ['is not told by an echo of the future', MSS, NOW_MS + 1, 60_000, 60_000],
    ['is a minute at most', MSS, NOW_MS - 60_000, 0, 60_000_000],
    ['is not told by an older echo', MSS, NOW_MS - 60_001, 0, 0],
    ['is not told without a timestamp', MSS, null, 60_000, 60_000],
  ])('%s', (_, length, echo, before, after) => {
    expect(believed(segmentOf(length, echo), before)).toBe(after);
  });

  it('is told by an echo once', () => {
    expect(believed(segmentOf(MSS, NOW_MS - 40), 60_000, {}, NOW_MS - 40)).toBe(60_000);
    const made = receiving({ receiveRttUs: 80_000 });
    made.tcb.agreed |= Agreed.timestamps;
    // A small segment uses the echo up: what comes later waited longer.
    measureArrival(made.env, made.tcb, segmentOf(1, NOW_MS - 40));
    measureArrival(made.env, made.tcb, segmentOf(MSS, NOW_MS - 40));
    expect(made.tcb.receiveRttUs).toBe(80_000);
  });

  it('does not follow a longer echo while something lies unread', () => {
    expect(believed(segmentOf(MSS, NOW_MS - 100), 60_000, { receiveBuffer: holding(1) })).toBe(60_000);
    expect(believed(segmentOf(MSS, NOW_MS - 40), 60_000, { receiveBuffer: holding(1) })).toBe(40_000);
  });

  it('is not told by echoes where none were agreed on', () => {
    const { env, tcb } = receiving();
    measureArrival(env, tcb, segmentOf(MSS, NOW_MS - 40));
    expect(tcb.receiveRttUs).toBe(0);
  });

  it.each<[name: string, rcvNxt: number, before: number, after: number]>([
    ['is what a window takes to arrive', 70_000, 0, 1_000_000],
    ['and nothing before it is over', 69_999, 0, 0],
    ['which is never more than was known', 70_000, 900_000, 900_000],
    ['but less, if it was', 70_000, 1_100_000, 1_000_000],
  ])('%s', (_, rcvNxt, before, after) => {
    const { env, tcb, tuning } = receiving({ receiveRttUs: before });
    Object.assign(tcb, { rcvNxt, rcvAdv: 95_000 });
    measureArrival(env, tcb, segmentOf(MSS));
    expect(tcb.receiveRttUs).toBe(after);
    const isOver = rcvNxt === 70_000;
    expect([tuning.windowEnd, tuning.windowSinceUs]).toEqual(isOver ? [95_000, NOW_US] : [70_000, NOW_US - 1_000_000]);
  });

  it('of a window is a microsecond at least, and no half hour', () => {
    const made = receiving({ rcvNxt: 70_000 });
    made.tuning.windowSinceUs = NOW_US;
    measureArrival(made.env, made.tcb, segmentOf(MSS));
    expect(made.tcb.receiveRttUs).toBe(1);
    const late = receiving({ rcvNxt: 70_000 });
    late.tuning.windowSinceUs = NOW_US + 1;
    measureArrival(late.env, late.tcb, segmentOf(MSS));
    expect([late.tcb.receiveRttUs, late.tuning.windowSinceUs]).toEqual([0, NOW_US]);
  });

  it('is measured from the first text on', () => {
    const { env, tcb } = receiving();
    tcb.receiveTuning = null;
    measureArrival(env, tcb, segmentOf(MSS));
    expect(tcb.receiveTuning).toMatchObject({
      windowEnd: 70_000,
      windowSinceUs: NOW_US,
      readSinceUs: NOW_US,
      readSeq: 50_000,
    });
  });
});

describe('what was never measured', () => {
  it.each<[name: string, changes: Partial<Tcb>, space: number]>([
    ['is an initial window', { advertisedMss: 1_460 }, 14_600],
    ['of small segments', { advertisedMss: 100 }, 5_360],
    ['the buffer at most', { advertisedMss: 1_460, receiveLimit: 9_000 }, 9_000],
  ])('%s', (_, changes, space) => {
    expect(firstSpace(receiving(changes).tcb)).toBe(space);
  });

  it('begins at what is to be read, without the FIN', () => {
    const { env, tcb } = receiving({ receiveBuffer: holding(300), rcvFinDone: true });
    tcb.receiveTuning = null;
    measureArrival(env, tcb, segmentOf(MSS));
    expect(tcb.receiveTuning).toMatchObject({ readSeq: 50_000 - 300 - 1, space: firstSpace(tcb) });
  });
});

describe('reading', () => {
  /** A round trip of 200 ms; `taken` octets were read since `agoUs`, beyond 14,600 in the best one so far. */
  function read(
    taken: number,
    agoUs: number,
    changes: Partial<Tcb> = {},
    options: BareSenderOptions = {},
  ): ReturnType<typeof receiving> {
    const made = receiving({ receiveRttUs: 200_000, receiveLimit: 30_000, ...changes }, options);
    Object.assign(made.tuning, { space: 14_600, readSeq: 50_000 - taken, readSinceUs: (NOW_US - agoUs) | 0 });
    measureRead(made.env, made.tcb);
    return made;
  }

  it.each<[name: string, taken: number, agoUs: number, limit: number, space: number]>([
    ['before a round trip is over changes nothing', 20_000, 199_999, 30_000, 14_600],
    ['half as much again asks for four times as much', 21_900, 200_000, 87_600, 21_900],
    ['twice as much asks for six times as much', 29_200, 200_000, 175_200, 29_200],
    ['five times as much: no rate doubles more than once', 73_000, 200_000, 438_000, 73_000],
    ['no more than before changes nothing', 14_600, 200_000, 30_000, 14_600],
    ['over two round trips counts in full', 21_900, 400_000, 87_600, 21_900],
    ['over four counts by half', 43_800, 800_000, 87_600, 21_900],
    ['after half an hour counts for next to nothing', 43_800, -5, 30_000, 14_600],
  ])('%s', (_, taken, agoUs, limit, space) => {
    const { tcb, tuning } = read(taken, agoUs);
    expect([tcb.receiveLimit, tuning.space]).toEqual([limit, space]);
    expect(tuning.readSinceUs === NOW_US).toBe(agoUs !== 199_999);
  });

  it('on a short path counts over a tenth of a second', () => {
    expect(read(21_900, 100_000, { receiveRttUs: 1_000 }).tuning.space).toBe(21_900);
    expect(read(43_800, 200_000, { receiveRttUs: 1_000 }).tuning.space).toBe(21_900);
  });

  it('counts what lies there against itself', () => {
    const made = receiving({ receiveRttUs: 200_000, receiveBuffer: holding(3_000) });
    Object.assign(made.tuning, { space: 14_600, readSeq: 25_000, readSinceUs: NOW_US - 200_000 });
    measureRead(made.env, made.tcb);
    // 22,000 were read, 3,000 were not.
    expect([made.tuning.space, made.tuning.readSeq]).toEqual([19_000, 47_000]);
  });

  it.each<[name: string, changes: Partial<Tcb>, options: BareSenderOptions]>([
    ['of a user who has set the buffer', { isReceiveLimitFixed: true }, {}],
    ['where it is switched off', {}, { settings: { moderate_rcvbuf: false } }],
    ['up to what is allowed', {}, { settings: { rmem_max: 30_000 } }],
    ['up to what a window can tell', { rcvScale: 0, receiveLimit: 65_535 }, {}],
  ])('moves no limit %s', (_, changes, options) => {
    const limit = changes.receiveLimit ?? 30_000;
    const { tcb, tuning } = read(29_200, 200_000, changes, options);
    expect([tcb.receiveLimit, tuning.space]).toEqual([limit, 29_200]);
  });

  it('moves no limit under pressure', () => {
    const made = receiving({ receiveRttUs: 200_000, receiveLimit: 30_000 }, { settings: { mem_low: 0 } });
    Object.assign(made.tuning, { readSeq: 20_000, readSinceUs: NOW_US - 200_000 });
    made.env.memory.level = MemoryLevel.pressed;
    made.env.pool.heldBytes = 1;
    measureRead(made.env, made.tcb);
    expect(made.tcb.receiveLimit).toBe(30_000);
  });

  it('asks for room for what came early besides', () => {
    const reassembly = new Reassembly(true);
    reassembly.add(52_000, 54_000, 8);
    expect(read(21_900, 200_000, { reassembly }).tcb.receiveLimit).toBe(87_600 + 4_000);
    expect(read(21_900, 200_000, { reassembly: new Reassembly(true) }).tcb.receiveLimit).toBe(87_600);
  });

  it('says nothing before a round trip is known, or text has come', () => {
    expect(read(29_200, 200_000, { receiveRttUs: 0 }).tuning.readSinceUs).toBe(NOW_US - 200_000);
    const { env, tcb } = receiving({ receiveRttUs: 5 });
    tcb.receiveTuning = null;
    measureRead(env, tcb);
    expect(tcb.receiveTuning).toBeNull();
  });
});
