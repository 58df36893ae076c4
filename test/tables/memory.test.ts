/**
 * The memory that all connections share (tcp_mem): where each level begins and ends, to the octet, and what each refuses. A ballast
 * stands for all other connections. What attackers make of it is in `test/attacks/memory.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import type { Tcb, TcpEnvironment } from '../../src/tcp/index.ts';
import { NO_CEILING } from '../../src/tcp/input/window.ts';
import {
  admitText,
  admitWrite,
  hasPlenty,
  isPressed,
  isTooFullForOrphans,
  windowCeiling,
} from '../../src/tcp/memory.ts';
import { MemoryLevel } from '../../src/tcp/memory-level.ts';
import { SMALLEST_RING } from '../../src/tcp/tcb/byte-ring.ts';
import { ReceiveBuffer } from '../../src/tcp/tcb/receive-buffer.ts';
import { SendBuffer } from '../../src/tcp/tcb/send-buffer.ts';
import { text } from '../requirements/bench.ts';
import { SegmentPeer } from '../support/segment-peer.ts';

const [LOW, PRESSURE, HIGH] = [100_000, 200_000, 300_000];
const MSS = 1_460;

interface Stage {
  readonly peer: SegmentPeer;
  readonly env: TcpEnvironment;
  readonly tcb: Tcb;
  /** Others hold so much that it is `octets` altogether. */
  hold(octets: number): void;
}

function stage(): Stage {
  const settings = { tcp: { mem_low: LOW, mem_pressure: PRESSURE, mem_high: HIGH } };
  const peer = SegmentPeer.inState('ESTABLISHED', { settings, receiveBufferSize: 16_000 });
  const env: TcpEnvironment = peer.bench.stack.tcp;
  const { tcb } = peer.user;
  if (tcb === null) throw new Error('no connection');
  const ballast = { charged: 0 };
  const hold = (octets: number): void => {
    env.pool.recount(ballast, ballast.charged + octets - env.pool.heldBytes);
  };
  return { peer, env, tcb, hold };
}

/** A buffer that has `length` octets in order. */
function received({ env, tcb }: Stage, length: number): ReceiveBuffer {
  const buffer = new ReceiveBuffer();
  tcb.receiveBuffer = buffer;
  buffer.store(env.pool, 0, text(length), 0, length);
  buffer.advance(length);
  return buffer;
}

describe('pressure', () => {
  it('begins when more would be held than mem_pressure, and is counted once', () => {
    const at = stage();
    at.hold(PRESSURE - SMALLEST_RING);
    expect(admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS)).toBe(MSS);
    expect([at.env.memory.level, isPressed(at.env)]).toEqual([MemoryLevel.easy, false]);
    at.hold(PRESSURE - SMALLEST_RING + 1);
    expect(admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS)).toBe(MSS);
    expect(admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS)).toBe(MSS);
    expect([at.env.memory.level, isPressed(at.env)]).toEqual([MemoryLevel.pressed, true]);
    expect(at.env.extCounters.TCPMemoryPressures).toBe(1);
  });

  it('ends where mem_low is reached, and its milliseconds are counted', () => {
    const at = stage();
    at.hold(PRESSURE);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS);
    at.peer.bench.run(250);
    at.hold(LOW + 1);
    expect(isPressed(at.env)).toBe(true);
    expect(at.env.extCounters.TCPMemoryPressuresChrono).toBe(0);
    at.hold(LOW);
    expect(isPressed(at.env)).toBe(false);
    expect([at.env.memory.level, at.env.extCounters.TCPMemoryPressuresChrono]).toEqual([MemoryLevel.easy, 250]);
    // It does not begin again by itself.
    at.hold(HIGH);
    expect(isPressed(at.env)).toBe(false);
  });

  it('is plenty for a send buffer up to mem_low', () => {
    const at = stage();
    at.hold(LOW);
    expect(hasPlenty(at.env)).toBe(true);
    at.hold(LOW + 1);
    expect(hasPlenty(at.env)).toBe(false);
  });

  it('drops what came early, and the memory behind it, in every connection', () => {
    const at = stage();
    at.peer.send({ flags: 'A', seq: 0, data: 10 });
    at.peer.send({ flags: 'A', seq: 5_000, data: 1_000 });
    expect([at.tcb.reassembly?.rangeCount, at.tcb.receiveBuffer?.capacity]).toEqual([1, 8_192]);
    at.hold(PRESSURE);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS);
    expect([at.tcb.reassembly?.rangeCount, at.tcb.receiveBuffer?.capacity]).toEqual([0, 2_048]);
    expect([at.env.extCounters.OfoPruned, at.env.extCounters.TCPRcvCollapsed]).toEqual([1, 0]);
  });

  it('gives back what octets in order do not need, which is counted apart', () => {
    const at = stage();
    received(at, 5_000);
    at.peer.user.read(new Uint8Array(4_500));
    expect(at.tcb.receiveBuffer?.capacity).toBe(8_192);
    at.hold(PRESSURE);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS);
    expect(at.tcb.receiveBuffer?.capacity).toBe(2_048);
    expect([at.env.extCounters.OfoPruned, at.env.extCounters.TCPRcvCollapsed]).toEqual([0, 1]);
  });
});

