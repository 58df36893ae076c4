/**
 * No congestion control: for links that cannot lose or congest, and for measuring everything else. Not for a network shared with
 * others: RFC 9293 section 3.8.2 MUST-19 asks for a control there.
 */
import type { TcpEnvironment } from '../environment.ts';
import type { Tcb } from '../tcb/tcb.ts';
import type { CongestionControl } from './congestion-control.ts';
import { boundedWindow, MAX_WINDOW } from './growth.ts';

export class NoCongestionControl implements CongestionControl {
  readonly name = 'none';
  readonly isPaced = false;
  readonly isDctcp = false;

  start(_env: TcpEnvironment, tcb: Tcb): void {
    tcb.cwnd = boundedWindow(tcb, MAX_WINDOW);
  }

  onAcked(env: TcpEnvironment, tcb: Tcb): void {
    this.control(env, tcb);
  }

  /** In recovery, too; after a timeout has cut it to one segment, the first acknowledgment opens the window again. */
  control(_env: TcpEnvironment, tcb: Tcb): void {
    tcb.cwnd = boundedWindow(tcb, MAX_WINDOW);
  }

  thresholdAfterLoss(_env: TcpEnvironment, _tcb: Tcb): number {
    return MAX_WINDOW;
  }

  windowAfterUndo(_env: TcpEnvironment, tcb: Tcb): number {
    return boundedWindow(tcb, MAX_WINDOW);
  }
}
