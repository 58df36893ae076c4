/** Taking reductions back, leaf by leaf: what proves that one was not needed, what is restored, and what the state is afterwards. */
import { describe, expect, it } from 'vitest';
import {
  type BareSender,
  type BareSenderOptions,
  bareSender,
  SENDER_MSS as MSS,
} from '../../../test/support/bare-sender.ts';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { IpPacket } from '../../wire/ip-packet.ts';
import { TcpOptionBit, TcpSegment } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { hasRetransmissions, undoAtEnd, undoByDsack, undoLoss, undoPartial } from './undo.ts';

/** What the first retransmission was stamped with. */
const STAMP = 1_000;

/** In Recovery since the window of twenty segments was cut to ten; `STAMP` went with the first retransmission. */
function cut(options: BareSenderOptions = {}, changes: Partial<Tcb> = {}): BareSender {
  const made = bareSender({ flying: 8, ...options });
  const { tcb, recovery } = made;
  tcb.agreed |= Agreed.sack | Agreed.timestamps;
  Object.assign(tcb, {
    caState: CaState.recovery,
    cwnd: 10 * MSS,
    ssthresh: 10 * MSS,
    priorCwnd: 20 * MSS,
    priorSsthresh: 30 * MSS,
  });
  tcb.cwrQueued = true;
  Object.assign(tcb, changes);
  Object.assign(recovery, { mayUndo: true, undoRetransmitted: MSS, hasRetransmitStamp: true, retransmitStamp: STAMP });
  recovery.highSeq = 8 * MSS;
  return made;
}

/** An acknowledgment that echoes this; null: without timestamps. */
function echoing(echo: number | null): TcpSegment {
  const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
  if (echo !== null) {
    segment.optionsPresent |= TcpOptionBit.timestamps;
    segment.timestampEcho = echo;
  }
  return segment;
}

const EARLIER = echoing(STAMP - 1);
const LATER = echoing(STAMP);

// RFC 3522 §3.2 R3522-2, R3522-6: at the end of an episode the window is given back.
describe('at the end of an episode the window is given back', () => {
  const ended = (made: BareSender, segment: TcpSegment): boolean =>
    undoAtEnd(made.env, made.tcb, made.recovery, segment);

  it.each<[name: string, segment: TcpSegment, change: (made: BareSender) => void, isUndone: boolean]>([
    ['by an echo older than the retransmission', EARLIER, () => undefined, true],
    ['not by one as old', LATER, () => undefined, false],
    ['not by an echo of nothing', echoing(0), () => undefined, false],
    ['not without a timestamp', echoing(null), () => undefined, false],
    ['not where none were agreed on', EARLIER, ({ tcb }) => (tcb.agreed &= ~Agreed.timestamps), false],
    [
      'when nothing was sent again',
      LATER,
      ({ recovery }) => Object.assign(recovery, { hasRetransmitStamp: false, undoRetransmitted: -1 }),
      true,
    ],
    [
      'not when something was that had no stamp',
      EARLIER,
      ({ recovery }) => (recovery.hasRetransmitStamp = false),
      false,
    ],
    ['when D-SACKs have told of all copies', LATER, ({ recovery }) => (recovery.undoRetransmitted = 0), true],
    ['not twice', EARLIER, ({ recovery }) => (recovery.mayUndo = false), false],
  ])('%s', (_, segment, change, isUndone) => {
    const made = cut();
    change(made);
    expect(ended(made, segment)).toBe(false);
    expect(made.env.extCounters).toMatchObject({ TCPFullUndo: isUndone ? 1 : 0, TCPLossUndo: 0 });
    expect([made.tcb.cwnd, made.tcb.ssthresh]).toEqual(isUndone ? [20 * MSS, 30 * MSS] : [10 * MSS, 10 * MSS]);
    expect(made.tcb.caState).toBe(CaState.open);
    expect(made.tcb.cwrQueued).toBe(!isUndone);
    if (isUndone) expect(made.recovery).toMatchObject({ mayUndo: false, isRackAdvanced: true });
  });

  it('and is counted apart after a timeout', () => {
    const made = cut({}, { caState: CaState.loss });
    ended(made, EARLIER);
    expect(made.env.extCounters).toMatchObject({ TCPFullUndo: 0, TCPLossUndo: 1 });
  });

  it.each([
    [3, 2],
    [1, 0],
    [0, 0],
  ])('an episode that was needed uses up one of %i in which the reordering window is kept wide', (before, after) => {
    const made = cut();
    made.recovery.windowPersist = before;
    ended(made, LATER);
    expect(made.recovery.windowPersist).toBe(after);
  });

  // RFC 6582 §3.2 R6582-1: without SACK, until more than the end of the episode is acknowledged.
  it.each<[name: string, una: number, isSack: boolean, stays: boolean]>([
    ['at the end, without SACK', 8, false, true],
    ['beyond it', 9, false, false],
    ['with SACK', 8, true, false],
  ])('the state is kept %s', (_, una, isSack, stays) => {
    const made = cut({}, { sndUna: una * MSS });
    if (!isSack) made.tcb.agreed &= ~Agreed.sack;
    expect(ended(made, LATER)).toBe(stays);
    expect(made.tcb.caState).toBe(stays ? CaState.recovery : CaState.open);
  });

  it.each([
    ['nothing outstanding went again: the stamp is of no use', false],
    ['something did', true],
  ])('kept without SACK: %s', (_, isAgain) => {
    const made = cut({}, { sndUna: 8 * MSS });
    made.tcb.agreed &= ~Agreed.sack;
    if (isAgain) made.board.markRetransmitted(made.board.slotAt(0));
    ended(made, LATER);
    expect(made.recovery.hasRetransmitStamp).toBe(isAgain);
  });
});

