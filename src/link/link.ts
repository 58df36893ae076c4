/**
 * The Link: what carries frames between interfaces, without a clock of its own. A driver (the simulator, or a device loop)
 * hands frames in with `send`, asks when something is due with `nextTimeoutUs`, and lets it out with `poll`.
 * Links queue: nobody is called from `send`. Wrappers (impairment, rules, tracer) are Links around a Link.
 * All times are doubles in the driver's microseconds. State is plain data, so that a network can be snapshotted.
 */
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { Slot } from '../base/slot.ts';

/** Where a link puts what has arrived. */
export interface FrameSink {
  /** A frame has arrived at `port`; the slot is valid during the call only. */
  frameArrived(port: number, slot: Slot): void;
}

/** Counters every link keeps. */
export interface LinkStatistics {
  /** Frames `send` took. */
  sentFrames: number;
  /** Frames handed to a sink. */
  deliveredFrames: number;
  /** Frames taken and never delivered. */
  droppedFrames: number;
}

/** A carrier of frames with one or more ends. */
export interface Link {
  /** What interfaces at its ends may leave to it. */
  readonly capabilities: LinkCapabilities;
  /** How many ends the link has; ports are 0 to portCount - 1. */
  readonly portCount: number;
  readonly statistics: LinkStatistics;
  /** Takes a copy of the frame in `slot`, sent from `port`. False: no room, try again after the next `poll` (nothing was taken). */
  send(port: number, slot: Slot, nowUs: number): boolean;
  /** The driver's time at which `poll` has something to do, Infinity when idle. */
  nextTimeoutUs(): number;
  /** Delivers what is due by `nowUs`, in order, at most `budget` frames; returns how many. */
  poll(nowUs: number, sink: FrameSink, budget: number): number;
}
