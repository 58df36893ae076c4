/**
 * Runs a simulated network on an event loop, for programs that wait for promises and callbacks instead of calling
 * `network.run`. Frames move at once; the clock moves only when the loop has turned without a new socket call and nothing
 * outside is pending, so that a program always has its say before time passes. With `time: 'real'` the network's clock
 * follows the machine's instead.
 */
import { StateError } from '../base/errors.ts';
import type { EventLoop, SocketHost } from '../socket/socket-host.ts';
import { AttachedHost } from './attached-host.ts';
import type { Host, HostNetwork } from './host.ts';

/** How the clock moves. */
export type NetworkTime = 'virtual' | 'real';

/** How a network runs on an event loop. */
export interface NetworkPumpOptions {
  /** `virtual` (default): jumps to the next event. `real`: as the machine's clock. */
  readonly time?: NetworkTime;
}

/** Decides when a virtual clock may move. */
export interface ClockGate {
  /** False: not to `dueUs` now; call `kick` of the pump when it may. */
  mayAdvance(dueUs: number): boolean;
}

/** A second clock that goes with a virtual one, such as a test framework's fake timers. Times are the network's, microseconds. */
export interface CompanionClock {
  readonly nowUs: number;
  /** When its next timer is due, Infinity when none is. */
  readonly nextDueUs: number;
  /** Moves on and fires what is due by then; one timer or all of the moment. Errors of timers may be thrown. */
  advanceTo(timeUs: number): void;
}

/** Somebody waits for an hour. */
interface Goal {
  readonly untilUs: number;
  readonly reached: () => void;
}

const pumps = new WeakMap<HostNetwork, NetworkPump>();

/** The pump of a network. There is one; it is made at the first call, with that call's loop and options. */
export function pumpOf(network: HostNetwork, loop: EventLoop, options: NetworkPumpOptions = {}): NetworkPump {
  let pump = pumps.get(network);
  if (pump === undefined) {
    pump = new NetworkPump(network, loop, options);
    pumps.set(network, pump);
  } else if (options.time !== undefined && options.time !== pump.time) {
    throw new StateError(`this network already runs in ${pump.time} time; choose the time before its first socket`);
  }
  return pump;
}

/** Steps of a network in one turn, before the event loop gets its own. */
const TURN_STEPS = 10_000;
/** Turns in which the pump asks again at once; after them it asks every POLL_MS, which costs less. */
const EAGER_TURNS = 64;
const POLL_MS = 2;

/** One simulated network on one event loop; `pumpOf` makes it. */
export class NetworkPump {
  readonly network: HostNetwork;
  readonly time: NetworkTime;
  /** Asked before a virtual clock moves, beside the loop's pending resources. */
  gate: ClockGate | null = null;
  /** True: open sockets alone do not make a virtual clock move, only `advanceTo` and `drive`. */
  isManual = false;
  private readonly loop: EventLoop;
  private readonly attached = new Map<Host, AttachedHost>();
  private readonly startedUs: number;
  private readonly goals: Goal[] = [];
  private second: CompanionClock | null = null;
  private isScheduled = false;
  private isRunning = false;
  private isStopped = false;
  private wasCalled = false;
  private timer: unknown = null;
  private references = 0;
  private drivers = 0;
  private holds = 0;
  private waitedTurns = 0;
  private stoodStillSinceUs = -1;

  constructor(network: HostNetwork, loop: EventLoop, options: NetworkPumpOptions) {
    this.network = network;
    this.loop = loop;
    this.time = options.time ?? 'virtual';
    this.startedUs = loop.nowUs() - network.nowUs;
    network.crashListener = (host) => this.attached.get(host)?.forgetReferences();
    if (this.time === 'virtual') loop.watchResources?.(true);
  }

  /** The host as asynchronous sockets use it. */
  attach(host: Host): SocketHost {
    let attached = this.attached.get(host);
    if (attached === undefined) {
      attached = new AttachedHost(this, host);
      this.attached.set(host, attached);
    }
    return attached;
  }

  /** Something was done to a host or a link: the network has its turn after the program's. */
  kick(): void {
    this.wasCalled = true;
    this.schedule();
  }

  /** Stops for good: nothing moves by itself any more, and the process is not kept alive. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.stopTimer();
    this.loop.keepAlive(false);
    if (this.time === 'virtual') this.loop.watchResources?.(false);
    // Nobody is left waiting for an hour that never comes.
    for (const goal of this.goals.splice(0)) goal.reached();
  }

  /** True after `stop`. */
  get hasStopped(): boolean {
    return this.isStopped;
  }

  /** What keeps the process alive: open asynchronous sockets and the like. */
  get referenceCount(): number {
    return this.references;
  }

  /** Counts what keeps the process alive. */
  changeReferences(change: 1 | -1): void {
    this.references += change;
    if (!this.isStopped) this.loop.keepAlive(this.references > 0);
  }

  /** The clock that goes along; its timers make the network's clock move as open sockets do. Virtual time only. */
  get companion(): CompanionClock | null {
    return this.second;
  }

  set companion(clock: CompanionClock | null) {
    if (clock !== null) this.mustBeVirtual('another clock goes along');
    this.second = clock;
    this.kick();
  }

  /** Moves a virtual clock to `timeUs`, everything in the order it is due. Resolves when it is there. @throws StateError */
  advanceTo(timeUs: number): Promise<void> {
    this.mustBeVirtual('the clock can be moved');
    if (this.isStopped) throw new StateError('this network was stopped; its clock does not move any more');
    return new Promise((reached) => {
      this.goals.push({ untilUs: timeUs, reached });
      this.goals.sort((a, b) => a.untilUs - b.untilUs);
      this.kick();
    });
  }