// RFC 3708 §2 R3708-3: D-SACKs give the window back.
describe('D-SACKs give the window back', () => {
  it.each([
    [0, 1],
    [15, 16],
    [16, 16],
  ])('when they told of everything, and keep the reordering window wide: %i, then %i', (before, after) => {
    const { env, tcb, recovery } = cut();
    Object.assign(recovery, { undoRetransmitted: 0, windowPersist: before });
    expect(undoByDsack(env, tcb, recovery)).toBe(true);
    expect([tcb.cwnd, tcb.ssthresh, recovery.windowPersist]).toEqual([20 * MSS, 30 * MSS, after]);
    expect(env.extCounters.TCPDSACKUndo).toBe(1);
  });

  it.each([
    ['a copy is not accounted for', { undoRetransmitted: MSS }],
    ['nothing went again', { undoRetransmitted: -1 }],
    ['there is nothing to take back', { undoRetransmitted: 0, mayUndo: false }],
  ])('not when %s', (_, changes) => {
    const { env, tcb, recovery } = cut();
    Object.assign(recovery, changes);
    expect(undoByDsack(env, tcb, recovery)).toBe(false);
    expect([tcb.cwnd, recovery.windowPersist, env.extCounters.TCPDSACKUndo]).toEqual([10 * MSS, 0, 0]);
  });

  it('leave what was found lost as it is', () => {
    const { env, tcb, recovery, board } = cut();
    recovery.undoRetransmitted = 0;
    board.markLost(board.slotAt(3));
    undoByDsack(env, tcb, recovery);
    expect(board.lostWeight).toBe(MSS);
  });
});

describe('a partial acknowledgment of an original that was late', () => {
  const partial = (made: BareSender, segment: TcpSegment, priorUna = 0): boolean =>
    undoPartial(made.env, made.tcb, made.recovery, segment, priorUna);

  it('ends the episode, and nothing is lost any more', () => {
    const made = cut({}, { sndUna: MSS });
    made.board.markLost(made.board.slotAt(1));
    made.board.markLost(made.board.slotAt(5));
    expect(partial(made, EARLIER)).toBe(true);
    expect([made.board.lostWeight, made.tcb.caState, made.tcb.cwnd]).toEqual([0, CaState.open, 20 * MSS]);
    expect(made.recovery).toMatchObject({ mayUndo: false, hasRetransmitStamp: false });
    expect(made.env.extCounters.TCPPartialUndo).toBe(1);
  });

  it('leaves Disorder while something is SACKed', () => {
    const made = cut();
    made.board.markSacked(made.board.slotAt(4));
    partial(made, EARLIER);
    expect(made.tcb.caState).toBe(CaState.disorder);
  });

  it('leaves Open where there is no record', () => {
    const made = cut({}, { scoreboard: null });
    expect(partial(made, EARLIER)).toBe(true);
    expect(made.tcb.caState).toBe(CaState.open);
  });

  it('waits while a copy is out', () => {
    const made = cut();
    made.board.markRetransmitted(made.board.slotAt(0));
    expect(partial(made, EARLIER)).toBe(true);
    expect([made.tcb.caState, made.tcb.cwnd, made.recovery.mayUndo]).toEqual([CaState.recovery, 10 * MSS, true]);
    expect(made.env.extCounters.TCPPartialUndo).toBe(0);
  });

  it('keeps the stamp while what went again is outstanding', () => {
    const made = cut();
    const first = made.board.slotAt(0);
    made.board.markRetransmitted(first);
    made.board.unmarkRetransmitted(first);
    partial(made, EARLIER);
    expect(made.recovery.hasRetransmitStamp).toBe(true);
    expect(made.tcb.caState).toBe(CaState.open);
  });

  it.each<[name: string, segment: TcpSegment, mayUndo: boolean]>([
    ['the echo is of the retransmission', LATER, true],
    ['there is nothing to take back', EARLIER, false],
  ])('is none when %s', (_, segment, mayUndo) => {
    const made = cut();
    made.recovery.mayUndo = mayUndo;
    made.recovery.highestSacked = 5 * MSS;
    expect(partial(made, segment)).toBe(false);
    expect([made.tcb.caState, made.env.extCounters.TCPSACKReorder]).toEqual([CaState.recovery, 0]);
  });

  it('shows how far the path reorders', () => {
    const made = cut();
    made.recovery.highestSacked = 7 * MSS;
    partial(made, EARLIER, MSS);
    expect([made.recovery.reordering, made.recovery.reorderingSeen]).toEqual([6, 1]);
  });
});

