/** A stack, a device and a link that do little, for tests of the driver. */
import { expect } from 'vitest';
import { type LinkCapabilities, plainCapabilities } from '../../src/base/link-capabilities.ts';
import { Slot } from '../../src/base/slot.ts';
import type { FrameSink, Link } from '../../src/link/link.ts';
import { type Device, type DeviceReceiver, noStatistics } from '../../src/node/device.ts';
import type { DrivenStack, EventSocket } from '../../src/node/driver.ts';

/** A stack that answers each frame with `replies` frames and one event, and has one timer. */
export class EchoStack implements DrivenStack<TestSocket> {
  readonly log: string[] = [];
  readonly outgoing: number[] = [];
  readonly socket = new TestSocket();
  private readonly events: TestSocket[] = [];
  timeoutUs = Number.POSITIVE_INFINITY;
  repeatUs = 0;
  replies = 1;
  /** When a frame is to depart, by its first byte; others at once. */
  readonly departures = new Map<number, number>();
  private isReceiving = false;

  receive(slot: Slot, nowUs: number): void {
    expect(this.isReceiving).toBe(false);
    this.isReceiving = true;
    this.log.push(`receive ${slot.memory.u8[slot.offset]} on ${slot.interfaceId} at ${nowUs}`);
    for (let index = 0; index < this.replies; index++) this.outgoing.push(slot.memory.u8[slot.offset] ?? 0);
    this.raise(1);
    this.isReceiving = false;
  }

  raise(bits: number): void {
    if (this.socket.bits === 0) this.events.push(this.socket);
    this.socket.bits |= bits;
  }

  pollTransmit(_nowUs: number, slot: Slot): boolean {
    const value = this.outgoing.shift();
    if (value === undefined) return false;
    slot.memory.u8[slot.offset] = value;
    slot.length = 1;
    slot.departUs = this.departures.get(value) ?? 0;
    return true;
  }

  nextTimeoutUs(): number {
    return this.timeoutUs;
  }

  handleTimeout(nowUs: number): void {
    this.log.push(`timeout at ${nowUs}`);
    this.timeoutUs = this.repeatUs > 0 ? nowUs + this.repeatUs : Number.POSITIVE_INFINITY;
    this.outgoing.push(99);
  }

  pollEvent(): TestSocket | null {
    return this.events.shift() ?? null;
  }
}

export class TestSocket implements EventSocket {
  bits = 0;
  takeEvents(): number {
    const bits = this.bits;
    this.bits = 0;
    return bits;
  }
}

export class TestDevice implements Device {
  readonly name = 'test0';
  readonly capabilities: LinkCapabilities = plainCapabilities('ip', 100);
  readonly mac = null;
  readonly statistics = noStatistics();
  readonly batches: number[][] = [];
  receiver: DeviceReceiver | null = null;
  isClosed = false;
  isReferenced = true;
  isBlocked = false;
  private queued = 0;
  private readonly slots = Array.from({ length: 8 }, () => Slot.allocate(100, false));

  start(receiver: DeviceReceiver): void {
    this.receiver = receiver;
  }
  transmitSlot(): Slot | null {
    return this.slots[this.queued] ?? null;
  }
  commit(): void {
    this.queued++;
  }
  flush(): void {
    if (this.isBlocked || this.queued === 0) return;
    this.batches.push(this.slots.slice(0, this.queued).map((slot) => slot.memory.u8[slot.offset] ?? 0));
    this.queued = 0;
  }
  ref(): void {
    this.isReferenced = true;
  }
  unref(): void {
    this.isReferenced = false;
  }
  close(): void {
    this.isClosed = true;
  }
  /** Frames of one byte arrive. */
  arrive(...values: number[]): void {
    const slots = values.map((value) => {
      const slot = Slot.allocate(100, false);
      slot.memory.u8[slot.offset] = value;
      slot.length = 1;
      return slot;
    });
    this.receiver?.framesArrived(slots, slots.length);
  }
}

/** Two ends, 5 ms, room for two frames each way. */
export class SlowLink implements Link {
  readonly capabilities = plainCapabilities('ip', 100);
  readonly portCount = 2;
  readonly statistics = { sentFrames: 0, deliveredFrames: 0, droppedFrames: 0 };
  private readonly queue: { port: number; atUs: number; value: number }[] = [];

  send(port: number, slot: Slot, nowUs: number): boolean {
    if (this.queue.length === 2) return false;
    this.queue.push({ port: 1 - port, atUs: nowUs + 5000, value: slot.memory.u8[slot.offset] ?? 0 });
    return true;
  }
  nextTimeoutUs(): number {
    return this.queue[0]?.atUs ?? Number.POSITIVE_INFINITY;
  }
  poll(nowUs: number, sink: FrameSink, budget: number): number {
    let count = 0;
    const slot = Slot.allocate(100, false);
    for (; count < budget && (this.queue[0]?.atUs ?? Number.POSITIVE_INFINITY) <= nowUs; count++) {
      const frame = this.queue.shift();
      slot.memory.u8[slot.offset] = frame?.value ?? 0;
      slot.length = 1;
      sink.frameArrived(frame?.port ?? 0, slot);
    }
    return count;
  }
}
