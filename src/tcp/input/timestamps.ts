/** Our timestamp clock (RFC 7323 section 4.1). */
import type { TcpSurroundings } from '../surroundings.ts';

// RFC 7323 §5.4 R7323-13: a millisecond a tick, and an offset from a keyed hash of the four-tuple.
/** Milliseconds, moved by a secret offset for each connection. */
export function timestampValue(env: TcpSurroundings, { tsOffset }: { readonly tsOffset: number }): number {
  return (env.clock.ms + tsOffset) | 0;
}
