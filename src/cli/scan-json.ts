/** The result of a scan as JSON: every port of every host with its state and reason, runs of equal ports together. */
import { formatPorts, type PortTable, portStateName, reasonName, serviceName } from '../scan/index.ts';
import type { ScanResult } from './scan-xml.ts';

/** The document, with a line feed at the end. */
export function scanJson(result: ScanResult): string {
  const { args, version, startMs, endMs, hosts, counters, techniques, wasInterrupted } = result;
  const document = {
    scanner: 'woshou',
    version,
    args,
    start: new Date(startMs).toISOString(),
    elapsedMs: endMs - startMs,
    techniques,
    wasInterrupted,
    hosts: hosts.map((host) => ({
      address: host.address,
      name: result.names.get(host.address) ?? null,
      state: host.state,
      reason: host.reason,
      ttl: host.hopLimit,
      mac: host.mac,
      srttMs: host.srttUs < 0 ? null : host.srttUs / 1000,
      isTimedOut: host.isTimedOut,
      ports: host.tables.flatMap(openPorts),
      summary: host.tables.flatMap(summary),
    })),
    counters,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Ports that are open, or may be and answered. */
function openPorts(table: PortTable): object[] {
  return [...table.ports].flatMap((port, index) => {
    const state = portStateName(table.states[index] ?? 0);
    if (state !== 'open') return [];
    return [
      {
        port,
        protocol: table.protocol,
        state,
        reason: reasonName(table.reasons[index] ?? 0),
        ttl: table.hopLimits[index] ?? 0,
        service: serviceName(table.protocol, port),
      },
    ];
  });
}

/** All ports, by state and reason. */
function summary(table: PortTable): object[] {
  const groups = new Map<number, number[]>();
  for (const [index, port] of table.ports.entries()) {
    const key = (table.states[index] ?? 0) | ((table.reasons[index] ?? 0) << 8);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [port]);
    else list.push(port);
  }
  return [...groups].map(([key, ports]) => ({
    technique: table.technique,
    protocol: table.protocol,
    state: portStateName(key & 0xff),
    reason: reasonName(key >>> 8),
    count: ports.length,
    ports: formatPorts(Uint16Array.from(ports)),
  }));
}
