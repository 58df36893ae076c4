/** The options that SYN and SYN-ACK have in common, of a Tcb or a half-open connection. */
import type { PacketMemory } from '../../base/packet-memory.ts';
import {
  writeMss,
  writeSackPermitted,
  writeSackPermittedAndTimestamps,
  writeTimestamps,
} from '../../wire/tcp-option-writers.ts';
import { defaultMssOf } from '../output/mss.ts';
import type { TcpSettings } from '../settings.ts';

// RFC 9293 §3.7.1 SHLD-5, MAY-3: left out only where the default says the same and nobody asked for it always.
/** The MSS option; returns the offset behind it. */
export function writeMssUnlessDefault(
  settings: TcpSettings,
  family: number,
  memory: PacketMemory,
  offset: number,
  mss: number,
): number {
  if (settings.profile !== 'linux' && mss === defaultMssOf(family)) return offset;
  return writeMss(memory, offset, mss);
}

/** SACK permitted and timestamps, in as few octets as can be; returns the offset behind them. */
export function writeTerms(
  memory: PacketMemory,
  offset: number,
  timestamps: boolean,
  sack: boolean,
  value: number,
  echo: number,
): number {
  if (sack && timestamps) return writeSackPermittedAndTimestamps(memory, offset, value, echo);
  if (timestamps) return writeTimestamps(memory, offset, value, echo);
  return sack ? writeSackPermitted(memory, offset) : offset;
}
