/** How far the memory of all connections together is used up. */

/** `TcpMemory.level`. */
export const MemoryLevel = { easy: 0, pressed: 1, full: 2 } as const;

/** Where the stack stands between the levels. */
export class TcpMemory {
  level: number = MemoryLevel.easy;
  /** When the pressure began, driver's microseconds. */
  pressedSinceUs = 0;
  /** What was held when all connections were last searched for what can be dropped. */
  heldAfterSweep = 0;
}
