/** What an episode remembers at its beginning, so that its reduction can be taken back. */
import { describe, expect, it } from 'vitest';
import { type BareSender, bareSender, SENDER_MSS as MSS } from '../../../test/support/bare-sender.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { startUndo } from './undo.ts';

/** Eight segments in flight, and an earlier episode that has left its stamp. */
function beginning(changes: Partial<Tcb> = {}): BareSender {
  const made = bareSender({ flying: 8 });
  Object.assign(made.tcb, changes);
  Object.assign(made.recovery, { undoRetransmitted: MSS, hasRetransmitStamp: true });
  return made;
}

describe('an episode that begins', () => {
  it('remembers where, and counts what goes again from nothing', () => {
    const { tcb, recovery } = beginning({ sndUna: 2 * MSS });
    startUndo(tcb, recovery);
    expect(recovery).toMatchObject({
      mayUndo: true,
      undoMarker: 2 * MSS,
      undoRetransmitted: -1,
      hasRetransmitStamp: false,
    });
  });

  // A tail loss probe is out: its stamp is the first of this episode.
  it('counts what is out again already', () => {
    const { tcb, recovery, board } = beginning();
    board.markRetransmitted(board.slotAt(7));
    startUndo(tcb, recovery);
    expect(recovery).toMatchObject({ undoRetransmitted: MSS, hasRetransmitStamp: true });
  });

  it.each([
    [true, true, MSS],
    [true, false, -1],
    [false, true, -1],
  ])('counts a probe that is out (%j) and repeats something (%j), lost or not', (isProbeOut, isAgain, counted) => {
    const { tcb, recovery } = beginning();
    recovery.isProbeOut = isProbeOut;
    recovery.isProbeRetransmission = isAgain;
    startUndo(tcb, recovery);
    expect(recovery.undoRetransmitted).toBe(counted);
  });

  it('may be before anything is on record', () => {
    const { tcb, recovery } = beginning({ scoreboard: null });
    startUndo(tcb, recovery);
    expect(recovery.undoRetransmitted).toBe(-1);
  });
});
