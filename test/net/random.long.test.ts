/** Many random conversations on Node's net and on ours; the seed of one that differs is printed. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { conversationsGoAlike } from './conversations.ts';

describe('many random conversations', () => {
  it('go as they go on Node', async () => {
    await fc.assert(conversationsGoAlike, { numRuns: 500 });
  }, 600_000);
});
