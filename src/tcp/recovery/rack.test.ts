/** RACK by numbers (RFC 8985 section 6): which delivery is the measure, how wide the window is, what is lost and what has time left. */
import { describe, expect, it } from 'vitest';
import {
  type BareSender,
  type BareSenderOptions,
  bareSender,
  SENDER_MSS as MSS,
} from '../../../test/support/bare-sender.ts';
import { TICK_US } from '../../base/clock.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { isTimerArmed, TcpTimer, timerTick } from '../timers.ts';
import {
  detectLoss,
  isRecentForRack,
  markLost,
  RecoveryBit,
  rackDelivered,
  rackDetect,
  reorderingWindowUs,
  updateReorderingWindow,
} from './rack.ts';

const NOW_US = 1_000_000;
const RTT_US = 100_000;
/** A quarter of the least round trip. */
const WINDOW_US = RTT_US / 4;

/** Ten segments, sent a millisecond after each other, the first one a round trip ago. */
function racing(options: BareSenderOptions = {}, changes: Partial<Tcb> = {}): BareSender {
  const made = bareSender({ flying: 10, atUs: NOW_US, ...options });
  Object.assign(made.tcb, { minRttUs: RTT_US, srttUs: RTT_US, caState: CaState.disorder, ...changes });
  for (let segment = 0; segment < 10; segment++) sendAt(made, segment, NOW_US - RTT_US + segment * 1_000);
  return made;
}

function sendAt({ board, recovery }: BareSender, segment: number, us: number): void {
  recovery.sendOrder++;
  board.stamp(board.slotAt(segment), us, recovery.sendOrder, 0, 0, 0, 0, false);
}

function sendAgainAt(made: BareSender, segment: number, us: number): void {
  made.board.markLost(made.board.slotAt(segment));
  made.board.markRetransmitted(made.board.slotAt(segment));
  sendAt(made, segment, us);
}

function deliver(made: BareSender, segment: number): RecoveryState {
  rackDelivered(made.env, made.tcb, made.recovery, made.board.slotAt(segment));
  return made.recovery;
}

function lostOnes({ board }: BareSender): number[] {
  return [...Array(board.count).keys()].filter((index) => board.flags(board.slotAt(index)) & SegmentFlag.lost);
}

// RFC 8985 §6.2 R8985-1, R8985-2: the measure.
describe('the measure', () => {
  it('is what was sent last of what was delivered', () => {
    const made = racing();
    expect(deliver(made, 5)).toMatchObject({ hasRack: true, rackEndSeq: 6 * MSS, rackRttUs: RTT_US - 5_000 });
    expect(deliver(made, 3)).toMatchObject({ rackEndSeq: 6 * MSS, rackSentUs: NOW_US - RTT_US + 5_000 });
    // The round trip is that of the latest delivery all the same.
    expect(made.recovery.rackRttUs).toBe(RTT_US - 3_000);
    expect(deliver(made, 7)).toMatchObject({ rackEndSeq: 8 * MSS, isRackAdvanced: true, rackSendOrder: 8 });
  });

  it('is a round trip of a microsecond at least', () => {
    const made = racing({}, { minRttUs: 0 });
    sendAt(made, 9, NOW_US);
    expect(deliver(made, 9).rackRttUs).toBe(1);
  });

  it.each([
    ['sooner than any round trip', RTT_US - 1, RTT_US, false],
    ['as soon as any', RTT_US, RTT_US, true],
    ['where no round trip is known', 5, 0, true],
  ])('is no copy whose acknowledgment comes %s', (_, rttUs, minRttUs, counts) => {
    const made = racing({}, { minRttUs });
    sendAgainAt(made, 2, NOW_US - rttUs);
    expect(deliver(made, 2).hasRack).toBe(counts);
  });

  it.each([
    ['linux', 'no older than the copy', 120_000, true],
    ['linux', 'a millisecond older', 121_000, false],
    ['rfc', 'less than two milliseconds older', 121_999, true],
    ['rfc', 'two milliseconds older', 122_000, false],
  ] as const)('is no copy when the echo is of a time before, %s: %s', (profile, _, echoAgeUs, counts) => {
    const made = racing({ profile });
    sendAgainAt(made, 2, NOW_US - 120_000);
    made.ack.echoAgeUs = echoAgeUs;
    expect(deliver(made, 2).isRackAdvanced).toBe(counts);
  });
});

