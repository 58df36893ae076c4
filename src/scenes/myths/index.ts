/** What the blogs get wrong: popular claims, each run on the real stack, with a verdict. */
import type { Scene } from '../scene.ts';
import { ackOfFin, finNumber, fourSegments } from './fin.ts';
import { mslIsNotMss } from './msl.ts';
import { openPortFin } from './open-port-fin.ts';
import { sixFlags } from './six-flags.ts';
import { synAckData, twoWayFlood } from './syn.ts';
import { urgentJumps } from './urgent-jumps.ts';

export const MYTHS: readonly Scene[] = [
  ackOfFin,
  finNumber,
  fourSegments,
  mslIsNotMss,
  twoWayFlood,
  synAckData,
  urgentJumps,
  openPortFin,
  sixFlags,
];
