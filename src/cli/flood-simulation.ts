/**
 * A SYN flood in the simulator, in three acts: calm, the flood against a server without SYN cookies, the flood against the same server
 * with them (RFC 4987). Seen by honest clients that visit all the time.
 */
import { SeededRandom } from '../base/random.ts';
import type { Slot } from '../base/slot.ts';
import { type DetectionEvent, TrafficDetector } from '../detect/index.ts';
import type { FrameDirection } from '../link/tracer.ts';
import { EchoServer, type Host, Network, type NetworkRecorder, StandInFactory } from '../sim/index.ts';
import { FloodSource, INVENTED_SENDERS } from './flood-source.ts';
import { FloodVisitors, type Visit } from './flood-visitors.ts';

/** What the flood is like. Milliseconds and SYNs per second. */
export interface FloodOptions {
  readonly perSecond: number;
  readonly backlog: number;
  readonly calmMs: number;
  /** Of each of the two acts under flood. */
  readonly actMs: number;
  readonly visitsPerSecond: number;
  readonly patienceMs: number;
  readonly seed: number;
}

export const FLOOD_DEFAULTS: FloodOptions = {
  perSecond: 2000,
  backlog: 128,
  calmMs: 5000,
  actMs: 10_000,
  visitsPerSecond: 20,
  // Less than a repeated SYN needs: who is served at all is served at once.
  patienceMs: 1000,
  seed: 1,
};

export type FloodAct = 'calm' | 'flood' | 'cookies';

/** One interval. */
export interface FloodSample {
  readonly act: FloodAct;
  /** Its end, milliseconds since the start. */
  readonly timeMs: number;
  readonly synsPerSecond: number;
  readonly halfOpen: number;
  readonly cookiesPerSecond: number;
  readonly droppedPerSecond: number;
  /** Visits that began in it, and those of them that were served in time; known only when `patienceMs` have passed. */
  readonly visits: number;
  readonly served: number;
  /** 95th percentile of the served ones, null without any. */
  readonly p95Ms: number | null;
}

/** The outcome of an act. */
export interface FloodSummary {
  readonly act: FloodAct;
  readonly visits: number;
  readonly served: number;
  readonly p95Ms: number | null;
  readonly syns: number;
}

interface Mark {
  readonly act: FloodAct;
  readonly timeMs: number;
  readonly syns: number;
  readonly cookies: number;
  readonly dropped: number;
  readonly halfOpen: number;
}

const PORT = 80;
const SERVER = 'server';
const ATTACKER = 'attacker';

/** The network, run interval by interval. */
export class FloodSimulation {
  readonly options: FloodOptions;
  readonly detections: DetectionEvent[] = [];
  readonly intervalMs: number;
  private readonly network: Network;
  private readonly server: Host;
  private readonly program: EchoServer;
  private readonly source: FloodSource;
  private readonly visitors: FloodVisitors;
  private readonly tap: FloodTap;
  private readonly marks: Mark[] = [];

  constructor(options: FloodOptions, intervalMs = 1000) {
    const { seed, calmMs, actMs, perSecond, backlog } = options;
    this.options = options;
    this.intervalMs = intervalMs;
    const target = '10.0.1.2';
    this.source = new FloodSource({
      target,
      port: PORT,
      perSecond,
      fromUs: calmMs * 1000 + 1,
      untilUs: (calmMs + 2 * actMs) * 1000,
      seed,
    });
    // The attacker's stack is none.
    const stackFactory = new StandInFactory();
    stackFactory.standIns.set(ATTACKER, this.source);
    this.network = new Network({ seed, stackFactory });
    const attacker = this.network.host(ATTACKER);
    const settings = { tcp: { syncookies: 0, max_syn_backlog: backlog } };
    this.server = this.network.host(SERVER, { settings });
    const clients = this.network.host('clients');
    const bare = { medium: 'ip', families: [4], delayMs: 5, linkFrames: 4096 } as const;
    const hostile = this.network.link(attacker, this.server, bare);
    this.network.link(clients, this.server, bare);
    // What the server answers to the invented senders goes back where it came from, and to nobody.
    this.server.addRoute(0, INVENTED_SENDERS, null);
    this.tap = new FloodTap(seed);
    hostile.listen(this.tap, [-1, 0]);
    this.program = this.server.start(new EchoServer(PORT, backlog));
    const everyMs = 1000 / options.visitsPerSecond;
    const address = this.network.addressOf(SERVER, { from: 'clients' });
    this.visitors = clients.start(new FloodVisitors(address, PORT, everyMs, options.patienceMs));
  }

