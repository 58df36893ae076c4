/**
 * What a scan can say of a port, and why, in the words of nmap, so that its readers and programs understand ours. States and
 * reasons are small numbers because a scan keeps one of each per port; a verdict is both in one number.
 */

/** States of a port; 0: nothing known yet. */
export const PortState = { unknown: 0, open: 1, closed: 2, filtered: 3, unfiltered: 4, openFiltered: 5 } as const;
export type PortState = (typeof PortState)[keyof typeof PortState];

const STATE_NAMES = ['unknown', 'open', 'closed', 'filtered', 'unfiltered', 'open|filtered'] as const;

/** A state by its name. */
export type PortStateName = (typeof STATE_NAMES)[number];

/** The name of a state: `open|filtered` for the fifth. */
export function portStateName(state: number): PortStateName {
  return STATE_NAMES[state] ?? 'unknown';
}

const REASON_NAMES = [
  'unknown-response',
  'no-response',
  'syn-ack',
  'split-handshake-syn',
  'reset',
  'conn-refused',
  'udp-response',
  'net-unreach',
  'host-unreach',
  'proto-unreach',
  'port-unreach',
  'net-prohibited',
  'host-prohibited',
  'admin-prohibited',
  'time-exceeded',
  'no-route',
  'beyond-scope',
  'reject-route',
  'echo-reply',
  'arp-response',
  'nd-response',
  'user-set',
  'dest-unreach',
] as const;

/** Why a port or a host is taken for what it is. */
export type ReasonName = (typeof REASON_NAMES)[number];

/** Reasons by name. */
export const Reason: Readonly<Record<ReasonName, number>> = Object.fromEntries(
  REASON_NAMES.map((name, number) => [name, number]),
) as Record<ReasonName, number>;

/** The name of a reason: `syn-ack`. */
export function reasonName(reason: number): ReasonName {
  return REASON_NAMES[reason] ?? 'unknown-response';
}

/** Nothing can be concluded. */
export const NO_VERDICT = 0;

/** State and reason in one number. */
export function verdict(state: PortState, reason: ReasonName): number {
  return state | (Reason[reason] << 8);
}

/** The `PortState` of a verdict. */
export function stateOf(given: number): PortState {
  return (given & 0xff) as PortState;
}

/** The number of a verdict's reason. */
export function reasonOf(given: number): number {
  return given >>> 8;
}
