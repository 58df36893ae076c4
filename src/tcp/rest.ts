/**
 * A connection at rest: everything it sent is acknowledged, everything it got is read, and no timer runs but those that wait for
 * hours. It keeps what it has learned and gives back the records that work needs; with the next octet they are made again as
 * they were. Asked for when the wheel reaches a connection, which is once after every spell of work: no segment pays for it.
 */
import { CaEvent, CaState } from './congestion/ca-state.ts';
import type { TcpEnvironment } from './environment.ts';
import { firstSpace } from './input/receive-tuning.ts';
import { Occupation } from './tcb/send-history.ts';
import type { Tcb } from './tcb/tcb.ts';
import { TcpTimer } from './timers.ts';

/** Timers of connections that do nothing. */
const PATIENT = TcpTimer.keepAlive | TcpTimer.lifetime;

/** Drops what an idle connection has no use for; does nothing while there is work. */
export function rest(env: TcpEnvironment, tcb: Tcb): void {
  const isSending = tcb.scoreboard !== null || tcb.sndUna !== tcb.sndNxt || tcb.hasUnsent;
  if (isSending || tcb.pending !== 0 || (tcb.armed & ~PATIENT) !== 0) return;
  restSender(env, tcb);
  restReceiver(env, tcb);
  // The end of an orphan is told by a timer in the record; a FIN that came early waits for what is missing before it.
  const isWaiting = (tcb.armed & TcpTimer.lifetime) !== 0 || (tcb.rcvFinKnown && !tcb.rcvFinDone);
  if (!isWaiting && tcb.occupation === Occupation.none) tcb.forgetWork();
}

function restSender(env: TcpEnvironment, tcb: Tcb): void {
  tcb.sendBuffer?.clear(env.pool);
  tcb.sendBuffer = null;
  // What RFC 7661 has measured under `rfc` is good for minutes.
  const isPlain = env.settings.profile === 'linux' && tcb.caState === CaState.open;
  if (isPlain && tcb.recovery?.isForgettable(env.settings.reordering)) tcb.recovery = null;
  if (tcb.pathProof?.isForgettable) tcb.pathProof = null;
  tcb.congestion.onEvent?.(env, tcb, CaEvent.rest);
}

function restReceiver(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.reassembly !== null && !tcb.reassembly.isEmpty) return;
  tcb.reassembly = null;
  if (tcb.duplicates?.count === 0) tcb.duplicates = null;
  if (tcb.receiveBuffer !== null && tcb.receiveBuffer.length > 0) return;
  tcb.receiveBuffer?.clear(env.pool);
  tcb.receiveBuffer = null;
  // A user no faster than was thought at first.
  if (tcb.receiveTuning?.space === firstSpace(tcb)) tcb.receiveTuning = null;
}
