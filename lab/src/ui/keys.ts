/** Keys for everything that has a button in the transport. Whoever types into a field keeps their keys. */

import { dialog } from './dialog-state.ts';
import { prefer, preferences } from './preferences.ts';
import { intervals, raceSetup, showRace, toggleRace } from './race-store.ts';
import { stepEvent, stepPacket, toEnd, togglePlay, toStart } from './store.ts';

const SPEED_MAX = 8;

export function startKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (dialog.value !== null) return;
    const isButton =
      event.target instanceof HTMLElement && event.target.closest('button, [role=tab], summary, a') !== null;
    if (event.key === ' ' && isButton) return;
    const keys = raceSetup.value === null ? KEYS : RACE_KEYS;
    const deed = keys[event.shiftKey && event.key.startsWith('Arrow') ? `Shift${event.key}` : event.key];
    if (
      deed === undefined ||
      (isButton &&
        event.target instanceof HTMLElement &&
        event.target.getAttribute('role') === 'tab' &&
        event.key.startsWith('Arrow'))
    )
      return;
    event.preventDefault();
    deed();
  });
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

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, select, textarea, [contenteditable]') !== null;
}
