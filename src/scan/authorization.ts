/**
 * Which addresses may be scanned without saying that one may: one's own machine and networks that nobody else can own. Everything else
 * needs the word of the person who scans.
 */
import type { Address } from '../base/address.ts';
import type { TargetRange } from './target-expression.ts';

/** Ranges larger than this need the word too, whoever owns them: a /16. */
export const RANGE_FREE_MAX = 1 << 16;

/** True for loopback, RFC 1918 and fc00::/7 networks (RFC 4193), and link-local addresses. */
export function isOwnGround(address: Address): boolean {
  return address.isLoopback || address.isPrivate || address.isUniqueLocal || address.isLinkLocal;
}

/** What of a range needs authorization: an address outside, or its size. Null: nothing. */
export function needsWord(range: TargetRange): { readonly address: Address } | 'size' | null {
  if (range.count > RANGE_FREE_MAX) return 'size';
  for (let index = 0; index < range.count; index++) {
    const address = range.at(index);
    if (!isOwnGround(address)) return { address };
  }
  return null;
}
