/**
 * The receive buffer as Linux counts it, by numbers: what text in order and early text hold, how wide a window is offered from it,
 * when that grows and what happens when the memory is used up. A full segment of 1460 octets (a packet of 1500) holds 2304 octets of
 * memory, one of 100 holds 832.
 */
import { describe, expect, it } from 'vitest';
import { bareTcb, LINUX } from '../../../test/support/bare-tcb.ts';
import { ReceiveAccount } from '../tcb/receive-account.ts';
import { FULL_BUFFER } from '../tcb/segment-memory.ts';
import type { Tcb } from '../tcb/tcb.ts';
import {
  growForLowat,
  growWindow,
  hasMemory,
  isOpeningWorthwhile,
  noteSize,
  offerFromAccount,
  selectWindow,
  setClamp,
  WINDOW_CLAMP_MIN,
} from './receive-account.ts';

const FULL = 2_304;
const SMALL = 832;
const SPACE = 100 * FULL;

function accountOf(changes: Partial<ReceiveAccount> = {}, mayShrink = false): ReceiveAccount {
  return Object.assign(new ReceiveAccount(SPACE, 60_000, 20_000, 14_600, mayShrink), changes);
}

function tcbOf(account: ReceiveAccount, changes: Partial<Tcb> = {}): Tcb {
  const tcb = bareTcb(LINUX);
  Object.assign(tcb, {
    receiveAccount: account,
    receiveMss: 1_460,
    rcvScale: 0,
    rcvNxt: 0,
    rcvAdv: 0,
    lastAckSent: 0,
    ...changes,
  });
  return tcb;
}

describe('a segment of another size', () => {
  it.each<[name: string, space: number, clamp: number, threshold: number, offered: number, after: [number, number]]>([
    ['the bound falls, and the window with it', 20_000, 60_000, 20_000, 0, [12_656, 12_656]],
    ['the bound falls, the window is below', 20_000, 60_000, 9_000, 0, [12_656, 9_000]],
    ['the bound rises: the window is what was offered', 20_000, 10_000, 5_000, 8_000, [12_656, 8_000]],
    ['not beyond the bound', 20_000, 10_000, 5_000, 18_000, [12_656, 12_656]],
    ['nor below what it was', 20_000, 10_000, 9_000, 8_000, [12_656, 9_000]],
    ['there is a least bound', 1_000, 10_000, 9_000, 0, [WINDOW_CLAMP_MIN, WINDOW_CLAMP_MIN]],
  ])('%s', (_, space, clamp, threshold, offered, after) => {
    const account = accountOf({ space, clamp, threshold });
    noteSize(tcbOf(account, { rcvAdv: offered }), account, 1_460, 1_500);
    expect(account.share).toBe(162);
    expect([account.clamp, account.threshold]).toEqual(after);
  });

  it('that fills its memory as well as before changes nothing', () => {
    const account = accountOf({ share: 162, clamp: 7 });
    noteSize(tcbOf(account), account, 1_460, 1_500);
    expect(account.clamp).toBe(7);
    noteSize(tcbOf(account), account, 1, 41);
    expect(account.share).toBe(1);
  });
});

describe('TCP_WINDOW_CLAMP and SO_RCVLOWAT', () => {
  it.each([
    ['a lower bound', 15_000, 0, 15_000],
    ['a lower bound above the window', 30_000, 0, 20_000],
    ['a higher one: what is offered', 70_000, 40_000, 40_000],
    ['a higher one: no less than before', 70_000, 10_000, 20_000],
    ['a higher one: the bound at most', 70_000, 90_000, 70_000],
    ['the same', 60_000, 40_000, 20_000],
  ])('%s', (_, clamp, window, threshold) => {
    const account = accountOf();
    setClamp(tcbOf(account, { rcvAdv: window }), account, clamp);
    expect([account.clamp, account.threshold]).toEqual([clamp, threshold]);
  });

  it.each([
    ['more than there is', 200_000, false, 400_000],
    ['what there is', SPACE / 2, false, SPACE],
    ['more, of a user who has set the size', 200_000, true, SPACE],
  ])('the buffer holds what its user waits for: %s', (_, octets, isReceiveLimitFixed, space) => {
    const account = accountOf();
    growForLowat(LINUX, tcbOf(account, { isReceiveLimitFixed }), octets);
    expect([account.space, account.clamp]).toEqual([space, space === 400_000 ? octets : 60_000]);
  });

  it.each([
    [40_000, false, 40_000],
    [20_000, false, 30_000],
    [80_000, false, 50_000],
    [40_000, true, 30_000],
  ])('so too where memory is not counted: %i octets', (octets, isReceiveLimitFixed, limit) => {
    const tcb = tcbOf(accountOf(), { receiveLimit: 30_000, isReceiveLimitFixed });
    tcb.receiveAccount = null;
    growForLowat({ ...LINUX, rmem_max: 50_000 }, tcb, octets);
    expect(tcb.receiveLimit).toBe(limit);
  });
});

