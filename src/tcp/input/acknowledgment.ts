/**
 * SEGMENT ARRIVES, fifth: the ACK field (RFC 9293 section 3.10.7.4), in the synchronized states and SYN-RECEIVED.
 */
import { msToTicks, usToTicks } from '../../base/clock.ts';
import { TcpFlag, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { endConnection, enterTimeWait } from '../closing/connection-end.ts';
import { orphanedInFinWait2 } from '../closing/orphan-fin-wait-2.ts';
import { takeMarks } from '../ecn/marks.ts';
import { takeHandshakeAck } from '../ecn/negotiation.ts';
import { type TcpEnvironment, TcpEvent } from '../environment.ts';
import { noteSynData, resendSynData } from '../fast-open/client.ts';
import { earlyEnded } from '../fast-open/server.ts';
import { handshakeCompleted } from '../opening/accept-queue.ts';
import { packetsAcknowledged } from '../opening/path-proof.ts';
import { firstPiece } from '../output/head-piece.ts';
import { endTimeoutRun, stopOccupation } from '../output/occupation.ts';
import { resumeOutput } from '../output/output.ts';
import { updatePacingRate } from '../output/pacing.ts';
import { guessReceiveMss } from '../output/segment-size.ts';
import { sendMemory } from '../output/send-account.ts';
import { expandSendLimit, tuneSendBuffer, wakeWriter } from '../output/send-tuning.ts';
import { recoveryOf } from '../output/sent.ts';
import { PushMode } from '../output/transmission.ts';
import { releaseHeld } from '../rare-options.ts';
import { echoedRttUs, takeFeedback, takeOldSack } from '../recovery/feedback.ts';
import { resendAll } from '../recovery/recovery.ts';
import { inFlight } from '../recovery/reduction.ts';
import { computeRto, takeRttSample } from '../recovery/rtt.ts';
import { reportsDuplicate } from '../recovery/sack.ts';
import { scheduleLossProbe, takeLateProbeAck } from '../recovery/tail-loss-probe.ts';
import { undoByDsack } from '../recovery/undo.ts';
import { seqGe, seqGt, seqLe, seqLt } from '../seq.ts';
import { TcpState } from '../state.ts';
import { bufferMemory } from '../tcb/segment-memory.ts';
import { Occupation } from '../tcb/send-history.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, disarmTimer, isTimerArmed, probeTicks, TcpTimer } from '../timers.ts';
import { setState } from '../transitions.ts';
import { answerUnacceptable, challenge } from './challenge-ack.ts';
import { openAccount, segmentWindow, startSendWindow, updateSendWindow } from './window.ts';

/**
 * Returns false when the segment must not be processed further.
 * @param isBare it came without text, SYN and FIN
 * @param startSeq where it began before what is old of it was cut off
 */
export function checkAcknowledgment(
  env: TcpEnvironment,
  tcb: Tcb,
  segment: TcpSegment,
  isBare: boolean,
  startSeq: number,
): boolean {
  if ((segment.flags & TcpFlag.ack) === 0) return false;
  // A user who closed in SYN-RECEIVED left for FIN-WAIT-1 before our SYN was acknowledged.
  const isSynOpen = tcb.sndUna === tcb.iss;
  const isSynLeft = isSynOpen && tcb.state !== TcpState.synReceived;
  const isTextLost = isSynOpen && (tcb.timeouts > 0 || tcb.fastOpen !== null);
  if (tcb.state === TcpState.synReceived && !acknowledgeSyn(env, tcb, segment)) return false;
  if (!isAckAcceptable(env, tcb, segment)) return false;
  const isAsExpected = !isBare && isPredicted(env, tcb, segment, startSeq);
  if (tcb.receiveAccount !== null) tcb.receiveAccount.isPredicted = isAsExpected;
  if (isAsExpected) return true;
  if (!seqLt(segment.ack, tcb.sndUna)) {
    tcb.lastAckTick = env.clock.tick;
    // Something worked, whatever it acknowledged.
    if (env.settings.profile === 'linux') tcb.softError = null;
  }
  if (tcb.rare !== null && env.settings.profile === 'linux' && releaseHeld(tcb)) env.scheduleOutput(tcb);
  if (isSynLeft && seqGt(segment.ack, tcb.sndUna)) {
    takeHandshakeAck(env, tcb, segment);
    synAcknowledged(env, tcb, segment);
  }
  if (seqGt(segment.ack, tcb.sndUna)) acknowledge(env, tcb, segment, startSeq);
  else if (segment.ack === tcb.sndUna) repeatedAck(env, tcb, segment, isBare, startSeq);
  else if (segment.sackCount > 0) olderAck(env, tcb, segment);
  if (isTextLost) repeatEarlyText(env, tcb);
  // Linux: what goes again for an acknowledgment has left when the text that came with it is looked at.
  if (!isBare && tcb.pending & Pending.retransmit && env.settings.profile === 'linux')
    env.pushText(tcb, PushMode.again);
  return advanceClosing(env, tcb, segment);
}

/** Linux's header prediction: text in order that acknowledges nothing new and opens no window is taken without a look at what waits to be sent. */
function isPredicted(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment, startSeq: number): boolean {
  if (env.settings.profile === 'rfc' || tcb.state !== TcpState.established || tcb.ecn !== null) return false;
  const isPlain = (segment.flags & ~TcpFlag.psh) === TcpFlag.ack && segment.payloadLength > 0;
  const saysNothing = segment.ack === tcb.sndUna && segmentWindow(tcb, segment) === tcb.sndWnd;
  const isNext = startSeq === tcb.rcvNxt && (tcb.reassembly === null || tcb.reassembly.isEmpty);
  const isExpected = isPlain && saysNothing && isNext && (segment.optionsPresent & TcpOptionBit.sack) === 0;
  const account = tcb.receiveAccount;
  if (account === null || !isExpected) return isExpected;
  return account.isPredicting && account.isSpare(bufferMemory(segment.packet.totalLength), sendMemory(tcb));
}

/**
 * Text sent before the peer knew our SYN (RFC 7413) was dropped there if the SYN had to go again, or if it rode on a SYN that
 * crossed the peer's: what is not acknowledged goes again without waiting for a time-out.
 */
function repeatEarlyText(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.sndUna === tcb.iss || tcb.sndUna === tcb.sndNxt) return;
  if (env.settings.profile === 'rfc') {
    if (tcb.isPassive) resendAll(env, tcb);
    else resendSynData(env, tcb);
    return;
  }
  // Linux leaves it to the timer.
  const rtoUs = tcb.isPassive ? tcb.rtoUs : Math.min(tcb.rtoUs, env.settings.rto_initial_us);
  if (!tcb.isPassive) noteSynData(env, tcb);
  armTimer(env, tcb, TcpTimer.retransmission, usToTicks(rtoUs));
  if (!tcb.isPassive) scheduleLossProbe(env, tcb);
}

