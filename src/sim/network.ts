/**
 * A simulated network: hosts, links, one virtual clock and one seed. Nothing happens at the same time: there is always one
 * next thing, chosen by hour, then links before hosts, then in the order they were made. The same seed gives the same
 * bytes. Hours of protocol time take milliseconds, because time jumps from one event to the next.
 */
import { Address } from '../base/address.ts';
import { ArgumentError, StateError } from '../base/errors.ts';
import { IPV6_MIN_MTU } from '../base/link-capabilities.ts';
import { MacAddress } from '../base/mac-address.ts';
import { SeededGenerator } from '../base/random.ts';
import { cloneGraph } from '../base/snapshot.ts';
import type { Link } from '../link/link.ts';
import { MemoryLink } from '../link/memory-link.ts';
import { NatLink, type NatOptions } from '../link/nat.ts';
import { SwitchLink } from '../link/switch.ts';
import { Host, type HostNetwork } from './host.ts';
import { type FromHost, NetworkLink } from './network-link.ts';
import {
  capabilitiesOf,
  impairmentsOf,
  type NetworkLinkOptions,
  type NetworkOptions,
  type NetworkRecorder,
  type RunOptions,
  type RunResult,
} from './network-options.ts';
import { Partition } from './partition.ts';
import { type HostOptions, RealStackFactory, type StackFactory } from './stack-factory.ts';
import { VirtualClock } from './virtual-clock.ts';

export type { NetworkLinkOptions, NetworkOptions, NetworkRecorder, RunOptions, RunResult } from './network-options.ts';

/** A copy of a whole network at one moment. Opaque; give it to `Network.restore`. */
export class NetworkSnapshot {
  /** @internal */
  readonly state: NetworkState;

  constructor(state: NetworkState) {
    this.state = state;
  }
}

/** Everything that changes while a network runs. */
interface NetworkState {
  readonly clock: VirtualClock;
  readonly random: SeededGenerator;
  readonly hosts: Map<string, Host>;
  readonly links: NetworkLink[];
  readonly partitions: Partition[];
  recorder: NetworkRecorder | null;
  eventCount: number;
  subnets: number;
}

const DEFAULT_EPOCH_US = 1_767_225_600_000_000;
const MAX_EVENTS = 50_000_000;

/** The network. */
export class Network implements HostNetwork {
  /** Where the clock started, microseconds. */
  readonly startUs: number;
  /** Told when a host has crashed, for whoever drives programs on it. No part of snapshots. */
  crashListener: ((host: Host) => void) | null = null;
  private state: NetworkState;
  private readonly batchFrames: number;
  private readonly factory: StackFactory;
  private readonly shared = new Set<object>();

  constructor(options: NetworkOptions = {}) {
    this.startUs = options.startUs ?? 0;
    this.batchFrames = options.batchFrames ?? 1;
    this.factory = options.stackFactory ?? new RealStackFactory();
    this.shared.add(this.factory);
    // Hosts know their network; it is not part of a snapshot, its state is.
    this.shared.add(this);
    this.state = {
      clock: new VirtualClock(this.startUs, options.epochUs ?? DEFAULT_EPOCH_US),
      random: new SeededGenerator(options.seed ?? 1),
      hosts: new Map(),
      links: [],
      partitions: [],
      recorder: null,
      eventCount: 0,
      subnets: 0,
    };
  }

  /** The network's hour, microseconds; moves only while it runs. */
  get nowUs(): number {
    return this.state.clock.nowUs;
  }

  /** Milliseconds since the network's start. */
  get nowMs(): number {
    return (this.state.clock.nowUs - this.startUs) / 1000;
  }

  /** What hour 0 means in microseconds since 1970. */
  get epochUs(): number {
    return this.state.clock.epochUs;
  }

  get hosts(): readonly Host[] {
    return [...this.state.hosts.values()];
  }

  get links(): readonly NetworkLink[] {
    return this.state.links;
  }

