/**
 * The Device: frames in and out of this process, in batches, by slots. A device owns the memory its slots lie in and never
 * calls the receiver from inside a call of the receiver's: what arrives comes from the event loop.
 * Whether it takes super-segments and leaves checksums to the kernel is data (`capabilities`), as on every interface.
 */
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { MacAddress } from '../base/mac-address.ts';
import type { Slot } from '../base/slot.ts';

/** Frames of one batch at most. */
export const BATCH_FRAMES = 64;
/** Bytes of one batch at most: larger batches leave the cache and are slower. */
export const BATCH_BYTES = 1 << 20;

/** Who is told what happens on a device. */
export interface DeviceReceiver {
  /**
   * Frames `slots[0]` to `slots[count - 1]` have arrived; valid during the call only.
   * @param isFull the batch could not take all there were
   */
  framesArrived(slots: readonly Slot[], count: number, isFull?: boolean): void;
  /** There is room again after `transmitSlot` returned null. */
  transmitReady(): void;
  /** The device is gone (removed from outside, or a system error) and already closed. */
  deviceFailed(error: Error): void;
}

/** Counters every device keeps. */
export interface DeviceStatistics {
  receivedFrames: number;
  receivedBytes: number;
  sentFrames: number;
  sentBytes: number;
  /** Frames the kernel refused (interface down, not an IP packet, no memory). */
  refusedFrames: number;
  /** Frames that came in cut off, or with an offload header that cannot be true, and were dropped. */
  malformedFrames: number;
  /** How often the device woke us up. */
  wakeups: number;
}

/** Counters of a device that has done nothing yet. */
export function noStatistics(): DeviceStatistics {
  return {
    receivedFrames: 0,
    receivedBytes: 0,
    sentFrames: 0,
    sentBytes: 0,
    refusedFrames: 0,
    malformedFrames: 0,
    wakeups: 0,
  };
}

/** A carrier of frames outside this process. */
export interface Device {
  /** As the system calls the interface. */
  readonly name: string;
  /** For `Stack.addInterface`. */
  readonly capabilities: LinkCapabilities;
  /** The hardware address an interface here should have; null on devices without. */
  readonly mac: MacAddress | null;
  readonly statistics: Readonly<DeviceStatistics>;
  readonly isClosed: boolean;
  /**
   * Starts to receive. Once per device.
   * @throws StateError when already started or closed.
   */
  start(receiver: DeviceReceiver): void;
  /** The next free slot to write a frame into, or null while the queue is full (`transmitReady` follows). */
  transmitSlot(): Slot | null;
  /** Queues the frame in the slot that `transmitSlot` gave last; its length must be set. */
  commit(): void;
  /** Hands everything queued to the kernel. */
  flush(): void;
  /** Whether waiting for frames keeps the process alive (it does, to begin with). */
  ref(): void;
  unref(): void;
  /** Stops at once and gives the device back; queued frames are dropped. Calling it again does nothing. */
  close(): void;
}
