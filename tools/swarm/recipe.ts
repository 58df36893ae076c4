/**
 * A run as data: who stands where, what the links do, what the stacks are told, what programs do, what goes wrong and when.
 * Everything is drawn from one seed, most features off in any one run, so that those which are on have room (swarm testing).
 * Plain JSON: a recipe can be printed, made smaller and run again without its seed.
 */
import { SeededGenerator } from '../../src/base/random.ts';
import type { ImpairmentSettings } from '../../src/link/impairment-settings.ts';
import type { RejectKind } from '../../src/link/rule-answers.ts';
import type { SettingsChanges } from '../../src/stack/profile.ts';
import { CONGESTION_CONTROLS } from '../../src/tcp/congestion/index.ts';

/** The server is the last host. In a row the first one connects and those between forward; in a star all others connect. */
export interface Topology {
  readonly shape: 'row' | 'star';
  /** 2 to 4. */
  readonly hosts: number;
}

/** What a box on the first link of a row does to TCP, consistently in both directions. */
export interface Middlebox {
  /**
   * Sequence numbers of one direction are moved so that the first SYN gets this number, and moved back on the way back; null:
   * they stay. So numbers wrap after some octets, whatever the ISN is.
   */
  readonly shiftTo: number | null;
  /** The port whose numbers are moved: 0 nearest to the client. */
  readonly shiftFrom: 0 | 1;
  /** Segments with more octets are split, into four pieces at most; 0: none. */
  readonly splitAbove: number;
  /** Segments that follow each other become one while they fit the MTU. */
  readonly coalesces: boolean;
  /** Kinds of TCP options that SYNs lose. */
  readonly stripped: readonly number[];
}

export interface HostPlan {
  readonly profile: 'linux' | 'rfc';
  readonly tcp: NonNullable<SettingsChanges['tcp']>;
}

/** One connection: what both programs do with it. */
export interface FlowPlan {
  readonly client: number;
  readonly family: 4 | 6;
  /** Octets the client writes, and the server. */
  readonly up: number;
  readonly down: number;
  /** `half-close`: the server begins when the client has said all; `abort`: the client aborts in the middle. */
  readonly kind: 'both' | 'echo' | 'half-close' | 'abort';
  readonly startMs: number;
  readonly writeMax: number;
  /** Octets per read, milliseconds between reads (0: as they come), and before the first one: a window that closes. */
  readonly readMax: number;
  readonly readEveryMs: number;
  readonly readAfterMs: number;
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  readonly noDelay: boolean;
  readonly fastOpen: boolean;
  readonly control: string;
}

/** Something that begins and ends. Hosts and links by number. */
export type Trouble = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'crash' | 'freeze'; readonly host: number }
  | { readonly kind: 'partition'; readonly link: number }
  /** ICMP errors about packets that are dropped for it: lies told by a box on the link. */
  | { readonly kind: 'lie'; readonly link: number; readonly reject: RejectKind; readonly mtu: number }
);

export interface Recipe {
  readonly seed: number;
  readonly startUs: number;
  readonly topology: Topology;
  readonly mtu: number;
  readonly weather: Partial<ImpairmentSettings>;
  /** What stays after the storm. */
  readonly delayMs: number;
  readonly rateBps: number;
  readonly stormMs: number;
  readonly middlebox: Middlebox | null;
  readonly hosts: readonly HostPlan[];
  readonly flows: readonly FlowPlan[];
  readonly troubles: readonly Trouble[];
  /** An observer listens to every stack, and its records are checked too. */
  readonly observed: boolean;
}

/** Clocks that pass 2^31 or 2^32 of microseconds, ticks of 100 µs or milliseconds a second into the run. */
const STARTS: readonly number[] = [1, 100, 1_000].flatMap((unit) =>
  [2 ** 31, 2 ** 32].map((bound) => bound * unit - 1_000_000),
);

/** Segments a run should have, both directions and acknowledgments counted. */
const SEGMENTS_AIM = 260;

/** Draws. */
class Chance {
  private readonly random: SeededGenerator;

  constructor(seed: number) {
    this.random = new SeededGenerator(seed * 7_919 + 13);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.random.nextBelow(n) === 0;
  }

  below(bound: number): number {
    return this.random.nextBelow(bound);
  }

