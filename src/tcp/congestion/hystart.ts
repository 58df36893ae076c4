/**
 * Classic HyStart as Linux runs it with CUBIC: the first slow start ends before the queue overflows, when acknowledgments of
 * one round have come closely spaced for half a round-trip time (the window fills the pipe), or when the round-trip time has
 * risen by an eighth (a queue stands). Figures: Linux's tcp_cubic parameters (`hystart_low_window`, `hystart_ack_delta_us`).
 */

import { seqGt } from '../seq.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { Tcb } from '../tcb/tcb.ts';

const LOW_WINDOW_SEGMENTS = 16;
const ACK_DELTA_US = 2_000;
const SAMPLES = 8;
const DELAY_MIN_US = 4_000;
const DELAY_MAX_US = 16_000;
const NO_RTT = 0x7fffffff;
/** Four super-segments of 64 KB and a cushion of one millisecond at most: what offload may delay ACKs by. */
const OFFLOAD_OCTETS = 4 * 65_536;
const OFFLOAD_MAX_US = 1_000;

export class ClassicHyStart {
  /** Slow start has been told to end. */
  isFound = false;
  private roundStartUs = 0;
  private lastAckUs = 0;
  private roundEnd = 0;
  private roundMinUs = NO_RTT;
  private samples = 0;

  /** A round begins that ends when all that was sent by now is acknowledged. */
  startRound(env: TcpSurroundings, tcb: Tcb): void {
    this.roundStartUs = env.clock.us;
    this.lastAckUs = env.clock.us;
    this.roundEnd = tcb.sndNxt;
    this.roundMinUs = NO_RTT;
    this.samples = 0;
  }

  /** After a timeout all is forgotten. */
  restart(env: TcpSurroundings, tcb: Tcb): void {
    this.isFound = false;
    this.startRound(env, tcb);
  }

  /** What one ACK may open the window by: everything. */
  allowance(_env: TcpSurroundings, _tcb: Tcb, acked: number): number {
    return acked;
  }

  /** A round-trip time in slow start (-1: none); may set `tcb.ssthresh` to the window. */
  onSample(env: TcpSurroundings, tcb: Tcb, rttUs: number, minDelayUs: number): void {
    if (rttUs < 0 || this.isFound || tcb.cwnd >= tcb.ssthresh) return;
    if (seqGt(tcb.sndUna, this.roundEnd)) this.startRound(env, tcb);
    if (tcb.cwnd < LOW_WINDOW_SEGMENTS * tcb.sendMss) return;
    const counters = env.extCounters;
    if (this.isTrain(env, tcb, minDelayUs)) {
      counters.TCPHystartTrainDetect++;
      counters.TCPHystartTrainCwnd += Math.floor(tcb.cwnd / tcb.sendMss);
      this.leave(tcb);
    }
    if (this.isDelayed(rttUs, minDelayUs)) {
      counters.TCPHystartDelayDetect++;
      counters.TCPHystartDelayCwnd += Math.floor(tcb.cwnd / tcb.sendMss);
      this.leave(tcb);
    }
  }

  /** ACKs have kept coming for half a round-trip time, or for all of it when pacing spreads them. */
  private isTrain(env: TcpSurroundings, tcb: Tcb, minDelayUs: number): boolean {
    const nowUs = env.clock.us;
    if (((nowUs - this.lastAckUs) | 0) > ACK_DELTA_US) return false;
    this.lastAckUs = nowUs;
    const threshold = minDelayUs + offloadDelayUs(tcb);
    return ((nowUs - this.roundStartUs) | 0) > (tcb.isPaced ? threshold : threshold >> 1);
  }

  private isDelayed(rttUs: number, minDelayUs: number): boolean {
    if (rttUs < this.roundMinUs) this.roundMinUs = rttUs;
    if (this.samples < SAMPLES) {
      this.samples++;
      return false;
    }
    const rise = Math.max(DELAY_MIN_US, Math.min(minDelayUs >> 3, DELAY_MAX_US));
    return this.roundMinUs > minDelayUs + rise;
  }

  private leave(tcb: Tcb): void {
    this.isFound = true;
    tcb.ssthresh = tcb.cwnd;
  }
}

/** The time four full super-segments take at twice the window per round trip, as Linux reckons its pacing rate in slow start. */
function offloadDelayUs(tcb: Tcb): number {
  if (tcb.srttUs === 0) return 0;
  return Math.min(OFFLOAD_MAX_US, Math.floor((OFFLOAD_OCTETS * tcb.srttUs) / (2 * tcb.cwnd)));
}
