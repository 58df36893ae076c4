/** Connections that want to send after their interface went down: they go another way, whenever they ask. */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import type { Profile } from '../support/segment-peer.ts';
import { TwoWays } from '../support/two-ways.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SECOND = 1_000;

describe.each(PROFILES)('%s: an interface that has gone down', (profile) => {
  it('does not keep retransmissions that come due later', () => {
    const ways = new TwoWays(profile);
    ways.socket.write(text(100));
    ways.bench.take();
    ways.loseTheFirst();
    expect(ways.run(10 * SECOND)).toBeGreaterThan(0);
  });

  it('does not keep what is written later', () => {
    const ways = new TwoWays(profile);
    ways.loseTheFirst();
    ways.run(100);
    ways.socket.write(text(100));
    expect(ways.run(10 * SECOND)).toBeGreaterThan(0);
  });
});
