/** The breaks that `npm run report -- --prove` tries: each makes one rule wrong in the plainest way. */
import type { Proof } from './prove.ts';

export const PROOFS: readonly Proof[] = [];
