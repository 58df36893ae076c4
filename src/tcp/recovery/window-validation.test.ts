/** When a window counts as used, how it decays when it is not, and what is left of it after idling: by numbers, profile by profile. */
import { describe, expect, it } from 'vitest';
import {
  type BareSender,
  type BareSenderOptions,
  bareSender,
  SENDER_MSS as MSS,
} from '../../../test/support/bare-sender.ts';
import { TICK_US, TICKS_PER_SECOND } from '../../base/clock.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { mayGrow, measurePipeAck, noteAppLimited, noteWindowUse, restartAfterIdle } from './window-validation.ts';

const RTO_US = 300_000;
const RTO_TICKS = RTO_US / TICK_US;

function sender(options: BareSenderOptions, cwnd: number, changes: Partial<Tcb> = {}): BareSender {
  const made = bareSender(options);
  Object.assign(made.tcb, { cwnd: cwnd * MSS, rtoUs: RTO_US, ...changes });
  return made;
}

function noted(made: BareSender): BareSender {
  noteWindowUse(made.env, made.tcb, made.recovery);
  return made;
}

describe('the use of a window', () => {
  it.each([
    [8, false],
    [9, false],
    [10, true],
    [11, true],
  ])('ten segments wide is what stops the rest with %i on their way: %s', (flying, isLimited) => {
    const { tcb, recovery } = noted(sender({ flying }, 10));
    expect(tcb.isCwndLimited).toBe(isLimited);
    expect(tcb.maxInFlight).toBe(flying * MSS);
    expect(recovery.windowUseSeq).toBe(flying * MSS);
  });

  it.each<[name: string, flying: number, wasLimited: boolean, most: number, isNoted: boolean]>([
    ['a smaller flight is not noted', 5, false, 6, false],
    ['nor one as large', 5, false, 5, false],
    ['a larger one is', 5, false, 4, true],
    ['but not when the window had been full', 5, true, 4, false],
    ['a full window is always noted', 10, true, 12, true],
  ])('within a round trip: %s', (_, flying, wasLimited, most, isNoted) => {
    const made = sender({ flying }, 10, { isCwndLimited: wasLimited, maxInFlight: most * MSS });
    made.recovery.windowUseSeq = 3 * MSS;
    noted(made);
    expect(made.recovery.windowUseSeq).toBe((isNoted ? flying : 3) * MSS);
    expect(made.tcb.maxInFlight).toBe((isNoted ? flying : most) * MSS);
    expect(made.tcb.isCwndLimited).toBe(isNoted ? flying === 10 : wasLimited);
  });

  it('begins anew with the round trip', () => {
    const made = sender({ flying: 3 }, 10, { isCwndLimited: true, maxInFlight: 10 * MSS });
    noted(made);
    expect([made.tcb.isCwndLimited, made.tcb.maxInFlight]).toEqual([false, 3 * MSS]);
  });

  it('is not noted before there is a scoreboard', () => {
    const made = sender({ flying: 3 }, 10, { maxInFlight: 7 });
    made.tcb.scoreboard = null;
    noted(made);
    expect(made.tcb.maxInFlight).toBe(7);
  });

  it.each([
    ['more than before', 2, 4],
    ['less than before', 6, 6],
  ])('remembers the most that was out since it last could grow: %s', (_, before, after) => {
    const made = sender({ flying: 4 }, 10, { ssthresh: 0, windowUsed: before * MSS, windowUsedTick: 0 });
    expect(noted(made).tcb.windowUsed).toBe(after * MSS);
    expect(made.tcb.cwnd).toBe(10 * MSS);
  });

  it('forgets it as soon as the window may grow', () => {
    const made = sender({ flying: 10, atUs: 5_000_000 }, 10, { ssthresh: 0, windowUsed: 4 * MSS, windowUsedTick: 1 });
    noted(made);
    expect([made.tcb.windowUsed, made.tcb.windowUsedTick]).toEqual([0, made.env.clock.tick]);
  });
});

