/** One row of a table of counters: something happens, and what it counts, with everything else unchanged. */
import { describe, expect, it } from 'vitest';
import { type Profile, SegmentPeer, type StageOptions } from '../support/segment-peer.ts';

type Counts = Readonly<Record<string, number>>;

export interface Row {
  readonly name: string;
  readonly state: Parameters<typeof SegmentPeer.inState>[0];
  readonly options?: StageOptions;
  readonly profile?: Profile;
  /** Before counting begins. */
  readonly before?: (peer: SegmentPeer) => void;
  readonly act: (peer: SegmentPeer) => void;
  readonly counts: Counts;
}

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

function countersOf({ bench }: SegmentPeer): Record<string, number> {
  const { tcp, tcpExt } = bench.stack.counters;
  return { ...tcp, ...tcpExt };
}

/** Every counter that has changed, by how much. */
function changes(before: Counts, after: Counts): Counts {
  const names = Object.keys(after).filter((name) => after[name] !== before[name]);
  return Object.fromEntries(names.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]));
}

/** A test for each row and profile. */
export function countedRows(title: string, all: readonly Row[]): void {
  describe.each(PROFILES)(`%s: ${title}`, (profile) => {
    for (const { name, state, options, before, act, counts } of all.filter(
      (row) => (row.profile ?? profile) === profile,
    )) {
      it(name, () => {
        const peer = SegmentPeer.inState(state, { ...options, profile });
        before?.(peer);
        peer.bench.take();
        const first = countersOf(peer);
        act(peer);
        peer.bench.take();
        expect(changes(first, countersOf(peer))).toEqual(counts);
      });
    }
  });
}