  /** 1: from now on the clock moves as if a socket were open; -1 takes that back. */
  drive(change: 1 | -1): void {
    this.drivers += change;
    this.kick();
  }

  /** 1: the clock stands still, for work outside that Node does not list; -1 takes that back. */
  hold(change: 1 | -1): void {
    this.holds += change;
    this.kick();
  }

  /** Real microseconds for which nothing has been due, neither here nor outside; 0 while something is. */
  get stoodStillUs(): number {
    return this.stoodStillSinceUs < 0 ? 0 : this.loop.nowUs() - this.stoodStillSinceUs;
  }

  /** How far the network's clock is behind the machine's, microseconds; 0 in virtual time. */
  get lagUs(): number {
    return this.time === 'real' ? Math.max(0, this.loop.nowUs() - this.startedUs - this.network.nowUs) : 0;
  }

  private mustBeVirtual(what: string): void {
    if (this.time === 'virtual') return;
    throw new StateError(`this network runs in real time; ${what} only in virtual time`);
  }

  private schedule(): void {
    if (this.isScheduled || this.isRunning || this.isStopped) return;
    this.isScheduled = true;
    this.loop.afterTurn(this.runTurn);
  }

  private readonly runTurn = (): void => {
    this.isScheduled = false;
    if (this.isStopped) return;
    this.isRunning = true;
    // An error thrown by a program's callback must not stop the network.
    let goOn = true;
    try {
      goOn = this.time === 'real' ? this.followClock() : this.jump();
    } finally {
      this.isRunning = false;
      if (goOn) this.schedule();
    }
  };

  /** One turn in virtual time; false when nothing is left to do. */
  private jump(): boolean {
    const { network, second } = this;
    if (this.wasCalled) {
      this.wasCalled = false;
      this.waitedTurns = 0;
      this.stoodStillSinceUs = -1;
      this.runUntil(network.nowUs);
      return true;
    }
    if (second !== null && second.nowUs > network.nowUs) return this.catchUp(second.nowUs);
    const networkUs = network.nextDueUs;
    const secondUs = second === null ? Number.POSITIVE_INFINITY : second.nextDueUs;
    const dueUs = Math.min(networkUs, secondUs);
    const goal = this.goals[0];
    const untilUs = goal === undefined ? dueUs : Math.min(dueUs, goal.untilUs);
    if (!this.isDriven(secondUs)) return second !== null && !this.isManual && this.ask();
    if (this.holds > 0 || this.loop.pendingResource() !== null) return this.ask();
    if (untilUs === Number.POSITIVE_INFINITY) {
      if (this.stoodStillSinceUs < 0) this.stoodStillSinceUs = this.loop.nowUs();
      // Setting a fake timer tells nobody.
      return second !== null && this.ask();
    }
    this.stoodStillSinceUs = -1;
    if (this.gate?.mayAdvance(untilUs) === false) return false;
    this.waitedTurns = 0;
    if (goal !== undefined && dueUs > goal.untilUs) this.reach(goal);
    else if (secondUs <= networkUs) this.moveBoth(secondUs);
    else {
      second?.advanceTo(networkUs);
      this.runUntil(networkUs);
    }
    return true;
  }

  /** Without anybody who waits, keep-alive probes and the like would go on for ever. */
  private isDriven(secondUs: number): boolean {
    if (this.goals.length > 0 || this.drivers > 0) return true;
    if (this.isManual) return false;
    return this.references > 0 || secondUs !== Number.POSITIVE_INFINITY;
  }

  /** Comes back soon; false when a timer does. */
  private ask(): boolean {
    if (this.waitedTurns++ < EAGER_TURNS) return true;
    this.timer ??= this.loop.setTimer(this.runTimer, POLL_MS);
    return false;
  }

  /** The second clock was moved by somebody else. */
  private catchUp(timeUs: number): boolean {
    const dueUs = this.network.nextDueUs;
    if (dueUs <= timeUs) this.runUntil(dueUs);
    else this.moveNetwork(timeUs);
    return true;
  }

  private reach(goal: Goal): void {
    this.goals.shift();
    try {
      this.moveBoth(goal.untilUs);
    } finally {
      goal.reached();
    }
  }

  /** The network first: timers see its new hour. */
  private moveBoth(timeUs: number): void {
    this.moveNetwork(timeUs);
    this.second?.advanceTo(timeUs);
  }

  private moveNetwork(timeUs: number): void {
    this.network.advanceTo(timeUs);
    for (const host of this.attached.keys()) host.tellTime();
  }

  /** One turn in real time; what is due later waits for a timer. */
  private followClock(): boolean {
    const { network, loop } = this;
    this.wasCalled = false;
    this.stopTimer();
    const nowUs = loop.nowUs() - this.startedUs;
    network.advanceTo(nowUs);
    if (this.runUntil(nowUs)) return true;
    const dueUs = network.nextDueUs;
    if (dueUs === Number.POSITIVE_INFINITY) return this.wasCalled;
    this.timer = loop.setTimer(this.runTimer, Math.max(0, Math.ceil((dueUs - nowUs) / 1000)));
    return this.wasCalled;
  }

  private readonly runTimer = (): void => {
    this.timer = null;
    this.schedule();
  };

  /** True when the turn's share of steps was not enough. */
  private runUntil(untilUs: number): boolean {
    for (let steps = 0; steps < TURN_STEPS; steps++) if (!this.network.step(untilUs)) return false;
    return true;
  }

  private stopTimer(): void {
    if (this.timer !== null) this.loop.clearTimer(this.timer);
    this.timer = null;
  }
}
