/** Changing the state of a connection, in one place: checked against the table, counted, observed. */
import type { ConnectionLabel } from '../base/observer.ts';
import type { ConnectionKey } from './connection-key.ts';
import type { TcpEnvironment } from './environment.ts';
import { assertTransition, TcpState, tcpStateName } from './state.ts';
import type { Tcb } from './tcb/tcb.ts';
import { TCP_TIMER_NAMES } from './timers.ts';

/** Moves the connection to `to`. @param cause what did it, one or two words for an observer */
export function setState(env: TcpEnvironment, tcb: Tcb, to: number, cause: string): void {
  const from = tcb.state;
  assertTransition(from, to);
  tcb.state = to;
  countEstablished(env, from, to);
  observeState(env, tcb.id, tcb.key, from, to, cause);
}

/** Tells the observer of a transition; also used for TIME-WAIT records and listeners, which are not Tcbs. */
export function observeState(
  env: TcpEnvironment,
  id: number,
  key: ConnectionKey,
  from: number,
  to: number,
  cause: string,
): void {
  if (env.observer === null) return;
  env.observer.observe({
    kind: 'state',
    timeUs: env.clock.nowUs,
    ...connectionLabel(id, key),
    from: tcpStateName(from),
    to: tcpStateName(to),
    cause,
  });
}

/** A connection in whatever form. */
export interface Named {
  readonly id: number;
  readonly key: ConnectionKey;
}

export function observeTimeout(env: TcpEnvironment, whose: Named, timer: number, count: number): void {
  if (env.observer === null) return;
  env.observer.observe({
    kind: 'timeout',
    timeUs: env.clock.nowUs,
    ...connectionLabel(whose.id, whose.key),
    timer: TCP_TIMER_NAMES.get(timer) ?? 'unknown',
    count,
  });
}

/** The record form of a connection's name. */
export function connectionLabel(id: number, key: ConnectionKey): ConnectionLabel {
  return {
    connectionId: id,
    localAddress: key.localAddress.toString(),
    localPort: key.localPort,
    remoteAddress: key.remoteAddress.toString(),
    remotePort: key.remotePort,
  };
}

/** CurrEstab of RFC 4022. */
function countEstablished(env: TcpEnvironment, from: number, to: number): void {
  const { counters } = env;
  const was = from === TcpState.established || from === TcpState.closeWait;
  const is = to === TcpState.established || to === TcpState.closeWait;
  if (was !== is) counters.CurrEstab += is ? 1 : -1;
}
