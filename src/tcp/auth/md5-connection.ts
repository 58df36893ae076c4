/**
 * A connection signed with MD5 (RFC 2385): one key, a digest in every segment. Segments that come without one, or with a wrong
 * one, are dropped before anything else is looked at.
 */
import type { PacketMemory } from '../../base/packet-memory.ts';
import { TCP_HEADER_LENGTH } from '../../wire/tcp.ts';
import { TcpOptionSize, writeMd5 } from '../../wire/tcp-option-writers.ts';
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { TcpExtCounters } from '../counters.ts';
import { isSameCode, type TcpAuthAlgorithms } from './algorithms.ts';
import { ArrivedPlace, type ConnectionAuth } from './connection-auth.ts';
import type { Md5Key } from './keys.ts';
import { md5Octets, type SegmentPlace } from './signed-octets.ts';

const DIGEST_LENGTH = 16;

export class Md5Connection implements ConnectionAuth {
  readonly kind = 'md5';
  readonly optionLength = TcpOptionSize.md5;
  private readonly key: Md5Key;

  constructor(key: Md5Key) {
    this.key = key;
  }

  // RFC 2385 §2.0 R2385-1: kind 19, length 18, in every segment; RST and TIME-WAIT's ACKs go through here too.
  // RFC 2385 §4.4 R2385-5: what is left of the header's room is for other options.
  reserve(memory: PacketMemory, offset: number): number {
    return writeMd5(memory, offset);
  }

  sign(algorithms: TcpAuthAlgorithms, key: ConnectionKey, place: SegmentPlace): void {
    const octets = md5Octets(key.localAddress, key.remoteAddress, place, this.key.key);
    const digest = algorithms.md5(octets);
    const at = place.offset + TCP_HEADER_LENGTH + TcpOptionSize.md5 - DIGEST_LENGTH;
    for (let index = 0; index < DIGEST_LENGTH; index++) place.memory.u8[at + index] = digest[index] ?? 0;
  }

  // RFC 2385 §2.0 R2385-3: silence answers a missing or wrong digest.
  // RFC 2385 §4.1 R2385-4: so an open with a wrong key runs into its timeout.
  verify(algorithms: TcpAuthAlgorithms, counters: TcpExtCounters, segment: TcpSegment): boolean {
    if (segment.optionsPresent & TcpOptionBit.authentication) {
      counters.TCPAOKeyNotFound++;
      return false;
    }
    if ((segment.optionsPresent & TcpOptionBit.md5) === 0) {
      counters.TCPMD5NotFound++;
      return false;
    }
    const { packet } = segment;
    const octets = md5Octets(
      packet.sourceAddress(),
      packet.destinationAddress(),
      new ArrivedPlace(segment),
      this.key.key,
    );
    const isSame = isSameCode(algorithms.md5(octets), packet.memory.u8, segment.authOffset, DIGEST_LENGTH);
    if (!isSame) counters.TCPMD5Failure++;
    return isSame;
  }

  canSign(): boolean {
    return true;
  }

  timestampsFit(isAnswer: boolean, hasSack: boolean): boolean {
    return isAnswer && !hasSack;
  }
}
