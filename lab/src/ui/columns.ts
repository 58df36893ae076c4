/** Where the hosts stand: the stage, the wire and the ladder below share these lines. */
import { signal } from '@preact/signals';

/** Width of the drawing, kept by whoever measures it. */
export const width = signal(640);

const PAD = 112;
const NARROW_PAD = 62;
const NARROW = 520;

export function isNarrow(): boolean {
  return width.value < NARROW;
}

/** The lifeline of host `index` of `count`. */
export function lineX(index: number, count: number): number {
  const pad = isNarrow() ? NARROW_PAD : PAD;
  return count < 2 ? width.value / 2 : pad + (index * (width.value - 2 * pad)) / (count - 1);
}
