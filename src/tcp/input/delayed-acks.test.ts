/** How long acknowledgments wait on Linux: by the rhythm of arrivals, by what the user does, by the timer that was in vain. */
import { describe, expect, it } from 'vitest';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import type { TcpEnvironment } from '../environment.ts';
import { linuxTcpSettings } from '../settings.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { acknowledgeQuickly, noteDelayMissed, noteRhythm } from './delayed-acks.ts';

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
