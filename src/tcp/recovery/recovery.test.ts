/** Time-outs and what goes again, record by record: what counts as lost, what the window and the episode are afterwards. */
import { describe, expect, it } from 'vitest';
import {
  type BareSender,
  type BareSenderOptions,
  bareSender,
  SENDER_MSS as MSS,
} from '../../../test/support/bare-sender.ts';
import { CaEvent, CaState } from '../congestion/ca-state.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import {
  allowRetransmission,
  enterLoss,
  enterRecovery,
  keepUp,
  recoverFromTimer,
  resendAll,
  resendLargerThan,
} from './recovery.ts';

const NOW_US = 1_000_000;

/** Ten segments on their way, with SACK; the n-th left `n` milliseconds after the first. */
function sending(options: BareSenderOptions = {}, changes: Partial<Tcb> = {}): BareSender {
  const made = bareSender({ flying: 10, atUs: NOW_US, ...options });
  made.tcb.agreed |= Agreed.sack;
  Object.assign(made.tcb, { cwnd: 20 * MSS, ssthresh: 100 * MSS, timeouts: 1, ...changes });
  for (let n = 0; n < made.board.count; n++) made.board.stamp(made.board.slotAt(n), n * 1_000, n, 0, 0, 0, 0, false);
  return made;
}

function sack({ board }: BareSender, ...ones: number[]): void {
  for (const n of ones) board.markSacked(board.slotAt(n));
}

function lose({ board }: BareSender, ...ones: number[]): void {
  for (const n of ones) board.markLost(board.slotAt(n));
}

/** They went again, and the copies are on their way. */
function copy({ board }: BareSender, ...ones: number[]): void {
  for (const n of ones) board.markRetransmitted(board.slotAt(n));
}

function flagged({ board }: BareSender, flag: number): number[] {
  return [...Array(board.count).keys()].filter((n) => board.flags(board.slotAt(n)) & flag);
}

const timedOut = (made: BareSender): BareSender => {
  enterLoss(made.env, made.tcb, made.recovery, made.tcb.timeouts - 1);
  return made;
};

