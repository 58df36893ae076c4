/**
 * HyStart++ (RFC 9406): the first slow start gives way to a cautious one (CSS, a quarter of the growth) when the smallest
 * round-trip time of a round has risen; five such rounds end it, a fall of the round-trip time shows that the rise was noise.
 * Only for the first slow start: later ones know their ssthresh (section 4.3).
 */

import { seqGe } from '../seq.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import { INFINITE_SSTHRESH, type Tcb } from '../tcb/tcb.ts';

// RFC 9406 §4.3 R9406-9, R9406-13: the recommended constants.
const MIN_RTT_THRESH_US = 4_000;
const MAX_RTT_THRESH_US = 16_000;
const MIN_RTT_DIVISOR = 8;
const N_RTT_SAMPLE = 8;
const CSS_GROWTH_DIVISOR = 4;
const CSS_ROUNDS = 5;
const L = 8;
const NO_RTT = 0x7fffffff;

export class HyStartPlusPlus {
  private windowEnd = 0;
  private lastRoundMinUs = NO_RTT;
  private roundMinUs = NO_RTT;
  private samples = 0;
  /** The smallest round-trip time when CSS began; `NO_RTT` outside of CSS. */
  private baselineUs = NO_RTT;
  /** Rounds of CSS that are over, the one in which it began included. */
  private cautiousRounds = 0;

  get isCautious(): boolean {
    return this.baselineUs !== NO_RTT;
  }

  restart(_env: TcpSurroundings, tcb: Tcb): void {
    this.windowEnd = tcb.sndNxt;
    this.lastRoundMinUs = NO_RTT;
    this.roundMinUs = NO_RTT;
    this.samples = 0;
    this.baselineUs = NO_RTT;
    this.cautiousRounds = 0;
  }

  // RFC 9406 §4.2 R9406-3, R9406-5: L segments, a quarter of that in CSS.
  // RFC 9406 §4.3 R9406-10, R9406-11: no bound where pacing prevents bursts; later slow starts are plain.
  /** What one ACK may open the window by. */
  allowance(env: TcpSurroundings, tcb: Tcb, acked: number): number {
    if (tcb.ssthresh !== INFINITE_SSTHRESH) return Math.min(acked, env.settings.abc_limit * tcb.sendMss);
    const growth = tcb.isPaced ? acked : Math.min(acked, L * tcb.sendMss);
    return this.isCautious ? Math.floor(growth / CSS_GROWTH_DIVISOR) : growth;
  }

  // RFC 9406 §4.1 R9406-14: any sample that RFC 6298 would take.
  // RFC 9406 §4.2 R9406-8: a loss or a mark sets ssthresh, and with that HyStart++ is over.
  /** An acknowledgment of new data, with its round-trip time (-1: none); may set `tcb.ssthresh` to the window. */
  onSample(_env: TcpSurroundings, tcb: Tcb, rttUs: number): void {
    if (tcb.ssthresh !== INFINITE_SSTHRESH) return;
    if (rttUs >= 0) this.takeSample(rttUs);
    if (!seqGe(tcb.sndUna, this.windowEnd)) return;
    // RFC 9406 §4.2 R9406-1, R9406-2: the round ends with the last octet that was sent when it began.
    this.windowEnd = tcb.sndNxt;
    this.lastRoundMinUs = this.roundMinUs;
    this.roundMinUs = NO_RTT;
    this.samples = 0;
    if (!this.isCautious) return;
    this.cautiousRounds++;
    // RFC 9406 §4.2 R9406-7: congestion avoidance begins where CSS has come to.
    if (this.cautiousRounds >= CSS_ROUNDS) tcb.ssthresh = tcb.cwnd;
  }

  private takeSample(rttUs: number): void {
    if (rttUs < this.roundMinUs) this.roundMinUs = rttUs;
    this.samples++;
    if (this.samples < N_RTT_SAMPLE) return;
    if (this.isCautious) {
      // RFC 9406 §4.2 R9406-6: the rise did not last, slow start goes on.
      if (this.roundMinUs < this.baselineUs) this.baselineUs = NO_RTT;
      return;
    }
    // RFC 9406 §4.2 R9406-4: an eighth more than in the round before, within bounds.
    if (this.lastRoundMinUs === NO_RTT) return;
    const eighth = Math.floor(this.lastRoundMinUs / MIN_RTT_DIVISOR);
    const rise = Math.max(MIN_RTT_THRESH_US, Math.min(eighth, MAX_RTT_THRESH_US));
    if (this.roundMinUs < this.lastRoundMinUs + rise) return;
    this.baselineUs = this.roundMinUs;
    this.cautiousRounds = 0;
  }
}
