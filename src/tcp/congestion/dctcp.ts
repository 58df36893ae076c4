/**
 * DCTCP (RFC 8257): reduces in proportion to the share of octets that arrived marked, estimated once per window of data. For
 * networks of one owner whose queues mark early and whose receivers report every mark. Growth and the answer to loss are Reno's (section 3.4). The share is kept in 1/1024, as Linux does; without ECN it is Reno.
 */

import type { AckSample } from '../recovery/ack-sample.ts';
import { seqGe } from '../seq.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { CongestionControl, Tcb } from '../tcb/tcb.ts';
import { boundedThreshold } from './growth.ts';
import { growAsReno, halvedWindow } from './newreno.ts';

/** 1 as a share. */
const ONE = 1024;
const ONE_SHIFT = 10;
// RFC 8257 §3.3 R8257-5: the gain g is 1/16.
const GAIN_SHIFT = 4;

export class Dctcp implements CongestionControl {
  readonly name = 'dctcp';
  readonly isPaced = false;
  readonly isDctcp = true;
  // RFC 8257 §3.3 R8257-6: starts at 1, so that the first mark halves.
  /** The share of octets that arrived marked, in 1/1024. */
  alpha = ONE;
  private windowEnd = 0;
  private delivered = 0;
  private deliveredCe = 0;

  start(_env: TcpSurroundings, tcb: Tcb): void {
    this.alpha = ONE;
    this.startWindow(tcb);
  }

  onSample(_env: TcpSurroundings, tcb: Tcb, _ack: AckSample): void {
    if (!seqGe(tcb.sndUna, this.windowEnd)) return;
    // RFC 8257 §3.3 R8257-3, R8257-4: alpha = alpha * (1 - g) + g * M, once per window of data.
    const delivered = (tcb.delivered - this.delivered) | 0;
    const marked = Math.min((tcb.deliveredCe - this.deliveredCe) | 0, delivered);
    // RFC 8257 §4.4 R8257-12: a share too small for the gain goes altogether, or it would never.
    let alpha = this.alpha - (this.alpha >> GAIN_SHIFT || this.alpha);
    if (marked > 0) alpha += Math.floor((marked * (1 << (ONE_SHIFT - GAIN_SHIFT))) / delivered);
    this.alpha = Math.min(alpha, ONE);
    this.startWindow(tcb);
  }

  onAcked(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void {
    growAsReno(env, tcb, ack.delivered, null);
  }

  thresholdAfterLoss(env: TcpSurroundings, tcb: Tcb, flight: number, isMark: boolean): number {
    tcb.ackedInRound = 0;
    // RFC 8257 §3.4 R8257-8: a loss is answered as any other control would.
    if (!isMark) return halvedWindow(env, tcb, flight);
    // RFC 8257 §3.3 R8257-7: cwnd * (1 - alpha / 2).
    // RFC 8257 §4.3 R8257-10: two segments are left at least.
    const unit = env.settings.profile === 'linux' ? tcb.sendMss : 1;
    const window = Math.floor(tcb.cwnd / unit);
    return boundedThreshold(tcb, (window - Math.floor((window * this.alpha) / (2 * ONE))) * unit);
  }

  windowAfterUndo(_env: TcpSurroundings, tcb: Tcb): number {
    return Math.max(tcb.cwnd, tcb.priorCwnd);
  }

  private startWindow(tcb: Tcb): void {
    this.windowEnd = tcb.sndNxt;
    this.delivered = tcb.delivered | 0;
    this.deliveredCe = tcb.deliveredCe | 0;
  }
}
