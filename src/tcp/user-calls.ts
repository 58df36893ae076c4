/**
 * The user's calls (RFC 9293 section 3.10.1 to 3.10.6): OPEN, SEND, RECEIVE, CLOSE, ABORT, STATUS. What is wrong with a
 * call is for the socket layer to say; here the answer is a number or a state.
 */
import { msToTicks } from '../base/clock.ts';
import { abortConnection, dropUnread, endConnection, sendReset } from './closing/connection-end.ts';
import { orphanedInFinWait2 } from './closing/orphan-fin-wait-2.ts';
import { askForEcn } from './ecn/negotiation.ts';
import { type TcpEnvironment, TcpEvent } from './environment.ts';
import { defersSyn, releaseSyn } from './fast-open/client.ts';
import { acknowledgeNow } from './input/delayed-acks.ts';
import { isOpeningWorthwhile } from './input/receive-account.ts';
import { measureRead } from './input/receive-tuning.ts';
import { urgentReadSeq, urgentState } from './input/urgent.ts';
import { chooseReceiveScale, widestWindow, windowGain } from './input/window.ts';
import { admitWrite, isTooFullForOrphans, windowCeiling } from './memory.ts';
import { startSequence } from './opening/isn.ts';
import { computeSendMss } from './output/mss.ts';
import { startOccupation } from './output/occupation.ts';
import { bufferEnd } from './output/payload.ts';
import { markWrite } from './output/push-marks.ts';
import { writePieces } from './output/send-account.ts';
import { writeRoom } from './output/send-tuning.ts';
import { releaseHeld } from './rare-options.ts';
import { restartAfterIdle } from './recovery/window-validation.ts';
import { seqGt } from './seq.ts';
import { canSend, TcpState } from './state.ts';
import type { OctetVisitor } from './tcb/byte-ring.ts';
import { SendBuffer } from './tcb/send-buffer.ts';
import { Occupation } from './tcb/send-history.ts';
import { Pending, type Tcb } from './tcb/tcb.ts';
import { TcpTimer } from './timers.ts';
import { setState } from './transitions.ts';
import { startUserTimeout } from './user-timeout.ts';

/**
 * OPEN, active (section 3.10.1): sends a SYN, or with Fast Open waits for something to put into it. The connection is in CLOSED
 * and already known to the demux.
 * @param text first octets to send; what does not fit the send buffer is left out
 */
export function openActively(env: TcpEnvironment, tcb: Tcb, text: Uint8Array | null): void {
  startUserTimeout(env, tcb);
  startSequence(env, tcb, null);
  tcb.startSending();
  computeSendMss(env, tcb);
  tcb.offeredScale = chooseReceiveScale(env.settings, tcb);
  tcb.ecn = askForEcn(env, tcb);
  env.counters.ActiveOpens++;
  setState(env, tcb, TcpState.synSent, 'open');
  if (text !== null) send(env, tcb, text, 0, text.length, false);
  if (defersSyn(tcb)) {
    env.notify(tcb, TcpEvent.writable);
    return;
  }
  tcb.pending |= Pending.syn;
  env.scheduleOutput(tcb);
}

/** SEND (section 3.10.2): takes up to `length` octets; returns how many fit, -1 when the connection no longer sends. */
export function send(
  env: TcpEnvironment,
  tcb: Tcb,
  from: Uint8Array,
  offset: number,
  length: number,
  isUrgent: boolean,
): number {
  if (!mayWrite(tcb)) return -1;
  tcb.sendBuffer ??= new SendBuffer();
  const buffer = tcb.sendBuffer;
  const start = bufferEnd(tcb);
  const taken = env.settings.skb_accounting
    ? writePieces(env, tcb, length, (at, octets) => append(env, tcb, buffer, from, offset + at, octets))
    : append(env, tcb, buffer, from, offset, Math.min(length, writeRoom(env.settings, tcb, length)));
  if (taken < length) tcb.isWriteBlocked = tcb.isBlockNew = true;
  if (taken === 0) return 0;
  if (isUrgent) {
    // RFC 9293 §3.8.5 MUST-62: SND.UP is the octet after the urgent data.
    const urgent = urgentState(tcb);
    urgent.sndUp = bufferEnd(tcb);
    urgent.isSending = true;
  }
  written(env, tcb, start);
  return taken;
}

