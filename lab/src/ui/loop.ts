/** The loop: moves the playhead with the frames of the screen while it plays, and stops before a question. */
import { atMoment, momentOfEntry, played, SPEEDS_US } from '../model/player.ts';
import { preferences } from './preferences.ts';
import { advanceWhenNeeded, askQuiz, goTo, isPlaying, playhead, quizBetween, run } from './store.ts';

/** A hidden tab gets no frames: what it missed is not played at once when it comes back. */
const FRAME_MAX_MS = 100;

/** Durations of the last frames while playing, for measurements. */
export const frameTimesMs: number[] = [];
const FRAMES_KEPT = 600;

export function startLoop(): void {
  let lastMs = 0;
  const frame = (nowMs: number): void => {
    if (isPlaying.value) {
      const elapsedMs = lastMs === 0 ? 16 : nowMs - lastMs;
      frameTimesMs.push(elapsedMs);
      if (frameTimesMs.length > FRAMES_KEPT) frameTimesMs.shift();
      move(Math.min(FRAME_MAX_MS, elapsedMs));
      lastMs = nowMs;
    } else lastMs = 0;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

function move(elapsedMs: number): void {
  const now = run.value;
  if (now === null) return;
  const from = playhead.value;
  const next = played(now.moments, from, elapsedMs, SPEEDS_US[preferences.value.speed] ?? 20);
  const quiz = quizBetween(from, next);
  if (quiz !== null) {
    goTo(atMoment(now.moments, Math.max(from.moment, momentOfEntry(now.moments, quiz.entry) - 1)));
    askQuiz(quiz);
    return;
  }
  goTo(next);
  if (next.moment >= now.moments.length - 1 && now.isIdle) isPlaying.value = false;
  void advanceWhenNeeded();
}
