/** Stories in pairs: every mechanism with it and without it, in the order of a course. */
import type { Scene } from '../scene.ts';
import { BUFFERS } from './buffers.ts';
import { CONGESTION } from './congestion.ts';
import { FALSE_ALARM } from './false-alarm.ts';
import { LOSS } from './loss.ts';
import { MARKS } from './marks.ts';
import { mechanismScenes } from './mechanism.ts';
import { PATH } from './path.ts';
import { RATE } from './rate.ts';
import { REDUCTION } from './reduction.ts';
import { SIGNATURES } from './signatures.ts';
import { START } from './start.ts';

export const MECHANISM_PAIRS = [
  ...START,
  ...BUFFERS,
  ...LOSS,
  ...REDUCTION,
  ...FALSE_ALARM,
  ...CONGESTION,
  ...MARKS,
  ...RATE,
  ...PATH,
  ...SIGNATURES,
].map(mechanismScenes);

export const MECHANISMS: readonly Scene[] = MECHANISM_PAIRS.flatMap(({ on, off }) => [on, off]);