  /** Makes a host. @throws ArgumentError when the name is taken */
  host(name: string, options: HostOptions = {}): Host {
    const { hosts, clock, random } = this.state;
    if (hosts.has(name)) throw new ArgumentError('name', `there is a host '${name}' already; use hostNamed to find it`);
    if (options.observer !== undefined) this.shared.add(options.observer);
    if (options.auth !== undefined) this.shared.add(options.auth);
    const host = new Host(this, name, options, this.factory, clock, new SeededGenerator(random.nextInt32()));
    hosts.set(name, host);
    return host;
  }

  /** The host of that name; after `restore` the way to the restored one. @throws ArgumentError when there is none */
  hostNamed(name: string): Host {
    const host = this.state.hosts.get(name);
    if (host !== undefined) return host;
    throw new ArgumentError('name', `there is no host '${name}'; there are ${[...this.state.hosts.keys()].join(', ')}`);
  }

  /** The link of that name: as given, or `a-b` by its hosts. @throws ArgumentError when there is none */
  linkNamed(name: string): NetworkLink {
    const link = this.state.links.find((candidate) => candidate.name === name);
    if (link !== undefined) return link;
    throw new ArgumentError(
      'name',
      `there is no link '${name}'; there are ${this.state.links.map((l) => l.name).join(', ')}`,
    );
  }

  /** Connects two hosts. They get addresses in a network of their own: 10.0.N.1 and .2, fd00:0:0:N::1 and ::2. */
  link(a: Host, b: Host, options: NetworkLinkOptions = {}): NetworkLink {
    const capabilities = capabilitiesOf(options);
    const queueFrames = options.linkFrames ?? 1024;
    const queueBytes = Math.min(queueFrames * (capabilities.tso4 ? 65_600 : capabilities.mtu + 32), 256 << 20);
    return this.join([a, b], new MemoryLink({ capabilities, queueFrames, queueBytes }), options);
  }

  /** Connects hosts by a learning switch, one port each. */
  switch(hosts: readonly Host[], options: NetworkLinkOptions = {}): NetworkLink {
    const carrier = new SwitchLink({
      portCount: Math.max(2, hosts.length),
      capabilities: capabilitiesOf(options),
      ...(options.linkFrames === undefined ? {} : { queueFrames: options.linkFrames }),
    });
    return this.join(hosts, carrier, options);
  }

  /** Plugs hosts into any other link, one port each, in order. */
  join(hosts: readonly Host[], carrier: Link, options: NetworkLinkOptions = {}): NetworkLink {
    if (hosts.length < 1 || hosts.length > carrier.portCount) {
      throw new ArgumentError('hosts', `the link has ${carrier.portCount} ports, got ${hosts.length} hosts`);
    }
    const subnet = ++this.state.subnets;
    const name = options.name ?? hosts.map((host) => host.name).join('-');
    const seed = options.plain ? null : this.state.random.nextInt32();
    const networkLink = new NetworkLink(name, carrier, impairmentsOf(options), seed);
    const families = options.families ?? (carrier.capabilities.mtu < IPV6_MIN_MTU ? [4] : [4, 6]);
    for (const [index, host] of hosts.entries()) {
      const mac =
        carrier.capabilities.medium === 'ethernet' ? new MacAddress(0x0200, (subnet << 16) | (index + 1)) : null;
      const addresses = families.map((family) => subnetAddress(family, subnet, index + 1));
      networkLink.attach(host, host.portCount);
      host.plug(networkLink.link, index, mac, addresses);
    }
    this.state.links.push(networkLink);
    if (this.state.recorder !== null && networkLink.canListen) this.tap(networkLink, this.state.recorder);
    return networkLink;
  }

  /**
   * Puts an address translator between hosts: `inside` gets 192.168.N.2, `outside` 203.0.113.2 (N counts subnets), and
   * each its default route over the box. Bare IP, IPv4 only.
   */
  nat(inside: Host, outside: Host, options: Partial<NatOptions> & { readonly name?: string } = {}): NatLink {
    const subnet = this.state.subnets + 1;
    const { name, ...natOptions } = options;
    const box = new NatLink({ publicAddress: '203.0.113.1', ...natOptions });
    this.join([inside, outside], box, { families: [], ...(name === undefined ? {} : { name }) });
    for (const [host, address] of [
      [inside, `192.168.${subnet & 255}.2/24`],
      [outside, '203.0.113.2/24'],
    ] as const) {
      host.addAddress(host.portCount - 1, address);
      host.addRoute(host.portCount - 1, '0.0.0.0/0', null);
    }
    return box;
  }

