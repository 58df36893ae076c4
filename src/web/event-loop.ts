/**
 * The event loop of browsers, workers, Deno and Bun, as drivers of simulated networks use it: nothing but what every web
 * platform has. Turns are messages to itself, because nested `setTimeout` waits 4 ms a time in browsers.
 */
import type { EventLoop } from '../socket/socket-host.ts';

/** Platforms run a timer that is further away at once. */
const TIMER_LIMIT_MS = 0x7fffffff;

type Timer = ReturnType<typeof setTimeout>;

/** What is used of a MessageChannel; the types of browsers and of Node differ. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(value: null): void;
  close(): void;
}

interface Channel {
  readonly port1: Port;
  readonly port2: Port;
}

/** Runs a network by itself in a page: `pumpOf(network, new WebEventLoop())`. */
export class WebEventLoop implements EventLoop {
  private readonly startMs = performance.now();
  private readonly outside = new Map<Promise<unknown>, string>();
  private waiting: (() => void)[] = [];
  private channel: Channel | null = null;
  private keeper: Timer | null = null;

  afterTurn(callback: () => void): void {
    this.waiting.push(callback);
    if (this.waiting.length === 1) this.port().postMessage(null);
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    return setTimeout(callback, Math.min(delayMs, TIMER_LIMIT_MS));
  }

  clearTimer(timer: unknown): void {
    clearTimeout(timer as Timer);
  }

  nowUs(): number {
    return (performance.now() - this.startMs) * 1000;
  }

  /** Deno, Bun and Node end when nothing is left to do; a timer says that there is. Pages live anyway. */
  keepAlive(isWanted: boolean): void {
    if (isWanted) {
      this.keeper ??= setInterval(() => {}, TIMER_LIMIT_MS);
    } else if (this.keeper !== null) {
      clearInterval(this.keeper);
      this.keeper = null;
    }
  }

  /** The platform does not say what is going on outside; what was given to `waitFor` is known. */
  pendingResource(): string | null {
    for (const name of this.outside.values()) return name;
    return null;
  }

  /**
   * Virtual time stands still until `work`, something outside the network such as a real download, is settled.
   * @param name for messages
   * @returns `work`
   */
  waitFor<T>(work: Promise<T>, name: string): Promise<T> {
    this.outside.set(work, name);
    const done = () => {
      this.outside.delete(work);
    };
    work.then(done, done);
    return work;
  }

  private port(): Port {
    if (this.channel === null) {
      this.channel = new MessageChannel() as unknown as Channel;
      this.channel.port2.onmessage = this.runTurn;
    }
    return this.channel.port1;
  }

  private readonly runTurn = (): void => {
    const callbacks = this.waiting;
    this.waiting = [];
    for (const callback of callbacks) callback();
    // An open port would keep Deno, Bun and Node from ending.
    if (this.waiting.length > 0 || this.channel === null) return;
    this.channel.port1.close();
    this.channel.port2.close();
    this.channel = null;
  };
}