describe('the window grows', () => {
  function grown(length: number, changes: Partial<ReceiveAccount> = {}, tcbChanges: Partial<Tcb> = {}): [number, Tcb] {
    const account = accountOf({ share: 162, clamp: 100_000, ...changes });
    const tcb = tcbOf(account, { advertisedMss: 1_460, quickAcks: 4, ...tcbChanges });
    const before = account.threshold;
    growWindow(LINUX, tcb, account, length, length + 40);
    return [account.threshold - before, tcb];
  }

  it.each<[name: string, length: number, changes: Partial<ReceiveAccount>, by: number]>([
    ['two segments for one that fills its memory', 1_460, {}, 2_920],
    ['twice a super-segment', 20_000, { share: 100 }, 40_000],
    ['to the bound and no further', 1_460, { clamp: 21_000 }, 1_000],
    ['not at the bound', 1_460, { clamp: 20_000 }, 0],
    ['no further than there is memory', 1_460, { held: SPACE - 36_000 }, 2_781],
    ['for a tiny one, which has come early then', 127, {}, 2_920],
    ['for a small one while it is narrow', 128, {}, 2_920],
    ['not for a small one when it is wide', 128, { threshold: 11_000_000, clamp: 90_000_000, space: 90_000_000 }, 0],
  ])('by %s', (_, length, changes, by) => {
    const [growth, tcb] = grown(length, changes);
    expect(growth).toBe(by);
    expect(tcb.quickAcks).toBe(by > 0 ? 5 : 4);
  });

  it('by what the peer’s segments are, for one that fills its memory less well', () => {
    expect(grown(500, {}, { receiveMss: 700 })[0]).toBe(1_400);
    // By twice the text, if that is more.
    expect(grown(900, {}, { receiveMss: 700 })[0]).toBe(1_800);
  });
});

describe('the window that is offered', () => {
  interface Offer {
    readonly account?: Partial<ReceiveAccount>;
    readonly tcb?: Partial<Tcb>;
    readonly mayShrink?: boolean;
  }
  function selected({ account, tcb, mayShrink = false }: Offer): number {
    const made = accountOf({ space: 80_000, clamp: 40_000, threshold: 40_000, ...account }, mayShrink);
    return selectWindow(tcbOf(made, tcb), made);
  }
  const scaled: Partial<Tcb> = { rcvScale: 4 };

  it.each<[name: string, offer: Offer, window: number]>([
    ['with a scale: what is free', { tcb: scaled }, 40_000],
    ['up to the threshold', { account: { threshold: 9_000 }, tcb: scaled }, 9_008],
    ['rounded up to what can be told', { account: { threshold: 9_001 }, tcb: scaled }, 9_008],
    ['below a half rounded down before', { account: { held: 80_000 - 39_962 }, tcb: scaled }, 19_968],
    ['none below a segment', { account: { held: 80_000 - 2_900 }, tcb: scaled }, 0],
    ['none below a sixteenth', { account: { held: 80_000 - 4_980 }, tcb: { rcvScale: 4, receiveMss: 100 } }, 0],
    ['a sixteenth', { account: { held: 80_000 - 5_024 }, tcb: { rcvScale: 4, receiveMss: 100 } }, 2_512],
    ['none where there is no room at all', { account: { clamp: 0 } }, 0],
    ['without a scale: whole segments', {}, 40_000 - (40_000 % 1_460)],
    ['what was offered, while that is less than a segment below', { tcb: { rcvAdv: 39_000 } }, 39_000],
    ['whole segments when it is a segment below', { tcb: { rcvAdv: 38_540 } }, 39_420],
    ['whole segments when more was offered than is free', { tcb: { rcvAdv: 40_001 } }, 39_420],
    [
      'all of a buffer smaller than a segment when that is worth it',
      { account: { clamp: 1_000, threshold: 1_000 }, tcb: { rcvAdv: 499 } },
      1_000,
    ],
    ['what was offered of it otherwise', { account: { clamp: 1_000, threshold: 1_000 }, tcb: { rcvAdv: 500 } }, 500],
    ['before a segment has come, by its default size', { tcb: { receiveMss: 0 } }, 40_000 - (40_000 % 536)],
  ])('%s', (_, offer, window) => {
    expect(selected(offer)).toBe(window);
  });

  it.each<[name: string, offer: Offer, window: number]>([
    ['what is free', { tcb: scaled }, 40_000],
    ['up to the threshold, rounded up', { account: { threshold: 9_001 }, tcb: scaled }, 9_008],
    ['rounded down', { account: { held: 80_000 - 39_962 }, tcb: scaled }, 19_968],
    ['none below a segment', { account: { held: 80_000 - 2_900 }, tcb: scaled }, 0],
    ['none below what can be told', { account: { held: 80_000 - 9_000 }, tcb: { rcvScale: 13, receiveMss: 100 } }, 0],
    ['none below a sixteenth', { account: { held: 80_000 - 4_980 }, tcb: { rcvScale: 4, receiveMss: 100 } }, 0],
    ['as always, without a scale', {}, 39_420],
  ])('where it may be taken back: %s', (_, offer, window) => {
    expect(selected({ ...offer, mayShrink: true })).toBe(window);
  });

  it('below a half of it ends the quick acknowledgments', () => {
    for (const mayShrink of [false, true]) {
      const account = accountOf({ space: 80_000, clamp: 40_000, threshold: 40_000, held: 40_000 }, mayShrink);
      const tcb = tcbOf(account, { rcvScale: 4, quickAcks: 9 });
      selectWindow(tcb, account);
      expect(tcb.quickAcks).toBe(9);
      account.held += 64;
      selectWindow(tcb, account);
      expect(tcb.quickAcks).toBe(0);
    }
  });

  it.each<
    [
      name: string,
      account: Partial<ReceiveAccount>,
      mayShrink: boolean,
      tcb: Partial<Tcb>,
      field: number,
      window: number,
    ]
  >([
    ['is what was selected', {}, false, { rcvScale: 4 }, 2_500, 40_000],
    ['takes nothing back', { held: 60_000 }, false, { rcvScale: 4, rcvAdv: 30_001 }, 1_876, 30_016],
    ['unless by setting', { held: 60_000 }, true, { rcvScale: 4, rcvAdv: 30_000 }, 625, 10_000],
    ['never without a scale', { held: 60_000 }, true, { rcvAdv: 30_000 }, 30_000, 30_000],
    [
      'is what sixteen bits tell',
      { space: 400_000, clamp: 200_000, threshold: 200_000 },
      false,
      { rcvScale: 1 },
      65_535,
      200_000,
    ],
    ['is none, once, for want of memory', { isStarved: true }, false, { rcvScale: 4, rcvAdv: 30_000 }, 0, 0],
  ])('%s', (_, changes, mayShrink, tcbChanges, field, window) => {
    const account = accountOf({ space: 80_000, clamp: 40_000, threshold: 40_000, ...changes }, mayShrink);
    const tcb = tcbOf(account, tcbChanges);
    expect([offerFromAccount(tcb, account), tcb.rcvAdv, account.isStarved]).toEqual([field, window, false]);
  });

  it.each([
    ['twice as wide', 19_000, 40_000, true],
    ['not twice as wide', 20_001, 40_000, false],
    ['exactly', 20_000, 40_000, true],
    ['nothing', 0, 0, false],
    ['more than half of the bound is open', 30_001, 60_000, false],
  ])('is worth a segment of its own: %s', (_, current, threshold, isWorth) => {
    const account = accountOf({ space: 120_000, clamp: 60_000, threshold });
    expect(isOpeningWorthwhile(tcbOf(account, { rcvScale: 4, rcvAdv: current }), account)).toBe(isWorth);
  });
});

