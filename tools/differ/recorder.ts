/**
 * Plays inputs against a subject, our stack or the kernel, and writes down everything it does: packets with their times, results of calls, figures.
 * The generator plays by hand, a plan is replayed by `recordPlan`.
 */
import type { Action, CallAction, PacketAction, TcpPacket } from '../../src/drill/ast.ts';
import type { Flow } from '../../src/drill/flow.ts';
import { isSyn, type LivePacket } from '../../src/drill/live-packet.ts';
import { numberAt } from '../../src/drill/option-codec.ts';
import { isHousekeeping, packetText } from '../../src/drill/packet-text.ts';
import { parseDrillScript } from '../../src/drill/parse-script.ts';
import { type DrillSettings, settingsOf } from '../../src/drill/script-settings.ts';
import { runShell } from '../../src/drill/shell/run-shell.ts';
import type { Subject, Surroundings } from '../../src/drill/subject.ts';
import { type StartedCall, SystemCalls } from '../../src/drill/system-calls.ts';
import { WireSide } from '../../src/drill/wire-side.ts';
import { TcpFlag, TcpOptionKind } from '../../src/wire/tcp-segment.ts';
import { CallSpy } from './call-spy.ts';
import { assertions } from './figures.ts';
import type { Entry, Plan } from './plan.ts';

/** A packet of the stack in the script's numbers. */
export interface Sent {
  /** The connection it belongs to. */
  readonly flow: Flow;
  readonly atUs: number;
  readonly flags: number;
  readonly seq: number;
  readonly length: number;
  readonly ack: number;
  readonly window: number;
  /** In the script's numbers; null without the option. */
  readonly timestamp: number | null;
  readonly text: string;
  /** Option kinds there are. */
  readonly options: readonly number[];
  readonly windowShift: number | null;
  readonly mss: number | null;
}

/** The plan cannot be played to its end: a call sleeps for too long, a packet cannot be built. */
export class Unplayable extends Error {}

/** ESTABLISHED to FIN-WAIT-2, CLOSE-WAIT, LAST-ACK, CLOSING in the kernel's numbers. */
const OPEN_STATES: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 8, 9, 11]);

/** A call that sleeps, and where it stands. */
interface Sleeping {
  readonly call: StartedCall;
  readonly index: number;
  readonly text: string;
  /** What a descriptor it makes is called. */
  readonly named: string | undefined;
}

/** The script's value of the first timestamp of the stack. */
const FIRST_TIMESTAMP = 1000;
/** `1001 > 8080` */
const PORTS = /^(?:\[.*?\] )?\d+ > \d+ /;
const SLEEP_MAX_US = 3_000_000;

export class Recorder {
  readonly entries: Entry[] = [];
  /** What the stack has sent, oldest first. */
  readonly sent: Sent[] = [];
  /** The largest delay of an input. */
  latestUs = 0;
  readonly subject: Subject;
  private readonly settings: DrillSettings;
  private readonly wire: WireSide;
  private readonly calls: SystemCalls;
  private readonly spy: CallSpy;
  private readonly startUs: number;
  private readonly header: string;
  private pending: Sleeping | null = null;
  /** There is more than one connection: the stack's packets say which they belong to. */
  private showsPorts = false;

  constructor(plan: Pick<Plan, 'options' | 'command'>, makeSubject: (surroundings: Surroundings) => Subject) {
    this.header = plan.options.map((line) => `${line}\n`).join('');
    this.settings = settingsOf(parseDrillScript(`${this.header}0 close(3) = 0`), new Map());
    this.subject = makeSubject({
      settings: this.settings,
      afterStep: () => this.calls?.step(),
      note: () => undefined,
    });
    if (plan.command !== '') runShell(plan.command, this.subject.shell, true);
    this.subject.start();
    this.spy = new CallSpy(this.subject);
    this.wire = new WireSide(this.subject, this.settings);
    this.calls = new SystemCalls(this.spy, this.settings);
    this.startUs = this.subject.nowUs;
  }

