/**
 * A simulated host: drives one stack. Frames from links go in, frames the stack has go out until the link is full,
 * timers run when the network's clock says so, events go to the programs. The order is fixed, so that a run is determined
 * by its seed. A host can crash (nothing is said to anyone), freeze (as a suspended machine) and come back.
 */
import { StateError } from '../base/errors.ts';
import type { MacAddress } from '../base/mac-address.ts';
import type { SeededGenerator } from '../base/random.ts';
import type { Slot } from '../base/slot.ts';
import type { Link } from '../link/link.ts';
import { SocketEvent } from '../socket/socket-event.ts';
import { tellListener } from '../socket/socket-host.ts';
import { Stack } from '../stack/stack.ts';
import { Fault, type FaultLink, type FaultName, type FaultOptions } from './fault.ts';
import { HostPort } from './host-port.ts';
import type { EventSocket, HostStack } from './host-stack.ts';
import type { HostOptions, StackFactory } from './stack-factory.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** `frozen`: suspended, memory kept; `crashed`: memory gone. */
export type HostCondition = 'up' | 'frozen' | 'crashed';

/** Rounds of events and frames in one turn, before others get theirs. */
const ROUNDS_MAX = 64;

/** The network of a host, as its hosts know it and those who run it: `Network`. */
export interface HostNetwork {
  readonly hosts: readonly Host[];
  readonly links: readonly HostLink[];
  /** The network's hour, microseconds. */
  readonly nowUs: number;
  /** When something is due next, Infinity when nothing is. */
  readonly nextDueUs: number;
  /** Told when a host has crashed, for whoever drives programs on it. */
  crashListener: ((host: Host) => void) | null;
  /** Does the next thing; false when nothing is left to do, or nothing by `untilUs`. */
  step(untilUs?: number): boolean;
  /** Moves the clock, to run beside another one; nothing happens before the next `step`. */
  advanceTo(timeUs: number): void;
}

/** A link as its hosts see it. */
export interface HostLink extends FaultLink {
  readonly hosts: readonly Host[];
}

interface HostTimer {
  readonly dueUs: number;
  readonly application: Application;
  readonly token: number;
}

/** How an interface was configured, to do it again after a crash. */
interface PortPlan {
  readonly name: string;
  readonly link: Link;
  readonly port: number;
  readonly mac: MacAddress | null;
  readonly addresses: string[];
  readonly routes: { readonly prefix: string; readonly gateway: string | null }[];
}

/** One host of a network; made by `Network.host`. */
export class Host {
  readonly name: string;
  /** The network it belongs to. */
  readonly network: HostNetwork;
  /** Something was done to the host since its last turn. */
  isReady = true;
  /** A person may have called its sockets since its last turn: it gets one, but nothing is known to wait. */
  wasCalled = false;
  /** When it wants a turn, Infinity when nothing is due. */
  dueUs = Number.POSITIVE_INFINITY;
  /** Frames that came while it was frozen or crashed. */
  missedFrames = 0;
  private currentStack: HostStack;
  private currentCondition: HostCondition = 'up';
  private readonly clock: VirtualClock;
  private readonly factory: StackFactory;
  private readonly options: HostOptions;
  private readonly random: SeededGenerator;
  private readonly plans: PortPlan[] = [];
  private readonly ports: HostPort[] = [];
  private readonly running: Application[] = [];
  private readonly owners = new Map<EventSocket, Application>();
  private readonly timers: HostTimer[] = [];

  constructor(
    network: HostNetwork,
    name: string,
    options: HostOptions,
    factory: StackFactory,
    clock: VirtualClock,
    random: SeededGenerator,
  ) {
    this.network = network;
    this.name = name;
    this.options = options;
    this.factory = factory;
    this.clock = clock;
    this.random = random;
    this.currentStack = this.makeStack();
  }

  /** The stack it runs, for sockets and counters; another one after `restart`. */
  get stack(): Stack {
    if (this.currentStack instanceof Stack) return this.currentStack;
    throw new StateError(`host ${this.name} runs a stack of its factory's own; use drivenStack`);
  }

  /** The stack as the simulator drives it, whoever made it. */
  get drivenStack(): HostStack {
    return this.currentStack;
  }

  get condition(): HostCondition {
    return this.currentCondition;
  }

  /** The network's hour in microseconds. */
  get nowUs(): number {
    return this.clock.nowUs;
  }

  get nowMs(): number {
    return this.clock.nowUs / 1000;
  }

  /** Programs started since the last boot. */
  get applications(): readonly Application[] {
    return this.running;
  }

  /** Interfaces plugged in so far. */
  get portCount(): number {
    return this.plans.length;
  }

