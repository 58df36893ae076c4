/** Plays rows of the matrix against a stack of one profile and counts. */
import { SeededGenerator } from '../../src/base/random.ts';
import type { Profile } from '../requirements/bench.ts';
import { compare } from './compare.ts';
import { Conversation, House, type Kind } from './conversation.ts';
import { LINUX, RFC } from './options.ts';
import { lettersOf, rowsOf, segmentOf } from './rows.ts';
import { add, type Segment, type State, type Tcb } from './segment.ts';

/** What came of some rows. */
export interface Tally {
  readonly state: State;
  readonly rows: number;
  /** Each row that no outcome of the oracle fits, with what was seen and what was expected. */
  readonly misfits: readonly string[];
}

/** So many conversations share a stack before it is made anew. */
const PER_HOUSE = 300;

/** Every `stride`-th row of a kind, from `offset` on. */
export function playRows(profile: Profile, kind: Kind, stride: number, offset: number): Tally {
  const first = new Conversation(new House(profile), kind);
  const rows = rowsOf(first.tcb).filter((_, index) => index % stride === offset % stride);
  return play(profile, kind, rows.length, (tcb, index) => {
    const row = rows[index];
    if (row === undefined) throw new Error('no such row');
    return [row.name, segmentOf(tcb, row)];
  });
}

/** Segments with numbers drawn at random, most of them near the edges. */
export function playRandom(profile: Profile, kind: Kind, count: number, seed: number): Tally {
  const random = new SeededGenerator(seed);
  return play(profile, kind, count, (tcb) => {
    const segment = drawSegment(tcb, random);
    return [`seed ${seed}, ${lettersOf(segment)} ${JSON.stringify(segment)}`, segment];
  });
}

function play(
  profile: Profile,
  kind: Kind,
  count: number,
  choose: (tcb: Tcb, index: number) => [string, Segment],
): Tally {
  const options = profile === 'rfc' ? RFC : LINUX;
  const misfits: string[] = [];
  let house = new House(profile);
  for (let index = 0; index < count; index++) {
    if (index % PER_HOUSE === PER_HOUSE - 1) house = new House(profile);
    const talk = new Conversation(house, kind);
    const [name, segment] = choose(talk.tcb, index);
    const misfit = compare(talk, segment, options);
    if (misfit !== null) misfits.push(`${kind.name}: ${name}\n${misfit}\n${JSON.stringify(talk.tcb)}`);
    talk.end();
  }
  return { state: kind.state, rows: count, misfits };
}

function drawSegment(tcb: Tcb, random: SeededGenerator): Segment {
  const one = (...values: readonly number[]): number => values[random.nextBelow(values.length)] ?? 0;
  const near = (): number => random.nextBelow(5) - 2;
  const flags = random.nextBelow(32);
  const text = one(0, 0, 1, 2, 20, 500, 1_400);
  const edge = one(
    tcb.rcvNxt,
    tcb.rcvNxt,
    tcb.rcvNxt - text,
    tcb.rcvNxt + tcb.rcvWnd,
    tcb.rcvNxt + tcb.rcvWnd - text,
    random.nextInt32(),
  );
  const ackEdge = one(tcb.sndUna, tcb.sndNxt, tcb.sndUna - tcb.maxSndWnd, random.nextInt32());
  const { tsRecent } = tcb;
  return {
    syn: (flags & 3) === 3,
    rst: (flags & 12) === 12,
    fin: (flags & 1) === 1,
    ack: random.nextBelow(8) > 0,
    text,
    seq: add(edge, near()),
    ackNo: add(ackEdge, near()),
    tsval: tsRecent === null ? null : tsRecent + (tcb.state === 'SYN-SENT' ? 0 : one(0, 1, 2, 100, -1)),
  };
}

/** Lines of a table: rows and misfits by state. */
export function tableOf(title: string, tallies: readonly Tally[]): string {
  const states = [...new Set(tallies.map((tally) => tally.state))];
  const lines = states.map((state) => {
    const mine = tallies.filter((tally) => tally.state === state);
    return lineOf(state, mine);
  });
  return [title, '  state          rows    fit', ...lines, lineOf('all', tallies)].join('\n');
}

function lineOf(name: string, tallies: readonly Tally[]): string {
  const rows = tallies.reduce((sum, tally) => sum + tally.rows, 0);
  const bad = tallies.reduce((sum, tally) => sum + tally.misfits.length, 0);
  return `  ${name.padEnd(13)}${String(rows).padStart(6)} ${String(rows - bad).padStart(6)}`;
}
