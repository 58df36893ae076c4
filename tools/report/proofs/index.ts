/** The breaks that `npm run report -- --prove` tries: each makes one rule wrong in the plainest way. */
import type { Proof } from '../prove.ts';
import { FLOW_PROOFS } from './flows.ts';
import { INTERFACE_PROOFS } from './interfaces.ts';
import { LIFE_PROOFS } from './lives.ts';
import { proofOf } from './proof-row.ts';
import { SEGMENT_PROOFS } from './segments.ts';
import { SHOULD_PROOFS } from './shoulds.ts';

export const PROOFS: readonly Proof[] = [
  ...SEGMENT_PROOFS,
  ...LIFE_PROOFS,
  ...FLOW_PROOFS,
  ...INTERFACE_PROOFS,
  ...SHOULD_PROOFS,
].map(proofOf);
