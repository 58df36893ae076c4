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
