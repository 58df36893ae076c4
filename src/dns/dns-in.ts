/** The module `node:dns` in some environment: that of a host, or of a worker that borrows one. */
import { type Dns, dnsOver } from './create.ts';
import type { DnsEnvironment } from './environment.ts';
import { Zone } from './zone.ts';
import type { ZoneTable } from './zone-table.ts';

/** What a resolver knows and whom it asks. */
export interface DnsOptions {
  /** Answers that need no server; what is in it is asked nowhere else. Default: empty. */
  readonly zone?: ZoneTable;
  /** Servers to ask for everything else, as `dns.setServers` takes them. Default: none, then unknown names are not found. */
  readonly servers?: readonly string[];
  /** Milliseconds for the first try at a server, doubled each round, on the network's clock. Default 2000. */
  readonly timeoutMs?: number;
  /** Rounds through the servers. Default 4. */
  readonly tries?: number;
}

const TIMEOUT_MS = 2000;
const TRIES = 4;

/** As `createDns`, over sockets from elsewhere. */
export function dnsIn(environment: DnsEnvironment, options: DnsOptions): Dns {
  const { zone = {}, servers = [], timeoutMs = TIMEOUT_MS, tries = TRIES } = options;
  return dnsOver({ environment, zone: new Zone(zone), timeoutMs, tries }, servers);
}
