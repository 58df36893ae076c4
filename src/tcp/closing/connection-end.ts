/**
 * The ways a connection ends: reset and forgotten, handed to TIME-WAIT, or closed in order. Every path out of the state
 * diagram goes through here, so that buffers, timers, orphans and counters are always settled.
 */
import { TcpFlag } from '../../wire/tcp-segment.ts';
import { lastCodepoint, lastEcnFlags } from '../ecn/departure.ts';
import type { LastWord } from '../ecn/ecn-state.ts';
import { lastOptionOf } from '../ecn/option-writing.ts';
import { type TcpEnvironment, TcpEvent } from '../environment.ts';
import { attemptEnded } from '../fast-open/client.ts';
import { earlyEnded } from '../fast-open/server.ts';
import { acceptableSeq, offerWindow } from '../input/window.ts';
import { stopOccupation } from '../output/occupation.ts';
import { releaseScoreboard } from '../output/sent.ts';
import { TcpState } from '../state.ts';
import type { TcpErrorCode } from '../tcb/error-code.ts';
import { Occupation } from '../tcb/send-history.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { setState } from '../transitions.ts';
import { acknowledgeFin, startTimeWait } from './time-wait.ts';
import { TimeWait } from './time-wait-record.ts';

/** The connection is over at once; `error` null means in good order. The user, if any, is told. */
export function endConnection(env: TcpEnvironment, tcb: Tcb, error: TcpErrorCode | null, cause: string): void {
  const from = tcb.state;
  if (from === TcpState.closed) return;
  if (from === TcpState.synSent || from === TcpState.synReceived) {
    env.counters.AttemptFails++;
  } else if (from === TcpState.established || from === TcpState.closeWait) {
    // RFC 4022: whoever ended it, and whether or not the user is told of an error.
    env.counters.EstabResets++;
  }
  setState(env, tcb, TcpState.closed, cause);
  if (tcb.isFastOpenPending) earlyEnded(env, tcb, cause === 'reset');
  tcb.error ??= error;
  settle(env, tcb);
  env.remove(tcb);
  // RFC 9293 §3.6 MUST-12: an abort and an orderly close look different to the user.
  env.notify(tcb, error !== null && tcb.hasUser ? TcpEvent.error | TcpEvent.closed : TcpEvent.closed);
}

/** Gives up what the connection holds; octets the user has not read stay readable. */
function settle(env: TcpEnvironment, tcb: Tcb): void {
  tcb.armed = 0;
  env.wheel.cancel(tcb);
  if (tcb.fastOpen !== null) attemptEnded(env, tcb, tcb.fastOpen);
  tcb.pending = 0;
  tcb.extraAcks = 0;
  tcb.sendBuffer?.clear(env.pool);
  tcb.sendBuffer = null;
  if (tcb.reassembly !== null) env.pool.recount(tcb.reassembly, 0);
  tcb.reassembly = null;
  releaseScoreboard(env, tcb);
  stopOccupation(env, tcb, Occupation.busy);
  // What arrived before a RST: the RFC flushes it, Linux lets it be read.
  const isFlushed = tcb.error !== null && env.settings.profile === 'rfc';
  if (isFlushed || tcb.isOrphan) dropUnread(env, tcb);
  if (!tcb.hasUser && tcb.isOrphan) {
    env.orphanCount--;
    tcb.isOrphan = false;
  }
}

/** The user is done with a connection that is over: what was left to be read goes. */
export function dropUnread(env: TcpEnvironment, tcb: Tcb): void {
  tcb.receiveBuffer?.clear(env.pool);
  tcb.receiveBuffer = null;
}

/** Sends a RST where the peer still counts on the connection (RFC 9293 section 3.10.5) and forgets it. */
export function abortConnection(env: TcpEnvironment, tcb: Tcb, error: TcpErrorCode | null, cause: string): void {
  const { state } = tcb;
  const needsReset =
    state === TcpState.synReceived ||
    state === TcpState.established ||
    state === TcpState.finWait1 ||
    state === TcpState.finWait2 ||
    state === TcpState.closeWait;
  if (needsReset) sendReset(env, tcb);
  endConnection(env, tcb, error, cause);
}

/** Linux offers a window with a RST as with any segment. */
function resetWindow(tcb: Tcb): number {
  return Math.min(0xffff, tcb.receiveAccount === null ? tcb.rcvWnd >>> tcb.rcvScale : offerWindow(tcb));
}

// RFC 7323 §3.2: a RST should have timestamps too.
/** <SEQ=SND.NXT><CTL=RST>, with an ACK as kernels send it, where the peer's window reaches that far. */
export function sendReset(env: TcpEnvironment, tcb: Tcb): void {
  env.sendControl({
    key: tcb.key,
    seq: acceptableSeq(tcb),
    ack: tcb.rcvNxt,
    flags: TcpFlag.rst | TcpFlag.ack | lastEcnFlags(tcb),
    window: env.settings.profile === 'linux' ? resetWindow(tcb) : 0,
    hasTimestamps: tcb.has(Agreed.timestamps),
    timestampValue: (env.clock.ms + tcb.tsOffset) | 0,
    timestampEcho: tcb.tsRecent,
    parameters: tcb,
    codepoint: lastCodepoint(env, tcb),
    accEcn: lastOptionOf(env, tcb),
    // Linux tells of early text with a RST, too.
    early: env.settings.profile === 'linux' ? tcb : null,
  });
}

function lastWordOf(env: TcpEnvironment, tcb: Tcb): LastWord {
  return { flags: lastEcnFlags(tcb), codepoint: lastCodepoint(env, tcb), option: lastOptionOf(env, tcb) };
}

// RFC 9293 §3.6.1 MUST-13: the end that closed first stays in TIME-WAIT for 2 MSL.
/**
 * Enters TIME-WAIT: a small record keeps the four-tuple, the Tcb goes.
 * @param isOrphan as `arriveForOrphan` has it, whose last ACK says no more than those of the record
 */
export function enterTimeWait(env: TcpEnvironment, tcb: Tcb, isOrphan = false): void {
  setState(env, tcb, TcpState.timeWait, 'segment');
  // Linux's record knows nothing of ECN.
  const isLinux = env.settings.profile === 'linux';
  const word = tcb.ecn === null || isOrphan ? null : lastWordOf(env, tcb);
  const owesAck = isOrphan || (tcb.pending & Pending.ack) !== 0 || tcb.isAckDelayed;
  // What is offered now stays as it is.
  if (owesAck && !isOrphan && tcb.receiveAccount !== null) offerWindow(tcb);
  const timeWait = new TimeWait(tcb, tcb.has(Agreed.timestamps), isLinux ? 0 : lastEcnFlags(tcb));
  settle(env, tcb);
  if (env.timeWaitCount >= env.settings.max_tw_buckets) {
    env.extCounters.TCPTimeWaitOverflow++;
    setState(env, tcb, TcpState.closed, 'time-wait-overflow');
    env.remove(tcb);
  } else {
    env.extCounters.TW++;
    env.replaceByTimeWait(tcb, timeWait);
    startTimeWait(env, timeWait);
  }
  if (owesAck) acknowledgeFin(env, timeWait, word);
  env.notify(tcb, TcpEvent.closed);
}
