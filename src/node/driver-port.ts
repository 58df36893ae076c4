/**
 * What can be plugged into a driver: a device straight at one interface of the stack, or a link with the stack's interfaces
 * and devices at its ends (an impaired wire in front of a device, a loop between two interfaces).
 * Ports only move frames; when is the driver's business. A frame that is to depart later (`Slot.departUs`) waits here, in the
 * order of departure, so that the stack may be asked for the next.
 */
import { ArgumentError } from '../base/errors.ts';
import { Slot } from '../base/slot.ts';
import type { FrameSink, Link } from '../link/link.ts';
import { PacedFrames } from '../link/paced-frames.ts';
import type { Device, DeviceReceiver } from './device.ts';

/** Frames per port and round: what has waited longer gets its turn in between. */
const ROUND_FRAMES = 256;

/** The driver as its ports see it. */
export interface PortHost {
  receive(slot: Slot, nowUs: number): void;
  /** A batch comes from a device; `isFull`: there are more frames behind it. */
  batchTaken(isFull: boolean): void;
  pollTransmit(nowUs: number, slot: Slot): boolean;
  /** Frames were taken at `nowUs`: run what follows from it. */
  batchArrived(nowUs: number): void;
  nowUs(): number;
  /** Something may be sent again. */
  kick(): void;
  deviceFailed(device: Device, error: Error): void;
}

/** One of the things a driver drives. */
export interface DriverPort {
  /** Frames lost between stack and device, because the one could not take what the other had. */
  readonly droppedFrames: number;
  /** Sends what the stack has; true when there may be more. */
  transmit(nowUs: number): boolean;
  /** Lets out what is due inside; returns how many frames. */
  poll(nowUs: number): number;
  nextTimeoutUs(): number;
  ref(): void;
  unref(): void;
  close(): void;
}

/** A device at one interface of the stack. */
export class DevicePort implements DriverPort, DeviceReceiver {
  readonly droppedFrames = 0;
  private readonly host: PortHost;
  private readonly device: Device;
  private readonly interfaceId: number;
  private readonly paced: PacedFrames;
  /** The device is full and will say when it is not. */
  private isBlocked = false;

  constructor(host: PortHost, device: Device, interfaceId: number) {
    this.host = host;
    this.device = device;
    this.interfaceId = interfaceId;
    this.paced = new PacedFrames(device.capabilities);
    device.start(this);
  }

  framesArrived(slots: readonly Slot[], count: number, isFull = false): void {
    const nowUs = this.host.nowUs();
    this.host.batchTaken(isFull);
    for (let index = 0; index < count; index++) {
      const slot = slots[index]!;
      slot.interfaceId = this.interfaceId;
      this.host.receive(slot, nowUs);
    }
    this.host.batchArrived(nowUs);
  }

  transmitReady(): void {
    this.host.kick();
  }

  deviceFailed(error: Error): void {
    this.host.deviceFailed(this.device, error);
  }

  transmit(nowUs: number): boolean {
    const { device, host, paced } = this;
    let isMore = true;
    this.isBlocked = false;
    for (let budget = ROUND_FRAMES; budget > 0 && isMore; budget--) {
      let slot = device.transmitSlot();
      if (slot === null) {
        device.flush();
        slot = device.transmitSlot();
        if (slot === null) {
          this.isBlocked = true;
          return false;
        }
      }
      const due = paced.firstDue(nowUs);
      if (due !== null) {
        if (slot.copyFrom(due)) device.commit();
        paced.release();
        continue;
      }
      // When it is full, the next departure makes room.
      isMore = !paced.isFull && this.takeFromStack(host, slot, nowUs);
    }
    device.flush();
    return isMore;
  }

  /** One frame, into the device's slot or among those that wait; false when the stack has none. */
  private takeFromStack(host: PortHost, slot: Slot, nowUs: number): boolean {
    slot.reset();
    slot.interfaceId = this.interfaceId;
    if (!host.pollTransmit(nowUs, slot)) return false;
    if (slot.departUs <= nowUs || !this.paced.hold(slot)) this.device.commit();
    return true;
  }

  poll(): number {
    return 0;
  }

  nextTimeoutUs(): number {
    return this.isBlocked ? Number.POSITIVE_INFINITY : this.paced.nextDueUs;
  }

  ref(): void {
    this.device.ref();
  }

  unref(): void {
    this.device.unref();
  }

  close(): void {
    this.device.close();
  }
}

/** What is at one end of a link: an interface of the stack, or a device. The index in the list is the link's port. */
export type LinkEnd = { readonly interfaceId: number } | { readonly device: Device };

/** A link; each of its ends is an interface of the stack or a device. */
export class LinkPort implements DriverPort, FrameSink {
  droppedFrames = 0;
  private readonly host: PortHost;
  private readonly link: Link;
  private readonly ends: readonly (StackEnd | DeviceEnd)[];
  /** The time of the running `poll`, for the frames it delivers. */
  private pollUs = 0;

