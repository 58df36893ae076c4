/** Stories of attacks and scans, and of what stands against them, in the order of a course. */
import type { Scene } from '../scene.ts';
import { blindReset } from './blind-reset.ts';
import { synFlood, synFloodCookies } from './syn-flood.ts';

export const ATTACK: readonly Scene[] = [synFlood, synFloodCookies, blindReset];