// RFC 5961 §5.2 R5961-4: no older than the largest window allows.
// RFC 9293 §3.10.7.4 MAY-12: RFC 5961 §5.2 narrows which ACKs are acceptable, against blind data injection.
function isAckAcceptable(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (seqGt(segment.ack, tcb.sndNxt)) {
    // An ACK for something not yet sent: answer with an ACK, drop. Linux counts it among the challenges.
    if (env.settings.profile === 'linux') challenge(env, tcb);
    else answerUnacceptable(env, tcb, segment.payloadLength > 0);
    return false;
  }
  if (seqLt(segment.ack, (tcb.sndUna - oldestAcknowledged(env, tcb)) | 0)) {
    challenge(env, tcb);
    return false;
  }
  return true;
}

/** How far acknowledgments may lie behind SND.UNA; on Linux none says less than the peer can ever have said. */
function oldestAcknowledged({ settings }: TcpEnvironment, tcb: Tcb): number {
  if (settings.profile === 'rfc') return tcb.maxSndWnd;
  const isFinAcked = tcb.finSent && tcb.sndUna === tcb.sndNxt;
  return Math.min(tcb.maxSndWnd, tcb.bytesAcked + Number(!tcb.isPassive) + Number(isFinAcked));
}

/** SYN-RECEIVED: the ACK of our SYN completes the handshake. */
function acknowledgeSyn(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (!seqGt(segment.ack, tcb.sndUna) || seqGt(segment.ack, tcb.sndNxt)) {
    env.sendResetFor(segment);
    return false;
  }
  disarmTimer(tcb, TcpTimer.retransmission);
  // What a SYN offered was not scaled, and counts for nothing once there is better.
  if (tcb.isPassive && !tcb.isFastOpened) tcb.maxSndWnd = 0;
  startSendWindow(tcb, segment, segmentWindow(tcb, segment));
  takeHandshakeAck(env, tcb, segment);
  enterEstablished(env, tcb, segment);
  if (tcb.listener === null) env.notify(tcb, TcpEvent.connected | TcpEvent.writable);
  else if (!tcb.isFastOpened) handshakeCompleted(env, tcb.listener, tcb);
  return true;
}

