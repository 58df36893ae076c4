/**
 * The event-loop driver: joins one stack with devices and links, and is the only one here who waits and who knows the hour.
 * A turn takes what arrived, runs what is due, hands events to the application and sends what came of it; the clock is read
 * once per turn, and one Node timer stands for all timers of the stack. Turns never nest.
 * Frames with a later `departUs` (pacing) wait in their port and never leave early. With a device there is a timer of the kernel
 * for that: they leave at most 0.2 ms late, together with what is due by then. Node's own timers, used otherwise, count
 * milliseconds and are late by about one: then frames leave up to two milliseconds late, at the same mean rate.
 */
import { StateError } from '../base/errors.ts';
import type { Slot } from '../base/slot.ts';
import type { Link } from '../link/link.ts';
import type { Device } from './device.ts';
import { DevicePort, type DriverPort, type LinkEnd, LinkPort, type PortHost } from './driver-port.ts';
import { type DriverTime, SystemTime } from './driver-time.ts';
import { PreciseAlarm } from './precise-alarm.ts';

/** A socket as the driver sees it. */
export interface EventSocket {
  /** The events since the last call, as bits. */
  takeEvents(): number;
}

/** The part of a stack that a driver needs; `Stack` has it. */
export interface DrivenStack<TSocket extends EventSocket> {
  /** All five as `Stack` has them. */
  receive(slot: Slot, nowUs: number): void;
  pollTransmit(nowUs: number, slot: Slot): boolean;
  nextTimeoutUs(): number;
  handleTimeout(nowUs: number): void;
  pollEvent(): TSocket | null;
  /** As `Stack` has it; who has no use for it has none. */
  batchTaken?(isFull: boolean): void;
}

/** Who is told what happens. May call sockets and `kick`; an error thrown here reaches the process, and the driver goes on. */
export interface DriverHandler<TSocket extends EventSocket> {
  /** `events` are SocketEvent bits; the socket has news since it was last named here. */
  onEvent(socket: TSocket, events: number): void;
  /** A device is gone and no longer driven. Without this function the error is thrown. */
  onDeviceFailed?(device: Device, error: Error): void;
}

/** What a driver is made of. */
export interface DriverOptions<TSocket extends EventSocket> {
  readonly stack: DrivenStack<TSocket>;
  readonly handler: DriverHandler<TSocket>;
  /** Default: this machine's, from zero now. */
  readonly time?: DriverTime;
}

/** Rounds of timers, events and sending in one turn, before the event loop gets its own turn. */
const TURN_ROUNDS = 4;
const ROUND_EVENTS = 1024;
/** Node runs a timer that is further away at once. */
const TIMER_LIMIT_MS = 0x7fffffff;

/** Waits shorter than this are the kernel's timer's, where there is one. Node's keeps running beside it. */
const PRECISE_LIMIT_US = 10_000;
/** Turns for timers do not follow each other faster: what is due in between is done together. */
const PRECISE_STEP_US = 200;

/** Drives one stack. */
export class Driver<TSocket extends EventSocket> implements PortHost {
  /** The time the stack is told. */
  readonly time: DriverTime;
  private readonly stack: DrivenStack<TSocket>;
  private readonly handler: DriverHandler<TSocket>;
  private readonly ports = new Map<object, DriverPort>();
  private timer: NodeJS.Timeout | null = null;
  private timerUs = Number.POSITIVE_INFINITY;
  private alarm: PreciseAlarm | null = null;
  private immediate: NodeJS.Immediate | null = null;
  private isReferenced = true;
  private isKicked = false;
  private isRunning = false;
  private closed = false;

  constructor(options: DriverOptions<TSocket>) {
    this.stack = options.stack;
    this.handler = options.handler;
    this.time = options.time ?? new SystemTime();
  }

  /** True after `close`. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** Frames lost between the stack and what is attached. */
  get droppedFrames(): number {
    let sum = 0;
    for (const port of this.ports.values()) sum += port.droppedFrames;
    return sum;
  }

  /** The present, microseconds of the driver's time. */
  nowUs(): number {
    return this.time.nowUs();
  }

  /**
   * Plugs a device into an interface of the stack, made with the device's capabilities. It is closed with the driver.
   * @throws StateError when this driver or the device is closed, or the device is in use.
   */
  attachDevice(device: Device, interfaceId: number): void {
    this.attach(device, () => new DevicePort(this, device, interfaceId));
  }

  /**
   * Plugs a link in; `ends[port]` says what is at each of its ends: an interface of the stack or a device.
   * @throws ArgumentError when not every end is named; StateError as `attachDevice`.
   */
  attachLink(link: Link, ends: readonly LinkEnd[]): void {
    this.attach(link, () => new LinkPort(this, link, ends));
  }

  /** Closes and forgets a device or a link attached before; anything else is ignored. */
  detach(attached: Device | Link): void {
    this.ports.get(attached)?.close();
    this.ports.delete(attached);
  }

  /** To be called after socket calls made outside `onEvent`: sends what they caused, once for all calls of a tick. */
  kick(): void {
    if (this.isKicked || this.isRunning || this.closed) return;
    this.isKicked = true;
    queueMicrotask(this.runKick);
  }

