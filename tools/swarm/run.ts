/**
 * Plays a recipe: storm and troubles, then calm. What must always hold is checked between events; after the calm everything
 * has to arrive, both ends to close and nothing to be left. Throws nothing: a run that breaks a promise says which,
 * and so does one that does not end.
 */
import { UNIMPAIRED } from '../../src/link/impairment-settings.ts';
import type { Rule } from '../../src/link/rules.ts';
import type { Host } from '../../src/sim/host.ts';
import type { NetworkLink } from '../../src/sim/network-link.ts';
import type { Partition } from '../../src/sim/partition.ts';
import { build, type Scenery } from './build.ts';
import { hangsAt, type Progress } from './patience.ts';
import { BrokenPromise, FIRST_PORT, FlowClient, type FlowEnd, FlowServer } from './programs.ts';
import type { FlowPlan, Recipe, Trouble } from './recipe.ts';
import { checkHost } from './watch.ts';

/** How a run went. */
export interface Outcome {
  /** What was broken, null when everything held. Begins with the promise: `delivery`, `window`, `connection`, `hang`, `end` … */
  readonly failure: string | null;
  /** Segments sent by the ends of connections. */
  readonly segments: number;
  /** Frames lost, doubled, delayed past others, damaged, refused or changed, and troubles that began. */
  readonly faults: number;
  /** Flows whose octets all arrived and whose ends both closed. */
  readonly completed: number;
  readonly events: number;
  /** Virtual seconds. */
  readonly seconds: number;
}

/** What is told of a run that has not come to its first event. */
const NOTHING: Outcome = { failure: null, segments: 0, faults: 0, completed: 0, events: 0, seconds: 0 };

/** A thousand times what a run takes. */
const PATIENCE_MS = 5_000;
const SEGMENTS_MIN = 200;
/** A run is checked after every so many events, and after each one that a host had its turn in. */
const CHECK_EVERY = 4;
const SETTLE_MS = 1_200_000;
const EVENTS_MAX = 150_000;
/** More segments than this within a virtual second on a calm network without progress are a storm. */
const EVENTS_PER_SEGMENT_MAX = 60;

/** Whether a run says anything: enough segments, a fault, a connection from beginning to end. */
export function counts(outcome: Outcome): boolean {
  return outcome.segments >= SEGMENTS_MIN && outcome.faults > 0 && outcome.completed > 0;
}

/** @param patienceMs how long the run may last before it is asked whether it hangs */
export function play(recipe: Recipe, patienceMs = PATIENCE_MS): Outcome {
  const last: { run: Run | null; failure: string | null } = { run: null, failure: null };
  const hungAt = hangsAt((progress) => {
    last.run = null;
    last.failure = null;
    try {
      last.run = new Run(recipe, progress);
      last.run.storm();
      last.run.calm();
    } catch (error) {
      const isPromise = error instanceof BrokenPromise;
      last.failure = `${isPromise ? '' : 'exception: '}${error instanceof Error ? error.message : String(error)}`;
    }
  }, patienceMs);
  const { run } = last;
  const failure = hungAt === null ? last.failure : `hang: event ${hungAt} does not end`;
  if (run === null) return { ...NOTHING, failure };
  return run.outcome(failure === null ? null : `${failure}; ${run.describe()}`);
}

class Run {
  private readonly recipe: Recipe;
  private readonly scenery: Scenery;
  private readonly clients: FlowClient[] = [];
  private readonly serverEnds: FlowEnd[][] = [];
  private readonly active = new Map<Trouble, Rule | Partition | null>();
  private readonly hasCrashed = new Set<number>();
  private readonly progress: Progress;
  private begun = 0;

  constructor(recipe: Recipe, progress: Progress) {
    this.recipe = recipe;
    this.progress = progress;
    this.scenery = build(recipe);
    for (const [index, plan] of recipe.flows.entries()) {
      this.serverEnds.push([]);
      this.startServer(index, plan);
    }
    for (const [index, plan] of recipe.flows.entries()) {
      const { hosts } = this.scenery;
      const host = hosts[plan.client] as Host;
      const link = this.scenery.links[this.scenery.links.length - 1] as NetworkLink;
      const address = this.server.address(plan.family, link.link) ?? '';
      const client = new FlowClient(plan, address, FIRST_PORT + index);
      this.clients.push(client);
      host.start(client);
    }
  }

