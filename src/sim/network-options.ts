/**
 * What a network, its links and its runs can be told. Plain data with defaults.
 */
import { type LinkCapabilities, MTU_MAX, plainCapabilities } from '../base/link-capabilities.ts';
import type { ImpairmentSettings } from '../link/impairment-settings.ts';
import type { FrameListener } from '../link/tracer.ts';
import type { StackFactory } from './stack-factory.ts';

/** How a network is made. */
export interface NetworkOptions {
  /** Decides everything that is left to chance; default 1. */
  readonly seed?: number;
  /** Where the clock starts, in microseconds; default 0. */
  readonly startUs?: number;
  /** What hour 0 means in microseconds since 1970; default 2026-01-01 00:00 UTC. */
  readonly epochUs?: number;
  /** Frames a link delivers before hosts get their turn; default 1. Benchmarks take more. */
  readonly batchFrames?: number;
  /** Default: the real stack. */
  readonly stackFactory?: StackFactory;
}

/** A link of a network. Impairment settings hold for all directions; change one with `NetworkLink.set`. */
export interface NetworkLinkOptions extends Partial<ImpairmentSettings> {
  /** For messages, captures and `linkNamed`; default the hosts' names joined by `-`. */
  readonly name?: string;
  /** Default `ethernet`. */
  readonly medium?: 'ethernet' | 'ip';
  /**
   * Default 1500. `'none'`: the link has none, as a loopback; whatever IP can carry (65,535 bytes) goes in one piece, and neither TCP nor
   * IP cuts anything. Checksums are another matter, see `offload`.
   */
  readonly mtu?: number | 'none';
  /**
   * True: the link takes super-segments and unfinished checksums, as a kernel's veth does; taps still show the packets of a
   * wire. Default: as `plain`.
   */
  readonly offload?: boolean;
  /** Frames on the way per direction before senders must wait, default 1024. */
  readonly linkFrames?: number;
  /** Addresses given to each host: default both families, IPv4 alone where the MTU is below IPv6's least. */
  readonly families?: readonly (4 | 6)[];
  /**
   * True: no impairments, rules or tap can be added, nothing is between host and cable. Nobody sees its packets, so it carries
   * super-segments unless `offload` is false.
   */
  readonly plain?: boolean;
}

/** When to stop. Without any: when nothing is left to do. */
export interface RunOptions {
  /** Milliseconds since the network's start; the clock stands there afterwards. */
  readonly untilMs?: number;
  /** As `untilMs`, counted from now. */
  readonly forMs?: number;
  /** True: stop early when nothing is left to do, and leave the clock there. */
  readonly untilIdle?: boolean;
  /** Asked after every event. */
  readonly until?: () => boolean;
  /** Default 50 million. */
  readonly maxEvents?: number;
}

/** How a run ended. */
export interface RunResult {
  /** `time`: the deadline; `idle`: nothing left to do; `condition`: `until` held; `events`: `maxEvents` were done. */
  readonly reason: 'time' | 'idle' | 'condition' | 'events';
  /** Events of this run. */
  readonly events: number;
  readonly nowUs: number;
}

/** A listener that wants to know the interfaces it hears. */
export interface NetworkRecorder extends FrameListener {
  addInterface(options: { name: string; description?: string; medium: 'ethernet' | 'ip' }): number;
}

/** What the carrier of a link with these options can do. */
export function capabilitiesOf(options: NetworkLinkOptions): LinkCapabilities {
  const medium = options.medium ?? 'ethernet';
  const mtu = options.mtu === 'none' ? MTU_MAX : (options.mtu ?? 1500);
  const isOffloaded = options.offload ?? options.plain ?? false;
  if (!isOffloaded) return plainCapabilities(medium, mtu);
  return { medium, mtu, tso4: true, tso6: true, tsoAccEcn: true, uso: true, checksum: true };
}

/** The impairment settings among a link's options. */
export function impairmentsOf(options: NetworkLinkOptions): Partial<ImpairmentSettings> {
  const { name, medium, mtu, offload, linkFrames, families, plain, ...impairments } = options;
  return impairments;
}