  /** Whether devices and timers keep the process alive (they do, to begin with). */
  ref(): void {
    this.isReferenced = true;
    this.timer?.ref();
    for (const port of this.ports.values()) port.ref();
  }

  /** From now on neither devices nor timers keep the process alive. */
  unref(): void {
    this.isReferenced = false;
    this.timer?.unref();
    for (const port of this.ports.values()) port.unref();
  }

  /** Stops at once and closes the devices. The stack keeps its state; nothing more is sent. Again: nothing. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stopTimer();
    if (this.immediate !== null) clearImmediate(this.immediate);
    this.immediate = null;
    this.alarm?.close();
    for (const port of this.ports.values()) port.close();
    this.ports.clear();
  }

  /** For ports. */
  receive(slot: Slot, nowUs: number): void {
    this.stack.receive(slot, nowUs);
  }

  /** For ports. */
  batchTaken(isFull: boolean): void {
    this.stack.batchTaken?.(isFull);
  }

  /** For ports. */
  pollTransmit(nowUs: number, slot: Slot): boolean {
    return this.stack.pollTransmit(nowUs, slot);
  }

  /** For ports. */
  batchArrived(nowUs: number): void {
    this.turn(nowUs);
  }

  /** For ports. */
  deviceFailed(device: Device, error: Error): void {
    for (const [key, port] of this.ports) {
      if (key === device) {
        port.close();
        this.ports.delete(key);
      }
    }
    if (this.handler.onDeviceFailed === undefined) throw error;
    this.handler.onDeviceFailed(device, error);
  }

  private readonly runKick = (): void => {
    this.isKicked = false;
    this.turn(this.time.nowUs());
  };

  private readonly runTimer = (): void => {
    this.timer = null;
    this.timerUs = Number.POSITIVE_INFINITY;
    this.turn(this.time.nowUs());
  };

  private readonly runAlarm = (): void => {
    // Set for a wait that was over before: a turn of its own has run.
    if (this.closed || this.timerUs === Number.POSITIVE_INFINITY) return;
    this.stopTimer();
    this.turn(this.time.nowUs());
  };

  private readonly runImmediate = (): void => {
    this.immediate = null;
    this.turn(this.time.nowUs());
  };

  private attach(key: object, make: () => DriverPort): void {
    if (this.closed) throw new StateError('the driver is closed; make a new one');
    if (this.ports.has(key)) throw new StateError('already attached to this driver');
    const port = make();
    this.ports.set(key, port);
    // Where a device is, the native calls it needs are loaded.
    this.alarm ??= PreciseAlarm.open(this.runAlarm);
    if (!this.isReferenced) port.unref();
    // Interfaces speak first: address resolution, router solicitation, group reports.
    this.kick();
  }

  /** Runs until nothing is left to do now, or for as many rounds as one turn may have. */
  private turn(nowUs: number): void {
    if (this.isRunning || this.closed) return;
    this.isRunning = true;
    let isIdle = false;
    try {
      for (let round = 0; round < TURN_ROUNDS && !isIdle && !this.closed; round++) isIdle = this.round(nowUs);
    } finally {
      this.isRunning = false;
      if (!this.closed) {
        if (!isIdle) this.immediate ??= setImmediate(this.runImmediate);
        this.setTimer();
      }
    }
  }

  /** True when it found nothing more to do. */
  private round(nowUs: number): boolean {
    const { stack } = this;
    if (stack.nextTimeoutUs() <= nowUs) stack.handleTimeout(nowUs);
    let isIdle = true;
    for (const port of this.ports.values()) if (port.poll(nowUs) > 0) isIdle = false;
    let events = 0;
    for (; events < ROUND_EVENTS; events++) {
      const socket = stack.pollEvent();
      if (socket === null) break;
      this.handler.onEvent(socket, socket.takeEvents());
      if (this.closed) return true;
    }
    // After the events, so that an answer and the acknowledgment leave in one segment.
    for (const port of this.ports.values()) if (port.transmit(nowUs)) isIdle = false;
    return isIdle && events === 0 && this.nextTimeoutUs() > nowUs;
  }

  private nextTimeoutUs(): number {
    let nextUs = this.stack.nextTimeoutUs();
    for (const port of this.ports.values()) nextUs = Math.min(nextUs, port.nextTimeoutUs());
    return nextUs;
  }

  /** A timer that fires too early costs one empty turn, so it is replaced only by an earlier one. */
  private setTimer(): void {
    if (this.immediate !== null) return;
    const nextUs = this.nextTimeoutUs();
    const isKept = nextUs !== Number.POSITIVE_INFINITY && this.timerUs <= nextUs;
    if (isKept) return;
    this.stopTimer();
    if (nextUs === Number.POSITIVE_INFINITY) return;
    const delayUs = nextUs - this.time.nowUs();
    this.timer = setTimeout(this.runTimer, Math.min(Math.max(Math.ceil(delayUs / 1000), 1), TIMER_LIMIT_MS));
    this.timerUs = nextUs;
    if (delayUs < PRECISE_LIMIT_US) this.alarm?.set(Math.max(delayUs, PRECISE_STEP_US));
    if (!this.isReferenced) this.timer.unref();
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.timerUs = Number.POSITIVE_INFINITY;
  }
}
