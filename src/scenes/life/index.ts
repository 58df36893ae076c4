/** Stories of a connection that is open. */
import type { Scene } from '../scene.ts';
import { life } from './life.ts';

export const LIFE: readonly Scene[] = [life];