// RFC 8985 §6.2 R8985-4, R8985-15: the reordering window.
describe('the reordering window', () => {
  it.each<[name: string, change: (made: BareSender) => void, windowUs: number]>([
    ['is a quarter of the least round trip', () => undefined, WINDOW_US],
    ['as often as it has steps', ({ recovery }) => (recovery.windowSteps = 3), 3 * WINDOW_US],
    ['but a round trip at most', ({ recovery }) => (recovery.windowSteps = 9), RTT_US],
    ['is none in recovery', ({ tcb }) => (tcb.caState = CaState.recovery), 0],
    ['is none after a timeout', ({ tcb }) => (tcb.caState = CaState.loss), 0],
    ['stays in CWR', ({ tcb }) => (tcb.caState = CaState.cwr), WINDOW_US],
    ['is none when enough is SACKed', ({ board }) => (board.sackedWeight = 3 * MSS), 0],
    ['stays when less is', ({ board }) => (board.sackedWeight = 3 * MSS - 1), WINDOW_US],
    ['stays where nothing is on record', ({ tcb }) => (tcb.scoreboard = null), WINDOW_US],
    [
      'stays in recovery once reordering was seen',
      ({ tcb, recovery }) => {
        tcb.caState = CaState.recovery;
        recovery.reorderingSeen = 1;
      },
      WINDOW_US,
    ],
  ])('%s', (_, change, windowUs) => {
    const made = racing();
    change(made);
    expect(reorderingWindowUs(made.env, made.tcb, made.recovery)).toBe(windowUs);
  });

  it('stays however much is SACKed, where the setting says so', () => {
    const made = racing({ settings: { recovery: RecoveryBit.rack | RecoveryBit.noThreshold } });
    made.board.sackedWeight = 5 * MSS;
    expect(reorderingWindowUs(made.env, made.tcb, made.recovery)).toBe(WINDOW_US);
  });

  interface Told {
    readonly before?: Partial<RecoveryState>;
    readonly priorDelivered?: number;
    readonly intervalUs?: number;
    readonly recovery?: number;
  }
  function told({
    before = {},
    priorDelivered = 50,
    intervalUs = 1,
    recovery = RecoveryBit.rack,
  }: Told): RecoveryState {
    const made = racing({ settings: { recovery } }, { delivered: 80 });
    Object.assign(made.recovery, { isDsackSeen: true, windowDelivered: 50, windowPersist: 5, ...before });
    Object.assign(made.ack, { priorDelivered, intervalUs });
    updateReorderingWindow(made.env, made.tcb, made.ack);
    return made.recovery;
  }

  // RFC 8985 §6.2 R8985-14: grows a step for a D-SACK, kept for sixteen recoveries.
  it('grows a step for a D-SACK, kept for sixteen recoveries', () => {
    expect(told({})).toMatchObject({ windowSteps: 2, windowPersist: 16, windowDelivered: 80, isDsackSeen: false });
    expect(told({ before: { windowSteps: 254 } }).windowSteps).toBe(255);
    expect(told({ before: { windowSteps: 255 } }).windowSteps).toBe(255);
  });

  it.each<[name: string, given: Told, after: Partial<RecoveryState>]>([
    ['once a round trip', { priorDelivered: 49 }, { windowSteps: 1, isDsackSeen: false, windowPersist: 5 }],
    ['not without a sample', { intervalUs: 0 }, { windowSteps: 1, isDsackSeen: true }],
    [
      'not where it is fixed',
      { recovery: RecoveryBit.rack | RecoveryBit.staticWindow },
      { windowSteps: 1, isDsackSeen: true },
    ],
    [
      'stays wide as long as it is kept',
      { before: { isDsackSeen: false, windowSteps: 4, windowPersist: 1 } },
      { windowSteps: 4 },
    ],
    [
      'is one step again afterwards',
      { before: { isDsackSeen: false, windowSteps: 4, windowPersist: 0 } },
      { windowSteps: 1 },
    ],
  ])('grows, or not: %s', (_, given, after) => {
    expect(told(given)).toMatchObject(after);
  });

  it('needs a sender that remembers', () => {
    const made = racing({}, { recovery: null });
    made.ack.intervalUs = 1;
    expect(() => updateReorderingWindow(made.env, made.tcb, made.ack)).not.toThrow();
  });
});