// RFC 5682 §4 R5682-11: a timeout that was not needed.
describe('a timeout that was not needed', () => {
  function late(made: BareSender, segment: TcpSegment, isCertain: boolean): boolean {
    made.tcb.caState = CaState.loss;
    made.tcb.timeouts = 3;
    made.recovery.isFrto = true;
    made.board.markLost(made.board.slotAt(2));
    return undoLoss(made.env, made.tcb, made.recovery, segment, isCertain);
  }

  it.each<[name: string, segment: TcpSegment, isCertain: boolean, isSack: boolean, isOpen: boolean]>([
    ['an old echo', EARLIER, false, true, true],
    ['an old echo, without SACK', EARLIER, false, false, false],
    ['F-RTO', LATER, true, true, true],
    ['F-RTO, without SACK', LATER, true, false, true],
  ])('is shown by %s', (_, segment, isCertain, isSack, isOpen) => {
    const made = cut();
    if (!isSack) made.tcb.agreed &= ~Agreed.sack;
    expect(late(made, segment, isCertain)).toBe(true);
    const { tcb, recovery, env, board } = made;
    expect([tcb.cwnd, tcb.ssthresh, tcb.timeouts, board.lostWeight]).toEqual([20 * MSS, 30 * MSS, 0, 0]);
    expect([tcb.caState, recovery.isFrto]).toEqual(isOpen ? [CaState.open, false] : [CaState.loss, true]);
    expect(env.extCounters).toMatchObject({ TCPLossUndo: 1, TCPSpuriousRTOs: isCertain ? 1 : 0 });
  });

  it.each<[name: string, segment: TcpSegment, isCertain: boolean, mayUndo: boolean]>([
    ['a later echo', LATER, false, true],
    ['an old echo when nothing is to be taken back', EARLIER, false, false],
    ['F-RTO when nothing is to be taken back', EARLIER, true, false],
  ])('is not shown by %s', (_, segment, isCertain, mayUndo) => {
    const made = cut();
    made.recovery.mayUndo = mayUndo;
    expect(late(made, segment, isCertain)).toBe(false);
    expect([made.tcb.cwnd, made.tcb.caState, made.tcb.timeouts]).toEqual([10 * MSS, CaState.loss, 3]);
    expect(made.env.extCounters).toMatchObject({ TCPLossUndo: 0, TCPSpuriousRTOs: 0 });
  });
});

