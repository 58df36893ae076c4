/**
 * The timers of one connection. Each has a due tick; the connection as a whole stands once in the wheel, at the earliest
 * of them or earlier: pushing a timer back (the common case, on every ACK) touches nothing but an integer.
 */
import { TICKS_PER_MS, usToTicks } from '../base/clock.ts';
import type { TcpEnvironment } from './environment.ts';
import { rtoMaxUs, rtoMinUs } from './rare-options.ts';
import type { TcpSettings } from './settings.ts';
import type { Tcb } from './tcb/tcb.ts';

/** Timers as bits of `Tcb.armed`. */
export const TcpTimer = {
  /** SYN, data or FIN unacknowledged (RFC 6298). */
  retransmission: 0x01,
  /** The peer's window is closed (RFC 9293 section 3.8.6.1). */
  persist: 0x02,
  delayedAck: 0x04,
  keepAlive: 0x08,
  /** FIN-WAIT-2 of an orphan, linger: the connection ends when it runs out. */
  lifetime: 0x10,
  /** Overtaken segments have had their time (RFC 8985 section 6.2). */
  reordering: 0x20,
  /** Tail loss probe (RFC 8985 section 7). */
  lossProbe: 0x40,
  /** The next segment may leave. */
  pacing: 0x80,
} as const;

export const TCP_TIMER_NAMES: ReadonlyMap<number, string> = new Map([
  [TcpTimer.retransmission, 'retransmission'],
  [TcpTimer.persist, 'zero-window-probe'],
  [TcpTimer.delayedAck, 'delayed-ack'],
  [TcpTimer.keepAlive, 'keep-alive'],
  [TcpTimer.lifetime, 'lifetime'],
  [TcpTimer.reordering, 'reordering'],
  [TcpTimer.lossProbe, 'loss-probe'],
  [TcpTimer.pacing, 'pacing'],
]);

/** Arms or re-arms a timer to run out `ticks` from now. */
export function armTimer(env: TcpEnvironment, tcb: Tcb, timer: number, ticks: number): void {
  const due = (env.clock.tick + Math.max(1, ticks)) | 0;
  setTimerTick(tcb, timer, due);
  tcb.armed |= timer;
  if (!tcb.isArmed || ((due - tcb.dueTick) | 0) < 0) env.wheel.schedule(tcb, due);
}

function setTimerTick(tcb: Tcb, timer: number, due: number): void {
  switch (timer) {
    case TcpTimer.retransmission:
      tcb.retransmissionTick = due;
      break;
    case TcpTimer.persist:
      tcb.persistTick = due;
      break;
    case TcpTimer.delayedAck:
      tcb.delayedAckTick = due;
      break;
    case TcpTimer.keepAlive:
      tcb.keepAliveTick = due;
      break;
    case TcpTimer.reordering:
      tcb.reorderingTick = due;
      break;
    case TcpTimer.lossProbe:
      tcb.lossProbeTick = due;
      break;
    case TcpTimer.pacing:
      tcb.pacingTick = due;
      break;
    default:
      tcb.lifetimeTick = due;
  }
}

export function disarmTimer(tcb: Tcb, timer: number): void {
  tcb.armed &= ~timer;
}

export function isTimerArmed(tcb: Tcb, timer: number): boolean {
  return (tcb.armed & timer) !== 0;
}

/** The tick at which `timer` runs out; meaningful while it is armed. */
export function timerTick(tcb: Tcb, timer: number): number {
  switch (timer) {
    case TcpTimer.retransmission:
      return tcb.retransmissionTick;
    case TcpTimer.persist:
      return tcb.persistTick;
    case TcpTimer.delayedAck:
      return tcb.delayedAckTick;
    case TcpTimer.keepAlive:
      return tcb.keepAliveTick;
    case TcpTimer.reordering:
      return tcb.reorderingTick;
    case TcpTimer.lossProbe:
      return tcb.lossProbeTick;
    case TcpTimer.pacing:
      return tcb.pacingTick;
    default:
      return tcb.lifetimeTick;
  }
}

/** The timers that have run out by now, as bits; they are disarmed. */
export function takeExpired(env: TcpEnvironment, tcb: Tcb): number {
  let expired = 0;
  for (let timer = 1; timer <= TcpTimer.pacing; timer <<= 1) {
    if ((tcb.armed & timer) !== 0 && ((timerTick(tcb, timer) - env.clock.tick) | 0) <= 0) expired |= timer;
  }
  tcb.armed &= ~expired;
  return expired;
}

/** Puts the connection back into the wheel at its earliest timer. */
export function rescheduleTimers(env: TcpEnvironment, tcb: Tcb): void {
  let earliest = 0;
  let any = false;
  for (let timer = 1; timer <= TcpTimer.pacing; timer <<= 1) {
    if ((tcb.armed & timer) === 0) continue;
    const tick = timerTick(tcb, timer);
    if (!any || ((tick - earliest) | 0) < 0) earliest = tick;
    any = true;
  }
  if (any && (!tcb.isArmed || ((earliest - tcb.dueTick) | 0) < 0)) env.wheel.schedule(tcb, earliest);
}

/**
 * After a sleep too long for int32 ticks: timers that ran out meanwhile are due now, the others stay.
 * @param fromTick the present before the sleep
 * @param sleptTicks how long it was; may exceed int32
 */
export function wakeTimers(tcb: Tcb, fromTick: number, sleptTicks: number, nowTick: number): void {
  for (let timer = 1; timer <= TcpTimer.pacing; timer <<= 1) {
    if ((tcb.armed & timer) === 0) continue;
    if (((timerTick(tcb, timer) - fromTick) | 0) <= sleptTicks) setTimerTick(tcb, timer, nowTick);
  }
}

/** The RTO, cut short so that a user timeout is met to the tick. */
export function retryTicks(env: TcpEnvironment, tcb: Tcb): number {
  const rto = usToTicks(tcb.rtoUs);
  if (tcb.userTimeoutMs === 0) return rto;
  const left = (tcb.firstTimeoutTick + tcb.userTimeoutMs * TICKS_PER_MS - env.clock.tick) | 0;
  return Math.max(1, Math.min(rto, left));
}

// RFC 9293 §3.8.6.1 SHLD-30: twice as long for each probe.
/** Between probes of a shut window, microseconds. The RTO itself stays what it is: nothing was lost. */
export function probeIntervalUs(tcb: Tcb, settings: TcpSettings): number {
  const first = Math.max(tcb.rtoUs, rtoMinUs(tcb, settings));
  return Math.min(first * 2 ** tcb.backoff, rtoMaxUs(tcb, settings));
}

/** The time to the next probe, cut short so that a user timeout is met, which Linux counts from the first probe. */
export function probeTicks(env: TcpEnvironment, tcb: Tcb): number {
  const ticks = usToTicks(probeIntervalUs(tcb, env.settings));
  // A peer's advice is not about windows (RFC 5482).
  if (tcb.userTimeoutMs === 0 || env.settings.profile === 'rfc' || tcb.userTimeout?.isChangeable) return ticks;
  // No probe has gone yet.
  if (tcb.backoff === 0) return ticks;
  const left = (tcb.persistStartTick + tcb.userTimeoutMs * TICKS_PER_MS - env.clock.tick) | 0;
  return left <= 0 ? ticks : Math.min(ticks, left);
}
