/** Stories of attacks and scans, and of what stands against them, in the order of a course. */
import type { Scene } from '../scene.ts';
import { ackScan, maimonScan, windowScan } from './ack-scans.ts';
import { blindReset } from './blind-reset.ts';
import { connectScan } from './connect-scan.ts';
import { finScan, synScan } from './scans.ts';
import { synFlood, synFloodCookies } from './syn-flood.ts';
import { thirdAckOfACookie } from './third-ack-of-a-cookie.ts';

export const ATTACK: readonly Scene[] = [
  synFlood,
  synFloodCookies,
  thirdAckOfACookie,
  blindReset,
  connectScan,
  synScan,
  finScan,
  ackScan,
  maimonScan,
  windowScan,
];
