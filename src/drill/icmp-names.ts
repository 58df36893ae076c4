/**
 * Names of ICMP types and codes in scripts, and their numbers in either version of IP (RFC 792, RFC 1812, RFC 4443).
 * A name may have a number in one version only.
 */
import type { AddressFamily } from '../base/address.ts';

interface Numbers {
  readonly v4?: number;
  readonly v6?: number;
}

/** RFC 792 and RFC 4443 §2.1: types that may stand after `icmp`. */
export const ICMP_TYPES: ReadonlyMap<string, Numbers> = new Map([
  ['unreachable', { v4: 3, v6: 1 }],
  ['packet_too_big', { v6: 2 }],
  ['source_quench', { v4: 4 }],
  ['redirect', { v4: 5 }],
  ['time_exceeded', { v4: 11, v6: 3 }],
  ['parameter_problem', { v4: 12, v6: 4 }],
  ['echo_request', { v4: 8, v6: 128 }],
  ['echo_reply', { v4: 0, v6: 129 }],
]);

/** Codes of `unreachable`: RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1, RFC 4443 §3.1. `…_unreachable` means the same. */
export const ICMP_CODES: ReadonlyMap<string, Numbers> = new Map([
  ['net', { v4: 0, v6: 0 }],
  ['host', { v4: 1, v6: 3 }],
  ['protocol', { v4: 2 }],
  ['port', { v4: 3, v6: 4 }],
  ['frag_needed', { v4: 4 }],
  ['source_route_failed', { v4: 5 }],
  ['net_unknown', { v4: 6 }],
  ['host_unknown', { v4: 7 }],
  ['source_host_isolated', { v4: 8 }],
  ['net_prohibited', { v4: 9 }],
  ['host_prohibited', { v4: 10 }],
  ['net_unreachable_for_tos', { v4: 11 }],
  ['host_unreachable_for_tos', { v4: 12 }],
  ['admin_prohibited', { v4: 13, v6: 1 }],
  ['host_precedence_violation', { v4: 14 }],
  ['precedence_cutoff', { v4: 15 }],
  ['no_route', { v6: 0 }],
  ['beyond_scope', { v6: 2 }],
  ['address', { v6: 3 }],
]);

/** The number of a type's name; undefined where this version of IP has none. */
export function icmpTypeNumber(name: string, family: AddressFamily): number | undefined {
  return numberFor(ICMP_TYPES.get(name), family);
}

/** The number of a code as a script gives it; undefined where this version of IP has no such code. */
export function icmpCodeNumber(code: number | string | undefined, family: AddressFamily): number | undefined {
  if (code === undefined) return 0;
  return typeof code === 'number' ? code : numberFor(icmpCode(code), family);
}

export function isIcmpCode(name: string): boolean {
  return icmpCode(name) !== undefined;
}

function icmpCode(name: string): Numbers | undefined {
  return ICMP_CODES.get(name) ?? ICMP_CODES.get(name.replace(/_unreachable$/, ''));
}

function numberFor(numbers: Numbers | undefined, family: AddressFamily): number | undefined {
  return family === 4 ? numbers?.v4 : numbers?.v6;
}
