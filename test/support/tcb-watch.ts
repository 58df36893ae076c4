/** What holds of every connection between two events, when nothing waits to be sent at this very hour. */
import { type Tcb, TcpState, TcpTimer } from '../../src/tcp/index.ts';
import { TCP_TIMER_NAMES, timerTick } from '../../src/tcp/timers.ts';

/** Text that waits for its departure, a SYN's that goes again among it, starts the retransmission timer when it leaves. */
const CLOCKS = TcpTimer.retransmission | TcpTimer.persist | TcpTimer.pacing;

/** What is wrong with the connection, or null. */
export function tcbTrouble(tcb: Tcb): string | null {
  if (tcb.flightSize < 0) return 'SND.UNA lies beyond SND.NXT';
  if (tcb.rcvWnd < 0) return 'RCV.NXT lies beyond the edge that was offered';
  if (tcb.state >= TcpState.established && tcb.cwnd < tcb.sendMss) return `the congestion window is ${tcb.cwnd}`;
  const waits = tcb.flightSize > 0 || tcb.unsentLength > 0 || (tcb.finQueued && !tcb.finSent);
  if (waits && !((tcb.armed & CLOCKS) !== 0 && tcb.isArmed)) {
    return `${tcb.flightSize} in flight, ${tcb.unsentLength} unsent and no timer`;
  }
  return oversleeping(tcb);
}

/** A connection stands in the wheel at the earliest of its timers or before. */
function oversleeping(tcb: Tcb): string | null {
  for (const [timer, name] of TCP_TIMER_NAMES) {
    if ((tcb.armed & timer) === 0) continue;
    const late = (tcb.dueTick - timerTick(tcb, timer)) | 0;
    if (!tcb.isArmed || late > 0) return `wakes ${tcb.isArmed ? `${late} ticks after` : 'without'} its ${name} timer`;
  }
  return null;
}