  upTo(bound: number): number {
    return Math.round(this.random.nextFraction() * bound * 1000) / 1000;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.random.nextBelow(values.length)] as T;
  }
}

/** The run of that seed. */
export function drawRecipe(seed: number): Recipe {
  const chance = new Chance(seed);
  const topology: Topology = chance.pick<Topology>([
    { shape: 'row', hosts: 2 },
    { shape: 'row', hosts: 2 },
    { shape: 'row', hosts: 2 },
    { shape: 'row', hosts: 3 },
    { shape: 'row', hosts: 4 },
    { shape: 'star', hosts: 3 },
    { shape: 'star', hosts: 4 },
  ]);
  const mtu = chance.pick([576, 1280, 1500, 1500]);
  const hosts = Array.from({ length: topology.hosts }, () => hostPlan(chance));
  const flowCount = topology.shape === 'star' ? topology.hosts - 1 : 1 + chance.below(2);
  const flows = Array.from({ length: flowCount }, (_, index) =>
    flowPlan(chance, topology.shape === 'star' ? index : 0, mtu, flowCount),
  );
  return {
    seed,
    startUs: chance.oneIn(2) ? 0 : chance.pick(STARTS) - chance.below(2_000_000),
    topology,
    mtu,
    weather: weatherOf(chance),
    delayMs: chance.pick([0, 0.1, 5, 40]),
    rateBps: chance.oneIn(4) ? chance.pick([500_000, 5_000_000, 100_000_000]) : 0,
    stormMs: chance.pick([500, 2_000, 6_000]),
    middlebox: topology.shape === 'row' && chance.oneIn(3) ? middleboxOf(chance) : null,
    hosts,
    flows: withOneToComplete(flows),
    troubles: troublesOf(chance, topology),
    observed: chance.oneIn(8),
  };
}

function hostPlan(chance: Chance): HostPlan {
  return {
    profile: chance.pick(['linux', 'linux', 'rfc'] as const),
    tcp: {
      time_wait_ms: 2_000,
      ...(chance.oneIn(3) ? { timestamps: false } : {}),
      ...(chance.oneIn(3) ? { sack: false } : {}),
      ...(chance.oneIn(4) ? { window_scaling: false } : {}),
      ...(chance.oneIn(3) ? { ecn: chance.below(6) } : {}),
      ...(chance.oneIn(3) ? { syncookies: chance.below(3) } : {}),
      ...(chance.oneIn(4) ? { recovery: chance.pick([0, 1, 2, 4, 6]) } : {}),
      ...(chance.oneIn(6) ? { prr: false } : {}),
      ...(chance.oneIn(6) ? { frto: 0 } : {}),
      ...(chance.oneIn(6) ? { early_retrans: 0 } : {}),
      ...(chance.oneIn(6) ? { delayed_ack_us: chance.pick([0, 400_000]) } : {}),
      ...(chance.oneIn(6) ? { pacing: true } : {}),
      ...(chance.oneIn(8) ? { mtu_probing: chance.below(3) } : {}),
      ...(chance.oneIn(8) ? { zero_window_probe: chance.pick(['octet', 'empty'] as const) } : {}),
      ...(chance.oneIn(8) ? { nagle: chance.pick(['rfc', 'minshall'] as const) } : {}),
      ...(chance.oneIn(8) ? { reassembly_ranges_max: chance.pick([1, 4]) } : {}),
      ...(chance.oneIn(8) ? { dsack: false } : {}),
      ...(chance.oneIn(6) ? { fastopen: chance.pick([0x3, 0x203, 0x7]) } : {}),
      ...(chance.oneIn(8) ? { moderate_rcvbuf: false, rmem_default: 8_192 } : {}),
    },
  };
}

