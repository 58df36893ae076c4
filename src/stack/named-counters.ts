/** Counters under the names the kernel gives them: `TcpRetransSegs`, `TcpExtTCPTimeouts`. */
import type { CountersDescription } from './describe.ts';

/** A counter with its kernel name. */
export interface NamedCounter {
  readonly name: string;
  readonly value: number;
}

/** Members of the kernel's group `Ip`; the other counters of IPv4 stand in `IpExt`. */
const IP_GROUP: ReadonlySet<string> = new Set([
  'InReceives',
  'InHdrErrors',
  'InAddrErrors',
  'ForwDatagrams',
  'InUnknownProtos',
  'InDiscards',
  'InDelivers',
  'OutRequests',
  'OutDiscards',
  'OutNoRoutes',
  'ReasmTimeout',
  'ReasmReqds',
  'ReasmOKs',
  'ReasmFails',
  'FragOKs',
  'FragFails',
  'FragCreates',
]);

/** Every counter under its kernel name, drops under `Drop` and their reason, in the kernel's order of groups. */
export function namedCounters(description: CountersDescription): NamedCounter[] {
  const found: NamedCounter[] = [];
  const late: NamedCounter[] = [];
  for (const [group, counters] of Object.entries(description.groups)) {
    for (const [name, value] of Object.entries(counters)) {
      const isIpExt = group === 'Ip' && !IP_GROUP.has(name);
      (isIpExt ? late : found).push({ name: `${isIpExt ? 'IpExt' : group}${name}`, value });
    }
  }
  const drops = Object.entries(description.drops).map(([reason, value]) => ({ name: dropName(reason), value }));
  return [...found, ...late, ...drops];
}

/** `tcp-bad-checksum` and `tcpBadChecksum` become `DropTcpBadChecksum`. */
function dropName(reason: string): string {
  return `Drop${reason.replace(/(?:^|[-_ ])([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
}
