/** One row of a table by state: a segment arrives, one answer or none is expected, and a state afterwards. */
import { describe, expect, it } from 'vitest';
import type { TcpStateName } from '../../src/tcp/index.ts';
import { type Expected, type Given, type Profile, SegmentPeer, type StageOptions } from '../support/segment-peer.ts';

export interface Row {
  readonly name: string;
  readonly state: TcpStateName;
  readonly given: Given | readonly Given[];
  /** The answer at once; null: none. `any`: the RFC does not say. */
  readonly reply: Expected | null | 'any';
  readonly after: TcpStateName;
  /** Only under this profile; default both. */
  readonly profile?: Profile;
  readonly options?: StageOptions;
  /** Before the segment arrives. */
  readonly before?: (peer: SegmentPeer) => void;
  readonly check?: (peer: SegmentPeer) => void;
}

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** A test for each row and profile over IPv4, and every third row over IPv6. */
export function table(title: string, rows: readonly Row[]): void {
  describe.each(PROFILES)(`%s: ${title}`, (profile) => {
    const taken = rows.filter((row) => row.profile === undefined || row.profile === profile);
    for (const [index, row] of taken.entries()) {
      it(`segment arrives when ${row.state}: ${row.name}`, () => run(row, profile, 4));
      if (index % 3 === 0) it(`over IPv6, when ${row.state}: ${row.name}`, () => run(row, profile, 6));
      // Numbers of both sides that pass 2^32 or 2^31 within the row.
      if (index % 3 === 1) it(`at the wrap, when ${row.state}: ${row.name}`, () => run(row, profile, 4, 2 ** 32 - 2));
      if (index % 3 === 2) it(`at the sign, when ${row.state}: ${row.name}`, () => run(row, profile, 4, 2 ** 31 - 2));
    }
  });
}

function run(row: Row, profile: Profile, family: 4 | 6, isn?: number): void {
  const peer = SegmentPeer.inState(row.state, {
    ...row.options,
    profile,
    family,
    ...(isn === undefined ? {} : { isn, seq: isn }),
  });
  expect(peer.state, 'the state to begin with').toBe(row.state);
  const iss = peer.iss;
  if (isn !== undefined && iss !== null) expect(iss >>> 0, 'the ISN asked for').toBe(isn >>> 0);
  if (row.before !== undefined) {
    row.before(peer);
    peer.bench.take();
  }
  for (const given of Array.isArray(row.given) ? (row.given as readonly Given[]) : [row.given as Given]) {
    peer.send(given);
  }
  // Linux lets the acknowledgment of a lone FIN wait for the next tick.
  if (profile === 'linux' && row.reply !== null) peer.bench.run(1);
  if (row.reply === null) peer.expectNothing();
  else if (row.reply !== 'any') peer.expect(row.reply);
  expect(peer.state, 'the state afterwards').toBe(row.after);
  row.check?.(peer);
}
