/**
 * A race: two to eight flows, each with a congestion control of its own choice, through one bottleneck in virtual time. A
 * dumbbell: senders on the left of a router, receivers on the right of another, the only slow link between the two.
 *
 *     sender 1 ──┐                              ┌── receiver 1
 *     sender 2 ──┤ left ══ rate, queue ══ right ├── receiver 2
 *     sender n ──┘                              └── receiver n
 *
 * All are real stacks. Access links have no limit of rate; a flow's extra round-trip time lies on its own. Buffers are
 * wide enough never to be what limits a flow. The same options give the same result, number for number.
 */
import { plainCapabilities } from '../base/link-capabilities.ts';
import { MemoryLink } from '../link/memory-link.ts';
import type { SettingsChanges } from '../stack/profile.ts';
import type { Host } from './host.ts';
import { Network } from './network.ts';
import type { NetworkLink } from './network-link.ts';
import { RaceFlow } from './race-flow.ts';
import { planRace, RACE_MTU, type RaceFlowPlan, type RaceOptions, type RacePlan } from './race-options.ts';
import { jainIndex, type RaceFairness, type RaceQueueSeries, type RaceResult, spreadOf } from './race-result.ts';

/** Looks at round-trip time and queue per interval of the series. */
const LOOKS_PER_INTERVAL = 10;
/** Packets an access link of any delay holds. */
const ACCESS_FRAMES = 1 << 16;

/** A race being run. Bare IPv4 everywhere, so that rate and queue are about IP packets alone. */
export class Race {
  readonly plan: RacePlan;
  readonly network: Network;
  readonly flows: readonly RaceFlow[];
  /** The end of each interval so far, virtual milliseconds. */
  readonly timesMs: number[] = [];
  /** The bottleneck so far. */
  readonly queue: RaceQueueSeries = { delayMs: [], dropped: [], lost: [], marked: [] };
  private readonly trunk: NetworkLink;
  private readonly left: Host;
  private readonly queueDelaysMs: number[] = [];
  private looks = 0;
  private droppedBefore = 0;
  private lostBefore = 0;
  private markedBefore = 0;

  /** @throws ArgumentError, see `planRace` */
  constructor(options: RaceOptions) {
    const plan = planRace(options);
    this.plan = plan;
    this.network = new Network({ seed: plan.seed });
    this.left = this.network.host('left', { settings: { ip: { forwarding: true } } });
    const right = this.network.host('right', { settings: { ip: { forwarding: true } } });
    this.trunk = this.network.link(this.left, right, {
      name: 'bottleneck',
      medium: 'ip',
      mtu: RACE_MTU,
      families: [4],
      delayMs: plan.rttMs / 2,
    });
    this.trunk.set(
      {
        ...plan.impairments,
        rateBps: plan.rateBps,
        queuePackets: plan.queuePackets,
        queueBytes: plan.queueBytes,
        loss: plan.loss,
        marking: plan.marking,
      },
      this.left,
    );
    this.flows = plan.flows.map((flow, index) => this.makeFlow(flow, index + 1, right));
  }

  /** Virtual time that was run, milliseconds. */
  get nowMs(): number {
    return (this.looks * this.plan.intervalMs) / LOOKS_PER_INTERVAL;
  }

  /** The time is over, or every flow is at its end. */
  get isOver(): boolean {
    return (
      this.nowMs >= this.plan.durationMs || this.flows.every(({ phase }) => phase === 'finished' || phase === 'failed')
    );
  }

  /** Runs one interval; false when the race is over. */
  advance(): boolean {
    if (this.isOver) return false;
    for (let look = 0; look < LOOKS_PER_INTERVAL; look++) this.runToNextLook();
    const { dropped, lost, marked } = this.counts();
    this.timesMs.push(this.nowMs);
    this.queue.delayMs.push(this.queueDelayMs());
    this.queue.dropped.push(dropped - this.droppedBefore);
    this.queue.lost.push(lost - this.lostBefore);
    this.queue.marked.push(marked - this.markedBefore);
    this.droppedBefore = dropped;
    this.lostBefore = lost;
    this.markedBefore = marked;
    for (const flow of this.flows) flow.endInterval(this.plan.intervalMs);
    return !this.isOver;
  }

  /** Runs to the end. */
  run(): RaceResult {
    while (this.advance());
    return this.result();
  }

