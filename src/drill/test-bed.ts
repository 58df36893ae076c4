/**
 * The stack under test on a bare IP link whose other end is the script, and the virtual clock both live by. Time moves only when it
 * is told to; every timeout on the way is handled at its own time.
 */
import type { Address } from '../base/address.ts';
import { StateError } from '../base/errors.ts';
import { type LinkCapabilities, plainCapabilities } from '../base/link-capabilities.ts';
import { SeededRandom } from '../base/random.ts';
import { Slot } from '../base/slot.ts';
import { PosixSockets } from '../socket/posix/posix-sockets.ts';
import { describeCounters } from '../stack/describe.ts';
import { namedCounters } from '../stack/named-counters.ts';
import { type ProfileName, type SettingsChanges, setTcpSetting } from '../stack/profile.ts';
import { Stack } from '../stack/stack.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import { TimeWait } from '../tcp/closing/time-wait-record.ts';
import { HalfOpen } from '../tcp/opening/listener.ts';
import { Tcb } from '../tcp/tcb/tcb.ts';
import { fillTcpInfo, TcpInfo } from '../tcp/tcp-info.ts';
import { Segmenter } from '../wire/segmentation.ts';
import type { CodeValue } from './code/code-values.ts';
import { DrillError } from './drill-error.ts';
import type { Flow } from './flow.ts';
import { controlNames, flagOctets, infoNames, memoryNames } from './info-names.ts';
import { type LivePacket, readPacket } from './live-packet.ts';
import type { ShellTarget } from './shell/shell-target.ts';
import { readBack, readSysctl, setSysctl } from './shell/sysctl.ts';
import type { Subject } from './subject.ts';

/** How the stack under test is made. */
export interface TestBedOptions {
  readonly profile: ProfileName;
  readonly settings: SettingsChanges;
  /** `192.168.0.1/16`, `fd3d::1/64`; one per family at most is needed. */
  readonly addresses: readonly string[];
  /** The peer's address. */
  readonly remote: Address;
  /** Octets of an IP packet. */
  readonly mtu: number;
  readonly seed: number;
  readonly auth?: TcpAuthAlgorithms;
  /** Told of everything the stack has done, after each step of time or packet. */
  readonly afterStep: () => void;
  /** Told what was passed over. */
  readonly note: (text: string) => void;
}

/** The script's clock starts here, so that a stack that takes 0 for "never" is found out, and one that cannot count 2^32 ms. */
const START_US = 2 ** 32 * 1000 - 2_500_000;
/** What a packet or a call takes. */
const STEP_US = 1;
const SLOT_BYTES = 70_000;
const IPV6_MTU_MIN = 1280;
/** Metrics that our routes have, too. */
const KEPT_METRICS: readonly string[] = ['advmss', 'initrwnd', 'window', 'fastopen_no_cookie'];
/** Metrics that Linux only reads when it remembers the peer. */
const UNMET_METRICS: readonly string[] = ['rtt', 'rttvar', 'cwnd', 'ssthresh'];
/** Metrics of ip-route(8) as settings. */
const ROUTE_SETTINGS: ReadonlyMap<string, (value: string) => [key: string, value: unknown][]> = new Map<
  string,
  (value: string) => [key: string, value: unknown][]
>([
  [
    'initcwnd',
    (value) => [
      ['initial_window_segments', Number(value)],
      ['initial_window_bytes', Number(value) * 65_535],
    ],
  ],
  ['quickack', (value) => [['quickack', Number(value) !== 0]]],
  ['rto_min', (value) => [['rto_min_us', microseconds(value)]]],
  ['reordering', (value) => [['reordering', Number(value)]]],
  ['congctl', (value) => [['congestion_control', value]]],
  ['hoplimit', (value) => [['default_hop_limit', Number(value)]]],
  ['features', routeFeatures],
]);

/** ECN of a route is asked for and agreed to, whatever the setting says. */
function routeFeatures(value: string): [key: string, value: unknown][] {
  if (value === 'ecn') return [['ecn', 1]];
  if (value === 'none' || value === '0') return [];
  throw new DrillError(`ip route: the feature '${value}' is not supported`);
}

/** `50ms`, `1s`, or milliseconds. */
function microseconds(text: string): number {
  const [, digits = '', unit = 'ms'] = /^([0-9.]+)(us|ms|s)?$/.exec(text) ?? [];
  return Number(digits) * { us: 1, ms: 1000, s: 1e6 }[unit as 'us' | 'ms' | 's'];
}

/** Timeouts at one moment beyond this are a clock that does not move. */
const ROUNDS_MAX = 1_000_000;

