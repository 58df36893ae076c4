/** How much text a segment takes, and where the text ends. */

import type { TcpEnvironment } from '../environment.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { variableOptionsLength } from './emit.ts';
import { DEFAULT_MSS_V4, fixedOptionsLength } from './mss.ts';

/** No packet need be smaller (RFC 791): header and text. */
const SEGMENT_MIN = 68;
const HEADER_LENGTH = 20;

/** Octets of payload in a full segment, SACK blocks taken off. Linux fills at most half of the widest window ever offered. */
export function fullPayload(env: TcpEnvironment, tcb: Tcb): number {
  const full = Math.max(1, tcb.sendMss - variableOptionsLength(env, tcb));
  return env.settings.profile === 'linux' ? boundToWindow(tcb, full) : full;
}

/** Linux: no segment is larger than half of the widest window ever offered, of a tiny window than the whole. */
export function boundToWindow(tcb: Tcb, full: number): number {
  const { maxSndWnd } = tcb;
  if (maxSndWnd <= 0) return full;
  const bound = maxSndWnd > DEFAULT_MSS_V4 ? maxSndWnd >> 1 : maxSndWnd;
  if (full <= bound) return full;
  return Math.min(full, Math.max(bound, SEGMENT_MIN - HEADER_LENGTH - fixedOptionsLength(tcb)));
}

/** The sequence number behind the last octet in the send buffer. */
export function bufferEnd(tcb: Tcb): number {
  return (tcb.sendBufferSeq + (tcb.sendBuffer?.length ?? 0)) | 0;
}
