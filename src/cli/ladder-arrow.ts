/** One arrow of a ladder as cells of text: where it ends tells what became of the packet. */
import type { LadderRow } from '../scenes/index.ts';
import { cut, widthOf } from './text-layout.ts';

/** How an arrow is drawn. */
export interface ArrowStyle {
  readonly goesRight: boolean;
  readonly status: LadderRow['status'];
  /** It came to the other end, if only to find nobody there. */
  readonly arrives: boolean;
  readonly paint: (text: string) => string;
}

/** A piece of text at a column. */
interface ArrowCell {
  readonly at: number;
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** Lost on the way: the arrow ends where this much of it is drawn. */
const LOST_SHARE = 0.72;

/**
 * An arrow that fills `span` columns from column `start` on, with a label near its tail. A lost packet's arrow stops early,
 * at a cross; one that is still on its way has no head; a late one is broken, a doubled one has two heads.
 */
export function arrowCells(start: number, span: number, label: string, style: ArrowStyle): ArrowCell[] {
  const { status, goesRight, paint } = style;
  const line = status === 'delayed' ? '╌' : '─';
  const isShort = !style.arrives && (status === 'dropped' || status === 'in-flight');
  const length = isShort ? Math.max(widthOf(label) + 6, Math.floor(span * LOST_SHARE)) : span;
  const head = headOf(status, goesRight);
  const body = Math.max(2, Math.min(length, span) - widthOf(head));
  const words = label === '' ? '' : ` ${cut(label, body - 4)} `;
  const rest = body - widthOf(words) - 1;
  const text = goesRight ? `${line}${words}${line.repeat(rest)}${head}` : `${head}${line.repeat(rest)}${words}${line}`;
  const at = goesRight ? start : start + span - widthOf(text);
  return [{ at, text, paint }];
}

function headOf(status: LadderRow['status'], goesRight: boolean): string {
  switch (status) {
    case 'dropped':
      return '✗';
    case 'in-flight':
      return goesRight ? '─ ─ ›' : '‹ ─ ─';
    case 'duplicated':
      return goesRight ? '▶▶' : '◀◀';
    case 'corrupted':
      return goesRight ? '≈▶' : '◀≈';
    default:
      return goesRight ? '▶' : '◀';
  }
}