  /** All its addresses without prefix lengths, in the order they were given. */
  get addresses(): string[] {
    return this.plans.flatMap((plan) => plan.addresses.map((text) => text.slice(0, text.indexOf('/'))));
  }

  /** The first address of a family (default: the first of all) without its prefix length, null when it has none. */
  address(family?: 4 | 6, link?: Link): string | null {
    for (const plan of this.plans) {
      if (link !== undefined && plan.link !== link) continue;
      for (const text of plan.addresses) {
        if (family === undefined || text.includes(':') === (family === 6)) return text.slice(0, text.indexOf('/'));
      }
    }
    return null;
  }

  /** Plugs the host into a port of a link; called by the network. Returns the interface's number in the stack. */
  plug(link: Link, port: number, mac: MacAddress | null, addresses: readonly string[]): number {
    const plan: PortPlan = {
      name: `eth${this.plans.length}`,
      link,
      port,
      mac,
      addresses: [...addresses],
      routes: [],
    };
    this.plans.push(plan);
    return this.connect(plan);
  }

  /** Adds an address such as `192.0.2.1/24` to the interface of that number in order of plugging. */
  addAddress(portIndex: number, address: string): void {
    const { plan, port } = this.portAt(portIndex);
    plan.addresses.push(address);
    this.currentStack.addAddress(port.interfaceId, address);
    this.isReady = true;
  }

  /** Adds a route; `gateway` null when the prefix is on the link. */
  addRoute(portIndex: number, prefix: string, gateway: string | null): void {
    const { plan, port } = this.portAt(portIndex);
    plan.routes.push({ prefix, gateway });
    this.currentStack.addRoute(prefix, gateway, port.interfaceId);
    this.isReady = true;
  }

  /** Starts a program. Events of sockets that no program owns go to the first one started. */
  start<A extends Application>(application: A): A {
    if (this.currentCondition !== 'up')
      throw new StateError(`host ${this.name} is ${this.currentCondition}; restart or thaw it first`);
    this.running.push(application);
    this.currentStack.handleTimeout(this.clock.nowUs);
    application.onStart?.(this);
    this.isReady = true;
    return application;
  }

  /** From now on events of `socket` go to `application`. */
  own(socket: EventSocket, application: Application): void {
    this.owners.set(socket, application);
  }

  /** Nobody cares for the socket any more: a program says so after `close`, which is the last a socket tells it. */
  disown(socket: EventSocket): void {
    this.owners.delete(socket);
  }

  /** Calls `application.onTimer(host, token)` once, `delayMs` from now. */
  setTimer(application: Application, delayMs: number, token = 0): void {
    const timer: HostTimer = { dueUs: this.clock.nowUs + Math.max(0, delayMs) * 1000, application, token };
    let at = this.timers.length;
    while (at > 0 && this.timers[at - 1]!.dueUs > timer.dueUs) at--;
    this.timers.splice(at, 0, timer);
    this.isReady = true;
  }

  /**
   * Something goes wrong between this host and everybody it shares a link with; see FaultName. With `port` only on
   * connections to that port of this host. Links made later are not touched.
   * @throws ArgumentError for an unknown name or a value out of range; StateError when the host is on no link
   */
  fault(name: FaultName, options: FaultOptions = {}): Fault {
    const links = this.network.links.filter((link) => link.hosts.includes(this));
    if (links.length === 0) throw new StateError(`host ${this.name} is on no link; connect it before something fails`);
    return new Fault(
      name,
      options,
      links.map((link) => ({ link, host: this })),
    );
  }

  /** The machine dies: no FIN, no RST, everything in memory is gone. */
  crash(): void {
    this.currentCondition = 'crashed';
    for (const port of this.ports) port.clear();
    this.running.length = 0;
    this.timers.length = 0;
    this.owners.clear();
    this.dueUs = Number.POSITIVE_INFINITY;
    this.isReady = false;
    this.network.crashListener?.(this);
  }

  /** Boots again after a crash: a new stack with the same interfaces and addresses, no programs. */
  restart(): void {
    if (this.currentCondition !== 'crashed')
      throw new StateError(`host ${this.name} is ${this.currentCondition}; only a crashed host restarts`);
    this.currentStack = this.makeStack();
    this.ports.length = 0;
    this.currentCondition = 'up';
    for (const plan of this.plans) this.connect(plan);
  }

  /** Stops the machine as a suspended one: timers wait, frames that come are lost. */
  freeze(): void {
    if (this.currentCondition === 'crashed') throw new StateError(`host ${this.name} is crashed and cannot freeze`);
    this.currentCondition = 'frozen';
    this.dueUs = Number.POSITIVE_INFINITY;
  }

