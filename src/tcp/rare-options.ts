/** Options that few connections have, in a record of their own; those of a listener are copied to what it accepts. */
import { TICKS_PER_SECOND, usToTicks } from '../base/clock.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import type { TcpEnvironment } from './environment.ts';
import type { TcpSettings } from './settings.ts';
import { SlotOrder, shiftThrough } from './tcb/slot-order.ts';
import type { Tcb } from './tcb/tcb.ts';

const FIRST_CAPACITY = 8;

/** 0 means everywhere: as the settings say. */
export class RareOptions {
  /** TCP_MAXSEG: largest segment announced and sent, octets. */
  maxSegment = 0;
  /** TCP_SYNCNT: repetitions of a SYN or SYN-ACK. */
  synRetries = 0;
  /** TCP_LINGER2: seconds in FIN-WAIT-2 after close; negative: not at all. */
  finTimeoutSeconds = 0;
  /** TCP_WINDOW_CLAMP: the widest window offered, octets. */
  windowClamp = 0;
  /** IP_MTU_DISCOVER: messages about the path's MTU are not heeded; and segments go without DF, for routers to cut. */
  ignoresPathMtu = false;
  mayBeCut = false;
  /** TCP_RTO_MIN_US, TCP_RTO_MAX_MS, TCP_DELACK_MAX_US: bounds of its own. */
  rtoMinUs = 0;
  rtoMaxUs = 0;
  delayedAckMaxUs = 0;
  /** SO_RCVLOWAT: a user who has less to read than so many octets waits for more; 0: who has any is content. */
  receiveLowat = 0;
  /** TCP_THIN_LINEAR_TIMEOUTS, as the setting of that name. */
  isThinLinear = false;
  /** IP_MINTTL, IPV6_MINHOPCOUNT: segments with less left to go are not heard. */
  minHopLimit = 0;
  /** TCP_SAVE_SYN: the headers of the SYN are kept for the user of what is accepted. */
  savesSyn = false;
  savedSyn: Uint8Array | null = null;
  /** Where records end in what was not sent (MSG_EOR); ascending. No segment reaches across. */
  recordEnds: SlotOrder | null = null;
  /** MSG_MORE: the user goes on writing, so that the end of what there is has no PSH. */
  isMoreComing = false;
  /** A partial segment waits for that; Linux lets it go when something is heard from the peer. */
  isHeldForMore = false;

  /** The same options for another connection. */
  copy(): RareOptions {
    const options = Object.assign(new RareOptions(), this);
    options.recordEnds = null;
    options.isMoreComing = options.isHeldForMore = false;
    options.savedSyn = null;
    return options;
  }
}

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
