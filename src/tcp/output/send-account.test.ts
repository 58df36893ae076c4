/** Pieces of what waits to be sent: how many are begun, filled and sent. */
import { describe, expect, it } from 'vitest';
import { SendAccount } from '../tcb/send-account.ts';
import { segmentsMemory } from './send-account.ts';

/** Below a limit of `most` octets of memory, at 832 for each piece, as long as nothing was there before. */
const below = (most: number) => (pieces: number, octets: number) => pieces * 832 + octets < most;

const filling = (goal: number, leaves = 0, burst = 10_000, half = 0) => ({ goal, leaves, burst, half });

describe('pieces of what was written', () => {
  it('are filled when they were begun, and not begun beyond the limit', () => {
    const account = new SendAccount();
    expect(account.fill(100_000, filling(64_000), below(20_000))).toBe(64_000);
    expect(account.count).toBe(1);
    expect(account.fill(100_000, filling(64_000), () => false)).toBe(0);
  });

  it('have room again for what leaves at once', () => {
    expect(new SendAccount().fill(100_000, filling(64_000, 10_000, 10_000), below(20_000))).toBe(74_000);
  });

  it('take more memory the smaller the bursts are that have left of them', () => {
    expect(new SendAccount().fill(100_000, filling(16_000, 10_000, 10_000), below(46_080))).toBe(58_000);
    expect(new SendAccount().fill(100_000, filling(16_000, 10_000, 2_000), below(46_080))).toBe(42_000);
  });

  it('are as many as the limit lets begin', () => {
    const account = new SendAccount();
    expect(account.fill(100_000, filling(2_000), below(20_000))).toBe(16_000);
    expect(account.count).toBe(8);
  });

  it('go when they are sent, the oldest first, a part at a time', () => {
    const account = new SendAccount();
    account.fill(5_000, filling(2_000), () => true);
    account.follow(3_500);
    expect(account.count).toBe(3);
    account.follow(2_500);
    expect(account.count).toBe(2);
    account.follow(0);
    expect(account.count).toBe(0);
  });

  it('take nothing behind the end of a record', () => {
    const account = new SendAccount();
    account.fill(300, filling(2_000), () => true);
    account.close();
    expect(account.copy().fill(300, filling(2_000), () => false)).toBe(0);
    account.fill(300, filling(2_000), () => true);
    expect(account.count).toBe(2);
  });
});

it('segments take powers of two, and what stands beside them', () => {
  expect([segmentsMemory(1_000, 20), segmentsMemory(1_460, 20), segmentsMemory(9_000, 1)]).toEqual([
    46_080, 46_080, 16_640,
  ]);
});