  /** Goes on after `freeze`; what became due meanwhile is due now. */
  thaw(): void {
    if (this.currentCondition !== 'frozen') return;
    this.currentCondition = 'up';
    this.isReady = true;
    this.dueUs = this.clock.nowUs;
  }

  /** A frame arrived from a link; called by the network. */
  receive(portIndex: number, slot: Slot): void {
    const port = this.ports[portIndex];
    if (this.currentCondition !== 'up' || port === undefined) {
      this.missedFrames++;
      return;
    }
    slot.interfaceId = port.interfaceId;
    this.currentStack.receive(slot, this.clock.nowUs);
    this.isReady = true;
  }

  /** The link has room again: a frame that waited may go. Called by the network. */
  linkDrained(portIndex: number): void {
    if (this.ports[portIndex]?.isBlocked) this.isReady = true;
  }

  /** One turn: due timers, then events and frames until there are none. Called by the network. */
  turn(): void {
    this.isReady = this.wasCalled = false;
    if (!this.isUp) return;
    const { nowUs } = this.clock;
    if (this.dueUs <= nowUs) {
      this.currentStack.handleTimeout(nowUs);
      this.runTimers(nowUs);
    }
    let round = 0;
    // A program may crash or freeze its host: from then on not even what is already written leaves.
    for (; round < ROUNDS_MAX && this.isUp; round++) {
      const events = this.deliverEvents();
      if (!this.isUp) return;
      // What the stack had has left, and no program has said more.
      if (events === 0 && round > 0) break;
      let sent = 0;
      for (const port of this.ports) sent += port.transmit(this.currentStack, nowUs);
      if (events === 0 || (sent === 0 && round > 0)) break;
    }
    if (!this.isUp) return;
    if (round === ROUNDS_MAX) this.isReady = true;
    let dueUs = this.currentStack.nextTimeoutUs();
    for (const port of this.ports) if (port.nextDueUs < dueUs) dueUs = port.nextDueUs;
    const timer = this.timers[0];
    if (timer !== undefined && timer.dueUs < dueUs) dueUs = timer.dueUs;
    this.dueUs = dueUs;
  }

  /** Tells the stack the hour, so that calls a person makes between runs count from now. */
  tellTime(): void {
    if (this.isUp) this.currentStack.handleTimeout(this.clock.nowUs);
    this.wasCalled = true;
  }

  private get isUp(): boolean {
    return this.currentCondition === 'up';
  }

  private makeStack(): HostStack {
    return this.factory.create(this.name, this.options, this.random.nextInt32(), this.clock);
  }

  private connect(plan: PortPlan): number {
    const { id } = this.currentStack.addInterface({
      name: plan.name,
      capabilities: plan.link.capabilities,
      ...(plan.mac === null ? {} : { mac: plan.mac }),
    });
    this.ports.push(new HostPort(plan.name, id, plan.link, plan.port));
    for (const address of plan.addresses) this.currentStack.addAddress(id, address);
    for (const route of plan.routes) this.currentStack.addRoute(route.prefix, route.gateway, id);
    this.isReady = true;
    return id;
  }

  private portAt(portIndex: number): { plan: PortPlan; port: HostPort } {
    const plan = this.plans[portIndex];
    const port = this.ports[portIndex];
    if (plan === undefined || port === undefined) {
      throw new StateError(`host ${this.name} has no interface ${portIndex}; connect it to a link first`);
    }
    return { plan, port };
  }

  private runTimers(nowUs: number): void {
    for (let timer = this.timers[0]; timer !== undefined && timer.dueUs <= nowUs; timer = this.timers[0]) {
      this.timers.shift();
      timer.application.onTimer?.(this, timer.token);
      if (this.currentCondition !== 'up') return;
    }
  }

  private deliverEvents(): number {
    let count = 0;
    for (let socket = this.currentStack.pollEvent(); socket !== null; socket = this.currentStack.pollEvent()) {
      count++;
      const events = socket.takeEvents();
      const application = this.owners.get(socket) ?? this.running[0];
      if ((events & SocketEvent.closed) !== 0) this.owners.delete(socket);
      if (!tellListener(socket, events)) application?.onEvent(this, socket, events);
      if (this.currentCondition !== 'up') return count;
    }
    return count;
  }
}

/**
 * A program. Methods are called with the host's stack at the present hour. It is a class instance, never a closure, so that a
 * network with its programs can be snapshotted and restored.
 */
export interface Application {
  /** Once, when the program is started. */
  onStart?(host: Host): void;
  /** Something happened to a socket of the program; `events` are SocketEvent bits. */
  onEvent(host: Host, socket: EventSocket, events: number): void;
  /** A timer of `Host.setTimer` ran out. */
  onTimer?(host: Host, token: number): void;
}
