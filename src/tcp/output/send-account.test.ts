/** Pieces of what waits to be sent: how many are begun, filled and sent. */
import { describe, expect, it } from 'vitest';
import { SendAccount } from '../tcb/send-account.ts';
import { segmentsMemory } from './send-account.ts';

/** Pieces of these sizes. */
function accountOf(...sizes: number[]): SendAccount {
  const account = new SendAccount();
  for (const size of sizes) {
    account.begin();
    account.add(size);
  }
  return account;
}

describe('pieces of what was written', () => {
  it('take more until they are full, the last one alone', () => {
    const account = accountOf(2_000, 500);
    expect([account.count, account.room(2_000), account.room(400)]).toEqual([2, 1_500, 0]);
    account.add(1_500);
    expect([account.count, account.room(2_000), account.unpushed]).toEqual([2, 0, 4_000]);
  });

  it('go when they are sent, the oldest first, a part at a time', () => {
    const account = accountOf(2_000, 2_000, 1_000);
    account.follow(3_500);
    expect([account.count, account.head]).toEqual([3, 500]);
    account.follow(2_500);
    expect([account.count, account.head]).toEqual([2, 1_500]);
    account.follow(0);
    expect([account.count, account.head, account.room(2_000)]).toEqual([0, 0, 0]);
  });

  it('have room again for what has left of the last one', () => {
    const account = accountOf(2_000);
    account.follow(500);
    expect(account.room(2_000)).toBe(1_500);
  });

  it('let the first one take from the second', () => {
    const account = accountOf(500, 700);
    expect([account.growHead(800), account.growHead(5_000), account.count]).toEqual([800, 1_200, 1]);
  });

  it('take nothing behind the end of a record', () => {
    const account = accountOf(300);
    account.close();
    expect(account.room(2_000)).toBe(0);
    account.begin();
    account.add(300);
    expect([account.count, account.room(2_000)]).toEqual([2, 1_700]);
  });
});

it('segments take powers of two, and what stands beside them', () => {
  expect([segmentsMemory(1_000, 20), segmentsMemory(1_460, 20), segmentsMemory(9_000, 1)]).toEqual([
    46_080, 46_080, 16_640,
  ]);
});