describe('a window that was not filled for an RTO', () => {
  interface Decay {
    readonly options?: BareSenderOptions;
    readonly changes?: Partial<Tcb>;
    /** How long ago it was last used. */
    readonly ticks?: number;
  }
  /** Thirty segments wide, four of them in use. */
  function decayed({ options, changes, ticks = RTO_TICKS }: Decay): BareSender {
    const made = sender({ flying: 4, atUs: 2_000_000, ...options }, 30, { ssthresh: 20 * MSS, ...changes });
    made.tcb.windowUsedTick = (made.env.clock.tick - ticks) | 0;
    return noted(made);
  }

  it('goes halfway down to the initial window, and the threshold remembers', () => {
    const { tcb, env } = decayed({});
    expect([tcb.cwnd, tcb.ssthresh]).toEqual([20 * MSS, 22 * MSS + MSS / 2]);
    expect([tcb.windowUsed, tcb.windowUsedTick]).toEqual([0, env.clock.tick]);
  });

  it('goes halfway down to what was used, if that is more', () => {
    const { tcb } = decayed({ changes: { windowUsed: 20 * MSS } });
    expect(tcb.cwnd).toBe(25 * MSS);
  });

  it.each<[string, Decay]>([
    ['a tick earlier', { ticks: RTO_TICKS - 1 }],
    ['under rfc', { options: { profile: 'rfc' } }],
    ['when switched off', { options: { settings: { slow_start_after_idle: false } } }],
    ['in Disorder', { changes: { caState: CaState.disorder } }],
    ['when all of it was used', { changes: { windowUsed: 30 * MSS } }],
  ])('stays as it is %s', (_, decay) => {
    const { tcb } = decayed(decay);
    expect([tcb.cwnd, tcb.ssthresh]).toEqual([30 * MSS, 20 * MSS]);
  });

  it('decays too after so long that the ticks have come round', () => {
    expect(decayed({ ticks: -5 }).tcb.cwnd).toBe(20 * MSS);
  });

  it('is left alone where the control sets it', () => {
    const made = sender({ flying: 4, atUs: 2_000_000 }, 30, { ssthresh: 20 * MSS });
    Object.assign(made.tcb.congestion, { control: () => undefined });
    noted(made);
    expect([made.tcb.cwnd, made.tcb.windowUsed]).toEqual([30 * MSS, 4 * MSS]);
  });
});

describe('a window may grow', () => {
  it.each<[name: string, changes: Partial<Tcb>, may: boolean]>([
    ['while it limits', { isCwndLimited: true, ssthresh: 0 }, true],
    ['in slow start, when more than half was out', { ssthresh: 11 * MSS, maxInFlight: 5 * MSS + 1 }, true],
    ['not when half was out', { ssthresh: 11 * MSS, maxInFlight: 5 * MSS }, false],
    ['not at the threshold', { ssthresh: 10 * MSS, maxInFlight: 9 * MSS }, false],
  ])('under linux: %s', (_, changes, may) => {
    const { env, tcb, recovery } = sender({}, 10, changes);
    expect(mayGrow(env, tcb, recovery)).toBe(may);
  });

  // RFC 7661 §4.4 R7661-9: while half of it was acknowledged within a round trip.
  it.each<[name: string, pipeAck: number, changes: Partial<Tcb>, may: boolean]>([
    ['while it limits', 1, { isCwndLimited: true }, true],
    ['half of it acknowledged', 5 * MSS, {}, true],
    ['less', 5 * MSS - 1, { maxInFlight: 9 * MSS }, false],
    ['nothing measured, more than half out', 0, { maxInFlight: 5 * MSS + 1 }, true],
    ['nothing measured, half out', 0, { maxInFlight: 5 * MSS }, false],
  ])('under rfc: %s', (_, pipeAck, changes, may) => {
    const { env, tcb, recovery } = sender({ profile: 'rfc' }, 10, changes);
    recovery.pipeAck = pipeAck;
    expect(mayGrow(env, tcb, recovery)).toBe(may);
  });
});

