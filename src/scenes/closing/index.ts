/** Stories of how connections end. */
import type { Scene } from '../scene.ts';
import { fourWayClose } from './four-way-close.ts';

export const CLOSING: readonly Scene[] = [fourWayClose];
