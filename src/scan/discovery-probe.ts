/** What is sent to find out whether a host is there. */
import type { DiscoveryWay } from './scan-listener.ts';

/** One way to look for a host. */
export interface DiscoveryProbe {
  readonly way: DiscoveryWay;
  /** For the cookie: not the number of a protocol of port scans, so that answers of both are told apart. */
  readonly kind: number;
  readonly port: number;
  readonly flags: number;
}
