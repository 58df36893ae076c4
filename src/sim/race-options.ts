/**
 * What a race can be told, as data with checked ranges: which flows, over which bottleneck, for how long. Durations are
 * virtual milliseconds, rates bits per second of IP packets (headers count, as on a real link), amounts octets.
 */
import { ArgumentError, checkInteger } from '../base/errors.ts';
import type { ImpairmentSettings } from '../link/impairment-settings.ts';
import type { MarkingSettings } from '../link/marking.ts';
import type { ProfileName, SettingsChanges } from '../stack/profile.ts';
import { CONGESTION_CONTROLS } from '../tcp/index.ts';

/** Flows a race takes. */
export const RACE_FLOWS_MIN = 2;
/** The most flows one race takes. */
export const RACE_FLOWS_MAX = 8;

/** One flow: a sender, a receiver and one connection between them. */
export interface RaceFlowOptions {
  /** Name of a congestion control, see `raceControls`; `reno` and `newreno` are the same. */
  readonly control: string;
  /** When its SYN leaves, default 0. */
  readonly startMs?: number;
  /** Round-trip time on top of the bottleneck's, on the flow's own access links; default 0. */
  readonly extraRttMs?: number;
  /** Octets to send; default: as many as fit until the end of the race. */
  readonly bytes?: number;
  /** Settings of this flow's two stacks that differ from the race's. */
  readonly settings?: SettingsChanges;
}

/** Length of the queue in front of the bottleneck, in one of three units. */
export type RaceQueue =
  | { readonly packets: number }
  | { readonly bytes: number }
  /** Multiples of `rateBps` times `rttMs`, but at least 32 full packets. */
  | { readonly bdp: number };

/** A race. */
export interface RaceOptions {
  /** Two to eight. */
  readonly flows: readonly RaceFlowOptions[];
  /** The bottleneck, from 10 kbit/s to 10 Gbit/s. */
  readonly rateBps: number;
  /** Round-trip time over the empty bottleneck, 0 to 10,000. */
  readonly rttMs: number;
  /** Default one bandwidth-delay product. */
  readonly queue?: RaceQueue;
  /** Probability that a packet towards the receivers is lost at random; acknowledgments never are. Default 0. */
  readonly loss?: number;
  /**
   * How the queue signals congestion before it is full; default null: by dropping only. `red`: random early detection
   * between a sixth and a half of the queue; `step`: whatever is ECN-capable and has waited for more than 1 ms.
   */
  readonly marking?: MarkingSettings | 'red' | 'step' | null;
  /** Other harm done at the bottleneck to packets towards the receivers: jitter, reordering and so on. */
  readonly impairments?: Partial<ImpairmentSettings>;
  /** Length of the race, 1 ms to 24 h. */
  readonly durationMs: number;
  /** Decides all chances, default 1. */
  readonly seed?: number;
  /** Time between two samples of the series, default 100. */
  readonly intervalMs?: number;
  /** The last part of the race for which fairness is told by itself, default 60,000. */
  readonly windowMs?: number;
  /** Default `linux`. */
  readonly profile?: ProfileName;
  /** Settings of all flows' stacks that differ from the profile's. */
  readonly settings?: SettingsChanges;
}

/** A flow with every default filled in. */
export interface RaceFlowPlan {
  readonly control: string;
  readonly startMs: number;
  readonly extraRttMs: number;
  /** Null: until the end. */
  readonly bytes: number | null;
  readonly settings: SettingsChanges;
}

/** A race with every default filled in. */
export interface RacePlan {
  readonly flows: readonly RaceFlowPlan[];
  readonly rateBps: number;
  readonly rttMs: number;
  /** The queue as the link takes it: one of the two is so large that only the other counts. */
  readonly queuePackets: number;
  readonly queueBytes: number;
  readonly loss: number;
  readonly marking: MarkingSettings | null;
  readonly impairments: Partial<ImpairmentSettings>;
  readonly durationMs: number;
  readonly seed: number;
  readonly intervalMs: number;
  readonly windowMs: number;
  readonly profile: ProfileName;
  readonly settings: SettingsChanges;
  /** Both buffers of every connection, octets: never what limits a flow. */
  readonly bufferBytes: number;
}

/** Octets of a full packet. */
export const RACE_MTU = 1500;
const QUEUE_PACKETS_MIN = 32;
/** What the simulated line holds, with room for what leaves in bursts. */
const ON_THE_WAY_MAX = 48 << 20;
const PACKETS_MAX = 60_000;
const BUFFER_MIN = 1 << 20;
const BUFFER_MAX = 2 ** 29;

/** Names of the congestion controls a flow can have. */
export function raceControls(): string[] {
  return CONGESTION_CONTROLS.map(nameOf);
}

/** The control a name stands for, null when there is none. */
export function raceControlNamed(given: string): string | null {
  const names = raceControls();
  const name = given.toLowerCase();
  if (names.includes(name)) return name;
  const twin = TWINS[name];
  return twin !== undefined && names.includes(twin) ? twin : null;
}

