/** Where the states stand and how the arrows of TRANSITIONS run between them; which way a connection has gone. Pure. */

import { TRANSITIONS } from '../../../src/tcp/state.ts';
import type { Moment } from '../engine/session.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

/** As the RFC draws them: opening above, the active close on the left, the passive one on the right. */
export const NODES: ReadonlyMap<string, Box> = new Map([
  ['CLOSED', { x: 172, y: 18, w: 68 }],
  ['LISTEN', { x: 62, y: 66, w: 64 }],
  ['SYN-SENT', { x: 282, y: 66, w: 78 }],
  ['SYN-RECEIVED', { x: 82, y: 118, w: 104 }],
  ['ESTABLISHED', { x: 172, y: 166, w: 100 }],
  ['FIN-WAIT-1', { x: 62, y: 214, w: 88 }],
  ['CLOSE-WAIT', { x: 274, y: 214, w: 90 }],
  ['FIN-WAIT-2', { x: 62, y: 262, w: 88 }],
  ['CLOSING', { x: 172, y: 242, w: 74 }],
  ['LAST-ACK', { x: 274, y: 262, w: 78 }],
  ['TIME-WAIT', { x: 172, y: 306, w: 84 }],
]);

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly on: string;
  readonly d: string;
  readonly isTaken: boolean;
}

/** From every state a reset, an abort or a timeout leads to CLOSED: those arrows are drawn when they are taken. */
const SUDDEN = /RST|abort/;

/** @param taken `FROM TO` of the arrows a connection went along */
export function edgesOf(taken: ReadonlySet<string>): Edge[] {
  const seen = new Set<string>();
  const edges: Edge[] = [];
  for (const { from, on, to } of TRANSITIONS) {
    // A connection begins in CLOSED; who looks at it sees it come from the listener.
    const start = on === 'receive SYN for a listener' ? 'LISTEN' : from;
    const key = `${start} ${to}`;
    const isTaken = taken.has(key);
    if (seen.has(key) || (SUDDEN.test(on) && from !== 'TIME-WAIT' && !isTaken)) continue;
    seen.add(key);
    edges.push({ from: start, to, on, isTaken, d: pathBetween(start, to) });
  }
  return edges.sort((a, b) => Number(a.isTaken) - Number(b.isTaken));
}

/** Arrows that would cross others go round. */
const ROUND: ReadonlyMap<string, string> = new Map([
  ['SYN-RECEIVED CLOSE-WAIT', 'M136 116Q262 118 272 199'],
  ['LAST-ACK CLOSED', 'M313 262H332Q338 262 338 256V24Q338 18 332 18H209'],
  ['TIME-WAIT CLOSED', 'M172 318V321Q172 324 168 324H12Q6 324 6 318V24Q6 18 12 18H135'],
]);

function pathBetween(from: string, to: string): string {
  const round = ROUND.get(`${from} ${to}`);
  const [a, b] = [NODES.get(from), NODES.get(to)];
  if (round !== undefined || a === undefined || b === undefined) return round ?? '';
  // An arrow there and one back lie side by side.
  const isPair = TRANSITIONS.some((one) => one.from === to && one.to === from);
  const side = isPair ? { x: a.y < b.y ? 5 : -5, y: a.x < b.x ? -3 : 3 } : { x: 0, y: 0 };
  const start = edgePoint(a, b, side);
  const end = edgePoint(b, a, side);
  return `M${start.x.toFixed(1)} ${start.y.toFixed(1)}L${end.x.toFixed(1)} ${end.y.toFixed(1)}`;
}

/** Where the line from the middle of `box` towards `other` leaves the box. */
function edgePoint(box: Box, other: Box, side: { x: number; y: number }): { x: number; y: number } {
  const [dx, dy] = [other.x - box.x, other.y - box.y];
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : (box.w / 2 + 2) / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : 14 / Math.abs(dy),
  );
  return { x: box.x + dx * scale + side.x, y: box.y + dy * scale + side.y };
}

/** The states of a host's last connection so far, each once in a row, from CLOSED on. */
export function pathOf(moments: readonly Moment[], moment: number, host: string): string[] {
  let path = ['CLOSED'];
  let connection = -1;
  let last: unknown = null;
  for (let index = 0; index <= moment && index < moments.length; index++) {
    const view = moments[index]?.hosts.find(({ name }) => name === host);
    if (view === undefined || view === last) continue;
    last = view;
    const newest = view.connections.at(-1);
    if (newest !== undefined && newest.id !== connection) {
      connection = newest.id;
      path = view.listeners.length > 0 && path.at(-1) === 'LISTEN' ? ['CLOSED', 'LISTEN'] : ['CLOSED'];
    }
    const mine = view.connections.find(({ id }) => id === connection);
    const state = mine?.state ?? (connection < 0 && view.listeners.length > 0 ? 'LISTEN' : 'CLOSED');
    if (state !== path.at(-1)) path.push(state);
  }
  return path;
}