  /**
   * An address of a host: the first of its family, or with `from` one that this other host shares a link with.
   * @throws ArgumentError when there is none
   */
  addressOf(name: string, options: { readonly family?: 4 | 6; readonly from?: string } = {}): string {
    const host = this.hostNamed(name);
    const from = options.from;
    const shared = from === undefined ? undefined : this.state.links.find((link) => isBetween(link, name, from));
    const address = host.address(options.family, shared?.link);
    if (address === null) {
      throw new ArgumentError(
        'name',
        `host '${name}' has no IPv${options.family ?? '4 or IPv6'} address; connect it to a link first`,
      );
    }
    return address;
  }

  /**
   * Nothing passes between the two any more, in either direction and on every link they share; what is on the way on a link
   * of their own is lost. On a link with more hosts IP packets between the two are dropped. `remove` of what is returned, or
   * `heal`, ends it.
   * @throws ArgumentError when they share no link, StateError when one is plain
   */
  partition(a: FromHost, b: FromHost): Partition {
    const partition = new Partition(this.hostOf(a), this.hostOf(b), this.state.links);
    this.state.partitions.push(partition);
    return partition;
  }

  /** Ends partitions: all of them, those that cut `a` off, or those between the two. None is no error. */
  heal(a?: FromHost, b?: FromHost): void {
    const [one, other] = [a, b].map((host) => (host === undefined ? null : this.hostOf(host)));
    const { partitions } = this.state;
    for (const partition of partitions.splice(0)) {
      if (partition.isBetween(one ?? null, other ?? null)) partition.remove();
      else if (!partition.isRemoved) partitions.push(partition);
    }
  }

  /** The hosts' addresses with their names, as captures take them. */
  names(): [address: Address, names: string[]][] {
    return this.hosts.flatMap((host) =>
      host.addresses.map((text): [Address, string[]] => [Address.parse(text), [host.name]]),
    );
  }

  /** Taps every end of every link, those made later too. Null stops it. Plain links have no tap and are left out. */
  record(recorder: NetworkRecorder | null): void {
    this.state.recorder = recorder;
    for (const link of this.state.links) {
      if (!link.canListen) continue;
      if (recorder === null) link.listen(null, []);
      else this.tap(link, recorder);
    }
  }

  /** Does the next thing; false when nothing is left to do, or nothing by `untilUs`. */
  step(untilUs = Number.POSITIVE_INFINITY): boolean {
    const { clock, hosts, links } = this.state;
    for (const host of hosts.values()) {
      if (!host.isReady && !host.wasCalled) continue;
      host.turn();
      this.state.eventCount++;
      return true;
    }
    let dueUs = Number.POSITIVE_INFINITY;
    let dueLink: NetworkLink | null = null;
    let dueHost: Host | null = null;
    for (const link of links) {
      const timeoutUs = link.link.nextTimeoutUs();
      if (timeoutUs >= dueUs) continue;
      dueUs = timeoutUs;
      dueLink = link;
    }
    for (const host of hosts.values()) {
      if (host.dueUs >= dueUs) continue;
      dueUs = host.dueUs;
      dueHost = host;
    }
    if (dueUs > untilUs || dueUs === Number.POSITIVE_INFINITY) return false;
    clock.advanceTo(dueUs);
    this.state.eventCount++;
    if (dueHost !== null) dueHost.turn();
    else dueLink?.poll(clock.nowUs, this.batchFrames);
    return true;
  }

  /** When the next thing happens, microseconds: now when a host is ready, Infinity when nothing is left to do. */
  get nextDueUs(): number {
    const { clock, hosts, links } = this.state;
    let dueUs = Number.POSITIVE_INFINITY;
    for (const host of hosts.values()) {
      if (host.isReady || host.wasCalled) return clock.nowUs;
      if (host.dueUs < dueUs) dueUs = host.dueUs;
    }
    for (const link of links) dueUs = Math.min(dueUs, link.link.nextTimeoutUs());
    return Math.max(dueUs, clock.nowUs);
  }

