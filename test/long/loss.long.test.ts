/**
 * A thousand flows over a path that loses a tenth of the data it carries: no long silence, and every retransmission timeout has
 * a reason that nothing but a timer could have found. With as many acknowledgments lost a few more are silent: an
 * acknowledgment that comes a timeout late is a round-trip time like any other, and the next timeout is longer for it.
 */
import { describe, expect, it } from 'vitest';
import type { Observer, ObserverRecord } from '../../src/base/observer.ts';
import { SegmentFlag } from '../../src/tcp/tcb/segment-record.ts';
import { BulkFlow } from '../support/bulk-flow.ts';

const RUNS = 1_000;
const SILENCE_MS = 2_000;

type Reason = 'lost retransmission' | 'tail loss' | 'other';

/** Looks at the scoreboard in the moment the timer runs out, before anything is marked. */
class TimeoutWatch implements Observer {
  flow: BulkFlow | null = null;
  readonly reasons: Reason[] = [];

  observe(record: ObserverRecord): void {
    if (record.kind !== 'timeout' || record.timer !== 'retransmission') return;
    const board = this.flow?.tcb.scoreboard;
    if (board === null || board === undefined || board.isEmpty) return;
    const isAgain = (board.flags(board.slotAt(0)) & SegmentFlag.everRetransmitted) !== 0;
    // Nothing sent after it has arrived, as far as the sender can know. F-RTO's probe (RFC 5682 §2.1 step 2b) is such a tail too:
    // until it is answered nothing else may go.
    const isLastMissing = (board.flags(board.slotAt(board.count - 1)) & SegmentFlag.sacked) === 0;
    const isTail = board.sackedWeight === 0 || (this.flow?.tcb.recovery?.isFrto === true && isLastMissing);
    this.reasons.push(isAgain ? 'lost retransmission' : isTail ? 'tail loss' : 'other');
  }
}

/** The runs that were silent for too long, and why timers ran out. */
function playAll(isBackImpaired: boolean): { silent: number; reasons: Map<Reason, number> } {
  const reasons = new Map<Reason, number>();
  let silent = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const watch = new TimeoutWatch();
    const flow = new BulkFlow({ seed, bytes: 300_000, delayMs: 10, loss: 0.1, isBackImpaired, observer: watch });
    watch.flow = flow;
    let una = flow.tcb.sndUna;
    let sinceMs = flow.network.nowMs;
    let longest = 0;
    flow.run(600_000, () => {
      if (flow.tcb.sndUna === una) return;
      longest = Math.max(longest, flow.network.nowMs - sinceMs);
      una = flow.tcb.sndUna;
      sinceMs = flow.network.nowMs;
    });
    expect(flow.isComplete, `seed ${seed}`).toBe(true);
    if (longest > SILENCE_MS) silent++;
    for (const reason of watch.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  console.log(
    `${silent} of ${RUNS} runs silent for more than ${SILENCE_MS} ms; timeouts:`,
    Object.fromEntries(reasons),
  );
  return { silent, reasons };
}

describe('10 % loss, 20 ms round trip', () => {
  it.each([
    ['of data', false, RUNS / 100],
    ['of data and of acknowledgments', true, (3 * RUNS) / 100],
  ] as const)('%s: SND.UNA moves at least every two seconds, and each timeout is explained', (_, isBack, silentMax) => {
    const { silent, reasons } = playAll(isBack);
    expect(silent).toBeLessThanOrEqual(silentMax);
    expect(reasons.get('other') ?? 0).toBe(0);
    expect((reasons.get('tail loss') ?? 0) + (reasons.get('lost retransmission') ?? 0)).toBeGreaterThan(0);
  });
});
