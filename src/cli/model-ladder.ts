/** A run of the model as a ladder: states outside, what is sent, arrives or is lost between the lines. */
import type { ModelSegment, Move, TraceStep } from '../model/index.ts';
import { tellMove } from '../scenes/model-words.ts';
import { type ArrowStyle, arrowCells } from './ladder-arrow.ts';
import type { Screen } from './screen.ts';
import { padEnd, padStart, wrap } from './text-layout.ts';

/** `SYN-RECEIVED` is the longest name of a state. */
const STATE = 12;
const STATUS: Partial<Record<Move['kind'], ArrowStyle['status']>> = {
  deliver: 'delivered',
  repeat: 'duplicated',
  lose: 'dropped',
};

/** The lines. Under each move its sentence. */
export function modelLadder(screen: Screen, trace: readonly TraceStep[]): string[] {
  const { colors } = screen;
  const span = Math.max(24, screen.width - 2 * STATE - 12);
  const rails = (left: string, middle: string, right: string, number = ''): string =>
    `${padStart(number, 4)} ${padStart(left, STATE)} │${middle}│ ${right}`.trimEnd();
  const names = {
    client: screen.say({ en: 'client', zh: '客户端' }),
    server: screen.say({ en: 'server', zh: '服务器' }),
  };
  const lines = [rails(names.client, ' '.repeat(span), names.server), rails('CLOSED', ' '.repeat(span), 'LISTEN')];
  for (const [index, step] of trace.entries()) {
    const { move, world } = step;
    const [client, server] = world.hosts;
    const arrow = arrowOf(step, span);
    lines.push(rails(client.phase, arrow, server.phase, String(index + 1)));
    const isOld = move.segment !== null && world.opens > move.segment.life;
    const paint = isOld ? colors.yellow : colors.dim;
    const sentence = screen.say(tellMove(step)).trim();
    for (const line of wrap(sentence, span - 2)) lines.push(rails('', ` ${paint(padEnd(line, span - 1))}`, ''));
  }
  return lines;
}

function arrowOf(step: TraceStep, span: number): string {
  const { kind, side, segment } = step.move;
  if (segment === null) return ' '.repeat(span);
  const status = STATUS[kind] ?? 'in-flight';
  const style = { goesRight: side === 0, status, arrives: status !== 'dropped' && status !== 'in-flight' };
  const [cell] = arrowCells(0, span, labelOf(segment), { ...style, paint: (text) => text });
  return cell === undefined ? ' '.repeat(span) : padEnd(' '.repeat(cell.at) + cell.text, span);
}

function labelOf({ kind, seq, ack, life }: ModelSegment): string {
  const acks = kind === 'SYN' || kind === 'RST' ? '' : ` ack ${ack}`;
  return `${kind} ${seq}${acks} #${life}`;
}