  /** What is known so far; series are shared with the race, not copied. */
  result(): RaceResult {
    const { nowMs, flows, plan } = this;
    const common = this.commonTime();
    const amounts = common === null ? null : this.amounts(common.fromMs, common.toMs);
    const total = amounts?.reduce((sum, amount) => sum + amount, 0) ?? 0;
    const { dropped, lost, marked } = this.counts();
    const firstMs = Math.min(...flows.map((flow) => flow.plan.startMs));
    const received = flows.reduce((sum, flow) => sum + flow.receivedBytes, 0);
    return {
      plan,
      nowMs,
      timesMs: this.timesMs,
      flows: flows.map((flow) => flow.series),
      queue: this.queue,
      summary: {
        flows: flows.map((flow, index) =>
          flow.summary(nowMs, amounts === null || total === 0 ? null : (amounts[index] ?? 0) / total),
        ),
        bottleneck: {
          utilization: nowMs > firstMs ? (received * 8000) / (plan.rateBps * (nowMs - firstMs)) : 0,
          queueDelayMs: spreadOf(this.queueDelaysMs),
          queueDropped: dropped,
          lost,
          marked,
        },
        fairness: common === null ? null : this.fairness(common.fromMs, common.toMs),
        windowFairness:
          common === null ? null : this.fairness(Math.max(common.fromMs, common.toMs - plan.windowMs), common.toMs),
      },
    };
  }

  /** What a packet that came to the bottleneck now would wait. */
  queueDelayMs(): number {
    return this.trunk.impairment.queueDelayUs(this.trunk.portOf(this.left), this.nowMs * 1000) / 1000;
  }

  private runToNextLook(): void {
    this.looks++;
    const untilUs = this.network.startUs + this.nowMs * 1000;
    while (this.network.step(untilUs));
    this.queueDelaysMs.push(this.queueDelayMs());
    for (const flow of this.flows) flow.observe(this.nowMs);
  }

  private counts(): { dropped: number; lost: number; marked: number } {
    const { queueDropped, markDropped, lost, burstLost, marked } = this.trunk.impairment.countersOf(
      this.trunk.portOf(this.left),
    );
    return { dropped: queueDropped + markDropped, lost: lost + burstLost, marked };
  }

  /** From the last start to the first end. */
  private commonTime(): { fromMs: number; toMs: number } | null {
    const fromMs = Math.max(...this.flows.map((flow) => flow.plan.startMs));
    const toMs = Math.min(...this.flows.map((flow) => flow.finishedMs ?? this.nowMs));
    return toMs - fromMs >= this.plan.intervalMs ? { fromMs, toMs } : null;
  }

  private fairness(fromMs: number, toMs: number): RaceFairness {
    return { fromMs, toMs, index: jainIndex(this.amounts(fromMs, toMs)) };
  }

  /** Octets each flow's receiver got between two hours, to the nearest sample. */
  private amounts(fromMs: number, toMs: number): number[] {
    const { intervalMs } = this.plan;
    const before = Math.round(fromMs / intervalMs) - 1;
    const last = Math.min(Math.round(toMs / intervalMs), this.timesMs.length) - 1;
    return this.flows.map(({ receivedByTime }) => (receivedByTime[last] ?? 0) - (receivedByTime[before] ?? 0));
  }

  private makeFlow(plan: RaceFlowPlan, number: number, right: Host): RaceFlow {
    const { network } = this;
    const settings = this.settingsOf(plan);
    const source = network.host(`sender${number}`, { profile: this.plan.profile, settings });
    const sink = network.host(`receiver${number}`, { profile: this.plan.profile, settings });
    this.joinAccess(source, this.left, plan.extraRttMs / 4);
    this.joinAccess(sink, right, plan.extraRttMs / 4);
    const trunkAddress = (host: Host): string => host.address(4) ?? '';
    const sourceAddress = source.address(4) ?? '';
    const sinkAddress = sink.address(4) ?? '';
    this.left.addRoute(0, `${sinkAddress}/32`, trunkAddress(right));
    right.addRoute(0, `${sourceAddress}/32`, trunkAddress(this.left));
    return new RaceFlow(plan, source, sink, sinkAddress);
  }

  /** One way over each of the two access links is a quarter of the flow's extra round-trip time. */
  private joinAccess(host: Host, router: Host, delayMs: number): void {
    const link = new MemoryLink({
      capabilities: plainCapabilities('ip', RACE_MTU),
      delayUs: Math.round(delayMs * 1000),
      queueFrames: ACCESS_FRAMES,
      queueBytes: ACCESS_FRAMES * RACE_MTU,
    });
    const name = `access-${host.name}`;
    this.network.join([host, router], link, { name, medium: 'ip', mtu: RACE_MTU, families: [4], plain: true });
    host.addRoute(0, '0.0.0.0/0', this.network.addressOf(router.name, { from: host.name, family: 4 }));
  }

  private settingsOf(flow: RaceFlowPlan): SettingsChanges {
    const { bufferBytes, settings } = this.plan;
    return {
      ...settings,
      ...flow.settings,
      tcp: {
        rmem_default: 2 * bufferBytes,
        rmem_max: 2 * bufferBytes,
        wmem_default: bufferBytes,
        // Without ECN a marking queue would only drop.
        ...(this.plan.marking === null ? {} : { ecn: 1 }),
        ...settings.tcp,
        ...flow.settings.tcp,
        congestion_control: flow.control,
      },
    };
  }
}