/** Linux says `reno`, RFC 6582 NewReno. */
const TWINS: Readonly<Record<string, string>> = { reno: 'newreno', newreno: 'reno' };

function nameOf(control: string | { readonly name: string }): string {
  return typeof control === 'string' ? control : control.name;
}

/** @throws ArgumentError naming what is out of range, and what would be right */
export function planRace(options: RaceOptions): RacePlan {
  const count = options.flows.length;
  if (count < RACE_FLOWS_MIN || count > RACE_FLOWS_MAX) {
    throw new ArgumentError('flows', `a race takes ${RACE_FLOWS_MIN} to ${RACE_FLOWS_MAX} flows, got ${count}`);
  }
  const rateBps = inRange('rateBps', options.rateBps, 10_000, 10_000_000_000);
  const rttMs = inRange('rttMs', options.rttMs, 0, 10_000);
  const durationMs = inRange('durationMs', options.durationMs, 1, 86_400_000);
  const flows = options.flows.map((flow, index) => planFlow(flow, index, durationMs));
  const extraRttMs = Math.max(...flows.map((flow) => flow.extraRttMs));
  const queue = queueOf(options.queue ?? { bdp: 1 }, (rateBps * rttMs) / 8000);
  const queueBytes = Math.min(queue.bytes, queue.packets * RACE_MTU);
  const windowBytes = (rateBps * (rttMs + extraRttMs)) / 8000 + queueBytes;
  if (windowBytes > ON_THE_WAY_MAX || windowBytes / RACE_MTU > PACKETS_MAX) {
    throw new ArgumentError(
      'queue',
      `link and queue would hold ${Math.ceil(windowBytes / 1e6)} MB, the simulator takes ${ON_THE_WAY_MAX >> 20} MiB; ` +
        'choose a lower rate, a shorter round-trip time or a shorter queue',
    );
  }
  return {
    flows,
    rateBps,
    rttMs,
    queuePackets: queue.packets,
    queueBytes: queue.bytes === Number.POSITIVE_INFINITY ? 0 : queue.bytes,
    loss: inRange('loss', options.loss ?? 0, 0, 1),
    marking: markingOf(options.marking ?? null, queueBytes),
    impairments: options.impairments ?? {},
    durationMs,
    seed: checkInteger('seed', options.seed ?? 1, 0, Number.MAX_SAFE_INTEGER),
    intervalMs: inRange('intervalMs', options.intervalMs ?? 100, 1, durationMs),
    windowMs: inRange('windowMs', options.windowMs ?? 60_000, 1, Number.MAX_SAFE_INTEGER),
    profile: options.profile ?? 'linux',
    settings: options.settings ?? {},
    bufferBytes: Math.ceil(Math.min(Math.max(BUFFER_MIN, 4 * windowBytes), BUFFER_MAX)),
  };
}

function planFlow(flow: RaceFlowOptions, index: number, durationMs: number): RaceFlowPlan {
  const at = `flows[${index}]`;
  const bytes = flow.bytes ?? null;
  if (bytes !== null) checkInteger(`${at}.bytes`, bytes, 1, Number.MAX_SAFE_INTEGER);
  const startMs = flow.startMs ?? 0;
  if (!(startMs >= 0 && startMs < durationMs)) {
    throw new ArgumentError(`${at}.startMs`, `must lie before the end at ${durationMs} ms, got ${String(startMs)}`);
  }
  return {
    control: controlNamed(flow.control, `${at}.control`),
    startMs,
    extraRttMs: inRange(`${at}.extraRttMs`, flow.extraRttMs ?? 0, 0, 10_000),
    bytes,
    settings: flow.settings ?? {},
  };
}

function controlNamed(given: string, argument: string): string {
  const name = raceControlNamed(given);
  if (name !== null) return name;
  const known = raceControls().join(', ');
  throw new ArgumentError(argument, `there is no congestion control '${given}'; there are ${known}`);
}

function queueOf(queue: RaceQueue, bdpBytes: number): { packets: number; bytes: number } {
  if ('packets' in queue) {
    return { packets: checkInteger('queue.packets', queue.packets, 1, PACKETS_MAX), bytes: Number.POSITIVE_INFINITY };
  }
  const bytes =
    'bytes' in queue
      ? inRange('queue.bytes', queue.bytes, RACE_MTU, 2 ** 40)
      : Math.max(QUEUE_PACKETS_MIN * RACE_MTU, Math.ceil(inRange('queue.bdp', queue.bdp, 0, 1e6) * bdpBytes));
  return { packets: 1 << 24, bytes };
}

function markingOf(marking: MarkingSettings | 'red' | 'step' | null, queueBytes: number): MarkingSettings | null {
  if (marking === 'red') return { kind: 'red', minBytes: queueBytes / 6, maxBytes: queueBytes / 2 };
  return marking === 'step' ? { kind: 'step', marks: 'ect' } : marking;
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new ArgumentError(name, `must be from ${least} to ${most}, got ${String(value)}`);
}