// RFC 8985 §6.2 R8985-3, R8985-5, R8985-26: what was overtaken.
describe('what was overtaken', () => {
  it('is lost when its time is over, and waits for the timer when it is not', () => {
    const made = racing();
    // The sixth was delivered 95 ms after it left: the window ends 120 ms after a segment has left.
    deliver(made, 5);
    made.clock.set(NOW_US + 22_000);
    expect(detectLoss(made.env, made.tcb, made.recovery)).toBe(3 * MSS);
    expect(lostOnes(made)).toEqual([0, 1, 2]);
    expect(made.tcb.lost).toBe(3 * MSS);
    // Until the fifth has had its time, and two milliseconds more; the sixth was delivered, the seventh left later.
    const dueUs = (timerTick(made.tcb, TcpTimer.reordering) - made.env.clock.tick) * TICK_US;
    expect([isTimerArmed(made.tcb, TcpTimer.reordering), dueUs]).toEqual([true, 2_000 + 2_000]);
  });

  it('is looked at by five at most for the timer', () => {
    const made = racing();
    deliver(made, 9);
    detectLoss(made.env, made.tcb, made.recovery);
    // 91 and 25 ms after the fifth has left.
    const dueUs = (timerTick(made.tcb, TcpTimer.reordering) - made.env.clock.tick) * TICK_US;
    expect(dueUs).toBe(91_000 + 25_000 - 96_000 + 2_000);
  });

  it('is none while nothing was delivered, or nothing is on record', () => {
    const made = racing();
    made.clock.set(NOW_US + RTT_US);
    expect(detectLoss(made.env, made.tcb, made.recovery)).toBe(0);
    deliver(made, 5);
    made.tcb.scoreboard = null;
    expect(detectLoss(made.env, made.tcb, made.recovery)).toBe(0);
    expect(lostOnes(made)).toEqual([]);
  });

  it('disarms the timer when nothing has time left', () => {
    const made = racing();
    deliver(made, 3);
    detectLoss(made.env, made.tcb, made.recovery);
    expect(isTimerArmed(made.tcb, TcpTimer.reordering)).toBe(true);
    made.clock.set(NOW_US + RTT_US);
    expect(detectLoss(made.env, made.tcb, made.recovery)).toBe(3 * MSS);
    expect(isTimerArmed(made.tcb, TcpTimer.reordering)).toBe(false);
  });

  it('is looked for once for each delivery', () => {
    const made = racing({}, { caState: CaState.recovery });
    deliver(made, 2);
    made.clock.set(NOW_US + RTT_US);
    expect(rackDetect(made.env, made.tcb)).toBe(2 * MSS);
    deliver(made, 4);
    made.recovery.isRackAdvanced = false;
    expect(rackDetect(made.env, made.tcb)).toBe(0);
    made.tcb.recovery = null;
    expect(rackDetect(made.env, made.tcb)).toBe(0);
  });

  it('counts a copy by its last departure', () => {
    const made = racing();
    sendAgainAt(made, 0, NOW_US);
    deliver(made, 9);
    made.clock.set(NOW_US + RTT_US);
    detectLoss(made.env, made.tcb, made.recovery);
    expect(lostOnes(made)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(made.board.isWaiting(made.board.slotAt(0))).toBe(false);
    expect(made.env.extCounters.TCPLostRetransmit).toBe(0);
  });
});

describe('a record that is lost', () => {
  function lose(made: BareSender, segment: number): number {
    return markLost(made.env, made.tcb, made.recovery, made.board, made.board.slotAt(segment));
  }

  it('is counted, and waits in front of those behind it', () => {
    const made = racing();
    made.recovery.retransmitSeq = 9 * MSS;
    expect([lose(made, 4), lose(made, 6)]).toEqual([MSS, MSS]);
    expect([made.recovery.retransmitSeq, made.tcb.lost]).toEqual([4 * MSS, 2 * MSS]);
    expect(made.env.extCounters.TCPLostRetransmit).toBe(0);
    sendAgainAt(made, 4, NOW_US);
    lose(made, 4);
    expect([made.env.extCounters.TCPLostRetransmit, made.tcb.lost]).toEqual([1, 3 * MSS]);
  });

  it.each([false, true])('is told to the congestion control, with too little to send: %s', (isAppLimited) => {
    const made = racing();
    const heard: unknown[][] = [];
    Object.assign(made.tcb.congestion, { onLost: (...args: unknown[]) => heard.push(args.slice(2)) });
    const { board } = made;
    board.stamp(board.slotAt(4), NOW_US, 20, 0, 0, 0, 7, isAppLimited);
    lose(made, 4);
    expect(heard).toEqual([[MSS, 10 * MSS, 7, isAppLimited]]);
  });
});

// RFC 8985 §6.3 R8985-6: after a timeout.
describe('after a timeout', () => {
  it.each([
    ['linux', 'a round trip ago', RTT_US, false],
    ['linux', 'a microsecond less', RTT_US - 1, true],
    ['rfc', 'a round trip and the window ago', RTT_US + WINDOW_US, false],
    ['rfc', 'a microsecond less', RTT_US + WINDOW_US - 1, true],
  ] as const)('what left so lately may still arrive, %s: %s', (profile, _, agoUs, isRecent) => {
    const made = racing({ profile });
    deliver(made, 0);
    expect(isRecentForRack(made.env, made.tcb, made.recovery, NOW_US - agoUs)).toBe(isRecent);
  });

  it('linux knows a round trip by the SYN it has sent, rfc by text alone', () => {
    for (const profile of ['linux', 'rfc'] as const) {
      const made = racing({ profile });
      const isRecent = (agoUs: number) => isRecentForRack(made.env, made.tcb, made.recovery, NOW_US - agoUs);
      expect([isRecent(RTT_US), isRecent(RTT_US - 1)]).toEqual([false, profile === 'linux']);
    }
  });
});
