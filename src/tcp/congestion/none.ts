/**
 * No congestion control: for links that cannot lose or congest, and for measuring everything else. Not for a network shared with
 * others: RFC 9293 section 3.8.2 MUST-19 asks for a control there.
 */
import type { TcpSurroundings } from '../surroundings.ts';
import type { CongestionControl, Tcb } from '../tcb/tcb.ts';
import { boundedWindow, MAX_WINDOW } from './growth.ts';

export class NoCongestionControl implements CongestionControl {
  readonly name = 'none';
  readonly isPaced = false;
  readonly isDctcp = false;

  start(_env: TcpSurroundings, tcb: Tcb): void {
    tcb.cwnd = boundedWindow(tcb, MAX_WINDOW);
  }

  onAcked(env: TcpSurroundings, tcb: Tcb): void {
    this.control(env, tcb);
  }

  /** In recovery, too; after a timeout has cut it to one segment, the first acknowledgment opens the window again. */
  control(_env: TcpSurroundings, tcb: Tcb): void {
    tcb.cwnd = boundedWindow(tcb, MAX_WINDOW);
  }

  thresholdAfterLoss(_env: TcpSurroundings, _tcb: Tcb): number {
    return MAX_WINDOW;
  }

  windowAfterUndo(_env: TcpSurroundings, tcb: Tcb): number {
    return boundedWindow(tcb, MAX_WINDOW);
  }
}