describe('a time-out', () => {
  // RFC 5681 §3.1 R5681-4: leaves a window of one segment, and everything is lost.
  // RFC 6582 §3.2 R6582-5: leaves a window of one segment, and everything is lost.
  it('leaves a window of one segment, and everything is lost', () => {
    const made = timedOut(sending());
    const { tcb, recovery } = made;
    expect([tcb.cwnd, tcb.caState, tcb.priorCwnd, tcb.priorSsthresh]).toEqual([MSS, CaState.loss, 20 * MSS, 100 * MSS]);
    expect(tcb.ssthresh).toBe(10 * MSS);
    expect(flagged(made, SegmentFlag.lost)).toHaveLength(10);
    expect(recovery).toMatchObject({ mayUndo: true, highSeq: 10 * MSS, isProbeOut: false, isFrto: true });
    expect([tcb.cwrQueued, tcb.pending & Pending.retransmit]).toEqual([true, Pending.retransmit]);
  });

  it('without records changes nothing', () => {
    const empty = timedOut(sending({ flying: 0 }));
    const none = timedOut(sending({}, { scoreboard: null }));
    expect([empty.tcb.caState, none.tcb.caState]).toEqual([CaState.open, CaState.open]);
  });

  // RFC 6675 §5.1 R6675-6: what was SACKed is left out, RFC 8985 §6.3: and what left lately.
  it('leaves alone what was SACKed and what left too lately', () => {
    const made = sending();
    sack(made, 3, 4);
    Object.assign(made.recovery, { hasRack: true, rackRttUs: NOW_US - 7_999 });
    timedOut(made);
    expect(flagged(made, SegmentFlag.lost)).toEqual([0, 1, 2, 5, 6, 7]);
    expect(made.tcb.cwnd).toBe(3 * MSS);
  });

  it.each<[name: string, options: BareSenderOptions, isSack: boolean]>([
    ['without SACK', {}, false],
    ['without RACK', { settings: { recovery: 0 } }, true],
  ])('condemns what left lately too, %s', (_, options, isSack) => {
    const made = sending(options);
    if (!isSack) made.tcb.agreed = 0;
    Object.assign(made.recovery, { hasRack: true, rackRttUs: NOW_US });
    expect(flagged(timedOut(made), SegmentFlag.lost)).toHaveLength(10);
  });

  it('condemns the first segment, however lately it left', () => {
    const made = sending();
    Object.assign(made.recovery, { hasRack: true, rackRttUs: NOW_US });
    expect(flagged(timedOut(made), SegmentFlag.lost)).toEqual([0]);
  });

  it('condemns a copy, and not twice what waits already', () => {
    const made = sending();
    lose(made, 0, 1);
    copy(made, 0);
    timedOut(made);
    expect([made.tcb.lost, made.env.extCounters.TCPLostRetransmit]).toEqual([9 * MSS, 1]);
    expect(flagged(made, SegmentFlag.retransmitted)).toEqual([]);
  });

  // RFC 2018 §5 R2018-13: forgets what was SACKed when the first of all was.
  it('forgets what was SACKed when the first of all was', () => {
    const made = sending();
    sack(made, 0, 5);
    Object.assign(made.recovery, { highestSacked: 6 * MSS, knownCount: 2, hasRack: true, rackRttUs: NOW_US });
    timedOut(made);
    expect(flagged(made, SegmentFlag.sacked)).toEqual([]);
    expect(flagged(made, SegmentFlag.lost)).toHaveLength(10);
    expect(made.recovery).toMatchObject({ highestSacked: 0, knownCount: 0 });
    expect(made.env.extCounters.TCPSACKReneging).toBe(1);
  });

  it('keeps what is known of blocks otherwise', () => {
    const made = sending();
    sack(made, 5);
    Object.assign(made.recovery, { highestSacked: 6 * MSS, knownCount: 2, renoSacked: MSS });
    expect(timedOut(made).recovery).toMatchObject({ highestSacked: 6 * MSS, knownCount: 2, renoSacked: 0 });
    expect(made.env.extCounters.TCPSACKReneging).toBe(0);
  });

  it.each<[name: string, options: BareSenderOptions, changes: Partial<Tcb>, isNew: boolean]>([
    ['in Open', {}, {}, true],
    ['in Disorder', {}, { caState: CaState.disorder, timeouts: 2 }, true],
    ['in CWR', {}, { caState: CaState.cwr, timeouts: 2 }, false],
    ['in Recovery: Linux takes it for the same episode', {}, { caState: CaState.recovery, timeouts: 2 }, false],
    ['in Recovery under rfc', { profile: 'rfc' }, { caState: CaState.recovery, timeouts: 2 }, true],
    ['in Loss, the first', {}, { caState: CaState.loss, timeouts: 1 }, true],
    ['in Loss, the second', {}, { caState: CaState.loss, timeouts: 2 }, false],
    ['in Loss, the second, behind its end', {}, { caState: CaState.loss, timeouts: 2, sndUna: 5 * MSS }, true],
  ])('lowers the threshold once for an episode: %s', (_, options, changes, isNew) => {
    const made = sending(options, changes);
    made.recovery.highSeq = 5 * MSS;
    Object.assign(made.tcb, { ssthresh: 12 * MSS, srttUs: 70, rttvarUs: 30 });
    const heard: number[] = [];
    Object.assign(made.tcb.congestion, { onEvent: (_env: unknown, _tcb: unknown, event: number) => heard.push(event) });
    timedOut(made);
    expect(heard).toEqual(isNew ? [CaEvent.timeout] : []);
    expect(made.tcb.priorCwnd).toBe(isNew ? 20 * MSS : 0);
    expect(made.recovery).toMatchObject(
      isNew ? { priorSrttUs: 2_070, priorRttvarUs: 30 } : { priorSrttUs: 0, mayUndo: false },
    );
  });

  // RFC 5682 §2.1 step 1.
  it.each([
    ['the first, in Open', CaState.open, 1, 2, true],
    ['the first, in Recovery', CaState.recovery, 1, 2, false],
    ['the second', CaState.loss, 2, 2, true],
    ['when switched off', CaState.open, 1, 0, false],
  ])('asks whether it was needed, or not: %s', (_, caState, timeouts, frto, isAsked) => {
    const made = sending({ settings: { frto } }, { caState, timeouts });
    made.recovery.isFrtoProbing = true;
    expect(timedOut(made).recovery).toMatchObject({ isFrto: isAsked, isFrtoProbing: false });
  });

  it.each([
    ['as much was SACKed as would do without it', 3, CaState.disorder, 3],
    ['less was', 2, CaState.disorder, 9],
    ['in another state', 3, CaState.cwr, 9],
  ])('shows that the path reorders less than it seemed, or not: %s', (_, sacked, caState, reordering) => {
    const made = sending({}, { caState });
    sack(made, ...[5, 6, 7].slice(0, sacked));
    made.recovery.reordering = 9;
    expect(timedOut(made).recovery.reordering).toBe(reordering);
  });

  it('does not make it more than it was', () => {
    const made = sending({}, { caState: CaState.disorder });
    sack(made, 5, 6, 7);
    made.recovery.reordering = 1;
    expect(timedOut(made).recovery.reordering).toBe(1);
  });
});

