/**
 * Which of our addresses speaks to a destination, and which of several destinations to try first: RFC 6724. Pure.
 * For IPv4 the route decides (RFC 1122 section 3.3.4.3); the same comparison of destinations serves both families.
 */
import type { Address } from '../base/address.ts';
import { AddressScope, AddressState, type Interface, type InterfaceAddress, scopeOf } from './interface.ts';

interface PolicyRow {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly bits: number;
  readonly precedence: number;
  readonly label: number;
}

const row = (words: readonly number[], bits: number, precedence: number, label: number): PolicyRow => ({
  w0: (words[0] ?? 0) | 0,
  w1: (words[1] ?? 0) | 0,
  w2: (words[2] ?? 0) | 0,
  w3: (words[3] ?? 0) | 0,
  bits,
  precedence,
  label,
});

// RFC 6724 §2.1: the default policy table, longest prefix first.
const POLICY: readonly PolicyRow[] = [
  row([0, 0, 0, 1], 128, 50, 0),
  row([0, 0, 0xffff], 96, 35, 4),
  row([], 96, 1, 3),
  row([0x20010000], 32, 5, 5),
  row([0x20020000], 16, 30, 2),
  row([0x3ffe0000], 16, 1, 12),
  row([0xfec00000], 10, 1, 11),
  row([0xfc000000], 7, 3, 13),
  row([], 0, 40, 1),
];

/** Leading bits two addresses have in common, 0 to 128. */
export function commonPrefixLength(a: Address, b: Address): number {
  if (a.w0 !== b.w0) return Math.clz32(a.w0 ^ b.w0);
  if (a.w1 !== b.w1) return 32 + Math.clz32(a.w1 ^ b.w1);
  if (a.w2 !== b.w2) return 64 + Math.clz32(a.w2 ^ b.w2);
  return 96 + Math.clz32(a.w3 ^ b.w3);
}

/**
 * The best source for an IPv6 `destination` that leaves by `out`, null when there is none.
 * RFC 6724 §4: for link-local and multicast destinations only the addresses of `out` are candidates.
 */
export function selectSource6(
  destination: Address,
  out: Interface,
  interfaces: readonly Interface[],
): InterfaceAddress | null {
  const onlyOut = destination.isMulticast || destination.isLinkLocal;
  let best: InterfaceAddress | null = null;
  for (const owner of onlyOut ? [out] : interfaces) {
    for (const candidate of owner.addresses) {
      if (candidate.address.family !== 6 || !candidate.isUsable) continue;
      // ::1 and link-local addresses mean nothing on another link.
      if (owner !== out && (candidate.address.isLoopback || candidate.address.isLinkLocal)) continue;
      if (best === null || compareSources(candidate, best, destination, out) < 0) best = candidate;
    }
  }
  return best;
}

/** Negative when `a` is the better source for `destination` (RFC 6724 section 5, rules 1 to 8). */
export function compareSources(
  a: InterfaceAddress,
  b: InterfaceAddress,
  destination: Address,
  out: Interface | null,
): number {
  if (a.address.equals(destination) !== b.address.equals(destination)) return a.address.equals(destination) ? -1 : 1;
  const scope = scopeOf(destination);
  // Rule 2: the smallest scope that still reaches, else the largest there is.
  if (a.scope < b.scope) return a.scope < scope ? 1 : -1;
  if (b.scope < a.scope) return b.scope < scope ? -1 : 1;
  const deprecatedA = a.state === AddressState.deprecated;
  if (deprecatedA !== (b.state === AddressState.deprecated)) return deprecatedA ? 1 : -1;
  // Rule 4 is of home addresses, which a host without Mobile IPv6 does not have.
  if (out !== null && (a.interface === out) !== (b.interface === out)) return a.interface === out ? -1 : 1;
  const label = policyOf(destination).label;
  const labelA = policyOf(a.address).label === label;
  if (labelA !== (policyOf(b.address).label === label)) return labelA ? -1 : 1;
  if (a.isTemporary !== b.isTemporary) return a.isTemporary ? -1 : 1;
  return matchLength(b, destination) - matchLength(a, destination);
}

/** A destination under comparison, and the source that would be used for it (null: there is none). */
export interface DestinationCandidate {
  readonly address: Address;
  readonly source: InterfaceAddress | null;
}

/** The candidates, the one to try first in front (RFC 6724 section 6); equals keep their order (rule 10). */
export function orderDestinations(candidates: readonly DestinationCandidate[]): DestinationCandidate[] {
  return [...candidates].sort(compareDestinations);
}

/** The IPv4 source for `nextHop` by way of `out`: one of the next hop's subnet, else the first global one, else elsewhere. */
export function selectSource4(
  nextHop: Address,
  out: Interface,
  interfaces: readonly Interface[],
): InterfaceAddress | null {
  let first: InterfaceAddress | null = null;
  for (const candidate of out.addresses) {
    if (candidate.address.family !== 4 || !candidate.isUsable) continue;
    if (candidate.prefix.contains(nextHop)) return candidate;
    first ??= candidate;
  }
  if (first !== null) return first;
  for (const owner of interfaces) {
    for (const candidate of owner.addresses) {
      if (candidate.address.family !== 4 || !candidate.isUsable) continue;
      if (candidate.scope === AddressScope.global) return candidate;
    }
  }
  return null;
}

function compareDestinations(a: DestinationCandidate, b: DestinationCandidate): number {
  const sourceA = a.source;
  const sourceB = b.source;
  if (sourceA === null || sourceB === null) return (sourceA === null ? 1 : 0) - (sourceB === null ? 1 : 0);
  const scopeA = scopeOf(a.address);
  const scopeB = scopeOf(b.address);
  const preferences = [
    Number(sourceB.scope === scopeB) - Number(sourceA.scope === scopeA),
    Number(sourceA.state === AddressState.deprecated) - Number(sourceB.state === AddressState.deprecated),
    Number(labelsMatch(b.address, sourceB)) - Number(labelsMatch(a.address, sourceA)),
    policyOf(b.address).precedence - policyOf(a.address).precedence,
    // Rule 7 prefers native transport; no interface here encapsulates.
    scopeA - scopeB,
    // Rule 9 compares within one family only.
    a.address.family === b.address.family ? matchLength(sourceB, b.address) - matchLength(sourceA, a.address) : 0,
  ];
  return preferences.find((preference) => preference !== 0) ?? 0;
}

function labelsMatch(destination: Address, source: InterfaceAddress): boolean {
  return policyOf(destination).label === policyOf(source.address).label;
}

/** RFC 6724 §2.2: bits in common, at most those of the source's prefix. */
function matchLength(source: InterfaceAddress, destination: Address): number {
  const prefixBits = source.address.family === 4 ? 96 + source.prefix.length : source.prefix.length;
  return Math.min(commonPrefixLength(source.address, destination), prefixBits);
}

function policyOf(address: Address): PolicyRow {
  for (const policy of POLICY) {
    if (isInRow(address, policy)) return policy;
  }
  return POLICY[POLICY.length - 1]!;
}

function isInRow(address: Address, policy: PolicyRow): boolean {
  const { bits } = policy;
  if (bits === 0) return true;
  if (bits < 32) return (address.w0 ^ policy.w0) >>> (32 - bits) === 0;
  if (address.w0 !== policy.w0) return false;
  if (bits === 32) return true;
  if (address.w1 !== policy.w1 || address.w2 !== policy.w2) return false;
  return bits === 96 || address.w3 === policy.w3;
}
