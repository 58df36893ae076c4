/**
 * What a segment that leaves carries: the ECN field of its IP packet, and ECE, CWR or the ACE counter in its header (RFC 3168
 * section 6.1, RFC 9768 section 3.2.2).
 */
import { Ecn } from '../../wire/ip-packet.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { Transmission } from '../output/transmission.ts';
import { seqGe } from '../seq.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { aceFlags, CEP_START, codeOfField } from './ace.ts';
import { EcnMode, type EcnState } from './ecn-state.ts';
import { synEcnFlags } from './negotiation.ts';

/**
 * Chooses the ECN field of the segment (`ecn.codepoint`) and returns the header flags it has besides `flags`.
 * @param hasSack it carries SACK blocks
 */
export function departWithEcn(
  env: TcpEnvironment,
  tcb: Tcb,
  ecn: EcnState,
  what: Transmission,
  hasSack: boolean,
): number {
  if (what.flags & TcpFlag.syn) return synEcnFlags(env, tcb, ecn, what.flags);
  // RFC 3168 §6.1.4 R3168-4: new text only; what is sent again, probes and ACKs could not be missed.
  const isNewText = what.length > 0 && seqGe(what.seq, tcb.sndNxt) && what.reason !== 'zero-window-probe';
  // RFC 3168 §5 R3168-17: of the two codepoints ECT(0).
  // RFC 9768 §3.1.5 R9768-25: nothing where nothing was agreed.
  // RFC 8257 §3.5 R8257-9: DCTCP's packets meet queues that drop what is not capable.
  // Linux: with Accurate ECN, where ACKs are counted too, everything is capable.
  const isCapable = isNewText || tcb.congestion.isDctcp || (ecn.isAccurate && env.settings.profile === 'linux');
  ecn.codepoint = ecn.sendsEct && isCapable ? Ecn.ect0 : Ecn.notEct;
  if (ecn.mode === EcnMode.accurate) return accurateFlags(ecn, what, hasSack);
  return ecn.mode === EcnMode.classic ? classicFlags(tcb, ecn, isNewText) : 0;
}

function classicFlags(tcb: Tcb, ecn: EcnState, isNewText: boolean): number {
  let flags = ecn.isEchoing ? TcpFlag.ece : 0;
  // RFC 3168 §6.1.2 R3168-2: the first new text after a reduction of any kind says so.
  if (isNewText && tcb.cwrQueued) {
    tcb.cwrQueued = false;
    flags |= TcpFlag.cwr;
  }
  return flags;
}

// RFC 9768 §3.2 R9768-34, R9768-36: every segment has the newest count.
// RFC 9768 §3.1.5 R9768-28, R9768-29: whatever else happens, and CWR is no more than one of its bits.
function accurateFlags(ecn: EcnState, what: Transmission, hasSack: boolean): number {
  const isPureAck = what.length === 0 && (what.flags & TcpFlag.fin) === 0;
  if (what.length > 0) ecn.isFirstDataOption = false;
  ecn.isAnswerDue = false;
  if (ecn.owesHandshakeField && isPureAck && !hasSack) {
    // RFC 9768 §3.2.2.1 R9768-37: what the SYN-ACK came with.
    ecn.owesHandshakeField = false;
    return aceFlags(codeOfField(ecn.synField));
  }
  ecn.untoldCe = 0;
  ecn.isAckOfAcks = false;
  return aceFlags(CEP_START + ecn.receivedCe);
}

/** The flags that a segment without a Tcb's help (RST, ACK in TIME-WAIT) has. */
export function lastEcnFlags(tcb: Tcb): number {
  const { ecn } = tcb;
  if (ecn === null) return 0;
  if (ecn.isAccurate) return aceFlags(CEP_START + ecn.receivedCe);
  return ecn.mode === EcnMode.classic && ecn.isEchoing ? TcpFlag.ece : 0;
}

/** The ECN field of such a segment. */
export function lastCodepoint(env: TcpEnvironment, tcb: Tcb): number {
  const { ecn } = tcb;
  return ecn?.isAccurate && ecn.sendsEct && env.settings.profile === 'linux' ? Ecn.ect0 : Ecn.notEct;
}

/**
 * RFC 9768 §3.3.4 R9768-70: a bit of the counter stands in CWR, which carriers may clear in all pieces of a super-segment but the
 * first.
 */
export function countsInCwr({ ecn }: Tcb): boolean {
  return ecn?.isAccurate === true && ((CEP_START + ecn.receivedCe) & 0b010) !== 0;
}
