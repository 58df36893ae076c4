/** The result of a scan for readers: a block per host, as nmap's normal output is laid out. */
import { type HostReport, type ScanCounters, serviceName } from '../scan/index.ts';
import type { Text } from './language.ts';
import { type PartedTable, partTables, type ShownPort, STATE_WORDS } from './scan-words.ts';
import type { Screen } from './screen.ts';
import { padEnd, widthOf, wrap } from './text-layout.ts';
import { figures } from './units.ts';

/** What to show. */
export interface ScanTextOptions {
  readonly name: string | null;
  readonly showsReason: boolean;
  readonly onlyOpen: boolean;
}

/** The block of one host, without an empty line behind it. */
export function hostLines(screen: Screen, report: HostReport, options: ScanTextOptions): string[] {
  const { colors } = screen;
  const who = options.name === null ? report.address : `${options.name} (${report.address})`;
  const title = colors.bold(screen.say({ en: `Scan report for ${who}`, zh: `${who} 的扫描结果` }));
  if (report.state === 'down') return [`${title} ${downText(screen, report)}`];
  const lines = [title, upLine(screen, report, options)];
  if (report.isTimedOut) {
    lines.push(screen.say({ en: 'Skipping host due to host timeout', zh: '主机超时，跳过' }));
    return [...lines, ...macLines(screen, report)];
  }
  const parted = partTables(report, options.onlyOpen);
  lines.push(...notShown(screen, parted));
  lines.push(...portLines(screen, parted, options));
  return [...lines, ...macLines(screen, report)];
}

/** One line for the whole scan. */
export function doneLine(screen: Screen, hosts: number, up: number, seconds: number, isVirtual: boolean): string {
  const time = figures(seconds);
  const kind: Text = isVirtual ? { en: ' of virtual time', zh: '（虚拟时间）' } : { en: '', zh: '' };
  return screen.say({
    en: `Scan done: ${hosts} IP address${hosts === 1 ? '' : 'es'} (${up} host${up === 1 ? '' : 's'} up) scanned in ${time} s${kind.en}`,
    zh: `扫描完成：${hosts} 个 IP 地址（${up} 台主机在线），用时 ${time} s${kind.zh}`,
  });
}

/** Nobody answered, as nmap says it: hosts may be there and keep silent. */
export function silenceLine(screen: Screen): string {
  return screen.say({
    en: 'Note: no host answered. One that is up and ignores these probes is scanned with -Pn',
    zh: '提示：没有主机应答。若主机其实在线、只是不理会探测，请加 -Pn',
  });
}

/** `-v`: what came and went; what is zero and strange is left out. */
export function counterLines(screen: Screen, counters: ScanCounters): string[] {
  const { sentPackets, sentBytes, receivedPackets, receivedBytes } = counters;
  const sizes = screen.say({
    en: `Packets sent: ${sentPackets} (${sentBytes} B), received: ${receivedPackets} (${receivedBytes} B)`,
    zh: `发送分组 ${sentPackets}（${sentBytes} B），接收 ${receivedPackets}（${receivedBytes} B）`,
  });
  const strange: readonly [number, Text][] = [
    [counters.retries, { en: 'retries', zh: '重试' }],
    [counters.losses, { en: 'answered late tries only', zh: '仅后续尝试得到应答' }],
    [counters.duplicates, { en: 'duplicate answers', zh: '重复应答' }],
    [counters.forged, { en: 'answers with wrong numbers', zh: '序列号不符的应答' }],
    [counters.forgedErrors, { en: 'ICMP errors about nothing we sent', zh: '与所发探测不符的 ICMP 差错' }],
    [counters.contradicted, { en: 'ICMP errors that were untrue', zh: '被证明不实的 ICMP 差错' }],
    [counters.malformed, { en: 'malformed packets', zh: '格式错误的分组' }],
    [counters.unrelated, { en: 'unrelated packets', zh: '无关的分组' }],
    [counters.controlDropped, { en: 'resets without room', zh: '来不及发送的 RST' }],
  ];
  const told = strange.filter(([count]) => count > 0).map(([count, text]) => `${screen.say(text)} ${count}`);
  return [sizes, ...(told.length === 0 ? [] : wrap(told.join(screen.say({ en: ', ', zh: '，' })), screen.width))];
}

function downText(screen: Screen, { reason }: HostReport): string {
  return screen.say({ en: `[host down, ${reason}]`, zh: `[主机不在线，${reason}]` });
}

function upLine(screen: Screen, report: HostReport, { showsReason }: ScanTextOptions): string {
  const ttl = report.hopLimit > 0 ? ` ttl ${report.hopLimit}` : '';
  const why = showsReason ? `, received ${report.reason}${ttl}` : '';
  const whyZh = showsReason ? `，依据 ${report.reason}${ttl}` : '';
  const seconds = report.srttUs < 0 ? '' : `${figures(report.srttUs / 1e6)} s`;
  return screen.say({
    en: `Host is up${why}${seconds === '' ? '' : ` (${seconds} latency)`}.`,
    zh: `主机在线${whyZh}${seconds === '' ? '' : `（往返 ${seconds}）`}。`,
  });
}

function macLines(screen: Screen, { mac }: HostReport): string[] {
  return mac === null ? [] : [screen.say({ en: `MAC address: ${mac}`, zh: `MAC 地址：${mac}` })];
}

function notShown(screen: Screen, parted: readonly PartedTable[]): string[] {
  const groups = parted.flatMap(({ table, groups: list }) =>
    list.map(({ state, count, reasons }) => {
      const why = reasons.map(({ reason }) => reason).join(', ');
      const word = screen.say(STATE_WORDS[state]);
      return screen.say({
        en: `${count} ${word} ${table.protocol} port${count === 1 ? '' : 's'} (${why})`,
        zh: `${count} 个${word}的 ${table.protocol} 端口（${why}）`,
      });
    }),
  );
  if (groups.length === 0) return [];
  const label = screen.say({ en: 'Not shown: ', zh: '未列出：' });
  return wrap(`${label}${groups.join(screen.say({ en: ', ', zh: '，' }))}`, screen.width);
}

function portLines(screen: Screen, parted: readonly PartedTable[], options: ScanTextOptions): string[] {
  const rows = parted.flatMap(({ table, shown }) =>
    shown.map((port): string[] => {
      const cells = [
        `${port.port}/${table.protocol}`,
        screen.say(STATE_WORDS[port.state]),
        serviceName(table.protocol, port.port) ?? 'unknown',
      ];
      return options.showsReason ? [...cells, reasonText(port)] : cells;
    }),
  );
  if (rows.length === 0) return [];
  const heads: Text[] = [
    { en: 'PORT', zh: '端口' },
    { en: 'STATE', zh: '状态' },
    { en: 'SERVICE', zh: '服务' },
    ...(options.showsReason ? [{ en: 'REASON', zh: '依据' }] : []),
  ];
  const all = [heads.map((head) => screen.say(head)), ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const { colors } = screen;
  return all.map((row, index) => {
    const line = row
      .map((cell, column) => padEnd(cell, widths[column] ?? 0))
      .join(' ')
      .trimEnd();
    if (index === 0) return colors.dim(line);
    return row[1] === screen.say(STATE_WORDS.open) ? colors.green(line) : line;
  });
}

function reasonText({ reason, hopLimit }: ShownPort): string {
  return hopLimit > 0 ? `${reason} ttl ${hopLimit}` : reason;
}
