/**
 * Round-trip time and retransmission timeout (RFC 6298). Microseconds, integers.
 */
import { TICKS_PER_SECOND } from '../../base/clock.ts';
import { rtoMaxUs, rtoMinUs } from '../rare-options.ts';
import { seqGe, seqGt } from '../seq.ts';
import type { TcpSettings } from '../settings.ts';
import type { Tcb } from '../tcb/tcb.ts';

// RFC 6298 §4 R6298-14: a millisecond for the sum, microseconds for the samples.
/** Clock granularity G of RFC 6298. */
const GRANULARITY_US = 1000;

// RFC 7323 §4.2 R7323-9: many samples are not many votes.
/**
 * RFC 6298 §2.2 and §2.3: takes a sample and computes the RTO anew. With a sample on nearly every acknowledgment the letter of
 * the RFC would forget within a round trip (RFC 7323 appendix G): under `rfc` one sample a round trip counts, under `linux`
 * the deviation falls once a round trip and slowly.
 * @param latestUs by the data sent last among what is acknowledged: nearer to the least the path takes
 */
export function takeRttSample(env: RttClock, tcb: Tcb, sampleUs: number, latestUs = sampleUs): void {
  const { settings } = env;
  const rtt = Math.max(1, sampleUs);
  noteMinRtt(env, tcb, Math.max(1, latestUs));
  if (tcb.srttUs === 0) {
    tcb.srttUs = rtt;
    tcb.rttvarUs = rtt >> 1;
    tcb.rttvarRtoUs = Math.max(rtt << 1, rtoMinUs(tcb, settings));
    tcb.rttvarRoundUs = tcb.rttvarRtoUs;
    tcb.rttSeq = tcb.sndNxt;
  } else if (settings.profile === 'linux') smoothAsLinux(tcb, rtt, rtoMinUs(tcb, settings));
  else smooth(tcb, rtt);
  tcb.rtoUs = computeRto(tcb, settings);
}

/** What a sample needs of its surroundings. */
export interface RttClock {
  readonly clock: { readonly tick: number };
  readonly settings: TcpSettings;
}

// RFC 8985 §6.2 R8985-12: a minimum over a window of time.
/** The least round-trip time of the last `min_rtt_wlen` seconds. */
function noteMinRtt(env: RttClock, tcb: Tcb, rtt: number): void {
  const age = (env.clock.tick - tcb.minRttTick) | 0;
  const isOld = age < 0 || age > env.settings.min_rtt_wlen * TICKS_PER_SECOND;
  if (tcb.minRttUs !== 0 && rtt > tcb.minRttUs && !isOld) return;
  tcb.minRttUs = rtt;
  tcb.minRttTick = env.clock.tick;
}

// RFC 6298 §2.3 R6298-3: the deviation first, with the old mean.
// RFC 6298 §3 R6298-10: one sample for each round trip.
function smooth(tcb: Tcb, rtt: number): void {
  if (!seqGe(tcb.sndUna, tcb.rttSeq)) return;
  tcb.rttSeq = tcb.sndNxt;
  const error = Math.abs(tcb.srttUs - rtt);
  tcb.rttvarUs = (tcb.rttvarUs - (tcb.rttvarUs >> 2) + (error >> 2)) | 0;
  tcb.srttUs = (tcb.srttUs - (tcb.srttUs >> 3) + (rtt >> 3)) | 0;
}

/** A shorter round trip says little about variance and weighs an eighth; the largest deviation of a round trip is kept. */
function smoothAsLinux(tcb: Tcb, rtt: number, rtoMinUs: number): void {
  const error = rtt - tcb.srttUs;
  tcb.srttUs = (tcb.srttUs + error / 8) | 0;
  let change = Math.abs(error) - tcb.rttvarUs;
  if (error < 0 && change > 0) change /= 8;
  tcb.rttvarUs = Math.max(1, (tcb.rttvarUs + change / 4) | 0);
  const deviation = tcb.rttvarUs * 4;
  if (deviation > tcb.rttvarRoundUs) {
    tcb.rttvarRoundUs = deviation;
    if (deviation > tcb.rttvarRtoUs) tcb.rttvarRtoUs = deviation;
  }
  if (!seqGt(tcb.sndUna, tcb.rttSeq)) return;
  if (tcb.rttvarRoundUs < tcb.rttvarRtoUs) tcb.rttvarRtoUs -= (tcb.rttvarRtoUs - tcb.rttvarRoundUs) >> 2;
  tcb.rttSeq = tcb.sndNxt;
  tcb.rttvarRoundUs = rtoMinUs;
}

// RFC 6298 §2 R6298-1, R6298-2, R6298-4, R6298-9: a second at first; floor and ceiling.
// RFC 6298 §6 R6298-15: whatever samples say, within these.
/** RFC 6298 §2.2 to §2.5: SRTT + max(G, 4 RTTVAR), within the bounds of the profile. */
export function computeRto(tcb: Tcb, settings: TcpSettings): number {
  if (tcb.srttUs === 0) {
    // Linux: the handshake gave no sample, whatever may have been the reason.
    const isOpen = settings.profile === 'linux' && tcb.sndUna !== tcb.iss;
    return isOpen ? settings.rto_after_syn_loss_us : settings.rto_initial_us;
  }
  const least = rtoMinUs(tcb, settings);
  const rto = settings.rto_min_on_variance
    ? tcb.srttUs + Math.max(tcb.rttvarRtoUs, least)
    : Math.max(least, tcb.srttUs + Math.max(GRANULARITY_US, 4 * tcb.rttvarUs));
  return Math.min(rto, rtoMaxUs(tcb, settings)) | 0;
}

// RFC 6298 §5 R6298-7, R6298-11: twice, up to the ceiling.
// RFC 9293 §3.8.2 MUST-19: each time-out in a row doubles the wait.
/** RFC 6298 §5.5: the timer has run out, wait twice as long next time. */
export function backOffRto(tcb: Tcb, settings: TcpSettings): void {
  tcb.backoff++;
  tcb.rtoUs = Math.min(tcb.rtoUs * 2, rtoMaxUs(tcb, settings)) | 0;
}
