/** When the stack sent what: times in milliseconds since a beginning, for tables of retransmissions and probes. */
import type { Segment } from '../requirements/wire.ts';
import type { SegmentPeer } from './segment-peer.ts';

/** Milliseconds at which each segment was sent, rounded to the millisecond. */
export function timesMs(segments: readonly Segment[], fromUs: number): number[] {
  return segments.map(({ timeUs }) => Math.round((timeUs - fromUs) / 1000));
}

/** Runs `peer`'s clock for `forMs` and returns what was sent in that time. */
export function watch(peer: SegmentPeer, forMs: number): Segment[] {
  peer.bench.run(forMs);
  return peer.bench.take();
}

/** 0, first, first + 2 first, … doubling up to `max` between two: when a back-off sends. */
export function backOff(first: number, count: number, max: number): number[] {
  const times = [0];
  let interval = first;
  for (let index = 0; index < count; index++) {
    times.push((times.at(-1) ?? 0) + interval);
    interval = Math.min(interval * 2, max);
  }
  return times;
}

/** Runs in steps of `stepMs` until `isOver`; returns the milliseconds that took. */
export function runUntil(peer: SegmentPeer, stepMs: number, limitMs: number, isOver: () => boolean): number {
  let elapsed = 0;
  while (!isOver()) {
    if (elapsed >= limitMs) throw new Error(`still not over after ${elapsed} ms`);
    peer.bench.run(stepMs);
    elapsed += stepMs;
  }
  return elapsed;
}
