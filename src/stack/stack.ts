/**
 * The stack: one host's link-to-transport layers behind a small sans-IO surface. A driver hands frames in, takes frames out,
 * says what time it is, and collects events after each batch. Nothing in here knows a clock, a socket of the operating
 * system, or who is at the other end of the wire. `receive` never throws and is never re-entered.
 */
import { Address, Prefix } from '../base/address.ts';
import { Clock, TICK_US } from '../base/clock.ts';
import { ArgumentError } from '../base/errors.ts';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { MacAddress } from '../base/mac-address.ts';
import type { Observer } from '../base/observer.ts';
import type { RandomSource } from '../base/random.ts';
import { Slot } from '../base/slot.ts';
import { cloneGraph } from '../base/snapshot.ts';
import { type TimerEntry, TimerWheel } from '../base/timer-wheel.ts';
import { makeIcmp } from '../icmp/icmp-parts.ts';
import type { FrameQueue } from '../ip/frame-queue.ts';
import type { Interface } from '../ip/interface.ts';
import { IpLayer, LOOPBACK_INTERFACE_ID } from '../ip/ip-layer.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import { TimeWaitQueue } from '../tcp/closing/time-wait-queue.ts';
import type { TcpSecrets } from '../tcp/opening/cookie-secrets.ts';
import { HalfOpen } from '../tcp/opening/listener.ts';
import { Tcb } from '../tcp/tcb/tcb.ts';
import { wakeTimers } from '../tcp/timers.ts';
import { StackContext } from './context.ts';
import { StackCounters } from './counters.ts';
import { EventQueue } from './event-queue.ts';
import type { PacketFilter } from './packet-filter.ts';
import { type ProfileName, type SettingsChanges, type StackSettings, stackSettings } from './profile.ts';
import type { ReadyQueue } from './ready-queue.ts';
import { TcpLayer } from './tcp-layer.ts';
import { Transports } from './transports.ts';

/** What a stack is made of. Only `random` must be given. */
export interface StackOptions {
  /** For messages and captures. */
  readonly name?: string;
  /** Default `linux`. */
  readonly profile?: ProfileName;
  /** Settings that differ from the profile's. */
  readonly settings?: SettingsChanges;
  /** Keys, ports, ids. Use a cryptographic source on a real network. */
  readonly random: RandomSource;
  /** Wall clock in microseconds since 1970 at which the driver's time is 0. Default 0. */
  readonly epochUs?: number;
  /** The driver's time at the start, in microseconds; no later call may name an earlier one. Default 0. */
  readonly startUs?: number;
  /** Told of state changes, segments, time-outs and drops. Without one, no records are made. */
  readonly observer?: Observer | null;
  /** What TCP's signatures (MD5, TCP-AO) are computed with; shared with snapshots. Default: none, and no keys. */
  readonly auth?: TcpAuthAlgorithms;
  /**
   * Secrets shared by machines that answer under one address, with `syncookies` 2: each takes the last segment of a handshake
   * that another began. Needs `epochUs`. Default: drawn, and nobody else's.
   */
  readonly secrets?: TcpSecrets;
}

/** An interface to be plugged in. */
export interface InterfaceSpec {
  /** Unique within the stack: `eth0`. */
  readonly name: string;
  /** What the carrier behind it can do; an MTU of 68 to 65535. */
  readonly capabilities: LinkCapabilities;
  /** Needed on Ethernet. */
  readonly mac?: MacAddress;
}

/** Frames our own loopback may carry in one go before the driver gets a turn. */
const LOOPBACK_BURST = 256;
const LOOPBACK_FRAME = 65_600;
/** Half of what int32 ticks can tell apart. */
const STRIDE_US = 2 ** 30 * TICK_US;

/**
 * One host. Drive it with `receive`, `pollTransmit`, `nextTimeoutUs`, `handleTimeout` and `pollEvent`; use it
 * through the sockets.
 */
export class Stack {
  readonly name: string;
  readonly profile: ProfileName;
  /** The settings in force. TCP's may be changed while it runs, see `setTcpSetting`. */
  readonly settings: StackSettings;
  /** What was counted so far. */
  readonly counters: StackCounters;
  /** The present, as the driver last told it. */
  readonly clock: Clock;
  /** The layers, for tools that look inside. */
  readonly ip: IpLayer;
  readonly tcp: TcpLayer;
  readonly transports: Transports;
  readonly events = new EventQueue();
  readonly random: RandomSource;
  readonly observer: Observer | null;
  readonly context: StackContext;
  private readonly wheel: TimerWheel;
  /** What waits to come back to us: asked for with every call of the driver's. */
  private readonly loopbackFrames: FrameQueue;
  private readonly loopbackSegments: ReadyQueue;
  private loopbackSlot: Slot | null = null;
  private isBusy = false;

