/**
 * SEGMENT ARRIVES in FIN-WAIT-2 when nobody holds the connection any more. Linux has no more left of it than of one in TIME-WAIT, so less
 * is looked at: no ACK, no RST that is merely in the window, nothing is challenged. The peer's FIN is waited for and nothing else; whatever
 * says that text comes or has come ends it with a RST.
 */
import { TICKS_PER_SECOND, usToTicks } from '../../base/clock.ts';
import { TcpFlag, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { isAnswerTooSoon } from '../input/challenge-ack.ts';
import { seqGe, seqGt, seqLe, seqLt } from '../seq.ts';
import { TcpState } from '../state.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { endConnection, enterTimeWait } from './connection-end.ts';
import { acknowledgeFin, isOldTimestamp, takeTimestamp } from './time-wait.ts';
import { TimeWait } from './time-wait-record.ts';

/** Nobody holds the connection any more. Returns how long it may stay, ticks; what the user chose leaves time for a few round trips, as on Linux. */
export function orphanedInFinWait2({ settings }: TcpEnvironment, tcb: Tcb): number {
  // A record has answered nobody yet.
  if (settings.profile === 'linux') tcb.hasAnswered = false;
  const seconds = tcb.rare?.finTimeoutSeconds ?? 0;
  if (seconds === 0) return settings.fin_timeout * TICKS_PER_SECOND;
  return seconds < 0 ? 1 : Math.max(seconds * TICKS_PER_SECOND, usToTicks(3.5 * tcb.rtoUs));
}

/** Whether a segment is one for `arriveForOrphan`. */
export function isOrphanInFinWait2({ settings }: TcpEnvironment, { state, hasUser }: Tcb): boolean {
  return state === TcpState.finWait2 && !hasUser && settings.profile === 'linux';
}

export function arriveForOrphan(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const { flags, seq, length } = segment;
  const end = (seq + length) | 0;
  const hasTimestamps = tcb.has(Agreed.timestamps);
  if (isOldTimestamp(tcb, hasTimestamps, segment, env.clock.seconds) || !isInWindow(tcb, seq, end)) {
    // Whoever sends octets needs an answer each time.
    const isLimited = length === 0 || (flags & TcpFlag.syn) !== 0;
    if (!isLimited || !isAnswerTooSoon(env, tcb)) acknowledgeFin(env, new TimeWait(tcb, hasTimestamps, 0));
    else env.extCounters.TCPACKSkippedFinWait2++;
    return;
  }
  if (flags & TcpFlag.rst) {
    endConnection(env, tcb, null, 'reset');
    return;
  }
  const isNewSyn = (flags & TcpFlag.syn) !== 0 && seqGe(seq, tcb.rcvNxt);
  if (!isNewSyn && ((flags & TcpFlag.ack) === 0 || length === 0 || seqLe(end, tcb.rcvNxt))) return;
  if (isNewSyn || (flags & TcpFlag.fin) === 0 || end !== ((tcb.rcvNxt + 1) | 0)) {
    env.sendResetFor(segment);
    endConnection(env, tcb, null, 'data-after-close');
    return;
  }
  tcb.rcvNxt = end;
  takeTimestamp(tcb, hasTimestamps, segment, env.clock.seconds);
  enterTimeWait(env, tcb, true);
}

function isInWindow({ rcvNxt, rcvWnd }: Tcb, seq: number, end: number): boolean {
  const edge = (rcvNxt + rcvWnd) | 0;
  if (seq === rcvNxt || (seq === edge && end === edge)) return true;
  return seqGt(end, rcvNxt) && seqLt(seq, edge);
}
