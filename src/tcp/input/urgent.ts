/**
 * Urgent data (RFC 9293 section 3.8.5): the pointer names the octet after the last urgent one. Data stays in line; the
 * BSD reading, in which the last urgent octet is taken out of the stream, is an option of the user's.
 */
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import { type TcpEnvironment, TcpEvent } from '../environment.ts';
import { seqGt } from '../seq.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { UrgentState } from '../tcb/urgent-state.ts';

export function urgentState(tcb: Tcb): UrgentState {
  tcb.urgent ??= new UrgentState();
  return tcb.urgent;
}

// RFC 9293 §3.8.5 MUST-30, MUST-32: the user is told when the pointer appears or advances.
// RFC 9293 §3.8.5 MUST-62: it designates the octet after the urgent data.
/** Takes the urgent pointer of a segment. */
export function takeUrgentPointer(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  let pointer = segment.urgentPointer;
  // RFC 1122 §4.2.2.4 meant the last octet itself; switched on only for a peer that still does.
  if (env.settings.stdurg) pointer++;
  const isLinux = env.settings.profile === 'linux';
  // Linux: what points at nothing points at the first octet; and nobody goes back to text that is here already.
  if (isLinux && pointer === 0) pointer = 1;
  const rcvUp = (segment.seq + pointer) | 0;
  if (isLinux && !seqGt(rcvUp, tcb.rcvNxt)) return;
  const urgent = urgentState(tcb);
  // Old news: the user has read past it, or knows it.
  if (!seqGt(rcvUp, urgentReadSeq(tcb)) || (urgent.isReceiving && !seqGt(rcvUp, urgent.rcvUp))) return;
  if (isLinux) skipOldOctet(env, tcb, urgent);
  urgent.rcvUp = rcvUp;
  urgent.isReceiving = true;
  urgent.isOctetTaken = false;
  env.extCounters.TCPUrgentData++;
  env.notify(tcb, TcpEvent.urgent);
}

/** A user who stands at the mark has had its octet out of band, or does without it: a new pointer makes no ordinary text of it. */
function skipOldOctet(env: TcpEnvironment, tcb: Tcb, { isReceiving, rcvUp }: UrgentState): void {
  const { receiveBuffer } = tcb;
  if (!isReceiving || !tcb.isUrgentOutOfBand || receiveBuffer === null || receiveBuffer.length === 0) return;
  if (((rcvUp - 1) | 0) !== urgentReadSeq(tcb)) return;
  receiveBuffer.discard(env.pool, 1);
  tcb.receiveAccount?.consume(receiveBuffer.length);
}

/** Sequence number of the next octet the user will read. */
export function urgentReadSeq(tcb: Tcb): number {
  return (tcb.rcvNxt - (tcb.rcvFinDone ? 1 : 0) - (tcb.receiveBuffer?.length ?? 0)) | 0;
}

// RFC 9293 §3.8.5 MUST-33: the user can learn how much urgent data is still to be read.
/** Octets up to the end of the urgent data, 0 when there is none. They may not all have arrived. */
export function urgentRemaining(tcb: Tcb): number {
  const { urgent } = tcb;
  if (urgent === null || !urgent.isReceiving) return 0;
  return Math.max(0, (urgent.rcvUp - urgentReadSeq(tcb)) | 0);
}
