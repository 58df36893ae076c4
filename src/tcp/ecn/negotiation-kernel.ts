/**
 * Where Linux agrees on ECN in its own way: any answer of Accurate ECN is taken, also by who has asked by RFC 3168; what a SYN
 * arrived with is judged only where it matters; once one of the two ends has met trouble, nothing capable is sent any more.
 */
import { Ecn } from '../../wire/ip-packet.ts';
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { Ace, aceFlags, aceOf, codeOfField } from './ace.ts';
import { acceptAccurate, acceptClassic } from './agreement.ts';
import { AccEcnFail, EcnMode, type EcnState } from './ecn-state.ts';
import { hasOption, noteHandshakeOption } from './option-reading.ts';

/** The code that means nothing yet (RFC 9768 section 3.1.3). */
const RESERVED = 0b101;
/** The field that a code of the handshake tells of, by the code. */
const FIELD_OF_CODE = [Ecn.ect0, Ecn.ect1, Ecn.notEct, Ecn.ect1, Ecn.ect0, Ecn.ect1, Ecn.ce, Ecn.ect1] as const;
/** Options after a SYN-ACK that had one. */
const ANSWER_OPTIONS = 2;
/** Times a SYN-ACK may go again before nothing capable is sent. */
const REPEATS_MAX = 1;

/** SYN-SENT: the answer to our SYN. */
export function answerOnLinux(env: TcpEnvironment, ecn: EcnState, segment: TcpSegment): EcnState | null {
  const code = aceOf(segment.flags);
  if (code === Ace.none || code === Ace.request) return null;
  const isClassic = ecn.asked === EcnMode.classic;
  if (code === Ace.classicAnswer || (code === RESERVED && isClassic)) return acceptClassic(ecn);
  const field = segment.packet.trafficClass & 3;
  acceptAccurate(env, ecn, field);
  ecn.owesHandshakeField = true;
  ecn.lastField = Ecn.notEct;
  ecn.optionDemand = hasOption(segment) ? ANSWER_OPTIONS : 0;
  noteHandshakeOption(ecn, segment);
  if (field !== Ecn.ce) return ecn;
  if (code !== RESERVED && !isPossible(env, ecn, code)) return ecn;
  ecn.receivedCe = 1;
  ecn.untoldCe = 1;
  return ecn;
}

/** Whether the path can have made of it what the peer says it was: our SYN or SYN-ACK. */
function isPossible(env: TcpEnvironment, ecn: EcnState, code: number): boolean {
  const told = FIELD_OF_CODE[code] ?? Ecn.notEct;
  if (!env.settings.ecn_fallback || told === ecn.synSentField) return true;
  if (ecn.synSentField !== Ecn.notEct && told !== Ecn.notEct) return true;
  fail(ecn, AccEcnFail.aceReceive);
  return false;
}

/** From here on nothing capable is sent. */
function fail(ecn: EcnState, mode: number): void {
  ecn.failMode |= mode;
  ecn.sendsEct = false;
}

/** SYN-RECEIVED: the ACK that completes the handshake. Marks are counted and answered in any case. */
export function handshakeAckOnLinux(env: TcpEnvironment, ecn: EcnState, segment: TcpSegment): void {
  ecn.optionDemand = 1;
  const code = aceOf(segment.flags);
  const hasSack = (segment.optionsPresent & TcpOptionBit.sack) !== 0;
  if (code === Ace.none) {
    if (!hasSack) fail(ecn, AccEcnFail.aceReceive | AccEcnFail.optionReceive);
    return;
  }
  if (code === Ace.request || code === RESERVED || code === Ace.classicAnswer) return;
  // What comes with text is a count.
  if (segment.length > 0 || hasSack || !isPossible(env, ecn, code)) return;
  if (FIELD_OF_CODE[code] === Ecn.ce && ecn.deliveredCe === 0) ecn.deliveredCe = 1;
}

/** SYN-RECEIVED: the SYN has come again. */
export function synAgainOnLinux(ecn: EcnState, segment: TcpSegment): void {
  if (!ecn.isAccurate) return;
  ecn.synsReceived++;
  ecn.isAskedAgain = true;
  ecn.synField = segment.packet.trafficClass & 3;
  ecn.lastField = ecn.synField;
  if (aceOf(segment.flags) === Ace.none) fail(ecn, AccEcnFail.aceReceive);
}

/** Header flags of a SYN-ACK: the second time-out takes them away, and a SYN that comes after the first. */
export function synAckFlagsOnLinux(ecn: EcnState, timeouts: number): number {
  const timeoutsMax = ecn.isAskedAgain ? 0 : 1;
  ecn.isAskedAgain = false;
  if (timeouts + ecn.synsReceived - 1 > REPEATS_MAX) fail(ecn, AccEcnFail.aceSend);
  return timeouts > timeoutsMax ? 0 : aceFlags(codeOfField(ecn.synField));
}
