/** woshou/dns: `node:dns` for a host of a virtual network, and a DNS server for such hosts. */
import { createDgram } from '../dgram/index.ts';
import { createNet } from '../net/index.ts';
import { socketHostOf } from '../node/socket-host-of.ts';
import type { Host } from '../sim/host.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import { type Dns, dnsOver } from './create.ts';
import { type DnsEnvironment, environmentOf } from './environment.ts';
import { DnsServer, type DnsServerOptions } from './server.ts';
import { Zone } from './zone.ts';
import type { ZoneTable } from './zone-table.ts';

export type { Dns } from './create.ts';
export type { DnsServer, DnsServerOptions } from './server.ts';
export type { ZoneCaa, ZoneMx, ZoneNaptr, ZoneRecords, ZoneSoa, ZoneSrv, ZoneTable } from './zone-table.ts';

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

/**
 * The module `node:dns` for programs of `host`. A name is looked for in the table, among the names of the network's hosts, and
 * at the servers, in this order.
 * @param host a host of a simulated network, or a `SocketHost`
 * @throws ArgumentError that names the record of the table that cannot be; Node's error for servers that are no addresses
 */
export function createDns(host: Host | SocketHost, options: DnsOptions = {}): Dns {
  return dnsIn(environmentFor(host), options);
}

/** As `createDns`, over sockets from elsewhere. */
export function dnsIn(environment: DnsEnvironment, options: DnsOptions): Dns {
  const { zone = {}, servers = [], timeoutMs = TIMEOUT_MS, tries = TRIES } = options;
  return dnsOver({ environment, zone: new Zone(zone), timeoutMs, tries }, servers);
}

/**
 * A DNS server on `host`, by UDP and TCP.
 * @param zone what it answers; `{}` together with `forwardTo` for one that only forwards
 * @returns when it is heard
 * @throws ArgumentError for a zone that cannot be served; Node's errors, such as `bind EADDRINUSE`
 */
export async function serveDns(
  host: Host | SocketHost,
  zone: ZoneTable,
  options: DnsServerOptions = {},
): Promise<DnsServer> {
  const server = new DnsServer(environmentFor(host), zone, options);
  await server.listen(options);
  return server;
}

function environmentFor(host: Host | SocketHost): DnsEnvironment {
  const socketHost = socketHostOf(host);
  return environmentOf(socketHost, createDgram(socketHost), createNet(socketHost));
}
