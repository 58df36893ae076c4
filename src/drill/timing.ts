/** When events are due, and how far off something may be. All times are the virtual clock's microseconds. */
import type { EventTime } from './ast.ts';
import type { DrillSettings } from './script-settings.ts';

/** A time of the script on the clock. */
export interface DueTime {
  /** Earliest and latest; equal for a point in time. */
  readonly fromUs: number;
  readonly toUs: number;
  /** For a blocking call: when it returns. */
  readonly returnUs: number | null;
  /** Any time will do. */
  readonly isAny: boolean;
  /** How far off it may be. */
  readonly toleranceUs: number;
}

/**
 * @param startUs where the script's zero lies
 * @param baseUs when the event before was over
 */
export function dueTime(time: EventTime, startUs: number, baseUs: number, settings: DrillSettings): DueTime {
  const point = (fromUs: number, toUs: number, returnUs: number | null = null): DueTime => {
    const sinceUs = Math.max(0, (returnUs ?? fromUs) - baseUs);
    const toleranceUs = Math.max(settings.toleranceUs, (sinceUs * settings.tolerancePercent) / 100);
    return { fromUs, toUs, returnUs, isAny: false, toleranceUs };
  };
  switch (time.kind) {
    case 'any':
      return { fromUs: baseUs, toUs: Number.POSITIVE_INFINITY, returnUs: null, isAny: true, toleranceUs: 0 };
    case 'absolute':
      return point(startUs + time.timeUs, startUs + time.timeUs);
    case 'relative':
      return point(baseUs + time.timeUs, baseUs + time.timeUs);
    case 'absolute-range':
      return point(startUs + time.fromUs, startUs + time.toUs);
    case 'relative-range':
      return point(baseUs + time.fromUs, baseUs + time.toUs);
    case 'absolute-blocking':
      return point(startUs + time.startUs, startUs + time.startUs, startUs + time.endUs);
    case 'relative-blocking':
      return point(baseUs + time.startUs, baseUs + time.startUs, baseUs + time.endUs);
  }
}

/** Where the first event of a script puts its zero. */
export function scriptStart(first: EventTime, nowUs: number): number {
  switch (first.kind) {
    case 'absolute':
      return nowUs - first.timeUs;
    case 'absolute-range':
      return nowUs - first.fromUs;
    case 'absolute-blocking':
      return nowUs - first.startUs;
    default:
      return nowUs;
  }
}

/** Whether something at `atUs` is in time. */
export function isInTime(due: DueTime, atUs: number): boolean {
  return due.isAny || (atUs >= due.fromUs - due.toleranceUs && atUs <= due.toUs + due.toleranceUs);
}

/** Seconds of the script, six digits. */
export function secondsText(timeUs: number, startUs: number): string {
  return ((timeUs - startUs) / 1e6).toFixed(6);
}
