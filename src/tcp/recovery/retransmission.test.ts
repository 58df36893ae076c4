/** What goes again, and when (RFC 6675 section 4, RFC 8985 section 7.3): record by record, in which pieces, and what is counted. */
import { describe, expect, it } from 'vitest';
import {
  type BareSender,
  type BareSenderOptions,
  bareSender,
  SENDER_MSS as MSS,
} from '../../../test/support/bare-sender.ts';
import { Slot } from '../../base/slot.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import { Transmission } from '../output/transmission.ts';
import { BufferPool } from '../tcb/byte-ring.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { SendBuffer } from '../tcb/send-buffer.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { isTimerArmed, TcpTimer } from '../timers.ts';
import { chooseLossProbe, chooseRetransmission } from './retransmission.ts';

interface Flight extends BareSender {
  readonly what: Transmission;
}

/** `flying` segments of text on their way and `unsent` octets behind them; a window of 20 segments on both sides. */
function flight(options: BareSenderOptions & { unsent?: number } = {}, changes: Partial<Tcb> = {}): Flight {
  const made = bareSender({ flying: 10, atUs: 1_000_000, ...options });
  const { tcb } = made;
  const length = (options.flying ?? 10) * MSS + (options.unsent ?? 0);
  tcb.sendBuffer = new SendBuffer();
  tcb.sendBuffer.append(new BufferPool(), new Uint8Array(length), 0, length, length);
  tcb.agreed |= Agreed.sack;
  Object.assign(tcb, {
    caState: CaState.recovery,
    cwnd: 20 * MSS,
    sndWnd: 20 * MSS,
    pending: Pending.retransmit,
    ...changes,
  });
  return { ...made, what: new Transmission() };
}

function lose({ board, recovery }: BareSender, ...ones: number[]): void {
  for (const n of ones) board.markLost(board.slotAt(n));
  recovery.retransmitSeq = 0;
}

/** Octets of what goes again next, from and to; null: nothing. */
function again(made: Flight): [number, number] | null {
  if (!chooseRetransmission(made.env, made.tcb, made.what)) return null;
  const { seq, length, slot } = made.what;
  made.board.markRetransmitted(slot);
  return [seq, seq + length];
}

describe('what goes again', () => {
  it('is the lowest that waits, one after the other, and then nothing', () => {
    const made = flight();
    lose(made, 2, 5, 6);
    expect(again(made)).toEqual([2 * MSS, 3 * MSS]);
    expect(made.tcb.pending & Pending.retransmit).toBe(Pending.retransmit);
    expect(again(made)).toEqual([5 * MSS, 6 * MSS]);
    expect(again(made)).toEqual([6 * MSS, 7 * MSS]);
    expect(made.tcb.pending & Pending.retransmit).toBe(0);
    expect(again(made)).toBeNull();
    expect([made.tcb.retransmitted, made.env.counters.RetransSegs]).toEqual([3, 3]);
    expect(made.what).toMatchObject({ flags: TcpFlag.ack, reason: 'retransmission', mss: MSS });
  });

  it('is found although the search began behind it', () => {
    const made = flight();
    lose(made, 2);
    made.recovery.retransmitSeq = 5 * MSS;
    expect(again(made)).toBeNull();
    expect([made.recovery.retransmitSeq, made.tcb.pending & Pending.retransmit]).toEqual([0, 0]);
    expect(again(made)).toEqual([2 * MSS, 3 * MSS]);
  });

  it.each<[name: string, changes: Partial<Tcb>]>([
    ['nothing is on record', { scoreboard: null }],
    ['nothing is remembered', { recovery: null }],
  ])('is nothing where %s', (_, changes) => {
    const made = flight();
    lose(made, 2);
    Object.assign(made.tcb, changes);
    expect(again(made)).toBeNull();
    expect(made.tcb.pending & Pending.retransmit).toBe(0);
  });

  it.each([
    ['after a time-out the first', CaState.loss, 0, { TCPSlowStartRetrans: 0, TCPFastRetrans: 0 }],
    ['after a time-out another one', CaState.loss, 1, { TCPSlowStartRetrans: 1, TCPFastRetrans: 0 }],
    ['in recovery the first', CaState.recovery, 0, { TCPSlowStartRetrans: 0, TCPFastRetrans: 1 }],
    ['in recovery another one', CaState.recovery, 1, { TCPSlowStartRetrans: 0, TCPFastRetrans: 1 }],
  ])('is counted by what has told: %s', (_, caState, first, counted) => {
    const made = flight({}, { caState });
    lose(made, first);
    again(made);
    expect(made.env.extCounters).toMatchObject(counted);
  });
});

