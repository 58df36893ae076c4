/** What a kind of scripts is made of, and what the kinds share. */
import type { Dice, Weighted } from './dice.ts';
import { ICMP_ACTIONS } from './icmp-actions.ts';
import type { EcnKind, OpeningStyle } from './opening.ts';
import { PEER_ACTIONS } from './peer-actions.ts';
import { type Action, PROGRAM_ACTIONS } from './program-actions.ts';
import type { Manners, World } from './world.ts';

type ActionName = keyof typeof PROGRAM_ACTIONS | keyof typeof PEER_ACTIONS | keyof typeof ICMP_ACTIONS;

const ACTIONS: Readonly<Record<ActionName, Action>> = { ...PROGRAM_ACTIONS, ...PEER_ACTIONS, ...ICMP_ACTIONS };

export interface Family {
  readonly name: string;
  /** Settings for sysctl, each with the values that are drawn; about one in four scripts has each. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** Settings of every script. */
  readonly always: readonly string[];
  /** Calls before the connection begins, `FD` for the descriptor; about one in four scripts has each. */
  readonly before: readonly string[];
  /** How the peer speaks of congestion; with `accurate` it is always the stack that opens. */
  readonly ecn?: EcnKind;
  /** How its connections begin; as others do if it does not say. */
  readonly open?: (world: World, style: OpeningStyle) => void;
  /** Of a hundred scripts, in how many the stack opens; 30 if it does not say. */
  readonly activePercent?: number;
  /** First lines of its scripts. */
  readonly options?: readonly string[];
  readonly steps: readonly [least: number, most: number];
  /** Of a hundred scripts, how many are about IPv6; 8 where it is not said. */
  readonly v6Percent?: number;
  readonly manners: (dice: Dice) => Manners;
  readonly actions: Weighted<Action>;
}

/** Actions by name, each with how often it is drawn beside the others. */
export function weigh(table: Partial<Record<ActionName, number>>): Weighted<Action> {
  return Object.entries(table).map(([name, weight]) => [weight, ACTIONS[name as ActionName]] as const);
}

/** Milliseconds between two steps. */
export const PAUSES: Weighted<number> = [
  [6, 0],
  [3, 1],
  [4, 10],
  [4, 20],
  [3, 50],
  [2, 100],
  [1, 250],
];

export const ROUND_TRIPS_US = [10_000, 20_000, 50_000, 100_000];

export const OPTIONS_OF_SYN = {
  tcp_timestamps: ['0', '1'],
  tcp_sack: ['0'],
  tcp_window_scaling: ['0'],
};
