/**
 * One run of a scene: plays its script with the real stacks in virtual time, notes every moment, carries out what a person
 * did, and goes on behind the script as long as it is asked to. The same recipe gives the same moments, rows and bytes.
 * Behind the script snapshots are taken, so that going back need not begin at the beginning.
 */

import type { Scene } from '../../../src/scenes/scene.ts';
import { Stage } from '../../../src/scenes/stage.ts';
import type { NetworkSnapshot } from '../../../src/sim/network.ts';
import type { TcpAuthAlgorithms } from '../../../src/tcp/auth/algorithms.ts';
import { type Action, inOrder, isLater, type Recipe, withAction } from './actions.ts';
import { carryOut } from './deeds.ts';
import { fingerprint, type HostView, viewHost } from './host-view.ts';
import { LabNetwork, type StepWatcher } from './lab-network.ts';
import { RowKeeper } from './row-keeper.ts';

/** Everything as it was at one moment. Never changed; what did not change since is the same object. */
export interface Moment {
  /** Events of the network so far. */
  readonly event: number;
  readonly timeUs: number;
  /** Entries of the tape so far. */
  readonly entry: number;
  /** Outcomes judged so far. */
  readonly checks: number;
  readonly hosts: readonly HostView[];
}

interface Bookmark {
  readonly event: number;
  readonly entry: number;
  readonly moments: number;
  readonly nextAction: number;
  readonly snapshot: NetworkSnapshot;
}

/** A script that runs away ends here. */
const SCRIPT_EVENTS_MAX = 100_000;
/** Events from one snapshot to the next, at first; as they grow many the distance doubles. */
const SNAPSHOT_EVENTS = 256;
const SNAPSHOTS_MAX = 24;
const MOMENTS_MAX = 12_000;

/** Ends a script from inside. */
class ScriptTooLong extends Error {}

export class Session implements StepWatcher {
  readonly scene: Scene;
  readonly stage: Stage;
  readonly network: LabNetwork;
  /** The newest moments; `forgotten` older ones are no longer kept. */
  readonly moments: Moment[] = [];
  forgotten = 0;
  readonly rows: RowKeeper;
  /** Moments when the script had ended. */
  scriptMoments = 0;
  /** Why the script could not be played to its end, when something was done to it. */
  problem: string | null = null;
  private readonly momentsMax: number;
  private actions: Action[];
  private nextAction = 0;
  private events = 0;
  private isScripted = true;
  private readonly bookmarks: Bookmark[] = [];
  private snapshotEvents = SNAPSHOT_EVENTS;
  private views: readonly HostView[] = [];
  private readonly prints: number[][] = [];

  /** @param momentsMax so many moments are kept; then the older half is forgotten */
  constructor(scene: Scene, recipe: Recipe, auth: TcpAuthAlgorithms | null = null, momentsMax = MOMENTS_MAX) {
    this.scene = scene;
    this.momentsMax = momentsMax;
    this.actions = inOrder(recipe.actions);
    let network: LabNetwork | null = null;
    this.stage = new Stage(recipe.seed, auth, (options) => {
      network = new LabNetwork(options);
      return network;
    });
    this.network = network ?? new LabNetwork();
    this.network.watcher = this;
    this.rows = new RowKeeper(this.stage.tape, this.stage.setting);
    this.playScript();
  }

  get recipe(): Recipe {
    return { scene: this.scene.id, seed: this.stage.seed, actions: this.actions };
  }

  get isIdle(): boolean {
    return this.network.isIdle && this.nextAction >= this.actions.length;
  }

  /** Goes on behind the script: so many events, none later than `untilUs`. False when there was nothing to do. */
  advance(events: number, untilUs = Number.POSITIVE_INFINITY): boolean {
    const last = this.events + events;
    while (this.events < last) {
      if (!this.network.step(untilUs)) return false;
      if (this.events - this.lastBookmark >= this.snapshotEvents) this.bookmark();
      if (this.moments.length > this.momentsMax) this.forget();
    }
    return true;
  }

  /**
   * Does something at a moment. What had been done later is gone. Goes back no further than the last snapshot before it.
   * @returns the session to go on with: this one, or another that was played from the beginning; and the first moment
   *   that may differ
   */
  act(action: Action): { readonly session: Session; readonly from: number } {
    return this.rewrite(withAction(this.actions, action), action);
  }

  /** Leaves out everything done behind a moment, or (with another list) does other things. */
  rewrite(actions: readonly Action[], moment: Pick<Action, 'event' | 'timeUs'>): { session: Session; from: number } {
    const bookmark = this.bookmarks
      .filter((one) => one.moments > this.forgotten && one.event <= moment.event && this.isBefore(one, moment))
      .at(-1);
    if (bookmark === undefined) {
      const recipe: Recipe = { ...this.recipe, actions };
      return { session: new Session(this.scene, recipe, this.authOrNull(), this.momentsMax), from: 0 };
    }
    this.goTo(bookmark);
    this.actions = inOrder(actions);
    return { session: this, from: bookmark.moments };
  }

