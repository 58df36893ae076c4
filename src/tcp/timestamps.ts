/** Our timestamp clock (RFC 7323 section 4.1). */
import type { TcpEnvironment } from './environment.ts';
import type { Tcb } from './tcb.ts';

/** Milliseconds, moved by a secret offset for each connection. */
export function timestampValue(env: TcpEnvironment, tcb: Tcb): number {
  return (env.clock.ms + tcb.tsOffset) | 0;
}
