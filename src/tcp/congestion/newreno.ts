/** Slow start and congestion avoidance by RFC 5681 section 3.1, counting bytes (RFC 3465). */
import type { AckSample } from '../ack-sample.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { Tcb } from '../tcb.ts';
import { CaState, type CongestionControl } from './congestion-control.ts';

export class NewReno implements CongestionControl {
  readonly name: string = 'newreno';
  readonly isPaced = false;
  readonly isDctcp = false;

  start(): void {
    // Nothing is kept.
  }

  // RFC 9293 §3.8.2 MUST-19, MAY-18: slow start and congestion avoidance, behind one interface for others.
  onAcked(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void {
    if (tcb.cwnd >= tcb.ssthresh) {
      avoidCongestion(tcb, ack.delivered);
      return;
    }
    // RFC 3465 §2.3: after a timeout, one ACK opens the window by one segment at most.
    const limit = tcb.caState === CaState.loss && env.settings.profile === 'rfc' ? 1 : env.settings.abc_limit;
    const growth = Math.min(ack.delivered, limit * tcb.sendMss);
    // One ACK may cover many segments: what is left of it at ssthresh counts for congestion avoidance.
    const toThreshold = Math.min(growth, tcb.ssthresh - tcb.cwnd);
    tcb.cwnd += toThreshold;
    if (growth > toThreshold) avoidCongestion(tcb, growth - toThreshold);
  }

  thresholdAfterLoss(env: TcpEnvironment, tcb: Tcb, flight: number): number {
    const basis = env.settings.profile === 'linux' ? tcb.cwnd : flight;
    return Math.max(basis >> 1, 2 * tcb.sendMss);
  }

  windowAfterUndo(_env: TcpEnvironment, tcb: Tcb): number {
    return Math.max(tcb.cwnd, tcb.priorCwnd);
  }
}

/** RFC 3465 §2.1: one segment more for each window of octets acknowledged. */
function avoidCongestion(tcb: Tcb, acked: number): void {
  tcb.ackedInRound += acked;
  if (tcb.ackedInRound < tcb.cwnd) return;
  tcb.ackedInRound -= tcb.cwnd;
  tcb.cwnd += tcb.sendMss;
}

/** No congestion control: for links that cannot lose or congest, and for measuring everything else. */
export class NoCongestionControl implements CongestionControl {
  readonly name = 'none';
  readonly isPaced = false;
  readonly isDctcp = false;

  start(_env: TcpEnvironment, tcb: Tcb): void {
    tcb.cwnd = 0x3fffffff;
  }

  onAcked(_env: TcpEnvironment, tcb: Tcb): void {
    tcb.cwnd = 0x3fffffff;
  }

  control(_env: TcpEnvironment, tcb: Tcb): void {
    tcb.cwnd = 0x3fffffff;
  }

  thresholdAfterLoss(): number {
    return 0x3fffffff;
  }

  windowAfterUndo(): number {
    return 0x3fffffff;
  }
}

const NEW_RENO = new NewReno();
const NONE = new NoCongestionControl();

/** The names a connection can ask for (setting `congestion_control`). */
export const CONGESTION_CONTROLS: readonly CongestionControl[] = [NEW_RENO, NONE];

/** The control of that name; NewReno (Linux calls it `reno`) for a name that is not known. */
export function congestionControlNamed(name: string): CongestionControl {
  return CONGESTION_CONTROLS.find((control) => control.name === name) ?? NEW_RENO;
}