function flowPlan(chance: Chance, client: number, mtu: number, flowCount: number): FlowPlan {
  const family = mtu >= 1280 && chance.oneIn(2) ? 6 : 4;
  const segment = mtu - (family === 4 ? 52 : 72);
  // Half of the segments of a run carry data, those of both directions together.
  const octets = Math.ceil(((SEGMENTS_AIM * segment) / 1.6 / flowCount) * (0.9 + chance.upTo(0.7)));
  const kind = chance.pick(['both', 'both', 'echo', 'half-close', 'abort'] as const);
  const share = kind === 'echo' ? 0.5 : chance.pick([0, 0.1, 0.5, 0.9, 1]);
  const isSlow = chance.oneIn(4);
  return {
    client,
    family,
    up: Math.round(octets * share),
    down: Math.round(octets * (1 - share)),
    kind,
    startMs: chance.oneIn(2) ? 0 : chance.below(500),
    writeMax: chance.pick([700, 5_000, 65_536, 65_536]),
    readMax: isSlow ? chance.pick([2_000, 9_000]) : chance.pick([3_000, 65_536]),
    readEveryMs: isSlow ? chance.pick([5, 50]) : 0,
    readAfterMs: chance.oneIn(5) ? chance.pick([300, 2_500]) : 0,
    receiveBuffer: chance.pick([0, 0, 3_000, 20_000, 200_000]),
    sendBuffer: chance.pick([0, 0, 3_000, 20_000, 131_072]),
    noDelay: chance.oneIn(2),
    fastOpen: chance.oneIn(5),
    control: chance.pick(['cubic', ...CONGESTION_CONTROLS.filter((name) => name !== 'none')]),
  };
}

/** A run without a connection from beginning to end says little: one flow is not aborted, the others have as much to do for all that. */
function withOneToComplete(flows: readonly FlowPlan[]): FlowPlan[] {
  const areAllAborted = flows.every(({ kind }) => kind === 'abort');
  return flows.map((plan, index) => {
    if (plan.kind !== 'abort') return plan;
    if (areAllAborted && index === 0) return { ...plan, kind: 'both' };
    return { ...plan, up: plan.up * 2, down: plan.down * 2 };
  });
}

function weatherOf(chance: Chance): Partial<ImpairmentSettings> {
  return {
    ...(chance.oneIn(2) ? { loss: chance.upTo(0.2) } : {}),
    ...(chance.oneIn(6) ? { burstLoss: { enter: chance.upTo(0.05), leave: 0.3 } } : {}),
    ...(chance.oneIn(3) ? { jitterMs: chance.pick([1, 20, 100]), jitterReorders: chance.oneIn(2) } : {}),
    ...(chance.oneIn(3) ? { reorder: chance.upTo(0.3), reorderDelayMs: chance.pick([1, 10, 150]) } : {}),
    ...(chance.oneIn(3) ? { duplicate: chance.upTo(0.2) } : {}),
    ...(chance.oneIn(3) ? { corrupt: chance.upTo(0.1) } : {}),
    ...(chance.oneIn(4) ? { mark: chance.upTo(0.3) } : {}),
    ...(chance.oneIn(8) ? { bleach: 1 } : {}),
    ...(chance.oneIn(4) ? { queuePackets: 3 + chance.below(20) } : {}),
  };
}

function middleboxOf(chance: Chance): Middlebox {
  return {
    shiftTo: chance.oneIn(2) ? (chance.pick([2 ** 31, 2 ** 32]) - 1 - chance.below(60_000)) | 0 : null,
    shiftFrom: chance.pick([0, 1] as const),
    splitAbove: chance.oneIn(2) ? chance.pick([100, 500, 1_000]) : 0,
    coalesces: chance.oneIn(2),
    // MSS, window scale, SACK permitted, timestamps, Fast Open, Accurate ECN.
    stripped: [2, 3, 4, 8, 34, 172, 174].filter(() => chance.oneIn(5)),
  };
}

function troublesOf(chance: Chance, { shape, hosts }: Topology): Trouble[] {
  const links = shape === 'star' ? 1 : hosts - 1;
  const list: Trouble[] = [];
  for (let count = chance.pick([0, 0, 1, 1, 2, 3]); count > 0; count--) {
    const time = { atMs: chance.below(1_500), forMs: chance.pick([20, 300, 1_500]) };
    const link = chance.below(links);
    switch (chance.below(shape === 'star' ? 4 : 5)) {
      case 0:
        list.push({ ...time, kind: 'crash', host: chance.below(hosts) });
        break;
      case 1:
        list.push({ ...time, kind: 'freeze', host: chance.below(hosts) });
        break;
      case 4:
        list.push({ ...time, kind: 'partition', link });
        break;
      default: {
        const reject = chance.pick<RejectKind>(['frag-needed', 'frag-needed', 'host-unreachable', 'port-unreachable']);
        list.push({ ...time, kind: 'lie', link, reject, mtu: chance.pick([68, 296, 552, 1_280, 1_499]) });
      }
    }
  }
  return list;
}
