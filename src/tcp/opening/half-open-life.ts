/** A half-open connection from its first SYN-ACK to its end: the SYN-ACK's retransmission, and who is told. */
import { usToTicks } from '../../base/clock.ts';
import type { TcpEnvironment } from '../environment.ts';
import { TcpState } from '../state.ts';
import { TcpTimer } from '../timers.ts';
import { observeState, observeTimeout } from '../transitions.ts';
import type { HalfOpen } from './listener.ts';
import { sendSynAck } from './syn-ack.ts';

/** The SYN-ACK leaves for the first time; a record that nobody knew is known from here on. */
export function beginHalfOpen(env: TcpEnvironment, entry: HalfOpen): void {
  entry.listener.synQueue.add(env, entry);
  env.add(entry);
  observeState(env, entry.id, entry.key, TcpState.closed, TcpState.synReceived, 'segment');
  entry.synSentUs = env.clock.us;
  sendSynAck(env, entry);
  armSynAckTimer(env, entry);
}

// RFC 6298 §3 (Karn): an answer sent twice gives no sample.
/** The SYN-ACK once more, and its timer anew. */
export function resendSynAck(env: TcpEnvironment, entry: HalfOpen): void {
  entry.isSynTimed = false;
  entry.repetitions++;
  env.extCounters.TCPSynRetrans++;
  env.counters.RetransSegs++;
  sendSynAck(env, entry);
  armSynAckTimer(env, entry);
}

function armSynAckTimer(env: TcpEnvironment, entry: HalfOpen): void {
  const { rto_initial_us, rto_max_us } = env.settings;
  const rtoUs = Math.min(rto_initial_us * 2 ** entry.timeouts, rto_max_us);
  env.wheel.schedule(entry, (env.clock.tick + usToTicks(rtoUs)) | 0);
}

/** RFC 9293 section 3.8.1: nobody has answered the SYN-ACK. */
export function halfOpenExpired(env: TcpEnvironment, entry: HalfOpen): void {
  const { listener } = entry;
  const { synQueue } = listener;
  const most = listener.defaults.rare?.synRetries || env.settings.synack_retries;
  const deferred = listener.defaults.deferredRetries ?? 0;
  const isWaiting = entry.isDeferred && entry.timeouts < deferred;
  if (entry.timeouts >= synQueue.retries(most, listener.backlog) && !isWaiting) {
    endHalfOpen(env, entry, 'retransmission-timeout');
    return;
  }
  // Who has answered is asked again only at the end of the time for text: its last chance.
  const isSilent = entry.isDeferred && entry.timeouts < deferred - 1;
  if (entry.timeouts === 0) synQueue.aged();
  entry.timeouts++;
  if (isSilent) {
    armSynAckTimer(env, entry);
    return;
  }
  env.extCounters.TCPTimeouts++;
  observeTimeout(env, entry, TcpTimer.retransmission, entry.timeouts);
  // RFC 9293 §3.8.3 MUST-20: at R1 IP is told to doubt the route.
  if (entry.timeouts === env.settings.retries1) env.adviseRouteFailure(entry);
  resendSynAck(env, entry);
}

/** SYN-RECEIVED is over without a connection; nobody has had it, so nobody is told. */
export function endHalfOpen(env: TcpEnvironment, entry: HalfOpen, cause: string): void {
  env.counters.AttemptFails++;
  env.wheel.cancel(entry);
  entry.listener.synQueue.remove(entry);
  env.forget(entry);
  observeState(env, entry.id, entry.key, TcpState.synReceived, TcpState.closed, cause);
}
