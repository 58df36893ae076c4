/** The window of a segment that goes out now, chosen and counted as Linux's `nstat` has it. */
import type { TcpEnvironment } from '../environment.ts';
import { selectWindow } from '../input/receive-account.ts';
import { freeRoom, offerWindow } from '../input/window.ts';
import { windowCeiling } from '../memory.ts';
import type { Tcb } from '../tcb/tcb.ts';

/** Offers a window: the 16 bits for the header. Counts when it shuts and opens, and when it would be shut had it not been offered. */
export function announceWindow(env: TcpEnvironment, tcb: Tcb): number {
  const { extCounters } = env;
  const edge = tcb.rcvAdv;
  const ceiling = windowCeiling(env, tcb);
  const field = offerWindow(tcb, ceiling);
  const isShut = field === 0;
  if (isShut && !tcb.isWindowShut) extCounters.TCPToZeroWindowAdv++;
  if (!isShut && tcb.isWindowShut) extCounters.TCPFromZeroWindowAdv++;
  tcb.isWindowShut = isShut;
  if (!isShut && tcb.rcvAdv === edge && isRoomless(tcb, ceiling)) extCounters.TCPWantZeroWindowAdv++;
  return field;
}

/** Nothing would be offered now if nothing had been. */
function isRoomless(tcb: Tcb, ceiling: number): boolean {
  if (tcb.receiveAccount !== null) return selectWindow(tcb, tcb.receiveAccount) === 0;
  return Math.min(freeRoom(tcb), ceiling) <= 0;
}
