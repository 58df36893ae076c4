/** How long acknowledgments wait on Linux: by the rhythm of arrivals, by what the user does, by the timer that was in vain. */
import { describe, expect, it } from 'vitest';
import { type BareSenderOptions, bareSender } from '../../../test/support/bare-sender.ts';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import type { TcpEnvironment } from '../environment.ts';
import { linuxTcpSettings } from '../settings.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, isTimerArmed, TcpTimer } from '../timers.ts';
import {
  acknowledgeQuickly,
  delayAck,
  noteAnswer,
  noteDelayMissed,
  noteOwedAckSent,
  noteRhythm,
} from './delayed-acks.ts';

const settings = linuxTcpSettings();

function arrive(tcb: Tcb, ms: number): void {
  noteRhythm({ settings, clock: { tick: ms * 10 } } as unknown as TcpEnvironment, tcb);
  tcb.lastReceiveTick = ms * 10;
}

function receiving(): Tcb {
  const tcb = bareTcb();
  tcb.receiveMss = 1000;
  tcb.rcvAdv = 64_000;
  tcb.rtoUs = 300_000;
  tcb.quickAcks = 0;
  arrive(tcb, 1000);
  return tcb;
}

describe('the rhythm of arrivals', () => {
  it('begins with forty milliseconds and as many quick ones as half a window needs, sixteen at most', () => {
    const tcb = receiving();
    expect([tcb.ackDelayMs, tcb.quickAcks]).toEqual([40, 16]);
    const narrow = bareTcb();
    narrow.quickAcks = 0;
    narrow.receiveMss = 1000;
    narrow.rcvAdv = 6000;
    arrive(narrow, 1000);
    expect(narrow.quickAcks).toBe(3);
  });

  it('keeps the delay close to the gaps, never below twenty milliseconds more than half of it', () => {
    const tcb = receiving();
    arrive(tcb, 1005);
    expect(tcb.ackDelayMs).toBe(40);
    arrive(tcb, 1035);
    expect(tcb.ackDelayMs).toBe(50);
    arrive(tcb, 1100);
    expect(tcb.ackDelayMs).toBe(50);
  });

  it('acknowledges at once again after a silence longer than the RTO', () => {
    const tcb = receiving();
    tcb.quickAcks = 0;
    arrive(tcb, 1200);
    expect(tcb.quickAcks).toBe(0);
    arrive(tcb, 1600);
    expect(tcb.quickAcks).toBe(16);
  });
});

// The delay was forty milliseconds or as given, the RTO is 300: by how long ago the last text came.
describe('a gap between arrivals', () => {
  it.each([
    ['half of the least delay', 40, 20, 40, false],
    ['a tick longer, the delay follows it', 40, 20.1, 40, false],
    ['a millisecond longer', 40, 21, 41, false],
    ['as long as the delay', 40, 40, 40, false],
    ['as long as a long delay', 100, 100, 100, false],
    ['a millisecond shorter', 100, 99, 149, false],
    ['no more than the RTO', 290, 280, 300, false],
    ['half of the least delay brings a long one down', 200, 20, 120, false],
    ['as long as the RTO', 40, 300, 40, false],
    ['a millisecond longer: the sender may start anew', 40, 301, 40, true],
    ['longer than ticks can tell', 40, -1, 40, true],
  ])('%s', (_, delayMs, gapMs, expected, isQuick) => {
    const tcb = receiving();
    Object.assign(tcb, { ackDelayMs: delayMs, quickAcks: 0 });
    arrive(tcb, 1000 + gapMs);
    expect([tcb.ackDelayMs, tcb.quickAcks]).toEqual([expected, isQuick ? 16 : 0]);
  });

  it('makes two acknowledgments quick where the window is not known to be wider', () => {
    const tcb = bareTcb();
    Object.assign(tcb, { quickAcks: 0, receiveMss: 0, rcvAdv: 0, lastAckSent: 0 });
    arrive(tcb, 1000);
    expect(tcb.quickAcks).toBe(2);
  });
});

describe('a delay in vain', () => {
  it('doubles, up to the RTO', () => {
    const tcb = receiving();
    for (const expected of [80, 160, 300, 300]) {
      noteDelayMissed(settings, tcb);
      expect(tcb.ackDelayMs).toBe(expected);
    }
  });

  it('shows that the user is not interactive', () => {
    const tcb = receiving();
    tcb.ackDelayMs = 160;
    tcb.isInteractive = true;
    noteDelayMissed(settings, tcb);
    expect([tcb.isInteractive, tcb.ackDelayMs]).toEqual([false, 40]);
  });
});

it('what shows that acknowledgments are missed makes the next ones quick', () => {
  const tcb = receiving();
  tcb.quickAcks = 0;
  tcb.isInteractive = true;
  acknowledgeQuickly(settings, tcb, 2);
  expect([tcb.quickAcks, tcb.isInteractive, tcb.ackDelayMs]).toEqual([2, false, 40]);
});

