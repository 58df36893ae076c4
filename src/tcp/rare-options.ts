/** What the options that few connections have mean for a connection; the record of them lies in `tcb/`. */
import type { TcpSegment } from '../wire/tcp-segment.ts';
import type { TcpEnvironment } from './environment.ts';
import type { TcpSettings } from './settings.ts';
import { RareOptions } from './tcb/rare-options.ts';
import { SlotOrder, shiftThrough } from './tcb/slot-order.ts';
import { Pending, type Tcb } from './tcb/tcb.ts';

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

/** What a write with MSG_MORE keeps back may go by the ordinary rules now. False: there is none. */
export function releaseHeld(tcb: Tcb): boolean {
  if (!tcb.rare?.isHeldForMore) return false;
  tcb.rare.isHeldForMore = false;
  tcb.pending |= Pending.data;
  return true;
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