  /** The stack's SYN, with or without an ACK, that it has sent last. */
  get lastSyn(): Sent | undefined {
    return this.sent.filter(({ flags }) => flags & TcpFlag.syn).at(-1);
  }

  get nowUs(): number {
    return this.subject.nowUs - this.startUs;
  }

  /** A call sleeps. */
  get isAsleep(): boolean {
    return this.pending !== null;
  }

  /** Lets time pass, until something was sent if `stopsAtSent`. */
  advance(untilUs: number, stopsAtSent = false): void {
    this.subject.advance(this.startUs + untilUs, () => stopsAtSent && this.subject.sent.length > 0);
    this.collect();
  }

  end(): void {
    this.subject.end();
  }

  // --- inputs ---

  /** The text is completed by what came of it. */
  call(atUs: number, text: string): StartedCall {
    this.awaitPending();
    const named = / = (\d+)$/.exec(text)?.[1];
    const bare = text.replace(/ = \d+$/, '');
    const action = this.parse(
      `${bare.replaceAll('[@]', '[...]').replaceAll('@', '0')} = ${named ?? '?'}`,
    ) as CallAction;
    this.noteDelay(atUs);
    const call = this.calls.start(action);
    this.subject.settle();
    const index = this.entries.length;
    this.entries.push({ atUs, kind: 'call', text: this.completed(bare, call, named) });
    if (!call.isDone) this.pending = { call, index, text: bare, named };
    this.collect();
    return call;
  }

  packet(atUs: number, text: string): void {
    this.showsPorts ||= PORTS.test(text);
    const known = text.replace(/\becr (\d+)/, (_, value: string) => `ecr ${this.nearestTimestamp(Number(value))}`);
    const action = this.parse(`< ${known}`) as PacketAction;
    this.wire.remember();
    const packets = this.wire.build(action);
    this.noteDelay(atUs);
    this.entries.push({ atUs, kind: 'in', text: known });
    this.subject.injectAll(packets);
    this.collect();
  }

  shell(atUs: number, text: string): void {
    this.noteDelay(atUs);
    runShell(text, this.subject.shell, false);
    this.entries.push({ atUs, kind: 'shell', text });
  }

  probe(atUs: number, choice: string): void {
    const figures = this.subject.figures(this.wire.current);
    // What is over, or nobody holds, has few figures that mean something.
    if (!OPEN_STATES.has(Number(figures.get('tcpi_state')))) return;
    const text = assertions(figures, choice);
    if (text !== '') this.entries.push({ atUs, kind: 'code', text });
  }

  // --- what comes of it ---

  /** Takes the packets sent since, and the call that slept. */
  private collect(): void {
    const { pending } = this;
    for (let live = this.subject.sent.shift(); live !== undefined; live = this.subject.sent.shift()) this.take(live);
    if (pending === null || !pending.call.isDone) return;
    this.pending = null;
    const entry = this.entries[pending.index];
    if (entry === undefined) return;
    const untilUs = pending.call.doneUs - this.startUs;
    this.entries[pending.index] = {
      ...entry,
      untilUs,
      text: this.completed(pending.text, pending.call, pending.named),
    };
  }

