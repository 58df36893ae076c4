/**
 * What the page shows, as signals, and everything a reader can do to it. The simulator's state is in the worker; here are
 * the run it has told of, where the playhead stands, and what is selected.
 */
import { batch, computed, signal } from '@preact/signals';
import { type Action, type Deed, isLater, type Recipe } from '../engine/actions.ts';
import type { CaptureView } from '../engine/capture-view.ts';
import type { Comparison, History, Inspection, SceneCard } from '../engine/messages.ts';
import { readLink, writeLink } from '../engine/recipe-link.ts';
import type { RowView } from '../engine/row-keeper.ts';
import { atMoment, atTime, stepped, steppedPacket } from '../model/player.ts';
import { type Quiz, quizzesOf } from '../model/quiz.ts';
import { joined, type Playhead, type Run } from '../model/run.ts';
import { isStorageDenied, preferences } from './preferences.ts';
import { WorkerClient, WorkerTrouble } from './worker-client.ts';

export type Notice =
  | 'link-damaged'
  | 'link-newer'
  | 'link-too-long'
  | 'race-damaged'
  | 'unknown-scene'
  | 'storage-denied'
  | 'worker-restarted'
  | 'worker-lost'
  | 'failed'
  | 'read-failed';

const FIRST_SCENE = 'three-way-handshake';
/** The worker is asked to go on when so few moments are ahead. */
const MOMENTS_AHEAD = 200;
const ADVANCE_EVENTS = 1000;
const DEATHS_MAX = 3;

export const scenes = signal<readonly SceneCard[]>([]);
export const run = signal<Run | null>(null);
export const playhead = signal<Playhead>({ timeUs: 0, moment: 0 });
export const isPlaying = signal(false);
export const selected = signal<number | null>(null);
export const inspection = signal<Inspection | null>(null);
/** The other half of a pair of scenes. */
export const comparison = signal<Comparison | null>(null);
export const notice = signal<Notice | null>(null);
export const said = signal('');
export const quiz = signal<{ readonly quiz: Quiz; readonly answer: string | null } | null>(null);
export const capture = signal<{ readonly name: string; readonly view: CaptureView } | null>(null);

export const scene = computed(() => scenes.value.find(({ id }) => id === run.value?.recipe.scene) ?? null);
/** Changes when an event is passed, not with every frame. */
export const moment = computed(() => run.value?.moments[playhead.value.moment] ?? null);
export const quizzes = computed(() => (run.value === null ? [] : quizzesOf(run.value)));
const answered = new Set<string>();
let isAdvancing = false;
let deaths = 0;

export const client = new WorkerClient(() => void revive());

/** Loads what the address says, or the first scene. */
export async function start(hash: string): Promise<void> {
  const link = readLink(hash);
  if (link?.problem !== undefined && link.problem !== null) notice.value = `link-${link.problem}`;
  else if (isStorageDenied.value) notice.value = 'storage-denied';
  const first: Recipe = { scene: FIRST_SCENE, seed: 1, actions: [] };
  const [cards] = await Promise.all([client.ask({ kind: 'scenes' }), load(link?.recipe ?? first)]);
  scenes.value = cards;
  performance.mark('first-view');
  if (run.value === null) await load(first);
}

/** Follows a link that was put into the address. */
export async function follow(hash: string): Promise<void> {
  const link = readLink(hash);
  if (link === null || hash === `#${run.value === null ? '' : writeLink(run.value.recipe)}`) return;
  if (link.problem === null) await load(link.recipe);
  else notice.value = `link-${link.problem}`;
}

/** Puts a scene on the stage. False when there is none of that name. */
export async function load(recipe: Recipe): Promise<boolean> {
  try {
    const history = await client.ask({ kind: 'load', recipe });
    batch(() => {
      run.value = joined(null, history);
      playhead.value = { timeUs: history.moments[0]?.timeUs ?? 0, moment: 0 };
      isPlaying.value = false;
      selected.value = null;
      inspection.value = null;
      quiz.value = null;
      capture.value = null;
      comparison.value = null;
    });
    answered.clear();
    // The address first: a link may be put into it while the rest is worked out.
    remember();
    if (history.measured !== null) void compare(recipe.scene);
    return true;
  } catch (error) {
    tell(error);
    return false;
  }
}

