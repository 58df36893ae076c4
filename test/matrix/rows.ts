/** The rows of the matrix: which connections, and which segments against each of them. */
import type { Kind } from './conversation.ts';
import { add, length, type Segment, type Tcb } from './segment.ts';

const bare = { passive: false, timestamps: false, inFlight: 0 } as const;

/** Every state, by the ways that lead to it where the state remembers them. */
const PLAIN: readonly Kind[] = [
  { ...bare, name: 'CLOSED', state: 'CLOSED' },
  { ...bare, name: 'LISTEN', state: 'LISTEN', passive: true },
  { ...bare, name: 'SYN-SENT', state: 'SYN-SENT' },
  { ...bare, name: 'SYN-RECEIVED, passive', state: 'SYN-RECEIVED', passive: true },
  { ...bare, name: 'SYN-RECEIVED, active', state: 'SYN-RECEIVED' },
  { ...bare, name: 'ESTABLISHED', state: 'ESTABLISHED', inFlight: 300 },
  { ...bare, name: 'ESTABLISHED, passive', state: 'ESTABLISHED', passive: true },
  { ...bare, name: 'ESTABLISHED, window zero', state: 'ESTABLISHED', inFlight: 300, zeroWindow: true },
  { ...bare, name: 'FIN-WAIT-1', state: 'FIN-WAIT-1', inFlight: 300 },
  { ...bare, name: 'FIN-WAIT-1, window zero', state: 'FIN-WAIT-1', inFlight: 300, zeroWindow: true },
  { ...bare, name: 'FIN-WAIT-1, closed', state: 'FIN-WAIT-1', inFlight: 300, readerGone: true },
  { ...bare, name: 'FIN-WAIT-2', state: 'FIN-WAIT-2' },
  { ...bare, name: 'FIN-WAIT-2, window zero', state: 'FIN-WAIT-2', zeroWindow: true },
  { ...bare, name: 'CLOSE-WAIT', state: 'CLOSE-WAIT', inFlight: 300 },
  { ...bare, name: 'CLOSING', state: 'CLOSING', inFlight: 300 },
  { ...bare, name: 'LAST-ACK', state: 'LAST-ACK', inFlight: 300 },
  { ...bare, name: 'TIME-WAIT', state: 'TIME-WAIT' },
  { ...bare, name: 'TIME-WAIT, listening', state: 'TIME-WAIT', passive: true },
];

export const KINDS: readonly Kind[] = PLAIN.flatMap((kind) =>
  kind.state === 'CLOSED' || kind.state === 'LISTEN'
    ? [kind]
    : [kind, { ...kind, name: `${kind.name}, timestamps`, timestamps: true }],
);

/** A segment in words: its numbers are those of the conversation it is played in. */
export interface Row {
  readonly name: string;
  readonly shape: Segment;
  readonly seq: string;
  readonly ack: string;
  readonly stamp: string;
}

const TEXT = 20;

/** Every row against a connection of this kind; `tcb` is any connection of the kind. */
export function rowsOf(tcb: Tcb): Row[] {
  const rows: Row[] = [];
  for (let flags = 0; flags < 16; flags++) {
    for (const text of [0, TEXT]) {
      const shape = shapeOf(flags, text);
      const letters = lettersOf(shape);
      for (const seq of seqsOf(tcb, shape).keys()) {
        for (const ack of shape.ack ? acksOf(tcb).keys() : ['']) {
          for (const stamp of stampsOf(tcb).keys()) {
            const words = [
              letters,
              text > 0 ? `text ${text}` : '',
              `seq ${seq}`,
              ack === '' ? '' : `ack ${ack}`,
              stamp,
            ];
            rows.push({ name: words.filter(Boolean).join(', '), shape, seq, ack, stamp });
          }
        }
      }
    }
  }
  return rows;
}

/** The segment of a row for the numbers of one connection. */
export function segmentOf(tcb: Tcb, row: Row): Segment {
  const seq = seqsOf(tcb, row.shape).get(row.seq) ?? 0;
  const ackNo = row.shape.ack ? (acksOf(tcb).get(row.ack) ?? 0) : 0;
  return { ...row.shape, seq, ackNo, tsval: stampsOf(tcb).get(row.stamp) ?? null };
}

export function lettersOf(segment: Segment): string {
  const letters = `${segment.syn ? 'S' : ''}${segment.rst ? 'R' : ''}${segment.fin ? 'F' : ''}${segment.ack ? 'A' : ''}`;
  return letters || '-';
}

function shapeOf(flags: number, text: number): Segment {
  const on = (bit: number): boolean => (flags & bit) !== 0;
  return { syn: on(1), rst: on(2), fin: on(4), ack: on(8), text, seq: 0, ackNo: 0, tsval: null };
}

type Named = Map<string, number>;

function seqsOf(tcb: Tcb, shape: Segment): Named {
  const { rcvNxt, rcvWnd } = tcb;
  if (tcb.state === 'CLOSED' || tcb.state === 'LISTEN' || tcb.state === 'SYN-SENT') {
    return new Map([
      ['0', 0],
      ['1000', 1_000],
      ['-1', -1],
      ['-10', -10],
      ['2^31', -(2 ** 31)],
    ]);
  }
  const count = length(shape);
  const named: Named = new Map([
    ['far left', add(rcvNxt, -3_000)],
    ['touching from the left', add(rcvNxt, -Math.max(count, 1))],
    ['at the edge', rcvNxt],
    ['right of the window', add(rcvNxt, rcvWnd)],
    ['far right', add(rcvNxt, rcvWnd + 100_000)],
  ]);
  if (tcb.state === 'SYN-RECEIVED') {
    named.set('IRS', tcb.irs);
  }
  if (count > 1) {
    named.set('over the left edge', add(rcvNxt, -Math.floor(count / 2)));
  }
  if (shape.fin && shape.text > 0) {
    named.set('only the FIN new', add(rcvNxt, -shape.text - (shape.syn ? 1 : 0)));
  }
  if (rcvWnd > 0) {
    named.set('inside', add(rcvNxt, 100));
    named.set('at the last octet', add(rcvNxt, rcvWnd - 1));
  }
  if (rcvWnd > 0 && count > 1) {
    named.set('over the right edge', add(rcvNxt, rcvWnd - Math.floor(count / 2)));
  }
  return named;
}

function acksOf(tcb: Tcb): Named {
  const { sndUna, sndNxt, maxSndWnd } = tcb;
  const named: Named = new Map([
    ['of everything', sndNxt],
    ['of nothing new', sndUna],
    ['one back', add(sndUna, -1)],
    ['just not too old', add(sndUna, -maxSndWnd)],
    ['too old', add(sndUna, -maxSndWnd - 1)],
    ['one beyond', add(sndNxt, 1)],
    ['far beyond', add(sndNxt, 100_000)],
  ]);
  if ((sndNxt - sndUna) << 0 > 1) {
    named.set('of all but one', add(sndNxt, -1));
    named.set('of a part', add(sndUna, 100));
  }
  return named;
}

function stampsOf(tcb: Tcb): Map<string, number | null> {
  const { tsRecent } = tcb;
  if (tsRecent === null) return new Map([['', null]]);
  if (tcb.state === 'SYN-SENT') return new Map([['TS', tsRecent]]);
  return new Map([
    ['TS newer', tsRecent + 1],
    ['TS equal', tsRecent],
    ['TS one older', tsRecent - 1],
    ['TS older', tsRecent - 1_000],
    ['TS missing', null],
  ]);
}
