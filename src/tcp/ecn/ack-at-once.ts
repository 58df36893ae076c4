/** An acknowledgment between two segments of one batch, where the one at its end would come too late to tell. */
import { TcpFlag } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { timestampValue } from '../input/timestamps.ts';
import { acceptableSeq } from '../input/window.ts';
import { announceWindow } from '../output/window-announcement.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { lastCodepoint } from './departure.ts';

/** An ACK for what has come before the segment in hand; it does not wait for the end of the batch. */
export function acknowledgeAtOnce(env: TcpEnvironment, tcb: Tcb, flags: number): void {
  env.sendControl({
    key: tcb.key,
    seq: acceptableSeq(tcb),
    ack: tcb.rcvNxt,
    flags: TcpFlag.ack | flags,
    window: announceWindow(env, tcb),
    hasTimestamps: tcb.has(Agreed.timestamps),
    timestampValue: timestampValue(env, tcb),
    timestampEcho: tcb.tsRecent,
    parameters: tcb,
    codepoint: lastCodepoint(env, tcb),
  });
  tcb.segmentsOut++;
  tcb.lastAckSent = tcb.rcvNxt;
}
