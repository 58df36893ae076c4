/**
 * Moves a playhead over a run. Time passes as fast as asked, but silence is cut short: a wait of a minute takes a second,
 * and is said to have been a minute.
 */
import type { Moment } from '../engine/session.ts';
import { momentAt, type Playhead } from './run.ts';

/** How much virtual time passes in a real millisecond, microseconds. The steps of the speed slider. */
export const SPEEDS_US = [2, 5, 10, 20, 50, 100, 300, 1000, 10_000] as const;
/** No silence lasts longer than this, real milliseconds. */
const SILENCE_MS = 900;

/** The playhead `realMs` later. It does not go past the last moment. */
export function played(moments: readonly Moment[], from: Playhead, realMs: number, speedUs: number): Playhead {
  let { timeUs, moment } = from;
  let restMs = realMs;
  while (restMs > 0) {
    const next = moments[moment + 1];
    if (next === undefined) return { timeUs: Math.max(timeUs, moments[moment]?.timeUs ?? 0), moment };
    const gapUs = next.timeUs - (moments[moment]?.timeUs ?? 0);
    // The whole silence is crossed at one pace, wherever in it the playhead stands.
    const pace = Math.max(speedUs, gapUs / SILENCE_MS);
    const leftUs = next.timeUs - timeUs;
    const passUs = restMs * pace;
    if (passUs < leftUs) return { timeUs: timeUs + passUs, moment };
    restMs -= Math.max(0, leftUs) / pace;
    timeUs = Math.max(timeUs, next.timeUs);
    moment++;
  }
  return { timeUs, moment };
}

/** The playhead at a moment. */
export function atMoment(moments: readonly Moment[], moment: number): Playhead {
  const bounded = Math.max(0, Math.min(moment, moments.length - 1));
  return { moment: bounded, timeUs: moments[bounded]?.timeUs ?? 0 };
}

/** The playhead at an hour; the last moment of several at one hour. */
export function atTime(moments: readonly Moment[], timeUs: number): Playhead {
  return { timeUs, moment: momentAt(moments, timeUs) };
}

/** One event on or back: to the next moment at which something can be seen. */
export function stepped(moments: readonly Moment[], from: Playhead, by: 1 | -1): Playhead {
  const start = moments[from.moment];
  for (let index = from.moment + by; index >= 0 && index < moments.length; index += by) {
    const one = moments[index];
    if (one === undefined) break;
    if (one.entry !== start?.entry || one.hosts !== start.hosts)
      return atMoment(moments, firstOfLook(moments, index, by));
  }
  return atMoment(moments, by === 1 ? moments.length - 1 : 0);
}

/** Going back, the first of the moments that look like this one. */
function firstOfLook(moments: readonly Moment[], index: number, by: 1 | -1): number {
  if (by === 1) return index;
  const look = moments[index];
  let first = index;
  while (first > 0 && moments[first - 1]?.entry === look?.entry && moments[first - 1]?.hosts === look?.hosts) first--;
  return first;
}

/** Moments at which the tape has more than `entries` entries begin here; the length when there is none. */
export function momentOfEntry(moments: readonly Moment[], entry: number): number {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle]?.entry ?? 0) > entry) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** One packet on or back: to where one left or arrived. @param marks entries of the tape at which that happened, ascending */
export function steppedPacket(
  moments: readonly Moment[],
  from: Playhead,
  by: 1 | -1,
  marks: readonly number[],
): Playhead {
  const targets = marks.map((entry) => momentOfEntry(moments, entry));
  const target =
    by === 1 ? targets.find((one) => one > from.moment) : targets.filter((one) => one < from.moment).at(-1);
  return atMoment(moments, target ?? (by === 1 ? moments.length - 1 : 0));
}