describe('the congestion window', () => {
  it.each<[name: string, cwnd: number, sack: boolean, profile: 'linux' | 'rfc', lost: number, goes: boolean]>([
    ['has room', 10 * MSS, true, 'linux', 0, true],
    ['is full', 9 * MSS, true, 'linux', 0, false],
    ['is full without SACK: under rfc the first goes all the same', 9 * MSS, false, 'rfc', 0, true],
    ['is full without SACK: under rfc another does not', 9 * MSS, false, 'rfc', 1, false],
    ['is full without SACK: under linux neither does', 9 * MSS, false, 'linux', 0, false],
    ['is full with SACK: under rfc neither does', 9 * MSS, true, 'rfc', 0, false],
  ])('%s', (_, cwnd, sack, profile, lost, goes) => {
    const made = flight({ profile }, { cwnd });
    if (!sack) made.tcb.agreed &= ~Agreed.sack;
    lose(made, lost);
    expect(again(made) !== null).toBe(goes);
  });

  it('does not stop what goes when nothing is in flight', () => {
    const made = flight({ flying: 1 }, { cwnd: 0 });
    lose(made, 0);
    expect(again(made)).toEqual([0, MSS]);
  });
});

// RFC 9293 §3.8.6 SHLD-16: a window of the peer that has shrunk.
describe('a window of the peer that has shrunk', () => {
  it.each<[name: string, profile: 'linux' | 'rfc', window: number, lost: number, goes: [number, number] | null]>([
    ['to three segments: the fourth stays', 'linux', 3 * MSS, 3, null],
    ['to three segments and an octet: that octet goes', 'linux', 3 * MSS + 1, 3, [3 * MSS, 3 * MSS + 1]],
    ['under rfc: all of the segment', 'rfc', 3 * MSS + 1, 3, [3 * MSS, 4 * MSS]],
    ['to four segments: it goes', 'linux', 4 * MSS, 3, [3 * MSS, 4 * MSS]],
    ['to nothing: the first is tried', 'linux', 0, 0, [0, MSS]],
    ['to nothing under rfc: the first is tried', 'rfc', 0, 0, [0, MSS]],
    ['to nothing: the second is not', 'linux', 0, 1, null],
    ['to half a segment: half of the first', 'linux', 500, 0, [0, 500]],
  ])('%s', (_, profile, sndWnd, lost, goes) => {
    const made = flight({ profile }, { sndWnd });
    lose(made, lost);
    expect(again(made)).toEqual(goes);
  });

  it('leaves the rest of a record that went in part waiting', () => {
    const made = flight({}, { sndWnd: 500 });
    lose(made, 0);
    again(made);
    expect([made.board.count, made.board.waitingWeight]).toEqual([11, 500]);
    expect(made.tcb.pending & Pending.retransmit).toBe(Pending.retransmit);
  });

  it('cuts a burst at a whole segment', () => {
    const made = flight({ flying: 0 }, { sndWnd: 2_600, minRttUs: 0, maxSndWnd: 0 });
    Object.assign(made.tcb.path.interface, { capabilities: { tso4: true, tso6: true, checksum: true } });
    try {
      made.tcb.sendBuffer?.append(new BufferPool(), new Uint8Array(5 * MSS), 0, 5 * MSS, 5 * MSS);
      made.board.append(0, 5 * MSS, MSS);
      made.tcb.sndNxt = 5 * MSS;
      made.board.markLost(made.board.slotAt(0));
      expect(again(made)).toEqual([0, 2 * MSS]);
      expect([made.tcb.retransmitted, made.what.flags & TcpFlag.psh]).toEqual([2, TcpFlag.psh]);
    } finally {
      Object.assign(made.tcb.path.interface, { capabilities: { tso4: false, tso6: false, checksum: false } });
    }
  });
});

describe('small pieces', () => {
  /** Pieces of these lengths, and which of them wait. */
  function pieces(lengths: readonly number[], waiting: readonly number[], options: BareSenderOptions = {}): Flight {
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const made = flight({ ...options, flying: 0 });
    made.tcb.sendBuffer?.append(new BufferPool(), new Uint8Array(total), 0, total, total);
    let at = 0;
    for (const length of lengths) {
      made.board.append(at, at + length, MSS);
      at += length;
    }
    made.tcb.sndNxt = at;
    lose(made, ...waiting);
    return made;
  }

  it.each<[name: string, lengths: number[], waiting: number[], profile: 'linux' | 'rfc', goes: number]>([
    ['that wait go together', [300, 300, 300], [0, 1, 2], 'linux', 900],
    ['as far as they fill a segment', [400, 400, 400], [0, 1, 2], 'linux', 800],
    ['a full segment exactly', [400, 600, 400], [0, 1, 2], 'linux', 1_000],
    ['the next is taken along under linux though it does not wait', [300, 300, 300], [0], 'linux', 900],
    ['under rfc it is not', [300, 300, 300], [0], 'rfc', 300],
    ['that wait go together under rfc too', [300, 300, 300], [0, 1], 'rfc', 600],
  ])('%s', (_, lengths, waiting, profile, goes) => {
    expect(again(pieces(lengths, waiting, { profile }))).toEqual([0, goes]);
  });

  it.each<[name: string, change: (made: Flight, second: number) => void]>([
    ['was SACKed', ({ board }, second) => board.markSacked(second)],
    ['went again already', ({ board }, second) => board.markRetransmitted(second)],
    ['lies beyond the window', ({ tcb }) => Object.assign(tcb, { sndWnd: 599 })],
  ])('are not joined by what %s', (_, change) => {
    const made = pieces([300, 300, 300], [0]);
    change(made, made.board.slotAt(1));
    expect(again(made)).toEqual([0, 300]);
  });

  it('reach to the end of the window', () => {
    const made = pieces([300, 300, 300], [0]);
    made.tcb.sndWnd = 600;
    expect(again(made)).toEqual([0, 600]);
  });

  it('end where a record of the user does', () => {
    const made = flight({ flying: 0 });
    made.tcb.sendBuffer?.append(new BufferPool(), new Uint8Array(600), 0, 600, 600);
    made.board.append(0, 300, MSS, SegmentFlag.recordEnd | SegmentFlag.pushed);
    made.board.append(300, 600, MSS);
    made.tcb.sndNxt = 600;
    lose(made, 0, 1);
    expect(again(made)).toEqual([0, 300]);
    expect(made.what.flags).toBe(TcpFlag.ack | TcpFlag.psh);
  });

  // The path takes less than it did: pieces are cut anew, which Linux does not.
  it.each<[profile: 'linux' | 'rfc', goes: [number, number][]]>([
    [
      'rfc',
      [
        [0, 600],
        [600, 1_200],
        [1_200, 1_800],
      ],
    ],
    [
      'linux',
      [
        [0, 600],
        [600, 1_000],
        [1_000, 1_600],
      ],
    ],
  ])('are cut anew where the path takes less: %s', (profile, goes) => {
    const made = flight({ profile, flying: 3 }, { sendMss: 600 });
    lose(made, 0, 1, 2);
    expect([again(made), again(made), again(made)]).toEqual(goes);
  });
});