  /** @throws ArgumentError when the ends are not as many as the link has ports, or a device cannot take what the link carries. */
  constructor(host: PortHost, link: Link, ends: readonly LinkEnd[]) {
    if (ends.length !== link.portCount) {
      throw new ArgumentError('ends', `the link has ${link.portCount} ends, got ${ends.length}; name what is at each`);
    }
    for (const end of ends) if ('device' in end) checkFits(link, end.device);
    this.host = host;
    this.link = link;
    this.ends = ends.map((end, port) => {
      if ('device' in end) return new DeviceEnd(this, port, end.device);
      return new StackEnd(end.interfaceId, link);
    });
    for (const end of this.ends) if (end instanceof DeviceEnd) end.device.start(end);
  }

  /** Frames have come in at a device: onto the link with them. */
  framesArrivedAt(port: number, slots: readonly Slot[], count: number): void {
    const nowUs = this.host.nowUs();
    for (let index = 0; index < count; index++) {
      if (!this.link.send(port, slots[index]!, nowUs)) this.droppedFrames++;
    }
    this.host.batchArrived(nowUs);
  }

  frameArrived(port: number, slot: Slot): void {
    const end = this.ends[port];
    if (end instanceof StackEnd) {
      slot.interfaceId = end.interfaceId;
      this.host.receive(slot, this.pollUs);
    } else if (end === undefined || !end.put(slot)) {
      this.droppedFrames++;
    }
  }

  transmit(nowUs: number): boolean {
    let isMore = false;
    for (const [port, end] of this.ends.entries()) {
      if (end instanceof StackEnd && this.transmitFrom(port, end, nowUs)) isMore = true;
    }
    return isMore;
  }

  poll(nowUs: number): number {
    this.pollUs = nowUs;
    const count = this.link.poll(nowUs, this, ROUND_FRAMES);
    for (const end of this.ends) if (end instanceof DeviceEnd) end.device.flush();
    return count;
  }

  nextTimeoutUs(): number {
    let nextUs = this.link.nextTimeoutUs();
    for (const end of this.ends) {
      // A frame the link has no room for comes first; room is made when the link is due.
      if (end instanceof StackEnd && !end.isWaiting) nextUs = Math.min(nextUs, end.paced.nextDueUs);
    }
    return nextUs;
  }

  deviceFailed(device: Device, error: Error): void {
    this.host.deviceFailed(device, error);
  }

  ref(): void {
    for (const end of this.ends) if (end instanceof DeviceEnd) end.device.ref();
  }

  unref(): void {
    for (const end of this.ends) if (end instanceof DeviceEnd) end.device.unref();
  }

  close(): void {
    for (const end of this.ends) if (end instanceof DeviceEnd) end.device.close();
  }

  private transmitFrom(port: number, end: StackEnd, nowUs: number): boolean {
    const { slot, paced } = end;
    for (let budget = ROUND_FRAMES; budget > 0; budget--) {
      if (!end.isWaiting) {
        const due = paced.firstDue(nowUs);
        if (due !== null) {
          slot.copyFrom(due);
          paced.release();
        } else {
          if (paced.isFull) return false;
          slot.reset();
          slot.interfaceId = end.interfaceId;
          if (!this.host.pollTransmit(nowUs, slot)) return false;
          if (slot.departUs > nowUs && paced.hold(slot)) continue;
        }
      }
      // A frame the link has no room for stays in the slot, and the stack is not asked for another.
      end.isWaiting = !this.link.send(port, slot, nowUs);
      if (end.isWaiting) return false;
    }
    return true;
  }
}

/** Nobody finishes between link and device what the link left unfinished. */
function checkFits(link: Link, device: Device): void {
  const { medium, mtu, ...offloads } = link.capabilities;
  const isFit = (Object.keys(offloads) as (keyof typeof offloads)[]).every(
    (offload) => !offloads[offload] || device.capabilities[offload],
  );
  if (medium === device.capabilities.medium && mtu <= device.capabilities.mtu && isFit) return;
  throw new ArgumentError(
    'ends',
    `the link carries what device ${device.name} cannot take; make the link with the device's capabilities`,
  );
}

class StackEnd {
  readonly interfaceId: number;
  readonly slot: Slot;
  readonly paced: PacedFrames;
  isWaiting = false;

  constructor(interfaceId: number, link: Link) {
    const { medium, mtu, tso4, tso6, uso } = link.capabilities;
    this.interfaceId = interfaceId;
    const largest = tso4 || tso6 || uso ? 65535 : mtu;
    this.slot = Slot.allocate(largest + 32, medium === 'ethernet');
    this.paced = new PacedFrames(link.capabilities);
  }
}

class DeviceEnd implements DeviceReceiver {
  readonly device: Device;
  private readonly owner: LinkPort;
  private readonly port: number;

  constructor(owner: LinkPort, port: number, device: Device) {
    this.owner = owner;
    this.port = port;
    this.device = device;
  }

  framesArrived(slots: readonly Slot[], count: number): void {
    this.owner.framesArrivedAt(this.port, slots, count);
  }

  /** Nothing waits at a device behind a link: what it cannot take is lost there, as on a full queue of a wire. */
  transmitReady(): void {}

  deviceFailed(error: Error): void {
    this.owner.deviceFailed(this.device, error);
  }

  /** Copies a frame into the device's queue; false when it has no room. */
  put(frame: Slot): boolean {
    let slot = this.device.transmitSlot();
    if (slot === null) {
      this.device.flush();
      slot = this.device.transmitSlot();
    }
    if (slot?.copyFrom(frame) !== true) return false;
    this.device.commit();
    return true;
  }
}
