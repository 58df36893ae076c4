/** What a story about a mechanism has to show for it: a number with its name and unit. */
import type { Text } from './text.ts';

/** The number a mechanism changes, as it was measured in the play. */
export interface SceneMeasure {
  readonly name: Text;
  readonly value: number;
  readonly unit: Text;
}
