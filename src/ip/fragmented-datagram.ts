/**
 * One datagram under reassembly (RFC 791 section 3.2, RFC 8200 section 4.5): the pieces received so far, in order and
 * without overlap, and the header of the first. Invariants: pieces are sorted and disjoint, `receivedBytes` is their sum,
 * so the datagram is whole exactly when `receivedBytes` reaches `totalLength`. Pieces are kept apart instead of in one
 * buffer, so that a lone fragment at a high offset costs what it carries and not 64 KiB.
 */
import { TimerEntry } from '../base/timer-wheel.ts';
import { Ecn, type IpPacket } from '../wire/ip-packet.ts';
import { IpTimerKind } from './timer-kinds.ts';

/** What became of one piece. */
export const PieceVerdict = {
  /** New data, stored. */
  taken: 0,
  /** Nothing new: the same bytes are here already. */
  duplicate: 1,
  /** Shares a byte with another piece and is no exact repetition. */
  overlap: 2,
  /** Lies behind the end, or names another end. */
  contradiction: 3,
} as const;

/** Charged for a datagram and for each piece beside the bytes, so that tiny fragments are not free. */
export const DATAGRAM_OVERHEAD_BYTES = 512;
export const PIECE_OVERHEAD_BYTES = 128;

/** What tells the fragments of one datagram from those of another. */
export class FragmentKey {
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  identification = 0;
  /** IPv4 only (RFC 791): IPv6 leaves the next header of later fragments open (RFC 8200 section 4.5). */
  protocol = 0;
  /** IPv6 link-local and multicast addresses mean something on one interface only; else 0. */
  interfaceId = 0;

  /** Fills the key from a fragment. */
  set(packet: IpPacket): void {
    this.destination0 = packet.destination0;
    this.destination1 = packet.destination1;
    this.destination2 = packet.destination2;
    this.destination3 = packet.destination3;
    this.identification = packet.identification;
    this.protocol = packet.family === 4 ? packet.protocol : 0;
    this.interfaceId = isScoped(packet) ? packet.interfaceId : 0;
  }

  equals(other: FragmentKey): boolean {
    return (
      this.identification === other.identification &&
      this.destination3 === other.destination3 &&
      this.protocol === other.protocol &&
      this.destination0 === other.destination0 &&
      this.destination1 === other.destination1 &&
      this.destination2 === other.destination2 &&
      this.interfaceId === other.interfaceId
    );
  }
}

/** All fragments in hand of one source; at most `datagramsPerSource` datagrams. */
export class FragmentSource {
  readonly family: 4 | 6;
  readonly hash: number;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /** Oldest first. */
  readonly datagrams: FragmentedDatagram[] = [];
  /** Next source of the same hash. */
  next: FragmentSource | null = null;

  constructor(packet: IpPacket, hash: number) {
    this.family = packet.family;
    this.hash = hash;
    this.w0 = packet.source0;
    this.w1 = packet.source1;
    this.w2 = packet.source2;
    this.w3 = packet.source3;
  }

  sent(packet: IpPacket): boolean {
    return (
      this.w3 === packet.source3 &&
      this.w0 === packet.source0 &&
      this.w1 === packet.source1 &&
      this.w2 === packet.source2 &&
      this.family === packet.family
    );
  }

  find(key: FragmentKey): FragmentedDatagram | null {
    for (const datagram of this.datagrams) if (datagram.key.equals(key)) return datagram;
    return null;
  }
}

/** The pieces of one datagram; its place in the wheel is the reassembly timer. */
export class FragmentedDatagram extends TimerEntry {
  readonly timerKind = IpTimerKind.reassembly;
  readonly family: 4 | 6;
  readonly source: FragmentSource;
  readonly key = new FragmentKey();
  /** Payload bytes of the whole datagram, -1 until the last fragment is here. */
  totalLength = -1;
  receivedBytes = 0;
  /** Set when the datagram was refused: later fragments are swallowed until the timer ends (RFC 5722 section 4). */
  isRefused = false;
  /** The first fragment's header as received, an IPv6 fragment header included; null until it is here. */
  header: Uint8Array | null = null;
  /** IPv6: index in `header` of the octet that names the fragment header. */
  nextHeaderIndex = 0;
  /** Bit n: a fragment with ECN codepoint n was seen. */
  ecnSeen = 0;
  interfaceId = 0;
  linkBroadcast = false;
  /** Bytes charged to the reassembler. */
  chargedBytes = DATAGRAM_OVERHEAD_BYTES;
  private readonly starts: number[] = [];
  private readonly pieces: Uint8Array[] = [];