  /** Moves the clock, to run beside another one; nothing happens before the next `step` or `run`. Earlier hours change nothing. */
  advanceTo(timeUs: number): void {
    this.state.clock.advanceTo(timeUs);
  }

  /** Runs in virtual time until told to stop; see RunOptions. */
  run(options: RunOptions = {}): RunResult {
    const { clock } = this.state;
    const firstEvent = this.state.eventCount;
    const lastEvent = firstEvent + (options.maxEvents ?? MAX_EVENTS);
    const untilUs = this.deadline(options);
    for (const host of this.state.hosts.values()) host.tellTime();
    let reason: RunResult['reason'] | null = null;
    while (reason === null) {
      if (options.until?.()) reason = 'condition';
      else if (this.state.eventCount >= lastEvent) reason = 'events';
      else if (!this.step(untilUs)) reason = this.isIdle ? 'idle' : 'time';
    }
    if (untilUs !== Number.POSITIVE_INFINITY && (reason === 'time' || (reason === 'idle' && !options.untilIdle))) {
      clock.advanceTo(untilUs);
      reason = 'time';
    }
    for (const host of this.state.hosts.values()) host.tellTime();
    return { reason, events: this.state.eventCount - firstEvent, nowUs: clock.nowUs };
  }

  /**
   * True when nothing is on its way and no timer is armed. What was asked of sockets since the last run counts from the
   * next one on.
   */
  get isIdle(): boolean {
    for (const host of this.state.hosts.values())
      if (host.isReady || host.dueUs !== Number.POSITIVE_INFINITY) return false;
    return this.state.links.every((link) => link.link.nextTimeoutUs() === Number.POSITIVE_INFINITY);
  }

  /**
   * A copy of everything: hosts, stacks, programs, frames on the way, what was recorded. Objects in `shared`, observers
   * and the stack factory are referred to, not copied.
   * @throws AssertionError when a program keeps a function in its state
   */
  snapshot(shared: Iterable<object> = []): NetworkSnapshot {
    for (const object of shared) this.shared.add(object);
    return new NetworkSnapshot(cloneGraph(this.state, this.shared));
  }

  /** Goes back to a snapshot, which stays usable. Hosts and links are new objects: find them by name. */
  restore(snapshot: NetworkSnapshot): void {
    if (!(snapshot instanceof NetworkSnapshot)) throw new StateError('restore takes what Network.snapshot returned');
    this.state = cloneGraph(snapshot.state, this.shared);
  }

  /** The recorder now in use: after `restore` the restored one. */
  get recorder(): NetworkRecorder | null {
    return this.state.recorder;
  }

  private hostOf(host: FromHost): Host {
    return typeof host === 'string' ? this.hostNamed(host) : host;
  }

  private tap(link: NetworkLink, recorder: NetworkRecorder): void {
    const { medium } = link.link.capabilities;
    const ids = link.hosts.map((host) =>
      recorder.addInterface({ name: `${host.name}/${link.name}`, description: `${host.name} on ${link.name}`, medium }),
    );
    link.listen(recorder, ids);
  }

  private deadline(options: RunOptions): number {
    if (options.untilMs !== undefined) return this.startUs + options.untilMs * 1000;
    if (options.forMs !== undefined) return this.state.clock.nowUs + options.forMs * 1000;
    return Number.POSITIVE_INFINITY;
  }
}

function isBetween(link: NetworkLink, a: string, b: string): boolean {
  return link.hosts.some((host) => host.name === a) && link.hosts.some((host) => host.name === b);
}

function subnetAddress(family: 4 | 6, subnet: number, host: number): string {
  if (family === 6) return `fd00:0:0:${subnet.toString(16)}::${host.toString(16)}/64`;
  return `10.${subnet >> 8}.${subnet & 255}.${host}/24`;
}
