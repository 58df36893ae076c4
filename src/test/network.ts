/**
 * The network of a test: the simulator's, running by itself in virtual time beside the test's promises, with a seed that can
 * come from the environment, a recording for matchers and failures, and fake timers that go along. Its clock moves only when
 * the program under test has nothing left to do.
 *
 * Snapshots (`snapshot`, `restore`) stay possible for hosts with the simulator's own programs; sockets that call back into a
 * test (createNet, a SocketListener) hold closures and are refused by `snapshot`.
 */
import './symbol-dispose.ts';
import { clearInterval, setInterval } from 'node:timers';
import { StateError } from '../base/errors.ts';
import { Recorder } from '../capture/recorder.ts';
import { NodeEventLoop } from '../node/event-loop.ts';
import type { Host } from '../sim/host.ts';
import { Network as SimulatedNetwork, type NetworkOptions as SimulatedOptions } from '../sim/network.ts';
import { type NetworkPump, pumpOf } from '../sim/network-pump.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import { TimersCompanion } from './companion.ts';
import { writeFailure } from './failures.ts';
import { ladderText } from './ladder-text.ts';
import { openSockets } from './leaks.ts';
import { chooseSeed, SEED_VARIABLE } from './seed.ts';
import { type RunLimits, settleWith } from './settle.ts';
import { fakeClockOf, type TimerSource } from './timer-source.ts';
import { type LinkPace, type TracedConnection, traceOf } from './trace.ts';

export interface NetworkOptions extends SimulatedOptions {
  /** Decides everything that is left to chance. Default: the environment's WOSHOU_SEED, else 1. */
  readonly seed?: number;
  /** For messages and the name of the recording; default `network`. */
  readonly name?: string;
  /**
   * `auto` (default): the clock moves while a socket is open or a fake timer is set. `manual`: only in `advance` and `settle`.
   */
  readonly clock?: 'auto' | 'manual';
  /**
   * What happens to sockets that are open a second of virtual time after a test that passed: `error` (default) fails it where
   * the framework's hook or `withNetwork` looks after it, `ignore`.
   */
  readonly leaks?: 'error' | 'ignore';
}

/** Networks not yet disposed of, for hooks that look after each test. */
const living = new Set<Network>();

/** Real milliseconds of standstill before a warning. */
const WARN_MS = 3000;

/** Frames and bytes kept of a test's traffic: the newest. */
const RECORDING = { maxFrames: 100_000, maxBytes: 64 << 20, drop: 'oldest' } as const;

export class Network extends SimulatedNetwork {
  readonly seed: number;
  readonly name: string;
  /** Whether sockets left open make a test fail. */
  readonly leaksAreErrors: boolean;
  private readonly loop = new NodeEventLoop();
  private readonly pump: NetworkPump;
  private readonly watch: NodeJS.Timeout;

  /** @throws ArgumentError when WOSHOU_SEED cannot be understood */
  constructor(options: NetworkOptions = {}) {
    const seed = chooseSeed(options.seed);
    super({ ...options, seed });
    this.seed = seed;
    this.name = options.name ?? 'network';
    this.leaksAreErrors = options.leaks !== 'ignore';
    this.pump = pumpOf(this, this.loop);
    this.pump.isManual = options.clock === 'manual';
    this.record(new Recorder(RECORDING));
    living.add(this);
    this.watch = setInterval(() => this.warn(), WARN_MS).unref();
  }

  /** The host as asynchronous sockets use it; what `createNet` and a SocketListener of your own need. */
  socketHost(host: Host | string): SocketHost {
    return this.pump.attach(typeof host === 'string' ? this.hostNamed(host) : host);
  }

  /**
   * From now on fake timers and the network go together, in the order things are due. Install the timers first; a
   * second call changes to other timers. Set the timers' system time before, not after.
   * @param source `vi` of vitest, `jest`, `mock.timers` of node:test, or a clock of sinon; null parts them
   * @throws StateError when no fake timers are installed
   */
  useTimers(source: TimerSource | null): void {
    this.mustRun();
    this.pump.companion = source === null ? null : new TimersCompanion(fakeClockOf(source), this.nowUs);
  }

