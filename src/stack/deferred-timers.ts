/**
 * Timers that user calls ask for. Users call at hours the stack has not been told of, so each is armed at the last known
 * hour (it shows in listings) and again as soon as the driver says what time it is.
 */
import type { TcpEnvironment } from '../tcp/environment.ts';
import { TcpState } from '../tcp/state.ts';
import type { Tcb } from '../tcp/tcb/tcb.ts';
import { armTimer } from '../tcp/timers.ts';

interface DeferredTimer {
  readonly tcb: Tcb;
  readonly timer: number;
  readonly ticks: number;
}

export class DeferredTimers {
  private readonly waiting: DeferredTimer[] = [];

  add(env: TcpEnvironment, tcb: Tcb, timer: number, ticks: number): void {
    armTimer(env, tcb, timer, ticks);
    this.waiting.push({ tcb, timer, ticks });
  }

  /** The hour is known: the time runs from here. */
  start(env: TcpEnvironment): void {
    if (this.waiting.length > 0) this.startAll(env);
  }

  private startAll(env: TcpEnvironment): void {
    for (const { tcb, timer, ticks } of this.waiting.splice(0)) {
      const isOver = tcb.state === TcpState.closed || tcb.state === TcpState.timeWait;
      if (!isOver && (tcb.armed & timer) !== 0) armTimer(env, tcb, timer, ticks);
    }
  }
}