/** Octets that go into the send buffer, as far as memory is granted. */
function append(
  env: TcpEnvironment,
  tcb: Tcb,
  buffer: SendBuffer,
  from: Uint8Array,
  offset: number,
  length: number,
): number {
  const admitted = admitWrite(env, tcb, buffer, length);
  return buffer.append(env.pool, from, offset, admitted, buffer.length + admitted);
}

/** As `send`, without a copy: `visitor` puts up to `length` octets where they will be sent from. */
export function sendInPlace(env: TcpEnvironment, tcb: Tcb, length: number, visitor: OctetVisitor): number {
  if (!mayWrite(tcb)) return -1;
  tcb.sendBuffer ??= new SendBuffer();
  const buffer = tcb.sendBuffer;
  const start = bufferEnd(tcb);
  const { skb_accounting } = env.settings;
  const taken = skb_accounting
    ? writePieces(env, tcb, length, (_at, octets) => appendInPlace(env, tcb, buffer, octets, visitor))
    : appendInPlace(env, tcb, buffer, Math.min(length, writeRoom(env.settings, tcb, length)), visitor);
  if (taken < length) tcb.isWriteBlocked = tcb.isBlockNew = true;
  if (taken > 0) written(env, tcb, start);
  return taken;
}

function appendInPlace(
  env: TcpEnvironment,
  tcb: Tcb,
  buffer: SendBuffer,
  length: number,
  visitor: OctetVisitor,
): number {
  const admitted = admitWrite(env, tcb, buffer, length);
  return buffer.appendInPlace(env.pool, admitted, buffer.length + admitted, visitor);
}

function isOpening(tcb: Tcb): boolean {
  return tcb.state === TcpState.synSent || tcb.state === TcpState.synReceived;
}

function mayWrite(tcb: Tcb): boolean {
  return !tcb.finQueued && (canSend(tcb.state) || isOpening(tcb));
}

/** The octets from `start` on are in the send buffer. */
function written(env: TcpEnvironment, tcb: Tcb, start: number): void {
  // Linux asks when text is queued how long the line was silent, and not when it leaves.
  const { profile, skb_accounting } = env.settings;
  if (profile === 'linux' && !skb_accounting && start === tcb.sndNxt) restartAfterIdle(env, tcb);
  markWrite(env, tcb, start);
  startOccupation(env, tcb, Occupation.busy);
  tcb.pending |= Pending.data;
  if (!isOpening(tcb) || tcb.isFastOpened) env.scheduleOutput(tcb);
  else releaseSyn(env, tcb);
}

/** RECEIVE (section 3.10.3): moves octets to the user; a window worth announcing is announced. */
export function receive(env: TcpEnvironment, tcb: Tcb, into: Uint8Array, offset: number, length: number): number {
  const buffer = tcb.receiveBuffer;
  if (buffer === null || buffer.length === 0) return 0;
  const count = buffer.read(env.pool, into, offset, Math.min(length, untilUrgentMark(env, tcb)));
  afterRead(env, tcb);
  return count;
}

/** As `receive`, without a copy: `visitor` sees the octets where they lie and says how many it is done with. */
export function receiveInPlace(env: TcpEnvironment, tcb: Tcb, length: number, visitor: OctetVisitor): number {
  const buffer = tcb.receiveBuffer;
  if (buffer === null || buffer.length === 0) return 0;
  const count = buffer.readInPlace(env.pool, Math.min(length, untilUrgentMark(env, tcb)), visitor);
  afterRead(env, tcb);
  return count;
}

/** `count` octets are done with, unread. */
export function discard(env: TcpEnvironment, tcb: Tcb, count: number): void {
  tcb.receiveBuffer?.discard(env.pool, Math.min(count, tcb.receiveBuffer.length));
  afterRead(env, tcb);
}

