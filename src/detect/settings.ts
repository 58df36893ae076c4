/**
 * When traffic counts as an attack: thresholds, each for one window of time. The defaults leave honest busy traffic alone: a browser
 * opens dozens of connections to one port of a few hosts, and completes them.
 */
import { ArgumentError } from '../base/errors.ts';

/** All thresholds. */
export interface DetectionSettings {
  /** Length of a window in milliseconds, 100 to 600000. Counts begin anew with each. Default 5000. */
  readonly windowMs: number;
  /** After an event the same is not raised again for so long, milliseconds. Default 30000. */
  readonly quietMs: number;
  /** Ports of one host that one sender tries in vain: a vertical scan. Default 20. */
  readonly verticalPorts: number;
  /** Hosts that one sender tries in vain, or asks for by ARP: a horizontal scan. Default 20. */
  readonly horizontalHosts: number;
  /** SYNs to one port that nothing follows, in a window: a SYN flood. Default 500. */
  readonly synFlood: number;
  /** SYNs to one port that nothing follows, in each of two windows: half-open connections build up. Default 60. */
  readonly halfOpen: number;
  /** Resets from or to one host in a window: a RST storm; they must be a quarter of its segments too. Default 500. */
  readonly rstStorm: number;
  /** Senders remembered, 16 to 65536; the one unseen for longest makes room. Default 1024. */
  readonly sourcesMax: number;
  /** Ports of hosts remembered. Default 128. */
  readonly servicesMax: number;
}

/** What holds for each setting that is not given. */
export const DETECTION_DEFAULTS: DetectionSettings = {
  windowMs: 5000,
  quietMs: 30_000,
  verticalPorts: 20,
  horizontalHosts: 20,
  synFlood: 500,
  halfOpen: 60,
  rstStorm: 500,
  sourcesMax: 1024,
  servicesMax: 128,
};

const RANGES: Readonly<Record<keyof DetectionSettings, readonly [least: number, most: number]>> = {
  windowMs: [100, 600_000],
  quietMs: [0, 86_400_000],
  verticalPorts: [2, 200],
  horizontalHosts: [2, 200],
  synFlood: [2, 20_000],
  halfOpen: [2, 20_000],
  rstStorm: [2, 1_000_000],
  sourcesMax: [16, 65_536],
  servicesMax: [4, 4096],
};

/** The defaults with changes. @throws ArgumentError for values out of range */
export function detectionSettings(changes: Partial<DetectionSettings> = {}): DetectionSettings {
  const settings = { ...DETECTION_DEFAULTS, ...changes };
  for (const name of Object.keys(RANGES) as (keyof DetectionSettings)[]) {
    const [least, most] = RANGES[name];
    const value = settings[name];
    if (!(Number.isFinite(value) && value >= least && value <= most)) {
      throw new ArgumentError(name, `must be from ${least} to ${most}, got ${String(value)}`);
    }
  }
  return settings;
}
