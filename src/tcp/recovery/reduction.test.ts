/** Proportional rate reduction by numbers (RFC 9937 section 6.2), one acknowledgment at a time. */
import { describe, expect, it } from 'vitest';
import { bareSender } from '../../../test/support/bare-sender.ts';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import { CaState } from '../congestion/ca-state.ts';
import { RecoveryState } from '../tcb/recovery-state.ts';
import { Scoreboard } from '../tcb/scoreboard.ts';
import { Agreed, INFINITE_SSTHRESH, type Tcb } from '../tcb/tcb.ts';
import { AckSample } from './ack-sample.ts';
import { currentThreshold, endReduction, enterCwr, reduceWindow, startReduction } from './reduction.ts';

const MSS = 1_000;

/** `pipe` segments in flight, a threshold of ten, twenty when the reduction began. */
function reducing(pipe: number): { tcb: Tcb; recovery: RecoveryState; ack: AckSample } {
  const tcb = bareTcb();
  tcb.sendMss = MSS;
  tcb.agreed |= Agreed.sack;
  tcb.ssthresh = 10 * MSS;
  const board = new Scoreboard();
  if (pipe > 0) board.append(0, pipe * MSS, MSS);
  tcb.scoreboard = board;
  const recovery = new RecoveryState(0, 3);
  recovery.recoverFlight = 20 * MSS;
  return { tcb, recovery, ack: new AckSample() };
}

describe('proportional rate reduction', () => {
  // RFC 9937 §6.2 R9937-1, R9937-11: half of what was delivered may go while more than ssthresh is out.
  it.each([
    [2, 0, 1],
    [4, 1, 1],
    [5, 1, 2],
    [8, 4, 0],
  ])('in proportion: %i segments delivered, %i sent: %i may go', (delivered, out, room) => {
    const { tcb, recovery, ack } = reducing(15);
    recovery.prrDelivered = (delivered - 1) * MSS;
    recovery.prrOut = out * MSS;
    reduceWindow(tcb, recovery, ack, MSS, 0);
    expect(tcb.cwnd).toBe((15 + room) * MSS);
  });

  // RFC 9937 §6.2 R9937-2, R9937-10: below the threshold one for one, and one more when SND.UNA moves without further loss.
  it.each([
    ['one for one', false, 0, 7],
    ['one more on a safe ACK', true, 0, 8],
    ['not when the ACK told of another loss', true, MSS, 7],
  ])('below the threshold: %s', (_, isAdvance, lost, window) => {
    const { tcb, recovery, ack } = reducing(6);
    recovery.prrDelivered = 5 * MSS;
    recovery.prrOut = 5 * MSS;
    ack.isAdvance = isAdvance;
    reduceWindow(tcb, recovery, ack, MSS, lost);
    expect(tcb.cwnd).toBe(window * MSS);
  });

  // RFC 9937 §6.2 R9937-2: never beyond the threshold.
  it('stops at the threshold', () => {
    const { tcb, recovery, ack } = reducing(9);
    recovery.prrDelivered = 12 * MSS;
    recovery.prrOut = 5 * MSS;
    ack.isAdvance = true;
    reduceWindow(tcb, recovery, ack, MSS, 0);
    expect(tcb.cwnd).toBe(10 * MSS);
  });

  // RFC 9937 §6.2 R9937-4: an ACK that delivered nothing changes nothing.
  it('nothing delivered, nothing released', () => {
    const { tcb, recovery, ack } = reducing(6);
    tcb.cwnd = 6 * MSS;
    reduceWindow(tcb, recovery, ack, 0, 0);
    expect(tcb.cwnd).toBe(6 * MSS);
  });

  // RFC 9937 §13 R9937-15: ten ACKs for one segment release what one does.
  it('counts octets, not ACKs', () => {
    const { tcb, recovery, ack } = reducing(15);
    recovery.prrOut = MSS;
    for (let part = 0; part < 10; part++) reduceWindow(tcb, recovery, ack, MSS / 10, 0);
    expect(recovery.prrDelivered).toBe(MSS);
    expect(tcb.cwnd).toBe(15 * MSS);
  });
});

describe('the threshold worth remembering', () => {
  function tcbWith(caState: number, cwnd: number, ssthresh: number): Tcb {
    const tcb = bareTcb();
    Object.assign(tcb, { caState, cwnd, ssthresh });
    return tcb;
  }

  it.each([CaState.open, CaState.disorder, CaState.loss])('is three quarters of the window, in state %i', (state) => {
    expect(currentThreshold(tcbWith(state, 20 * MSS, 5 * MSS))).toBe(15 * MSS);
    expect(currentThreshold(tcbWith(state, 20 * MSS, 16 * MSS))).toBe(16 * MSS);
  });

  it.each([CaState.cwr, CaState.recovery])(
    'is the threshold while the window is being reduced, in state %i',
    (state) => {
      expect(currentThreshold(tcbWith(state, 20 * MSS, 5 * MSS))).toBe(5 * MSS);
    },
  );
});

