/** SEGMENT ARRIVES in LISTEN (RFC 9293 section 3.10.7.2), and CLOSE of a listener. */
import { usToTicks } from '../../base/clock.ts';
import { TcpFlag, type TcpSegment } from '../../wire/tcp-segment.ts';
import { isAdmittedToListener } from '../auth/admission.ts';
import { abortConnection, dropUnread } from '../closing/connection-end.ts';
import type { TcpEnvironment } from '../environment.ts';
import { acceptEarly, judgeSyn, SynVerdict } from '../fast-open/server.ts';
import { noteFin, takeText } from '../input/text.ts';
import { firstWindow } from '../input/window.ts';
import { isTooFar } from '../rare-options.ts';
import type { TcpSettings } from '../settings.ts';
import { TcpState } from '../state.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, TcpTimer } from '../timers.ts';
import { observeState } from '../transitions.ts';
import { readSyn } from './half-open.ts';
import { beginHalfOpen, endHalfOpen } from './half-open-life.ts';
import type { HalfOpen, Listener } from './listener.ts';
import { tcbOf } from './promotion.ts';
import { sendHalfOpenReset } from './syn-ack.ts';
import { answerWithCookie, SynCookieMode, takeCookie } from './syn-cookies.ts';

/** SEGMENT ARRIVES in LISTEN: first RST, second ACK, third SYN, fourth anything else. */
export function arriveListen(env: TcpEnvironment, listener: Listener, segment: TcpSegment): void {
  if (isTooFar(env, listener.defaults.rare ?? null, segment)) return;
  if (!isAdmittedToListener(env, listener, segment)) return;
  const { flags } = segment;
  if (flags & TcpFlag.rst) return;
  if (flags & TcpFlag.ack) {
    const isTaken = (flags & TcpFlag.syn) === 0 && takeCookie(env, listener, segment, null);
    if (!isTaken) env.sendResetFor(segment);
    return;
  }
  if ((flags & TcpFlag.syn) === 0) return;
  // SYN with FIN is nobody's honest beginning to Linux; by the RFC the FIN waits until the connection is established.
  if (flags & TcpFlag.fin && !env.settings.accept_syn_data) return;
  const { syncookies } = env.settings;
  const getsCookie = syncookies === SynCookieMode.always || listener.synQueue.isFullFor(env, segment);
  if (getsCookie && syncookies === SynCookieMode.off) {
    listener.turnedAway(env);
    return;
  }
  if (getsCookie) env.extCounters.TCPReqQFullDoCookies++;
  if (!listener.hasRoom()) {
    listener.overflowed(env);
    return;
  }
  if (getsCookie && !env.synShedding.admits(env, segment)) {
    env.extCounters.SynsShed++;
    env.extCounters.ListenDrops++;
    return;
  }
  if (getsCookie) answerWithCookie(env, listener, segment);
  else openPassively(env, listener, segment, null);
}

/** LISTEN to SYN-RECEIVED. `initialSeq` is given when a TIME-WAIT record gives way. Returns false without a route back. */
export function openPassively(
  env: TcpEnvironment,
  listener: Listener,
  segment: TcpSegment,
  initialSeq: number | null,
): boolean {
  const entry = readSyn(env, listener, segment, initialSeq);
  if (entry === null) return false;
  if (listener.defaults.rare?.savesSyn) entry.savedSyn = headersOf(segment);
  const verdict = judgeSyn(env, entry, segment);
  if (verdict === SynVerdict.early) openEarly(env, listener, entry, segment);
  else {
    if (verdict === SynVerdict.ordinary && env.settings.accept_syn_data) holdSynData(entry, segment);
    beginHalfOpen(env, entry);
  }
  return true;
}

/** The IP and TCP headers of a segment, copied. */
function headersOf({ packet, headerLength }: TcpSegment): Uint8Array {
  const { memory, headerOffset, headerLength: ipLength } = packet;
  return memory.u8.slice(headerOffset, headerOffset + ipLength + headerLength);
}

/** Data and FIN that came with the SYN wait until the handshake is complete (RFC 9293 section 3.4). */
function holdSynData(entry: HalfOpen, segment: TcpSegment): void {
  const length = Math.min(segment.payloadLength, entry.rcvWnd);
  const start = segment.payloadOffset;
  entry.isFinHeld = (segment.flags & TcpFlag.fin) !== 0 && length === segment.payloadLength;
  if (length === 0) return;
  entry.heldText = segment.packet.memory.u8.slice(start, start + length);
  entry.rcvNxt = (entry.rcvNxt + length) | 0;
  entry.rcvWnd -= length;
}

/** A cookie vouches for the sender: the user has the connection, and what came with the SYN, before the handshake is over. */
function openEarly(env: TcpEnvironment, listener: Listener, entry: HalfOpen, segment: TcpSegment): void {
  observeState(env, entry.id, entry.key, TcpState.closed, TcpState.synReceived, 'segment');
  const tcb = tcbOf(env, entry);
  env.add(tcb);
  acceptEarly(env, listener, tcb);
  if (segment.length > 1) takeSynData(env, tcb, segment);
  tcb.pending |= Pending.syn;
  armTimer(env, tcb, TcpTimer.retransmission, usToTicks(tcb.rtoUs));
  env.scheduleOutput(tcb);
}

function takeSynData(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  segment.seq = (segment.seq + 1) | 0;
  segment.flags &= ~TcpFlag.syn;
  tcb.rcvAdv = (tcb.rcvNxt + Math.min(0xffff, tcb.receiveLimit)) | 0;
  segment.payloadLength = Math.min(segment.payloadLength, tcb.rcvWnd);
  // Linux calls this by the same name on both sides.
  tcb.isSynDataAcked = env.settings.profile === 'linux' && segment.payloadLength > 0;
  if (segment.payloadLength > 0) tcb.dataSegmentsIn = 1;
  takeText(env, tcb, segment);
  offerAnew(env.settings, tcb);
  // A FIN counts only once the handshake is over.
  if (segment.flags & TcpFlag.fin) noteFin(tcb, segment);
  tcb.pending &= ~Pending.ack;
}

/** Linux reckons with a whole first window behind what came with the SYN, whatever the SYN-ACK can say of it. */
function offerAnew(settings: TcpSettings, tcb: Tcb): void {
  if (settings.profile === 'rfc' || !tcb.has(Agreed.windowScale)) return;
  const unit = 1 << tcb.rcvScale;
  const first = firstWindow(settings, tcb.receiveLimit, tcb.advertisedMss, tcb.has(Agreed.timestamps));
  tcb.rcvAdv = (tcb.rcvNxt + Math.ceil(first / unit) * unit) | 0;
}

/** CLOSE of a listener: connections nobody accepted are reset, those being set up forgotten. */
export function closeListener(env: TcpEnvironment, listener: Listener): void {
  listener.isClosed = true;
  for (const tcb of listener.acceptQueue.splice(0)) {
    abortConnection(env, tcb, null, 'listener-closed');
    dropUnread(env, tcb);
  }
  for (const entry of listener.synQueue) {
    // Linux forgets them: the client's next segment finds nobody and is reset then.
    if (env.settings.profile === 'rfc') sendHalfOpenReset(env, entry);
    endHalfOpen(env, entry, 'listener-closed');
  }
}
