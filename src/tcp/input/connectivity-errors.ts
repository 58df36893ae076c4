/**
 * What network and host unreachable tell a connection that is sending the same segment again and again (RFC 6069): the segment left, and a
 * router further on had no way for it. So no congestion was met, and the last doubling of the RTO is taken back.
 */
import type { TcpEnvironment } from '../environment.ts';
import { rtoMaxUs } from '../rare-options.ts';
import { computeRto } from '../recovery/rtt.ts';
import { timeOutAsSent } from '../recovery/tail-loss-probe.ts';
import type { Tcb } from '../tcb/tcb.ts';

/** @param quotedSeq of the segment that was not delivered */
export function revertBackoff(env: TcpEnvironment, tcb: Tcb, quotedSeq: number): void {
  const board = tcb.scoreboard;
  if (quotedSeq !== tcb.sndUna || tcb.timeouts === 0 || tcb.backoff === 0) return;
  if (env.settings.profile === 'rfc' || board === null || board.isEmpty) return;
  tcb.backoff--;
  tcb.rtoUs = Math.min(computeRto(tcb, env.settings) * 2 ** tcb.backoff, rtoMaxUs(tcb, env.settings));
  timeOutAsSent(env, tcb, board);
}