describe('fast recovery', () => {
  it.each([
    [true, false, 75],
    [true, true, 0],
  ])('remembers the threshold unless a mark asks for it: SACK %s, marked %s', (isSack, isMark, prior) => {
    const made = sending({}, { cwnd: 100 * MSS, ssthresh: 50 * MSS });
    if (!isSack) made.tcb.agreed = 0;
    enterRecovery(made.env, made.tcb, made.recovery, isMark);
    expect([made.tcb.priorSsthresh, made.tcb.caState, made.recovery.mayUndo]).toEqual([
      prior * MSS,
      CaState.recovery,
      true,
    ]);
  });

  it('does not reduce what is being reduced', () => {
    const made = sending({}, { caState: CaState.cwr, priorSsthresh: 7, priorCwnd: 9 });
    enterRecovery(made.env, made.tcb, made.recovery, false);
    expect([made.tcb.priorSsthresh, made.tcb.priorCwnd, made.tcb.ssthresh]).toEqual([0, 9, 100 * MSS]);
  });

  it('is counted by what the peer has', () => {
    const made = sending();
    enterRecovery(made.env, made.tcb, made.recovery, false);
    made.tcb.agreed = 0;
    enterRecovery(made.env, made.tcb, made.recovery, false);
    expect(made.env.extCounters).toMatchObject({ TCPSackRecovery: 1, TCPRenoRecovery: 1 });
  });

  it.each([
    [CaState.open, 1],
    [CaState.loss, 1],
    [CaState.recovery, 0],
  ])('begins by a timer, in state %i, if it is not under way', (caState, begun) => {
    const made = sending({}, { caState });
    lose(made, 0);
    recoverFromTimer(made.env, made.tcb, made.recovery);
    expect([made.env.extCounters.TCPSackRecovery, made.tcb.caState]).toEqual([begun, CaState.recovery]);
    expect(made.tcb.pending & Pending.retransmit).toBe(Pending.retransmit);
  });

  it('sends nothing again where nothing waits', () => {
    const made = sending();
    allowRetransmission(made.env, made.tcb);
    lose(made, 3);
    copy(made, 3);
    allowRetransmission(made.env, made.tcb);
    expect(made.tcb.pending & Pending.retransmit).toBe(0);
  });
});

