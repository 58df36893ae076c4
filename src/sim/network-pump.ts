/**
 * Runs a simulated network on an event loop, for programs that wait for promises and callbacks instead of calling
 * `network.run`. Frames move at once; the clock moves only when the loop has turned without a new socket call and nothing
 * outside is pending, so that a program always has its say before time passes. With `time: 'real'` the network's clock
 * follows the machine's instead.
 */
import { StateError } from '../base/errors.ts';
import type { EventLoop, SocketHost } from '../socket/socket-host.ts';
import type { Stack } from '../stack/stack.ts';
import type { Host } from './host.ts';
import type { Network } from './network.ts';

/** How the clock moves. */
export type NetworkTime = 'virtual' | 'real';

export interface NetworkPumpOptions {
  /** `virtual` (default): jumps to the next event. `real`: as the machine's clock. */
  readonly time?: NetworkTime;
}

/** Decides when a virtual clock may move; test frameworks with timers of their own put themselves here. */
export interface ClockGate {
  /** Nothing is left to do before `dueUs`. False: not now; call `kick` of the pump when it may. */
  mayAdvance(dueUs: number): boolean;
}

const pumps = new WeakMap<Network, NetworkPump>();

/** The pump of a network. There is one; it is made at the first call, with that call's loop and options. */
export function pumpOf(network: Network, loop: EventLoop, options: NetworkPumpOptions = {}): NetworkPump {
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

export class NetworkPump {
  readonly network: Network;
  readonly time: NetworkTime;
  /** Asked before a virtual clock moves, beside the loop's pending resources. */
  gate: ClockGate | null = null;
  private readonly loop: EventLoop;
  private readonly attached = new Map<Host, AttachedHost>();
  private readonly startedUs: number;
  private isScheduled = false;
  private isRunning = false;
  private isStopped = false;
  private wasCalled = false;
  private timer: unknown = null;
  private references = 0;

  constructor(network: Network, loop: EventLoop, options: NetworkPumpOptions) {
    this.network = network;
    this.loop = loop;
    this.time = options.time ?? 'virtual';
    this.startedUs = loop.nowUs() - network.nowUs;
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
    this.isStopped = true;
    this.stopTimer();
    this.loop.keepAlive(false);
  }

  /** Counts what keeps the process alive. */
  changeReferences(change: 1 | -1): void {
    this.references += change;
    if (!this.isStopped) this.loop.keepAlive(this.references > 0);
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
    const { network } = this;
    if (this.wasCalled) {
      this.wasCalled = false;
      this.runUntil(network.nowUs);
      return true;
    }
    const dueUs = network.nextDueUs;
    // Nobody waits: keep-alive probes and the like would go on for ever.
    if (dueUs === Number.POSITIVE_INFINITY || this.references === 0) return false;
    if (this.loop.pendingResource() !== null) return true;
    if (this.gate?.mayAdvance(dueUs) === false) return false;
    this.runUntil(dueUs);
    return true;
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

class AttachedHost implements SocketHost {
  private readonly pump: NetworkPump;
  private readonly host: Host;

  constructor(pump: NetworkPump, host: Host) {
    this.pump = pump;
    this.host = host;
  }

  get name(): string {
    return this.host.name;
  }

  get stack(): Stack {
    return this.host.stack;
  }

  get nowUs(): number {
    return this.host.nowUs;
  }

  kick(): void {
    this.host.tellTime();
    this.pump.kick();
  }

  ref(): void {
    this.pump.changeReferences(1);
  }

  unref(): void {
    this.pump.changeReferences(-1);
  }

  addressesOf(name: string): readonly string[] {
    const { network } = this.pump;
    const found = network.hosts.find((host) => host.name === name);
    if (found === undefined) return [];
    if (found === this.host) return found.addresses.length > 0 ? found.addresses : ['127.0.0.1'];
    const near = network.links
      .filter((link) => link.hosts.includes(this.host) && link.hosts.includes(found))
      .flatMap((link) => [found.address(4, link.link), found.address(6, link.link)])
      .filter((address) => address !== null);
    return near.length > 0 ? near : found.addresses;
  }
}