describe('a FIN', () => {
  function finished(): Flight {
    const made = flight({ flying: 2 });
    made.board.append(2 * MSS, 2 * MSS + 1, MSS);
    Object.assign(made.tcb, { finSent: true, sndNxt: 2 * MSS + 1 });
    return made;
  }

  it('goes again alone', () => {
    const made = finished();
    lose(made, 2);
    expect(again(made)).toEqual([2 * MSS, 2 * MSS]);
    expect(made.what.flags).toBe(TcpFlag.ack | TcpFlag.fin);
  });

  it('goes along with the last text under linux, which it takes no room from', () => {
    const made = finished();
    lose(made, 1, 2);
    expect(again(made)).toEqual([MSS, 2 * MSS]);
    expect(made.board.count).toBe(3);
    expect(made.what.flags & TcpFlag.fin).toBe(0);
  });
});

// RFC 8985 §7.3 R8985-8, R8985-22: a loss probe.
describe('a loss probe', () => {
  const slot = Slot.allocate(65_600, false);
  function probe(made: Flight): [number, number, string] | null {
    made.tcb.pending |= Pending.lossProbe;
    const goes = chooseLossProbe(made.env, made.tcb, made.what, slot);
    expect(made.tcb.pending & Pending.lossProbe).toBe(0);
    return goes ? [made.what.seq, made.what.seq + made.what.length, made.what.reason] : null;
  }

  it.each<[name: string, unsent: number, window: number, goes: [number, number]]>([
    ['is new text if there is any', 300, 20 * MSS, [10 * MSS, 10 * MSS + 300]],
    ['a segment of it', 3 * MSS, 20 * MSS, [10 * MSS, 11 * MSS]],
    ['if the window takes it', 300, 10 * MSS + 300, [10 * MSS, 10 * MSS + 300]],
    ['else the last segment again', 300, 10 * MSS + 299, [9 * MSS, 10 * MSS]],
    ['which it is when there is nothing new', 0, 20 * MSS, [9 * MSS, 10 * MSS]],
  ])('%s', (_, unsent, sndWnd, goes) => {
    const made = flight({ unsent }, { sndWnd });
    expect(probe(made)).toEqual([...goes, 'loss-probe']);
  });

  it('pushes what ends the buffer', () => {
    const whole = flight({ unsent: 300 });
    probe(whole);
    expect(whole.what.flags).toBe(TcpFlag.ack | TcpFlag.psh);
    const part = flight({ unsent: 3 * MSS });
    probe(part);
    expect(part.what.flags).toBe(TcpFlag.ack);
  });

  it.each([
    ['of three and a half', 3_500, 3_000],
    ['of three', 3_000, 2_000],
  ])('is the last segment of a super-segment %s', (_, length, from) => {
    const made = flight({ flying: 0 });
    made.tcb.sendBuffer?.append(new BufferPool(), new Uint8Array(length), 0, length, length);
    made.board.append(0, length, MSS);
    made.tcb.sndNxt = length;
    expect(probe(made)).toEqual([from, length, 'loss-probe']);
    expect(made.board.count).toBe(2);
  });

  it('is none beyond a window that has shrunk: the time-out comes instead', () => {
    const made = flight({}, { sndWnd: 9 * MSS });
    expect(probe(made)).toBeNull();
    expect(isTimerArmed(made.tcb, TcpTimer.retransmission)).toBe(true);
  });

  it('is none where nothing is on its way', () => {
    expect(probe(flight({ flying: 0 }))).toBeNull();
    expect(probe(flight({}, { scoreboard: null }))).toBeNull();
  });
});