  beforeStep(untilUs: number): void {
    if (this.stage.tape.length !== this.moments.at(-1)?.entry) this.note();
    for (let action = this.dueAction(untilUs); action !== null; action = this.dueAction(untilUs)) {
      this.nextAction++;
      this.network.advanceTo(action.timeUs);
      for (const host of this.network.hosts) host.tellTime();
      carryOut(this.stage, this.network, action);
      for (const host of this.network.hosts) host.tellTime();
      this.note();
    }
  }

  afterStep(): void {
    this.events++;
    this.note();
    if (this.isScripted && this.events > SCRIPT_EVENTS_MAX) throw new ScriptTooLong('too many events');
  }

  private playScript(): void {
    try {
      this.scene.play(this.stage);
    } catch (error) {
      // What was done to it may have made its next sentence impossible. That is an outcome, not a fault.
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.isScripted = false;
    this.note();
    this.moments.unshift(this.beginning());
    this.scriptMoments = this.moments.length;
    this.bookmark();
  }

  /** Views of hosts that have changed are made anew; what has not changed stays the same object. */
  private look(): void {
    const { network, prints } = this;
    const { hosts } = network;
    let views: HostView[] | null = hosts.length === this.views.length ? null : [];
    for (const [at, host] of hosts.entries()) {
      const print: number[] = [];
      fingerprint(host, print);
      const before = prints[at];
      const known = this.views[at];
      if (views === null && before !== undefined && known !== undefined && isSame(before, print)) continue;
      views ??= [...this.views];
      views[at] =
        known !== undefined && before !== undefined && isSame(before, print) ? known : viewHost(host, network.nowUs);
      prints[at] = print;
    }
    if (views !== null) this.views = views;
  }

  /** Before the first call: the hosts are there, and nothing else. */
  private beginning(): Moment {
    const hosts = (this.moments.at(-1)?.hosts ?? []).map((host) => ({
      ...host,
      condition: 'up',
      connections: [],
      listeners: [],
      more: 0,
    }));
    return { event: 0, timeUs: this.network.startUs, entry: 0, checks: 0, hosts };
  }

  private dueAction(untilUs: number): Action | null {
    const action = this.actions[this.nextAction];
    if (action === undefined || action.timeUs > untilUs || this.events < action.event) return null;
    return this.events > action.event || this.network.nextDueUs >= action.timeUs ? action : null;
  }

  private note(): void {
    const { network, stage } = this;
    this.look();
    this.moments.push({
      event: this.events,
      timeUs: network.nowUs,
      entry: stage.tape.length,
      checks: stage.checks.length,
      hosts: this.views,
    });
  }

  /**
   * The older half goes, up to a snapshot: whatever is kept can be reached from one. A run without end is kept as far back
   * as a person would look.
   */
  private forget(): void {
    const half = this.moments.length >> 1;
    const ages = this.bookmarks.map(({ moments }) => moments - 1 - this.forgotten).filter((age) => age > 0);
    const gone = ages.filter((age) => age <= half).at(-1) ?? ages[0] ?? half;
    const first = this.moments[gone];
    if (first === undefined) return;
    this.moments.splice(0, gone);
    this.forgotten += gone;
    this.snapshotEvents = Math.max(this.snapshotEvents, momentsPerSnapshot(this.momentsMax));
    this.rows.forget(first.entry);
    this.stage.tape.forget(first.entry);
    const kept = this.bookmarks.filter(({ moments }) => moments > this.forgotten);
    this.bookmarks.splice(0, this.bookmarks.length, ...kept);
  }

  private get lastBookmark(): number {
    return this.bookmarks.at(-1)?.event ?? 0;
  }

  private bookmark(): void {
    if (this.bookmarks.length >= SNAPSHOTS_MAX) {
      this.bookmarks.splice(0, this.bookmarks.length, ...this.bookmarks.filter((_, index) => index % 2 === 0));
      this.snapshotEvents *= 2;
    }
    this.bookmarks.push({
      event: this.events,
      entry: this.stage.tape.length,
      moments: this.forgotten + this.moments.length,
      nextAction: this.nextAction,
      snapshot: this.network.snapshot([this.stage.tape]),
    });
  }

  /** Of actions that were done before the bookmark none is later than the moment. */
  private isBefore(bookmark: Bookmark, moment: Pick<Action, 'event' | 'timeUs'>): boolean {
    const last = this.actions[bookmark.nextAction - 1];
    const at = this.moments[bookmark.moments - this.forgotten - 1];
    return (last === undefined || !isLater(last, moment)) && (at?.timeUs ?? 0) <= moment.timeUs;
  }

  private goTo(bookmark: Bookmark): void {
    this.network.restore(bookmark.snapshot);
    this.stage.tape.rewind(bookmark.entry);
    this.rows.restart();
    this.moments.length = Math.max(0, bookmark.moments - this.forgotten);
    this.bookmarks.length = this.bookmarks.indexOf(bookmark) + 1;
    this.events = bookmark.event;
    this.nextAction = bookmark.nextAction;
    this.prints.length = 0;
    this.views = [];
  }

  private authOrNull(): TcpAuthAlgorithms | null {
    return this.scene.needsAuth ? this.stage.auth : null;
  }
}

/** A run that has become long takes few snapshots: some in what is kept of it. */
function momentsPerSnapshot(momentsMax: number): number {
  return Math.ceil(momentsMax / 3);
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
