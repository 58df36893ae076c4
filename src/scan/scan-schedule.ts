/**
 * The order of a scan: a batch of addresses is looked for (first the gateways, then neighbors, then what is further away), those that are
 * up are scanned in groups with one technique after the other, and each host is reported when nothing more is wanted of it.
 */
import type { Address } from '../base/address.ts';
import type { SeededGenerator } from '../base/random.ts';
import { Discovery } from './discovery.ts';
import type { LocalEnd } from './local-end.ts';
import { PortPass } from './port-pass.ts';
import { reasonName } from './port-state.ts';
import type { HostReport } from './report.ts';
import type { ScanEvents } from './scan-events.ts';
import type { ScanPlan } from './scan-options.ts';
import { AddressIndex, TargetCursor, TargetHost } from './target-host.ts';

/** Addresses looked for at a time. */
const BATCH_HOSTS = 1024;
/** Ports of all hosts of a group together, and hosts. */
const GROUP_PORTS = 1 << 21;
const GROUP_HOSTS = 256;

/** What is under way, and what comes next. */
export class ScanSchedule {
  /** Of the two at most one is there. */
  discovery: Discovery | null = null;
  pass: PortPass | null = null;
  /** Of the hosts under way. */
  index = new AddressIndex([]);
  isFinished = false;
  hostsDone = 0;
  hostsUp = 0;
  readonly hostsTotal: number;
  private readonly plan: ScanPlan;
  private readonly local: LocalEnd;
  private readonly events: ScanEvents;
  private readonly reports: HostReport[] = [];
  private hasNews = false;
  private readonly cursor: TargetCursor;
  private readonly orders: readonly Uint16Array[];
  private readonly gateways = new Map<string, TargetHost>();
  private searches: { readonly hosts: readonly TargetHost[]; readonly isNear: boolean }[] = [];
  private batch: TargetHost[] = [];
  private found: TargetHost[] = [];
  private group: readonly TargetHost[] = [];
  private techniqueAt = 0;

  constructor(plan: ScanPlan, local: LocalEnd, random: SeededGenerator, events: ScanEvents) {
    this.plan = plan;
    this.local = local;
    this.events = events;
    this.cursor = new TargetCursor(plan.targets, plan.exclude);
    this.hostsTotal = this.cursor.total;
    this.orders = plan.techniques.map(({ ports }) => (plan.isShuffled ? shuffled(ports, random) : ports));
  }

  /** Lets time pass: what timed out, and, when something is finished, what comes next. */
  advance(nowUs: number): void {
    this.discovery?.expire(nowUs);
    this.pass?.expire(nowUs);
    this.dropLateHosts(nowUs);
    while (!this.isFinished && this.isStepOver) this.next(nowUs);
  }

  /** A report came since this was asked last. */
  takeNews(): boolean {
    const { hasNews } = this;
    this.hasNews = false;
    return hasNews;
  }

  get hasReport(): boolean {
    return this.reports.length > 0;
  }

  takeReport(): HostReport | null {
    return this.reports.shift() ?? null;
  }

  /** As `PortPass.nextDueUs`. */
  nextDueUs(nowUs: number, canSend: boolean): number {
    const stepUs = this.pass?.nextDueUs(nowUs, canSend) ?? this.discovery?.nextDueUs(nowUs, canSend) ?? nowUs;
    const { hostTimeoutUs } = this.plan.timing;
    if (hostTimeoutUs === 0 || this.pass === null) return stepUs;
    return this.pass.hosts.reduce(
      (dueUs, { host, unresolved }) => (unresolved === 0 ? dueUs : Math.min(dueUs, host.startedUs + hostTimeoutUs)),
      stepUs,
    );
  }

  /** 0 to 1: hosts done, and of those under way the part that is done. */
  get share(): number {
    if (this.isFinished) return 1;
    if (this.hostsTotal === 0) return 0;
    const { pass } = this;
    const passes = Math.max(1, this.orders.length);
    const underWay = pass === null ? 0 : (this.group.length * (this.techniqueAt + pass.resolved / pass.total)) / passes;
    return Math.min(1, (this.hostsDone + underWay) / this.hostsTotal);
  }

  stop(nowUs: number): void {
    this.discovery?.abandon();
    for (const entry of this.pass?.hosts ?? []) this.pass?.abandon(entry);
    this.endStep();
    for (const host of [...this.group, ...this.found]) this.finish(host, nowUs);
    this.pass = null;
    this.discovery = null;
    this.isFinished = true;
  }

  private get isStepOver(): boolean {
    if (this.pass !== null) return this.pass.isFinished;
    return this.discovery === null || this.discovery.isFinished;
  }

  /** The step that is over is put away, the next one begun. */
  private next(nowUs: number): void {
    this.endStep();
    const search = this.searches.shift();
    if (search !== undefined) {
      this.search(search.hosts, search.isNear);
      return;
    }
    if (this.batch.length > 0) this.endBatch(nowUs);
    if (this.group.length > 0 && this.techniqueAt < this.orders.length) {
      this.beginPass();
      return;
    }
    for (const host of this.group) this.finish(host, nowUs);
    this.group = [];
    if (this.found.length > 0) this.beginGroup(nowUs);
    else this.beginBatch(nowUs);
  }

  private endStep(): void {
    const { pass } = this;
    if (pass !== null) {
      for (const entry of pass.hosts) if (!entry.host.isTimedOut) entry.host.tables.push(pass.table(entry));
      this.techniqueAt++;
    }
    this.pass = null;
    this.discovery = null;
  }