function afterRead(env: TcpEnvironment, tcb: Tcb): void {
  const { urgent } = tcb;
  if (urgent?.isReceiving && !seqGt(urgent.rcvUp, urgentReadSeq(tcb))) urgent.isReceiving = false;
  const account = tcb.receiveAccount;
  const left = tcb.receiveBuffer?.length ?? 0;
  measureRead(env, tcb, account?.readBehindFirst(left) ?? 0);
  account?.consume(left);
  if (tcb.state < TcpState.established || tcb.state === TcpState.timeWait) return;
  const isLinux = env.settings.profile === 'linux';
  if (isLinux && isAckReleased(tcb)) acknowledgeNow(env, tcb);
  if (tcb.rcvFinDone || (isLinux && tcb.isReadDone)) return;
  // Only a window that was nearly shut is worth a segment of its own; otherwise the next ACK tells.
  const isOpening =
    account === null
      ? tcb.rcvWnd < widestWindow(tcb) >> 1 && windowGain(tcb, windowCeiling(env, tcb)) > 0
      : isOpeningWorthwhile(tcb, account);
  if (isOpening) {
    if ((tcb.pending & Pending.ack) === 0 && !tcb.isAckDelayed) tcb.pending |= Pending.windowUpdate;
    acknowledgeNow(env, tcb);
  }
}

/** Copies from `at` on, and leaves it there. For Linux that is as good as reading, where an acknowledgment waits. */
export function peek(env: TcpEnvironment, tcb: Tcb, at: number, into: Uint8Array): number {
  const count = tcb.receiveBuffer?.peek(at, into, 0, into.length) ?? 0;
  const isOpen = tcb.state >= TcpState.established && tcb.state !== TcpState.timeWait;
  if (count > 0 && isOpen && env.settings.profile === 'linux' && isAckReleased(tcb)) acknowledgeNow(env, tcb);
  return count;
}

/** Linux: a delayed ACK goes when the user has read what was pushed, or when it covers more than a segment. */
function isAckReleased(tcb: Tcb): boolean {
  if (!tcb.isAckDelayed) return false;
  if (((tcb.rcvNxt - tcb.lastAckSent) | 0) > tcb.receiveMss) return true;
  const isDrained = (tcb.receiveBuffer?.length ?? 0) === 0;
  return isDrained && (tcb.pushedSegments === 2 || (tcb.pushedSegments === 1 && !tcb.isInteractive));
}

/** With out-of-band reading, an ordinary read stops before the urgent octet and then steps over it. */
function untilUrgentMark(env: TcpEnvironment, tcb: Tcb): number {
  const { urgent } = tcb;
  if (!tcb.isUrgentOutOfBand || urgent === null || !urgent.isReceiving) return 0x7fffffff;
  const distance = (urgent.rcvUp - 1 - urgentReadSeq(tcb)) | 0;
  if (distance > 0) return distance;
  if (distance === 0) {
    tcb.receiveBuffer?.discard(env.pool, 1);
    urgent.isReceiving = false;
  }
  return 0x7fffffff;
}

/** The out-of-band octet (BSD's MSG_OOB): -1 when there is none or it has not arrived. */
export function receiveUrgentOctet(tcb: Tcb): number {
  const { urgent, receiveBuffer } = tcb;
  if (urgent === null || !urgent.isReceiving || urgent.isOctetTaken || receiveBuffer === null) return -1;
  const at = (urgent.rcvUp - 1 - urgentReadSeq(tcb)) | 0;
  if (at < 0 || at >= receiveBuffer.length) return -1;
  urgent.isOctetTaken = true;
  return receiveBuffer.byteAt(at);
}

