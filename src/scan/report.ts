/** What a scan hands out: a report per host, counters, how far it is. Plain data. */
import type { ReasonName } from './port-state.ts';
import type { TechniqueName } from './technique.ts';

/** The ports of one host under one technique, ascending; the arrays belong together by index. */
export interface PortTable {
  readonly technique: TechniqueName;
  readonly protocol: 'tcp' | 'udp';
  readonly ports: Uint16Array;
  /** `PortState`; see `portStateName`. */
  readonly states: Uint8Array;
  /** `Reason`; see `reasonName`. */
  readonly reasons: Uint8Array;
  /** Hop limits of the answers, 0 where none came. */
  readonly hopLimits: Uint8Array;
}

/** One host, when everything wanted of it is known. */
export interface HostReport {
  readonly address: string;
  readonly state: 'up' | 'down';
  readonly reason: ReasonName;
  readonly hopLimit: number;
  /** Hardware address of a host on our link. */
  readonly mac: string | null;
  /** Smoothed round-trip time, its variance and the timeout at the end; microseconds, -1 for no measurement. */
  readonly srttUs: number;
  readonly rttVarianceUs: number;
  readonly rtoUs: number;
  /** Of the driver's time. */
  readonly startedUs: number;
  readonly endedUs: number;
  /** It took longer than allowed: nothing is said of its ports. */
  readonly isTimedOut: boolean;
  readonly tables: readonly PortTable[];
}

/** What came and went. */
export class ScanCounters {
  sentPackets = 0;
  sentBytes = 0;
  receivedPackets = 0;
  receivedBytes = 0;
  /** Probes, and those that were not the first of their port. */
  probes = 0;
  retries = 0;
  answers = 0;
  /** Answers to what had been answered, as a repeated SYN-ACK. */
  duplicates = 0;
  /** Right address and ports, wrong numbers: somebody guesses, or mixes up connections. */
  forged = 0;
  /** ICMP errors that quote what we never sent. */
  forgedErrors = 0;
  /** A port answered after an ICMP error had said that it cannot. */
  contradicted = 0;
  /** Packets that have nothing to do with the scan. */
  unrelated = 0;
  malformed = 0;
  /** Ports that answered a later try only: an earlier probe or its answer was lost. */
  losses = 0;
  /** Resets we owed and had no room for. */
  controlDropped = 0;
}

/** How far a scan is. */
export interface ScanProgress {
  readonly phase: 'discovery' | 'ports' | 'done';
  readonly technique: TechniqueName | null;
  /** Hosts finished, and hosts in all. */
  readonly hostsDone: number;
  readonly hostsTotal: number;
  readonly hostsUp: number;
  /** 0 to 1. */
  readonly share: number;
  readonly elapsedUs: number;
  /** Time left by the pace so far, microseconds; Infinity while nothing can be said. */
  readonly leftUs: number;
}
