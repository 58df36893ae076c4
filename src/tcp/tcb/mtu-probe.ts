/** The search for a larger path MTU (RFC 4821), as one connection remembers it. */

// RFC 4821 §7.1 R4821-3: ordinary segments never exceed searchLow, which is eff_pmtu as well.
/** Attached to a connection that probes. */
export class MtuProbe {
  searchLow: number;
  searchHigh: number;
  /** The probe in flight: its size, 0 when there is none, and its sequence numbers. */
  size = 0;
  start = 0;
  end = 0;
  /** When the search began, for the next one. */
  startedTick: number;
  /** Largest packet of ordinary segments; Infinity: as the path and the peer say. */
  bound: number;

  constructor(searchLow: number, searchHigh: number, startedTick: number) {
    this.searchLow = searchLow;
    this.searchHigh = searchHigh;
    this.bound = searchLow;
    this.startedTick = startedTick;
  }
}
