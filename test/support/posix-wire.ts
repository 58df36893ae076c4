/** What passes between two stacks, segment by segment, as tests of socket options count it. */
import type { Slot } from '../../src/base/slot.ts';
import type { StackPair } from './stack-pair.ts';
import { WireReader } from './wire-reader.ts';

/** One TCP segment. */
export interface SeenSegment {
  readonly fromA: boolean;
  readonly flags: number;
  /** Payload octets. */
  readonly length: number;
  /** The 16 bits of the header. */
  readonly window: number;
  /** The MSS option, 0 when there is none. */
  readonly mss: number;
  readonly hopLimit: number;
  readonly trafficClass: number;
}

/** Notes the TCP segments of `pair` from now on. @param passes false: the segment is lost */
export function segmentsOf(pair: StackPair, passes: (seen: SeenSegment) => boolean = () => true): SeenSegment[] {
  const seen: SeenSegment[] = [];
  pair.filter = {
    passes(fromA: boolean, slot: Slot): boolean {
      const reader = new WireReader(slot.memory);
      reader.readIp(slot.memory, slot.offset, slot.offset + slot.length);
      if (!reader.layers.some(({ name }) => name === 'tcp')) return true;
      const { segment, packet } = reader;
      const one = {
        fromA,
        flags: segment.flags,
        length: segment.payloadLength,
        window: segment.window,
        mss: segment.optionsPresent & 1 ? segment.mss : 0,
        hopLimit: packet.hopLimit,
        trafficClass: packet.trafficClass,
      };
      seen.push(one);
      return passes(one);
    },
  };
  return seen;
}