  /** @throws ArgumentError for unknown profiles or settings */
  constructor(options: StackOptions) {
    this.name = options.name ?? 'stack';
    this.profile = options.profile ?? 'linux';
    this.settings = stackSettings(this.profile, options.settings ?? {});
    this.random = options.random;
    this.observer = options.observer ?? null;
    this.clock = new Clock(options.epochUs ?? 0);
    this.clock.set(options.startUs ?? 0);
    this.wheel = new TimerWheel(this.clock.tick);
    this.counters = new StackCounters();
    this.context = new StackContext(
      this.clock,
      this.wheel,
      this.random,
      this.settings.ip,
      this.counters,
      this.observer,
    );
    this.transports = new Transports();
    this.ip = new IpLayer(this.context, this.transports, makeIcmp);
    this.tcp = new TcpLayer(
      this.context,
      this.settings.tcp,
      this.ip,
      this.events,
      options.auth ?? null,
      options.secrets ?? null,
    );
    this.transports.plug(this);
    this.loopbackFrames = this.ip.loopback.queue;
    this.loopbackSegments = this.tcp.queueOf(LOOPBACK_INTERFACE_ID);
    this.counters.tcp = this.tcp.counters;
    this.counters.tcpExt = this.tcp.extCounters;
  }

  // --- configuration ---

  /** The host's own packet filter: ports that are filtered, as a firewall on the machine does it. */
  get filter(): PacketFilter {
    return this.transports.filter;
  }

  /** Plugs in an interface. @throws ArgumentError, see IpLayer.addInterface */
  addInterface(spec: InterfaceSpec): Interface {
    return this.ip.addInterface(spec);
  }

  /**
   * Gives an interface an address and the route to its subnet.
   * @param address `10.0.0.1/24`, `fd00::1/64`; without a length the address stands alone
   * @throws ArgumentError
   */
  addAddress(interfaceId: number, address: string): void {
    const slash = address.indexOf('/');
    const plain = Address.parse(slash < 0 ? address : address.slice(0, slash));
    const { length } = Prefix.parse(address);
    this.ip.addAddress(this.interfaceAt(interfaceId), plain, length);
  }

  /**
   * @param prefix `0.0.0.0/0`, `10.1.0.0/16`, `::/0`
   * @param gateway the router's address; null when the prefix is on the link
   */
  addRoute(prefix: string, gateway: string | null, interfaceId: number): void {
    const via = gateway === null ? null : Address.parse(gateway);
    this.ip.addRoute(Prefix.parse(prefix), via, this.interfaceAt(interfaceId));
  }

  /** The interface of that number. @throws ArgumentError when there is none */
  interfaceAt(interfaceId: number): Interface {
    const found = this.ip.interfaces[interfaceId];
    if (found === undefined) {
      throw new ArgumentError('interfaceId', `there is no interface ${interfaceId} on '${this.name}'; add it first`);
    }
    return found;
  }

  // --- the driver's side ---

  /** Says what time it is; the calls below do it too. Timers that user calls have asked for run from here. */
  setTime(nowUs: number): void {
    // Most calls of a batch name the hour of the one before.
    if (nowUs > this.clock.nowUs) this.moveTime(nowUs);
    // An empty wheel is brought along: it only understands ticks near its own.
    if (!this.wheel.isPending) this.wheel.skipTo(this.clock.tick);
    this.tcp.startDeferred();
  }

  private moveTime(nowUs: number): void {
    if (nowUs - this.clock.nowUs > STRIDE_US && this.wheel.isPending) this.sleepThrough(nowUs);
    this.clock.set(nowUs);
  }

  /** One frame has come in over `slot.interfaceId`. The slot is valid during the call only. */
  receive(slot: Slot, nowUs: number): void {
    this.setTime(nowUs);
    // The loopback is fed from inside only: what comes by it is trusted.
    if (this.isBusy || slot.interfaceId === LOOPBACK_INTERFACE_ID) return;
    this.isBusy = true;
    try {
      this.ip.receive(slot);
    } finally {
      this.isBusy = false;
    }
  }

