/**
 * Ports in the order in which they are worth a look: what `-F` and `--top-ports` scan. Nobody measured this order: the lists below are our
 * own choice among the services that IANA's registry names (and a few that many machines offer without asking), by what
 * they are for, the most common purposes first; behind them come the other names of our table, then the well-known ports (RFC 6335
 * section 6), then all others.
 */
import type { PortSelection } from './port-expression.ts';
import { SERVICES } from './services.ts';

/** Web; administration from afar; mail; names and directories; files and printers; databases and queues; then all sorts. */
const TCP = `
443 80 22 8080 8443 3389 445 25 53 21 23 135 139 587 993 143 995 110 465 3306 5432 111 389 636 88 5900 2049 1433 6379 27017
8000 8888 8008 8081 9000 9090 3000 5000 81 9443 8001 8088 853 5985 5986 2222 548 873 631 515 9100 554 1723 3128 1080 5060 5061
1883 8883 5672 9200 11211 1521 5984 9042 2375 2376 6443 10250 2379 179 513 514 512 113 119 79 7 9 13 37 990 1720 1194 3268 5222 5269
10000 8009 49152 49153 49154 49155 5357 3260 502 9418 902 10050 4369 6667 6000 1099 3478
`;
const UDP = `
53 123 161 67 137 5353 1900 500 69 514 4500 111 138 68 443 1194 3478 389 88 162 5060 1812 1813 623 1434 520 631 2049 3702 1701
135 7 9 19 3389 11211 464 546 547 5355 853 4789 319 320 5683 5684 47808 4569 427 177 1645 1646 13 17 37 49 521 749 2427 3784
5004 5005 646 666 7000 7001 1719 20 43 10161 5351 49152 49153 49154 2055 6343 4739 9995 27015 34964 44818 30718 5632 2083
1027 1025 1026 445 139 3283 17185 10080 1604 2123 2152 3391 6881 8000 5050 51820 41641 9987 64738
`;
const PORTS_ALL = 0x10000;
const WELL_KNOWN = 1024;
/** As many as nmap takes with `-F`. */
const FAST = 100;

/** The first `count` ports of that order, each once; never port 0. */
function firstPorts(protocol: 'tcp' | 'udp', count: number): number[] {
  const order = new Set((protocol === 'tcp' ? TCP : UDP).trim().split(/\s+/).map(Number));
  for (const service of SERVICES) if (service[protocol]) order.add(service.port);
  for (let port = 1; port < PORTS_ALL && order.size < count; port++) order.add(port);
  return [...order].slice(0, count);
}

/** The first `count` ports of each protocol, ascending; of `among`, if given. */
export function topPorts(count: number, among: PortSelection | null = null): PortSelection {
  const top = (protocol: 'tcp' | 'udp'): Uint16Array => {
    if (among === null) return Uint16Array.from(firstPorts(protocol, count)).sort();
    const allowed = new Set(among[protocol]);
    const order = firstPorts(protocol, PORTS_ALL).filter((port) => allowed.has(port));
    return Uint16Array.from(order.slice(0, count)).sort();
  };
  return { tcp: top('tcp'), udp: top('udp') };
}

/** `-F`: the first hundred. */
export function fastPorts(): PortSelection {
  return topPorts(FAST);
}

/** What a scan takes that names no ports: the well-known ones (RFC 6335 section 6 up to 1023, and 1024) and all with a name in our table. */
export function defaultPorts(): PortSelection {
  const ports = (protocol: 'tcp' | 'udp'): Uint16Array => {
    const low = Array.from({ length: WELL_KNOWN }, (_, index) => index + 1);
    const named = SERVICES.filter((service) => service[protocol]).map(({ port }) => port);
    return Uint16Array.from(new Set([...low, ...named])).sort();
  };
  return { tcp: ports('tcp'), udp: ports('udp') };
}
