/**
 * SEGMENT ARRIVES in SYN-SENT (RFC 9293 section 3.10.7.3): the answer to our SYN, or a SYN that crossed it.
 */

import { TICKS_PER_MS, usToTicks } from '../../base/clock.ts';
import { TcpFlag, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { endConnection } from '../closing/connection-end.ts';
import { settleEcn } from '../ecn/negotiation.ts';
import { type TcpEnvironment, TcpEvent } from '../environment.ts';
import { resendSynData, synAnswered } from '../fast-open/client.ts';
import { enterEstablished, removeAcknowledged } from '../input/acknowledgment.ts';
import { acknowledgeNow, acknowledgeQuickly } from '../input/delayed-acks.ts';
import { takeFin, takeText } from '../input/text.ts';
import { takeUrgentPointer } from '../input/urgent.ts';
import { openAccount, startSendWindow } from '../input/window.ts';
import { seqGt, seqLe } from '../seq.ts';
import { TcpState } from '../state.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, disarmTimer, TcpTimer } from '../timers.ts';
import { setState } from '../transitions.ts';
import { takeSynOptions } from './syn-options.ts';

/** The RFC's five steps in their order. */
export function arriveSynSent(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const { flags } = segment;
  const hasAck = (flags & TcpFlag.ack) !== 0;
  // First: the ACK bit. An ACK for something we never sent is refused, a RST is not answered.
  if (hasAck && !(seqGt(segment.ack, tcb.iss) && seqLe(segment.ack, tcb.sndNxt))) {
    if ((flags & TcpFlag.rst) === 0) env.sendResetFor(segment);
    askAgainSoon(env, tcb);
    return;
  }
  // RFC 7323 §3.2: an echo of something we never sent is not an answer to our SYN.
  if (hasAck && !isEchoPlausible(env, tcb, segment)) {
    env.extCounters.PAWSActive++;
    if ((flags & TcpFlag.rst) === 0) env.sendResetFor(segment);
    return;
  }
  // Second: the RST bit. It counts only with an acceptable ACK (RFC 5961 §3.2).
  if (flags & TcpFlag.rst) {
    // RFC 5961 §3.2 R5961-2: an ACK that covers our SYN has been seen above.
    if (hasAck) endConnection(env, tcb, 'ECONNREFUSED', 'reset');
    return;
  }
  // Third, security: empty. Fourth: the SYN bit. Fifth: anything else is dropped.
  if ((flags & TcpFlag.syn) === 0) return;
  takeSyn(tcb, segment);
  takeSynOptions(env, tcb, segment);
  settleEcn(env, tcb, segment);
  if (hasAck) completeOpen(env, tcb, segment);
  else openedByBoth(env, tcb, segment);
}

function takeSyn(tcb: Tcb, segment: TcpSegment): void {
  tcb.irs = segment.seq;
  tcb.rcvNxt = (segment.seq + 1) | 0;
  tcb.rcvAdv = (tcb.rcvNxt + Math.min(0xffff, tcb.receiveLimit)) | 0;
  tcb.lastAckSent = tcb.rcvNxt;
}

/** SYN and ACK: the second step of the handshake; ours is the third. */
function completeOpen(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  removeAcknowledged(env, tcb, segment.ack);
  if (tcb.fastOpen !== null) synAnswered(env, tcb, tcb.fastOpen, segment);
  // RFC 7413 §4.2.2 R7413-7: what of the data in our SYN was not taken goes again as ordinary data.
  const isLeft = tcb.sndUna !== tcb.sndNxt;
  startSendWindow(tcb, segment, segment.window);
  disarmTimer(tcb, TcpTimer.retransmission);
  enterEstablished(env, tcb, segment);
  if (isLeft) resendSynData(env, tcb);
  env.adviseReachable(tcb);
  env.notify(tcb, TcpEvent.connected | TcpEvent.writable);
  tcb.pending |= Pending.data;
  if (tcb.isInteractive && !tcb.isSynDataAcked && env.settings.profile === 'linux') awaitAnswer(env, tcb);
  else acknowledgeNow(env, tcb);
  takeRest(env, tcb, segment);
}

/** Linux: a user who has asked for it (tcp(7): TCP_QUICKACK, TCP_DEFER_ACCEPT) lets the third step ride on data. */
function awaitAnswer(env: TcpEnvironment, tcb: Tcb): void {
  acknowledgeQuickly(env.settings, tcb);
  tcb.isAckDelayed = true;
  armTimer(env, tcb, TcpTimer.delayedAck, HANDSHAKE_DELAY_TICKS);
}

// RFC 9293 §3.5 MUST-10: SYN without ACK: both ends opened at once.
function openedByBoth(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  startSendWindow(tcb, segment, segment.window);
  setState(env, tcb, TcpState.synReceived, 'segment');
  openAccount(env.settings, tcb);
  tcb.pending |= Pending.syn;
  // On Linux the time of the SYN goes on.
  if (env.settings.profile === 'rfc') armTimer(env, tcb, TcpTimer.retransmission, usToTicks(tcb.rtoUs));
  env.scheduleOutput(tcb);
  takeRest(env, tcb, segment);
}

/** Data and FIN may come with the SYN; they are kept until the connection is established. */
function takeRest(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  segment.seq = (segment.seq + 1) | 0;
  segment.flags &= ~TcpFlag.syn;
  if (tcb.state === TcpState.synReceived || !(env.settings.accept_syn_data || takesEarlyText(env, tcb, segment)))
    return;
  if (segment.flags & TcpFlag.urg) takeUrgentPointer(env, tcb, segment);
  const room = tcb.rcvWnd;
  if (segment.payloadLength > room) {
    segment.payloadLength = room;
    segment.flags &= ~TcpFlag.fin;
  }
  if (takeText(env, tcb, segment)) takeFin(env, tcb, segment);
}

/** RFC 7413 §4.2.2: the SYN-ACK of a Fast Open may carry data. Linux takes it if the SYN's own data was taken, and counts it twice. */
function takesEarlyText({ settings }: TcpEnvironment, tcb: Tcb, { payloadLength }: TcpSegment): boolean {
  if (tcb.fastOpen === null) return false;
  if (settings.profile === 'rfc') return true;
  const { hasOption, dataLength } = tcb.fastOpen;
  if ((!hasOption && dataLength === 0) || tcb.sndUna !== tcb.sndNxt) return false;
  if (payloadLength > 0) {
    tcb.isSynDataAcked = true;
    tcb.dataSegmentsIn++;
  }
  return true;
}

function isEchoPlausible(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (!env.settings.timestamps || (segment.optionsPresent & TcpOptionBit.timestamps) === 0) return true;
  if (segment.timestampEcho === 0) return true;
  const ageMs = (env.clock.ms + tcb.tsOffset - segment.timestampEcho) | 0;
  // Linux: it is that of one of our SYNs, so no older than the first.
  const sinceFirst = Math.ceil(((env.clock.tick - tcb.firstTimeoutTick) | 0) / TICKS_PER_MS);
  return ageMs >= 0 && ageMs <= (env.settings.profile === 'linux' ? sinceFirst : 0x3fff_ffff);
}

/** Linux: somebody there remembers an old connection, which our RST has ended or is about to: the SYN goes again in 8 ms. */
function askAgainSoon(env: TcpEnvironment, tcb: Tcb): void {
  if (env.settings.profile === 'linux' && tcb.timeouts === 0) {
    armTimer(env, tcb, TcpTimer.retransmission, SOON_TICKS);
  }
}

const SOON_TICKS = 80;
const HANDSHAKE_DELAY_TICKS = 2000;