  private search(hosts: readonly TargetHost[], isNear: boolean): void {
    const waiting = hosts.filter(({ state }) => state === 'unknown');
    for (const host of waiting) if (!isNear) this.aim(host);
    const open = waiting.filter(({ state }) => state === 'unknown');
    this.discovery = new Discovery(open, isNear, this.plan.timing, this.events);
    this.index = new AddressIndex(open.map(({ address }) => address));
  }

  /** Packets to a host that is not on our link go to the gateway's hardware address. */
  private aim(host: TargetHost): void {
    if (!this.local.isEthernet) return;
    const hop = this.local.nextHop(host.address);
    const gateway = hop === null ? undefined : this.gateways.get(hop.toString());
    if (gateway === undefined || gateway.state !== 'up') host.decide('down', 'no-route', 0);
    else host.mac = gateway.mac;
  }

  private beginBatch(nowUs: number): void {
    const { local, plan } = this;
    for (let address = this.nextAddress(); address !== null; address = this.nextAddress()) {
      const host = new TargetHost(address, local.sourceFor(address), plan.timing);
      host.startedUs = nowUs;
      if (host.source === null) host.decide('down', 'no-route', 0);
      this.batch.push(host);
    }
    if (this.batch.length === 0) {
      this.isFinished = true;
      return;
    }
    const isNear = ({ address }: TargetHost): boolean => local.isEthernet && local.isOnLink(address);
    const near = this.batch.filter(isNear);
    const far = this.batch.filter((host) => !isNear(host));
    const gateways = this.newGateways(far);
    if (gateways.length > 0) this.searches.push({ hosts: gateways, isNear: true });
    if (near.length > 0) this.searches.push({ hosts: near, isNear: true });
    if (far.length === 0) return;
    if (plan.looksForHosts) this.searches.push({ hosts: far, isNear: false });
  }

  private nextAddress(): Address | null {
    return this.batch.length < BATCH_HOSTS ? this.cursor.next() : null;
  }

  private newGateways(far: readonly TargetHost[]): TargetHost[] {
    const gateways: TargetHost[] = [];
    if (!this.local.isEthernet) return gateways;
    for (const { address } of far) {
      const hop = this.local.nextHop(address);
      if (hop === null || this.gateways.has(hop.toString())) continue;
      const gateway = new TargetHost(hop, this.local.sourceFor(hop), this.plan.timing);
      this.gateways.set(hop.toString(), gateway);
      gateways.push(gateway);
    }
    return gateways;
  }

  /** Hosts that are down are done; the others wait for their group. */
  private endBatch(nowUs: number): void {
    const { batch } = this;
    this.batch = [];
    for (const host of batch) {
      if (host.state === 'unknown') {
        host.decide('up', 'user-set', 0);
        this.aim(host);
      }
      if (host.state === 'down') this.finish(host, nowUs);
      else {
        this.hostsUp++;
        this.found.push(host);
      }
    }
  }

  private beginGroup(nowUs: number): void {
    const largest = Math.max(1, ...this.orders.map(({ length }) => length));
    const size = Math.max(1, Math.min(GROUP_HOSTS, Math.floor(GROUP_PORTS / largest)));
    this.group = this.found.splice(0, size);
    for (const host of this.group) host.startedUs = nowUs;
    this.index = new AddressIndex(this.group.map(({ address }) => address));
    this.techniqueAt = 0;
  }

  private beginPass(): void {
    const { plan, events, techniqueAt } = this;
    const { technique } = plan.techniques[techniqueAt]!;
    this.pass = new PortPass(technique, this.group, this.orders[techniqueAt]!, plan.timing, events);
    for (const entry of this.pass.hosts) if (entry.host.isTimedOut) this.pass.abandon(entry);
  }

  private dropLateHosts(nowUs: number): void {
    const { hostTimeoutUs } = this.plan.timing;
    if (hostTimeoutUs === 0 || this.pass === null) return;
    for (const entry of this.pass.hosts) {
      if (entry.unresolved === 0 || entry.host.startedUs + hostTimeoutUs > nowUs) continue;
      entry.host.isTimedOut = true;
      entry.host.tables.length = 0;
      this.pass.abandon(entry);
    }
  }

  private finish(host: TargetHost, nowUs: number): void {
    const { roundTrip } = host;
    host.endedUs = nowUs;
    this.hostsDone++;
    this.hasNews = true;
    this.reports.push({
      address: host.address.toString(),
      state: host.state === 'up' ? 'up' : 'down',
      reason: reasonName(host.reason),
      hopLimit: host.hopLimit,
      mac: host.ownMac?.toString() ?? null,
      srttUs: Math.round(roundTrip.srttUs),
      rttVarianceUs: Math.round(roundTrip.varianceUs),
      rtoUs: Math.round(roundTrip.rtoUs),
      startedUs: host.startedUs,
      endedUs: nowUs,
      isTimedOut: host.isTimedOut,
      tables: host.tables,
    });
  }
}

/** Fisher and Yates. */
function shuffled(ports: Uint16Array, random: SeededGenerator): Uint16Array {
  const order = ports.slice();
  for (let index = order.length - 1; index > 0; index--) {
    const other = random.nextBelow(index + 1);
    const port = order[index]!;
    order[index] = order[other]!;
    order[other] = port;
  }
  return order;
}