/** The handshake is over. A user who has closed meanwhile has the FIN sent now (RFC 9293 section 3.10.4). */
export function enterEstablished(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  setState(env, tcb, TcpState.established, 'segment');
  openAccount(env.settings, tcb);
  if (env.settings.profile === 'linux') guessReceiveMss(tcb);
  synAcknowledged(env, tcb, segment);
  if (tcb.finQueued) setState(env, tcb, TcpState.finWait1, 'close');
}

// RFC 6928 §2 R6928-2: the window is what it was before the handshake.
/** What an acknowledged SYN settles, whatever the state. */
function synAcknowledged(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  tcb.pending &= ~Pending.syn;
  if (tcb.isFastOpened) {
    earlyEnded(env, tcb, false);
    // The limit for answers to SYNs was the handshake's.
    tcb.hasAnswered = false;
  }
  settleRto(env, tcb, segment);
  // A connection accepted early has sent already.
  if (!tcb.isFastOpened) tcb.congestion.start(env, tcb);
  expandSendLimit(env, tcb);
  // The handshake has measured a round trip: the first window is paced already.
  updatePacingRate(env, tcb);
  endTimeoutRun(env, tcb);
  // Silence is counted from here on, in both directions.
  tcb.lastSendTick = env.clock.tick;
  if (!tcb.isFastOpened) tcb.lastReceiveTick = env.clock.tick;
  tcb.lastAckTick = env.clock.tick;
  armKeepAlive(env, tcb);
}

// RFC 6298 §5.7 R6298-8: three seconds after a SYN that timed out.
/** The handshake is over: RFC 6298 §5.7 and the window of RFC 5681 §3.1 if the SYN had to be repeated. */
function settleRto(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  // RFC 6928 §2 R6928-4: one repetition of a SYN says little.
  // RFC 5681 §3.1 R5681-12: a SYN that had to be repeated starts the window at one segment; Linux forgives one repetition, which
  // with an initial RTO of a second says little, and counts those the peer has asked for.
  // RFC 9768 §3.2.2.2 R9768-41: a SYN that met congestion is answered in the same way.
  const repetitions = tcb.isFastOpened ? tcb.timeouts : tcb.retransmitted;
  const isForgiven = env.settings.profile === 'linux' && repetitions <= 1;
  const isCongested = (tcb.timeouts > 0 && !isForgiven) || tcb.ecn?.isOpeningMarked === true;
  if (isCongested) tcb.cwnd = Math.min(tcb.cwnd, tcb.sendMss);
  // RFC 7323 §4: a timestamp tells which copy was answered; Linux asks it here as well.
  const echoUs = tcb.isSynTimed || env.settings.profile === 'rfc' ? -1 : echoedRttUs(env, tcb, segment);
  if (tcb.isSynTimed) takeRttSample(env, tcb, (env.clock.us - tcb.synSentUs) | 0);
  else if (echoUs >= 0) takeRttSample(env, tcb, echoUs);
  tcb.isSynTimed = false;
  tcb.rtoUs =
    tcb.srttUs !== 0
      ? computeRto(tcb, env.settings)
      : tcb.timeouts > 0 || env.settings.profile === 'linux'
        ? env.settings.rto_after_syn_loss_us
        : env.settings.rto_initial_us;
  tcb.backoff = 0;
  tcb.timeouts = 0;
}

function armKeepAlive(env: TcpEnvironment, tcb: Tcb): void {
  tcb.keepAliveProbes = 0;
  if (tcb.keepAlive !== null) armTimer(env, tcb, TcpTimer.keepAlive, msToTicks(tcb.keepAlive.idleMs));
}

