/** Into the accept queue of a listener: a connection whose handshake is complete waits there for the user. */
import type { TcpEnvironment } from '../environment.ts';
import type { AcceptingListener, Tcb } from '../tcb/tcb.ts';

/** The handshake of `tcb` is complete: it waits for the user. */
export function handshakeCompleted(env: TcpEnvironment, listener: AcceptingListener, tcb: Tcb): void {
  env.counters.PassiveOpens++;
  env.synShedding.peerProven(env, tcb.key.remoteAddress);
  listener.acceptQueue.push(tcb);
  env.notifyListener(listener);
}
