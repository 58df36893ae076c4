/** Options of TCP as octets, and those of what a stack has sent, for tables. */
import type { Given, SegmentPeer } from './segment-peer.ts';

export function timestamps(value: number, echo = 0): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, value >>> 0);
  new DataView(bytes.buffer).setUint32(4, echo >>> 0);
  return [1, 1, 8, 10, ...bytes];
}

export const at = (value: number, given: Omit<Given, 'options'>): Given => ({ ...given, options: timestamps(value) });

/** Edges of the SACK blocks, as offsets from RCV.NXT. */
export function blocks(peer: SegmentPeer): [number, number][] {
  const body = peer.bench.take().at(-1)?.options.get(5);
  if (body === undefined) return [];
  const view = new DataView(body.buffer, body.byteOffset);
  return Array.from({ length: body.length / 8 }, (_, index) => [
    (view.getUint32(index * 8) - peer.rcvNxt) | 0,
    (view.getUint32(index * 8 + 4) - peer.rcvNxt) | 0,
  ]);
}