/** SND.UNA < SEG.ACK =< SND.NXT. */
function acknowledge(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment, startSeq: number): void {
  const priorUna = tcb.sndUna;
  const { ackSample } = env;
  ackSample.reset(inFlight(tcb));
  ackSample.isAdvance = true;
  ackSample.isNotDuplicate = true;
  removeAcknowledged(env, tcb, segment.ack);
  packetsAcknowledged(env, tcb);
  const oldWindow = tcb.sndWnd;
  updateSendWindow(env.settings, tcb, segment, startSeq);
  if (tcb.urgent !== null && seqGe(tcb.sndUna, tcb.urgent.sndUp)) tcb.urgent.isSending = false;
  takeFeedback(env, tcb, segment, priorUna);
  tcb.timeouts = 0;
  tcb.probes = 0;
  tcb.softError = null;
  if (seqLt(tcb.smallSeq, tcb.sndUna)) tcb.smallSeq = tcb.sndUna;
  if (oldWindow === 0 && tcb.sndWnd > 0) windowOpened(env, tcb);
  if (tcb.sndUna === tcb.sndNxt) {
    disarmTimer(tcb, TcpTimer.retransmission);
    stopOccupation(env, tcb, Occupation.busy);
  }
  env.adviseReachable(tcb);
  // Where memory is counted as on Linux, what this lets go has left before more may be written.
  if (!env.settings.skb_accounting) wakeWriter(env, tcb);
  else if (tcb.isWriteBlocked && !tcb.hasUnsent) tuneSendBuffer(env, tcb, tcb.cwnd - inFlight(tcb));
  resumeOutput(env, tcb);
}

/** Takes acknowledged octets out of the send buffer; returns how many octets of text they were. */
export function removeAcknowledged(env: TcpEnvironment, tcb: Tcb, ack: number): number {
  tcb.sndUna = ack;
  const buffer = tcb.sendBuffer;
  if (buffer === null) return 0;
  const text = Math.min((ack - tcb.sendBufferSeq) | 0, buffer.length);
  if (text <= 0) return 0;
  buffer.acknowledge(env.pool, text);
  tcb.sendBufferSeq = (tcb.sendBufferSeq + text) | 0;
  tcb.bytesAcked += text;
  return text;
}

/** SEG.ACK = SND.UNA: a window update, or a duplicate that says something was lost (RFC 5681 section 2). */
// RFC 5681 §2 R5681-10: no text, no SYN or FIN, the same window, something outstanding.
function repeatedAck(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment, isBare: boolean, startSeq: number): void {
  const oldWindow = tcb.sndWnd;
  const isWindowTaken = updateSendWindow(env.settings, tcb, segment, startSeq);
  const windowChanged = tcb.sndWnd !== oldWindow;
  // A probe was answered: the peer is alive, however long its window stays closed (MUST-37).
  tcb.probes = 0;
  if (tcb.sndWnd === 0 && tcb.timeouts > 0 && env.settings.profile === 'rfc') tcb.timeouts = 0;
  const isUpdate = env.settings.profile === 'linux' ? isWindowTaken : windowChanged;
  const isNotDuplicate = !isBare || isUpdate || tcb.sndWnd === 0;
  if (tcb.sndUna !== tcb.sndNxt) takeRepeated(env, tcb, segment, isNotDuplicate);
  else takeWhenIdle(env, tcb, segment, isNotDuplicate);
  if (env.settings.profile === 'linux') {
    // Whatever the acknowledgment said, what waits is looked at again.
    if (tcb.sndUna === tcb.sndNxt && tcb.hasUnsent) probeAnswered(env, tcb);
    resumeOutput(env, tcb);
    return;
  }
  if (!windowChanged) {
    // The answer to a probe: the next one is a whole interval away from here.
    if (isTimerArmed(tcb, TcpTimer.persist) && tcb.usableWindow <= 0) {
      armTimer(env, tcb, TcpTimer.persist, probeTicks(env, tcb));
    }
    return;
  }
  if (oldWindow === 0 && tcb.sndWnd > 0) windowOpened(env, tcb);
  resumeOutput(env, tcb);
}

