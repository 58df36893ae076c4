/**
 * Pacing: segments of a connection that asks for it leave no faster than `tcb.pacingRate`. Each frame carries its departure
 * time (`Slot.departUs`) for carriers that can wait; the stack itself runs at most a millisecond ahead of it and waits with
 * a timer beyond that, so that carriers which cannot wait see bursts of a millisecond at most.
 */
import { TICK_US } from '../../base/clock.ts';
import type { TcpEnvironment } from '../environment.ts';
import { inFlight } from '../recovery/reduction.ts';
import type { TcpSettings } from '../settings.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { armTimer, TcpTimer } from '../timers.ts';

/** How far ahead of its departure a frame may be handed to the carrier. */
const AHEAD_US = 1000;
const MICROSECONDS = 1e6;
/** Segments that Linux lets go as they come; only scripts ask for that (`skb_accounting`): a first window is better spread. */
const FIRST_SEGMENTS = 10;
/** "As fast as can be", octets per second. */
export const NO_PACING = 2 ** 50;

/** Microseconds until the next segment may leave, 0: now. */
function waitUs(env: TcpEnvironment, tcb: Tcb): number {
  return tcb.departUs === 0 ? 0 : Math.max(0, tcb.departUs - env.clock.nowUs);
}

/** True when data may be handed to the carrier now; otherwise a timer asks again. */
export function mayDepart(env: TcpEnvironment, tcb: Tcb): boolean {
  const wait = waitUs(env, tcb);
  // One that is not paced (RFC 3168 lets it wait once) has no place in a carrier that holds frames.
  const aheadUs = tcb.isPaced ? AHEAD_US : 0;
  if (wait <= aheadUs) return true;
  armTimer(env, tcb, TcpTimer.pacing, Math.ceil((wait - aheadUs) / TICK_US));
  return false;
}

// RFC 8985 §4 R8985-11: in microseconds.
/** When a segment written now leaves, int32 microseconds: what round-trip times and RACK count from. */
export function departureUs(env: TcpEnvironment, tcb: Tcb): number {
  const wait = waitUs(env, tcb);
  return wait === 0 ? env.clock.us : (env.clock.us + Math.ceil(wait)) | 0;
}

/** The driver's time at which it leaves for `Slot.departUs`; 0: at once. */
export function slotDepartureUs(env: TcpEnvironment, tcb: Tcb): number {
  return waitUs(env, tcb) === 0 ? 0 : tcb.departUs;
}

// draft-ietf-ccwg-bbr-05 §5.6.2 RBBR-46: one after the other.
/** `length` octets were written: the next segment follows after their time at the pacing rate. */
export function paceNext(env: TcpEnvironment, tcb: Tcb, length: number): void {
  if (!tcb.isPaced || tcb.pacingRate <= 0 || tcb.pacingRate >= NO_PACING) return;
  if (env.settings.skb_accounting && tcb.dataSegmentsOut < FIRST_SEGMENTS) return;
  const takesUs = (length * MICROSECONDS) / tcb.pacingRate;
  const lateUs = env.clock.nowUs - tcb.departUs;
  // Who wakes late may catch up, by half a segment's time at most.
  tcb.departUs = lateUs <= 0 ? tcb.departUs + takesUs : env.clock.nowUs + takesUs - Math.min(takesUs / 2, lateUs);
}

/** The rate for a control that has no rate of its own; nobody asks for it where nothing is paced. */
export function updatePacingRate(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.isPaced && tcb.congestion.control === undefined) tcb.pacingRate = windowRate(env.settings, tcb);
}

/** Octets per second at which segments leave, or would if they were paced; `NO_PACING`: nothing was measured yet. */
export function pacingRateOf(settings: TcpSettings, tcb: Tcb): number {
  return tcb.isPaced ? tcb.pacingRate : windowRate(settings, tcb);
}

/**
 * The window over the round-trip time, stretched by the settings pacing_ss_ratio and pacing_ca_ratio (percent), so that pacing never
 * holds the window back.
 */
function windowRate(settings: TcpSettings, tcb: Tcb): number {
  if (tcb.srttUs === 0) return NO_PACING;
  const percent = tcb.cwnd < tcb.ssthresh >> 1 ? settings.pacing_ss_ratio : settings.pacing_ca_ratio;
  const window = Math.max(tcb.cwnd, inFlight(tcb));
  return Math.min(tcb.maxPacingRate, (window * percent * 10_000) / tcb.srttUs);
}
