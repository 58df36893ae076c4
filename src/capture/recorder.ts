/**
 * Gathers the frames of many interfaces in the order they were seen, bounded, to be written as one pcapng file, decoded or
 * drawn. It listens at link taps; frames are copied here and nowhere else.
 */

import type { Address } from '../base/address.ts';
import { checkInteger } from '../base/errors.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { Slot } from '../base/slot.ts';
import { PcapWriter } from './pcap.ts';
import { linkTypeOf, type PcapngSectionOptions, PcapngWriter } from './pcapng.ts';

/** One frame as it was seen at one end of a link. */
export interface RecordedFrame {
  /** Index into `Recorder.interfaces`. */
  readonly interfaceId: number;
  readonly direction: 'in' | 'out';
  /** The driver's time in microseconds. */
  readonly timeUs: number;
  /** Captured bytes, a copy. */
  readonly bytes: Uint8Array;
  /** Bytes the frame had. */
  readonly originalLength: number;
  /** Shown by Wireshark beside the packet, such as the connection's state. */
  comment: string | null;
}

/** One end of a link. */
export interface RecordedInterface {
  readonly name: string;
  readonly description: string;
  readonly medium: LinkMedium;
  /** Frames seen, kept or not. */
  frames: number;
  /** Frames not kept because the recorder was full. */
  missed: number;
}

/** Says something about a frame that was just seen; a class instance, not a function, so that it can be snapshotted. */
export interface FrameCommenter {
  comment(frame: RecordedFrame): string | null;
}

/** Limits and contents of a recording. */
export interface RecorderOptions {
  /** Most frames kept, default 100 000. */
  readonly maxFrames?: number;
  /** Most bytes kept, default 256 MiB. */
  readonly maxBytes?: number;
  /** Bytes kept of each frame, 0 (default) for all. */
  readonly snapLength?: number;
  /** What goes when it is full: `newest` (default) refuses new frames, `oldest` forgets the first. */
  readonly drop?: 'newest' | 'oldest';
  readonly commenter?: FrameCommenter;
}

/** What a written file says besides the frames. */
export interface PcapngRecordingOptions extends PcapngSectionOptions {
  /** What the driver's time 0 means in microseconds since 1970. */
  readonly epochUs: number;
  readonly resolution?: 'us' | 'ns';
  /** Names of addresses. */
  readonly names?: readonly (readonly [address: Address, names: readonly string[]])[];
  /** Only these interfaces; default all. */
  readonly interfaceIds?: readonly number[];
  /**
   * Only frames seen in this direction; default both. Where both ends of a link were recorded, `out` gives every frame once, when it
   * was sent: a reader takes the second sight of a segment for a retransmission.
   */
  readonly direction?: 'in' | 'out';
}

/** The recording. */
export class Recorder {
  readonly interfaces: RecordedInterface[] = [];
  private kept: RecordedFrame[] = [];
  private keptFrom = 0;
  private keptBytes = 0;
  private readonly maxFrames: number;
  private readonly maxBytes: number;
  private readonly snapLength: number;
  private readonly dropOldest: boolean;
  private readonly commenter: FrameCommenter | null;

  constructor(options: RecorderOptions = {}) {
    this.maxFrames = checkInteger('maxFrames', options.maxFrames ?? 100_000, 1, 2 ** 31);
    this.maxBytes = checkInteger('maxBytes', options.maxBytes ?? 256 << 20, 1, Number.MAX_SAFE_INTEGER);
    this.snapLength = checkInteger('snapLength', options.snapLength ?? 0, 0, 2 ** 31);
    this.dropOldest = options.drop === 'oldest';
    this.commenter = options.commenter ?? null;
  }

  /** Announces an end of a link; returns the number to name it by. */
  addInterface(options: { name: string; description?: string; medium: LinkMedium }): number {
    const { name, medium } = options;
    return this.interfaces.push({ name, description: options.description ?? '', medium, frames: 0, missed: 0 }) - 1;
  }

  /** The frames kept, oldest first. */
  get frames(): readonly RecordedFrame[] {
    return this.keptFrom === 0 ? this.kept : this.kept.slice(this.keptFrom);
  }

