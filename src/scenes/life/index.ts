/** Stories from the life of a connection, beside the whole life in `life.ts`; in the order of a course. */
import type { Scene } from '../scene.ts';
import { fastRetransmit } from './fast-retransmit.ts';
import { heartbeat } from './heartbeat.ts';
import { keepAlive } from './keep-alive.ts';
import { nagleAndDelayedAck } from './nagle-and-delayed-ack.ts';
import { push } from './push.ts';
import { retransmission } from './retransmission.ts';
import { retransmissionLimit } from './retransmission-limit.ts';
import { urgent } from './urgent.ts';
import { zeroWindow } from './zero-window.ts';

export const LIFE_SCENES: readonly Scene[] = [
  retransmission,
  retransmissionLimit,
  fastRetransmit,
  zeroWindow,
  keepAlive,
  heartbeat,
  urgent,
  push,
  nagleAndDelayedAck,
];