describe('pipeACK', () => {
  /** A round trip is under way, up to five segments; so many octets of it were acknowledged before. */
  function measuring(round: number, una: number): BareSender {
    const made = sender({ profile: 'rfc', flying: 8, atUs: 10_000_000 }, 10, { srttUs: 500_000, sndUna: una * MSS });
    Object.assign(made.recovery, {
      isPipeAckStarted: true,
      pipeAckSeq: 5 * MSS,
      pipeAckRound: round * MSS,
      pipeAck: 3 * MSS,
    });
    made.recovery.pipeAckUs = made.env.clock.us;
    made.ack.delivered = MSS;
    return made;
  }
  function measured(made: BareSender): BareSender['recovery'] {
    measurePipeAck(made.env, made.tcb, made.recovery, made.ack);
    return made.recovery;
  }

  it('counts until all of the round is acknowledged, and beyond', () => {
    expect(measured(measuring(3, 5))).toMatchObject({ pipeAckRound: 4 * MSS, pipeAck: 3 * MSS, pipeAckSeq: 5 * MSS });
  });

  it.each([
    ['the largest round', 3, 4],
    ['one as large, measured anew', 2, 3],
    ['not a smaller one', 1, 3],
  ])('is the most of the last rounds: %s', (_, before, pipeAck) => {
    const made = measuring(before, 6);
    made.recovery.pipeAckUs = (made.env.clock.us - 1_000) | 0;
    const recovery = measured(made);
    expect(recovery).toMatchObject({ pipeAck: pipeAck * MSS, pipeAckRound: 0, pipeAckSeq: 8 * MSS });
    expect(recovery.pipeAckUs === made.env.clock.us).toBe(before >= 2);
  });

  it.each([
    ['three round trips', 500_000, 1_500_000, false],
    ['and a microsecond', 500_000, 1_500_001, true],
    ['a second, where round trips are short', 10_000, 1_000_000, false],
    ['and a microsecond', 10_000, 1_000_001, true],
  ])('is believed for %s', (_, srttUs, ageUs, isReplaced) => {
    const made = measuring(1, 6);
    made.tcb.srttUs = srttUs;
    made.recovery.pipeAckUs = (made.env.clock.us - ageUs) | 0;
    expect(measured(made).pipeAck).toBe((isReplaced ? 2 : 3) * MSS);
  });

  it('begins with the first acknowledgment, which measures nothing', () => {
    const made = measuring(3, 6);
    made.recovery.isPipeAckStarted = false;
    expect(measured(made)).toMatchObject({ isPipeAckStarted: true, pipeAck: 3 * MSS, pipeAckSeq: 8 * MSS });
  });

  // RFC 7661 §4.2: not in recovery, and after it from nothing.
  it.each([
    [CaState.cwr, false],
    [CaState.recovery, true],
    [CaState.loss, true],
  ])('is forgotten in state %i: %s', (state, isForgotten) => {
    const made = measuring(3, 5);
    made.tcb.caState = state;
    const { pipeAck, pipeAckRound, isPipeAckStarted } = measured(made);
    expect([pipeAck, pipeAckRound, isPipeAckStarted]).toEqual(isForgotten ? [0, 0, false] : [3 * MSS, 4 * MSS, true]);
  });

  it('of half the window makes the window valid from now on', () => {
    const valid = measuring(4, 6);
    expect(measured(valid).validatedTick).toBe(valid.env.clock.tick);
    expect(measured(measuring(3, 6)).validatedTick).toBe(0);
  });
});

