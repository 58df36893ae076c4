/** What Accurate ECN counts of packets that arrive: packets, and payload by codepoint (RFC 9768 section 3.2). */
import { Ecn } from '../../wire/ip-packet.ts';
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import type { EcnState } from './ecn-state.ts';

// RFC 9768 §3.2 R9768-33: payload by codepoint.
/** Counts text that came with this ECN field. */
export function countOctets(ecn: EcnState, field: number, octets: number): void {
  if (field === Ecn.notEct) return;
  if (field === Ecn.ce) ecn.receivedCeBytes += octets;
  else if (field === Ecn.ect0) ecn.receivedE0Bytes += octets;
  else ecn.receivedE1Bytes += octets;
  ecn.isOptionDue = true;
}

/** Wire segments in what the carrier may have merged: all of them marked if it is. */
export function packetsIn(segment: TcpSegment, octets: number): number {
  const { gsoSize } = segment.packet;
  return gsoSize > 0 && octets > gsoSize ? Math.ceil(octets / gsoSize) : 1;
}
