/**
 * The eleven states and every legal transition between them (RFC 9293 section 3.3.2, figure 5, with RFC 1122's additions).
 * The table is law: a change that is not in it is a bug of ours and stops the program.
 */
import { assert } from '../base/errors.ts';

/** The states of a connection as small integers (RFC 9293 section 3.3.2). */
export const TcpState = {
  closed: 0,
  listen: 1,
  synSent: 2,
  synReceived: 3,
  established: 4,
  finWait1: 5,
  finWait2: 6,
  closeWait: 7,
  closing: 8,
  lastAck: 9,
  timeWait: 10,
} as const;

/** The states' names by number, as the RFC writes them. */
export const TCP_STATE_NAMES = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const;

/** The name of a state, as the RFC writes it. */
export type TcpStateName = (typeof TCP_STATE_NAMES)[number];

/** Name of a state as RFC 9293 writes it. */
export function tcpStateName(state: number): TcpStateName {
  return TCP_STATE_NAMES[state] ?? 'CLOSED';
}

/** One arrow of the state diagram. */
export interface Transition {
  readonly from: TcpStateName;
  readonly on: string;
  readonly to: TcpStateName;
}

function row(from: TcpStateName, on: string, to: TcpStateName): Transition {
  return Object.freeze({ from, on, to });
}

/** Every arrow. `on` is a user call, what a segment brings, or a timeout. */
export const TRANSITIONS: readonly Transition[] = Object.freeze([
  row('CLOSED', 'active open', 'SYN-SENT'),
  row('CLOSED', 'passive open', 'LISTEN'),
  row('CLOSED', 'receive SYN for a listener', 'SYN-RECEIVED'),
  row('LISTEN', 'close', 'CLOSED'),
  row('SYN-SENT', 'receive SYN', 'SYN-RECEIVED'),
  row('SYN-SENT', 'receive SYN,ACK', 'ESTABLISHED'),
  row('SYN-SENT', 'close, abort, RST or timeout', 'CLOSED'),
  row('SYN-RECEIVED', 'receive ACK of SYN', 'ESTABLISHED'),
  row('SYN-RECEIVED', 'close', 'FIN-WAIT-1'),
  row('SYN-RECEIVED', 'receive FIN', 'CLOSE-WAIT'),
  row('SYN-RECEIVED', 'abort, RST or timeout', 'CLOSED'),
  row('ESTABLISHED', 'close', 'FIN-WAIT-1'),
  row('ESTABLISHED', 'receive FIN', 'CLOSE-WAIT'),
  row('ESTABLISHED', 'abort, RST or timeout', 'CLOSED'),
  row('FIN-WAIT-1', 'receive ACK of FIN', 'FIN-WAIT-2'),
  row('FIN-WAIT-1', 'receive FIN', 'CLOSING'),
  row('FIN-WAIT-1', 'receive FIN and ACK of FIN', 'TIME-WAIT'),
  row('FIN-WAIT-1', 'abort, RST or timeout', 'CLOSED'),
  row('FIN-WAIT-2', 'receive FIN', 'TIME-WAIT'),
  row('FIN-WAIT-2', 'abort, RST or timeout', 'CLOSED'),
  row('CLOSE-WAIT', 'close', 'LAST-ACK'),
  row('CLOSE-WAIT', 'abort, RST or timeout', 'CLOSED'),
  row('CLOSING', 'receive ACK of FIN', 'TIME-WAIT'),
  row('CLOSING', 'abort, RST or timeout', 'CLOSED'),
  row('LAST-ACK', 'receive ACK of FIN', 'CLOSED'),
  row('LAST-ACK', 'abort, RST or timeout', 'CLOSED'),
  row('TIME-WAIT', '2 MSL timeout or RST', 'CLOSED'),
]);

/** Bit n of entry m: the transition from state m to state n is legal. */
const LEGAL: readonly number[] = TCP_STATE_NAMES.map((from) =>
  TRANSITIONS.filter((transition) => transition.from === from).reduce(
    (bits, transition) => bits | (1 << TCP_STATE_NAMES.indexOf(transition.to)),
    0,
  ),
);

/** Throws AssertionError when the table has no such arrow. */
export function assertTransition(from: number, to: number): void {
  // The words are made for those who need them.
  const isLegal = ((LEGAL[from] ?? 0) & (1 << to)) !== 0;
  assert(isLegal, isLegal ? '' : `no transition from ${tcpStateName(from)} to ${tcpStateName(to)}`);
}

/** A synchronized state: both ISNs are known (RFC 9293 section 3.4). */
export function isSynchronized(state: number): boolean {
  return state >= TcpState.established;
}

/** The user may still send. */
export function canSend(state: number): boolean {
  return state === TcpState.established || state === TcpState.closeWait;
}

/** The peer may still send text. */
export function canReceive(state: number): boolean {
  return state === TcpState.established || state === TcpState.finWait1 || state === TcpState.finWait2;
}
