/**
 * The cells of the tables: which path, which congestion control, how long. A cell is data, so that it can be handed to a
 * process, printed and compared.
 */

import { CONGESTION_CONTROLS } from '../../src/tcp/index.ts';

/** 100 Mbit/s, counted over whole IP packets. */
export const RATE_BPS = 100e6;
export const MTU = 1500;
/** Fewer packets than this make no queue, whatever the product of rate and delay says. */
const QUEUE_PACKETS_MIN = 32;

/** One flow over one path. */
export interface Cell {
  /** As in `CONGESTION_CONTROLS`. */
  readonly control: string;
  readonly rttMs: number;
  /** Random loss of data packets in percent. */
  readonly lossPercent: number;
  /** Data packets held back by `RTT / 8` in percent. */
  readonly reorderPercent: number;
}

/** Packets in the drop-tail queue: one bandwidth-delay product. */
export function queuePackets(rttMs: number): number {
  return Math.max(QUEUE_PACKETS_MIN, Math.ceil((RATE_BPS * rttMs) / 1000 / 8 / MTU));
}

/** Bytes of socket buffer at either end: eight times what path and queue hold, so that buffers limit nothing. */
export function bufferBytes(rttMs: number): number {
  return Math.max(4 << 20, 8 * queuePackets(rttMs) * MTU);
}

/** What 100 Mbit/s carry of TCP payload with timestamps: 1448 octets of 1500. */
export const PAYLOAD_SHARE = (MTU - 52) / MTU;

/** The names of the congestion controls there are. */
export function controlNames(): string[] {
  const nameOf = (control: string | { readonly name: string }): string =>
    typeof control === 'string' ? control : control.name;
  return CONGESTION_CONTROLS.map(nameOf);
}

export function cellName(cell: Cell): string {
  const { control, rttMs, lossPercent, reorderPercent } = cell;
  const reordering = reorderPercent > 0 ? `, ${reorderPercent} % reordering` : '';
  return `${control}, ${rttMs} ms, ${lossPercent} % loss${reordering}`;
}
