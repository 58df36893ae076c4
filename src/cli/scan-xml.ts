/** The result of a scan as nmap writes XML (its nmap.dtd, xmloutputversion 1.05), so that what reads nmap's reads ours. */

import type { PortSelection } from '../scan/index.ts';
import {
  formatPorts,
  type HostReport,
  type ScanCounters,
  serviceName,
  TECHNIQUES,
  type TechniqueName,
} from '../scan/index.ts';
import { type PartedTable, partTables } from './scan-words.ts';

/** What a result consists of. */
export interface ScanResult {
  readonly version: string;
  /** The command line, for the head. */
  readonly args: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly techniques: readonly TechniqueName[];
  readonly ports: PortSelection;
  readonly names: ReadonlyMap<string, string>;
  readonly hosts: readonly HostReport[];
  readonly counters: ScanCounters;
  readonly wasInterrupted: boolean;
  readonly isVerbose: boolean;
  readonly onlyOpen: boolean;
  /** Hours of the reports count from here, milliseconds since 1970. */
  readonly epochMs: number;
}

/** The document. */
export function scanXml(result: ScanResult): string {
  const { args, startMs, endMs, version, techniques, ports, hosts } = result;
  const up = hosts.filter(({ state }) => state === 'up').length;
  const elapsed = ((endMs - startMs) / 1000).toFixed(2);
  const summary = `woshou scan done; ${hosts.length} IP addresses (${up} hosts up) scanned in ${elapsed} seconds`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE nmaprun>',
    open('nmaprun', {
      scanner: 'nmap',
      args,
      start: seconds(startMs),
      startstr: clock(startMs),
      version: `woshou-${version}`,
      xmloutputversion: '1.05',
    }),
    ...techniques.map((name) => {
      const { protocol } = TECHNIQUES[name];
      const numservices = ports[protocol].length;
      return closed('scaninfo', { type: name, protocol, numservices, services: formatPorts(ports[protocol]) });
    }),
    closed('verbose', { level: result.isVerbose ? 1 : 0 }),
    closed('debugging', { level: 0 }),
    ...hosts.filter(({ state }) => state === 'up' || result.isVerbose).flatMap((host) => hostXml(result, host)),
    '<runstats>',
    closed('finished', {
      time: seconds(endMs),
      timestr: clock(endMs),
      summary,
      elapsed,
      exit: result.wasInterrupted ? 'error' : 'success',
    }),
    closed('hosts', { up, down: hosts.length - up, total: hosts.length }),
    '</runstats>',
    '</nmaprun>',
    '',
  ].join('\n');
}

function hostXml(result: ScanResult, host: HostReport): string[] {
  const { names, epochMs, onlyOpen } = result;
  const name = names.get(host.address);
  return [
    open('host', {
      starttime: seconds(epochMs + host.startedUs / 1000),
      endtime: seconds(epochMs + host.endedUs / 1000),
      ...(host.isTimedOut ? { timedout: 'true' } : {}),
    }),
    closed('status', { state: host.state, reason: host.reason, reason_ttl: host.hopLimit }),
    closed('address', { addr: host.address, addrtype: host.address.includes(':') ? 'ipv6' : 'ipv4' }),
    ...(host.mac === null ? [] : [closed('address', { addr: host.mac.toUpperCase(), addrtype: 'mac' })]),
    '<hostnames>',
    ...(name === undefined ? [] : [closed('hostname', { name, type: 'user' })]),
    '</hostnames>',
    ...(host.tables.length === 0 ? [] : ['<ports>', ...partTables(host, onlyOpen).flatMap(tableXml), '</ports>']),
    ...(host.srttUs < 0 ? [] : [closed('times', { srtt: host.srttUs, rttvar: host.rttVarianceUs, to: host.rtoUs })]),
    '</host>',
  ];
}

function tableXml({ table, shown, groups }: PartedTable): string[] {
  const { protocol } = table;
  return [
    ...groups.flatMap(({ state, count, reasons }) => [
      open('extraports', { state, count }),
      ...reasons.map(({ reason, count: number, ports }) =>
        closed('extrareasons', { reason, count: number, proto: protocol, ports: formatPorts(ports) }),
      ),
      '</extraports>',
    ]),
    ...shown.map(({ port, state, reason, hopLimit }) => {
      const name = serviceName(protocol, port);
      const service = name === null ? '' : closed('service', { name, method: 'table', conf: 3 });
      const states = closed('state', { state, reason, reason_ttl: hopLimit });
      return `${open('port', { protocol, portid: port })}${states}${service}</port>`;
    }),
  ];
}

type Attributes = Readonly<Record<string, string | number>>;

function open(name: string, attributes: Attributes): string {
  return `<${name}${attributesText(attributes)}>`;
}

function closed(name: string, attributes: Attributes): string {
  return `<${name}${attributesText(attributes)}/>`;
}

function attributesText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

/** What XML 1.0 cannot carry at all is left out. */
function escaped(text: string): string {
  const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"]/g, (mark) => marks[mark] ?? mark);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function clock(ms: number): string {
  return new Date(ms).toUTCString();
}