// RFC 3708 §2 R3708-9: nothing is concluded about recoveries. Linux takes back what all the duplicates show to be unnecessary.
/** Nothing is outstanding: counters of the peer are followed, and ask for nothing; a probe may turn out to have come twice. */
function takeWhenIdle(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment, isNotDuplicate: boolean): void {
  const { ackSample } = env;
  ackSample.reset(0);
  ackSample.isNotDuplicate = isNotDuplicate;
  if (tcb.ecn !== null) takeMarks(env, tcb, tcb.ecn, segment, ackSample, 0);
  const isLinux = env.settings.profile === 'linux';
  const isReported = isLinux && reportsDuplicate(tcb, segment);
  const recovery = isReported ? recoveryOf(env, tcb) : tcb.recovery;
  const mayUndo = isLinux && recovery?.mayUndo === true;
  if (recovery === null || !(recovery.isProbeOut || mayUndo || isReported)) return;
  takeLateProbeAck(env, tcb, recovery, segment);
  if (mayUndo && ackSample.isDsack) undoByDsack(env, tcb, recovery);
}

/** An acknowledgment that moves nothing may still tell of losses: by SACK blocks, or by being a duplicate. */
function takeRepeated(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment, isNotDuplicate: boolean): void {
  const { ackSample } = env;
  ackSample.reset(inFlight(tcb));
  ackSample.isNotDuplicate = isNotDuplicate;
  takeFeedback(env, tcb, segment, tcb.sndUna);
  if (ackSample.delivered === 0 && isNotDuplicate) return;
  resumeOutput(env, tcb);
}

/** Acknowledgments have changed places on the way. */
function olderAck(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const { recovery } = tcb;
  const hasBlocks = tcb.has(Agreed.sack) && (segment.optionsPresent & TcpOptionBit.sack) !== 0;
  if (recovery === null || !hasBlocks || tcb.sndUna === tcb.sndNxt) return;
  if (takeOldSack(env, tcb, recovery, segment)) resumeOutput(env, tcb);
}

/**
 * Linux, with nothing in flight: a window that takes the first piece of what waits ends the probing, any other one puts the next
 * probe off by a whole interval.
 */
function probeAnswered(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.usableWindow < firstPiece(tcb)) armTimer(env, tcb, TcpTimer.persist, probeTicks(env, tcb));
  else windowOpened(env, tcb);
}

/** The window is open again: what was sent into the closed one goes at once instead of waiting for the timer; Linux leaves it to the timer. */
function windowOpened(env: TcpEnvironment, tcb: Tcb): void {
  if (env.settings.profile === 'linux' && tcb.sndUna !== tcb.sndNxt) return;
  disarmTimer(tcb, TcpTimer.persist);
  tcb.pending &= ~Pending.zeroWindowProbe;
  tcb.backoff = 0;
  if (tcb.sndUna !== tcb.sndNxt) resendAll(env, tcb);
}

/** What the ACK of our FIN means in the closing states; false when the connection is gone. */
function advanceClosing(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  const isFinAcked = tcb.finSent && seqLe(tcb.sndNxt, tcb.sndUna);
  if (!isFinAcked) return true;
  switch (tcb.state) {
    case TcpState.finWait1:
      if (!tcb.hasUser && (tcb.rare?.finTimeoutSeconds ?? 0) < 0) {
        // tcp(7) TCP_LINGER2 below zero: nobody waits for the peer's FIN.
        env.sendResetFor(segment);
        endConnection(env, tcb, null, 'linger2');
        return false;
      }
      setState(env, tcb, TcpState.finWait2, 'segment');
      env.notify(tcb, TcpEvent.finAcknowledged);
      limitFinWait2(env, tcb);
      return true;
    case TcpState.closing:
      enterTimeWait(env, tcb);
      return false;
    case TcpState.lastAck:
      endConnection(env, tcb, null, 'segment');
      return false;
    default:
      return true;
  }
}

/** An orphan may not stay in FIN-WAIT-2 for ever (setting fin_timeout; RFC 9293 section 3.6 leaves it open). */
function limitFinWait2(env: TcpEnvironment, tcb: Tcb): void {
  if (!tcb.hasUser) armTimer(env, tcb, TcpTimer.lifetime, orphanedInFinWait2(env, tcb));
}
