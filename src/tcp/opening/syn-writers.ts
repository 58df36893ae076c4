/** The options that SYN and SYN-ACK have in common, of a Tcb or a half-open connection. */
import type { PacketMemory } from '../../base/packet-memory.ts';
import {
  TcpOptionSize,
  writeMss,
  writeNoOperations,
  writeSackPermitted,
  writeSackPermittedAndTimestamps,
  writeTimestamps,
  writeWindowScale,
} from '../../wire/tcp-option-writers.ts';
import type { EcnState } from '../ecn/ecn-state.ts';
import { writeAccEcnOption } from '../ecn/option-writing.ts';
import type { TcpEnvironment } from '../environment.ts';
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

/** What a SYN offers or a SYN-ACK agrees to. */
export interface SynTerms {
  readonly timestamps: boolean;
  readonly sack: boolean;
  /** Window scale; -1: none. */
  readonly scale: number;
}

/** Octets of these without counters of Accurate ECN. */
export function synTermsSize({ timestamps, sack, scale }: SynTerms): number {
  return (
    (timestamps ? TcpOptionSize.timestamps : sack ? TcpOptionSize.sackPermitted : 0) +
    (scale < 0 ? 0 : TcpOptionSize.windowScale)
  );
}

// RFC 7323 §2.2 R7323-1: the window scale is on SYNs alone.
/**
 * SACK permitted and timestamps, in as few octets as can be, counters of Accurate ECN, window scale: in the order of Linux.
 * @param counters of a SYN-ACK; -1: none
 * @returns the offset behind them, a multiple of four octets from `offset`
 */
export function writeSynTerms(
  env: TcpEnvironment,
  ecn: EcnState | null,
  memory: PacketMemory,
  offset: number,
  { timestamps, sack, scale }: SynTerms,
  counters: number,
  value: number,
  echo: number,
): number {
  let at = offset;
  if (sack && timestamps) at = writeSackPermittedAndTimestamps(memory, at, value, echo);
  else if (timestamps) at = writeTimestamps(memory, at, value, echo);
  if (ecn !== null && counters >= 0) at = writeAccEcnOption(env, ecn, memory, at, counters);
  if (sack && !timestamps) at = writeSackPermitted(memory, offset, at);
  if (scale >= 0) at = writeWindowScale(memory, offset, at, scale);
  return writeNoOperations(memory, offset, at, 0);
}
