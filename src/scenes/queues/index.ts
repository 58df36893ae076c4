/** Stories of the queues between the network and accept(), in the order of a course. */
import type { Scene } from '../scene.ts';
import { acceptQueue, acceptQueueReset } from './accept-queue.ts';
import { connectInProgress } from './connect-in-progress.ts';
import { synQueue } from './syn-queue.ts';

export const QUEUES: readonly Scene[] = [connectInProgress, synQueue, acceptQueue, acceptQueueReset];
