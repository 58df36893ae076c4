/** Stories of how connections begin, in the order of a course. */
import type { Scene } from '../scene.ts';
import { dataWithSyn, dataWithThirdAck } from './early-data.ts';
import { fourSegmentOpen } from './four-segment-open.ts';
import { halfOpenRestart } from './half-open-restart.ts';
import { lostSyn, lostSynAck, lostThirdAck } from './losses.ts';
import { oldDuplicateSyn } from './old-duplicate-syn.ts';
import { rstFromClosedPort } from './rst-from-closed-port.ts';
import { simultaneousOpen } from './simultaneous-open.ts';
import { threeWayHandshake } from './three-way-handshake.ts';
import { whyIsnMoves } from './why-isn-moves.ts';
import { whyIsnRandom } from './why-isn-random.ts';
import { whyThree } from './why-three.ts';

export const OPENING: readonly Scene[] = [
  threeWayHandshake,
  lostSyn,
  lostSynAck,
  lostThirdAck,
  dataWithThirdAck,
  dataWithSyn,
  rstFromClosedPort,
  simultaneousOpen,
  fourSegmentOpen,
  whyThree,
  oldDuplicateSyn,
  whyIsnMoves,
  whyIsnRandom,
  halfOpenRestart,
];
