/**
 * How fast a scan goes: the six templates of nmap's `-T`, and what a person may set singly. Times are what keeps a scan polite; the
 * highest rates are our own, since nmap has none.
 */
import { checkInteger } from '../base/errors.ts';

/** Everything about time and amounts. */
export interface Timing {
  /** Retransmission timeout before the first answer, and its bounds (RFC 6298 has a second for the first and the second). */
  readonly initialRtoUs: number;
  readonly minRtoUs: number;
  readonly maxRtoUs: number;
  /** Tries beyond the first. */
  readonly maxRetries: number;
  /** Least time between two probes to one host, and how far it may be raised when answers are lost. */
  readonly scanDelayUs: number;
  readonly maxTcpDelayUs: number;
  readonly maxUdpDelayUs: number;
  /** A host that takes longer is given up; 0: never. */
  readonly hostTimeoutUs: number;
  /** Probes on the way at first and at most; 1: one after the other. */
  readonly initialWindow: number;
  readonly maxWindow: number;
  /** Probes per second, 0 for no such bound. */
  readonly minRate: number;
  readonly maxRate: number;
}

const normal: Timing = {
  initialRtoUs: 1_000_000,
  minRtoUs: 100_000,
  maxRtoUs: 10_000_000,
  maxRetries: 10,
  scanDelayUs: 0,
  maxTcpDelayUs: 1_000_000,
  maxUdpDelayUs: 1_000_000,
  hostTimeoutUs: 0,
  initialWindow: 10,
  maxWindow: 1024,
  minRate: 0,
  maxRate: 200_000,
};

/** One probe at a time, after a pause. */
function patient(scanDelayUs: number, initialRtoUs: number): Timing {
  const longest = Math.max(normal.maxTcpDelayUs, scanDelayUs);
  return {
    ...normal,
    initialRtoUs,
    maxRtoUs: Math.max(normal.maxRtoUs, initialRtoUs),
    scanDelayUs,
    maxTcpDelayUs: longest,
    maxUdpDelayUs: longest,
    initialWindow: 1,
    maxWindow: 1,
  };
}

/** By number: paranoid, sneaky, polite, normal, aggressive, insane. */
export const TIMING_TEMPLATES: readonly Timing[] = [
  patient(300_000_000, 300_000_000),
  patient(15_000_000, 15_000_000),
  patient(400_000, 1_000_000),
  normal,
  {
    ...normal,
    initialRtoUs: 500_000,
    maxRtoUs: 1_250_000,
    maxRetries: 6,
    maxTcpDelayUs: 10_000,
    initialWindow: 50,
    maxRate: 400_000,
  },
  {
    ...normal,
    initialRtoUs: 250_000,
    minRtoUs: 50_000,
    maxRtoUs: 300_000,
    maxRetries: 2,
    maxTcpDelayUs: 5_000,
    hostTimeoutUs: 900_000_000,
    initialWindow: 100,
    maxWindow: 4096,
    maxRate: 0,
  },
];

/** nmap's names of the templates, which `-T` takes as well. */
export const TIMING_NAMES = ['paranoid', 'sneaky', 'polite', 'normal', 'aggressive', 'insane'] as const;

/** A template with single values changed. @throws ArgumentError for values that cannot be */
export function timingOf(template: number, changes: Partial<Timing> = {}): Timing {
  checkInteger('template', template, 0, TIMING_TEMPLATES.length - 1);
  const timing = { ...(TIMING_TEMPLATES[template] ?? normal), ...changes };
  checkInteger('maxRetries', timing.maxRetries, 0, 30);
  checkInteger('maxWindow', timing.maxWindow, 1, 65_536);
  checkInteger('initialWindow', timing.initialWindow, 1, timing.maxWindow);
  checkInteger('minRate', timing.minRate, 0, 10_000_000);
  checkInteger('maxRate', timing.maxRate, 0, 10_000_000);
  for (const name of ['initialRtoUs', 'minRtoUs', 'maxRtoUs', 'scanDelayUs', 'hostTimeoutUs'] as const) {
    checkInteger(name, timing[name], 0, 86_400_000_000);
  }
  if (timing.maxRate > 0 && timing.minRate > timing.maxRate) return { ...timing, minRate: timing.maxRate };
  return timing;
}
