/** Which records count as lost without RACK: by what was SACKed above them (RFC 6675 section 4), by duplicates where there is no SACK. */
import { describe, expect, it } from 'vitest';
import {
  type BareSender,
  type BareSenderOptions,
  bareSender,
  SENDER_MSS as MSS,
} from '../../../test/support/bare-sender.ts';
import { CaState } from '../congestion/ca-state.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { findLosses } from './losses.ts';

/** Ten segments on their way; those of `sacked` have arrived, and what lies next to each other is one record. */
function counting(sacked: readonly number[], options: BareSenderOptions = {}): BareSender {
  const made = bareSender({ flying: 10, settings: { recovery: 0 }, ...options });
  made.tcb.agreed |= Agreed.sack;
  for (const n of sacked) {
    const index = made.board.indexBeyond(n * MSS);
    made.board.markSacked(made.board.slotAt(index));
    made.board.mergeSacked(index);
    made.recovery.highestSacked = Math.max(made.recovery.highestSacked, (n + 1) * MSS);
  }
  return made;
}

/** Where the records begin that are lost, in segments. */
function lostOnes({ board }: BareSender): number[] {
  const slots = [...Array(board.count).keys()].map((index) => board.slotAt(index));
  return slots.filter((slot) => board.flags(slot) & SegmentFlag.lost).map((slot) => board.seq(slot) / MSS);
}

function found(made: BareSender): number[] {
  findLosses(made.env, made.tcb, made.recovery, made.ack);
  return lostOnes(made);
}

describe('by what was SACKed above it a segment is lost', () => {
  it.each<[name: string, sacked: number[], lost: number[]]>([
    ['not with nothing', [], []],
    ['not with two octet ranges of one segment', [3, 5], []],
    ['with three ranges', [3, 5, 7], [0, 1, 2]],
    ['with three ranges, the highest of all above', [3, 5, 9], [0, 1, 2]],
    ['not with two segments in one range', [3, 4], []],
    ['with three segments in one range', [3, 4, 5], [0, 1, 2]],
    ['with a range of two and another one', [3, 4, 7], [0, 1, 2]],
    ['those between them not', [2, 6, 7], [0, 1]],
    ['with the first of all SACKed', [0, 4, 6, 8], [1, 2, 3]],
    ['at the end of the flight', [7, 8, 9], [0, 1, 2, 3, 4, 5, 6]],
  ])('%s', (_, sacked, lost) => {
    const made = counting(sacked);
    expect(found(made)).toEqual(lost);
    expect(made.ack.lost).toBe(lost.length * MSS);
  });

  it('as often as the path is known to reorder', () => {
    const made = counting([3, 4, 5, 6]);
    made.recovery.reordering = 5;
    expect(found(made)).toEqual([]);
    made.recovery.reordering = 4;
    expect(found(made)).toEqual([0, 1, 2]);
  });

  it('and everything below one that is lost, or went again, was judged before', () => {
    const lost = counting([5, 6, 7]);
    lost.board.markLost(lost.board.slotAt(2));
    expect(found(lost)).toEqual([2, 3, 4]);
    const again = counting([5, 6, 7]);
    again.board.markRetransmitted(again.board.slotAt(2));
    expect(found(again)).toEqual([3, 4]);
  });

  it('looks at no more records than it has to', () => {
    const made = counting([5, 6, 7]);
    made.board.visited = 0;
    found(made);
    // Six by the search for where the SACKed end, which are one record; those below are judged once.
    expect(made.board.visited).toBe(6 + 1 + 5);
  });
});

// RFC 5681 §3.2 R5681-6: without SACK the first segment is lost.
describe('without SACK the first segment is lost', () => {
  it.each<[name: string, changes: Partial<Tcb>, duplicates: number, isAdvance: boolean, lost: number[]]>([
    ['by the third duplicate', {}, 3, false, [0]],
    ['not by the second', {}, 2, false, []],
    ['by the third duplicate in CWR', { caState: CaState.cwr }, 3, false, [0]],
    ['in recovery by a partial acknowledgment', { caState: CaState.recovery }, 0, true, [0]],
    ['in recovery not by duplicates', { caState: CaState.recovery }, 5, false, []],
    ['after a timeout by nothing', { caState: CaState.loss }, 5, true, []],
  ])('%s', (_, changes, duplicates, isAdvance, lost) => {
    const made = counting([]);
    made.tcb.agreed = 0;
    Object.assign(made.tcb, changes);
    made.recovery.renoSacked = duplicates * MSS;
    made.ack.isAdvance = isAdvance;
    expect(found(made)).toEqual(lost);
  });

  it('of a super-segment the first alone, and not twice', () => {
    const made = counting([], { flying: 0 });
    made.tcb.agreed = 0;
    made.board.append(0, 3 * MSS, MSS);
    made.recovery.renoSacked = 3 * MSS;
    expect(found(made)).toEqual([0]);
    expect([made.board.count, made.tcb.lost]).toEqual([2, MSS]);
    expect(found(made)).toEqual([0]);
    expect(made.tcb.lost).toBe(MSS);
  });
});

describe('what is found', () => {
  it('is told when a copy was among it', () => {
    const made = counting([], { settings: { recovery: 1 } });
    made.tcb.agreed = 0;
    made.tcb.caState = CaState.recovery;
    made.ack.isAdvance = true;
    made.board.markRetransmitted(made.board.slotAt(0));
    expect(findLosses(made.env, made.tcb, made.recovery, made.ack)).toBe(true);
    expect(findLosses(made.env, made.tcb, made.recovery, made.ack)).toBe(false);
  });

  it('is nothing where nothing is on its way', () => {
    const empty = counting([], { flying: 0 });
    expect(found(empty)).toEqual([]);
    empty.tcb.scoreboard = null;
    expect(findLosses(empty.env, empty.tcb, empty.recovery, empty.ack)).toBe(false);
  });
});