  get nowMs(): number {
    return this.network.nowMs;
  }

  get totalMs(): number {
    const { calmMs, actMs, patienceMs } = this.options;
    return calmMs + 2 * actMs + patienceMs;
  }

  /** Runs one interval; false at the end. */
  advance(): boolean {
    if (this.nowMs >= this.totalMs) return false;
    const act = this.actAt(this.nowMs);
    if (act === 'cookies') this.server.stack.tcp.settings.syncookies = 1;
    this.network.run({ forMs: this.intervalMs });
    const { extCounters } = this.server.stack.tcp;
    this.marks.push({
      act,
      timeMs: this.nowMs,
      syns: this.source.sent,
      cookies: extCounters.SyncookiesSent,
      dropped: extCounters.TCPReqQFullDrop,
      halfOpen: this.program.listener?.listener.halfOpen ?? 0,
    });
    this.detections.push(...this.tap.detector.takeEvents());
    return true;
  }

  /** All intervals so far; the visits of the last few may still be under way. */
  samples(): FloodSample[] {
    const { intervalMs } = this;
    return this.marks
      .filter(({ timeMs }) => timeMs <= this.totalMs - this.options.patienceMs)
      .map((mark, index) => {
        const before = this.marks[index - 1];
        const perSecond = (now: number, then: number | undefined): number => ((now - (then ?? 0)) * 1000) / intervalMs;
        return {
          act: mark.act,
          timeMs: mark.timeMs,
          synsPerSecond: perSecond(mark.syns, before?.syns),
          halfOpen: mark.halfOpen,
          cookiesPerSecond: perSecond(mark.cookies, before?.cookies),
          droppedPerSecond: perSecond(mark.dropped, before?.dropped),
          ...outcome(this.visitors.during(mark.timeMs - intervalMs, mark.timeMs)),
        };
      });
  }

  summary(): FloodSummary[] {
    const { calmMs, actMs } = this.options;
    const bounds: readonly (readonly [FloodAct, number, number])[] = [
      ['calm', 0, calmMs],
      ['flood', calmMs, calmMs + actMs],
      ['cookies', calmMs + actMs, calmMs + 2 * actMs],
    ];
    return bounds.map(([act, fromMs, toMs]) => {
      const marks = this.marks.filter((mark) => mark.act === act && mark.timeMs <= toMs);
      const first = this.marks.find((mark) => mark.timeMs === fromMs);
      const syns = (marks.at(-1)?.syns ?? 0) - (first?.syns ?? 0);
      return { act, syns, ...outcome(this.visitors.during(fromMs, toMs)) };
    });
  }

  private actAt(timeMs: number): FloodAct {
    const { calmMs, actMs } = this.options;
    if (timeMs < calmMs) return 'calm';
    return timeMs < calmMs + actMs ? 'flood' : 'cookies';
  }
}

function outcome(visits: readonly Visit[]): { visits: number; served: number; p95Ms: number | null } {
  const times = visits.flatMap(({ tookMs }) => (tookMs === null ? [] : [tookMs])).sort((a, b) => a - b);
  const p95Ms = times[Math.min(times.length - 1, Math.floor(times.length * 0.95))] ?? null;
  return { visits: visits.length, served: times.length, p95Ms };
}

/** Watches the line of the attacker, at the server's end. */
class FloodTap implements Pick<NetworkRecorder, 'frameSeen'> {
  readonly detector: TrafficDetector;

  constructor(seed: number) {
    this.detector = new TrafficDetector(new SeededRandom(seed));
  }

  frameSeen(_interfaceId: number, _direction: FrameDirection, timeUs: number, slot: Slot): void {
    this.detector.frameSeen(timeUs, slot, 'ip');
  }
}
