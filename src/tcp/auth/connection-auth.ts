/**
 * What makes a connection signed: attached to its Tcb from the first SYN on, handed to its TIME-WAIT record. Two kinds, MD5
 * (RFC 2385) and TCP-AO (RFC 5925), never both. A connection without keys has null in its place.
 */
import type { PacketMemory } from '../../base/packet-memory.ts';
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { TcpExtCounters } from '../counters.ts';
import type { TcpAuthAlgorithms } from './algorithms.ts';
import type { SegmentPlace } from './signed-octets.ts';

export interface ConnectionAuth {
  readonly kind: 'md5' | 'ao';
  /** Octets the option takes in every segment, a multiple of 4. */
  readonly optionLength: number;

  /** Writes the option with a signature of zeros, the first of the header; returns the offset behind it. */
  reserve(memory: PacketMemory, offset: number): number;
  /** Signs a segment of ours that is complete but for its checksum; its first option is the reserved one. */
  sign(algorithms: TcpAuthAlgorithms, key: ConnectionKey, place: SegmentPlace): void;
  /**
   * Whether the peer, and nobody else, sent this segment; counts why not.
   * @param isOpening our SYN is on its way and the peer's ISN is not known yet
   */
  verify(algorithms: TcpAuthAlgorithms, counters: TcpExtCounters, segment: TcpSegment, isOpening: boolean): boolean;
  /** False: what it takes to sign a segment is not known yet. */
  canSign(): boolean;
  /** Linux leaves timestamps out where signature, timestamps and SACK blocks would not fit together. */
  timestampsFit(isAnswer: boolean, hasSack: boolean): boolean;
}

/** Where a segment that has arrived lies, header and all. */
export class ArrivedPlace implements SegmentPlace {
  memory: PacketMemory;
  offset: number;
  headerLength: number;
  length: number;

  constructor(segment: TcpSegment) {
    const { packet } = segment;
    this.memory = packet.memory;
    this.offset = packet.payloadOffset;
    this.headerLength = segment.headerLength;
    this.length = packet.payloadLength;
  }
}