  /**
   * A driver may say so after each batch of frames it took from a device, `isFull` when there are more behind it: a listener under a
   * flood then leaves SYNs of strangers unanswered until it keeps up again.
   */
  batchTaken(isFull: boolean): void {
    this.tcp.synShedding.batchTaken(isFull);
  }

  /**
   * Writes the next frame for `slot.interfaceId` into the slot, IP and transport headers included.
   * @returns false when that interface has nothing to send now
   */
  pollTransmit(nowUs: number, slot: Slot): boolean {
    this.setTime(nowUs);
    if (this.hasLoopback()) this.runLoopback();
    slot.reset();
    if (this.ip.hasTransmit(slot.interfaceId) && this.ip.pollTransmit(slot)) return true;
    if (this.tcp.pollTransmit(slot)) return true;
    // A segment may have been held for address resolution: the question about it is a frame too.
    return this.ip.hasTransmit(slot.interfaceId) && this.ip.pollTransmit(slot);
  }

  /** When `handleTimeout` must be called next, in the driver's microseconds; Infinity when nothing is due. */
  nextTimeoutUs(): number {
    if (this.hasLoopback()) return this.clock.nowUs;
    return this.wheel.isPending ? this.clock.tickToUs(this.wheel.nextTick()) : Number.POSITIVE_INFINITY;
  }

  /** Runs what is due by `nowUs`. */
  handleTimeout(nowUs: number): void {
    this.setTime(nowUs);
    this.runDue();
    if (this.hasLoopback()) this.runLoopback();
  }

  /** The next socket with news, or null. To be called until null after each batch. */
  pollEvent(): SocketWithEvents | null {
    if (this.hasLoopback()) this.runLoopback();
    return this.events.shift() as SocketWithEvents | null;
  }

  /** A copy of the whole stack that shares nothing with it but the observer and the algorithms. Run, it behaves as this one would. */
  snapshot(): Stack {
    const kept: (object | null)[] = [this.observer, this.tcp.authAlgorithms];
    return cloneGraph(this, new Set(kept.filter((object) => object !== null)));
  }

  /** Ticks compare over 59 hours at most: after a longer sleep everything that ran out meanwhile is due once, now. */
  private sleepThrough(nowUs: number): void {
    const { clock, wheel } = this;
    const fromTick = clock.tick;
    const sleptTicks = Math.floor((nowUs - clock.nowUs) / TICK_US);
    const late: TimerEntry[] = [];
    while (nowUs - clock.nowUs > STRIDE_US && wheel.isPending) {
      clock.set(clock.nowUs + STRIDE_US);
      for (let entry = wheel.popDue(clock.tick); entry !== null; entry = wheel.popDue(clock.tick)) late.push(entry);
    }
    clock.set(nowUs);
    if (!wheel.isPending) wheel.skipTo(clock.tick);
    for (const entry of late) {
      if (entry instanceof Tcb) wakeTimers(entry, fromTick, sleptTicks, clock.tick);
      else if (entry instanceof TimeWaitQueue) entry.wake(fromTick, sleptTicks, clock.tick);
      wheel.schedule(entry, clock.tick);
    }
  }

  private runDue(): void {
    for (let entry = this.wheel.popDue(this.clock.tick); entry !== null; entry = this.wheel.popDue(this.clock.tick)) {
      if (entry instanceof Tcb) this.tcp.tcbExpired(entry);
      else if (entry instanceof HalfOpen) this.tcp.halfOpenExpired(entry);
      else if (entry instanceof TimeWaitQueue) this.tcp.timeWaitsExpired(entry);
      else this.ip.timerExpired(entry);
    }
  }

  private hasLoopback(): boolean {
    return this.loopbackFrames.count > 0 || this.loopbackSegments.head !== null;
  }

  /** Packets to ourselves come straight back, a bounded number at a time. */
  private runLoopback(): void {
    if (this.isBusy) return;
    this.isBusy = true;
    this.loopbackSlot ??= Slot.allocate(LOOPBACK_FRAME, false);
    const slot = this.loopbackSlot;
    for (let budget = LOOPBACK_BURST; budget > 0; budget--) {
      slot.reset();
      slot.interfaceId = LOOPBACK_INTERFACE_ID;
      if (!this.ip.pollTransmit(slot) && !this.tcp.pollTransmit(slot)) break;
      this.ip.receive(slot);
    }
    this.isBusy = false;
  }
}

/** What `pollEvent` gives: any socket. */
export interface SocketWithEvents {
  /** SocketEvent bits that happened since the last call. */
  takeEvents(): number;
}
