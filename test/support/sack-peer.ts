/**
 * A sender under test against a receiver made by hand that speaks SACK: a path with a round-trip time, segments of 1000 octets
 * named by number, acknowledgments with blocks. Built on SegmentPeer.
 */
import type { Tcb } from '../../src/tcp/index.ts';
import { text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer, type StageOptions } from './segment-peer.ts';

export const MSS = 1_000;
const MSS_OPTION = [2, 4, MSS >> 8, MSS & 255];
const SACK_PERMITTED = [4, 2, 1, 1];

export interface FlowOptions extends StageOptions {
  readonly profile: Profile;
  readonly rttMs?: number;
  /** Segments written at once; the initial window of ten leaves. */
  readonly segments?: number;
  readonly timestamps?: boolean;
  readonly sack?: boolean;
}

const u32 = (value: number): number[] => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

export class SackPeer {
  readonly peer: SegmentPeer;
  readonly tcb: Tcb;
  readonly rttMs: number;
  private readonly hasTimestamps: boolean;
  /** Our timestamp clock, and the stack's value to be echoed. */
  private clock = 1_000;
  echo = 0;

  constructor(options: FlowOptions) {
    const { rttMs = 100, segments = 30, timestamps = false, sack = true } = options;
    this.rttMs = rttMs;
    this.hasTimestamps = timestamps;
    // Windows that halve, so that tables read as counts.
    const settings = { tcp: { congestion_control: 'reno', ...options.settings?.tcp } };
    this.peer = SegmentPeer.inState('SYN-SENT', { sendBufferSize: 1 << 20, ...options, settings });
    this.peer.bench.run(rttMs);
    const synTimestamps = timestamps ? [1, 1, 8, 10, ...u32(this.clock), ...u32(0)] : [];
    const window = [1, 3, 3, 7];
    this.peer.peer.send('SA', {
      options: [...MSS_OPTION, ...(sack ? SACK_PERMITTED : []), ...window, ...synTimestamps],
    });
    this.peer.bench.take();
    this.peer.mark();
    const { tcb } = this.peer.user;
    if (tcb === null) throw new Error('no connection');
    this.tcb = tcb;
    if (segments > 0) this.write(segments);
  }

  write(segments: number): void {
    this.peer.user.write(text(segments * this.size));
  }

  /** Octets of a full segment: the option of timestamps takes twelve. */
  get size(): number {
    return this.hasTimestamps ? MSS - 12 : MSS;
  }

  /** Numbers of the segments with text sent since, in order. */
  sent(): number[] {
    const segments = this.peer.bench.take().filter(({ payload }) => payload.length > 0);
    const last = segments.at(-1);
    const option = last?.options.get(8);
    if (option !== undefined) this.echo = new DataView(option.buffer, option.byteOffset).getInt32(0);
    return segments.map((segment) => ((segment.seq - this.peer.sndNxt) | 0) / this.size);
  }

  run(ms: number): void {
    this.peer.bench.run(ms);
  }

  /** Acknowledges everything below segment `upTo`, SACKs [from, to) pairs of segment numbers, the first block first. */
  ack(upTo: number, ...blocks: readonly (readonly [number, number])[]): void {
    this.ackOctets(
      upTo * this.size,
      blocks.map(([from, to]) => [from * this.size, to * this.size]),
    );
  }

  ackOctets(upTo: number, blocks: readonly (readonly [number, number])[] = [], echo = this.echo): void {
    const base = this.peer.sndNxt;
    const edges = blocks.flatMap(([from, to]) => [...u32((base + from) | 0), ...u32((base + to) | 0)]);
    const sack = blocks.length === 0 ? [] : [1, 1, 5, 2 + 8 * blocks.length, ...edges];
    const timestamps = this.hasTimestamps ? [1, 1, 8, 10, ...u32(++this.clock), ...u32(echo)] : [];
    this.peer.send({ flags: 'A', ack: upTo, options: [...timestamps, ...sack] });
  }
}