export class TestBed implements Subject {
  private stack: Stack;
  private interfaceId: number;
  private mtu: number;
  /** A call was made or a packet came: from now on the device stays as it is. */
  private isTouched = false;
  /** Sets what is to hold again, in a stack made anew. */
  private readonly changes: (() => void)[] = [];
  private posix: PosixSockets;
  /** Virtual time in microseconds. */
  nowUs = START_US;
  /**
   * The stack's: a little later after each packet and call, as on a real clock. Which of two segments left first decides which is lost, and
   * by a clock that stands still what was sent for one packet would be as old as what was sent for the next.
   */
  private stackUs = START_US;
  readonly anyTimeUs = 10_000_000_000;
  /** Packets the stack has sent and nobody has looked at, oldest first. */
  readonly sent: LivePacket[] = [];
  private readonly slot = Slot.allocate(SLOT_BYTES, false);
  private readonly segmenter = new Segmenter('ip');
  private readonly options: TestBedOptions;

  /** @throws ArgumentError for settings and addresses that cannot be */
  constructor(options: TestBedOptions) {
    this.options = options;
    this.mtu = options.mtu;
    ({ stack: this.stack, interfaceId: this.interfaceId } = this.make());
    this.posix = new PosixSockets(this.stack);
    this.shell = this.makeShell();
  }

  /** The program's side. */
  get sockets(): PosixSockets {
    this.isTouched = true;
    return this.posix;
  }

  private make(): { stack: Stack; interfaceId: number } {
    const { profile, settings, seed, addresses, auth } = this.options;
    const random = new SeededRandom(seed);
    const stack = new Stack({ name: 'drill', profile, settings, random, startUs: START_US, ...(auth && { auth }) });
    const isOffloading = profile === 'linux';
    const capabilities: LinkCapabilities = {
      ...plainCapabilities('ip', this.mtu),
      tso4: isOffloading,
      tso6: isOffloading,
      tsoAccEcn: isOffloading,
    };
    const { id } = stack.addInterface({ name: 'tun0', capabilities });
    for (const address of addresses) stack.addAddress(id, address);
    stack.addRoute('0.0.0.0/0', null, id);
    if (this.mtu >= IPV6_MTU_MIN) stack.addRoute('::/0', null, id);
    return { stack, interfaceId: id };
  }

  // --- what shell lines set ---

  /** Settings as the script has written them. */
  private readonly written = new Map<string, string>();
  readonly shell: ShellTarget;

  private makeShell(): ShellTarget {
    return {
      family: this.options.remote.family,
      setSysctl: (key, value) => {
        this.change(() => this.applySysctl(key, value));
        this.written.set(key, value);
      },
      sysctl: (key) => {
        const written = this.written.get(key);
        return written === undefined ? readSysctl(key, this.stack.settings.tcp) : readBack(written);
      },
      counters: () => new Map(namedCounters(describeCounters(this.stack)).map(({ name, value }) => [name, value])),
      seenCounters: new Map(),
      flushMetrics: () => this.stack.tcp.fastOpen.cache.clear(),
      setMtu: (mtu) => {
        if (this.isTouched) throw new DrillError('the MTU can only be set before the first call and the first packet');
        this.remake(mtu);
      },
      setRoute: (metrics) => {
        for (const [name, value] of metrics) this.setMetric(name, value);
      },
      setQueue: (isPaced) =>
        this.change(() => {
          this.stack.settings.tcp.pacing = isPaced;
        }),
      sleep: (durationUs) => this.advance(this.nowUs + durationUs),
      note: (text) => this.options.note(text),
    };
  }

  private change(apply: () => void): void {
    if (!this.isTouched) this.changes.push(apply);
    apply();
  }

  /** A metric of the route to the peer: the only one, so that the stack's settings are its own. */
  private setMetric(name: string, value: string): void {
    const setting = ROUTE_SETTINGS.get(name);
    if (UNMET_METRICS.includes(name)) {
      this.options.note(`ip route: ${name} says nothing as long as no connection to the peer has ended`);
      return;
    }
    if (KEPT_METRICS.includes(name)) {
      this.change(() => this.setRouteMetric(name, Number(value)));
      return;
    }
    if (name === 'mtu' && !this.isTouched) this.remake(Math.min(this.mtu, Number(value)));
    else if (setting === undefined)
      throw new DrillError(`ip route: '${name}' would change packets, and is not supported`);
    else {
      this.change(() => {
        for (const [key, converted] of setting(value)) setTcpSetting(this.stack.settings.tcp, key, converted);
      });
    }
  }

  /** Of every route to the peer. */
  private setRouteMetric(name: string, value: number): void {
    const { routing } = this.stack.ip;
    for (const route of routing.routes.all) {
      const before = route.metrics ?? { advmss: 0, initrwnd: 0, window: 0, fastopenNoCookie: false };
      const changed = name === 'fastopen_no_cookie' ? { fastopenNoCookie: value !== 0 } : { [name]: value };
      routing.setMetrics(route, { ...before, ...changed });
    }
  }

