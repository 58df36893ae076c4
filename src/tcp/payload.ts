/** How much text a segment takes, and where the text ends. */
import { optionsLength } from './emit.ts';
import type { TcpEnvironment } from './environment.ts';
import { DEFAULT_MSS_V4, fixedOptionsLength } from './syn-options.ts';
import type { Tcb } from './tcb.ts';

/** Octets of payload in a full segment, SACK blocks taken off. Linux fills at most half of the widest window ever offered. */
export function fullPayload(env: TcpEnvironment, tcb: Tcb): number {
  const full = Math.max(1, tcb.sendMss - (optionsLength(env, tcb) - fixedOptionsLength(tcb)));
  if (env.settings.profile !== 'linux' || tcb.maxSndWnd <= DEFAULT_MSS_V4) return full;
  return Math.min(full, tcb.maxSndWnd >> 1);
}

/** The sequence number behind the last octet in the send buffer. */
export function bufferEnd(tcb: Tcb): number {
  return (tcb.sendBufferSeq + (tcb.sendBuffer?.length ?? 0)) | 0;
}
