/** Node's event loop, as drivers of simulated networks use it. */
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from 'node:timers';
import type { EventLoop } from '../socket/socket-host.ts';
import { type OutsideNames, resourceWatch } from './pending-resources.ts';

/** Node runs a timer that is further away at once. */
const TIMER_LIMIT_MS = 0x7fffffff;

/** Taken when the module loads, as the timers are, so that fake timers installed later do not stop the network itself. */
const { performance } = globalThis;

export class NodeEventLoop implements EventLoop {
  private keeper: NodeJS.Timeout | null = null;
  private readonly startMs = performance.now();
  private readonly names: OutsideNames = new Set();

  afterTurn(callback: () => void): void {
    setImmediate(callback);
  }

  setTimer(callback: () => void, delayMs: number): NodeJS.Timeout {
    return setTimeout(callback, Math.min(delayMs, TIMER_LIMIT_MS)).unref();
  }

  clearTimer(timer: unknown): void {
    clearTimeout(timer as NodeJS.Timeout);
  }

  nowUs(): number {
    return (performance.now() - this.startMs) * 1000;
  }

  keepAlive(isWanted: boolean): void {
    if (isWanted) this.keeper ??= setInterval(() => {}, TIMER_LIMIT_MS);
    else if (this.keeper !== null) {
      clearInterval(this.keeper);
      this.keeper = null;
    }
  }

  watchResources(isWanted: boolean): void {
    if (isWanted) resourceWatch.add(this.names);
    else resourceWatch.remove(this.names);
  }

  pendingResource(): string | null {
    const name = resourceWatch.pending();
    if (name !== null) this.names.add(name);
    return name;
  }

  /**
   * Outside resources used since somebody began to watch, by Node's names (`FSReqPromise`, `ScryptRequest`, `TLSWrap`):
   * a run with any of them is not promised to repeat byte for byte.
   */
  get outsideResources(): ReadonlySet<string> {
    return this.names;
  }
}
