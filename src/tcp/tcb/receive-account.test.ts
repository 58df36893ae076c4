/**
 * Receive memory as Linux counts it, by numbers: a full segment of 1460 octets (a packet of 1500) holds 2304 octets of memory, one of 100
 * holds 832.
 */
import { describe, expect, it } from 'vitest';
import { isUnderPressure } from '../input/receive-account.ts';
import { ReceiveAccount } from './receive-account.ts';
import { FULL_BUFFER } from './segment-memory.ts';

const FULL = 2_304;
const SMALL = 832;
const SPACE = 100 * FULL;

function accountOf(changes: Partial<ReceiveAccount> = {}, mayShrink = false): ReceiveAccount {
  return Object.assign(new ReceiveAccount(SPACE, 60_000, 20_000, 14_600, mayShrink), changes);
}

describe('memory', () => {
  it('is half octets of text before a segment was seen', () => {
    const account = accountOf();
    expect([account.textOf(1_001), account.memoryFor(1_001), account.free]).toEqual([500, 2_002, SPACE / 2]);
  });

  it('is held by each piece until all of it is read', () => {
    const account = accountOf();
    expect(account.isEmpty).toBe(true);
    account.append(1_460, 1_500);
    account.append(1_460, 1_500);
    expect([account.held, account.isEmpty]).toEqual([2 * FULL, false]);
    account.consume(1_461);
    expect(account.held).toBe(2 * FULL);
    account.consume(1_460);
    expect(account.held).toBe(FULL);
    account.consume(1);
    expect(account.held).toBe(FULL);
    account.consume(0);
    expect([account.held, account.isEmpty]).toEqual([0, true]);
  });

  it('of the last piece takes small text that follows, as far as there is room', () => {
    const account = accountOf();
    // 1024 octets of memory less 64 before, 700 of packet and 320 behind: none for what would not fit.
    account.append(560, 600);
    expect(account.held).toBe(1_280);
    account.append(40, 80);
    expect(account.held).toBe(1_280);
    account.append(1, 41);
    expect(account.held).toBe(1_280 + SMALL);
    account.consume(1);
    expect(account.held).toBe(SMALL);
  });

  it('of what came early counts at once, and goes on when it is in order', () => {
    const account = accountOf();
    expect(account.addEarly(3_000, 4_460, 1_500)).toBe(true);
    expect(account.held).toBe(FULL);
    expect(account.addEarly(3_000, 4_460, 1_500)).toBe(false);
    account.append(1_460, 1_500);
    account.advance(1_460, 3_000);
    expect(account.held).toBe(2 * FULL);
    account.advance(3_000, 4_460);
    expect(account.held).toBe(2 * FULL);
    account.consume(1_460);
    expect(account.held).toBe(FULL);
    account.dropEarly(0);
    expect(account.held).toBe(FULL);
  });

  it('of early text that has come in order meanwhile is given back', () => {
    const account = accountOf();
    account.addEarly(1_000, 2_000, 1_040);
    account.advance(2_000, 2_000);
    expect([account.held, account.isEmpty]).toEqual([0, true]);
  });

  it('of early text is given up', () => {
    const account = accountOf();
    account.append(1_460, 1_500);
    account.addEarly(3_000, 4_460, 1_500);
    account.dropEarly(0);
    expect(account.held).toBe(FULL);
  });

  it('lasts as long as the pages that were taken, of which none is kept that nothing holds', () => {
    const account = accountOf();
    expect(account.isSpare(1, 0)).toBe(false);
    account.reserve(FULL);
    account.append(1_460, 1_500);
    // One page was taken.
    expect([account.isSpare(4_096 - FULL, 0), account.isSpare(4_097 - FULL, 0)]).toEqual([true, false]);
    expect([account.isSpare(4_096 - FULL - 100, 100), account.isSpare(4_096 - FULL, 100)]).toEqual([true, false]);
    // For what is sent a page more, which is given back with it.
    expect(account.isSpare(4_096 - FULL, 4_096)).toBe(true);
    expect(account.isSpare(4_096 - FULL + 1, 0)).toBe(false);
    account.consume(0);
    expect(account.isSpare(1, 0)).toBe(false);
  });

  it('behind what repeats is held apart', () => {
    const account = accountOf();
    account.append(560, 600);
    account.append(40, 80, 1);
    expect(account.held).toBe(1_280 + SMALL);
  });

  it('is put together in full buffers when that saves some', () => {
    const account = accountOf();
    for (let piece = 0; piece < 10; piece++) account.append(500, 2_000);
    const before = account.held;
    account.collapse();
    // 5000 octets: one full buffer and a part of another.
    expect(account.held).toBe(FULL_BUFFER.memory + FULL);
    expect(account.held).toBeLessThan(before);
    account.consume(5_000 - FULL_BUFFER.text);
    expect(account.held).toBe(FULL);
    // Behind 1224 octets in 2048, less 320, there is room.
    account.append(504, 544);
    expect(account.held).toBe(FULL);
    account.append(1, 41);
    expect(account.held).toBe(FULL + SMALL);
  });

  it('is left as it is when nothing is saved, and to the octet when there is no rest', () => {
    const tight = accountOf();
    tight.append(1_460, 1_500);
    tight.collapse();
    expect(tight.held).toBe(FULL);
    const even = accountOf();
    for (let piece = 0; piece < 8; piece++) even.append(FULL_BUFFER.text / 8, 2_000);
    even.collapse();
    expect(even.held).toBe(FULL_BUFFER.memory);
    even.consume(0);
    expect(even.held).toBe(0);
  });

  it.each([
    [-1, false],
    [0, false],
    [1, true],
  ])('is nearly used up when more than seven eighths are held: %i', (more, isNearly) => {
    expect(isUnderPressure(accountOf({ space: 8_000, held: 7_000 + more }))).toBe(isNearly);
    expect(isUnderPressure(null)).toBe(false);
  });

  it('has a bound that follows its size', () => {
    const account = accountOf();
    account.resize(40_000);
    expect([account.space, account.clamp]).toEqual([40_000, 20_000]);
  });
});
