/** What shell lines of a script may change and ask. */

export interface ShellTarget {
  /** The version of IP that is on the wire. */
  readonly family: 4 | 6;
  /** `net.ipv4.tcp_ecn`, dots between. @throws DrillError for a setting or value that cannot be */
  setSysctl(key: string, value: string): void;
  /** The setting as text; null when nobody here can tell. */
  sysctl(key: string): string | null;
  /** What the stack has counted, under Linux's names: `TcpExtTCPTimeouts`. */
  counters(): ReadonlyMap<string, number>;
  /** What nstat has told of them last. */
  seenCounters: ReadonlyMap<string, number>;
  /** Forgets what is remembered of peers. */
  flushMetrics(): void;
  /** Octets of an IP packet on the device. @throws DrillError when it is too late for that */
  setMtu(mtu: number): void;
  /**
   * What a route says of its connections, by the words of ip-route(8): `initcwnd`, `rto_min`; a locked one as any other.
   * @throws DrillError that names a metric that would change something and cannot be had
   */
  setRoute(metrics: ReadonlyMap<string, string>): void;
  /** The queue of the device: fq paces every connection, plain ones change nothing. */
  setQueue(isPaced: boolean): void;
  /** Time passes. */
  sleep(durationUs: number): void;
  /** Said to the user: what was passed over. */
  note(text: string): void;
}
