/** What one queue of a device did so far. */
export interface QueueUse {
  readonly cpuUs: number;
  readonly bytes: number;
}