  get frameCount(): number {
    return this.kept.length - this.keptFrom;
  }

  /** Keeps a copy of the frame in `slot`. */
  frameSeen(interfaceId: number, direction: 'in' | 'out', timeUs: number, slot: Slot): void {
    const known = this.interfaces[interfaceId];
    if (known === undefined) return;
    known.frames++;
    const length = this.snapLength > 0 ? Math.min(this.snapLength, slot.length) : slot.length;
    if (!this.makeRoom(length)) {
      known.missed++;
      return;
    }
    const bytes = slot.memory.u8.slice(slot.offset, slot.offset + length);
    const frame: RecordedFrame = { interfaceId, direction, timeUs, bytes, originalLength: slot.length, comment: null };
    if (this.commenter !== null) frame.comment = this.commenter.comment(frame);
    this.kept.push(frame);
    this.keptBytes += length;
  }

  /** Forgets the frames; interfaces stay. */
  clear(): void {
    this.kept = [];
    this.keptFrom = this.keptBytes = 0;
  }

  /** One pcapng section with all interfaces, frames, names and counts. */
  toPcapng(options: PcapngRecordingOptions): Uint8Array {
    const { epochUs, resolution, names, interfaceIds, direction } = options;
    const writer = new PcapngWriter(options);
    const numbers = new Map<number, number>();
    for (const [id, known] of this.interfaces.entries()) {
      if (interfaceIds !== undefined && !interfaceIds.includes(id)) continue;
      const written = writer.addInterface({
        linkType: linkTypeOf(known.medium),
        name: known.name,
        snapLength: this.snapLength,
        ...(known.description === '' ? {} : { description: known.description }),
        ...(resolution === undefined ? {} : { resolution }),
      });
      numbers.set(id, written);
    }
    if (names !== undefined && names.length > 0) writer.writeNames(names);
    let lastUs = 0;
    for (const frame of this.frames) {
      const number = numbers.get(frame.interfaceId);
      lastUs = frame.timeUs;
      if (number === undefined || (direction !== undefined && direction !== frame.direction)) continue;
      writer.writePacket(number, epochUs + frame.timeUs, frame.bytes, 0, frame.bytes.length, {
        direction: frame.direction,
        originalLength: frame.originalLength,
        ...(frame.comment === null ? {} : { comment: frame.comment }),
      });
    }
    for (const [id, number] of numbers) {
      const known = this.interfaces[id];
      if (known === undefined) continue;
      writer.writeStatistics(number, epochUs + lastUs, { received: known.frames, dropped: known.missed });
    }
    return writer.toBytes();
  }

  /** The frames of one interface as classic pcap, for tools that know nothing else. */
  toPcap(interfaceId: number, epochUs: number): Uint8Array {
    const medium = this.interfaces[interfaceId]?.medium ?? 'ethernet';
    const writer = new PcapWriter({ linkType: linkTypeOf(medium) });
    for (const frame of this.frames) {
      if (frame.interfaceId !== interfaceId) continue;
      writer.writePacket(epochUs + frame.timeUs, frame.bytes, frame.originalLength);
    }
    return writer.toBytes();
  }

  private makeRoom(length: number): boolean {
    const isFull = (): boolean => this.frameCount >= this.maxFrames || this.keptBytes + length > this.maxBytes;
    if (!isFull()) return true;
    if (!this.dropOldest || length > this.maxBytes) return false;
    while (this.frameCount > 0 && isFull()) {
      const oldest = this.kept[this.keptFrom++];
      if (oldest === undefined) break;
      this.keptBytes -= oldest.bytes.length;
      const known = this.interfaces[oldest.interfaceId];
      if (known !== undefined) known.missed++;
    }
    // The emptied front is cut off now and then, so that forgetting stays cheap.
    if (this.keptFrom > 1024 && this.keptFrom * 2 > this.kept.length) {
      this.kept = this.kept.slice(this.keptFrom);
      this.keptFrom = 0;
    }
    return !isFull();
  }
}
