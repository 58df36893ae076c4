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

type Codes = ReadonlyMap<string, Numbers>;

/** RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1, RFC 4443 §3.1; names beside those are Linux's. `…_unreachable` means the same. */
const UNREACHABLE: Codes = new Map([
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
  ['policy_fail', { v6: 5 }],
  ['reject_route', { v6: 6 }],
  ['source_routing_header', { v6: 7 }],
  ['prot', { v4: 2 }],
  ['addr', { v6: 3 }],
  ['sr_failed', { v4: 5 }],
  ['host_isolated', { v4: 8 }],
  ['net_ano', { v4: 9 }],
  ['host_ano', { v4: 10 }],
  ['net_unr_tos', { v4: 11 }],
  ['host_unr_tos', { v4: 12 }],
  ['pkt_filtered', { v4: 13 }],
  ['communication_prohibited', { v4: 13, v6: 1 }],
  ['prohibited', { v4: 13, v6: 1 }],
  ['adm_prohibited', { v4: 13, v6: 1 }],
  ['prec_violation', { v4: 14 }],
  ['precedence_violation', { v4: 14 }],
  ['prec_cutoff', { v4: 15 }],
  ['noroute', { v6: 0 }],
  ['not_neighbour', { v6: 2 }],
  ['not_neighbor', { v6: 2 }],
]);

/** RFC 792, RFC 4443 §3.3. */
const TIME_EXCEEDED: Codes = new Map([
  ['ttl', { v4: 0, v6: 0 }],
  ['reassembly', { v4: 1, v6: 1 }],
  ['hop_limit', { v4: 0, v6: 0 }],
  ['hoplimit', { v4: 0, v6: 0 }],
  ['ttl_exceeded', { v4: 0, v6: 0 }],
  ['hop_limit_exceeded', { v4: 0, v6: 0 }],
  ['transit', { v4: 0, v6: 0 }],
  ['exc_ttl', { v4: 0, v6: 0 }],
  ['exc_hoplimit', { v4: 0, v6: 0 }],
  ['fragment_reassembly', { v4: 1, v6: 1 }],
  ['reassembly_time_exceeded', { v4: 1, v6: 1 }],
  ['fragtime', { v4: 1, v6: 1 }],
  ['exc_fragtime', { v4: 1, v6: 1 }],
]);

/** RFC 792, RFC 1122 §3.2.2.5, RFC 4443 §3.4. */
const PARAMETER_PROBLEM: Codes = new Map([
  ['pointer', { v4: 0 }],
  ['missing_option', { v4: 1 }],
  ['bad_length', { v4: 2 }],
  ['header_field', { v4: 0, v6: 0 }],
  ['next_header', { v6: 1 }],
  ['option', { v6: 2 }],
  ['hdr_field', { v6: 0 }],
  ['erroneous_header', { v6: 0 }],
  ['unknown_next_header', { v6: 1 }],
  ['unk_nexthdr', { v6: 1 }],
  ['unknown_option', { v6: 2 }],
  ['unk_option', { v6: 2 }],
]);

/** RFC 792. */
const REDIRECT: Codes = new Map([
  ['net', { v4: 0 }],
  ['host', { v4: 1 }],
  ['net_tos', { v4: 2 }],
  ['host_tos', { v4: 3 }],
  ['tos_net', { v4: 2 }],
  ['tos_host', { v4: 3 }],
]);

/** Codes by name, for the types that have some. */
export const ICMP_CODES: ReadonlyMap<string, Codes> = new Map([
  ['unreachable', UNREACHABLE],
  ['time_exceeded', TIME_EXCEEDED],
  ['parameter_problem', PARAMETER_PROBLEM],
  ['redirect', REDIRECT],
]);

/** The number of a type's name; undefined where this version of IP has none. */
export function icmpTypeNumber(name: string, family: AddressFamily): number | undefined {
  return numberFor(ICMP_TYPES.get(name), family);
}

/** The number of a code as a script gives it; undefined where this version of IP has no such code. */
export function icmpCodeNumber(
  type: string,
  code: number | string | undefined,
  family: AddressFamily,
): number | undefined {
  if (code === undefined) return 0;
  return typeof code === 'number' ? code : numberFor(icmpCode(type, code), family);
}

export function isIcmpCode(type: string, code: string): boolean {
  return icmpCode(type, code) !== undefined;
}

function icmpCode(type: string, code: string): Numbers | undefined {
  const codes = ICMP_CODES.get(type);
  return codes?.get(code) ?? codes?.get(code.replace(/_unreach(?:able)?$/, ''));
}

function numberFor(numbers: Numbers | undefined, family: AddressFamily): number | undefined {
  return family === 4 ? numbers?.v4 : numbers?.v6;
}
