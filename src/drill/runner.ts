/**
 * Running a script against a stack of its own in virtual time. The script is the program (calls), the peer (packets in) and the
 * judge (packets out, results, assertions); the first thing that is not as scripted ends the run.
 */
import { WoshouError } from '../base/errors.ts';
import type { CallAction, CodeAction, DrillEvent, PacketAction, Script, ShellAction } from './ast.ts';
import { CodeError } from './code/code-values.ts';
import { type CodeState, runCode } from './code/run-code.ts';
import { DrillError } from './drill-error.ts';
import type { Flow } from './flow.ts';
import type { LivePacket } from './live-packet.ts';
import { type CheckOptions, comparePacket, type PushRule } from './packet-check.ts';
import { isHousekeeping, packetText } from './packet-text.ts';
import type { DrillFailure, DrillResult } from './report.ts';
import { Failed, placeWithin, RunLog } from './run-log.ts';
import type { DrillRunOptions } from './run-options.ts';
import { type DrillSettings, settingsOf } from './script-settings.ts';
import { runShell } from './shell/run-shell.ts';
import { ShellError } from './shell/shell-error.ts';
import { stackSubject } from './stack-subject.ts';
import type { Subject } from './subject.ts';
import { type StartedCall, SystemCalls } from './system-calls.ts';
import { type DueTime, dueTime, isInTime, scriptStart } from './timing.ts';
import { WireSide } from './wire-side.ts';

/** After the scripted time a packet is waited for so long, so that a late one can be told from none. */
const PATIENCE_US = 2_000_000;

/** Runs one script. Never throws for anything a script can contain: what is wrong with it is a failure of kind `script`. */
export function runScript(script: Script, options: DrillRunOptions = {}): DrillResult {
  return new DrillRun(script, options).run();
}

class DrillRun {
  private readonly script: Script;
  private readonly options: DrillRunOptions;
  private readonly code: CodeState = { variables: new Map() };
  private readonly printed: string[] = [];
  private readonly log: RunLog;
  private settings!: DrillSettings;
  private bed!: Subject;
  private wire!: WireSide;
  private calls!: SystemCalls;
  /** When the event before was over. */
  private baseUs = 0;
  private pending: { readonly call: StartedCall; readonly due: DueTime } | null = null;
  private pushDifferences = 0;

  constructor(script: Script, options: DrillRunOptions) {
    this.script = script;
    this.options = options;
    this.log = new RunLog(script, () => this.bed.nowUs);
  }

  run(): DrillResult {
    let failure: DrillFailure | null = null;
    let leftover: string[] = [];
    try {
      this.prepare();
      for (const event of this.settings.isDryRun ? [] : this.script.events) {
        this.log.place = event.place;
        this.tryEvent(event);
      }
      this.finishPending();
      leftover = this.leftover();
      if (this.options.mode === 'strict' && leftover.length > 0) {
        this.log.fail(
          'leftover',
          `the stack has sent ${leftover.length} more than the script says`,
          '',
          leftover[0] ?? '',
        );
      }
    } catch (error) {
      failure = this.failureOf(error);
    } finally {
      this.bed?.end();
    }
    return {
      file: this.script.file,
      hasPassed: failure === null,
      failure,
      trace: this.log.trace,
      leftover,
      pushDifferences: this.pushDifferences,
      elapsedUs: this.log.startUs === 0 ? 0 : this.bed.nowUs - this.log.startUs,
      printed: this.printed,
    };
  }

  private failureOf(error: unknown): DrillFailure {
    if (error instanceof Failed) return error.failure;
    if (!(error instanceof WoshouError)) throw error;
    const place = (error instanceof DrillError ? error.place : undefined) ?? this.log.place;
    return { kind: 'script', place, message: error.message, expected: '', actual: '', differences: [] };
  }

  private prepare(): void {
    const { script, options } = this;
    this.settings = settingsOf(script, options.options ?? new Map());
    const surroundings = {
      settings: this.settings,
      afterStep: () => this.calls?.step(),
      note: (text: string) => this.printed.push(text),
    };
    this.bed = (options.subject ?? stackSubject)(surroundings, options);
    if (this.settings.isDryRun) return;
    for (const path of this.settings.initScripts) runShell(path, this.bed.shell, true);
    if (script.initCommand !== undefined) {
      this.log.place = script.initCommand.place;
      this.runShellLine(script.initCommand, true);
    }
    this.bed.start();
    this.wire = new WireSide(this.bed, this.settings, options.auth ?? null);
    this.calls = new SystemCalls(this.bed, this.settings);
    const [first] = script.events;
    this.log.startUs = first === undefined ? this.bed.nowUs : scriptStart(first.time, this.bed.nowUs);
    this.baseUs = this.bed.nowUs;
  }

  // --- events ---

