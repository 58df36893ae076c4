/** A peer that speaks RFC 3168, on a path that marks: it echoes a mark until the stack says that it has reduced, and reduces when told to. */
import { TcpFlag } from '../../src/wire/tcp-segment.ts';
import type { Dice, Weighted } from './dice.ts';

/** What becomes of a packet of the stack's with text. */
const IS_MARKED_PERCENT = 12;

/** The field of a packet of the peer's that has text. */
const WITH_TEXT: Weighted<string> = [
  [10, 'ect0'],
  [3, 'ce'],
  [1, 'noecn'],
];

export class ClassicEcn {
  private readonly dice: Dice;
  private echoes = false;
  private hasReduced = false;

  constructor(dice: Dice) {
    this.dice = dice;
  }

  /** A segment of the stack's arrives. */
  arrive(length: number, flags: number): void {
    if (flags & TcpFlag.cwr) this.echoes = false;
    if (flags & TcpFlag.ece) this.hasReduced = true;
    if (length > 0 && this.dice.percent(IS_MARKED_PERCENT)) this.echoes = true;
  }

  /** What stands behind the flags of the next segment, which has so many octets of text. */
  suffix(length: number): string {
    const hasReduced = this.hasReduced && length > 0;
    if (hasReduced) this.hasReduced = false;
    return `${this.echoes ? 'E' : ''}${hasReduced ? 'W' : ''}`;
  }

  /** The ECN field of the packet that the peer sends next. */
  drawField(length: number): string {
    return length > 0 ? this.dice.weighted(WITH_TEXT) : 'noecn';
  }

  drawOption(): string[] {
    return [];
  }
}