describe('memory that is used up', () => {
  it('is enough up to the last octet', () => {
    const account = accountOf({ held: SPACE });
    expect(hasMemory(LINUX, tcbOf(account, { quickAcks: 3 }), account, 5_000, 1_500)).toBe(true);
    expect(account.space).toBe(SPACE);
  });

  it('is made more of, once, where the buffer may grow', () => {
    const account = accountOf({ held: SPACE + 1 });
    const tcb = tcbOf(account, { quickAcks: 3 });
    expect(hasMemory(LINUX, tcb, account, 5_000, 1_500)).toBe(true);
    expect([account.space, account.threshold, tcb.quickAcks]).toEqual([SPACE + 1, 20_000, 0]);
  });

  it.each([
    ['a user has set its size', { isReceiveLimitFixed: true }, {}],
    ['nothing larger is allowed', {}, { rmem_max: SPACE }],
  ])('else two segments are offered from now on, and early text goes: %s', (_, changes, settings) => {
    const account = accountOf();
    account.append(1_460, 1_500);
    account.addEarly(3_000, 4_460, 1_500);
    account.held += SPACE - FULL;
    expect(
      hasMemory({ ...LINUX, ...settings }, tcbOf(account, { advertisedMss: 1_460, ...changes }), account, 3_000, 1_500),
    ).toBe(true);
    expect([account.held, account.space, account.threshold]).toEqual([SPACE, SPACE, 2_920]);
  });

  it('is refused when nothing helps', () => {
    const account = accountOf({ held: SPACE + 1, clamp: 1_000 });
    expect(
      hasMemory(LINUX, tcbOf(account, { advertisedMss: 1_460, isReceiveLimitFixed: true }), account, 5_000, 1_500),
    ).toBe(false);
    expect(account.threshold).toBe(1_000);
  });

  it('is found by putting together what is in order', () => {
    const account = accountOf();
    for (let piece = 0; piece < 10; piece++) account.append(500, 2_000);
    account.addEarly(9_000, 9_100, 140);
    account.space = account.held - 1;
    expect(hasMemory(LINUX, tcbOf(account, { isReceiveLimitFixed: true }), account, 5_000, 1_500)).toBe(true);
    // Nothing early had to go.
    expect(account.held).toBe(FULL_BUFFER.memory + FULL + SMALL);
  });
});