describe('the level mem_high', () => {
  it('is not passed: what would is refused, a part of it taken where there is room already', () => {
    const at = stage();
    const buffer = received(at, 2_000);
    at.hold(HIGH - 2_048);
    // It grows by 2048 to 4096.
    expect(admitText(at.env, at.tcb, buffer, 0, MSS)).toBe(MSS);
    at.hold(HIGH - 2_047);
    expect(admitText(at.env, at.tcb, buffer, 0, MSS)).toBe(48);
    expect(at.env.memory.level).toBe(MemoryLevel.full);
    expect([at.env.extCounters.PruneCalled, at.env.extCounters.RcvPruned]).toEqual([1, 0]);
  });

  it('lets nothing into a buffer that is full, and counts it', () => {
    const at = stage();
    const buffer = received(at, 2_048);
    at.hold(HIGH);
    expect(admitText(at.env, at.tcb, buffer, 0, MSS)).toBe(0);
    expect([at.env.extCounters.PruneCalled, at.env.extCounters.RcvPruned]).toEqual([1, 1]);
  });

  it('lets a segment into an empty buffer all the same', () => {
    const at = stage();
    at.hold(HIGH);
    expect(admitText(at.env, at.tcb, new ReceiveBuffer(), 0, 9_000)).toBe(SMALLEST_RING);
  });

  it('lets nothing in that is early: it can be sent again', () => {
    const at = stage();
    at.hold(HIGH);
    expect(admitText(at.env, at.tcb, new ReceiveBuffer(), 1, MSS)).toBe(0);
    expect(at.env.extCounters.PruneCalled).toBe(0);
  });

  it('sinks to pressure where mem_pressure is reached', () => {
    const at = stage();
    at.hold(HIGH);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS);
    at.hold(PRESSURE + 1);
    expect([isPressed(at.env), at.env.memory.level]).toEqual([true, MemoryLevel.full]);
    at.hold(PRESSURE);
    expect([isPressed(at.env), at.env.memory.level]).toEqual([true, MemoryLevel.pressed]);
  });

  // Every search of all connections is paid for by what was acquired since the last one: a quarter of what lies between the levels.
  it('is looked for memory once, and again when much was acquired since', () => {
    const at = stage();
    const spare = (): void => {
      at.tcb.receiveBuffer = null;
      received(at, 5_000);
      at.peer.user.read(new Uint8Array(4_500));
    };
    /** Others hold so much, and somebody wants more; what the connection holds afterwards. */
    const press = (octets: number): number | undefined => {
      at.hold(octets);
      admitText(at.env, at.tcb, new ReceiveBuffer(), 1, MSS);
      return at.tcb.receiveBuffer?.capacity;
    };
    spare();
    expect([press(PRESSURE), at.env.memory.level]).toEqual([2_048, MemoryLevel.pressed]);
    spare();
    expect([press(HIGH), at.env.memory.level]).toEqual([2_048, MemoryLevel.full]);
    const { heldAfterSweep } = at.env.memory;
    expect(heldAfterSweep).toBe(HIGH - 6_144);
    const step = (HIGH - PRESSURE) / 4;
    spare();
    expect(press(heldAfterSweep + step - 1)).toBe(8_192);
    expect(press(heldAfterSweep + step)).toBe(2_048);
    expect(at.env.memory.heldAfterSweep).toBe(heldAfterSweep + step - 6_144);
  });

  it('costs orphans that hold anything, mem_pressure does not', () => {
    const at = stage();
    received(at, 10);
    at.tcb.isOrphan = true;
    at.hold(PRESSURE);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 1, MSS);
    expect([at.peer.state, at.env.extCounters.TCPAbortOnMemory]).toEqual(['ESTABLISHED', 0]);
    at.hold(HIGH);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 1, MSS);
    expect([at.peer.state, at.env.extCounters.TCPAbortOnMemory]).toEqual(['CLOSED', 1]);
  });

  it('keeps no orphan that holds anything', () => {
    const at = stage();
    at.hold(HIGH);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS);
    expect(isTooFullForOrphans(at.env, at.tcb)).toBe(false);
    received(at, 10);
    expect(isTooFullForOrphans(at.env, at.tcb)).toBe(true);
    at.hold(PRESSURE);
    expect(isTooFullForOrphans(at.env, at.tcb)).toBe(false);
  });
});