  /** With --non_fatal what fails is told, and the script goes on. */
  private tryEvent(event: DrillEvent): void {
    try {
      this.runEvent(event);
    } catch (error) {
      if (!(error instanceof Failed) || !this.isForgiven(event.action, error.failure)) throw error;
      const { place, message } = error.failure;
      this.printed.push(`not fatal: line ${place.line}: ${message}`);
      this.baseUs = this.bed.nowUs;
    }
  }

  private isForgiven({ kind }: DrillEvent['action'], failure: DrillFailure): boolean {
    if (failure.kind === 'packet' || failure.kind === 'call') {
      return this.settings.nonFatal.includes(failure.kind === 'packet' ? 'packet' : 'syscall');
    }
    if (failure.kind !== 'time' || kind === 'shell' || kind === 'code') return false;
    return this.settings.nonFatal.includes(kind === 'call' ? 'syscall' : 'packet');
  }

  private runEvent(event: DrillEvent): void {
    const due = dueTime(event.time, this.log.startUs, this.baseUs, this.settings);
    const { action } = event;
    switch (action.kind) {
      case 'call':
        this.runCall(action, due);
        break;
      case 'shell':
        this.moveTo(due);
        this.runShellAction(action);
        break;
      case 'code':
        this.moveTo(due);
        this.runCode(action);
        break;
      default:
        if (action.direction === 'inbound') this.inject(action, due);
        else this.expectPacket(action, due);
    }
    this.baseUs = this.bed.nowUs;
    if (this.pending?.call.isDone) this.finishPending();
  }

  /** Lets time pass until the event is due; calls and code may not come late. */
  private moveTo(due: DueTime): void {
    this.bed.advance(due.fromUs);
    if (isInTime(due, this.bed.nowUs)) return;
    this.log.fail(
      'time',
      'the event is late',
      `at ${this.log.seconds(due.fromUs)}`,
      `it is ${this.log.seconds(this.bed.nowUs)} already`,
    );
  }

  private runCall(action: CallAction, due: DueTime): void {
    this.finishPending();
    this.moveTo(due);
    const call = this.calls.start(action);
    this.bed.settle();
    this.pending = { call, due };
    if (due.returnUs === null && !call.isDone) {
      this.log.record('=', action.place, 'sleeps', false);
      this.log.fail(
        'call',
        `${action.name} sleeps; a call that may sleep is written with both times: +0...0.1`,
        this.log.source(action.place),
        'no result yet',
      );
    }
    if (call.isDone) this.finishPending();
  }

  /** Waits for the call that sleeps, and checks what it gave and when. */
  private finishPending(): void {
    const { pending } = this;
    if (pending === null) return;
    const { call, due } = pending;
    const { action } = call;
    const returnUs = due.returnUs ?? due.fromUs;
    if (!call.isDone) this.bed.advance(returnUs + due.toleranceUs + PATIENCE_US, () => call.isDone);
    this.pending = null;
    const expected = this.log.source(action.place);
    const isLate = Math.abs(call.doneUs - returnUs) > due.toleranceUs;
    const isRight = call.isDone && call.problem === null && !(due.returnUs !== null && isLate);
    this.log.record(
      '=',
      action.place,
      call.isDone ? call.text : 'still sleeps',
      isRight,
      call.isDone ? call.doneUs : this.bed.nowUs,
    );
    if (!call.isDone)
      this.log.failAt(
        action.place,
        'call',
        `${action.name} has not returned`,
        expected,
        `still asleep at ${this.log.seconds(this.bed.nowUs)}`,
      );
    if (call.problem !== null) this.log.failAt(action.place, 'call', call.problem, expected, call.text);
    if (due.returnUs !== null && isLate) {
      this.log.failAt(
        action.place,
        'time',
        `${action.name} returned at another time`,
        `at ${this.log.seconds(returnUs)}`,
        `at ${this.log.seconds(call.doneUs)}`,
      );
    }
  }

  private runShellAction(action: ShellAction): void {
    this.runShellLine(action, false);
    this.log.record('$', action.place, '', true);
  }

  private runShellLine(action: ShellAction, isFirst: boolean): void {
    try {
      runShell(action.command, this.bed.shell, isFirst);
    } catch (error) {
      if (error instanceof ShellError) this.log.place = placeWithin(this.script.text, action, error.offset);
      throw error;
    }
  }

  private runCode(action: CodeAction): void {
    try {
      runCode(action.statements, this.bed.figures(this.wire.current), this.code, (line) => this.printed.push(line));
    } catch (error) {
      if (!(error instanceof CodeError)) throw error;
      this.log.record('$', error.place, error.message, false);
      const kind = error.code === 'ERR_DRILL_ASSERTION' ? 'assertion' : 'script';
      this.log.failAt(error.place, kind, error.message, '', '');
    }
    this.log.record('$', action.place, '', true);
  }

  // --- packets ---