/** Plays the other half of a pair of scenes, for the number beside this one's. */
async function compare(id: string): Promise<void> {
  try {
    const other = await client.ask({ kind: 'compare' });
    if (run.value?.recipe.scene === id) comparison.value = other;
  } catch (error) {
    tell(error);
  }
}

/** Does something at the playhead. */
export async function act(deed: Deed): Promise<void> {
  const now = moment.value;
  if (now === null || run.value === null) return;
  try {
    const history = await client.ask({
      kind: 'act',
      deed,
      event: now.event,
      timeUs: Math.round(playhead.value.timeUs),
    });
    takeNewFuture(history);
  } catch (error) {
    tell(error);
  }
}

/** Takes back the last thing that was done, or all. */
export async function undo(all: boolean): Promise<void> {
  const actions = run.value?.recipe.actions ?? [];
  const kept = all ? [] : actions.slice(0, -1);
  const first = all ? actions[0] : actions.at(-1);
  if (first === undefined) return;
  try {
    const { event, timeUs } = first;
    takeNewFuture(await client.ask({ kind: 'rewrite', actions: kept, event, timeUs }));
  } catch (error) {
    tell(error);
  }
}

function takeNewFuture(history: Parameters<typeof joined>[1]): void {
  batch(() => {
    run.value = joined(history.fromMoment === 0 ? null : run.value, history);
    playhead.value = atTime(run.value.moments, playhead.value.timeUs);
    quiz.value = null;
  });
  remember();
}

/** Joins what is new; of a run that forgets its beginning the playhead keeps its place. */
function take(news: History): void {
  const before = run.value;
  batch(() => {
    run.value = joined(before, news);
    const gone = news.forgotten - (before?.forgotten ?? 0);
    if (gone > 0) {
      const { moment: at, timeUs } = playhead.value;
      const next = Math.max(0, at - gone);
      playhead.value = { moment: next, timeUs: at < gone ? (run.value.moments[0]?.timeUs ?? timeUs) : timeUs };
    }
  });
}

/** Asks the worker to go on when the playhead comes near the end of what is known. */
export async function advanceWhenNeeded(): Promise<void> {
  const now = run.value;
  if (now === null || now.isIdle || now.moments.length - playhead.value.moment > MOMENTS_AHEAD) return;
  await advance(ADVANCE_EVENTS);
}

/** Lets the worker go on. */
export async function advance(events: number): Promise<void> {
  if (isAdvancing || run.value === null) return;
  isAdvancing = true;
  try {
    take(await client.ask({ kind: 'advance', events }));
  } catch (error) {
    tell(error);
  }
  isAdvancing = false;
}

// --- the playhead ---

export function goTo(next: Playhead): void {
  if (next.timeUs === playhead.value.timeUs && next.moment === playhead.value.moment) return;
  playhead.value = next;
}

export function stepEvent(by: 1 | -1): void {
  if (run.value !== null) pauseAt(stepped(run.value.moments, playhead.value, by));
}

export function stepPacket(by: 1 | -1): void {
  if (run.value !== null) pauseAt(steppedPacket(run.value.moments, playhead.value, by, packetMarks.value));
}

export function toStart(): void {
  if (run.value !== null) pauseAt(atMoment(run.value.moments, 0));
}

export function toEnd(): void {
  if (run.value !== null) pauseAt(atMoment(run.value.moments, run.value.moments.length - 1));
}

/** To moment number `index` of those that are kept. */
export function scrub(index: number): void {
  if (run.value !== null) pauseAt(atMoment(run.value.moments, index));
}

function pauseAt(next: Playhead): void {
  batch(() => {
    isPlaying.value = false;
    quiz.value = null;
    goTo(next);
  });
  void advanceWhenNeeded();
}

/** Entries of the tape at which a packet leaves or arrives, ascending. */
export const packetMarks = computed(() =>
  (run.value?.rows ?? [])
    .filter(({ kind }) => kind === 'segment')
    .flatMap(({ entry, arrivals }) => [entry, ...arrivals.map((arrival) => arrival.entry)])
    .sort((a, b) => a - b),
);

