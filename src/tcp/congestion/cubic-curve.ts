/** What the two curves of CUBIC have in common: growth in congestion avoidance, and the memory of the window at the last loss. */
import type { TcpSurroundings } from '../surroundings.ts';
import type { Tcb } from '../tcb/tcb.ts';

export interface CubicCurve {
  /** Congestion avoidance: `acked` octets were acknowledged. `minDelayUs` is the smallest round-trip time, 0 for none. */
  grow(env: TcpSurroundings, tcb: Tcb, acked: number, minDelayUs: number): void;
  /** A loss or a mark; `isAlternative` cuts less, as RFC 8511 has it. Gives ssthresh. */
  reduce(tcb: Tcb, flight: number, isMark: boolean, isAlternative: boolean): number;
  /** The last reduction was a mistake. */
  undo(): void;
  /** An acknowledgment of new data in any state. */
  onSample(env: TcpSurroundings, tcb: Tcb): void;
  /** Round-trip times do not count: they still show the queue that led to the last loss. */
  isYoung(env: TcpSurroundings): boolean;
  /** A CaState is entered. */
  onState(state: number): void;
  /** Sending begins again after everything was acknowledged. */
  onTransmitStart(env: TcpSurroundings, tcb: Tcb): void;
  /** The window was cut back after idling. */
  onIdleRestart(): void;
}
