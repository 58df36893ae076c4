/** Samples of the delivery rate by numbers (draft-ietf-ccwg-bbr section 4.1). */
import { describe, expect, it } from 'vitest';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import type { TcpEnvironment } from '../environment.ts';
import { RecoveryState } from '../tcb/recovery-state.ts';
import { Scoreboard } from '../tcb/scoreboard.ts';
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
