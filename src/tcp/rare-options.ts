/** What the options that few connections have mean for a connection; the record of them lies in `tcb/`. */
import { TICKS_PER_SECOND, usToTicks } from '../base/clock.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import type { TcpEnvironment } from './environment.ts';
import type { TcpSettings } from './settings.ts';
import { RareOptions } from './tcb/rare-options.ts';
import { SlotOrder, shiftThrough } from './tcb/slot-order.ts';
import type { Tcb } from './tcb/tcb.ts';

const FIRST_CAPACITY = 8;

/** The record of this connection, made when it has none. */
export function rareOptions(tcb: Tcb): RareOptions {
  tcb.rare ??= new RareOptions();
  return tcb.rare;
}

/** A record of the user's ends at `end`. */
export function noteRecordEnd(tcb: Tcb, end: number): void {
  const rare = rareOptions(tcb);
  rare.recordEnds ??= new SlotOrder(FIRST_CAPACITY);
  const { recordEnds } = rare;
  if (recordEnds.count === 0 || recordEnds.at(recordEnds.count - 1) !== end) recordEnds.push(end);
}

/** TCP_CORK or MSG_MORE: a partial segment waits. */
export function isCorked(tcb: Tcb): boolean {
  return tcb.cork || tcb.rare?.isHeldForMore === true;
}

/** Octets not sent, up to the end of the first record among them. */
export function unsentRecord(tcb: Tcb, unsent = tcb.unsentLength): number {
  const ends = tcb.rare?.recordEnds ?? null;
  return ends === null || ends.count === 0 ? unsent : Math.min(unsent, (ends.at(0) - tcb.sndNxt) | 0);
}

/** SND.NXT has moved. */
export function forgetRecordEnds(tcb: Tcb): void {
  const rare = tcb.rare;
  if (rare === null || rare.recordEnds === null) return;
  shiftThrough(rare.recordEnds, tcb.sndNxt);
  if (rare.recordEnds.count === 0) rare.recordEnds = null;
}

/** How long an orphan may stay in FIN-WAIT-2, ticks; what the user chose leaves time for a few round trips, as on Linux. */
export function finWait2Ticks(env: TcpEnvironment, tcb: Tcb): number {
  const seconds = tcb.rare?.finTimeoutSeconds ?? 0;
  if (seconds === 0) return env.settings.fin_timeout * TICKS_PER_SECOND;
  return seconds < 0 ? 1 : Math.max(seconds * TICKS_PER_SECOND, usToTicks(3.5 * tcb.rtoUs));
}

/** IP_MINTTL: the segment has crossed more routers than its receiver allows (RFC 5082). */
export function isTooFar(env: TcpEnvironment, rare: RareOptions | null, { packet }: TcpSegment): boolean {
  if (rare === null || packet.hopLimit >= rare.minHopLimit) return false;
  env.extCounters.TCPMinTTLDrop++;
  return true;
}

/** Bounds of the RTO: the connection's own, or those of the settings. */
export function rtoMinUs({ rare }: Tcb, settings: TcpSettings): number {
  return rare?.rtoMinUs || settings.rto_min_us;
}

export function rtoMaxUs({ rare }: Tcb, settings: TcpSettings): number {
  return rare?.rtoMaxUs || settings.rto_max_us;
}
