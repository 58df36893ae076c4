/** Proportional rate reduction by numbers (RFC 9937 section 6.2), one acknowledgment at a time. */
import { describe, expect, it } from 'vitest';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import { CaState } from '../congestion/ca-state.ts';
import { RecoveryState } from '../tcb/recovery-state.ts';
import { Scoreboard } from '../tcb/scoreboard.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { AckSample } from './ack-sample.ts';
import { currentThreshold, reduceWindow } from './reduction.ts';

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