describe('a share', () => {
  it('is no more than mem_high by all who are connected, under pressure', () => {
    const at = stage();
    const buffer = received(at, 65_536);
    at.hold(PRESSURE);
    at.env.counters.CurrEstab = 2;
    // 128 KiB for each of two are below 300,000 octets, for each of three they are not.
    expect(admitText(at.env, at.tcb, buffer, 0, MSS)).toBe(MSS);
    at.env.counters.CurrEstab = 3;
    expect(admitText(at.env, at.tcb, buffer, 0, MSS)).toBe(0);
    at.env.counters.CurrEstab = 1;
  });
});

describe('a writer', () => {
  function sending({ env, tcb }: Stage, length: number): SendBuffer {
    const buffer = new SendBuffer();
    tcb.sendBuffer = buffer;
    if (length > 0) buffer.append(env.pool, text(length), 0, length, length);
    return buffer;
  }

  it('is taken all while nobody is refused anything', () => {
    const at = stage();
    at.hold(PRESSURE - 16_384);
    expect(admitWrite(at.env, at.tcb, sending(at, 0), 16_384)).toBe(16_384);
    expect(at.env.memory.level).toBe(MemoryLevel.easy);
  });

  it('is taken at mem_high what its buffer has room for, and told to go on when that is free', () => {
    const at = stage();
    const buffer = sending(at, 1_500);
    at.tcb.sendLimit = 16_384;
    at.hold(HIGH);
    expect(admitWrite(at.env, at.tcb, buffer, 5_000)).toBe(548);
    expect(at.tcb.sendLimit).toBe(2_048);
    expect(admitWrite(at.env, at.tcb, buffer, 500)).toBe(500);
  });

  it('keeps the limit that its user has set', () => {
    const at = stage();
    const buffer = sending(at, 1_500);
    at.tcb.isSendLimitFixed = true;
    at.tcb.sendLimit = 16_384;
    at.hold(HIGH);
    expect(admitWrite(at.env, at.tcb, buffer, 5_000)).toBe(548);
    expect(at.tcb.sendLimit).toBe(16_384);
  });
});

describe('the window', () => {
  it('has no ceiling without pressure', () => {
    const at = stage();
    received(at, 15_000);
    at.hold(HIGH);
    expect(windowCeiling(at.env, at.tcb)).toBe(NO_CEILING);
  });

  it('is four segments at most under pressure, when the buffer is more than half full', () => {
    const at = stage();
    const half = at.tcb.receiveLimit >> 1;
    const buffer = received(at, half);
    at.hold(PRESSURE);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS);
    expect(windowCeiling(at.env, at.tcb)).toBe(NO_CEILING);
    buffer.store(at.env.pool, 0, text(1), 0, 1);
    buffer.advance(1);
    expect(windowCeiling(at.env, at.tcb)).toBe(4 * at.tcb.advertisedMss);
  });

  it('is what there is memory for at mem_high, one segment at least', () => {
    const at = stage();
    at.hold(HIGH);
    admitText(at.env, at.tcb, new ReceiveBuffer(), 0, MSS);
    expect(windowCeiling(at.env, at.tcb)).toBe(SMALLEST_RING);
    received(at, 5_000);
    at.hold(HIGH);
    expect(windowCeiling(at.env, at.tcb)).toBe(8_192 - 5_000);
  });
});
