/**
 * The view of one TCP segment (RFC 9293 section 3.1): the header's fields, the options found, and where the payload lies.
 * One per stack, refilled for every segment. Sequence numbers are int32. The IP packet it came in is `packet`.
 */
import type { IpPacket } from './ip-packet.ts';

/** Control bits (RFC 9293 section 3.1; AE is the former NS bit, RFC 9768). */
export const TcpFlag = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
  ae: 0x100,
} as const;

/** Option kinds (IANA "TCP Option Kind Numbers"). */
export const TcpOptionKind = {
  endOfList: 0,
  noOperation: 1,
  maximumSegmentSize: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
  md5: 19,
  userTimeout: 28,
  authentication: 29,
  multipath: 30,
  fastOpen: 34,
  accEcn0: 172,
  accEcn1: 174,
  experiment: 254,
} as const;

/** Bits of `TcpSegment.optionsPresent`. */
export const TcpOptionBit = {
  mss: 0x01,
  windowScale: 0x02,
  sackPermitted: 0x04,
  sack: 0x08,
  timestamps: 0x10,
  fastOpen: 0x20,
  userTimeout: 0x40,
  md5: 0x80,
  authentication: 0x100,
  accEcn: 0x200,
  /** At least one kind that is not known here; it was skipped by its length. */
  unknown: 0x400,
  /** An impossible length: the list was not read past it, or a known option of the wrong size was ignored. */
  malformed: 0x800,
} as const;

/** At most four SACK blocks fit an option (RFC 2018 section 3). */
export const SACK_BLOCKS_MAX = 4;

/** A parsed segment. */
export class TcpSegment {
  /** The IP packet that carried it: addresses, hop limit, traffic class, memory. */
  packet: IpPacket;
  sourcePort = 0;
  destinationPort = 0;
  /** SEG.SEQ */
  seq = 0;
  /** SEG.ACK, meaningful when ACK is set. */
  ack = 0;
  /** All nine control bits, see TcpFlag. */
  flags = 0;
  /** SEG.WND as on the wire, 0 to 65535, not scaled. */
  window = 0;
  urgentPointer = 0;
  /** Header with options, in bytes. */
  headerLength = 0;
  /** First payload byte in `packet.memory`. */
  payloadOffset = 0;
  /** Payload bytes, without SYN and FIN. */
  payloadLength = 0;
  /** TcpOptionBit of the options that are there and well formed. */
  optionsPresent = 0;
  mss = 0;
  /** The shift as on the wire, 0 to 255; RFC 7323 section 2.3 has TCP use 14 for anything larger. */
  windowScale = 0;
  timestampValue = 0;
  timestampEcho = 0;
  sackCount = 0;
  /** Left and right edges in pairs, int32. */
  readonly sackBlocks: Int32Array = new Int32Array(SACK_BLOCKS_MAX * 2);
  /** Fast Open cookie: where it lies in `packet.memory` and its length, 0 for a request (RFC 7413). */
  fastOpenOffset = 0;
  fastOpenLength = 0;
  /** The cookie came under the experimental kind 254; the answer has to use the same. */
  fastOpenExperimental = false;
  /** User timeout in seconds (RFC 5482), 0 when absent. */
  userTimeoutSeconds = 0;
  /** MD5 digest (16 bytes, RFC 2385) or TCP-AO option body (RFC 5925), where it lies. */
  authOffset = 0;
  authLength = 0;
  /** AccECN option (RFC 9768 section 3.2.3): its kind, 172 or 174, and where its counters lie. */
  accEcnKind = 0;
  accEcnOffset = 0;
  accEcnLength = 0;

  constructor(packet: IpPacket) {
    this.packet = packet;
  }

  /** SEG.LEN: payload octets, SYN and FIN counting one each (RFC 9293 section 3.4). */
  get length(): number {
    return this.payloadLength + (this.flags & TcpFlag.syn ? 1 : 0) + (this.flags & TcpFlag.fin ? 1 : 0);
  }
}