  constructor(source: FragmentSource, packet: IpPacket) {
    super();
    this.family = packet.family;
    this.source = source;
    this.key.set(packet);
  }

  get pieceCount(): number {
    return this.pieces.length;
  }

  get isWhole(): boolean {
    return this.receivedBytes === this.totalLength && this.header !== null;
  }

  /** Length of the piece at offset 0, 0 when it is missing. */
  get firstPieceLength(): number {
    return this.starts[0] === 0 ? this.pieces[0]!.length : 0;
  }

  /**
   * Takes the bytes [at, at + end - start) of `u8` as payload [start, end) of the datagram.
   * @param isLast the fragment says that none follows
   * @returns PieceVerdict; nothing changes unless it is `taken`
   */
  insert(start: number, end: number, isLast: boolean, u8: Uint8Array, at: number): number {
    if (isLast) {
      if (this.totalLength >= 0 ? end !== this.totalLength : end < this.highestEnd()) return PieceVerdict.contradiction;
    } else if (this.totalLength >= 0 && end >= this.totalLength) {
      return PieceVerdict.contradiction;
    }
    const index = this.firstAtOrAfter(end);
    if (index > 0 && this.endOf(index - 1) > start) {
      return this.holds(start, end, u8, at) ? PieceVerdict.duplicate : PieceVerdict.overlap;
    }
    this.starts.splice(index, 0, start);
    this.pieces.splice(index, 0, u8.slice(at, at + end - start));
    this.receivedBytes += end - start;
    this.chargedBytes += end - start + PIECE_OVERHEAD_BYTES;
    if (isLast) this.totalLength = end;
    return PieceVerdict.taken;
  }

  /** Copies the pieces from the first up to the first hole into `u8` at `at`; returns how many bytes. */
  copyTo(u8: Uint8Array, at: number): number {
    let position = 0;
    for (let index = 0; index < this.pieces.length && this.starts[index] === position; index++) {
      const piece = this.pieces[index]!;
      u8.set(piece, at + position);
      position += piece.length;
    }
    return position;
  }

  /** Lets the pieces go; the entry stays to swallow what is still to come. */
  refuse(): void {
    this.isRefused = true;
    this.header = null;
    this.starts.length = 0;
    this.pieces.length = 0;
    this.receivedBytes = 0;
    this.totalLength = -1;
    this.chargedBytes = DATAGRAM_OVERHEAD_BYTES;
  }

  /**
   * The ECN codepoint of the whole, -1 when the mixture is impossible.
   * RFC 3168 §5.3 R3168-18: a mark on any fragment marks the datagram; Not-ECT among others means tampering, and it is dropped.
   */
  mergedEcn(first: number): number {
    const capable = this.ecnSeen & ~(1 << Ecn.notEct);
    if ((this.ecnSeen & (1 << Ecn.notEct)) !== 0 && capable !== 0) return -1;
    return (this.ecnSeen & (1 << Ecn.ce)) !== 0 ? Ecn.ce : first;
  }

  private highestEnd(): number {
    return this.pieces.length === 0 ? 0 : this.endOf(this.pieces.length - 1);
  }

  private endOf(index: number): number {
    return this.starts[index]! + this.pieces[index]!.length;
  }

  /** Index of the first piece that starts at or behind `position`. */
  private firstAtOrAfter(position: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** True when [start, end) is here without a hole, byte for byte the same. */
  private holds(start: number, end: number, u8: Uint8Array, at: number): boolean {
    let index = this.firstAtOrAfter(start + 1) - 1;
    let position = start;
    while (position < end) {
      const piece = index >= 0 ? this.pieces[index] : undefined;
      if (piece === undefined) return false;
      const from = position - this.starts[index]!;
      if (from < 0 || from >= piece.length) return false;
      const count = Math.min(end - position, piece.length - from);
      const source = at + position - start;
      for (let k = 0; k < count; k++) if (piece[from + k] !== u8[source + k]) return false;
      position += count;
      index++;
    }
    return true;
  }
}

/** True when the packet's addresses are bound to the interface it came by. */
function isScoped(packet: IpPacket): boolean {
  if (packet.family === 4) return false;
  return packet.destination0 >>> 24 === 0xff || packet.destination0 >>> 22 === 0x3fa || packet.source0 >>> 22 === 0x3fa;
}