/** Half of CLOSE (section 3.10.4): nothing more will be sent, reading goes on. */
export function shutdownSend(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.finQueued && tcb.state !== TcpState.synReceived) return;
  switch (tcb.state) {
    case TcpState.synSent:
      tcb.finQueued = true;
      releaseSyn(env, tcb);
      return;
    case TcpState.synReceived:
      tcb.finQueued = true;
      // Linux: who goes on reading has the FIN sent when the handshake is over, who is gone at once.
      if (env.settings.profile === 'linux' && tcb.hasUser) return;
      setState(env, tcb, TcpState.finWait1, 'close');
      break;
    case TcpState.established:
      tcb.finQueued = true;
      setState(env, tcb, TcpState.finWait1, 'close');
      break;
    case TcpState.closeWait:
      tcb.finQueued = true;
      setState(env, tcb, TcpState.lastAck, 'close');
      break;
    default:
      return;
  }
  startOccupation(env, tcb, Occupation.busy);
  tcb.pending |= Pending.data;
  env.scheduleOutput(tcb);
}

/** CLOSE (section 3.10.4): the user is done with both directions. What was given to send is still sent. */
export function close(env: TcpEnvironment, tcb: Tcb): void {
  const { hasUser, state } = tcb;
  tcb.hasUser = false;
  if (hasUser && state !== TcpState.closed && state !== TcpState.timeWait) leave(env, tcb, state);
  if (tcb.state === TcpState.closed || tcb.state === TcpState.timeWait) dropUnread(env, tcb);
}

/** The user of a connection that lives goes. */
function leave(env: TcpEnvironment, tcb: Tcb, state: number): void {
  if (state === TcpState.synSent) {
    endConnection(env, tcb, null, 'close');
    return;
  }
  // RFC 9293 §3.6.1 SHLD-3: closing with data unread says so with a RST; so does linger with a time of 0.
  const unread = tcb.receiveBuffer?.length ?? 0;
  if (unread > 0) {
    env.extCounters.TCPAbortOnClose++;
    tcb.receiveAccount?.consume(0);
    // Both FINs are on their way, and the peer believes that all it sent was read.
    if (state === TcpState.closing || state === TcpState.lastAck) sendReset(env, tcb);
    abortConnection(env, tcb, null, 'close-with-unread-data');
    return;
  }
  if (tcb.lingerMs === 0) {
    env.extCounters.TCPAbortOnData++;
    abortConnection(env, tcb, null, 'linger');
    return;
  }
  if (state === TcpState.finWait2 && (tcb.rare?.finTimeoutSeconds ?? 0) < 0) {
    env.extCounters.TCPAbortOnLinger++;
    abortConnection(env, tcb, null, 'linger2');
    return;
  }
  if (env.orphanCount >= env.settings.max_orphans || isTooFullForOrphans(env, tcb)) {
    env.extCounters.TCPAbortOnMemory++;
    abortConnection(env, tcb, null, 'too-many-orphans');
    return;
  }
  env.orphanCount++;
  tcb.isOrphan = true;
  shutdownSend(env, tcb);
  if (tcb.lingerMs > 0) env.deferTimer(tcb, TcpTimer.lifetime, msToTicks(tcb.lingerMs));
  if (tcb.state === TcpState.finWait2) env.deferTimer(tcb, TcpTimer.lifetime, orphanedInFinWait2(env, tcb));
}

/** TCP_CORK. Taken out it lets go what MSG_MORE holds back, too, whether it was in or not. */
export function setCork(tcb: Tcb, on: boolean): void {
  tcb.cork = on;
  if (!on) releaseHeld(tcb);
}

/** TCP_NODELAY. What waits is flushed, also when TCP_CORK or MSG_MORE holds it back (tcp(7)). */
export function setNoDelay(tcb: Tcb, on: boolean): void {
  tcb.noDelay = on;
  if (on) releaseHeld(tcb);
  const mayFlush = tcb.cork && tcb.unsentLength > 0 && tcb.unsentLength <= tcb.usableWindow;
  if (on && mayFlush) tcb.pending |= Pending.zeroWindowProbe | Pending.flush;
}

/** ABORT (section 3.10.5): a RST, everything is dropped. */
export function abort(env: TcpEnvironment, tcb: Tcb): void {
  tcb.hasUser = false;
  if (tcb.state === TcpState.timeWait) env.forgetTimeWait(tcb);
  else if (tcb.state !== TcpState.closed) abortConnection(env, tcb, null, 'abort');
  dropUnread(env, tcb);
}
