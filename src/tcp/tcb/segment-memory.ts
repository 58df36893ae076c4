/**
 * The memory a packet from a device takes on Linux: room before and behind the octets, rounded up to what the allocator has, and the
 * record of it. Observed through SO_MEMINFO for packets of 41 to 60040 octets.
 */

/** Octets before the packet (for headers that may be put there), behind it, and of the record. */
const BEFORE = 64;
const BEHIND = 320;
const RECORD = 256;
/** The smallest allocation, and above it powers of two up to the largest; then whole pages. */
const SMALLEST = 576;
const POWERS_FROM = 1024;
const LARGEST = 8192;
export const PAGE = 4096;

function allocation(packetOctets: number): number {
  return allocationOf(BEFORE + packetOctets + BEHIND);
}

function allocationOf(needed: number): number {
  if (needed <= SMALLEST) return SMALLEST;
  if (needed > LARGEST) return Math.ceil(needed / PAGE) * PAGE;
  return Math.max(POWERS_FROM, 2 ** Math.ceil(Math.log2(needed)));
}

/** Octets of memory that are counted for a packet of so many octets. */
export function bufferMemory(packetOctets: number): number {
  return allocation(packetOctets) + RECORD;
}

/** Octets free behind it, into which small text that follows is copied. */
export function bufferRoom(packetOctets: number): number {
  // Larger ones lie in pages, with nothing behind them to write to.
  if (BEFORE + packetOctets >= PAGE) return 0;
  return allocation(packetOctets) - BEFORE - packetOctets - BEHIND;
}

/** A buffer of one page, as text is put together in: its octets of text and of memory. */
export const FULL_BUFFER = { text: PAGE - BEHIND, memory: PAGE + RECORD } as const;

/** Octets of memory that are counted for a new buffer for so much text, one page at most. */
export function freshMemory(length: number): number {
  return allocationOf(length + BEHIND) + RECORD;
}

/** Octets free behind the text of a new buffer. */
export function freshRoom(length: number): number {
  return allocationOf(length + BEHIND) - length - BEHIND;
}