describe('after idling', () => {
  interface Idle {
    readonly options?: BareSenderOptions;
    readonly changes?: Partial<Tcb>;
    readonly ticks?: number;
    readonly cwnd?: number;
  }
  function idled({ options, changes, ticks = RTO_TICKS + 1, cwnd = 40 }: Idle): BareSender {
    const made = sender({ atUs: 400_000_000, ...options }, cwnd, {
      ssthresh: 16 * MSS,
      bytesSent: 1,
      windowUsed: 7,
      ...changes,
    });
    made.tcb.lastSendTick = (made.env.clock.tick - ticks) | 0;
    restartAfterIdle(made.env, made.tcb);
    return made;
  }

  it.each([
    ['one RTO', RTO_TICKS, 40],
    ['a tick more', RTO_TICKS + 1, 20],
    ['two RTO', 2 * RTO_TICKS, 20],
    ['a tick more', 2 * RTO_TICKS + 1, 10],
    ['an hour', 36_000_000, 10],
    ['so long that the ticks have come round', -1, 10],
  ])('the kernel halves the window for each RTO, down to the initial one: %s', (_, ticks, window) => {
    const { tcb, env } = idled({ ticks });
    expect(tcb.cwnd).toBe(window * MSS);
    const isCut = window < 40;
    expect(tcb.ssthresh).toBe((isCut ? 30 : 16) * MSS);
    expect([tcb.windowUsed, tcb.windowUsedTick]).toEqual(isCut ? [0, env.clock.tick] : [7, 0]);
  });

  it.each<[string, Idle]>([
    ['with something on its way', { options: { flying: 1 } }],
    ['before anything was sent', { changes: { bytesSent: 0 } }],
    ['when switched off', { options: { settings: { slow_start_after_idle: false } } }],
  ])('nothing changes %s', (_, idle) => {
    expect([idled(idle).tcb.cwnd, idled(idle).tcb.ssthresh]).toEqual([40 * MSS, 16 * MSS]);
  });

  it('a window below the initial one stays', () => {
    expect(idled({ cwnd: 4, ticks: 5 * RTO_TICKS }).tcb.cwnd).toBe(4 * MSS);
  });

  it('no fraction of a halved window goes below the initial one', () => {
    expect(idled({ cwnd: 15, ticks: 5 * RTO_TICKS }).tcb.cwnd).toBe(10 * MSS);
  });

  // RFC 5681 §4.1 R5681-8: without RFC 7661 it is the restart window, and the threshold stays.
  it('by RFC 5681 it is the initial window at once', () => {
    const { tcb } = idled({ options: { profile: 'rfc' } });
    expect([tcb.cwnd, tcb.ssthresh, tcb.windowUsed]).toEqual([10 * MSS, 16 * MSS, 7]);
  });

  // RFC 7661 §4.2, §4.4.3: it is kept for five minutes, then halved.
  it.each([
    ['five minutes less a tick', 300 * TICKS_PER_SECOND - 1, 40, 16],
    ['five minutes', 300 * TICKS_PER_SECOND, 20, 30],
    ['so long that the ticks have come round', -1, 20, 30],
    ['no time at all', 0, 40, 16],
  ])('by RFC 7661 it is kept for %s', (_, ageTicks, window, threshold) => {
    const made = sender({ profile: 'rfc', atUs: 400_000_000, settings: { window_validation: true } }, 40, {
      ssthresh: 16 * MSS,
      bytesSent: 1,
    });
    made.tcb.lastSendTick = (made.env.clock.tick - 2 * RTO_TICKS) | 0;
    made.recovery.validatedTick = (made.env.clock.tick - ageTicks) | 0;
    restartAfterIdle(made.env, made.tcb);
    expect([made.tcb.cwnd, made.tcb.ssthresh]).toEqual([window * MSS, threshold * MSS]);
    if (window === 20) expect(made.recovery.validatedTick).toBe(made.env.clock.tick);
  });

  it.each([
    ['a threshold above the window stays', 40, 50, 20, 50],
    ['no half below the initial window', 16, 1, 10, 12],
    ['a smaller one stays', 6, 1, 6, 4.5],
  ])('by RFC 7661, after five minutes: %s', (_, cwnd, ssthresh, window, threshold) => {
    const made = sender({ profile: 'rfc', atUs: 400_000_000, settings: { window_validation: true } }, cwnd, {
      ssthresh: ssthresh * MSS,
      bytesSent: 1,
    });
    restartAfterIdle(made.env, made.tcb);
    expect([made.tcb.cwnd, made.tcb.ssthresh]).toEqual([window * MSS, threshold * MSS]);
  });
});

// draft-ietf-ccwg-bbr-05 §4.1.2.4 RBBR-14: until what is in flight now was delivered.
describe('too little to send', () => {
  function limited(flying: number, unsent: number, delivered = 70 * MSS): number {
    const { tcb } = sender({ flying }, 10, { delivered, appLimitedUntil: 0 });
    noteAppLimited(tcb, unsent);
    return tcb.appLimitedUntil;
  }

  it('is noted until what is on its way has arrived', () => {
    expect(limited(3, 0)).toBe(73 * MSS);
    expect(limited(3, MSS - 1)).toBe(73 * MSS);
    expect(limited(9, 0)).toBe(79 * MSS);
    expect(limited(0, 0, 0)).toBe(1);
  });

  it('is not while a segment waits, the window is full, or something is to be sent again', () => {
    expect(limited(3, MSS)).toBe(0);
    expect(limited(10, 0)).toBe(0);
    const { tcb, board } = sender({ flying: 3 }, 10);
    board.markLost(board.slotAt(0));
    noteAppLimited(tcb, 0);
    expect(tcb.appLimitedUntil).toBe(0);
    tcb.scoreboard = null;
    noteAppLimited(tcb, 0);
    expect(tcb.appLimitedUntil).toBe(1);
  });
});
