/** Keys for everything that has a button in the transport. Whoever types into a field keeps their keys. */

import { dialog } from './dialog-state.ts';
import { prefer, preferences } from './preferences.ts';
import { intervals, raceSetup, showRace, toggleRace } from './race-store.ts';
import { stepEvent, stepPacket, toEnd, togglePlay, toStart } from './store.ts';

const SPEED_MAX = 8;

export function startKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog.value !== null) return;
    if (isWithin(event, TAKES_ALL_KEYS) || (event.key === ' ' && isWithin(event, TAKES_SPACE))) return;
    const isArrow = event.key.startsWith('Arrow');
    if (isArrow && isWithin(event, '[role=tab]')) return;
    const keys = raceSetup.value === null ? KEYS : RACE_KEYS;
    const deed = keys[event.shiftKey && isArrow ? `Shift${event.key}` : event.key];
    if (deed === undefined) return;
    event.preventDefault();
    deed();
  });
}

const TAKES_ALL_KEYS = 'input:not([type=checkbox]), select, textarea, [contenteditable]';
const TAKES_SPACE = 'button, [role=tab], summary, a, [type=checkbox]';

function isWithin({ target }: Event, selector: string): boolean {
  return target instanceof HTMLElement && target.closest(selector) !== null;
}

const KEYS: Readonly<Record<string, () => void>> = {
  ' ': togglePlay,
  ArrowRight: () => stepPacket(1),
  ArrowLeft: () => stepPacket(-1),
  ShiftArrowRight: () => stepEvent(1),
  ShiftArrowLeft: () => stepEvent(-1),
  Home: toStart,
  End: toEnd,
  '[': () => prefer({ speed: Math.max(0, preferences.value.speed - 1) }),
  ']': () => prefer({ speed: Math.min(SPEED_MAX, preferences.value.speed + 1) }),
  s: () => {
    dialog.value = 'scenes';
  },
  '?': () => {
    dialog.value = 'keys';
  },
};

const RACE_KEYS: typeof KEYS = {
  ' ': toggleRace,
  ArrowRight: () => showRace(intervals.value + 1),
  ArrowLeft: () => showRace(intervals.value - 1),
  Home: () => showRace(1),
  End: () => showRace(Number.POSITIVE_INFINITY),
  s: () => {
    dialog.value = 'scenes';
  },
  '?': () => {
    dialog.value = 'keys';
  },
};