describe('a reduction that begins', () => {
  // RFC 5681 §3.1 equation 4, §3.2 step 2: what limited transmit has sent beyond the window is no flight.
  it.each<[name: string, profile: 'linux' | 'rfc', flying: number, acked: number, ssthresh: number]>([
    ['half of what is in flight', 'rfc', 8, 0, 4],
    ['and of what was acknowledged just now', 'rfc', 8, 2, 5],
    ['a full window', 'rfc', 20, 0, 10],
    ['without two segments beyond it', 'rfc', 22, 0, 10],
    ['without those acknowledged beyond it', 'rfc', 19, 3, 10],
    ['half of the window on Linux', 'linux', 8, 0, 10],
  ])('leaves a threshold of %s, %s', (_, profile, flying, acked, ssthresh) => {
    const { env, tcb, recovery, ack } = bareSender({ profile, flying });
    tcb.cwnd = 20 * MSS;
    ack.acked = acked * MSS;
    startReduction(env, tcb, recovery, false);
    expect(tcb.ssthresh).toBe(ssthresh * MSS);
    expect(tcb).toMatchObject({ priorCwnd: 20 * MSS, ackedInRound: 0, cwrQueued: true });
    expect(recovery).toMatchObject({ highSeq: flying * MSS, prrDelivered: 0, prrOut: 0, isProbeOut: false });
  });

  // RFC 9937 §6.1 R9937-6: what was SACKed before will not count as delivered again.
  it.each<[name: string, sacked: number, delivered: number, acked: number, flight: number]>([
    ['all that is in flight', 0, 0, 0, 10],
    ['without what was SACKed before', 4, 1, 0, 7],
    ['with what was acknowledged just now', 4, 3, 2, 9],
    ['all of it where everything SACKed is new', 4, 4, 0, 10],
    ['a segment at least', 10, 0, 0, 1],
  ])('measures by the letter what may be delivered yet: %s', (_, sacked, delivered, acked, flight) => {
    const { env, tcb, recovery, ack, board } = bareSender({ profile: 'rfc', flying: 10 });
    for (let n = 0; n < sacked; n++) board.markSacked(board.slotAt(n));
    Object.assign(ack, { delivered: delivered * MSS, acked: acked * MSS });
    startReduction(env, tcb, recovery, false);
    expect(recovery.recoverFlight).toBe(flight * MSS);
  });

  it('measures by the window on Linux, and where nothing is on record', () => {
    for (const profile of ['linux', 'rfc'] as const) {
      const { env, tcb, recovery } = bareSender({ profile, flying: 4 });
      tcb.cwnd = 17 * MSS;
      if (profile === 'rfc') tcb.scoreboard = null;
      startReduction(env, tcb, recovery, false);
      expect(recovery.recoverFlight).toBe(17 * MSS);
    }
  });

  it.each([
    [CaState.open, true],
    [CaState.disorder, true],
    [CaState.cwr, false],
    [CaState.recovery, false],
    [CaState.loss, false],
  ])('for a mark, in state %i: %s', (caState, begins) => {
    const { env, tcb, recovery } = bareSender({ flying: 4 });
    Object.assign(tcb, { caState, priorSsthresh: 9, cwnd: 20 * MSS });
    recovery.mayUndo = true;
    enterCwr(env, tcb, recovery);
    expect([tcb.caState, tcb.priorSsthresh, recovery.mayUndo]).toEqual([begins ? CaState.cwr : caState, 0, !begins]);
  });
});

describe('a reduction that ends', () => {
  it.each<[name: string, changes: Partial<Tcb>, mayUndo: boolean, cwnd: number]>([
    ['in CWR: the threshold', { caState: CaState.cwr }, false, 7],
    ['in Recovery that may be taken back', { caState: CaState.recovery }, true, 7],
    ['in Recovery that was', { caState: CaState.recovery }, false, 12],
    ['without a threshold', { caState: CaState.cwr, ssthresh: INFINITE_SSTHRESH }, true, 12],
  ])('leaves a window: %s', (_, changes, mayUndo, cwnd) => {
    const { env, tcb, recovery } = bareSender();
    Object.assign(tcb, { cwnd: 12 * MSS, ssthresh: 7 * MSS, ...changes });
    recovery.mayUndo = mayUndo;
    endReduction(env, tcb, recovery);
    expect(tcb.cwnd).toBe(cwnd * MSS);
  });
});
