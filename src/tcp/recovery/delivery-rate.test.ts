/** Samples of the delivery rate by numbers (draft-ietf-ccwg-bbr section 4.1). */
import { describe, expect, it } from 'vitest';
import { bareSender } from '../../../test/support/bare-sender.ts';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import type { TcpEnvironment } from '../environment.ts';
import { RecoveryState } from '../tcb/recovery-state.ts';
import { Scoreboard } from '../tcb/scoreboard.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { AckSample } from './ack-sample.ts';
import { finishRateSample, sampleDelivered, stampSent } from './delivery-rate.ts';

const MS = 1_000;

/** Segments of 1000 octets sent at `sentMs`, acknowledged together at `ackedMs`; 5000 octets had been delivered before. */
function sample(sentMs: readonly number[], ackedMs: number, minRttMs: number): AckSample {
  const tcb = bareTcb();
  tcb.delivered = 5_000;
  tcb.minRttUs = minRttMs * MS;
  const board = new Scoreboard();
  const recovery = new RecoveryState(0, 3);
  const ack = new AckSample();
  for (const [index, ms] of sentMs.entries()) {
    const slot = board.append(index * 1_000, (index + 1) * 1_000, 1_000);
    stampSent(tcb, recovery, board, slot, ms * MS, index === 0);
  }
  for (let index = 0; index < sentMs.length; index++) {
    sampleDelivered(recovery, board, ack, board.slotAt(index));
    tcb.delivered += 1_000;
    ack.delivered += 1_000;
  }
  finishRateSample({ clock: { us: ackedMs * MS } } as unknown as TcpEnvironment, tcb, recovery, ack);
  return ack;
}

describe('the delivery rate', () => {
  // draft-ietf-ccwg-bbr-05 §4.1.2 RBBR-11, RBBR-12: what was delivered since the newest left, over the longer interval.
  it.each([
    ['acknowledging took longer', [0, 10, 20], 100, 100],
    ['sending took longer', [0, 150, 300], 250, 300],
  ] as const)('%s', (_, sentMs, ackedMs, intervalMs) => {
    const ack = sample(sentMs, ackedMs, 20);
    expect(ack).toMatchObject({ priorDelivered: 5_000, rateDelivered: 3_000, intervalUs: intervalMs * MS });
  });

  // draft-ietf-ccwg-bbr-05 §4.1.2.3 RBBR-13: shorter than any round trip: not this copy was acknowledged.
  it('has no sample below the smallest round trip', () => {
    expect(sample([0, 1], 5, 20).intervalUs).toBe(0);
    expect(sample([0, 1], 20, 20).intervalUs).toBe(20 * MS);
  });
});

// draft-ietf-ccwg-bbr-05 §4.1.2.4 RBBR-14: the end of too little to send.
describe('the end of too little to send', () => {
  it.each([
    ['comes when all of what was in flight is delivered, and more', 5_000, 5_001, 0],
    ['not when just that is', 5_000, 5_000, 5_000],
    ['nor before', 5_000, 4_999, 5_000],
    ['and not where there was none', 0, 5_000, 0],
  ])('%s', (_, until, delivered, after) => {
    const { env, tcb, recovery, ack } = bareSender();
    Object.assign(tcb, { appLimitedUntil: until, delivered });
    finishRateSample(env, tcb, recovery, ack);
    expect(tcb.appLimitedUntil).toBe(after);
  });
});

describe('the rate that is told', () => {
  interface Sample {
    readonly delivered: number;
    readonly ms: number;
    readonly isAppLimited?: boolean;
  }
  /** After a rate of 1000 octets in 10 ms, not limited. */
  function told(
    { delivered, ms, isAppLimited = false }: Sample,
    before = 10 * MS,
  ): [octets: number, ms: number, isLimited: boolean] {
    const { env, clock, tcb, recovery, ack } = bareSender({ atUs: 1_000 * MS });
    Object.assign(tcb, { rateDelivered: 1_000, rateIntervalUs: before, delivered: 7_000 + delivered, lost: 300 });
    Object.assign(ack, { hasRateSample: true, delivered, priorDelivered: 7_000, isAppLimited, lostAtSend: 100 });
    ack.priorDeliveredUs = (clock.us - ms * MS) | 0;
    finishRateSample(env, tcb, recovery, ack);
    expect([ack.lostSince, recovery.deliveredUs]).toEqual([200, clock.us]);
    return [tcb.rateDelivered, tcb.rateIntervalUs / MS, tcb.isRateAppLimited];
  }

  it.each<[name: string, sample: Sample, rate: [number, number, boolean]]>([
    ['is the latest', { delivered: 500, ms: 10 }, [500, 10, false]],
    ['unless it was limited and is lower', { delivered: 999, ms: 10, isAppLimited: true }, [1_000, 10, false]],
    ['a limited one as high counts', { delivered: 2_000, ms: 20, isAppLimited: true }, [2_000, 20, true]],
    ['and a higher one', { delivered: 2_000, ms: 19, isAppLimited: true }, [2_000, 19, true]],
  ])('%s', (_, sample, rate) => {
    expect(told(sample)).toEqual(rate);
  });

  it('is the first in any case', () => {
    expect(told({ delivered: 1, ms: 50, isAppLimited: true }, 0)).toEqual([1, 50, true]);
  });

  it('is left alone without a sample, and nothing was delivered then', () => {
    const { env, tcb, recovery, ack } = bareSender({ atUs: 5 * MS });
    tcb.rateDelivered = 9;
    finishRateSample(env, tcb, recovery, ack);
    expect([tcb.rateDelivered, recovery.deliveredUs, ack.intervalUs]).toEqual([9, 0, 0]);
  });
});

describe('a segment that leaves', () => {
  it.each([
    [true, 7_000],
    [false, 3_000],
  ])('begins a flight, or not: %s', (wasIdle, firstSentUs) => {
    const { tcb, board, recovery } = bareSender({ flying: 1 });
    Object.assign(recovery, { firstSentUs: 3_000, deliveredUs: 3_000, sendOrder: 4 });
    Object.assign(tcb, { delivered: 500, lost: 40, appLimitedUntil: 1 });
    const slot = board.slotAt(0);
    stampSent(tcb, recovery, board, slot, 7_000, wasIdle);
    expect([board.firstSentUs(slot), board.deliveredUs(slot), board.sentUs(slot)]).toEqual([
      firstSentUs,
      firstSentUs,
      7_000,
    ]);
    expect([board.sendOrder(slot), board.deliveredAtSend(slot), board.lostAtSend(slot)]).toEqual([5, 500, 40]);
    expect(board.flags(slot) & SegmentFlag.appLimited).toBe(SegmentFlag.appLimited);
    tcb.appLimitedUntil = 0;
    stampSent(tcb, recovery, board, slot, 7_001, false);
    expect(board.flags(slot) & SegmentFlag.appLimited).toBe(0);
  });

  it('is not the measure when one that left later was delivered before', () => {
    const { tcb, board, recovery, ack } = bareSender({ flying: 2 });
    stampSent(tcb, recovery, board, board.slotAt(0), 1_000, true);
    stampSent(tcb, recovery, board, board.slotAt(1), 2_000, false);
    sampleDelivered(recovery, board, ack, board.slotAt(1));
    expect([ack.rateSentUs, ack.sendElapsedUs, recovery.firstSentUs]).toEqual([2_000, 1_000, 2_000]);
    sampleDelivered(recovery, board, ack, board.slotAt(0));
    expect([ack.rateSentUs, recovery.firstSentUs]).toEqual([2_000, 2_000]);
  });
});