  private applySysctl(key: string, value: string): void {
    const { stack } = this;
    setSysctl(key, value, {
      tcp: stack.settings.tcp,
      setFastOpenKeys: (keys) => stack.tcp.fastOpen.setKeys(keys),
      note: (text) => this.options.note(text),
    });
  }

  /** A device has the MTU it was made with: another one means another stack, with the same settings. */
  private remake(mtu: number): void {
    if (mtu === this.mtu) return;
    this.mtu = mtu;
    ({ stack: this.stack, interfaceId: this.interfaceId } = this.make());
    this.posix = new PosixSockets(this.stack);
    for (const apply of this.changes) apply();
  }

  start(): void {
    this.settle();
  }

  end(): void {}

  /** Nothing will happen by itself. */
  get isIdle(): boolean {
    return this.nextDueUs() === Number.POSITIVE_INFINITY;
  }

  private nextDueUs(): number {
    return Math.min(this.stack.nextTimeoutUs(), this.posix.nextDeadlineUs);
  }

  /** The packets come in now, in one batch. */
  injectAll(packets: readonly Uint8Array[]): void {
    this.isTouched = true;
    for (const bytes of packets) {
      const slot = Slot.allocate(Math.max(bytes.length, 64), false);
      slot.memory.u8.set(bytes, slot.offset);
      slot.length = bytes.length;
      slot.interfaceId = this.interfaceId;
      this.stack.receive(slot, this.stackUs);
    }
    this.settle();
  }

  /** After socket calls: sends what they have caused, lets everybody know what happened. */
  settle(): void {
    this.react();
    this.stackUs += STEP_US;
  }

  private timeOfStack(): number {
    this.stackUs = Math.max(this.stackUs, this.nowUs);
    return this.stackUs;
  }

  private react(): void {
    this.drain();
    this.posix.settle(this.nowUs);
    this.options.afterStep();
    this.drain();
  }

  /** Lets time pass until `untilUs`, or until `stop` says so after a step. */
  advance(untilUs: number, stop: () => boolean = () => false): void {
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      if (stop()) return;
      const dueUs = this.nextDueUs();
      if (dueUs > untilUs) break;
      this.nowUs = Math.max(this.nowUs, dueUs);
      this.stack.handleTimeout(this.timeOfStack());
      this.react();
    }
    if (untilUs <= this.nowUs) return;
    this.nowUs = untilUs;
    this.stack.handleTimeout(this.timeOfStack());
    this.react();
  }

  // --- looking inside ---

  stateOf(flow: Flow): 'living' | 'time-wait' | 'none' {
    const entry = this.entryOf(flow);
    if (entry === null) return 'none';
    return entry instanceof TimeWait ? 'time-wait' : 'living';
  }

  remember(flow: Flow): void {
    const entry = this.entryOf(flow);
    if (entry instanceof Tcb) flow.tcb = entry;
  }

  /** What is over stays as it was, but for its state. */
  figures(flow: Flow | null): ReadonlyMap<string, CodeValue> {
    const info = new TcpInfo();
    if (flow !== null) this.remember(flow);
    const tcb = flow?.tcb ?? null;
    if (tcb !== null) fillTcpInfo(this.stack.tcp, tcb, info, this.stackUs);
    const entry = flow === null ? null : this.entryOf(flow);
    if (entry instanceof TimeWait) info.state = 'TIME-WAIT';
    else if (entry instanceof HalfOpen) info.state = 'SYN-RECEIVED';
    const names = new Map([...infoNames(info), ...memoryNames(tcb), ...controlNames(tcb)]);
    if (tcb !== null && this.options.profile === 'linux') flagOctets(tcb, names);
    return names;
  }

  private entryOf(flow: Flow): Tcb | HalfOpen | TimeWait | null {
    for (const entry of this.stack.tcp.connections) {
      const { key } = entry;
      if (key.localPort !== flow.localPort || key.remotePort !== flow.remotePort) continue;
      if (key.remoteAddress.equals(this.options.remote)) return entry;
    }
    return null;
  }

  private drain(): void {
    for (;;) {
      this.slot.reset();
      this.slot.interfaceId = this.interfaceId;
      if (!this.stack.pollTransmit(this.stackUs, this.slot)) return;
      if (this.slot.gsoSize === 0) this.sent.push(readPacket(this.slot, this.nowUs, true));
      else this.cut();
    }
  }

  /** A super-segment is seen as the packets a device makes of it. */
  private cut(): void {
    if (!this.segmenter.begin(this.slot)) throw new StateError('a super-segment of the stack cannot be cut');
    for (let part = this.segmenter.next(); part !== null; part = this.segmenter.next()) {
      this.sent.push(readPacket(part, this.nowUs, true));
    }
  }
}
