/** The last segments of a trace as lines of text, for messages of failed assertions. */
import { flagsText } from '../capture/decode-transport.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import type { TracedConnection, TracedSegment } from './trace.ts';

/** Most lines in a message. */
const LADDER_LINES = 16;

/**
 * The ladder of the last segments: hour, way, bits, numbers, what became of them.
 * @param startUs the network's start; hours count from it
 */
export function ladderText(
  connections: readonly TracedConnection[],
  startUs: number,
  lines: number = LADDER_LINES,
): string {
  const rows = connections
    .flatMap((connection) => connection.segments.map((segment) => ({ connection, segment })))
    .sort((a, b) => a.segment.timeUs - b.segment.timeUs);
  if (rows.length === 0) return '  (no TCP segment was sent)';
  const shown = rows.slice(-lines);
  const omitted = rows.length - shown.length;
  const texts = shown.map(({ connection, segment }) => line(connection, segment, startUs, connections.length > 1));
  return [...(omitted > 0 ? [`  … ${omitted} earlier segments`] : []), ...texts].join('\n');
}

function line(connection: TracedConnection, segment: TracedSegment, startUs: number, isNamed: boolean): string {
  const { from, to } = segment;
  const timeMs = ((segment.timeUs - startUs) / 1000).toFixed(3).padStart(12);
  const way = `${from} ${segment.arrivedUs === null && segment.isLost ? '──✕  ' : '──▶ '}${to}`;
  const numbers = [
    `seq=${segment.seq}`,
    ...(segment.flags & TcpFlag.ack ? [`ack=${segment.ack}`] : []),
    ...(segment.length > 0 ? [`len=${segment.length}`] : []),
    `win=${segment.window}`,
  ];
  const remarks = [
    ...(segment.isRepeat ? ['repeated'] : []),
    ...(segment.isLost ? ['lost'] : segment.arrivedUs === null ? ['on its way'] : []),
    ...(segment.arrivals > 1 ? [`arrived ${segment.arrivals} times`] : []),
  ];
  const name = isNamed ? `  [${connection.client} → ${connection.server}]` : '';
  const remark = remarks.length === 0 ? '' : `  (${remarks.join(', ')})`;
  return `${timeMs} ms  ${way}  ${flagsText(segment.flags)}  ${numbers.join(' ')}${remark}${name}`;
}
