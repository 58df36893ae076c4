/** The rows as lines of text, for a file or a mail. */
import type { RowView } from '../engine/row-keeper.ts';

/** One line a row: hour, what it is, the sentence. */
export function eventLog(rows: readonly RowView[], title: string, language: 'en' | 'zh'): string {
  const lines = rows.map((row) => {
    const packet = row.kind === 'segment' ? `${row.from} → ${row.to}  ${packetLine(row)}  ` : '';
    return `${clock(row.timeUs).padStart(12)}  ${packet}${row.say[language]}`;
  });
  return [title, '', ...lines, ''].join('\n');
}

/** `SYN,ACK seq=0 ack=1 win=65535 len=0`, numbers counted from the SYN or as on the wire. */
export function packetLine(row: RowView, isRaw = false): string {
  if (row.protocol !== 'tcp') return row.summary;
  const seq = isRaw ? row.seqAbsolute : (row.seq ?? row.seqAbsolute);
  const ack = isRaw ? row.ackAbsolute : (row.ack ?? row.ackAbsolute);
  const parts = [row.flags === '' ? '–' : row.flags, `seq=${seq ?? 0}`];
  if (ack !== null) parts.push(`ack=${ack}`);
  if ((row.length ?? 0) > 0) parts.push(`len=${row.length ?? 0}`);
  if (row.window !== null && !row.flags.includes('RST')) parts.push(`win=${row.window}`);
  return parts.join(' ');
}

/** Seconds with milliseconds, microseconds where they say something. */
export function clock(timeUs: number): string {
  const digits = timeUs % 1000 === 0 ? 3 : 6;
  return `${(timeUs / 1_000_000).toFixed(digits)} s`;
}