describe('how long an acknowledgment waits', () => {
  const MS_TICKS = 10;

  /** Ticks until it goes; true: at once. */
  function waits(changes: Partial<Tcb>, options: BareSenderOptions = {}, armedTicks = 0): number | true {
    const { env, tcb } = bareSender({ atUs: 1_000_000, ...options });
    Object.assign(tcb, { ackDelayMs: 40, srttUs: 0, ...changes });
    if (armedTicks > 0) armTimer(env, tcb, TcpTimer.delayedAck, armedTicks);
    const isDue = delayAck(env, tcb);
    expect(tcb.isAckDelayed).toBe(true);
    return isDue || (tcb.delayedAckTick - env.clock.tick) | 0;
  }

  it.each<[name: string, changes: Partial<Tcb>, ms: number]>([
    ['as the rhythm says', {}, 40],
    ['longer, if that says so', { ackDelayMs: 150 }, 150],
    ['199 milliseconds, a little less than the least RTO', { ackDelayMs: 900 }, 199],
    ['a round trip at most', { ackDelayMs: 150, srttUs: 90_999 }, 90],
    ['forty milliseconds where the round trip is shorter', { ackDelayMs: 150, srttUs: 5_000 }, 40],
    ['as the rhythm says, though the round trip is shorter', { ackDelayMs: 30, srttUs: 5_000 }, 30],
  ])('under linux: %s', (_, changes, ms) => {
    expect(waits(changes)).toBe(ms * MS_TICKS);
  });

  it('under linux: less than the least RTO', () => {
    expect(waits({ ackDelayMs: 150 }, { settings: { rto_min_us: 100_000 } })).toBe(99 * MS_TICKS);
  });

  it('under rfc: as the setting says', () => {
    expect(waits({ ackDelayMs: 150 }, { profile: 'rfc', settings: { delayed_ack_us: 70_000 } })).toBe(70 * MS_TICKS);
  });

  it.each<[name: string, profile: 'linux' | 'rfc', armed: number, ticks: number | true]>([
    ['what is armed for sooner stays', 'linux', 399, 399],
    ['what is armed for as late stays', 'linux', 400, 400],
    ['what is armed for later is brought forward', 'linux', 401, 400],
    ['with a quarter left it goes at once', 'linux', 100, true],
    ['with more than a quarter it does not', 'linux', 101, 101],
    ['under rfc it waits to the end', 'rfc', 100, 100],
  ])('when another one waits: %s', (_, profile, armed, ticks) => {
    expect(waits({}, { profile, settings: { delayed_ack_us: 40_000 } }, armed)).toBe(ticks);
  });
});

describe('an acknowledgment that leaves', () => {
  function leaving(changes: Partial<Tcb>, profile: 'linux' | 'rfc' = 'linux'): Tcb {
    const { env, tcb } = bareSender({ profile, atUs: 1_000_000 });
    Object.assign(tcb, { ackDelayMs: 90, quickAcks: 2, pushedSegments: 3, ...changes });
    armTimer(env, tcb, TcpTimer.delayedAck, 100);
    noteOwedAckSent(env, tcb);
    expect(tcb.pushedSegments).toBe(0);
    return tcb;
  }

  it.each<[name: string, changes: Partial<Tcb>, quick: number]>([
    ['uses up one of the quick ones, if it waited', { isAckDelayed: true }, 1],
    ['or if it was owed', { pending: Pending.ack }, 1],
    ['not when none was', {}, 2],
    ['and none there are not', { isAckDelayed: true, quickAcks: 0 }, 0],
  ])('%s', (_, changes, quick) => {
    const tcb = leaving(changes);
    expect([tcb.quickAcks, tcb.ackDelayMs, tcb.isAckDelayed]).toEqual([quick, 90, false]);
  });

  it.each([
    ['linux', 40],
    ['rfc', 90],
  ] as const)('the last of the quick ones begins the rhythm anew, %s', (profile, ms) => {
    const tcb = leaving({ isAckDelayed: true, quickAcks: 1 }, profile);
    expect([tcb.quickAcks, tcb.ackDelayMs]).toEqual([0, ms]);
  });

  it('ends the waiting of one that waited, and of no other', () => {
    expect(isTimerArmed(leaving({ isAckDelayed: true }), TcpTimer.delayedAck)).toBe(false);
    expect(isTimerArmed(leaving({}), TcpTimer.delayedAck)).toBe(true);
  });
});

describe('an answer', () => {
  it.each<[name: string, profile: 'linux' | 'rfc', bytesReceived: number, agoTicks: number, isAnswer: boolean]>([
    ['comes within the delay', 'linux', 1, 899, true],
    ['at once', 'linux', 1, 0, true],
    ['and not after it', 'linux', 1, 900, false],
    ['before any text, where the handshake counts', 'linux', 0, 5, true],
    ['under rfc not before any text', 'rfc', 0, 5, false],
    ['not longer after it than ticks can tell', 'linux', 1, -1, false],
    ['under rfc within the setting', 'rfc', 1, 399, true],
    ['under rfc not after it', 'rfc', 1, 400, false],
  ])('%s', (_, profile, bytesReceived, agoTicks, isAnswer) => {
    const { env, tcb } = bareSender({ profile, atUs: 1_000_000, settings: { delayed_ack_us: 40_000 } });
    Object.assign(tcb, { ackDelayMs: 90, bytesReceived, lastReceiveTick: (env.clock.tick - agoTicks) | 0 });
    noteAnswer(env, tcb);
    expect(tcb.isInteractive).toBe(isAnswer);
  });
});
