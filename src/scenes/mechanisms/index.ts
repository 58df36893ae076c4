/** Stories in pairs: every mechanism with it and without it, in the order of a course. */
import type { Scene } from '../scene.ts';
import { CONGESTION } from './congestion.ts';
import { FALSE_ALARM } from './false-alarm.ts';
import { LOSS } from './loss.ts';
import { mechanismScenes } from './mechanism.ts';
import { START } from './start.ts';

export const MECHANISM_PAIRS = [...START, ...LOSS, ...FALSE_ALARM, ...CONGESTION].map(mechanismScenes);

export const MECHANISMS: readonly Scene[] = MECHANISM_PAIRS.flatMap(({ on, off }) => [on, off]);
