/** Random conversations on Node's net and on ours: a few, always the same, among the fast tests. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { conversationsGoAlike } from './conversations.ts';

describe('random conversations', () => {
  it('go as they go on Node', async () => {
    await fc.assert(conversationsGoAlike, { numRuns: 20, seed: 22 });
  }, 120_000);
});
