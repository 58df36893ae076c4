/**
 * How much of what users write is taken: the send buffer, which grows with the congestion window as on Linux
 * (`tcp_wmem`), and the octets that may wait unsent (TCP_NOTSENT_LOWAT); and when a writer who was refused may go on.
 */
import { type TcpEnvironment, TcpEvent } from '../environment.ts';
import { hasPlenty } from '../memory.ts';
import { inFlight } from '../recovery/reduction.ts';
import type { TcpSettings } from '../settings.ts';
import { Occupation } from '../tcb/send-history.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { stopOccupation } from './occupation.ts';
import { accountedRoom, segmentsMemory, sendMemory } from './send-account.ts';

/** `notsent_lowat`: unsent octets are limited by the send buffer alone. */
const NOTSENT_UNLIMITED = 0xffff_ffff;
/** The largest ring. */
const SEND_LIMIT_MAX = 2 ** 30 - 1;
/** Segments for which there is always room: an initial window. */
const FIRST_SEGMENTS = 10;
/** Windows that fit the buffer: one in flight, and one to be sent while that is acknowledged. */
const WINDOWS = 2;

/** What SO_SNDBUF makes of `octets`: Linux doubles them, as room for its own bookkeeping. */
export function sendLimitFor(settings: TcpSettings, octets: number): number {
  return settings.profile === 'linux' ? Math.min(2 * octets, SEND_LIMIT_MAX) : octets;
}

/** SO_SNDBUF: this much, and no more for as long as the user does not say so. */
export function fixSendLimit(settings: TcpSettings, tcb: Tcb, octets: number): void {
  tcb.sendLimit = sendLimitFor(settings, octets);
  tcb.isSendLimitFixed = true;
}

/** The buffer is to hold two congestion windows: it grows up to `wmem_max`, and never shrinks. */
export function expandSendLimit(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.isSendLimitFixed || !hasPlenty(env)) return;
  const { settings } = env;
  const reordering = tcb.recovery?.reordering ?? settings.reordering;
  const least = Math.max(FIRST_SEGMENTS, reordering + 1);
  const window = settings.skb_accounting
    ? segmentsMemory(Math.max(tcb.peerMss, tcb.sendMss), Math.max(least, Math.floor(tcb.cwnd / tcb.sendMss)))
    : Math.max(tcb.cwnd, least * tcb.sendMss);
  const limit = Math.min(settings.wmem_max, (tcb.congestion.bufferedWindows ?? WINDOWS) * window);
  if (limit > tcb.sendLimit) tcb.sendLimit = limit;
}

/** In force for this connection: the user's figure, or the setting. */
function notsentLowat(settings: TcpSettings, tcb: Tcb): number {
  return tcb.notsentLowat || settings.notsent_lowat;
}

/** Octets that Linux puts together for one call of a carrier with segmentation offload. */
const SUPER_SEGMENT = 65_215;

/** Octets that `send` takes now. Of what may wait unsent the last segment is filled up; on Linux the last super-segment. */
export function writeRoom(settings: TcpSettings, tcb: Tcb, length = SEND_LIMIT_MAX): number {
  if (settings.skb_accounting) return accountedRoom(tcb, length, notsentLowat(settings, tcb));
  const room = Math.max(0, tcb.sendLimit - (tcb.sendBuffer?.length ?? 0));
  const lowat = notsentLowat(settings, tcb);
  return lowat >= NOTSENT_UNLIMITED ? room : unsentRoom(settings, tcb, room, lowat);
}

function unsentRoom(settings: TcpSettings, tcb: Tcb, room: number, lowat: number): number {
  const unsent = tcb.unsentLength;
  if (unsent >= lowat) return 0;
  const mss = Math.max(1, tcb.sendMss);
  if (settings.profile !== 'linux') return Math.min(room, Math.ceil(lowat / mss) * mss - unsent);
  // What the windows let go leaves while the rest is still being written.
  const leaves = Math.floor(Math.max(0, Math.min(tcb.usableWindow, tcb.cwnd - inFlight(tcb))) / mss) * mss;
  const whole = Math.max(mss, Math.floor(Math.min(SUPER_SEGMENT, tcb.maxSndWnd >> 1) / mss) * mss);
  return Math.min(room, Math.ceil((lowat + leaves) / whole) * whole - unsent);
}

/** A third of the buffer is free, and less than half of what may wait unsent waits: `write` is worth a call. */
export function isWriterReady(settings: TcpSettings, tcb: Tcb): boolean {
  const used = settings.skb_accounting ? sendMemory(tcb) : (tcb.sendBuffer?.length ?? 0);
  const free = tcb.sendLimit - used;
  if (settings.skb_accounting ? free < used >> 1 : free * 3 < tcb.sendLimit) return false;
  const lowat = notsentLowat(settings, tcb);
  return lowat >= NOTSENT_UNLIMITED || tcb.unsentLength * 2 < lowat;
}

/** A writer who was refused may go on when it is worth it again. */
export function wakeWriter(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.isWriteBlocked) wakeBlocked(env, tcb);
}

function wakeBlocked(env: TcpEnvironment, tcb: Tcb): void {
  if (!isWriterReady(env.settings, tcb)) return;
  tcb.isWriteBlocked = false;
  stopOccupation(env, tcb, Occupation.sendBuffer);
  env.notify(tcb, TcpEvent.writable);
}

/**
 * Everything that may go has gone and a writer waits. With room left in the congestion window it is the buffer that is too
 * small; a window that is filled needs no more than it has.
 * @param room octets the congestion window still takes
 */
export function tuneSendBuffer(env: TcpEnvironment, tcb: Tcb, room: number): void {
  if (room >= tcb.sendMss) expandSendLimit(env, tcb);
  wakeWriter(env, tcb);
}
