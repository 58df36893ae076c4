/** Builds the network of a recipe: hosts, links with what stands in them, routes through rows. */

import { MemoryLink } from '../../src/link/memory-link.ts';
import type { Rule } from '../../src/link/rules.ts';
import type { Host } from '../../src/sim/host.ts';
import { Network } from '../../src/sim/network.ts';
import type { NetworkLink } from '../../src/sim/network-link.ts';
import { capabilitiesOf } from '../../src/sim/network-options.ts';
import { MiddleboxLink } from './middlebox.ts';
import { FIRST_PORT } from './programs.ts';
import type { Recipe } from './recipe.ts';
import { RecordWatch, WireWatch } from './watch.ts';

export interface Scenery {
  readonly network: Network;
  readonly hosts: readonly Host[];
  readonly links: readonly NetworkLink[];
  readonly middlebox: MiddleboxLink | null;
  /** Options that a box takes out of SYNs. */
  readonly stripping: readonly Rule[];
  readonly wire: WireWatch;
  readonly records: RecordWatch;
}

export function build(recipe: Recipe): Scenery {
  const { topology, mtu } = recipe;
  const network = new Network({ seed: recipe.seed, startUs: recipe.startUs });
  const records = new RecordWatch();
  const hosts = recipe.hosts.map((plan, index) => {
    const forwarding = topology.shape === 'row' && index > 0 && index < topology.hosts - 1;
    return network.host(`h${index}`, {
      profile: plan.profile,
      settings: { tcp: plan.tcp, ip: { forwarding } },
      ...(recipe.observed ? { observer: records } : {}),
    });
  });
  const options = { mtu, ...recipe.weather, delayMs: recipe.delayMs, rateBps: recipe.rateBps };
  let middlebox: MiddleboxLink | null = null;
  const links: NetworkLink[] = [];
  if (topology.shape === 'star') links.push(network.switch(hosts, options));
  else {
    for (const [index, host] of hosts.slice(1).entries()) {
      const pair = [hosts[index] as Host, host] as const;
      // A frame is damaged once at most, on the last link, which all flows take: two bits may make up for each other in a checksum.
      const weather = index < hosts.length - 2 ? { ...options, corrupt: 0 } : options;
      if (index > 0 || recipe.middlebox === null) {
        links.push(network.link(...pair, weather));
        continue;
      }
      middlebox = new MiddleboxLink(new MemoryLink({ capabilities: capabilitiesOf(options) }), recipe.middlebox);
      links.push(network.join(pair, middlebox, weather));
    }
    addRoutes(hosts, links);
  }
  const stripping = (recipe.middlebox?.stripped ?? []).flatMap((blankOption) =>
    links.slice(0, 1).map((link) => link.rule({ protocol: 'tcp', flags: 'SYN' }, { rewrite: { blankOption } })),
  );
  const ends = new Set([...recipe.flows.map(({ client }) => `h${client}`), `h${hosts.length - 1}`]);
  const wire = new WireWatch(ends, unjudgedPorts(recipe));
  network.record(wire);
  return { network, hosts, links, middlebox, stripping, wire, records };
}

/** Ports of servers whose windows the order of segments does not tell. */
function unjudgedPorts({ flows, hosts }: Recipe): Set<number> {
  // An acknowledgment overtakes text that waits for its departure.
  const isPaced = (host: number): boolean => hosts[host]?.tcp.pacing === true;
  // When a connection has died early, its old segments are a cookie that opens another one, with the same numbers and no SYN to be seen.
  const isReborn = hosts[hosts.length - 1]?.tcp.syncookies === 2;
  if (isReborn) return new Set(flows.map((_, index) => FIRST_PORT + index));
  const ports = flows.map(({ client, control }, index) =>
    control === 'bbr' || isPaced(client) || isPaced(hosts.length - 1) ? [FIRST_PORT + index] : [],
  );
  return new Set(ports.flat());
}

/** Every host of a row reaches every link: links further on over the next host, those before over the one before. */
function addRoutes(hosts: readonly Host[], links: readonly NetworkLink[]): void {
  for (const [at, host] of hosts.entries()) {
    for (let far = 0; far < links.length; far++) {
      if (far === at || far === at - 1) continue;
      const isOn = far > at;
      const near = links[isOn ? at : at - 1] as NetworkLink;
      const gateway = hosts[isOn ? at + 1 : at - 1] as Host;
      for (const family of [4, 6] as const) {
        const address = gateway.address(family, near.link);
        const prefix = family === 4 ? `10.0.${far + 1}.0/24` : `fd00:0:0:${far + 1}::/64`;
        if (address !== null) host.addRoute(isOn && at > 0 ? 1 : 0, prefix, address);
      }
    }
  }
}