  /**
   * Lets `ms` milliseconds of virtual time pass, network and fake timers in the order of what is due; the program has its turns in
   * between. Resolves when the hour is reached and everything due by then is done.
   * @throws StateError after the network was disposed of; RangeError when `ms` is negative or not finite
   */
  async advance(ms: number): Promise<void> {
    this.mustRun();
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`ms: must be a finite number of at least 0, got ${ms}`);
    await this.pump.advanceTo(this.nowUs + ms * 1000);
  }

  /**
   * Runs `callback` and lets virtual time pass until what it returns is settled, also with `clock: 'manual'`.
   * @returns what the callback returned
   * @throws what the callback throws; StalledError when nothing is left that could settle it, or after `limitMs` virtual
   *   milliseconds (default a day)
   */
  async settle<Result>(callback: () => Result | PromiseLike<Result>, limits: RunLimits = {}): Promise<Awaited<Result>> {
    this.mustRun();
    return await settleWith(this, this.pump, callback, limits);
  }

  /** The clock stands still until `work` is settled: for workers, real sockets and whatever Node does not list. */
  async outside<Result>(work: PromiseLike<Result>): Promise<Result> {
    this.pump.hold(1);
    try {
      return await work;
    } finally {
      this.pump.hold(-1);
    }
  }

  /** Names of outside resources used so far; with any of them a run is not promised to repeat byte for byte. */
  get outsideResources(): readonly string[] {
    return [...this.loop.outsideResources].sort();
  }

  /** `deterministic`, or `not deterministic: FSReqPromise, ScryptRequest`. */
  get determinism(): string {
    const names = this.outsideResources;
    return names.length === 0 ? 'deterministic' : `not deterministic: ${names.join(', ')}`;
  }

  /** The TCP connections so far, in the order they were opened, as the recording shows them. */
  get connections(): readonly TracedConnection[] {
    const hosts = new Map(this.hosts.flatMap((host) => host.addresses.map((text) => [text, host.name] as const)));
    const links = new Map(this.links.map((link) => [link.name, paceOf(link)] as const));
    return traceOf(this.recording, { network: this, nowUs: this.nowUs, hosts, links });
  }

  /** Open sockets by host, and what else keeps the network going; empty when the test has cleaned up. */
  get leaks(): readonly string[] {
    const sockets = this.hosts.flatMap(openSockets);
    const { referenceCount } = this.pump;
    if (sockets.length > 0 || referenceCount <= 0) return sockets;
    return [`network '${this.name}' is still referenced ${referenceCount} times`];
  }

  /** The recording as a pcapng file, for Wireshark: every frame once, when it was sent. */
  toPcapng(): Uint8Array {
    const names = this.names();
    const comment = `seed ${this.seed}, ${this.determinism}`;
    const said = { names, application: 'woshou/test', comment };
    return this.recording.toPcapng({ epochUs: this.epochUs, direction: 'out', ...said });
  }

  /**
   * What a failed test should say: seed, how to repeat it, the last segments, and the recording's file, which is written.
   * @param testName names the file
   */
  report(testName: string = this.name, connections: readonly TracedConnection[] = this.connections): string {
    const path = writeFailure(testName, this.seed, this.toPcapng());
    return [
      `network '${this.name}', seed ${this.seed} (${SEED_VARIABLE}=${this.seed}), ${this.determinism}, at ${this.nowMs} ms`,
      ladderText(connections, this.startUs),
      `  recording: ${path}`,
    ].join('\n');
  }

  /** Stops the clock and lets go of the process. Sockets are not closed: `leaks` still tells them. */
  dispose(): void {
    this.pump.stop();
    clearInterval(this.watch);
    living.delete(this);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private get recording(): Recorder {
    const { recorder } = this;
    if (recorder instanceof Recorder) return recorder;
    throw new StateError(`network '${this.name}' has another recorder; matchers need the one it was made with`);
  }

  /** A test that waits for something that never comes would hang without a word. */
  private warn(): void {
    if (this.pump.stoodStillUs < WARN_MS * 1000) return;
    clearInterval(this.watch);
    const open = this.leaks.length === 0 ? '' : `; open: ${this.leaks.join('; ')}`;
    process.emitWarning(`network '${this.name}' (seed ${this.seed}) has nothing left to do and is waited for${open}`);
  }

  private mustRun(): void {
    if (this.pump.hasStopped) throw new StateError(`network '${this.name}' was disposed of; make another one`);
  }
}

/** Networks that were made and not disposed of, oldest first. */
export function livingNetworks(): readonly Network[] {
  return [...living];
}

function paceOf(link: SimulatedNetwork['links'][number]): LinkPace {
  if (!link.canListen) return { delayUs: 0, overdueUs: Number.POSITIVE_INFINITY };
  const all = link.hosts.map((host) => link.impairment.settingsOf(link.portOf(host)));
  const delayMs = Math.max(...all.map((one) => one.delayMs));
  // Behind a bottleneck, or held by a rule, a frame may wait for longer than anybody can tell.
  const isUnknown = all.some((one) => one.rateBps > 0) || link.rules.some((rule) => typeof rule.verdict === 'object');
  const longestMs = Math.max(
    ...all.map((one) => one.delayMs + one.jitterMs + (one.reorder > 0 ? one.reorderDelayMs : 0)),
  );
  return { delayUs: delayMs * 1000, overdueUs: isUnknown ? Number.POSITIVE_INFINITY : longestMs * 1000 + 1 };
}