  private inject(action: PacketAction, due: DueTime): void {
    this.bed.advance(due.fromUs);
    this.wire.remember();
    const packets = this.wire.build(action, this.calls.md5Key);
    this.log.record('<', action.place, packets.length > 1 ? `${packets.length} segments` : '', true);
    this.bed.injectAll(packets);
  }

  private expectPacket(action: PacketAction, due: DueTime): void {
    const deadlineUs = due.isAny ? this.bed.nowUs + this.bed.anyTimeUs : due.toUs + due.toleranceUs + PATIENCE_US;
    const first = this.nextPacket(action, deadlineUs);
    if (first === null) this.failMissing(action, due);
    const flow = this.wire.outboundFlow(first, action);
    this.wire.remember();
    const pieces = [first, ...this.furtherPieces(action, first, deadlineUs)];
    const live = pieces.length === 1 ? first : WireSide.join(pieces);
    this.checkPacket(action, live, flow, due, pieces.length > 1);
  }

  private checkPacket(action: PacketAction, live: LivePacket, flow: Flow, due: DueTime, isJoined: boolean): void {
    const options = this.checkOptions(live.timeUs);
    const differences = comparePacket(action, live, flow, options, isJoined);
    if (options.push !== 'strict' && differences.length === 0) {
      if (comparePacket(action, live, flow, { ...options, push: 'strict' }, isJoined).length > 0)
        this.pushDifferences++;
    }
    const actual = packetText(live, flow);
    const isTimely = isInTime(due, live.timeUs);
    this.log.record('>', action.place, actual, differences.length === 0 && isTimely, live.timeUs);
    const expected = this.log.source(action.place);
    if (differences.length > 0) {
      const fields = differences.map(({ field }) => field).join(', ');
      this.log.fail(
        'packet',
        `another packet than expected: ${fields}`,
        expected,
        `${this.log.seconds(live.timeUs)} > ${actual}`,
        differences,
      );
    }
    if (!isTimely) {
      const offset = Math.round(live.timeUs - (live.timeUs < due.fromUs ? due.fromUs : due.toUs));
      const when = `${Math.abs(offset)} µs too ${offset < 0 ? 'early' : 'late'}`;
      this.log.fail(
        'time',
        `the packet came ${when}, the tolerance is ${Math.round(due.toleranceUs)} µs`,
        this.log.dueText(due),
        `at ${this.log.seconds(live.timeUs)}`,
      );
    }
  }

  /** Segments behind the first until the length of the script's segment is reached. */
  private furtherPieces(action: PacketAction, first: LivePacket, deadlineUs: number): LivePacket[] {
    const pieces: LivePacket[] = [];
    if (action.kind !== 'tcp' || first.tcp === null || this.settings.isStrictSegments) return pieces;
    let length = first.tcp.payloadLength;
    let nextSeq = first.tcp.seq + length;
    while (length > 0 && length < action.sequence.length) {
      const piece = this.nextPacket(action, deadlineUs);
      if (piece === null) break;
      const { tcp } = piece;
      if (tcp === null || tcp.seq !== nextSeq >>> 0 || tcp.payloadLength === 0) {
        this.bed.sent.unshift(piece);
        break;
      }
      pieces.push(piece);
      length += tcp.payloadLength;
      nextSeq += tcp.payloadLength;
    }
    return pieces;
  }

  private nextPacket(action: PacketAction, deadlineUs: number): LivePacket | null {
    for (;;) {
      for (let live = this.bed.sent.shift(); live !== undefined; live = this.bed.sent.shift()) {
        if (this.wire.isCandidate(live, action)) return live;
      }
      if (this.bed.nowUs >= deadlineUs || (this.bed.isIdle && deadlineUs - this.bed.nowUs > PATIENCE_US * 1000))
        return null;
      this.bed.advance(deadlineUs, () => this.bed.sent.length > 0);
    }
  }

  private failMissing(action: PacketAction, due: DueTime): never {
    this.log.record('>', action.place, 'nothing', false);
    const until = `nothing until ${this.log.seconds(this.bed.nowUs)}`;
    this.log.fail('packet', `no packet came, expected ${this.log.dueText(due)}`, this.log.source(action.place), until);
  }

  private checkOptions(atUs: number): CheckOptions {
    const { settings } = this;
    const rules: Readonly<Record<'strict' | 'normal' | 'lenient', PushRule>> = {
      strict: 'strict',
      normal: 'joined',
      lenient: 'never',
    };
    return {
      push: rules[this.options.mode ?? 'normal'],
      timestampTickUs: settings.timestampTickUs,
      toleranceUs: Math.max(settings.toleranceUs, ((atUs - this.log.startUs) * settings.tolerancePercent) / 100),
      comparesEcho: settings.comparesEcho,
      expectsZeros: !this.calls.hasWrittenOctets,
    };
  }

  private leftover(): string[] {
    return this.bed.sent
      .filter((live) => !isHousekeeping(live))
      .map((live) => `${this.log.seconds(live.timeUs)} > ${packetText(live, this.wire.current)}`);
  }
}
