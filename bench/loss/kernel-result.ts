/** What the comparison with the kernel is asked for, and what came of it. */
import type { Cell } from './cells.ts';
import type { FlowResult } from './lane.ts';

/** How much of it, and how. */
export interface KernelOptions {
  readonly runs: number;
  readonly seconds: number;
  /** Pairs of lanes at a time. */
  readonly pairs: number;
  /** Cells whose name contains one of these; empty: all. */
  readonly only: readonly string[];
  /** Other paths in place of the table's: round-trip time in ms, percent lost, percent reordered. */
  readonly paths: readonly (readonly number[])[];
  readonly isTraced: boolean;
  /** The kernel in both lanes: how much the ratio wavers by itself. */
  readonly isNoise: boolean;
  readonly isKept: boolean;
}

/** One run of a cell. */
export interface PairResult {
  readonly seed: number;
  readonly ours: FlowResult;
  readonly kernel: FlowResult;
  /** Share of all processors' time that was not idle. */
  readonly machineBusy: number;
}

/** A cell with all its runs. */
export interface KernelRow extends Cell {
  readonly runs: readonly PairResult[];
}
