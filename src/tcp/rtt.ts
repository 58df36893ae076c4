/**
 * Round-trip time and retransmission timeout (RFC 6298). Microseconds, integers.
 */
import type { TcpSettings } from './settings.ts';
import type { Tcb } from './tcb.ts';

/** Clock granularity G of RFC 6298. */
const GRANULARITY_US = 1000;

/** RFC 6298 §2.2 and §2.3: takes a sample and computes the RTO anew; the back-off ends. */
export function takeRttSample(tcb: Tcb, sampleUs: number, settings: TcpSettings): void {
  const rtt = Math.max(1, sampleUs);
  if (tcb.srttUs === 0) {
    tcb.srttUs = rtt;
    tcb.rttvarUs = rtt >> 1;
  } else {
    const error = Math.abs(tcb.srttUs - rtt);
    tcb.rttvarUs = (tcb.rttvarUs - (tcb.rttvarUs >> 2) + (error >> 2)) | 0;
    tcb.srttUs = (tcb.srttUs - (tcb.srttUs >> 3) + (rtt >> 3)) | 0;
  }
  if (tcb.minRttUs === 0 || rtt < tcb.minRttUs) tcb.minRttUs = rtt;
  tcb.rtoUs = computeRto(tcb, settings);
}

/** RFC 6298 §2.2 to §2.5: SRTT + max(G, 4 RTTVAR), within the bounds of the profile. */
export function computeRto(tcb: Tcb, settings: TcpSettings): number {
  if (tcb.srttUs === 0) return settings.rto_initial_us;
  const variance = Math.max(GRANULARITY_US, 4 * tcb.rttvarUs);
  const rto = settings.rto_min_on_variance
    ? tcb.srttUs + Math.max(variance, settings.rto_min_us)
    : Math.max(settings.rto_min_us, tcb.srttUs + variance);
  return Math.min(rto, settings.rto_max_us) | 0;
}

// RFC 9293 §3.8.2 MUST-19: each time-out in a row doubles the wait.
/** RFC 6298 §5.5: the timer has run out, wait twice as long next time. */
export function backOffRto(tcb: Tcb, settings: TcpSettings): void {
  tcb.backoff++;
  tcb.rtoUs = Math.min(tcb.rtoUs * 2, settings.rto_max_us) | 0;
}