  private take(live: LivePacket): void {
    if (isHousekeeping(live) || live.tcp === null) return;
    const { tcp } = live;
    const any = tcp.flags & TcpFlag.syn ? ANY_SYN : ANY_SEGMENT;
    const ports = { source: tcp.sourcePort, destination: tcp.destinationPort };
    const expected = this.showsPorts ? { ...any, ports } : any;
    if (!this.wire.isCandidate(live, expected)) return;
    const flow = this.wire.outboundFlow(live, expected);
    this.wire.remember();
    const body = tcp.options?.find(({ kind }) => kind === TcpOptionKind.timestamps)?.body;
    const raw = body === undefined ? null : numberAt(body, 0, 4);
    if (raw !== null) {
      const known = flow.timestamps.toScript(raw);
      flow.timestamps.learn(known === raw ? FIRST_TIMESTAMP : known, raw, live.timeUs);
    }
    const syn = isSyn(tcp.flags);
    const bare = packetText(live, flow);
    const shown = `${ports.source} > ${ports.destination} `;
    const text = this.showsPorts && !PORTS.test(bare) ? bare.replace(/^(\[.*?\] )?/, `$1${shown}`) : bare;
    this.entries.push({ atUs: live.timeUs - this.startUs, kind: 'out', text });
    this.sent.push({
      flow,
      atUs: live.timeUs - this.startUs,
      flags: tcp.flags,
      seq: flow.local.toScript(tcp.seq, syn),
      length: tcp.payloadLength,
      ack: flow.remote.toScript(tcp.ack, syn),
      window: tcp.window,
      timestamp: raw === null ? null : flow.timestamps.toScript(raw),
      text,
      options: (tcp.options ?? []).map(({ kind }) => kind),
      mss: Number(/mss (\d+)/.exec(text)?.[1] ?? Number.NaN) || null,
      windowShift: tcp.options?.find(({ kind }) => kind === TcpOptionKind.windowScale)?.body[0] ?? null,
    });
  }

  private completed(text: string, call: StartedCall, named: string | undefined): string {
    const filled = this.spy.fill(text);
    const result = named !== undefined && call.isDone && call.text[0] !== '-' ? named : call.text;
    return `${filled} = ${call.isDone ? result : '?'}`;
  }

  private awaitPending(): void {
    const { pending } = this;
    if (pending === null) return;
    this.subject.advance(this.subject.nowUs + SLEEP_MAX_US, () => pending.call.isDone);
    this.collect();
    if (this.pending !== null) throw new Unplayable('a call sleeps for too long');
  }

  private nearestTimestamp(wanted: number): number {
    let best = 0;
    for (const { timestamp, flow } of this.sent) {
      if (flow !== this.wire.current) continue;
      if (timestamp !== null && (best === 0 || Math.abs(timestamp - wanted) <= Math.abs(best - wanted)))
        best = timestamp;
    }
    return wanted === 0 ? 0 : best;
  }

  private noteDelay(atUs: number): void {
    this.latestUs = Math.max(this.latestUs, this.nowUs - atUs);
  }

  /** What is parsed ahead of time takes none of it. */
  private readonly parsed = new Map<string, Action>();

  private parse(line: string): Action {
    const known = this.parsed.get(line);
    if (known !== undefined) return known;
    const [event] = parseDrillScript(`${this.header}0 ${line}`).events;
    if (event === undefined) throw new Unplayable(`no event: ${line}`);
    this.parsed.set(line, event.action);
    return event.action;
  }
}

const ANY_SYN = firstPacket('> S. 0:0(0) ack 1 <...>');
const ANY_SEGMENT = firstPacket('> . 0:0(0) ack 1 <...>');

function firstPacket(line: string): TcpPacket {
  return parseDrillScript(`0 ${line}`).events[0]?.action as TcpPacket;
}

/** Plays a whole plan. @throws Unplayable, DrillError */
export function recordPlan(plan: Plan, makeSubject: (surroundings: Surroundings) => Subject): Recorder {
  const recorder = new Recorder(plan, makeSubject);
  try {
    for (const { atUs, kind, text } of plan.inputs) {
      recorder.advance(atUs);
      if (kind === 'call') recorder.call(atUs, text);
      else if (kind === 'packet') recorder.packet(atUs, text);
      else if (kind === 'probe') recorder.probe(atUs, text);
      else recorder.shell(atUs, text);
    }
    recorder.advance(plan.endUs);
    if (recorder.isAsleep) throw new Unplayable('a call sleeps at the end');
    return recorder;
  } finally {
    recorder.end();
  }
}
