/** Sequence spaces cut into parts, as RFC 9293 section 3.3.1 draws them (figures 3 and 4). Pure. */
import type { ConnectionView } from '../engine/host-view.ts';

export interface RulerPart {
  readonly name: 'acknowledged' | 'inFlight' | 'usable' | 'received' | 'acceptable' | 'early';
  readonly bytes: number;
}

/** Behind this much of the past the ruler is cut off. */
const PAST_MAX = 20_000;

/** Acknowledged, on the way, may still be sent. */
export function sendParts({ iss, sndUna, sndNxt, sndWnd }: ConnectionView): RulerPart[] {
  const inFlight = (sndNxt - sndUna) >>> 0;
  return [
    { name: 'acknowledged', bytes: Math.min(PAST_MAX, (sndUna - iss) >>> 0) },
    { name: 'inFlight', bytes: inFlight },
    { name: 'usable', bytes: Math.max(0, sndWnd - inFlight) },
  ];
}

/** Received, what came early with gaps before it, what may still come. */
export function receiveParts({ irs, rcvNxt, rcvWnd, early }: ConnectionView): RulerPart[] {
  if (irs === 0 && rcvNxt === 0) return [];
  const parts: RulerPart[] = [{ name: 'received', bytes: Math.min(PAST_MAX, (rcvNxt - irs) >>> 0) }];
  const edges = early.map((edge) => (edge - rcvNxt) >>> 0);
  const ranges: (readonly [number, number])[] = [];
  for (let index = 0; index + 1 < edges.length; index += 2) ranges.push([edges[index] ?? 0, edges[index + 1] ?? 0]);
  let at = 0;
  for (const [left, right] of ranges.sort((a, b) => a[0] - b[0])) {
    if (left > at) parts.push({ name: 'acceptable', bytes: left - at });
    parts.push({ name: 'early', bytes: right - left });
    at = right;
  }
  parts.push({ name: 'acceptable', bytes: Math.max(0, rcvWnd - at) });
  return parts;
}
