/** Node's event loop, as drivers of simulated networks use it. */
import type { EventLoop } from '../socket/socket-host.ts';

/** Node runs a timer that is further away at once. */
const TIMER_LIMIT_MS = 0x7fffffff;

/** Taken when the module loads, so that fake timers installed later do not stop the network itself. */
const { setImmediate, setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;

/** What `process.getActiveResourcesInfo` names that will be ready by itself, and soon: the clock waits for it. */
const PENDING = new Set([
  'FSReqCallback',
  'FSReqPromise',
  'FileHandleCloseReq',
  'GetAddrInfoReqWrap',
  'GetNameInfoReqWrap',
  'QueryReqWrap',
  'PBKDF2Request',
  'ScryptRequest',
  'RandomBytesRequest',
  'RandomPrimeRequest',
  'KeyPairGenRequest',
  'KeyGenRequest',
  'SignRequest',
  'HashRequest',
  'HKDFRequest',
  'CipherRequest',
  'WriteWrap',
  'ShutdownWrap',
  'TCPConnectWrap',
  'PipeConnectWrap',
  'ZLib',
  'CloseReq',
]);

export class NodeEventLoop implements EventLoop {
  private keeper: NodeJS.Timeout | null = null;
  private readonly startMs = performance.now();

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

  pendingResource(): string | null {
    return process.getActiveResourcesInfo().find((name) => PENDING.has(name)) ?? null;
  }
}
