/** Stories of how connections end, in the order of a course. */
import type { Scene } from '../scene.ts';
import { abortLinger0 } from './abort-linger-0.ts';
import { closeWaitLeak } from './close-wait-leak.ts';
import { finWait2Orphan } from './fin-wait-2-orphan.ts';
import { fourWayClose } from './four-way-close.ts';
import { halfClose } from './half-close.ts';
import { lostFin, lostLastAck } from './losses.ts';
import { rstHalfOpenPeer } from './rst-half-open-peer.ts';
import { rstMidStream } from './rst-mid-stream.ts';
import { simultaneousClose } from './simultaneous-close.ts';
import { threeSegmentClose } from './three-segment-close.ts';
import { timeWait2Msl } from './time-wait-2msl.ts';
import { timeWaitReuse } from './time-wait-reuse.ts';
import { why2Msl } from './why-2msl.ts';

export const CLOSING: readonly Scene[] = [
  fourWayClose,
  threeSegmentClose,
  halfClose,
  simultaneousClose,
  lostFin,
  lostLastAck,
  timeWait2Msl,
  why2Msl,
  timeWaitReuse,
  closeWaitLeak,
  finWait2Orphan,
  abortLinger0,
  rstMidStream,
  rstHalfOpenPeer,
];
