/** The keyed hash of a four-tuple for the demux: an outsider cannot aim at one place of the table. */
import { type Address, IPV4_MAPPED_WORD } from '../base/address.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';

/** Hashes tuples; the words are kept so that hashing allocates nothing, and the last hash, which is often the next one too. */
export class TupleHash {
  private readonly hash: KeyedHash;
  private readonly words = new Int32Array(9);
  /** Of the last IPv4 tuple. */
  private readonly lastWords = new Int32Array(3);
  private lastHash: number;

  constructor(hash: KeyedHash) {
    this.hash = hash;
    // Of a tuple of zeros, which `lastWords` is.
    this.words[3] = IPV4_MAPPED_WORD;
    this.lastHash = hash.hashWords(this.words, 4);
  }

  /** The hash a connection has to which `segment` is addressed. */
  ofSegment(segment: TcpSegment): number {
    const { packet } = segment;
    const ports = (segment.destinationPort << 16) | segment.sourcePort;
    if (packet.family === 4) return this.short(packet.destination3, packet.source3, ports);
    const { words } = this;
    words[0] = packet.destination0;
    words[1] = packet.destination1;
    words[2] = packet.destination2;
    words[3] = packet.destination3;
    words[4] = packet.source0;
    words[5] = packet.source1;
    words[6] = packet.source2;
    words[7] = packet.source3;
    words[8] = ports;
    return this.hash.hashWords(words, 9);
  }

  of(local: Address, localPort: number, remote: Address, remotePort: number): number {
    const ports = (localPort << 16) | remotePort;
    if (local.family === 4) return this.short(local.w3, remote.w3, ports);
    const { words } = this;
    words[0] = local.w0;
    words[1] = local.w1;
    words[2] = local.w2;
    words[3] = local.w3;
    words[4] = remote.w0;
    words[5] = remote.w1;
    words[6] = remote.w2;
    words[7] = remote.w3;
    words[8] = ports;
    return this.hash.hashWords(words, 9);
  }

  private short(local: number, remote: number, ports: number): number {
    const { words, lastWords } = this;
    if (lastWords[2] === ports && lastWords[1] === remote && lastWords[0] === local) return this.lastHash;
    words[0] = lastWords[0] = local;
    words[1] = lastWords[1] = remote;
    words[2] = lastWords[2] = ports;
    words[3] = IPV4_MAPPED_WORD;
    this.lastHash = this.hash.hashWords(words, 4);
    return this.lastHash;
  }
}
