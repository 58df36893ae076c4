/** Counters printed the way `nstat` of iproute2 prints them: `TcpRetransSegs    3    0.0`. Names are those of the kernel. */
import type { CountersDescription } from '../stack/describe.ts';
import { namedCounters } from '../stack/named-counters.ts';

/** The table. Counters that are zero are left out unless `zeros`. */
export function formatCounters(description: CountersDescription, zeros: boolean): string[] {
  const shown = namedCounters(description).filter(({ value }) => zeros || value !== 0);
  return ['#woshou', ...shown.map(({ name, value }) => `${name.padEnd(32)}${String(value).padEnd(16)}   0.0`)];
}
