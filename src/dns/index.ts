/** woshou/dns: `node:dns` for a host of a virtual network, and a DNS server for such hosts. */
import { createDgram } from '../dgram/index.ts';
import { createNet } from '../net/index.ts';
import { socketHostOf } from '../node/socket-host-of.ts';
import type { Host } from '../sim/host.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import type { Dns } from './create.ts';
import { type DnsOptions, dnsIn } from './dns-in.ts';
import { type DnsEnvironment, environmentOf } from './environment.ts';
import { DnsServer, type DnsServerOptions } from './server.ts';
import type { ZoneTable } from './zone-table.ts';

export type { Dns } from './create.ts';
export type { DnsOptions } from './dns-in.ts';
export type { DnsServer, DnsServerOptions } from './server.ts';
export type { ZoneCaa, ZoneMx, ZoneNaptr, ZoneRecords, ZoneSoa, ZoneSrv, ZoneTable } from './zone-table.ts';

/**
 * The module `node:dns` for programs of `host`. A name is looked for in the table, among the names of the network's hosts, and
 * at the servers, in this order.
 * @param host a host of a simulated network, or a `SocketHost`
 * @throws ArgumentError that names the record of the table that cannot be; Node's error for servers that are no addresses
 */
export function createDns(host: Host | SocketHost, options: DnsOptions = {}): Dns {
  return dnsIn(environmentFor(host), options);
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
