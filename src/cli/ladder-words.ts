/** The words at an arrow: control bits and numbers, options and payload, and what became of the packet. */
import type { LadderRow } from '../scenes/index.ts';
import type { Text } from './language.ts';
import type { Colors, Screen } from './screen.ts';
import { cut, widthOf, wrap } from './text-layout.ts';

/** `SYN,ACK seq=0 ack=1 win=64240`, shortened from the end until it fits; other protocols by their one line. */
export function packetLabel(row: LadderRow, width: number): string {
  if (row.protocol !== 'tcp') return row.summary;
  const isData = (row.length ?? 0) > 0;
  const parts = [
    row.flags === '' ? 'no flags' : row.flags,
    `seq=${row.seq ?? row.seqAbsolute ?? 0}`,
    row.ack === null ? (row.ackAbsolute === null ? '' : `ack=${row.ackAbsolute}`) : `ack=${row.ack}`,
    isData ? `len=${row.length ?? 0}` : '',
    row.window === null || row.flags.includes('RST') ? '' : `win=${row.window}`,
  ].filter((part) => part !== '');
  while (parts.length > 2 && widthOf(parts.join(' ')) > width) parts.pop();
  return parts.join(' ');
}

/** What stands below the arrow, line by line: the ports where they are news, options, the beginning of the payload. */
export function packetDetails(row: LadderRow, screen: Screen, width: number, showsPorts: boolean): string[] {
  if (row.protocol !== 'tcp') return [];
  const lines: string[] = [];
  if (showsPorts)
    lines.push(`${screen.say({ en: 'port', zh: '端口' })} ${portOf(row.source)} → ${portOf(row.destination)}`);
  // Timestamps ride on every segment: worth saying once, in the SYN.
  if (row.flags.includes('SYN') || row.options.includes('SACK')) lines.push(...wrap(row.options, width));
  if (row.payload !== '') lines.push(quoted(row.payload, screen, width));
  return lines.filter((line) => line !== '');
}

/** The two ends of a packet's connection, the same for both directions. */
export function connectionOf(row: LadderRow): string {
  return [row.source, row.destination].sort().join(' ');
}

function portOf(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf(':') + 1);
}

function quoted(payload: string, screen: Screen, width: number): string {
  const text = cut(payload, width - 2);
  return screen.language === 'zh' ? `“${text}”` : `"${text}"`;
}

const MARKS: Readonly<Record<string, Text>> = {
  dropped: { en: 'lost', zh: '丢失' },
  duplicated: { en: 'arrives twice', zh: '到达两次' },
  delayed: { en: 'late', zh: '迟到' },
  corrupted: { en: 'damaged on the way', zh: '途中损坏' },
  'in-flight': { en: 'still on its way', zh: '还在路上' },
};

/** What is unusual about the packet, or nothing. */
export function packetMark(row: LadderRow, screen: Screen): string {
  const words: Text[] = [];
  const isUnread = row.status === 'dropped' && row.arrivedUs !== null;
  const status = isUnread ? { en: 'nobody there', zh: '到了，但无人接收' } : MARKS[row.status];
  if (status !== undefined) words.push(status);
  if (row.isRepeat) words.push({ en: 'sent again', zh: '重发' });
  if (row.isWhatIf) words.push({ en: 'what if: not real TCP', zh: '假如：真实 TCP 不会这样' });
  if (row.isCrafted) words.push({ en: 'made by hand', zh: '手工构造' });
  return words.length === 0
    ? ''
    : `[${words.map((text) => screen.say(text)).join(screen.say({ en: ', ', zh: '；' }))}]`;
}

/** Opening green, closing magenta, reset red, data blue, the rest as it is. */
export function paintFlags(row: LadderRow, colors: Colors): (text: string) => string {
  if (row.status === 'dropped') return colors.red;
  if (row.protocol !== 'tcp') return colors.yellow;
  if (row.flags.includes('RST')) return (text) => colors.bold(colors.red(text));
  if (row.flags.includes('SYN')) return (text) => colors.bold(colors.green(text));
  if (row.flags.includes('FIN')) return (text) => colors.bold(colors.magenta(text));
  return (row.length ?? 0) > 0 ? colors.blue : (text) => text;
}
