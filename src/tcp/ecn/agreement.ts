/** What it means that ECN was agreed on, of either kind. */

import type { TcpEnvironment } from '../environment.ts';
import { AccEcnOptionMode, EcnMode, type EcnState } from './ecn-state.ts';

/** Segments of the handshake that carry the option: the SYN-ACK, or the client's first ACK. */
const OPENING_OPTIONS = 1;

// RFC 3168 §6.1.1 R3168-8: from here on data may carry ECT.
export function acceptClassic(ecn: EcnState): EcnState {
  ecn.mode = EcnMode.classic;
  ecn.sendsEct = true;
  return ecn;
}

// RFC 9768 §3.1.5 R9768-26: so it may in Accurate ECN.
/** @param field of the SYN or SYN-ACK that asked or agreed */
export function acceptAccurate(env: TcpEnvironment, ecn: EcnState, field: number): EcnState {
  ecn.mode = EcnMode.accurate;
  ecn.sendsEct = true;
  ecn.synField = field;
  ecn.synsReceived = 1;
  ecn.optionMode = env.settings.ecn_option;
  ecn.optionDemand = OPENING_OPTIONS;
  ecn.isFirstDataOption = ecn.optionMode !== AccEcnOptionMode.off;
  ecn.lastField = field;
  return ecn;
}
