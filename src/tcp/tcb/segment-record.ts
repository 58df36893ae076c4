/** The layout of a scoreboard record: which integer of its sixteen is what, the bits of its flags, and what a record weighs. */

/** Bits of a record. */
export const SegmentFlag = {
  sacked: 0x01,
  lost: 0x02,
  /** Sent again, and that copy may be in the network. */
  retransmitted: 0x04,
  everRetransmitted: 0x08,
  /** Sent while the sender had too little to fill the window. */
  appLimited: 0x10,
  /** The user pushed its last octet: PSH, also when it is sent again. */
  pushed: 0x20,
  /** A record of the user's ends with it: nothing is joined behind. */
  recordEnd: 0x40,
  /** Its last number is that of the FIN: Linux counts segments by their text. */
  fin: 0x80,
} as const;

export const STRIDE_LOG2 = 4;
export const SEQ = 0;
export const END = 1;
export const WEIGHT = 2;
export const FLAGS = 3;
export const SENT_US = 4;
export const DELIVERED = 5;
export const DELIVERED_US = 6;
export const FIRST_SENT_US = 7;
export const TX_IN_FLIGHT = 8;
export const LOST_AT_SEND = 9;
export const MSS = 10;
export const TIME_PREVIOUS = 11;
export const TIME_NEXT = 12;
export const LISTED = 13;
export const SEND_ORDER = 14;

// RFC 9937 §13 R9937-15: octets, so that many ACKs for one segment release no more than one would; Linux counts segments.
/** Octets as congestion control counts them: as they are (`unit` 0), or so many for each segment of up to `mss` octets. */
export function weigh(length: number, mss: number, unit: number): number {
  return unit === 0 ? length : segmentsOf(length, mss) * unit;
}

/** Segments on the wire that `length` octets of payload are: one without any too. */
export function segmentsOf(length: number, mss: number): number {
  return length <= mss || mss <= 0 ? 1 : Math.ceil(length / mss);
}
