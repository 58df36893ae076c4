/** What the comparison with the kernel leaves out, and why. Nothing is hidden: all of it stands here. */

/** Settings of the stack besides those of its profile. */
export const SETTINGS = {
  fin_timeout: 2,
  retries2: 3,
  // As the kernel's below.
  early_retrans: 0,
  recovery: 0,
  dsack: false,
  frto: 0,
  congestion_control: 'reno',
  ecn: 0,
} as const;

/**
 * The kernel's settings in the namespace, in `net.ipv4`. What is compared by tests of its own is switched off on
 * both sides, so that everything else can be compared exactly.
 */
export const KERNEL_SETTINGS: Readonly<Record<string, number | string>> = {
  // Tail loss probes and RACK (RFC 8985), D-SACK (RFC 2883), F-RTO (RFC 5682).
  tcp_early_retrans: 0,
  tcp_recovery: 0,
  tcp_dsack: 0,
  tcp_frto: 0,
  // CUBIC and ECN.
  tcp_congestion_control: 'reno',
  tcp_ecn: 0,
  // The sizes are those of the profile.
  tcp_moderate_rcvbuf: 1,
  tcp_rmem: '4096 131072 33554432',
  tcp_wmem: '4096 131072 4194304',
  // Nothing learnt from one connection for the next.
  tcp_no_metrics_save: 1,
  // Short, so that they can be waited for; the stack has the same (SETTINGS).
  tcp_fin_timeout: SETTINGS.fin_timeout,
  tcp_retries2: SETTINGS.retries2,
  // A burst of packets in parallel scenarios is not an attack.
  icmp_ratelimit: 0,
};

/** The reasons, each for one or more scenarios. */
const REASONS: readonly (readonly [reason: string, scenarios: readonly string[]])[] = [
  [
    'not to be imitated: header prediction takes text whose ACK is older than the largest window (against RFC 5961 section 5.2)',
    ['text with an ACK too old'],
  ],
  [
    'an artefact: with segments handed down one at a time the kernel cuts each lost segment in two instead of packing them anew',
    ['fragmentation needed'],
  ],
  [
    'not to be imitated exactly: quick ACKs go on for as long as the offered window grows, an account of memory of the kernel',
    ['every second full segment', 'full segments and a reader'],
  ],
  [
    "not to be imitated: a SYN that takes over TIME-WAIT echoes the old connection's timestamp; without ACK, TSecr is zero (RFC 7323 section 3.2)",
    ['connect again in TIME-WAIT'],
  ],
];

/** Scenario to the reason why the sides differ. A scenario that no longer differs must leave the list. */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map(
  REASONS.flatMap(([reason, scenarios]) => scenarios.map((scenario) => [scenario, reason] as const)),
);
