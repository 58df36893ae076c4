/**
 * Challenge ACKs and their limits (RFC 5961 sections 3, 4, 5 and 7). An attacker who guesses gets an ACK that tells the true
 * peer nothing new. Each connection has a limit of its own. One over all connections is off unless it is set: what many share, one
 * can count or use up (CVE-2016-5696). When set, it is drawn at random each second.
 */
import { msToTicks } from '../../base/clock.ts';
import type { TcpEnvironment } from '../environment.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';

// RFC 5961 §3.2 R5961-6: an ordinary ACK of the present numbers.
/** Owes the peer a challenge ACK, unless the limits say no. */
export function challenge(env: TcpEnvironment, tcb: Tcb): void {
  if (isAnswerTooSoon(env, tcb) || !env.challengeBudget.take(env)) {
    env.extCounters.TCPACKSkippedChallenge++;
    return;
  }
  env.extCounters.TCPChallengeACK++;
  tcb.pending |= Pending.ack | Pending.challenge;
  env.scheduleOutput(tcb);
}

/** RFC 9293 section 3.10.7.4, first: an unacceptable segment is answered by an ACK, at a bounded rate. */
export function answerUnacceptable(env: TcpEnvironment, tcb: Tcb, carriesData: boolean): void {
  if (!carriesData && isAnswerTooSoon(env, tcb)) {
    env.extCounters.TCPACKSkippedSeq++;
    return;
  }
  tcb.pending |= Pending.ack | Pending.answer;
  env.scheduleOutput(tcb);
}

/** Who answers what is out of place: a Tcb or a half-open connection. */
export interface Answerer {
  hasAnswered: boolean;
  lastAnswerTick: number;
}

/** Two ends that find each other's segments unacceptable would answer each other for ever without this. */
export function isAnswerTooSoon(env: TcpEnvironment, answerer: Answerer): boolean {
  const waited = (env.clock.tick - answerer.lastAnswerTick) | 0;
  if (answerer.hasAnswered && waited >= 0 && waited < msToTicks(env.settings.invalid_ratelimit)) return true;
  answerer.hasAnswered = true;
  answerer.lastAnswerTick = env.clock.tick;
  return false;
}
