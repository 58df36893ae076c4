/** States of ports for readers, in both languages; nmap's own words in English. */
import type { HostReport, PortStateName, PortTable, TechniqueName } from '../scan/index.ts';
import { portStateName, reasonName } from '../scan/index.ts';
import type { Text } from './language.ts';

export const STATE_WORDS: Readonly<Record<PortStateName, Text>> = {
  unknown: { en: 'unknown', zh: '未知' },
  open: { en: 'open', zh: '开放' },
  closed: { en: 'closed', zh: '关闭' },
  filtered: { en: 'filtered', zh: '被过滤' },
  unfiltered: { en: 'unfiltered', zh: '未被过滤' },
  'open|filtered': { en: 'open|filtered', zh: '开放或被过滤' },
};

export const TECHNIQUE_WORDS: Readonly<Record<TechniqueName, Text>> = {
  syn: { en: 'SYN scan', zh: 'SYN 扫描' },
  connect: { en: 'connect scan', zh: '连接扫描' },
  fin: { en: 'FIN scan', zh: 'FIN 扫描' },
  null: { en: 'null scan', zh: '空标志扫描' },
  xmas: { en: 'Xmas scan', zh: '圣诞树扫描' },
  ack: { en: 'ACK scan', zh: 'ACK 扫描' },
  window: { en: 'window scan', zh: '窗口扫描' },
  maimon: { en: 'Maimon scan', zh: 'Maimon 扫描' },
  udp: { en: 'UDP scan', zh: 'UDP 扫描' },
};

/** Ports of one state, not shown one by one. */
export interface PortGroup {
  readonly state: PortStateName;
  readonly count: number;
  /** By reason, most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number; readonly ports: Uint16Array }[];
}

/** A port worth a line. */
export interface ShownPort {
  readonly port: number;
  readonly state: PortStateName;
  readonly reason: string;
  readonly hopLimit: number;
}

/** A table parted into lines and groups. */
export interface PartedTable {
  readonly table: PortTable;
  readonly shown: readonly ShownPort[];
  readonly groups: readonly PortGroup[];
}

/** States met on more ports than this are told as a number, as nmap does. */
const SHOWN_MAX = 25;

/** Parts the tables of a host. `onlyOpen`: all states but those that may be open become groups. */
export function partTables(report: HostReport, onlyOpen: boolean): PartedTable[] {
  return report.tables.map((table) => partTable(table, onlyOpen));
}

function partTable(table: PortTable, onlyOpen: boolean): PartedTable {
  const counts = countsOf(table.states);
  const isHidden = counts.map((count, state) => {
    const name = portStateName(state);
    return onlyOpen ? !name.startsWith('open') : name !== 'open' && count > SHOWN_MAX;
  });
  const groups = counts
    .flatMap((count, state) => (count > 0 && isHidden[state] ? [groupOf(table, state, count)] : []))
    .sort((a, b) => b.count - a.count);
  const shown: ShownPort[] = [];
  for (let index = 0; index < table.ports.length; index++) {
    const state = table.states[index] ?? 0;
    if (isHidden[state]) continue;
    shown.push({
      port: table.ports[index] ?? 0,
      state: portStateName(state),
      reason: reasonName(table.reasons[index] ?? 0),
      hopLimit: table.hopLimits[index] ?? 0,
    });
  }
  return { table, shown, groups };
}

function groupOf(table: PortTable, state: number, count: number): PortGroup {
  const { ports, states, reasons } = table;
  const counts = countsOf(reasons.filter((_, index) => states[index] === state));
  const byReason = counts.flatMap((times, reason) => {
    if (times === 0) return [];
    const list = ports.filter((_, index) => states[index] === state && reasons[index] === reason);
    return [{ reason: reasonName(reason), count: times, ports: list }];
  });
  return { state: portStateName(state), count, reasons: byReason.sort((a, b) => b.count - a.count) };
}

/** How often each number is there. */
function countsOf(numbers: Uint8Array): number[] {
  const counts: number[] = [];
  for (const value of numbers) {
    while (counts.length <= value) counts.push(0);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}