describe('what the path does not take any more', () => {
  const cut = (made: BareSender, mss: number): BareSender => {
    resendLargerThan(made.env, made.tcb, mss);
    return made;
  };

  it('goes again, but for what was SACKed, waits, or is small enough', () => {
    const made = sending();
    sack(made, 2);
    lose(made, 4, 6);
    copy(made, 6);
    made.board.split(8, 8 * MSS + 600);
    made.board.resize(made.board.slotAt(0), 600);
    cut(made, 600);
    expect(flagged(made, SegmentFlag.lost)).toEqual([1, 3, 4, 5, 6, 7, 10]);
    expect(made.env.extCounters.TCPLostRetransmit).toBe(1);
    expect([made.tcb.caState, made.tcb.ssthresh, made.tcb.priorSsthresh]).toEqual([CaState.loss, 100 * MSS, 0]);
    expect(made.recovery.highSeq).toBe(10 * MSS);
  });

  it('is no congestion, and nothing to be taken back', () => {
    const made = sending({}, { priorSsthresh: 5, ssthresh: 5 * MSS });
    made.recovery.mayUndo = true;
    cut(made, MSS - 1);
    expect([made.tcb.ssthresh, made.tcb.priorSsthresh, made.recovery.mayUndo]).toEqual([15 * MSS, 0, false]);
  });

  it('leaves an episode of loss as it is', () => {
    const made = sending({}, { caState: CaState.loss, priorSsthresh: 5 });
    Object.assign(made.recovery, { mayUndo: true, highSeq: 7 });
    cut(made, MSS - 1);
    expect([made.tcb.priorSsthresh, made.recovery.mayUndo, made.recovery.highSeq]).toEqual([5, true, 7]);
  });

  it('is nothing when all of it is small enough', () => {
    const made = cut(sending(), MSS);
    expect([made.tcb.caState, made.tcb.pending]).toEqual([CaState.open, 0]);
    made.tcb.scoreboard = null;
    expect(() => cut(made, 1)).not.toThrow();
  });

  it('leaves no more counted as arrived than can have', () => {
    const made = sending();
    made.board.split(9, 9 * MSS + 500);
    made.recovery.renoSacked = 3 * MSS;
    expect(cut(made, 500).recovery.renoSacked).toBe(MSS);
  });

  it('everything goes again that was not SACKed and does not wait', () => {
    const made = sending();
    sack(made, 2);
    lose(made, 4, 6);
    copy(made, 6, 7);
    resendAll(made.env, made.tcb);
    expect(flagged(made, SegmentFlag.lost)).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9]);
    expect(flagged(made, SegmentFlag.retransmitted)).toEqual([]);
    expect(made.tcb.lost).toBe(8 * MSS);
    expect(made.tcb.pending & Pending.retransmit).toBe(Pending.retransmit);
  });
});

describe('numbers that are left behind', () => {
  function kept(caState: number, mayUndo: boolean, una: number): BareSender['recovery'] {
    const { tcb, recovery } = sending({}, { caState, sndUna: una | 0 });
    recovery.mayUndo = mayUndo;
    keepUp(tcb, recovery);
    return recovery;
  }

  it('follow SND.UNA', () => {
    const at = { highestSacked: 500, retransmitSeq: 500, highSeq: 500, undoMarker: 500 };
    expect(kept(CaState.open, false, 500)).toMatchObject(at);
    expect(kept(CaState.disorder, false, 500)).toMatchObject({ ...at, highSeq: 0 });
    expect(kept(CaState.open, true, 500)).toMatchObject({ ...at, undoMarker: 0, mayUndo: true });
  });

  it('stay when they lie ahead', () => {
    const { tcb, recovery } = sending({}, { sndUna: 500 });
    Object.assign(recovery, { highestSacked: 900, retransmitSeq: 901, highSeq: 902 });
    keepUp(tcb, recovery);
    expect(recovery).toMatchObject({ highestSacked: 900, retransmitSeq: 901, highSeq: 902 });
  });

  it('what may be taken back is forgotten after 2^30 octets', () => {
    expect(kept(CaState.open, true, 2 ** 30)).toMatchObject({ mayUndo: true, undoMarker: 0 });
    expect(kept(CaState.open, true, 2 ** 30 + 1)).toMatchObject({ mayUndo: false, undoMarker: 2 ** 30 + 1 });
  });
});
