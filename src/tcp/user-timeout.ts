/**
 * The user timeout option (RFC 5482): each end may tell the other how long it will wait for data to be acknowledged before it
 * gives up, and take the other's value as advice for its own. Off unless a setting or the program switches it on.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { TCP_OPTIONS_MAX } from '../wire/tcp.ts';
import { writeUserTimeout } from '../wire/tcp-option-writers.ts';
import { TcpOptionBit, type TcpSegment } from '../wire/tcp-segment.ts';
import type { TcpEnvironment } from './environment.ts';
import { acknowledgeNow } from './input/delayed-acks.ts';
import { TcpState } from './state.ts';
import { Pending, type Tcb } from './tcb/tcb.ts';
import type { UserTimeoutState } from './tcb/user-timeout-state.ts';

// RFC 5482 §3.3 R5482-1: the layout is in `wire/`.
/** Octets of the option. */
export const USER_TIMEOUT_LENGTH = 4;
/** Largest value the option can say: 32,767 minutes. */
export const USER_TIMEOUT_MAX = 32_767 * 60;

// RFC 5482 §3.1 R5482-5: off by default; a connection begins with what the setting says.
/** At the beginning of a connection. */
export function startUserTimeout(env: TcpEnvironment, tcb: Tcb): void {
  const seconds = env.settings.user_timeout_option;
  if (seconds > 0 && tcb.userTimeout === null) advertiseUserTimeout(env, tcb, seconds);
}

/** The program enables the option and says what to advertise; 0 disables it. */
export function advertiseUserTimeout(env: TcpEnvironment, tcb: Tcb, seconds: number): void {
  const before = tcb.userTimeout;
  if (seconds === 0) {
    if (before?.isChangeable) tcb.userTimeoutMs = 0;
    tcb.userTimeout = null;
    return;
  }
  tcb.userTimeout = {
    advertisedSeconds: seconds,
    remoteSeconds: before?.remoteSeconds ?? 0,
    isChangeable: before?.isChangeable ?? tcb.userTimeoutMs === 0,
    isDue: true,
  };
  adoptUserTimeout(env, tcb);
  tell(env, tcb);
}

// RFC 5482 §3.1 R5482-3: what the program sets is not changed by the peer.
/** The program sets its own timeout, 0 takes it back; with the option on, the peer is told. */
export function setUserTimeout(env: TcpEnvironment, tcb: Tcb, ms: number): void {
  tcb.userTimeoutMs = ms;
  const state = tcb.userTimeout;
  if (state === null) return;
  state.isChangeable = ms === 0;
  if (ms > 0) {
    state.advertisedSeconds = Math.min(USER_TIMEOUT_MAX, Math.ceil(ms / 1000));
    state.isDue = true;
    tell(env, tcb);
  } else adoptUserTimeout(env, tcb);
}

// RFC 5482 §3.3 R5482-4, R5482-7: on a SYN or any later segment; a value of zero never comes here.
/** Takes the peer's option of an acceptable segment. */
export function takeUserTimeout(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const state = tcb.userTimeout;
  if (state === null || (segment.optionsPresent & TcpOptionBit.userTimeout) === 0) return;
  state.remoteSeconds = segment.userTimeoutSeconds;
  adoptUserTimeout(env, tcb);
}

/** The SYN of a passive open had the option, before there was a Tcb. */
export function heedSynTimeout(env: TcpEnvironment, tcb: Tcb, seconds: number): void {
  if (tcb.userTimeout === null) return;
  tcb.userTimeout.remoteSeconds = seconds;
  adoptUserTimeout(env, tcb);
}

// RFC 5482 §3.1 R5482-2, R5482-8: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)), L_LIMIT above the RTO.
// RFC 5482 §4 R5482-11: a short value of the peer's cannot make us give up early.
function adoptUserTimeout(env: TcpEnvironment, tcb: Tcb): void {
  const state = tcb.userTimeout;
  if (state === null || !state.isChangeable || state.remoteSeconds === 0) return;
  const { user_timeout_min, user_timeout_max } = env.settings;
  const lowest = Math.max(user_timeout_min, Math.ceil(tcb.rtoUs / 1e6) + 1);
  const wanted = Math.max(state.advertisedSeconds, state.remoteSeconds, lowest);
  // A limit below the RTO would end connections that are only slow.
  tcb.userTimeoutMs = Math.max(lowest, Math.min(user_timeout_max, wanted)) * 1000;
}

/** Octets the next segment without SYN keeps for the option when `free` octets are left for options. */
export function userTimeoutLength(tcb: Tcb, free: number): number {
  return tcb.userTimeout?.isDue && free >= USER_TIMEOUT_LENGTH ? USER_TIMEOUT_LENGTH : 0;
}

// RFC 5482 §3.2 R5482-6: on every SYN, once more on the first segment without, and on the next one whenever it changes.
/** Writes the option behind the others of a header whose options begin at `start`, if it is due and there is room. */
export function writeDueUserTimeout(
  state: UserTimeoutState,
  memory: PacketMemory,
  start: number,
  end: number,
  isSyn: boolean,
): number {
  if ((!isSyn && !state.isDue) || end - start + USER_TIMEOUT_LENGTH > TCP_OPTIONS_MAX) return end;
  if (!isSyn) state.isDue = false;
  return writeUserTimeout(memory, end, state.advertisedSeconds);
}

/** A segment of its own, unless data goes at once. */
function tell(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.state < TcpState.established || tcb.state === TcpState.timeWait) return;
  tcb.pending |= Pending.data;
  acknowledgeNow(env, tcb);
}
