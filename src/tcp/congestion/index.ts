/** The congestion controls by name, as `net.ipv4.tcp_congestion_control` and TCP_CONGESTION know them. */
import type { TcpSurroundings } from '../surroundings.ts';
import type { CongestionControl, Tcb } from '../tcb/tcb.ts';
import { Bbr } from './bbr.ts';
import { Cubic } from './cubic.ts';
import { Dctcp } from './dctcp.ts';
import { NewReno } from './newreno.ts';
import { NoCongestionControl } from './none.ts';

// RFC 8257 §5 R8257-11: DCTCP is never the default.
/** Names a connection can ask for. */
export const CONGESTION_CONTROLS: readonly string[] = ['cubic', 'reno', 'bbr', 'dctcp', 'none'];

/** Other names for them. */
const ALIASES: Readonly<Record<string, string>> = { newreno: 'reno' };

/** Whether there is a control of that name, or a name for one. */
export function isCongestionControl(name: string): boolean {
  return CONGESTION_CONTROLS.includes(ALIASES[name] ?? name);
}

/** A new control for one connection; CUBIC for a name that is not known. */
export function makeCongestionControl(name: string): CongestionControl {
  switch (ALIASES[name] ?? name) {
    case 'reno':
      return new NewReno();
    case 'bbr':
      return new Bbr();
    case 'dctcp':
      return new Dctcp();
    case 'none':
      return new NoCongestionControl();
    default:
      return new Cubic();
  }
}

/**
 * Gives a connection another control while it runs, as TCP_CONGESTION does: window and ssthresh stay, but one that had no control
 * goes on with `initialWindow`.
 */
export function switchCongestionControl(env: TcpSurroundings, tcb: Tcb, name: string, initialWindow: number): void {
  if (tcb.congestion.name === (ALIASES[name] ?? name)) return;
  if (tcb.congestion.name === 'none') tcb.cwnd = initialWindow;
  tcb.congestion = makeCongestionControl(name);
  tcb.ackedInRound = 0;
  // Pacing once begun goes on, as in Linux.
  if (tcb.congestion.isPaced) tcb.isPaced = true;
  tcb.congestion.start(env, tcb);
}