  /** Bad weather, with troubles that begin and end in it or a little after. */
  storm(): void {
    const { recipe } = this;
    const moments = [
      ...recipe.troubles.flatMap((trouble) => [
        { atMs: trouble.atMs, act: () => this.begin(trouble) },
        { atMs: trouble.atMs + trouble.forMs, act: () => this.endOf(trouble) },
      ]),
      { atMs: recipe.stormMs, act: () => this.clearUp() },
    ].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, act } of moments) {
      this.runUntil(atMs);
      act();
    }
  }

  /** Everything has to come to its end. */
  calm(): void {
    this.runUntil(this.scenery.network.nowMs + SETTLE_MS);
    if (!this.isOver) throw new BrokenPromise('end: not everything has come to its end');
    for (const [index, plan] of this.recipe.flows.entries()) {
      if (this.mayFail(index, plan) || this.isComplete(index)) continue;
      throw new BrokenPromise(`end: flow ${index} has not delivered everything`);
    }
  }

  outcome(failure: string | null): Outcome {
    const { scenery, recipe } = this;
    const harm = scenery.links.reduce((sum, link) => sum + link.rules.reduce((hits, rule) => hits + rule.hits, 0), 0);
    const dropped = scenery.links.reduce((sum, { impairment }) => sum + impairment.statistics.droppedFrames, 0);
    const { duplicate = 0, reorder = 0, corrupt = 0, jitterReorders = false, mark = 0 } = recipe.weather;
    const isRough = duplicate + reorder + corrupt + mark > 0 || jitterReorders;
    return {
      failure,
      segments: scenery.wire.segments,
      faults: harm + dropped + this.begun + (scenery.middlebox?.touched ?? 0) + (isRough ? 1 : 0),
      completed: recipe.flows.filter((_, index) => this.isComplete(index)).length,
      events: this.progress.events,
      seconds: scenery.network.nowMs / 1000,
    };
  }

  describe(): string {
    const flows = this.recipe.flows.map((plan, index) => {
      const ends = [this.clients[index]?.end ?? null, ...(this.serverEnds[index] ?? [])];
      const texts = ends.map((end) =>
        end === null
          ? 'none'
          : `${end.socket.stateName} wrote ${end.written} read ${end.read}${end.error === null ? '' : ` ${end.error}`}`,
      );
      return `${plan.kind} ${plan.up}/${plan.down}: ${texts.join(' | ')}`;
    });
    return `at ${this.scenery.network.nowMs} ms; ${flows.join('; ')}`;
  }

  private get server(): Host {
    return this.scenery.hosts[this.scenery.hosts.length - 1] as Host;
  }

  private startServer(index: number, plan: FlowPlan): void {
    this.server.start(new FlowServer(plan, FIRST_PORT + index, this.serverEnds[index] as FlowEnd[]));
  }

  private runUntil(untilMs: number): void {
    const { network, hosts } = this.scenery;
    const untilUs = network.startUs + untilMs * 1000;
    while (network.step(untilUs)) {
      const events = ++this.progress.events;
      if (events % CHECK_EVERY !== 0) continue;
      for (const host of hosts) checkHost(host);
      if (events % 64 !== 0) continue;
      if (this.isOver) return;
      this.checkPace();
    }
    network.advanceTo(untilUs);
    for (const host of hosts) checkHost(host);
  }

  private checkPace(): void {
    const { segments } = this.scenery.wire;
    const { events } = this.progress;
    if (events > EVENTS_MAX || events > 10_000 + segments * EVENTS_PER_SEGMENT_MAX) {
      throw new BrokenPromise(`storm: ${events} events, ${segments} segments`);
    }
  }

  /** Nothing is left: no program that waits, no connection, no record of one. */
  private get isOver(): boolean {
    const { hosts } = this.scenery;
    if (this.active.size > 0) return false;
    const isTold = this.clients.every(
      ({ end }, index) => end?.isOver === true || this.hasCrashed.has(this.recipe.flows[index]?.client ?? -1),
    );
    // Octets may wait for a slow reader when their connection is gone.
    const hasRead = this.serverEnds.every((ends) =>
      ends.every((end) => end.isOver || end.socket.stack !== this.server.stack),
    );
    return (
      isTold &&
      hasRead &&
      hosts.every(
        ({ condition, stack: { tcp } }) =>
          condition === 'up' && tcp.connections.size === 0 && tcp.timeWaitCount === 0 && tcp.orphanCount === 0,
      )
    );
  }

  private isComplete(index: number): boolean {
    const plan = this.recipe.flows[index] as FlowPlan;
    const client = this.clients[index]?.end ?? null;
    if (client?.isComplete !== true) return false;
    const down = plan.kind === 'echo' ? plan.up : plan.down;
    return client.read === down && (this.serverEnds[index] ?? []).some((end) => end.isComplete && end.read === plan.up);
  }

  /** What a program may be told that its connection ended early. */
  private mayFail(index: number, plan: FlowPlan): boolean {
    // Nobody answered who has the address: what asks for it is lost in a storm as everything is.
    if (plan.kind === 'abort' || this.clients[index]?.end?.error === 'EHOSTUNREACH') return true;
    if (this.hasCrashed.has(plan.client) || this.hasCrashed.has(this.scenery.hosts.length - 1)) return true;
    // The server had and acknowledged all, and has forgotten it after two seconds, before a FIN sent again could reach it: that one draws a RST.
    const end = this.clients[index]?.end ?? null;
    const isDone = (this.serverEnds[index] ?? []).some((one) => one.isComplete && one.read === plan.up);
    if (end !== null && end.error === 'ECONNRESET' && end.hasShutDown && isDone) return true;
    // A cookie remembers the number after the SYN: when the first segments behind the handshake are lost, a later one draws a RST.
    if (this.recipe.hosts[this.recipe.hosts.length - 1]?.tcp.syncookies === 2) return true;
    return this.recipe.troubles.some((trouble) => trouble.kind === 'lie' && trouble.reject !== 'frag-needed');
  }

  private begin(trouble: Trouble): void {
    const { hosts, links, network } = this.scenery;
    if (trouble.kind === 'partition' || trouble.kind === 'lie') {
      const link = links[trouble.link] as NetworkLink;
      if (trouble.kind === 'partition') {
        const [a, b] = link.hosts as [Host, Host];
        this.active.set(trouble, network.partition(a, b));
      } else {
        const { reject, mtu } = trouble;
        this.active.set(trouble, link.rule({ protocol: 'tcp', first: 3 }, { reject, mtu }));
      }
    } else {
      const host = hosts[trouble.host] as Host;
      if (host.condition !== 'up') return;
      this.active.set(trouble, null);
      if (trouble.kind === 'crash') {
        this.hasCrashed.add(trouble.host);
        host.crash();
      } else host.freeze();
    }
    this.begun++;
  }

  private endOf(trouble: Trouble): void {
    const state = this.active.get(trouble);
    if (state === undefined) return;
    this.active.delete(trouble);
    state?.remove();
    if (trouble.kind === 'freeze') (this.scenery.hosts[trouble.host] as Host).thaw();
    if (trouble.kind !== 'crash') return;
    const host = this.scenery.hosts[trouble.host] as Host;
    host.restart();
    if (host !== this.server) return;
    for (const [index, plan] of this.recipe.flows.entries()) this.startServer(index, plan);
  }

  private clearUp(): void {
    const { delayMs, rateBps } = this.recipe;
    // A partition ends when its own time has come.
    const { cut, ...calm } = UNIMPAIRED;
    for (const link of this.scenery.links) link.set({ ...calm, delayMs, rateBps });
  }
}
