/**
 * A peer that speaks Accurate ECN (RFC 9768), on a path that marks. The kernel takes its answer though it has asked by RFC 3168, which is the only
 * way to have it before 7.0.
 */
import type { Dice, Weighted } from './dice.ts';

/** Of a hundred segments of the peer's and SYN-ACKs, how many have the option. */
const OPTION_PERCENT = 60;
const CEP_START = 5;

/** What becomes of a packet of the stack's. */
const ON_THE_WAY: Weighted<'ect0' | 'ce' | 'noecn'> = [
  [14, 'ect0'],
  [3, 'ce'],
  [1, 'noecn'],
];

/** The field of a packet of the peer's. */
const OF_THE_PEER: Weighted<string> = [
  [12, 'ect0'],
  [4, 'ce'],
  [1, 'ect1'],
  [2, 'noecn'],
];

export class AccurateEcn {
  private readonly dice: Dice;
  private packets = 0;
  private ceOctets = 0;
  private ect0Octets = 0;

  constructor(dice: Dice) {
    this.dice = dice;
  }

  /** A segment of the stack's arrives. */
  arrive(length: number): void {
    const field = this.dice.weighted(ON_THE_WAY);
    if (field === 'ect0') this.ect0Octets += length;
    if (field !== 'ce') return;
    this.packets++;
    this.ceOctets += length;
  }

  /** The digit behind the flags. */
  suffix(): string {
    return String((CEP_START + this.packets) & 7);
  }

  /** The ECN field of the packet that the peer sends next. */
  drawField(): string {
    return this.dice.weighted(OF_THE_PEER);
  }

  /** Options with the counters, or none. */
  drawOption(): string[] {
    if (!this.dice.percent(OPTION_PERCENT)) return [];
    const { ect0Octets, ceOctets } = this;
    return [`ECN e0b ${(1 + ect0Octets) % 2 ** 24} ceb ${ceOctets % 2 ** 24} e1b 1`, 'nop'];
  }
}