describe('what is given back', () => {
  const undone = (made: BareSender): Tcb => {
    made.recovery.undoRetransmitted = 0;
    undoByDsack(made.env, made.tcb, made.recovery);
    return made.tcb;
  };

  it('is nothing when an ECN mark has asked for the reduction', () => {
    const tcb = undone(cut({}, { priorSsthresh: 0 }));
    expect([tcb.cwnd, tcb.ssthresh, tcb.cwrQueued]).toEqual([10 * MSS, 10 * MSS, true]);
  });

  it('is no threshold below the one there is, no window below the one there is', () => {
    const tcb = undone(cut({}, { priorSsthresh: 9 * MSS, priorCwnd: 8 * MSS }));
    expect([tcb.cwnd, tcb.ssthresh]).toEqual([10 * MSS, 10 * MSS]);
  });

  // RFC 4015 §3.2 step 7: what is in flight plus what this ACK released, an initial window at most.
  it.each([
    ['what is in flight and was acknowledged', 12, 3, 15],
    ['an initial window beyond what is in flight', 8, 40, 18],
    ['no more than there was', 16, 9, 20],
    ['no less than there is', 3, 1, 10],
  ])('under rfc: %s', (_, flying, acked, window) => {
    const made = cut({ profile: 'rfc', flying });
    made.ack.acked = acked * MSS;
    expect(undone(made).cwnd).toBe(window * MSS);
  });

  it('under rfc: what was acknowledged, where nothing is on record', () => {
    const made = cut({ profile: 'rfc' }, { scoreboard: null, cwnd: MSS });
    made.ack.acked = 4 * MSS;
    expect(undone(made).cwnd).toBe(4 * MSS);
  });

  it('is what the control says where it sets the window itself', () => {
    const made = cut({ profile: 'rfc', flying: 3 });
    Object.assign(made.tcb.congestion, { control: () => undefined });
    expect(undone(made).cwnd).toBe(20 * MSS);
  });
});

// RFC 4015 §3.2 step 8.
describe('the RTO after a timeout that was not needed', () => {
  type Told = Readonly<Record<'srtt' | 'rttvar' | 'sample' | 'now', number>>;
  function adapted({ srtt, rttvar, sample, now }: Told, options: BareSenderOptions = { profile: 'rfc' }): Tcb {
    const made = cut(options, { srttUs: now, rttvarUs: 7, rtoUs: 4_000_000, backoff: 2, caState: CaState.loss });
    Object.assign(made.recovery, { priorSrttUs: srtt, priorRttvarUs: rttvar });
    made.ack.rttUs = sample;
    undoLoss(made.env, made.tcb, made.recovery, EARLIER, true);
    return made.tcb;
  }

  it.each<[name: string, told: Told, srttUs: number, rttvarUs: number, rtoUs: number]>([
    [
      'is made from the sample that told',
      { srtt: 500_000, rttvar: 100_000, sample: 2_000_000, now: 9 },
      2_000_000,
      1_000_000,
      6_000_000,
    ],
    [
      'keeps what it was before, if that is more',
      { srtt: 800_000, rttvar: 600_000, sample: 700_000, now: 9 },
      800_000,
      600_000,
      3_200_000,
    ],
    [
      'goes by the round trip of now where there is no sample',
      { srtt: 1, rttvar: 1, sample: -1, now: 900_000 },
      900_000,
      450_000,
      2_700_000,
    ],
    ['is a second at least', { srtt: 100_000, rttvar: 10, sample: 20_000, now: 9 }, 100_000, 10_000, 1_000_000],
  ])('%s', (_, told, srttUs, rttvarUs, rtoUs) => {
    expect(adapted(told)).toMatchObject({ srttUs, rttvarUs, rtoUs, backoff: 0 });
  });

  it('has a granularity, where the least RTO lets it show', () => {
    const settings = { rto_min_us: 1 };
    const tcb = adapted({ srtt: 400_000, rttvar: 0, sample: 100, now: 9 }, { profile: 'rfc', settings });
    expect(tcb.rtoUs).toBe(401_000);
  });

  it('stays under linux, and where there was none before', () => {
    const kept = { srttUs: 9, rttvarUs: 7, rtoUs: 4_000_000, backoff: 2 };
    expect(adapted({ srtt: 500_000, rttvar: 1, sample: 2_000_000, now: 9 }, {})).toMatchObject(kept);
    expect(adapted({ srtt: 0, rttvar: 1, sample: 2_000_000, now: 9 })).toMatchObject(kept);
  });
});

describe('something outstanding went twice', () => {
  it('when a copy is out, or the oldest ever went again', () => {
    const { tcb, board } = cut();
    expect(hasRetransmissions(tcb)).toBe(false);
    board.markRetransmitted(board.slotAt(3));
    expect(hasRetransmissions(tcb)).toBe(true);
    board.unmarkRetransmitted(board.slotAt(3));
    expect(hasRetransmissions(tcb)).toBe(false);
    board.markRetransmitted(board.slotAt(0));
    board.unmarkRetransmitted(board.slotAt(0));
    expect(hasRetransmissions(tcb)).toBe(true);
    board.clear();
    expect(hasRetransmissions(tcb)).toBe(false);
    tcb.scoreboard = null;
    expect(hasRetransmissions(tcb)).toBe(false);
  });
});
