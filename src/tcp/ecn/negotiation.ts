/**
 * Agreeing on ECN in the handshake: RFC 3168 section 6.1.1 and the whole of RFC 9768 section 3.1, with its ways back when
 * the path or the peer does not take it. Setting `ecn` counts as Linux's tcp_ecn does (include/net/tcp_ecn.h, names of
 * its values): 0 none; 1 ask for and accept RFC 3168; 2 accept it; 3 ask for and accept Accurate ECN; 4 accept that, ask
 * for RFC 3168; 5 accept Accurate ECN. What accepts Accurate ECN accepts RFC 3168 too.
 */
import { Ecn } from '../../wire/ip-packet.ts';
import { TcpFlag, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { ACE_FLAGS, Ace, aceFlags, aceOf, codeOfField, fieldOfCode } from './ace.ts';
import { acceptAccurate, acceptClassic } from './agreement.ts';
import { AccEcnFail, EcnMode, EcnState } from './ecn-state.ts';
import { answerOnLinux, handshakeAckOnLinux, synAckFlagsOnLinux, synAgainOnLinux } from './negotiation-kernel.ts';
import { noteHandshakeOption } from './option-reading.ts';

/** Time-outs of an Accurate SYN, or of its SYN-ACK, after which the flags are left out; a classic SYN has them once. */
const ACCURATE_TRIES = 2;
const CLASSIC_TRIES = 1;

// RFC 9293 §3.8.2 SHLD-8: ECN.
// RFC 3168 §6.1.1 R3168-1: ECE and CWR ask.
// RFC 9768 §3.1 R9768-1, R9768-19, R9768-24: all three bits ask for Accurate ECN; one kind per connection, none where none is wanted.
/** OPEN, active: what the SYN shall ask for; null: nothing. */
export function askForEcn(env: TcpEnvironment, tcb: Tcb): EcnState | null {
  const { ecn } = env.settings;
  if (ecn === 3) return new EcnState(EcnMode.accurate);
  return ecn === 1 || ecn === 4 || tcb.congestion.isDctcp ? new EcnState(EcnMode.classic) : null;
}

// RFC 3168 §6.1.1 R3168-12: each SYN begins anew, whatever its addresses and ports have had before.
// RFC 9768 §3.1 R9768-2, R9768-7, R9768-8, R9768-11: the table of what a server answers.
/** A SYN has come for a connection in LISTEN, or crossed ours: what is agreed by it; null: no ECN. */
export function answerSyn(env: TcpEnvironment, isDctcp: boolean, segment: TcpSegment): EcnState | null {
  const answer = acceptSyn(env, isDctcp, segment);
  if (answer !== null) answer.synCode = aceOf(segment.flags);
  return answer;
}

function acceptSyn(env: TcpEnvironment, isDctcp: boolean, segment: TcpSegment): EcnState | null {
  const { ecn } = env.settings;
  const code = aceOf(segment.flags);
  if (code === Ace.none || (ecn === 0 && !isDctcp)) return null;
  const field = segment.packet.trafficClass & 3;
  // RFC 9768 §3.1.3 R9768-12: whatever is neither of the older two asks for Accurate ECN.
  if (ecn >= 3 && code !== Ace.classicRequest) return acceptAccurate(env, new EcnState(EcnMode.accurate), field);
  // RFC 3168 knows nothing of AE.
  if ((code & Ace.classicRequest) !== Ace.classicRequest) return null;
  // Linux: a SYN that is marked as capable itself has been through something that rewrites the field.
  if (env.settings.profile === 'linux' && field !== Ecn.notEct && !isDctcp) return null;
  return acceptClassic(new EcnState(EcnMode.classic));
}

/** What was agreed on with a SYN of which only this EcnMode is known any more; null: not what the setting allows. */
export function ecnOfCookie(env: TcpEnvironment, isDctcp: boolean, mode: number): EcnState | null {
  const { ecn } = env.settings;
  if (mode === EcnMode.accurate && ecn >= 3) return acceptAccurate(env, new EcnState(EcnMode.accurate), Ecn.notEct);
  return mode === EcnMode.classic && (ecn > 0 || isDctcp) ? acceptClassic(new EcnState(EcnMode.classic)) : null;
}

// RFC 3168 §6.1.1 R3168-11: an answer counts also after a SYN without the flags.
// RFC 9768 §3.1 R9768-17, R9768-18: nothing later changes what is settled here.
/** SYN-SENT: the answer, or a SYN that crossed ours. */
export function settleEcn(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  // RFC 9768 §3.1.2 R9768-10: both ends opened at once: each is the one that answers.
  if ((segment.flags & TcpFlag.ack) === 0) tcb.ecn = answerSyn(env, tcb.congestion.isDctcp, segment);
  else if (tcb.ecn !== null) {
    tcb.ecn =
      env.settings.profile === 'linux' ? answerOnLinux(env, tcb.ecn, segment) : readAnswer(env, tcb.ecn, segment);
  }
}

function readAnswer(env: TcpEnvironment, ecn: EcnState, segment: TcpSegment): EcnState | null {
  const code = aceOf(segment.flags);
  if (ecn.asked === EcnMode.classic) {
    // RFC 3168 §6.1.1.2 R3168-10: both bits are our own, reflected.
    return (code & Ace.classicRequest) === Ace.classicAnswer ? acceptClassic(ecn) : null;
  }
  // RFC 9768 §3.1.2 R9768-6, R9768-9: the older answer, none, or a reflection.
  if (code === Ace.classicAnswer) return acceptClassic(ecn);
  if (code === Ace.none || code === Ace.request) return null;
  // RFC 9768 §3.1.3 R9768-13: the one code without a meaning says as much as that nothing changed.
  const field = segment.packet.trafficClass & 3;
  // RFC 9768 §3.1.1 R9768-4: the first answer decides, whichever of our SYNs it is for.
  acceptAccurate(env, ecn, field);
  // RFC 9768 §3.2.2.2 R9768-42: the one SYN packet that counts.
  if (field === Ecn.ce) ecn.receivedCe = 1;
  ecn.owesHandshakeField = true;
  takeToldField(ecn, fieldOfCode(code));
  noteHandshakeOption(ecn, segment);
  return ecn;
}

/** What the peer says our SYN or SYN-ACK, sent as Not-ECT, arrived with. */
function takeToldField(ecn: EcnState, told: number): void {
  if (told === Ecn.notEct) return;
  // RFC 9768 §3.2.2.3 R9768-45: the path writes what it must not: nothing capable is sent, marks are still answered.
  ecn.sendsEct = false;
  ecn.failMode |= AccEcnFail.aceSend;
  // RFC 9768 §3.2.2.2 R9768-41: answered though not counted.
  if (told === Ecn.ce) ecn.isOpeningMarked = true;
}

/** Header flags that a SYN or SYN-ACK has besides its own. */
export function synEcnFlags(env: TcpEnvironment, tcb: Tcb, ecn: EcnState, flags: number): number {
  if (flags & TcpFlag.ack) return synAckEcnFlags(env, ecn, tcb.congestion.isDctcp, tcb.timeouts);
  noteSynField(ecn, tcb.congestion.isDctcp);
  const tries = ecn.asked === EcnMode.accurate ? ACCURATE_TRIES : CLASSIC_TRIES;
  // RFC 3168 §6.1.1.1 R3168-6: a path that may not let such a SYN through gets a plain one.
  // RFC 9768 §3.1.4.1 R9768-14: so too with Accurate ECN.
  if (env.settings.ecn_fallback && tcb.timeouts >= tries) return 0;
  return ecn.asked === EcnMode.accurate ? ACE_FLAGS : TcpFlag.ece | TcpFlag.cwr;
}

function noteSynField(ecn: EcnState, isDctcp: boolean): void {
  // RFC 3168 §6.1.1 R3168-7: not capable themselves.
  // RFC 8257 §3.5 R8257-9: but for networks that are known.
  ecn.codepoint = isDctcp ? Ecn.ect0 : Ecn.notEct;
  ecn.synSentField = ecn.codepoint;
}

// RFC 3168 §6.1.1 R3168-1: ECE alone.
// RFC 9768 §3.1 R9768-3, R9768-21, R9768-22: the newest SYN's field, to a SYN that has asked, also after one that has not.
/** Header flags of a SYN-ACK besides its own; chooses its ECN field too. @param timeouts times it was not answered */
export function synAckEcnFlags(env: TcpEnvironment, ecn: EcnState, isDctcp: boolean, timeouts: number): number {
  noteSynField(ecn, isDctcp);
  if (ecn.mode === EcnMode.classic) return TcpFlag.ece;
  if (ecn.mode !== EcnMode.accurate) return 0;
  if (env.settings.profile === 'linux') return synAckFlagsOnLinux(ecn, timeouts);
  if (timeouts >= ACCURATE_TRIES) {
    // RFC 9768 §3 R9768-60, R9768-27: feedback goes on, ECT does not.
    ecn.sendsEct = false;
    return 0;
  }
  return aceFlags(codeOfField(ecn.synField));
}

/** SYN-RECEIVED: the SYN has come again. False: it contradicts the one before, the connection must be reset. */
export function takeRepeatedSyn(env: TcpEnvironment, ecn: EcnState | null, segment: TcpSegment): boolean {
  // RFC 9768 §3.1.5 R9768-23: without ECN, whatever comes later is answered without it.
  if (ecn === null) return true;
  if (env.settings.profile === 'linux') {
    synAgainOnLinux(ecn, segment);
    return true;
  }
  const code = aceOf(segment.flags);
  // RFC 9768 §3.1.5 R9768-20: nobody asks for both in one connection. To who knows RFC 3168 alone, AE says nothing.
  const isChanged = (code === Ace.request && ecn.synCode === Ace.classicRequest) || code === Ace.classicRequest;
  if (env.settings.ecn >= 3 && isChanged && code !== ecn.synCode) return false;
  if (ecn.mode === EcnMode.classic) return true;
  // RFC 9768 §3.1.5 R9768-27: the client has met trouble, or somebody in between makes some.
  if (code === Ace.none) {
    ecn.sendsEct = false;
    return true;
  }
  ecn.synsReceived++;
  ecn.synField = segment.packet.trafficClass & 3;
  return true;
}

// RFC 9768 §3.2.2.1 R9768-39: the code as of a pure ACK; a count that begins looks the same.
/** SYN-RECEIVED: the ACK that completes the handshake tells what our SYN-ACK arrived with. */
export function takeHandshakeAck(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const { ecn } = tcb;
  if (ecn === null || !ecn.isAccurate) return;
  ecn.isAceRead = true;
  noteHandshakeOption(ecn, segment);
  if (env.settings.profile === 'linux') {
    handshakeAckOnLinux(env, ecn, segment);
    return;
  }
  const code = aceOf(segment.flags);
  if (code === Ace.none) {
    // RFC 9768 §3.2.2.1 R9768-40: somebody clears the bits.
    ecn.sendsEct = false;
    ecn.answersMarks = false;
    ecn.failMode |= AccEcnFail.aceReceive;
    return;
  }
  const told = fieldOfCode(code);
  // RFC 9768 §3.2.2.2 R9768-43: counted once.
  if (told === Ecn.ce) ecn.deliveredCe = 1;
  takeToldField(ecn, told);
}

/** A SYN-ACK that comes once more: its answer tells again what it came with, as long as the peer may still be waiting. */
export function takeRepeatedSynAck(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const { ecn } = tcb;
  if (ecn === null || !ecn.isAccurate || tcb.isPassive || segment.seq !== tcb.irs) return;
  if (tcb.rcvNxt !== ((tcb.irs + 1) | 0)) return;
  ecn.synField = segment.packet.trafficClass & 3;
  ecn.owesHandshakeField = true;
  if (env.settings.profile === 'linux') {
    noteHandshakeOption(ecn, segment);
    ecn.optionDemand = Math.max(ecn.optionDemand, 1);
  } else if (ecn.synField === Ecn.ce && ecn.receivedCe === 0) ecn.receivedCe = 1;
}