export function togglePlay(): void {
  const now = run.value;
  if (now === null) return;
  if (!isPlaying.value && now.isIdle && playhead.value.moment >= now.moments.length - 1) goTo(atMoment(now.moments, 0));
  if (quiz.value !== null) leaveQuiz();
  isPlaying.value = !isPlaying.value;
}

// --- questions ---

/** The question between two playheads that was not asked yet. */
export function quizBetween(from: Playhead, to: Playhead): Quiz | null {
  if (!preferences.value.asks || run.value === null) return null;
  const { moments } = run.value;
  const [start, end] = [moments[from.moment]?.entry ?? 0, moments[to.moment]?.entry ?? 0];
  return quizzes.value.find(({ entry }) => entry >= start && entry < end && !answered.has(quizKey(entry))) ?? null;
}

function quizKey(entry: number): string {
  return `${entry}`;
}

export function askQuiz(next: Quiz): void {
  batch(() => {
    isPlaying.value = false;
    quiz.value = { quiz: next, answer: null };
  });
}

export function answerQuiz(choice: string): void {
  if (quiz.value !== null) quiz.value = { ...quiz.value, answer: choice };
}

export function leaveQuiz(): void {
  if (quiz.value !== null) answered.add(quizKey(quiz.value.quiz.entry));
  quiz.value = null;
}

/** Behind the question the story goes on. */
export function goOnFromQuiz(): void {
  leaveQuiz();
  isPlaying.value = true;
}

// --- packets ---

export async function select(row: RowView | null): Promise<void> {
  selected.value = row?.number ?? null;
  inspection.value = null;
  if (row === null || row.kind !== 'segment') return;
  const opened = capture.value;
  if (opened !== null) return;
  try {
    const answer = await client.ask({ kind: 'inspect', row: row.number });
    if (selected.value === row.number) inspection.value = answer;
  } catch (error) {
    tell(error);
  }
}

export const selectedRow = computed(() => run.value?.rows.find(({ number }) => number === selected.value) ?? null);

export async function exported(what: 'pcapng' | 'drill'): Promise<Uint8Array | null> {
  try {
    return await client.ask({ kind: 'export', what });
  } catch (error) {
    tell(error);
    return null;
  }
}

export async function openCapture(name: string, bytes: Uint8Array): Promise<void> {
  try {
    const view = await client.ask({ kind: 'open', bytes });
    batch(() => {
      isPlaying.value = false;
      capture.value = { name, view };
    });
  } catch (error) {
    tell(error);
  }
}

/** Actions up to the playhead: what the reader did to what is shown. */
export function actionsSoFar(): readonly Action[] {
  const now = { event: moment.value?.event ?? 0, timeUs: playhead.value.timeUs };
  return (run.value?.recipe.actions ?? []).filter((action) => !isLater(action, now));
}

/** The address reproduces what is on the stage. */
export function address(): string {
  const recipe = run.value?.recipe;
  const base = location.href.replace(/#.*$/, '');
  return recipe === undefined ? base : `${base}#${writeLink(recipe)}`;
}

function remember(): void {
  history.replaceState(null, '', address());
}

// --- troubles ---

export function tell(error: unknown): void {
  if (!(error instanceof WorkerTrouble)) throw error;
  if (error.trouble === 'died') return;
  notice.value = error.trouble === 'unknown-scene' ? 'unknown-scene' : 'failed';
}

/** Ends the simulator; for tests of what happens then. */
export function endWorker(): void {
  client.end();
  void revive();
}

/** The worker died: another one plays the same recipe, and the playhead goes back to where it was. */
async function revive(): Promise<void> {
  const before = run.value;
  const where = playhead.value;
  isAdvancing = false;
  if (++deaths > DEATHS_MAX || before === null) {
    notice.value = 'worker-lost';
    return;
  }
  if (await load(before.recipe)) {
    goTo(atTime(run.value?.moments ?? [], where.timeUs));
    notice.value = 'worker-restarted';
  }
}
